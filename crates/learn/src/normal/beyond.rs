//! What a machine does beyond what was learned. Nothing is judged there; how far it is from the nearest that was learned is
//! known all the same.

use serde::{Deserialize, Serialize};

use super::fit::FeatureKind;
use super::follow::Monitor;

/// The mean of the last rows beyond what was learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Beyond {
    /// Rows beyond, less those within that came since; as many as the long window at most.
    rows: usize,
    #[serde(with = "crate::bits")]
    mean: Vec<f64>,
}

impl Beyond {
    /// Takes a row; `long` is the long window.
    pub(super) fn take(&mut self, row: &[f64], known: bool, long: usize) {
        if known {
            self.rows = self.rows.saturating_sub(1);
            return;
        }
        if self.rows == 0 {
            self.mean = row.to_vec();
        }
        self.rows = (self.rows + 1).min(long);
        for (mean, value) in self.mean.iter_mut().zip(row).filter(|(_, value)| value.is_finite()) {
            *mean = if mean.is_finite() { *mean + (value - *mean) / self.rows as f64 } else { *value };
        }
    }
}

/// A signal beyond what was learned, or beside what is normal at the nearest load that was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stray {
    /// The signal.
    pub column: usize,
    /// Whether it says what is asked of the machine.
    pub driver: bool,
    /// The mean of the last rows.
    pub measured: f64,
    /// What was learned: its middle, and the distance from there to where it ends.
    pub expected: f64,
    /// See `expected`; ≥ 0.
    pub width: f64,
}

impl Stray {
    /// How many times as far off as it may be, without its sign; NaN of what never moved.
    pub fn ratio(&self) -> f64 {
        ((self.measured - self.expected) / self.width).abs()
    }
}

impl Monitor {
    /// Where each signal is when the machine has been beyond what was learned for as long as the long window: drivers beside
    /// the range that was learned, all others beside what is normal at its nearest end. Those that are off come first, the
    /// farthest before. Empty while it has not lasted, or no driver is off any more.
    pub fn beyond(&self) -> Vec<Stray> {
        let Some(mean) = self.lasting_beyond() else { return Vec::new() };
        let mut nearest = mean.to_vec();
        let mut strays = Vec::new();
        for driver in &self.normal().drivers {
            let Some(value) = nearest.get_mut(driver.column).filter(|v| v.is_finite()) else { continue };
            let (expected, width) = (f64::midpoint(driver.low, driver.high), (driver.high - driver.low) / 2.0);
            if expected.is_finite() && width.is_finite() {
                strays.push(Stray { column: driver.column, driver: true, measured: *value, expected, width });
                *value = value.clamp(driver.low, driver.high);
            }
        }
        if !strays.iter().any(|stray| stray.ratio() > 1.0) {
            return Vec::new();
        }
        for feature in self.normal().features.iter().filter(|f| f.kind == FeatureKind::Level) {
            let Some((measured, judged)) = mean.get(feature.column).zip(feature.levels.first()) else { continue };
            let (expected, width) = (feature.expected(&nearest), judged.limit * judged.level.scale);
            if measured.is_finite() && expected.is_finite() && width.is_finite() {
                strays.push(Stray { column: feature.column, driver: false, measured: *measured, expected, width });
            }
        }
        strays.sort_by(|a, b| b.ratio().total_cmp(&a.ratio()));
        strays
    }
}

impl Beyond {
    /// The mean row, once as many rows as the long window holds were beyond.
    pub(super) fn lasting(&self, long: usize) -> Option<&[f64]> {
        (self.rows >= long && !self.mean.is_empty()).then_some(self.mean.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal::{Guides, Normal, Tuning};
    use crate::random::Random;

    #[test]
    fn a_load_beyond_what_was_learned_is_told_once_it_lasts_and_what_it_moves_is_not_off() {
        let mut random = Random::new(3);
        let speed: Vec<f64> = (0..600).map(|i| 20.0 + f64::from(i % 7) + 0.05 * random.normal()).collect();
        let flow: Vec<f64> = speed.iter().map(|v| 3.0 * v + 0.1 * random.normal()).collect();
        let heat: Vec<f64> = speed.iter().map(|_| 60.0 + 0.1 * random.normal()).collect();
        let guides = Guides { drivers: &[0], ..Guides::default() };
        let normal = Normal::fit(&[speed, flow, heat], guides, Tuning::default()).unwrap();
        let mut monitor = Monitor::new(normal);
        let mut strays = Vec::new();
        for i in 0..60 {
            let verdict = monitor.step(&[35.0, 105.0, 60.0 + 0.1 * random.normal()]).unwrap();
            assert!(!verdict.known);
            strays = monitor.beyond();
            assert_eq!(strays.is_empty(), i < 39, "row {i}");
        }
        let off: Vec<usize> = strays.iter().filter(|s| s.ratio() > 1.0).map(|s| s.column).collect();
        assert!(off.contains(&0) && off.contains(&1) && !off.contains(&2), "{strays:?}");
        assert!((0..20).all(|_| monitor.step(&[23.0, 69.0, 60.0]).is_ok()));
        assert!(monitor.beyond().is_empty());
    }
}
