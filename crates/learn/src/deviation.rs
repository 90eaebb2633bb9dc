//! Many signals without a model of the machine: how far each one is from where it was while learned, and from where
//! it was just now.
//!
//! Each signal has two deviations, each over its own standard deviation while learned: from the learned mean (which
//! finds a level never seen) and from its own exponentially weighted mean of the last rows (which finds a change,
//! also of a signal that has drifted away since). The score is the sum of their squares: a few signals far off weigh
//! more than many a little off. No deviation counts beyond a limit, so that one signal that left its
//! range for good does not drown the others.

use serde::{Deserialize, Serialize};

use crate::score::Score;
use crate::{Error, stats};

/// Rows needed to learn, in memories of the recent mean.
const LEARN_MEMORIES: usize = 2;
/// A standard deviation is at least this share of the largest value seen: a resolution, not a spread.
const SPREAD_MIN: f64 = 1e-2;

/// How signals are judged. One setting for all machines.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// The memory of the recent mean, rows.
    pub recent: usize,
    /// A deviation of more standard deviations counts as this many.
    #[serde(with = "crate::bits::one")]
    pub limit: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { recent: 20, limit: 12.0 }
    }
}

/// What was learned of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Spread {
    #[serde(with = "crate::bits::one")]
    mean: f64,
    /// Standard deviation from that mean.
    #[serde(with = "crate::bits::one")]
    level: f64,
    /// Standard deviation from the recent mean.
    #[serde(with = "crate::bits::one")]
    change: f64,
}

/// How each signal deviates while all is well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deviation {
    spreads: Vec<Spread>,
    tuning: Tuning,
}

impl Deviation {
    /// Learns from healthy rows, given as one column for each signal.
    ///
    /// # Errors
    /// When there are no signals, or fewer rows than two memories of the recent mean.
    pub fn fit(columns: &[Vec<f64>], tuning: Tuning) -> Result<Self, Error> {
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let needed = LEARN_MEMORIES * tuning.recent.max(1);
        if rows < needed {
            return Err(Error::TooFewRows { what: "deviations of signals", found: rows, needed });
        }
        Ok(Self { spreads: columns.iter().map(|c| spread(c, tuning)).collect(), tuning })
    }

    /// How many signals a row has.
    pub fn width(&self) -> usize {
        self.spreads.len()
    }

    /// Begins to follow the machine.
    pub fn follow(&self) -> Follow {
        Follow { recent: vec![Recent::new(self.tuning.recent); self.width()], model: self.clone() }
    }
}

fn spread(column: &[f64], tuning: Tuning) -> Spread {
    let mut recent = Recent::new(tuning.recent);
    let changes: Vec<f64> = column.iter().map(|v| recent.change(*v)).skip(tuning.recent).collect();
    let largest = column.iter().filter(|v| v.is_finite()).fold(0.0_f64, |m, v| m.max(v.abs()));
    let least = (SPREAD_MIN * largest).max(f64::MIN_POSITIVE);
    Spread {
        mean: stats::mean(column),
        level: stats::variance(column).sqrt().max(least),
        change: stats::variance(&changes).sqrt().max(least),
    }
}

/// The exponentially weighted mean of a signal's last values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Recent {
    #[serde(with = "crate::bits::one")]
    mean: f64,
    #[serde(with = "crate::bits::one")]
    gain: f64,
}

impl Recent {
    fn new(memory: usize) -> Self {
        Self { mean: f64::NAN, gain: 1.0 / memory.max(1) as f64 }
    }

    /// How far a value is from the mean of those before it, which then moves.
    fn change(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            return 0.0;
        }
        let change = if self.mean.is_finite() { value - self.mean } else { 0.0 };
        self.mean = value - change * (1.0 - self.gain);
        change
    }
}

/// Follows a machine row by row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Follow {
    model: Deviation,
    recent: Vec<Recent>,
}

impl Follow {
    /// Scores the next row; a missing value counts as no deviation.
    ///
    /// # Errors
    /// When the row has another width.
    pub fn step(&mut self, row: &[f64]) -> Result<Score, Error> {
        if row.len() != self.model.width() {
            return Err(Error::Width { what: "a row", found: row.len(), expected: self.model.width() });
        }
        let limit = self.model.tuning.limit;
        let square = |deviation: f64| if deviation.is_nan() { 0.0 } else { deviation.abs().min(limit).powi(2) };
        let parts = row.iter().zip(self.model.spreads.iter().zip(&mut self.recent)).map(|(value, (spread, recent))| {
            square((value - spread.mean) / spread.level) + square(recent.change(*value) / spread.change)
        });
        let contributions: Vec<f64> = parts.collect();
        Ok(Score { score: contributions.iter().sum(), contributions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn noise(seed: u64, rows: usize, width: usize) -> Vec<Vec<f64>> {
        let mut random = Random::new(seed);
        (0..width).map(|c| (0..rows).map(|_| 10.0 * c as f64 + random.normal()).collect()).collect()
    }

    fn row(columns: &[Vec<f64>], at: usize) -> Vec<f64> {
        columns.iter().map(|c| c[at]).collect()
    }

    #[test]
    fn a_signal_far_off_stands_out_and_is_named() {
        let mut follow = Deviation::fit(&noise(1, 2000, 5), Tuning::default()).unwrap().follow();
        let fresh = noise(2, 500, 5);
        let calm = (0..500).map(|i| follow.step(&row(&fresh, i)).unwrap().score).fold(0.0, f64::max);
        let mut wild = row(&fresh, 0);
        wild[3] += 8.0;
        let score = follow.step(&wild).unwrap();
        assert!(score.score > 2.0 * calm, "{} after at most {calm}", score.score);
        assert!(score.contributions[3] > 0.8 * score.score);
        assert!((score.contributions.iter().sum::<f64>() - score.score).abs() < 1e-9);
    }

    #[test]
    fn after_a_drift_a_change_still_stands_out_and_the_drift_counts_no_further_than_the_limit() {
        let mut follow = Deviation::fit(&noise(1, 2000, 2), Tuning::default()).unwrap().follow();
        let mut random = Random::new(3);
        let mut step = |level: f64| follow.step(&[level + random.normal(), 10.0]).unwrap().score;
        let drifted: Vec<f64> = (0..3000).map(|i| step(f64::from(i) / 50.0)).collect();
        let last = &drifted[2900..];
        assert!(last.iter().all(|s| (144.0..170.0).contains(s)), "{last:?}");
        assert!(step(75.0) > 220.0);
    }

    #[test]
    fn a_constant_signal_has_a_resolution_and_a_missing_value_does_not_count() {
        let columns = vec![vec![5.0; 100], vec![0.0; 100]];
        let mut follow = Deviation::fit(&columns, Tuning::default()).unwrap().follow();
        assert!(follow.step(&[5.0, 0.0]).unwrap().score < 1e-12);
        assert!(follow.step(&[f64::NAN, f64::NAN]).unwrap().score < 1e-12);
        assert!(follow.step(&[5.7, 0.0]).unwrap().score > 100.0);
        assert!(follow.step(&[5.0]).is_err());
        assert!(Deviation::fit(&[vec![1.0; 10]], Tuning::default()).is_err());
    }
}
