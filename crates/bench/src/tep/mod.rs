//! Tennessee Eastman: a simulated chemical process, 52 signals every 3 minutes. Learned from the normal training
//! run; the limit is set so that one row in a hundred of the normal test run is above; the detection rate of a fault
//! is the share of rows above from its begin (row 161) on, the delay the rows until six alarms in a row.

mod methods;
mod recording;

use std::collections::BTreeMap;
use std::path::Path;

use crate::report::{self, Report, Row, peak_mb};
use recording::Plant;

/// Rows of a faulty test run before the fault begins.
const BEFORE: usize = 160;
/// Faults that hardly show at all: left out of the mean, by the protocol.
const HARDLY_DETECTABLE: [u32; 3] = [3, 9, 15];
/// Alarms in a row that count as a detection.
const IN_A_ROW: usize = 6;

/// What a method says: whether each row of each test run is an alarm.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The normal test run.
    pub(crate) normal: Vec<bool>,
    /// Each faulty run.
    pub(crate) faulty: Vec<Vec<bool>>,
    /// Seconds of fitting.
    pub(crate) train_s: f64,
    /// Seconds of scoring.
    pub(crate) score_s: f64,
}

/// Runs the suite over all runs below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (plant, skipped) = recording::find(data)?;
    let rows = report::rows(methods::all(), |name, method| Ok(row(name, &plant, &method(&plant)?)))?;
    let files = plant.faulty.len() + 1 + usize::from(!plant.normal.is_empty());
    Ok(Report::new("tep", data, (files, skipped), rows))
}

fn row(name: &str, plant: &Plant, said: &Said) -> Row {
    let mut metrics = BTreeMap::new();
    let (mut rates, mut delays, mut before, mut scored) = (Vec::new(), Vec::new(), Vec::new(), said.normal.len());
    for ((fault, _), alarms) in plant.faulty.iter().zip(&said.faulty) {
        let (head, tail) = alarms.split_at(BEFORE.min(alarms.len()));
        let (rate, delay) = (percent(tail), delay(tail));
        metrics.insert(format!("fdr.{fault:02}"), rate);
        metrics.insert(format!("delay.{fault:02}"), delay);
        before.extend_from_slice(head);
        scored += alarms.len();
        if !HARDLY_DETECTABLE.contains(fault) {
            rates.push(rate);
            delays.push(delay);
        }
    }
    metrics.insert("fdr_mean".into(), gemba_learn::stats::mean(&rates));
    metrics.insert("delay_mean".into(), gemba_learn::stats::mean(&delays));
    metrics.insert("far_before_fault".into(), percent(&before));
    metrics.insert("far".into(), percent(if said.normal.is_empty() { &before } else { &said.normal }));
    metrics.retain(|_, value| value.is_finite());
    let score_us_per_sample = said.score_s * 1e6 / scored.max(1) as f64;
    Row { method: name.to_owned(), metrics, train_s: said.train_s, score_us_per_sample, peak_mb: peak_mb() }
}

/// The share of alarms, %; zero when there is no row.
fn percent(alarms: &[bool]) -> f64 {
    100.0 * alarms.iter().filter(|a| **a).count() as f64 / alarms.len().max(1) as f64
}

/// Rows until the last of the first six alarms in a row; all rows when there never are.
fn delay(alarms: &[bool]) -> f64 {
    let first = alarms.windows(IN_A_ROW).position(|w| w.iter().all(|a| *a));
    first.map_or(alarms.len(), |i| i + IN_A_ROW) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_delay_by_hand() {
        let mut alarms = vec![false, true, false];
        alarms.extend([true; 7]);
        assert!((percent(&alarms) - 80.0).abs() < 1e-9);
        assert!((delay(&alarms) - 9.0).abs() < 1e-9);
        assert!((delay(&[true; 5]) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn faults_that_hardly_show_do_not_count_in_the_mean() {
        let run = vec![vec![0.0; 162]];
        let plant = Plant { faulty: vec![(1, run.clone()), (3, run)], ..Plant::default() };
        let mut seen = vec![false; 162];
        seen[161] = true;
        let said = Said { normal: vec![false; 4], faulty: vec![seen, vec![true; 162]], ..Said::default() };
        let row = row("gemba", &plant, &said);
        let [mean, third, before] =
            ["fdr_mean", "fdr.03", "far_before_fault"].map(|m| row.metrics.get(m).copied().unwrap());
        assert_eq!((mean, third, before), (50.0, 100.0, 50.0));
    }
}
