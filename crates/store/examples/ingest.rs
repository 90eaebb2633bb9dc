//! How fast columns become durable, and how small they lie on disk: an hour and a day of plant-1000.
//!
//! ```text
//! cargo run --release -p gemba-store --example ingest -- hour FOLDER   # appended, synced, acknowledged; then to the lake
//! cargo run --release -p gemba-store --example ingest -- day FOLDER    # 86.4 million values; bytes a value in the lake
//! cargo run --release -p gemba-store --example ingest -- start FOLDER  # opened with a day in the lake and 64 MiB of log
//! ```
//!
//! FOLDER is made and must not exist. The peer for `hour` is `interop/speed/sqlite_ingest.py`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use gemba_plant::port::Clock;
use gemba_plant::{Batch, Payload, Timestamp};
use gemba_store::{Config, Origin, Store, SystemDisk};
use gemba_testkit::plant::Plant;

const DEVICES: usize = 100;
/// Rows of an append: ten seconds of the plant.
const SECONDS_AT_ONCE: i64 = 10;
const BEGIN_S: i64 = 1_700_006_400;
/// What is left to read at a start.
const LOG_BYTES: u64 = 64 << 20;
/// How often it is timed.
const OPENINGS: usize = 5;

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(BEGIN_S)
    }
}

/// The next ten seconds.
fn next(plant: &mut Plant) -> Result<Batch, Box<dyn Error>> {
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

/// Seconds of processor that this process has used.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Seconds of processor that each thread has used, by name; Linux counts them in ns.
fn threads_s() -> BTreeMap<String, f64> {
    let read = |task: &std::path::Path, file: &str| std::fs::read_to_string(task.join(file)).unwrap_or_default();
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let used = |task: &std::path::Path| {
        let nanos = read(task, "schedstat").split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
        (read(task, "comm").trim().to_owned(), nanos.unwrap_or(0.0) / 1e9)
    };
    tasks.map(|task| used(&task.path())).collect()
}

fn open(folder: &str) -> Result<Store, Box<dyn Error>> {
    std::fs::create_dir(folder)?;
    open_with(Config::at(folder))
}

fn open_with(config: Config) -> Result<Store, Box<dyn Error>> {
    Ok(Store::open(config, Arc::new(SystemDisk), Arc::new(Noon), Arc::new(|_| None))?)
}

fn append(store: &Store, batches: impl Iterator<Item = Result<Batch, Box<dyn Error>>>) -> Result<f64, Box<dyn Error>> {
    let (mut tickets, mut values) = (std::collections::VecDeque::new(), 0);
    for batch in batches {
        let batch = batch?;
        values += batch.len();
        tickets.push_back(store.append(Origin::default(), vec![Payload::Samples(batch)], vec![])?);
        if tickets.len() > 16
            && let Some(oldest) = tickets.pop_front()
        {
            oldest.wait()?;
        }
    }
    tickets.into_iter().try_for_each(gemba_store::Ticket::wait)?;
    Ok(values as f64)
}

fn hour(folder: &str) -> Result<(), Box<dyn Error>> {
    let mut plant = Plant::new(DEVICES);
    let batches: Vec<Batch> = (0..3_600 / SECONDS_AT_ONCE).map(|_| next(&mut plant)).collect::<Result<_, _>>()?;
    let store = open(folder)?;
    let (begun, cpu, before) = (Instant::now(), cpu_s(), threads_s());
    let values = append(&store, batches.into_iter().map(Ok))?;
    let (took, used, threads) = (begun.elapsed().as_secs_f64(), cpu_s() - cpu, threads_s());
    store.flush()?;
    let rested = cpu_s() - cpu;
    let stats = store.stats();
    println!("acknowledged: {:.2} M values/s, {:.2} M values/s/core", values / took / 1e6, values / used / 1e6);
    let nanos = |(name, used): (&String, &f64)| {
        format!("{name} {:.1}", (used - before.get(name).copied().unwrap_or(0.0)) / values * 1e9)
    };
    // the thread that appends encodes, store-log syncs and takes into memory, store-keep writes the lake
    println!("ns a value until then: {}", threads.iter().map(nanos).collect::<Vec<_>>().join(", "));
    println!("in the lake: {:.2} M values/s/core, {:.3} B/value", values / rested / 1e6, stats.bytes as f64 / values);
    println!("syncs {}, in the log {} B/value", stats.syncs, stats.wal_bytes as f64 / values);
    Ok(())
}

fn day(folder: &str) -> Result<Plant, Box<dyn Error>> {
    let store = open(folder)?;
    let mut plant = Plant::new(DEVICES);
    let (begun, cpu) = (Instant::now(), cpu_s());
    let values = append(&store, (0..86_400 / SECONDS_AT_ONCE).map(|_| next(&mut plant)))?;
    store.flush()?;
    for _ in 0..20 {
        store.maintain()?; // merges small files, as it does by itself once a second
    }
    let stats = store.stats();
    println!("{values} values, {} files, {:.4} B/value", stats.files, stats.bytes as f64 / values);
    println!("{:.1} s, {:.1} CPU s with making the values", begun.elapsed().as_secs_f64(), cpu_s() - cpu);
    Ok(plant)
}

/// Leaves so much in the log, which no flush takes away, and opens the store again.
fn start(folder: &str) -> Result<(), Box<dyn Error>> {
    let mut plant = day(folder)?;
    let rows = 1 << 32;
    let config = Config { flush_rows: rows, hot_rows_max: rows, flush_after_s: 1 << 32, ..Config::at(folder) };
    for bytes in [0, 8 << 20, LOG_BYTES] {
        let store = open_with(config.clone())?;
        while store.stats().wal_bytes < bytes {
            append(&store, std::iter::once(next(&mut plant)))?;
        }
        drop(store);
        for _ in 0..OPENINGS {
            let begun = Instant::now();
            let store = open_with(config.clone())?;
            let (took, stats) = (begun.elapsed().as_secs_f64() * 1e3, store.stats());
            println!("log {} bytes, {} rows in memory: {took:.1} ms", stats.wal_bytes, stats.hot_rows);
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["hour", folder] => hour(folder),
        ["day", folder] => day(folder).map(drop),
        ["start", folder] => start(folder),
        _ => Err("usage: ingest hour|day|start FOLDER".into()),
    }
}
