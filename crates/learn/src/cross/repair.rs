//! What one repair of a sensor would explain: a reading on another scale, or two that were exchanged.
//!
//! A repair is believed when rows that fitted until a moment ago fit again with it and do not without it: what is rewired
//! or set anew is so at once. A change of the process takes its time, or shows in several signals, or leaves the noise of
//! the one as it was.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::Cross;
use crate::stats;

/// Rows that are judged together.
const ROWS: usize = 30;
/// The share of them that must not fit as they are …
const MISFIT: f64 = 0.9;
/// … and the share that must fit with the repair.
const FIT: f64 = 0.8;
/// The least factor that is called another scale.
const GAIN_MIN: f64 = 1.5;
/// How many half intervals an estimate must lie from 0 for a factor to mean something.
const FAR_FROM_ZERO: f64 = 2.0;

/// What would make the rows fit again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Repair {
    /// The column reads `gain` · truth + `offset`.
    Scaled {
        /// Which.
        column: usize,
        /// The factor.
        #[serde(with = "crate::bits::one")]
        gain: f64,
        /// What is added.
        #[serde(with = "crate::bits::one")]
        offset: f64,
    },
    /// Each of the two columns reads what the other should.
    Exchanged {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
}

impl Repair {
    /// The row as it would be with it.
    pub fn repaired(&self, row: &[f64]) -> Vec<f64> {
        let mut row = row.to_vec();
        match *self {
            Self::Scaled { column, gain, offset } => {
                row.get_mut(column).into_iter().for_each(|v| *v = (*v - offset) / gain);
            }
            Self::Exchanged { first, second } if first.max(second) < row.len() => row.swap(first, second),
            Self::Exchanged { .. } => {}
        }
        row
    }
}

/// Who may be suspected of what.
pub struct Suspects<'a> {
    /// Columns of sensors, not of what somebody wants.
    pub sensors: &'a [usize],
    /// Whether two columns measure the same kind of quantity.
    pub alike: &'a dyn Fn(usize, usize) -> bool,
    /// Other scales that are known for a column: gain and offset.
    pub scales: &'a dyn Fn(usize) -> &'static [(f64, f64)],
}

impl std::fmt::Debug for Suspects<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suspects").field("sensors", &self.sensors).finish_non_exhaustive()
    }
}

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

    /// For how many of the last rows nothing fits any more.
    pub fn misfits(&self) -> usize {
        self.rows.iter().rev().take_while(|r| !r.fits).count()
    }

    /// The one repair that makes the rows fit again; none while they fit, when it takes more than a sensor, or when the
    /// last row that fitted is no longer among them.
    pub fn repair(&self, model: &Cross, suspects: &Suspects<'_>) -> Option<Repair> {
        if !self.broken() {
            return None;
        }
        let mut scaled = suspects.sensors.iter().filter_map(|k| self.scaled(model, *k, (suspects.scales)(*k)));
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

    fn explains(&self, model: &Cross, repair: Repair) -> bool {
        self.share(|row| model.fits(&repair.repaired(row))) >= FIT
    }

    fn share(&self, holds: impl Fn(&[f64]) -> bool) -> f64 {
        self.rows.iter().filter(|r| holds(&r.values)).count() as f64 / self.rows.len().max(1) as f64
    }

    fn scaled(&self, model: &Cross, column: usize, known: &[(f64, f64)]) -> Option<Repair> {
        if self.share(|row| model.fits_without(row, column)) < FIT {
            return None;
        }
        let known = known.iter().map(|(gain, offset)| Repair::Scaled { column, gain: *gain, offset: *offset });
        if let Some(found) = known.into_iter().find(|r| self.explains(model, *r)) {
            return Some(found);
        }
        let estimate = |row: &Row| model.estimates(&row.values, &[column]).pop();
        let pair = |row: &Row| {
            let e = estimate(row).filter(|e| e.value.abs() > FAR_FROM_ZERO * e.half)?;
            Some(row.values.get(column)? / e.value)
        };
        let ratios: Vec<f64> = self.rows.iter().filter_map(pair).collect();
        let gain = stats::median(&ratios);
        let found = Repair::Scaled { column, gain, offset: 0.0 };
        let far = gain >= GAIN_MIN || gain > 0.0 && gain <= 1.0 / GAIN_MIN;
        let enough = ratios.len() as f64 >= FIT * ROWS as f64;
        (enough && far && self.noise_follows(model, column, gain) && self.explains(model, found)).then_some(found)
    }

    /// Whether the steps from row to row have grown by the factor rather than stayed.
    fn noise_follows(&self, model: &Cross, column: usize, gain: f64) -> bool {
        let Some(learned) = model.signals.iter().find(|s| s.column == column).map(|s| s.step) else { return false };
        let after = self.rows.iter().skip_while(|r| r.fits);
        let values: Vec<f64> = after.filter_map(|r| r.values.get(column).copied()).collect();
        let steps: Vec<f64> = values.iter().zip(values.iter().skip(1)).map(|(a, b)| (b - a).abs()).collect();
        let grown = (stats::mean(&steps) / learned).ln();
        grown.is_finite() && (grown - gain.ln()).abs() < grown.abs()
    }
}
