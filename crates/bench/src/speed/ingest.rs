//! P1: line protocol over HTTP, two connections, 1000 lines a request, each side with an empty store in turn.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::Figures;
use super::numbers::{median, quantile};
use super::plant::Plant;
use super::sides::{Running, Side, WRITE_PATH};

/// Devices of the plant; each has ten signals.
pub(super) const DEVICES: usize = 100;
/// Lines of a request: ten values each.
const LINES: usize = 1_000;
/// Connections that write at the same time.
const CONNECTIONS: usize = 2;
/// How often each side is measured, …
const ROUNDS: usize = 5;
/// … but for one that takes as long as all others together.
const SLOW_ROUNDS: usize = 2;

/// What is written and what must come out.
pub(super) struct Load {
    pub(super) bodies: Vec<Vec<u8>>,
    pub(super) plant: Plant,
    pub(super) devices: usize,
    /// The last second of the data.
    pub(super) end_s: i64,
    pub(super) values: f64,
}

impl Load {
    /// So many seconds of a plant that end some minutes ago: peers leave the very newest out of their answers.
    pub(super) fn new(devices: usize, seconds: i64, end_s: i64) -> Self {
        let mut plant = Plant::new(devices);
        let bodies = plant.lines(seconds, LINES, end_s - seconds + 1);
        let values = devices as f64 * 10.0 * seconds as f64;
        Self { bodies, plant, devices, end_s, values }
    }

    /// Writes everything; gives the seconds it took, and each acknowledgement's wait, ms.
    pub(super) fn write(&self, to: &Running) -> anyhow::Result<(f64, Vec<f64>)> {
        let (next, waits) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let begun = Instant::now();
        let work = || -> anyhow::Result<()> {
            let (mut http, mut own) = (to.http()?, Vec::new());
            while let Some(body) = self.bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                let sent = Instant::now();
                http.post(WRITE_PATH, "text/plain", body)?.ok()?;
                own.push(sent.elapsed().as_secs_f64() * 1e3);
            }
            waits.lock().map_err(|_panicked| anyhow::anyhow!("a writer has failed"))?.append(&mut own);
            Ok(())
        };
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(work)).collect();
            writers
                .into_iter()
                .try_for_each(|writer| writer.join().map_err(|_panicked| anyhow::anyhow!("a writer has failed"))?)
        })?;
        let took = begun.elapsed().as_secs_f64();
        Ok((took, waits.into_inner().unwrap_or_default()))
    }
}

/// One side's rounds.
#[derive(Default)]
struct Rounds(std::collections::BTreeMap<&'static str, Vec<f64>>);

impl Rounds {
    fn add(&mut self, name: &'static str, value: f64) {
        self.0.entry(name).or_default().push(value);
    }
}

/// Measures all sides in turn.
pub(super) fn run(sides: &[Side], end_s: i64, figures: &mut Figures) -> anyhow::Result<()> {
    let load = Load::new(DEVICES, 3_600, end_s);
    let mut all: Vec<Rounds> = sides.iter().map(|_| Rounds::default()).collect();
    for number in 0..ROUNDS {
        for (side, rounds) in sides.iter().zip(&mut all) {
            if *side != Side::Influx || number < SLOW_ROUNDS {
                round(*side, &load, (rounds, number == 0))?;
            }
        }
    }
    for (side, mut rounds) in sides.iter().zip(all) {
        for (name, values) in &mut rounds.0 {
            figures.put(side.name(), name, median(values));
        }
    }
    Ok(())
}

/// One side once. What lies on disk, and what bringing it there takes, is looked at in the first round only: the waits
/// are long.
fn round(side: Side, load: &Load, (rounds, first): (&mut Rounds, bool)) -> anyhow::Result<()> {
    let running = side.start()?;
    rounds.add("cold_start_ms", running.server.cold_start_s * 1e3);
    rounds.add("empty_rss_mb", running.server.rss_mb());
    let before = running.server.cpu_s();
    let (took, mut waits) = load.write(&running)?;
    rounds.add("p1_values_per_cpu_s", load.values / (running.server.cpu_s() - before));
    rounds.add("p1_values_per_s", load.values / took);
    rounds.add("p1_ack_p50_ms", quantile(&mut waits, 0.5));
    rounds.add("p1_ack_p99_ms", quantile(&mut waits, 0.99));
    rounds.add("p1_rss_mb", running.server.rss_mb());
    rounds.add("p1_peak_mb", running.server.peak_mb());
    if first {
        running.settle()?;
        rounds.add("p1_values_per_cpu_s_at_rest", load.values / (running.server.cpu_s() - before));
        rounds.add("p1_bytes_per_value", running.disk_bytes() as f64 / load.values);
    }
    let found = running.count_up_to(load.values, load.end_s + 1)?;
    anyhow::ensure!((found - load.values).abs() < 0.5, "{} has {found} of {} values", side.name(), load.values);
    Ok(())
}
