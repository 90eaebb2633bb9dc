//! P2, P4 and P23: the store in this process. An hour of plant-1000 beside SQLite in turn, the bytes of a day, and how long
//! the store takes to open with that day in the lake and a log to read.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use gemba_plant::port::Clock;
use gemba_plant::{Batch, Payload, Timestamp};
use gemba_store::{Config, Origin, Store, SystemDisk, Ticket};
use gemba_testkit::plant::Plant;
use serde::Deserialize;
use tempfile::TempDir;

use super::Figures;
use super::numbers::median;
use super::process::{cpu_s_of, folder, installed};

const DEVICES: usize = 100;
/// Rows of an append: ten seconds of the plant.
const SECONDS_AT_ONCE: i64 = 10;
const BEGIN_S: i64 = 1_700_006_400;
/// How often an hour is written, on each side in turn.
const ROUNDS: usize = 3;
/// Appends that may wait for the disk at a time.
const WAITING: usize = 16;
/// Steps of keeping house after a day, in which small files are merged as they are by themselves once a second.
const STEPS: usize = 20;
/// What is left to read at a start, and the names of the figures.
const LOGS: [(u64, &str, &str); 3] = [
    (0, "p23_open_ms_empty_log", "p23_rows_empty_log"),
    (8 << 20, "p23_open_ms_log_8_mib", "p23_rows_log_8_mib"),
    (64 << 20, "p23_open_ms_log_64_mib", "p23_rows_log_64_mib"),
];
/// How often an opening is timed.
const OPENINGS: usize = 5;
/// The variable that names the Python whose SQLite is measured; else it is the `python3` of the search path.
const PYTHON: &str = "GEMBA_PYTHON";
const OURS: &str = "gemba";
const SQLITE: &str = "sqlite";

/// How much is written: seconds of the hour and of the day, and how many of the logs are left; and where.
#[derive(Clone, Copy)]
struct Size {
    folder: fn() -> anyhow::Result<TempDir>,
    hour_s: i64,
    day_s: i64,
    rounds: usize,
    logs: usize,
}

const WHOLE: Size = Size { folder, hour_s: 3_600, day_s: 86_400, rounds: ROUNDS, logs: LOGS.len() };

/// Measures all.
pub(super) fn run(figures: &mut Figures) -> anyhow::Result<()> {
    measure(WHOLE, figures)
}

fn measure(size: Size, figures: &mut Figures) -> anyhow::Result<()> {
    let peer = sqlite();
    let (mut ours, mut theirs): (Vec<Vec<f64>>, Vec<Hour>) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        ours.push(hour(size)?);
        if let Ok((python, script)) = &peer {
            theirs.push(sqlite_hour(python, script, size)?);
        }
    }
    let names = ["p2_values_per_s", "p2_values_per_cpu_s", "p2_values_per_cpu_s_in_lake", "p2_bytes_per_value"];
    let column =
        |rows: &[Vec<f64>], i: usize| median(&mut rows.iter().filter_map(|r| r.get(i).copied()).collect::<Vec<_>>());
    names.iter().enumerate().for_each(|(i, name)| figures.put(OURS, name, column(&ours, i)));
    match peer {
        Ok(_) => {
            let rows: Vec<Vec<f64>> =
                theirs.iter().map(|h| vec![h.values_per_s, h.values_per_cpu_s, f64::NAN, h.bytes_per_value]).collect();
            for (i, name) in names.iter().enumerate().filter(|(_, name)| !name.ends_with("in_lake")) {
                figures.put(SQLITE, name, column(&rows, i));
            }
        }
        Err(why) => figures.left_out(SQLITE, &format!("{why:#}")),
    }
    starts(size, figures)
}

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(BEGIN_S)
    }
}

/// The next ten seconds.
fn next(plant: &mut Plant) -> anyhow::Result<Batch> {
    let (mut signals, mut times, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SECONDS_AT_ONCE {
        let time = (BEGIN_S + plant.second()) * 1_000_000;
        for (signal, value) in (0..).zip(plant.step().iter().flat_map(Plant::values)) {
            signals.push(signal);
            times.push(time);
            values.push(value);
        }
    }
    let rows = values.len();
    let ingests = vec![(BEGIN_S + plant.second()) * 1_000_000; rows];
    Ok(Batch::from_columns((signals, times, ingests), (values, vec![0; rows], vec![0; rows]))?)
}

fn open(config: Config) -> anyhow::Result<Store> {
    Ok(Store::open(config, Arc::new(SystemDisk), Arc::new(Noon), Arc::new(|_| None))?)
}

/// Values appended, all durable.
fn append(store: &Store, batches: impl Iterator<Item = anyhow::Result<Batch>>) -> anyhow::Result<f64> {
    let (mut tickets, mut values) = (VecDeque::new(), 0);
    for batch in batches {
        let batch = batch?;
        values += batch.len();
        tickets.push_back(store.append(Origin::default(), vec![Payload::Samples(batch)], vec![])?);
        if tickets.len() > WAITING
            && let Some(oldest) = tickets.pop_front()
        {
            oldest.wait()?;
        }
    }
    tickets.into_iter().try_for_each(Ticket::wait)?;
    Ok(values as f64)
}

/// Values a second, values a processor second until all is acknowledged and until all is in the lake, bytes a value there.
fn hour(size: Size) -> anyhow::Result<Vec<f64>> {
    let mut plant = Plant::new(DEVICES);
    let batches: Vec<Batch> =
        (0..size.hour_s / SECONDS_AT_ONCE).map(|_| next(&mut plant)).collect::<anyhow::Result<_>>()?;
    let at = (size.folder)()?;
    let store = open(Config::at(at.path().display().to_string()))?;
    let own = std::process::id();
    let (begun, cpu) = (Instant::now(), cpu_s_of(own));
    let values = append(&store, batches.into_iter().map(Ok))?;
    let (took, used) = (begun.elapsed().as_secs_f64(), cpu_s_of(own) - cpu);
    store.flush()?;
    let rested = cpu_s_of(own) - cpu;
    Ok(vec![values / took, values / used, values / rested, store.stats().bytes as f64 / values])
}

/// What the script of the peer prints.
#[derive(Debug, Deserialize)]
struct Hour {
    values_per_s: f64,
    values_per_cpu_s: f64,
    bytes_per_value: f64,
}

fn sqlite() -> anyhow::Result<(PathBuf, PathBuf)> {
    let named = std::env::var_os(PYTHON).map(PathBuf::from);
    let python = named
        .or_else(|| installed("python3"))
        .with_context(|| format!("no python3 is there, and {PYTHON} names none"))?;
    Ok((python, Path::new(env!("CARGO_MANIFEST_DIR")).join("../../interop/speed/sqlite_ingest.py")))
}

fn sqlite_hour(python: &Path, script: &Path, size: Size) -> anyhow::Result<Hour> {
    let at = (size.folder)()?;
    let mut command = Command::new(python);
    let answer = command.arg(script).arg(at.path().join("hour.db")).arg(size.hour_s.to_string()).output();
    let answer = answer.with_context(|| format!("starting {}", python.display()))?;
    anyhow::ensure!(answer.status.success(), "SQLite's script failed: {}", String::from_utf8_lossy(&answer.stderr));
    serde_json::from_slice(&answer.stdout).context("SQLite's script said no figures")
}

/// A day in the lake, then openings with so much in the log, which no flush takes away.
fn starts(size: Size, figures: &mut Figures) -> anyhow::Result<()> {
    let at = (size.folder)()?;
    let mut plant = Plant::new(DEVICES);
    let store = open(Config::at(at.path().display().to_string()))?;
    let values = append(&store, (0..size.day_s / SECONDS_AT_ONCE).map(|_| next(&mut plant)))?;
    store.flush()?;
    (0..STEPS).try_for_each(|_| store.maintain())?;
    figures.put(OURS, "p4_bytes_per_value", store.stats().bytes as f64 / values);
    drop(store);
    let rows = 1 << 32;
    let config = Config {
        flush_rows: rows,
        hot_rows_max: rows,
        flush_after_s: 1 << 32,
        ..Config::at(at.path().display().to_string())
    };
    for (bytes, took, held) in LOGS.iter().take(size.logs) {
        let store = open(config.clone())?;
        while store.stats().wal_bytes < *bytes {
            append(&store, std::iter::once(next(&mut plant)))?;
        }
        drop(store);
        let (mut waits, mut hot) = (Vec::new(), 0.0);
        for _ in 0..OPENINGS {
            let begun = Instant::now();
            let store = open(config.clone())?;
            waits.push(begun.elapsed().as_secs_f64() * 1e3);
            hot = store.stats().hot_rows as f64;
        }
        figures.put(OURS, took, median(&mut waits));
        figures.put(OURS, held, hot);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_hour_and_a_small_day_have_all_figures() {
        let mut figures = Figures::default();
        let folder = || Ok(tempfile::tempdir()?);
        measure(Size { folder, hour_s: 60, day_s: 60, rounds: 1, logs: 1 }, &mut figures).unwrap();
        let report = figures.report("speed-store", Path::new("none"));
        let ours = &report.rows[0];
        assert_eq!(ours.method, OURS);
        for name in ["p2_values_per_s", "p2_bytes_per_value", "p4_bytes_per_value", "p23_open_ms_empty_log"] {
            assert!(ours.metrics[name] > 0.0, "{name}: {:?}", ours.metrics);
        }
        if let Some(sqlite) = report.rows.get(1) {
            assert!(sqlite.metrics["p2_values_per_s"] > 0.0 && sqlite.metrics["p2_bytes_per_value"] > 1.0);
        }
    }
}
