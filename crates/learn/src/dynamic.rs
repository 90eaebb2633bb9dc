//! Watches a process by all variates of a [`Cva`] at two memories: the last rows alone, which sees what is gross at
//! once, and their average over some six rows, which sees what is small and lasts.
//!
//! T² of a row that was learned from is too small. So the limits come from stretches that were left out in turn:
//! each fifth of the healthy rows is scored by a model of the other four. Both memories are brought to a common
//! scale, the larger counts, and its rank among the healthy scores is the p-value of the row
//! ([`crate::conformal`]). The alarm begins at one level and ends at a milder one.

use serde::{Deserialize, Serialize};

use crate::conformal::Calibration;
use crate::cva::{Cva, Window};
use crate::{Error, stats};

/// Stretches that are left out in turn.
const FOLDS: usize = 5;
/// The level at which rows are brought to a common scale: one in a hundred healthy rows is above.
const COMMON: f64 = 0.99;

/// How a process is watched. One setting for all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DynamicTuning {
    /// Rows that are stacked.
    pub past: usize,
    /// The newest row's weight in the average, 0–1.
    #[serde(with = "crate::bits::one")]
    pub newest: f64,
    /// The most that a row counts in the average, in units of what one in a hundred healthy rows exceeds: so that
    /// the average forgets a gross fault soon after it ended.
    #[serde(with = "crate::bits::one")]
    pub most: f64,
    /// An alarm begins with a row of a smaller p-value …
    #[serde(with = "crate::bits::one")]
    pub alpha: f64,
    /// … and ends with one of a larger p-value than this.
    #[serde(with = "crate::bits::one")]
    pub release: f64,
}

impl Default for DynamicTuning {
    fn default() -> Self {
        Self { past: 3, newest: 0.3, most: 1.5, alpha: 0.005, release: 0.02 }
    }
}

/// What one row says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DynamicVerdict {
    /// The larger of both memories, each over what one in a hundred healthy rows exceeds.
    pub score: f64,
    /// The share of healthy scores that are as high.
    pub p_value: f64,
    /// Whether the alarm holds.
    pub active: bool,
}

/// Scales, fixed once learned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Scales {
    #[serde(with = "crate::bits::one")]
    row: f64,
    #[serde(with = "crate::bits::one")]
    start: f64,
    #[serde(with = "crate::bits::one")]
    average: f64,
}

/// A fitted model with the state of the stream it follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DynamicMonitor {
    model: Cva,
    healthy: Calibration,
    scales: Scales,
    tuning: DynamicTuning,
    window: Window,
    #[serde(with = "crate::bits::one")]
    average: f64,
    active: bool,
}

/// The larger of a row's T² and its running average, each in its own scale.
fn joint(t2: f64, average: &mut f64, scales: Scales, tuning: &DynamicTuning) -> f64 {
    let ratio = t2 / scales.row;
    if ratio.is_nan() {
        return f64::NAN;
    }
    *average += tuning.newest * (ratio.min(tuning.most) - *average);
    ratio.max(*average / scales.average)
}

impl DynamicMonitor {
    /// Learns from healthy rows, given as one column for each signal.
    ///
    /// # Errors
    /// When there are too few usable rows, see [`Cva::fit`].
    pub fn fit(columns: &[Vec<f64>], tuning: DynamicTuning) -> Result<Self, Error> {
        let model = Cva::fit(columns, tuning.past)?;
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let mut unseen = Vec::with_capacity(rows);
        for fold in 0..FOLDS {
            let left_out = rows * fold / FOLDS..rows * (fold + 1) / FOLDS;
            let scores = model.without(columns, &left_out)?.scores(columns);
            unseen.extend(scores.get(left_out).unwrap_or_default().iter().map(|t| t.total()));
        }
        let row = stats::quantile(&unseen, COMMON).max(f64::MIN_POSITIVE);
        let capped: Vec<f64> = unseen.iter().map(|t| (t / row).min(tuning.most)).collect();
        let start = stats::mean(&stats::finite(&capped));
        let mut scales = Scales { row, start, average: f64::INFINITY };
        let mut average = start;
        let averages: Vec<f64> = unseen
            .iter()
            .map(|t| {
                joint(*t, &mut average, scales, &tuning);
                average
            })
            .collect();
        scales.average = stats::quantile(&averages, COMMON).max(f64::MIN_POSITIVE);
        average = start;
        let scores: Vec<f64> = unseen.iter().map(|t| joint(*t, &mut average, scales, &tuning)).collect();
        let (healthy, window) = (Calibration::new(&scores)?, Window::new(&model));
        Ok(Self { model, healthy, scales, tuning, window, average: start, active: false })
    }

    /// What was learned.
    pub fn model(&self) -> &Cva {
        &self.model
    }

    /// The healthy scores, each by a model that had not seen the row.
    pub fn healthy(&self) -> &Calibration {
        &self.healthy
    }

    /// Takes the next row. With a missing value nothing is judged and the alarm stays as it is.
    pub fn step(&mut self, row: &[f64]) -> DynamicVerdict {
        self.window.push(&self.model, row.iter().copied());
        let t2 = self.model.score(self.window.values()).total();
        let score = joint(t2, &mut self.average, self.scales, &self.tuning);
        let p_value = self.healthy.p_value(score);
        if !score.is_nan() {
            self.active = p_value <= self.tuning.alpha || (self.active && p_value <= self.tuning.release);
        }
        DynamicVerdict { score: if score.is_nan() { 0.0 } else { score }, p_value, active: self.active }
    }

    /// Forgets the stream, not what was learned.
    pub fn rest(&mut self) {
        self.window.clear();
        (self.average, self.active) = (self.scales.start, false);
    }

    /// How far each signal is off what the others and the model make of it, see [`Cva::offsets`].
    pub fn offsets(&self) -> Vec<(f64, f64)> {
        self.model.offsets(self.window.values(), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Two tanks in a row, filled at random, with a level sensor each and a flow meter between them.
    fn tanks(seed: u64, rows: usize) -> Vec<[f64; 3]> {
        let mut random = Random::new(seed);
        let (mut first, mut second) = (0.0, 0.0);
        (0..rows)
            .map(|_| {
                let flow = 0.2 * first;
                first += random.normal() - flow;
                second += flow - 0.1 * second;
                [first, second, flow].map(|v| v + 0.02 * random.normal())
            })
            .collect()
    }

    fn columns(rows: &[[f64; 3]]) -> Vec<Vec<f64>> {
        (0..3).map(|c| rows.iter().map(|r| r[c]).collect()).collect()
    }

    fn learned() -> DynamicMonitor {
        DynamicMonitor::fit(&columns(&tanks(1, 2000)), DynamicTuning::default()).unwrap()
    }

    fn share(monitor: &mut DynamicMonitor, rows: &[[f64; 3]]) -> f64 {
        rows.iter().filter(|r| monitor.step(&r[..]).active).count() as f64 / rows.len() as f64
    }

    #[test]
    fn a_healthy_process_alarms_about_as_often_as_was_allowed() {
        let found = share(&mut learned(), &tanks(2, 20_000));
        assert!(found < 0.05, "{found}");
    }

    #[test]
    fn a_leak_that_no_signal_shows_by_itself_is_seen_and_explained() {
        let mut leaky = tanks(3, 600);
        leaky[300..].iter_mut().for_each(|r| r[2] -= 0.15);
        let mut monitor = learned();
        assert!(share(&mut monitor, &leaky[..300]) < 0.1);
        assert!(share(&mut monitor, &leaky[300..]) > 0.9);
        let [_, _, (flow, _)] = monitor.offsets()[..] else { panic!("three signals") };
        assert!((flow + 0.15).abs() < 0.1, "{flow}");
        assert!(share(&mut monitor, &tanks(4, 300)) < 0.2);
    }

    #[test]
    fn missing_values_are_not_judged_and_a_saved_monitor_goes_on() {
        let mut monitor = learned();
        let rows = tanks(5, 50);
        share(&mut monitor, &rows[..20]);
        assert!(!monitor.step(&[f64::NAN; 3]).active);
        let mut again = monitor.clone();
        rows[20..].iter().for_each(|r| assert_eq!(monitor.step(&r[..]), again.step(&r[..])));
        monitor.rest();
        assert!(monitor.step(&rows[0]).p_value > 0.99);
    }
}
