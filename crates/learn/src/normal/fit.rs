use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::calibrate;
use super::judged::Judged;
use super::relation::Relation;
use crate::level::slow_share;
use crate::ridge::Ridge;
use crate::swing::Swing;
use crate::{Error, stats};

/// How a machine is watched. One setting for all machines.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// Rows of the short and the long window whose means are judged.
    pub windows: [usize; 2],
    /// The probability of a false alarm in one short window, for all features together.
    #[serde(with = "crate::bits::one")]
    pub alpha: f64,
    /// A condition ends below this share of the limit …
    #[serde(with = "crate::bits::one")]
    pub release: f64,
    /// … or of the highest score it had, whichever is higher.
    #[serde(with = "crate::bits::one")]
    pub recovered: f64,
    /// The expectation follows drift this many times slower than the head was long.
    #[serde(with = "crate::bits::one")]
    pub follow: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { windows: [10, 40], alpha: 1e-6, release: 0.5, recovered: 1.0 / 3.0, follow: 2.0 }
    }
}

/// The skill above which drivers are believed to move a signal.
const DRIVER_SKILL_MIN: f64 = 0.1;
/// The share of what drivers leave unexplained, on stretches left out, that the time of day or week must explain to be
/// believed: less, and a level is not ruled by the clock.
const CALENDAR_GAIN_MIN: f64 = 0.5;
/// The skill above which the other signals are believed to predict a signal.
const CROSS_SKILL_MIN: f64 = 0.5;
/// Signals that wander more than this do not predict others: two wanderers always seem related.
const CROSS_SLOW_MAX: f64 = 0.5;
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

/// A signal that says what is asked of the machine, and the range in which that was learned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Driver {
    pub(super) column: usize,
    #[serde(with = "crate::bits::one")]
    pub(super) low: f64,
    #[serde(with = "crate::bits::one")]
    pub(super) high: f64,
}

/// One thing that is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// The signal.
    pub column: usize,
    /// What it tells.
    pub kind: FeatureKind,
    /// The share of the head's variance that was slow: wandering, or a swing.
    #[serde(with = "crate::bits::one")]
    pub slow: f64,
    /// What is taken off the signal first.
    pub(super) expectation: Option<Ridge>,
    /// One for each window length for which the head was long enough, with its limit.
    pub(super) levels: Vec<Judged>,
}

impl Feature {
    fn fit(
        columns: &[Vec<f64>],
        (column, kind): (usize, FeatureKind),
        expectation: Option<Ridge>,
        (windows, visits): ([usize; 2], bool),
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
        let swing = Swing::of(&values, short);
        let whole = swing.and_then(|s| s.whole(long));
        let judged = |window: usize, whole: bool| {
            let judged = Judged::fit(&values, window, swing.map_or(slow, |s| s.wander(whole)))?;
            let judged = swing.map_or(judged, |s| judged.swinging(s, whole));
            Ok(if visits { judged.visited(&values) } else { judged })
        };
        let mut levels = vec![judged(short, false)?];
        levels.extend(judged(whole.unwrap_or(long), whole.is_some()));
        Ok(Self { column, kind, slow, expectation, levels })
    }

    /// The feature's value for a row of all signals.
    pub(super) fn value(&self, row: &[f64]) -> f64 {
        value(row, self.column, self.expectation.as_ref())
    }

    /// What is expected of the signal itself for this row, before drift is followed.
    pub(super) fn expected(&self, row: &[f64]) -> f64 {
        let centre = self.levels.first().map_or(f64::NAN, |j| j.level.centre);
        centre + self.expectation.as_ref().map_or(0.0, |e| e.expect(row))
    }
}

fn value(row: &[f64], column: usize, expectation: Option<&Ridge>) -> f64 {
    row.get(column).copied().unwrap_or(f64::NAN) - expectation.map_or(0.0, |e| e.expect(row))
}

/// Columns that explain and are not judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guides<'a> {
    /// What is asked of the machine.
    pub drivers: &'a [usize],
    /// Groups of columns that tell the time ([`calendar`](crate::calendar)), behind all signals. A level depends on those
    /// that explain it on stretches left out.
    pub calendar: &'a [Range<usize>],
    /// Whether missing rows part visits to an operating state, between which the machine was in another.
    pub visits: bool,
}

/// What was learned about a machine in one operating state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normal {
    pub(super) width: usize,
    /// Columns from here on tell the time.
    signals: usize,
    pub(super) rows: usize,
    pub(super) features: Vec<Feature>,
    pub(super) relation: Option<Relation>,
    pub(super) drivers: Vec<Driver>,
    pub(super) tuning: Tuning,
}

impl Normal {
    /// Learns from healthy rows, given as one column for each signal.
    ///
    /// # Errors
    /// When no signal has enough usable rows.
    pub fn fit(columns: &[Vec<f64>], guides: Guides<'_>, tuning: Tuning) -> Result<Self, Error> {
        let drivers = guides.drivers;
        let signals = guides.calendar.iter().map(|g| g.start).min().unwrap_or(columns.len()).min(columns.len());
        let clean: Vec<Vec<f64>> = columns.iter().map(|c| despiked(c)).collect();
        let mut features = Vec::new();
        let mut why = Error::TooFewRows { what: "normal behaviour", found: 0, needed: 1 };
        for column in (0..signals).filter(|i| !drivers.contains(i)) {
            let driven = driven(&clean, column, guides);
            match Feature::fit(&clean, (column, FeatureKind::Level), driven, (tuning.windows, guides.visits)) {
                Ok(feature) => features.push(feature),
                Err(error) => why = error,
            }
        }
        let crosses = crosses(&clean, guides, &features, tuning);
        features.extend(crosses);
        if features.is_empty() {
            return Err(why);
        }
        let relation = Relation::fit(clean.get(..signals).unwrap_or_default(), tuning.windows);
        let drivers = drivers.iter().map(|i| range(*i, clean.get(*i).map_or(&[], Vec::as_slice))).collect();
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
        let mut normal = Self { width: columns.len(), signals, rows, features, relation, drivers, tuning };
        let alpha = tuning.alpha / normal.judged().count().max(1) as f64;
        let mut limits: Vec<(f64, f64)> = Vec::new();
        for judged in normal.judged() {
            let freedom = judged.level.freedom;
            let known = limits.iter().find(|(of, _)| of.to_bits() == freedom.to_bits()).map(|(_, limit)| *limit);
            judged.limit = known.unwrap_or_else(|| judged.level.limit(alpha));
            if known.is_none() {
                limits.push((freedom, judged.limit));
            }
        }
        let wider = calibrate::widening(&normal, columns);
        normal.judged().zip(wider).for_each(|(j, wider)| j.limit *= wider);
        Ok(normal)
    }

    /// All that is judged.
    fn judged(&mut self) -> impl Iterator<Item = &mut Judged> {
        let relation = self.relation.iter_mut().flat_map(|r| &mut r.levels);
        self.features.iter_mut().flat_map(|f| &mut f.levels).chain(relation)
    }

    /// What is judged.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Whether what is expected of a signal's level depends on the time of day or week.
    pub fn follows_calendar(&self, column: usize) -> bool {
        let level = self.features.iter().find(|f| f.column == column && f.kind == FeatureKind::Level);
        let expectation = level.and_then(|f| f.expectation.as_ref());
        expectation.is_some_and(|e| e.inputs().iter().any(|i| *i >= self.signals))
    }

    /// How many columns a row has.
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
        self.drivers.iter().all(|d| row.get(d.column).is_some_and(|v| !v.is_finite() || (d.low <= *v && *v <= d.high)))
    }
}

/// What drivers, and where it helps the time of day and week, explain of a signal's level.
fn driven(clean: &[Vec<f64>], column: usize, guides: Guides<'_>) -> Option<Ridge> {
    let mut best = Ridge::fit(clean, column, guides.drivers).filter(|r| r.skill >= DRIVER_SKILL_MIN);
    for group in guides.calendar {
        let inputs: Vec<usize> = guides.drivers.iter().copied().chain(group.clone()).collect();
        let held = best.as_ref().map_or(0.0, |b| b.skill);
        let least = held + CALENDAR_GAIN_MIN * (1.0 - held);
        best = Ridge::fit(clean, column, &inputs).filter(|r| r.skill >= least).or(best);
    }
    best
}

/// Of each signal that steady signals and drivers predict well, what it is off that prediction.
fn crosses(clean: &[Vec<f64>], guides: Guides<'_>, levels: &[Feature], tuning: Tuning) -> Vec<Feature> {
    let steady = levels.iter().filter(|f| f.slow <= CROSS_SLOW_MAX).map(|f| f.column);
    let predictors: Vec<usize> = guides.drivers.iter().copied().chain(steady).collect();
    let targets: Vec<usize> = levels.iter().map(|f| f.column).collect();
    let models = Ridge::fit_each(clean, &targets, &predictors);
    let cross = |(column, model): (usize, Option<Ridge>)| {
        let model = model.filter(|r| r.skill >= CROSS_SKILL_MIN)?;
        Feature::fit(clean, (column, FeatureKind::Cross), Some(model), (tuning.windows, guides.visits)).ok()
    };
    targets.into_iter().zip(models).filter_map(cross).collect()
}

fn range(column: usize, values: &[f64]) -> Driver {
    let (low, high) = (stats::quantile(values, 0.0), stats::quantile(values, 1.0));
    let margin = ((high - low) * DRIVER_MARGIN).max(low.abs().max(high.abs()) * 0.02).max(1e-9);
    let (low, high) = if low.is_nan() { (f64::NEG_INFINITY, f64::INFINITY) } else { (low - margin, high + margin) };
    Driver { column, low, high }
}

/// Single spikes removed: each value replaced by the middle one of itself and the two before.
pub(super) fn despiked(column: &[f64]) -> Vec<f64> {
    let mut filter = Despike::default();
    column.iter().map(|v| filter.next(*v)).collect()
}

/// The middle one of the last three usable values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Despike {
    #[serde(with = "crate::bits::pair")]
    before: [f64; 2],
}

impl Default for Despike {
    fn default() -> Self {
        Self { before: [f64::NAN; 2] }
    }
}

impl Despike {
    pub(super) fn next(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            return f64::NAN;
        }
        let [a, b] = self.before;
        let (a, b) = (if a.is_nan() { value } else { a }, if b.is_nan() { value } else { b });
        self.before = [b, value];
        stats::median3(a, b, value)
    }
}
