//! What a plant of a size costs: cold start, memory and processor with storing and learning on; bytes of real recordings.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Figures;
use super::ingest::Load;
use super::numbers::median;
use super::plant::Plant;
use super::sides::{Running, Side, WRITE_PATH};
use crate::skab::recording;

/// Seconds of live data at 1 Hz.
const LIVE_S: i64 = 40;
/// The same until every asset is learned at the pace of a plant: an hour and ten minutes, and as many again of watching.
const LIVED_S: i64 = LEARN_S + 600;
/// Seconds of the past that are written first, so that learning has all it asks for: 3 600 rows and some.
const LEARN_S: i64 = 3_700;
/// Starts that are timed.
const STARTS: usize = 7;

/// Cold start of an empty node, and what it holds and burns while nothing happens.
pub(super) fn idle(sides: &[Side], figures: &mut Figures) -> anyhow::Result<()> {
    for side in sides {
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            starts.push(side.start()?.server.cold_start_s * 1e3);
        }
        figures.put(side.name(), "p23_cold_start_ms", median(&mut starts));
        let running = side.start()?;
        std::thread::sleep(Duration::from_secs(3));
        let cpu = running.server.cpu_s();
        std::thread::sleep(Duration::from_secs(7));
        figures.put(side.name(), "p24_idle_rss_mb", running.server.rss_mb());
        figures.put(side.name(), "idle_cpu_percent", (running.server.cpu_s() - cpu) / 7.0 * 100.0);
    }
    Ok(())
}

/// What a plant has behind it when it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// Nothing: it learns.
    New,
    /// An hour of data, written as fast as it is taken.
    Poured,
    /// More than an hour, second by second.
    Lived,
}

/// So many signals at 1 Hz while everything is stored and learned.
pub(super) fn live(signals: usize, past: Past, now_s: i64, figures: &mut Figures) -> anyhow::Result<()> {
    let learned = past == Past::Poured;
    let (name, live_s) = match past {
        Past::New => ("", LIVE_S),
        Past::Poured => ("_learned", LIVE_S),
        Past::Lived => ("_hour", LIVED_S),
    };
    let size = format!("{}k{name}", signals / 1_000);
    let running = Side::Gemba.start()?;
    let devices = signals / 10;
    let mut plant = Plant::new(devices);
    if learned {
        for at in (0..LEARN_S).step_by(60) {
            let bodies = plant.lines(60, 1_000, now_s - LEARN_S - 60);
            let load = Load { bodies, plant: Plant::new(0), devices, end_s: at, values: 0.0 };
            load.write(&running)?;
        }
    }
    let start_s = now_s - if learned { LEARN_S + 60 } else { 0 };
    let mut http = running.http()?;
    let begun = Instant::now();
    let (mut cpu, mut late) = (0.0, Duration::ZERO);
    for second in 0..live_s {
        if second == live_s - LIVE_S / 2 {
            cpu = running.server.cpu_s();
        }
        let bodies = plant.lines(1, 1_000, start_s);
        let due = Duration::from_secs(u64::try_from(second)?);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        for body in &bodies {
            http.post(WRITE_PATH, "text/plain", body)?.ok()?;
        }
        late = late.max(begun.elapsed().saturating_sub(due));
    }
    let span = begun.elapsed().as_secs_f64() - (live_s - LIVE_S / 2) as f64;
    figures.put("gemba", &format!("live_{size}_cpu_percent"), (running.server.cpu_s() - cpu) / span * 100.0);
    figures.put("gemba", &format!("live_{size}_rss_mb"), running.server.rss_mb());
    figures.put("gemba", &format!("live_{size}_peak_mb"), running.server.peak_mb());
    figures.put("gemba", &format!("live_{size}_second_took_ms"), late.as_secs_f64() * 1e3);
    Ok(())
}

/// Bytes of a value of SKAB, as every side keeps it.
pub(super) fn skab(sides: &[Side], data: &Path, figures: &mut Figures) -> anyhow::Result<()> {
    let (recordings, _) = recording::find(data)?;
    if recordings.is_empty() {
        figures.left_out("skab", &format!("no SKAB recording below {}", data.display()));
        return Ok(());
    }
    for side in sides {
        let running = side.start()?;
        let mut values = 0.0;
        for (number, recording) in recordings.iter().enumerate() {
            values += write_recording(&running, number, recording)?;
        }
        running.settle()?;
        let bytes = wait_still(|| running.disk_bytes());
        figures.put(side.name(), "p4_skab_bytes_per_value", bytes as f64 / values);
    }
    Ok(())
}

fn write_recording(to: &Running, number: usize, recording: &recording::Recording) -> anyhow::Result<f64> {
    let (mut body, mut values) = (String::new(), 0.0);
    for (row, time) in recording.times.iter().enumerate() {
        let named = recording.names.iter().zip(&recording.columns);
        let fields = named
            .filter_map(|(name, column)| Some((name.replace(' ', "_"), column.get(row).filter(|v| v.is_finite())?)));
        let fields: Vec<String> = fields.map(|(name, value)| format!("{name}={value:?}")).collect();
        if !fields.is_empty() {
            values += fields.len() as f64;
            writeln!(body, "dev,id={number:05} {} {time}000", fields.join(",")).unwrap_or_default();
        }
    }
    to.http()?.post(WRITE_PATH, "text/plain", body.as_bytes())?.ok()?;
    Ok(values)
}

/// The size once it has stopped changing.
fn wait_still(size: impl Fn() -> u64) -> u64 {
    let mut before = size();
    loop {
        std::thread::sleep(Duration::from_secs(2));
        let now = size();
        if now == before {
            return now;
        }
        before = now;
    }
}
