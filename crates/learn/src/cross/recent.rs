//! The last rows, and the one repair of a sensor that explains them.
//!
//! A repair is believed when rows that fitted until a moment ago are far from fitting, fit again with it, and what it is
//! about went over in one step to where the repair has it: what is rewired or set anew is so at once, and goes on from
//! where it was. A change of the process takes its time, or shows in several signals.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::repair::{Repair, Suspects};
use super::{Cross, scale};
use crate::stats;

/// Rows that are judged together.
const ROWS: usize = 30;
/// The share of them that must not fit as they are …
const MISFIT: f64 = 0.9;
/// … and the share that must fit with the repair.
pub(super) const FIT: f64 = 0.8;
/// So many times farther than ever while all is well they must be as they are: what no longer fits by little may be anything.
const FAR: f64 = 3.0;
/// Rows after the last one that fitted which show where it went.
const EDGE: usize = 3;
/// How far what is repaired may be off where it was, in terms of the step.
const ALONG: f64 = 0.5;

/// From one look whether one column alone is strange to the next, rows.
const LOOK_EVERY: u32 = 10;
/// So many looks in a row find none before more than a sensor is at fault.
const LOOKS: u32 = 3;

/// The last whole rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    rows: VecDeque<Row>,
    /// Rows since the last ones were strange, until half of them fit again.
    #[serde(default)]
    misfits: u32,
    /// Looks in a row that found no column alone: the machine itself is another, until rows fit again. What is left of that
    /// at its end, a bearing that is still hot, say, is no fault of a sensor.
    #[serde(default)]
    together: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    #[serde(with = "crate::bits")]
    values: Vec<f64>,
    fits: bool,
}

impl Recent {
    /// Takes the next row; one with a missing value is passed over.
    pub fn push(&mut self, model: &Cross, row: &[f64]) {
        if model.columns().all(|c| row.get(c).is_some_and(|v| v.is_finite())) {
            let oldest = if self.rows.len() < ROWS { None } else { self.rows.pop_front() };
            let mut values = oldest.map(|row| row.values).unwrap_or_default();
            values.clear();
            values.extend_from_slice(row);
            self.rows.push_back(Row { values, fits: model.fits(row) });
            self.look(model);
        }
    }

    /// Takes note whether the machine itself is another.
    fn look(&mut self, model: &Cross) {
        if self.rows.iter().filter(|r| r.fits).count() > ROWS / 2 {
            (self.misfits, self.together) = (0, 0);
        } else if self.strange() {
            self.misfits = self.misfits.saturating_add(1);
            if self.misfits % LOOK_EVERY == 1 && self.together < LOOKS {
                let alone = model.columns().any(|k| self.share(|row| model.fits_without(row, k)) >= FIT);
                self.together = if alone { 0 } else { self.together + 1 };
            }
        }
    }

    /// Whether the last rows do not fit as they are.
    fn strange(&self) -> bool {
        let misfit = self.rows.iter().filter(|r| !r.fits).count() as f64;
        self.rows.len() >= ROWS && misfit >= MISFIT * ROWS as f64
    }

    /// Whether rows that fitted until a moment ago do not fit any more.
    pub fn broken(&self) -> bool {
        self.strange() && self.rows.front().is_some_and(|r| r.fits)
    }

    /// Forgets the rows.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many rows there are since the last one that fitted before.
    pub fn misfits(&self) -> usize {
        self.after().count()
    }

    /// The one repair that makes the rows fit again; none while they fit, when it takes more than a sensor, or when the
    /// last row that fitted is no longer among them.
    pub fn repair(&self, model: &Cross, suspects: &Suspects<'_>) -> Option<Repair> {
        if !self.broken() {
            return None;
        }
        let mut scaled = suspects.sensors.iter().filter_map(|k| scale::of(self, model, *k, suspects));
        if let Some(found) = scaled.next() {
            return if scaled.next().is_none() { Some(found) } else { None };
        }
        let mut exchanged = Vec::new();
        for (i, first) in suspects.sensors.iter().enumerate() {
            for second in suspects.sensors.iter().skip(i + 1).filter(|s| (suspects.alike)(*first, **s)) {
                let repair = Repair::Exchanged { first: *first, second: *second };
                exchanged.extend(self.explains(model, repair).then_some(repair));
            }
        }
        if exchanged.len() == 1 { exchanged.pop() } else { None }
    }

    /// The one of these sensors without which the last rows fit; none while they fit with all, nor where it began with more
    /// than one column.
    pub fn lone(&self, model: &Cross, sensors: impl Iterator<Item = usize>) -> Option<usize> {
        if !self.strange() || self.together >= LOOKS {
            return None;
        }
        let mut alone = sensors.filter(|k| self.share(|row| model.fits_without(row, *k)) >= FIT);
        alone.next().filter(|_| alone.next().is_none())
    }

    /// The values of the rows that are judged together.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.rows.iter().map(|row| row.values.as_slice())
    }

    /// The values since the last row that fitted before.
    pub(super) fn after(&self) -> impl Iterator<Item = &[f64]> {
        self.rows.iter().skip_while(|row| row.fits).map(|row| row.values.as_slice())
    }

    /// The share of the rows of which something holds.
    pub(super) fn share(&self, holds: impl Fn(&[f64]) -> bool) -> f64 {
        self.rows().filter(|row| holds(row)).count() as f64 / self.rows.len().max(1) as f64
    }

    /// Whether a repair makes of rows that are far from fitting such that fit, and of what it is about what it was before.
    pub(super) fn explains(&self, model: &Cross, repair: Repair) -> bool {
        self.share(|row| model.is_far(row, FAR)) >= FIT
            && self.share(|row| model.fits(&repair.repaired(row))) >= FIT
            && self.goes_on(repair)
    }

    /// Whether what a repair is about went on, repaired, from where it was when all fitted. Where the others moved and it did not, where
    /// it goes slowly, and where it went elsewhere, it does not.
    fn goes_on(&self, repair: Repair) -> bool {
        let Some(before) = self.rows.iter().take_while(|row| row.fits).last() else { return false };
        let now: Vec<&[f64]> = self.after().take(EDGE).collect();
        let back: Vec<Vec<f64>> = now.iter().map(|row| repair.repaired(row)).collect();
        let middle = |rows: &mut dyn Iterator<Item = &[f64]>, column: usize| {
            stats::median(&rows.filter_map(|row| row.get(column).copied()).collect::<Vec<_>>())
        };
        repair.columns().into_iter().all(|column| {
            let was = before.values.get(column).copied().unwrap_or(f64::NAN);
            let (now, back) =
                (middle(&mut now.iter().copied(), column), middle(&mut back.iter().map(Vec::as_slice), column));
            (back - was).abs() < ALONG * (now - was).abs()
        })
    }
}
