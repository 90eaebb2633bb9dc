//! Speed beside peers: the release program and other people's servers as processes, driven with the same bytes in turn,
//! their answers compared, their processor seconds and memory read from the system.
//!
//! `speed` runs all; `speed-ingest` (P1), `speed-latest` (P5, P6), `speed-decide` (P10), `speed-idle` (P23, P24, bytes of
//! SKAB), `speed-store` (P2, P4, P23, in this process), `speed-10k`, `speed-10k-learned` and `speed-100k` are its parts; `speed-10k-hour` stands
//! by itself. A peer that is not there is said and left out.

mod decide;
mod http;
mod ingest;
mod latest;
mod mqtt;
mod numbers;
mod plant;
mod process;
mod scale;
mod sides;
mod store;
mod ws;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::report::{Report, Row};
use sides::Side;

/// Peers leave the newest seconds out of their answers: data ends so long ago, s.
const AGO_S: i64 = 120;

/// Figures by side and name.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    rows: BTreeMap<String, BTreeMap<String, f64>>,
    left_out: BTreeMap<String, String>,
}

impl Figures {
    fn put(&mut self, side: &str, name: &str, value: f64) {
        self.rows.entry(side.to_owned()).or_default().insert(name.to_owned(), value);
    }

    fn left_out(&mut self, side: &str, why: &str) {
        self.left_out.insert(side.to_owned(), why.to_owned());
    }

    #[allow(clippy::print_stderr, reason = "what is missing must be said beside the table")]
    fn report(mut self, suite: &str, data: &Path) -> Report {
        for (side, why) in &self.left_out {
            eprintln!("left out: {side}: {why}");
        }
        let ours = self.rows.remove("gemba").map(|metrics| ("gemba".to_owned(), metrics));
        let rows: Vec<Row> = ours.into_iter().chain(self.rows).map(row).collect();
        let (files, skipped) = (rows.len(), self.left_out.len());
        Report::new(suite, data, (files, skipped), rows)
    }
}

fn row((method, metrics): (String, BTreeMap<String, f64>)) -> Row {
    Row { method, metrics, train_s: 0.0, score_us_per_sample: 0.0, peak_mb: 0.0 }
}

#[allow(clippy::disallowed_methods, reason = "peers are asked about now, by the machine's clock")]
fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |span| span.as_secs());
    i64::try_from(since).unwrap_or(0)
}

/// A part of the suite.
type Part = fn(&[Side], &Path, &mut Figures) -> anyhow::Result<()>;

fn measured(suite: &str, data: &Path, parts: &[Part]) -> anyhow::Result<Report> {
    sides::program()?;
    let mut figures = Figures::default();
    let mut there = Vec::new();
    for side in [Side::Gemba, Side::GembaUnwatched, Side::VictoriaMetrics, Side::Influx] {
        match side.missing() {
            None => there.push(side),
            Some(why) => figures.left_out(side.name(), &why),
        }
    }
    for part in parts {
        part(&there, data, &mut figures)?;
    }
    Ok(figures.report(suite, data))
}

const INGEST: Part = |sides, _, figures| ingest::run(sides, now_s() - AGO_S, figures);
const LATEST: Part = |sides, _, figures| latest::run(&only(sides, Side::GembaUnwatched), now_s() - AGO_S, figures);
const DECIDE: Part = |_, _, figures| decide::run(figures);
const IDLE: Part = |sides, data, figures| {
    let sides = only(sides, Side::GembaUnwatched);
    scale::idle(&sides, figures)?;
    scale::skab(&sides, data, figures)
};
const STORE: Part = |_, _, figures| store::run(figures);
const LIVE_10K: Part = |_, _, figures| scale::live(10_000, scale::Past::New, now_s(), figures);
const LEARNED_10K: Part = |_, _, figures| scale::live(10_000, scale::Past::Poured, now_s(), figures);
const HOUR_10K: Part = |_, _, figures| scale::live(10_000, scale::Past::Lived, now_s(), figures);
const LIVE_100K: Part = |_, _, figures| scale::live(100_000, scale::Past::New, now_s(), figures);

/// All sides but one.
fn only(sides: &[Side], but: Side) -> Vec<Side> {
    sides.iter().copied().filter(|side| *side != but).collect()
}

/// Runs all parts.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    measured("speed", data, &[INGEST, LATEST, DECIDE, IDLE, STORE, LIVE_10K, LEARNED_10K, LIVE_100K])
}

/// P1.
pub(crate) fn run_ingest(data: &Path) -> anyhow::Result<Report> {
    measured("speed-ingest", data, &[INGEST])
}

/// P5 and P6.
pub(crate) fn run_latest(data: &Path) -> anyhow::Result<Report> {
    measured("speed-latest", data, &[LATEST])
}

/// P10.
pub(crate) fn run_decide(data: &Path) -> anyhow::Result<Report> {
    measured("speed-decide", data, &[DECIDE])
}

/// P23, P24 and the bytes of SKAB.
pub(crate) fn run_idle(data: &Path) -> anyhow::Result<Report> {
    measured("speed-idle", data, &[IDLE])
}

/// P2, P4, and P23 with a log to read. It needs no program but itself.
pub(crate) fn run_store(data: &Path) -> anyhow::Result<Report> {
    let mut figures = Figures::default();
    store::run(&mut figures)?;
    Ok(figures.report("speed-store", data))
}

/// 10 000 signals at 1 Hz.
pub(crate) fn run_10k(data: &Path) -> anyhow::Result<Report> {
    measured("speed-10k", data, &[LIVE_10K])
}

/// The same once an hour of data was learned from.
pub(crate) fn run_10k_learned(data: &Path) -> anyhow::Result<Report> {
    measured("speed-10k-learned", data, &[LEARNED_10K])
}

/// 10 000 signals second by second until all is learned, which takes longer than an hour; not a part of `speed`.
pub(crate) fn run_10k_hour(data: &Path) -> anyhow::Result<Report> {
    measured("speed-10k-hour", data, &[HOUR_10K])
}

/// 100 000 signals at 1 Hz.
pub(crate) fn run_100k(data: &Path) -> anyhow::Result<Report> {
    measured("speed-100k", data, &[LIVE_100K])
}
