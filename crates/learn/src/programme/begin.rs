//! What a run of a programme begins with.

use serde::{Deserialize, Serialize};

use crate::stats;

/// A gauge is high above this share of its range, low below the rest.
const HIGH: f64 = 2.0 / 3.0;
/// Rows that a step of time may skip without being a pause.
const PAUSE_ROWS: f64 = 1.5;
/// More rows in a row without the value that tells the begin are a silence too; fewer are values that were lost.
const BLIND_ROWS: u32 = 5;

/// Where a new run begins: where a signal becomes high (or low), or with the first row after a silence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Begin {
    /// After a silence of all signals.
    Pause,
    /// Where a signal, having been below `low`, rises to `high`; the other way round unless `rising`.
    Edge {
        column: usize,
        rising: bool,
        #[serde(with = "crate::bits::one")]
        low: f64,
        #[serde(with = "crate::bits::one")]
        high: f64,
    },
}

impl Begin {
    /// All that there could be in these columns.
    pub(super) fn all(columns: &[Vec<f64>]) -> Vec<Self> {
        let mut all = vec![Self::Pause];
        for (column, values) in columns.iter().enumerate() {
            let values = despiked(values);
            let (least, most) = (stats::quantile(&values, 0.0), stats::quantile(&values, 1.0));
            if most > least {
                let (low, high) = (least + (1.0 - HIGH) * (most - least), least + HIGH * (most - least));
                all.extend([true, false].map(|rising| Self::Edge { column, rising, low, high }));
            }
        }
        all
    }
}

/// The middle one of each value and the two before: one spike does not widen the range.
fn despiked(values: &[f64]) -> Vec<f64> {
    let finite = stats::finite(values);
    let middle = |w: &[f64]| match w {
        [a, b, c] => stats::median3(*a, *b, *c),
        _ => f64::NAN,
    };
    finite.windows(3).map(middle).collect()
}

/// Tells how long the present run has lasted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Clock {
    begin: Begin,
    /// A run is no shorter, µs.
    shortest: i64,
    /// Whether the signal was high last; none while that is not known.
    above: Option<bool>,
    /// When the last row was and when the run began, µs.
    last: Option<i64>,
    began: Option<i64>,
    /// When it was last as if a run began, however soon after the one before.
    begun: Option<i64>,
    /// Rows in a row in which the value that tells it was missing.
    #[serde(default)]
    blind: u32,
}

impl Clock {
    /// Of runs that last at least `shortest` µs: of a signal that begins sooner nobody knows which of the two begins was one.
    /// A silence leaves no doubt.
    pub(super) fn new(begin: Begin, shortest: i64) -> Self {
        Self { begin, shortest, above: None, last: None, began: None, begun: None, blind: 0 }
    }

    /// As it was before the first row.
    pub(super) fn anew(self) -> Self {
        Self::new(self.begin, self.shortest)
    }

    /// What a run begins with.
    pub(super) fn begin(&self) -> Begin {
        self.begin
    }

    /// Takes the row of `time`; rows are `step_us` apart. Seconds since the run began, 0 at its first row; none while
    /// no begin was seen since the last silence, or none that is sure.
    pub(super) fn step(&mut self, (time, step_us): (i64, i64), row: &[f64]) -> Option<f64> {
        let apart = self.last.map(|last| time.saturating_sub(last));
        // nobody knows how long it had run before the first row
        let paused = apart.is_some_and(|apart| apart < 0 || apart as f64 > PAUSE_ROWS * step_us as f64);
        self.last = Some(time);
        let begins = match self.begin {
            Begin::Pause => paused,
            Begin::Edge { column, rising, low, high } => {
                let value = row.get(column).copied().unwrap_or(f64::NAN);
                self.blind = if value.is_finite() { 0 } else { self.blind.saturating_add(1) };
                // without its value for so long a run may have begun that nobody saw
                if paused || self.blind > BLIND_ROWS {
                    (self.above, self.began, self.begun) = (None, None, None);
                }
                let was = self.above;
                self.above = match was {
                    _ if value >= high => Some(true),
                    _ if value <= low => Some(false),
                    held => held,
                };
                was == Some(!rising) && self.above == Some(rising)
            }
        };
        if begins && self.begin == Begin::Pause {
            self.began = Some(time);
        } else if begins {
            let lasted = self.begun.replace(time).map(|begun| time.saturating_sub(begun));
            self.began = lasted.is_none_or(|lasted| lasted >= self.shortest).then_some(time);
        }
        self.began.map(|began| time.saturating_sub(began) as f64 / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: i64 = 1_000_000;

    #[test]
    fn an_edge_begins_a_run_once_and_a_silence_makes_it_unknown() {
        let begin = Begin::Edge { column: 0, rising: true, low: 1.0, high: 2.0 };
        let mut clock = Clock::new(begin, 0);
        let values = [0.0, 1.5, 2.5, 1.5, 2.5, 0.0, 2.0];
        let told: Vec<Option<f64>> = (0..).zip(values).map(|(i, v)| clock.step((i * STEP, STEP), &[v])).collect();
        assert_eq!(told, [None, None, Some(0.0), Some(1.0), Some(2.0), Some(3.0), Some(0.0)]);
        assert_eq!(clock.step((60 * STEP, STEP), &[2.5]), None);
        assert_eq!(clock.step((61 * STEP, STEP), &[f64::NAN]), None);
    }

    #[test]
    fn a_run_goes_on_over_values_that_are_lost_and_not_over_a_time_in_which_nobody_looked() {
        let run = |missing: usize| {
            let mut clock = Clock::new(Begin::Edge { column: 0, rising: true, low: 1.0, high: 2.0 }, 0);
            let values = [0.0, 3.0].into_iter().chain(std::iter::repeat_n(f64::NAN, missing)).chain([3.0]);
            (0..).zip(values).map(|(i, v)| clock.step((i * STEP, STEP), &[v])).last().flatten()
        };
        assert_eq!((run(2), run(6)), (Some(3.0), None));
    }

    #[test]
    fn a_run_that_would_be_too_short_is_not_known() {
        let begin = Begin::Edge { column: 0, rising: true, low: 1.0, high: 2.0 };
        let mut clock = Clock::new(begin, 3 * STEP);
        let values = [0.0, 3.0, 0.0, 3.0, 3.0, 0.0, 3.0, 3.0, 0.0, 3.0, 3.0];
        let told: Vec<bool> = (0..).zip(values).map(|(i, v)| clock.step((i * STEP, STEP), &[v]).is_some()).collect();
        assert_eq!(told, [false, true, true, false, false, false, true, true, true, true, true]);
    }

    #[test]
    fn a_silence_can_be_what_a_run_begins_with() {
        let mut clock = Clock::new(Begin::Pause, 0);
        let told = [0, 1, 2, 60, 61].map(|i| clock.step((i * STEP, STEP), &[]));
        assert_eq!(told, [None, None, None, Some(0.0), Some(1.0)]);
    }

    #[test]
    fn one_spike_does_not_set_the_edges() {
        let mut values: Vec<f64> = (0..100).map(|i| f64::from(i % 10)).collect();
        values[50] = 1e6;
        let all = Begin::all(&[values, vec![1.0; 100]]);
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|b| !matches!(b, Begin::Edge { high, .. } if *high > 9.0)), "{all:?}");
    }
}
