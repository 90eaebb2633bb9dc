use serde::{Deserialize, Serialize};

use crate::level::{Level, slow_share};
use crate::ridge::Ridge;
use crate::{Error, stats};

/// How a machine is watched. One setting for all machines.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// Rows of the short and the long window whose means are judged.
    pub windows: [usize; 2],
    /// The probability of a false alarm in one short window, for all features together.
    pub alpha: f64,
    /// A condition ends below this share of the limit …
    pub release: f64,
    /// … or of the highest score it had, whichever is higher.
    pub recovered: f64,
    /// The expectation follows drift this many times slower than the head was long.
    pub follow: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { windows: [10, 40], alpha: 1e-6, release: 0.5, recovered: 1.0 / 3.0, follow: 2.0 }
    }
}

/// The skill above which drivers are believed to move a signal.
const DRIVER_SKILL_MIN: f64 = 0.1;
/// The skill above which the other signals are believed to predict a signal.
const CROSS_SKILL_MIN: f64 = 2.5;
/// A driver may leave its learned range by this share of it before the operating state counts as unknown.
const DRIVER_MARGIN: f64 = 0.2;

/// What a feature tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeatureKind {
    /// The signal's level for this load.
    Level,
    /// What the signal is off the prediction by the other signals.
    Cross,
}

/// One thing that is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// The signal.
    pub column: usize,
    /// What it tells.
    pub kind: FeatureKind,
    /// The share of the head's variance that was slow wandering.
    pub slow: f64,
    /// What is taken off the signal first.
    pub(super) expectation: Option<Ridge>,
    /// One for each window length for which the head was long enough, with its limit.
    pub(super) levels: Vec<(Level, f64)>,
}

impl Feature {
    fn fit(
        columns: &[Vec<f64>],
        (column, kind): (usize, FeatureKind),
        expectation: Option<Ridge>,
        windows: [usize; 2],
    ) -> Result<Self, Error> {
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let mut row = vec![f64::NAN; columns.len()];
        let mut values = Vec::with_capacity(rows);
        for r in 0..rows {
            row.iter_mut().zip(columns).for_each(|(v, c)| *v = c.get(r).copied().unwrap_or(f64::NAN));
            values.push(value(&row, column, expectation.as_ref()));
        }
        let [short, long] = windows;
        let slow = slow_share(&values, short);
        let mut levels = vec![(Level::fit(&values, short, slow)?, f64::INFINITY)];
        levels.extend(Level::fit(&values, long, slow).ok().map(|l| (l, f64::INFINITY)));
        Ok(Self { column, kind, slow, expectation, levels })
    }

    /// The feature's value for a row of all signals.
    pub(super) fn value(&self, row: &[f64]) -> f64 {
        value(row, self.column, self.expectation.as_ref())
    }

    /// What is expected of the signal itself for this row, before drift is followed.
    pub(super) fn expected(&self, row: &[f64]) -> f64 {
        let centre = self.levels.first().map_or(f64::NAN, |(l, _)| l.centre);
        centre + self.expectation.as_ref().map_or(0.0, |e| e.expect(row))
    }
}

fn value(row: &[f64], column: usize, expectation: Option<&Ridge>) -> f64 {
    row.get(column).copied().unwrap_or(f64::NAN) - expectation.map_or(0.0, |e| e.expect(row))
}

/// What was learned about a machine in one operating state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normal {
    pub(super) width: usize,
    pub(super) rows: usize,
    pub(super) features: Vec<Feature>,
    pub(super) drivers: Vec<(usize, f64, f64)>,
    pub(super) tuning: Tuning,
}

impl Normal {
    /// Learns from healthy rows, given as one column for each signal. `drivers` are the columns that say what is
    /// asked of the machine: they explain, and are not judged themselves.
    ///
    /// # Errors
    /// When no signal has enough usable rows.
    pub fn fit(columns: &[Vec<f64>], drivers: &[usize], tuning: Tuning) -> Result<Self, Error> {
        let clean: Vec<Vec<f64>> = columns.iter().map(|c| despiked(c)).collect();
        let judged: Vec<usize> = (0..columns.len()).filter(|i| !drivers.contains(i)).collect();
        let mut features = Vec::new();
        let mut why = Error::TooFewRows { what: "normal behaviour", found: 0, needed: 1 };
        for column in &judged {
            let driven = Ridge::fit(&clean, *column, drivers).filter(|r| r.skill >= DRIVER_SKILL_MIN);
            match Feature::fit(&clean, (*column, FeatureKind::Level), driven, tuning.windows) {
                Ok(feature) => features.push(feature),
                Err(error) => why = error,
            }
            let others: Vec<usize> = (0..columns.len()).filter(|i| i != column).collect();
            let cross = Ridge::fit(&clean, *column, &others).filter(|r| r.skill >= CROSS_SKILL_MIN);
            if let Some(cross) = cross {
                features.extend(Feature::fit(&clean, (*column, FeatureKind::Cross), Some(cross), tuning.windows));
            }
        }
        if features.is_empty() {
            return Err(why);
        }
        let limits: usize = features.iter().map(|f| f.levels.len()).sum();
        let alpha = tuning.alpha / limits.max(1) as f64;
        for (level, limit) in features.iter_mut().flat_map(|f| &mut f.levels) {
            *limit = level.limit(alpha);
        }
        let drivers = drivers.iter().map(|i| range(*i, clean.get(*i).map_or(&[], Vec::as_slice))).collect();
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
        Ok(Self { width: columns.len(), rows, features, drivers, tuning })
    }

    /// What is judged.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// How many signals a row has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// From how many rows it was learned.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How it was told to watch.
    pub fn tuning(&self) -> &Tuning {
        &self.tuning
    }

    /// Whether what is asked of the machine lies within what was learned.
    pub fn knows(&self, row: &[f64]) -> bool {
        self.drivers.iter().all(|(i, low, high)| row.get(*i).is_some_and(|v| !v.is_finite() || (low <= v && v <= high)))
    }
}

fn range(column: usize, values: &[f64]) -> (usize, f64, f64) {
    let (low, high) = (stats::quantile(values, 0.0), stats::quantile(values, 1.0));
    let margin = ((high - low) * DRIVER_MARGIN).max(low.abs().max(high.abs()) * 0.02).max(1e-9);
    if low.is_nan() { (column, f64::NEG_INFINITY, f64::INFINITY) } else { (column, low - margin, high + margin) }
}

/// Single spikes removed: each value replaced by the middle one of itself and the two before.
fn despiked(column: &[f64]) -> Vec<f64> {
    let mut filter = Despike::default();
    column.iter().map(|v| filter.next(*v)).collect()
}

/// The middle one of the last three usable values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Despike {
    before: Option<(f64, f64)>,
}

impl Despike {
    pub(super) fn next(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            return f64::NAN;
        }
        let (a, b) = self.before.unwrap_or((value, value));
        self.before = Some((b, value));
        stats::median3(a, b, value)
    }
}
