//! SKAB: a water loop with eight signals at 1 Hz. Per recording: fit on the first 400 rows, score the rest.
//! F1, false-alarm rate and missed-alarm rate are pooled over all rows of all recordings; change points are
//! scored after [`crate::nab`] with a window of 60 s to the right.

mod methods;
mod pca;
mod peers;
pub(crate) mod recording;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use crate::nab::{LOW_FP, STANDARD, changes::Tally};
use crate::report::{self, Report, Row, peak_mb};
use recording::Recording;

/// Rows of each recording that are for training, by the protocol.
const TRAIN_ROWS: usize = 400;
/// Length of the change-point window, µs.
const WINDOW_US: i64 = 60_000_000;

/// What a method says about the rows after the first [`TRAIN_ROWS`].
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Whether each row is anomalous.
    pub(crate) alarms: Vec<bool>,
    /// Whether a change is announced at each row.
    pub(crate) changes: Vec<bool>,
    /// Seconds of fitting.
    pub(crate) train_s: f64,
    /// Seconds of scoring.
    pub(crate) score_s: f64,
}

/// Runs the suite over all recordings below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (recordings, skipped) = recording::find(data)?;
    anyhow::ensure!(!recordings.is_empty(), "no SKAB recording was found below {}", data.display());
    let rows = report::rows(methods::all(), |name, method| row(name, method, &recordings))?;
    Ok(Report::new("skab", data, (recordings.len(), skipped), rows))
}

fn row(name: &str, method: methods::Method, recordings: &[Recording]) -> anyhow::Result<Row> {
    let (mut counts, mut standard, mut low_fp) = (Counts::default(), Tally::default(), Tally::default());
    let (mut train_s, mut score_s, mut scored) = (0.0, 0.0, 0_usize);
    for recording in recordings {
        let said = method(recording, TRAIN_ROWS)?;
        let truth = recording.test(TRAIN_ROWS);
        counts.add(truth.anomaly, &said.alarms);
        let (changes, detections) = (truth.times_where(truth.changepoint), truth.times_where(&said.changes));
        standard.add(&changes, &detections, WINDOW_US, STANDARD);
        low_fp.add(&changes, &detections, WINDOW_US, LOW_FP);
        train_s += said.train_s;
        score_s += said.score_s;
        scored += truth.times.len();
    }
    let metrics = BTreeMap::from([
        ("f1".to_owned(), counts.f1()),
        ("far".to_owned(), counts.far()),
        ("mar".to_owned(), counts.mar()),
        ("cp_nab_standard".to_owned(), standard.scaled(STANDARD)),
        ("cp_nab_low_fp".to_owned(), low_fp.scaled(LOW_FP)),
    ]);
    let score_us_per_sample = score_s * 1e6 / scored.max(1) as f64;
    Ok(Row { method: name.to_owned(), metrics, train_s, score_us_per_sample, peak_mb: peak_mb() })
}

/// Rows by truth and alarm.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    hit: f64,
    false_alarm: f64,
    missed: f64,
    quiet: f64,
}

impl Counts {
    fn add(&mut self, truth: &[bool], alarms: &[bool]) {
        for (truth, alarm) in truth.iter().zip(alarms) {
            match (truth, alarm) {
                (true, true) => self.hit += 1.0,
                (false, true) => self.false_alarm += 1.0,
                (true, false) => self.missed += 1.0,
                (false, false) => self.quiet += 1.0,
            }
        }
    }

    /// 0–1.
    fn f1(&self) -> f64 {
        let all = 2.0 * self.hit + self.false_alarm + self.missed;
        if all > 0.0 { 2.0 * self.hit / all } else { 0.0 }
    }

    /// False alarms among healthy rows, %.
    fn far(&self) -> f64 {
        100.0 * self.false_alarm / (self.false_alarm + self.quiet).max(1.0)
    }

    /// Missed rows among anomalous rows, %.
    fn mar(&self) -> f64 {
        100.0 * self.missed / (self.missed + self.hit).max(1.0)
    }
}

/// Seconds since `from`.
pub(crate) fn seconds_since(from: Instant) -> f64 {
    from.elapsed().as_secs_f64()
}
