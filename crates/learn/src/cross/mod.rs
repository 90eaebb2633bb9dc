//! What the signals of a machine make of each other: an estimate of each from all others, how far it can be trusted, and
//! whether a row fits what was learned, with one of its values repaired or not.
//!
//! Rows of standardised signals z are taken as jointly normal with precision matrix Ω. Then the distance of a row is
//! D = zᵀΩz; what zᵢ is off its estimate from the others is (Ωz)ᵢ/Ωᵢᵢ; and the distance of the row without zᵢ is
//! D − (Ωz)ᵢ²/Ωᵢᵢ (Lauritzen, *Graphical Models*, 1996, app. C; reconstruction-based contributions: Alcala, Qin 2009).
//! Nothing is believed that was not measured on healthy rows held back from learning Ω: the share of movement that the
//! others explain, the width of the interval (split conformal), the limits of the distances.

mod course;
mod learn;
mod recent;
mod repair;
mod scale;

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

pub use learn::Learner;
pub use recent::Recent;
pub use repair::{Repair, Suspects};

/// The share of the movement that the others must explain for an estimate to be given.
pub const SKILL_MIN: f64 = 0.5;
/// The share of values that lie within the interval of their estimate.
pub const LEVEL: f64 = 0.9;
/// The most signals that take part: cost and memory grow with the square of their number.
const WIDTH_MAX: usize = 64;
/// The share of healthy values and rows that lie within what still counts as fitting.
const FIT_LEVEL: f64 = 0.99;

/// What was learned about one signal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Signal {
    /// Its column in the rows.
    column: usize,
    #[serde(with = "crate::bits::one")]
    mean: f64,
    #[serde(with = "crate::bits::one")]
    scale: f64,
    /// The mean step from row to row.
    #[serde(with = "crate::bits::one")]
    step: f64,
    /// The share of its variance that the others explain, on rows held back.
    #[serde(with = "crate::bits::one")]
    skill: f64,
    /// Half of the interval, and how far a value is off its estimate at most while all is well.
    #[serde(with = "crate::bits::one")]
    half: f64,
    #[serde(with = "crate::bits::one")]
    fits: f64,
    /// The largest distance of a row without it while all is well.
    #[serde(with = "crate::bits::one")]
    limit: f64,
    /// From where to where it ran; unknown of what was learned before that was kept.
    #[serde(with = "crate::bits::one", default = "unknown")]
    low: f64,
    #[serde(with = "crate::bits::one", default = "unknown")]
    high: f64,
    /// Whether its noise is known not to go with its level.
    #[serde(default)]
    steady: bool,
}

const fn unknown() -> f64 {
    f64::NAN
}

impl Signal {
    /// It was at the value of this row too while all was well.
    fn reach(&mut self, row: &[f64]) {
        if let Some(value) = row.get(self.column).filter(|_| !self.low.is_nan()) {
            (self.low, self.high) = (self.low.min(*value), self.high.max(*value));
        }
    }

    fn standardised(&self, row: &[f64]) -> f64 {
        (row.get(self.column).copied().unwrap_or(f64::NAN) - self.mean) / self.scale
    }
}

/// The learned relations of the signals of a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cross {
    signals: Vec<Signal>,
    /// The precision matrix of the standardised signals, row by row.
    #[serde(with = "crate::bits")]
    omega: Vec<f64>,
    /// The largest distance of a row while all is well.
    #[serde(with = "crate::bits::one")]
    limit: f64,
}

/// What the other signals make of one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The signal's column.
    pub column: usize,
    /// The estimate, in the signal's unit.
    #[serde(with = "crate::bits::one")]
    pub value: f64,
    /// Half of the interval that holds nine of ten healthy values, in its unit.
    #[serde(with = "crate::bits::one")]
    pub half: f64,
    /// The share of its movement that the others explain, 0–1, on rows held back.
    #[serde(with = "crate::bits::one")]
    pub skill: f64,
    /// How far a healthy value is off at most (99 of 100), in its unit.
    #[serde(with = "crate::bits::one")]
    pub fits: f64,
}

impl Cross {
    /// The columns that take part.
    pub fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.signals.iter().map(|s| s.column)
    }

    /// The share of a column's movement that all others explain, on rows held back; none when it takes no part.
    pub fn skill(&self, column: usize) -> Option<f64> {
        self.signal(column).map(|s| s.skill)
    }

    /// What the other signals make of the columns `doubted`, which and whose missing fellows are not looked at. None
    /// for a column that takes no part or of which the others explain too little.
    pub fn estimates(&self, row: &[f64], doubted: &[usize]) -> Vec<Estimate> {
        let z = self.standardised(row);
        let out: Vec<usize> = self.places(|s, z: f64| doubted.contains(&s.column) || z.is_nan(), &z);
        let Some(gone) = Gone::of(self, &z, out) else { return Vec::new() };
        let each = gone.places.iter().zip(&gone.offsets).zip(&gone.variances);
        let estimate = |((place, offset), variance): ((&usize, &f64), &f64)| {
            let signal = self.signals.get(*place).filter(|s| doubted.contains(&s.column))?;
            // others are missing too: what is left explains less
            let wider = (variance * self.omega_at(*place, *place)).max(1.0);
            let skill = 1.0 - (1.0 - signal.skill) * wider;
            (skill >= SKILL_MIN).then(|| Estimate {
                column: signal.column,
                value: signal.mean - offset * signal.scale,
                half: signal.half * wider.sqrt(),
                skill,
                fits: signal.fits * wider.sqrt(),
            })
        };
        each.filter_map(estimate).collect()
    }

    /// Whether a row without missing values fits what was learned.
    pub fn fits(&self, row: &[f64]) -> bool {
        self.distance(row) <= self.limit
    }

    /// Whether a row is so many times farther from what was learned, in terms of its signals, than one ever is while all is well.
    fn is_far(&self, row: &[f64], times: f64) -> bool {
        self.distance(row) > times * times * self.limit
    }

    /// The distance of a row without missing values.
    fn distance(&self, row: &[f64]) -> f64 {
        let mut z = [0.0; WIDTH_MAX];
        let Some(z) = z.get_mut(..self.signals.len()) else { return f64::INFINITY };
        for (z, s) in z.iter_mut().zip(&self.signals) {
            *z = s.standardised(row);
        }
        let dot = |weights: &[f64]| -> f64 { weights.iter().zip(&*z).map(|(w, z)| w * z).sum() };
        let along = self.omega.chunks_exact(self.signals.len().max(1)).map(dot);
        z.iter().zip(along).map(|(z, y)| z * y).sum()
    }

    fn signal(&self, column: usize) -> Option<&Signal> {
        self.signals.iter().find(|s| s.column == column)
    }

    /// Whether a row fits as far as it goes without one column.
    fn fits_without(&self, row: &[f64], column: usize) -> bool {
        let z = self.standardised(row);
        let Some((place, signal)) = self.signals.iter().enumerate().find(|(_, s)| s.column == column) else {
            return false;
        };
        let gone = Gone::of(self, &z, vec![place]);
        gone.is_some_and(|gone| gone.distance <= signal.limit)
    }

    fn standardised(&self, row: &[f64]) -> Vec<f64> {
        self.signals.iter().map(|s| s.standardised(row)).collect()
    }

    fn places(&self, which: impl Fn(&Signal, f64) -> bool, z: &[f64]) -> Vec<usize> {
        let places = self.signals.iter().zip(z).enumerate();
        places.filter(|(_, (s, z))| which(s, **z)).map(|(place, _)| place).collect()
    }

    fn omega_at(&self, row: usize, column: usize) -> f64 {
        self.omega.get(row * self.signals.len() + column).copied().unwrap_or(0.0)
    }

    /// Ωz.
    fn weighed(&self, z: &[f64]) -> Vec<f64> {
        let dot = |weights: &[f64]| weights.iter().zip(z).map(|(w, z)| w * z).sum();
        self.omega.chunks_exact(self.signals.len().max(1)).map(dot).collect()
    }
}

/// zᵀΩz of z and Ωz.
fn distance(z: &[f64], weighed: &[f64]) -> f64 {
    z.iter().zip(weighed).map(|(z, y)| z * y).sum()
}

/// A row without some of its values.
struct Gone {
    places: Vec<usize>,
    /// What those values would be off their estimates were they 0, standardised.
    offsets: Vec<f64>,
    /// The variances of those estimates.
    variances: Vec<f64>,
    /// The distance of what is left.
    distance: f64,
}

impl Gone {
    /// None when nothing is left or nothing is gone.
    fn of(model: &Cross, z: &[f64], places: Vec<usize>) -> Option<Self> {
        if places.is_empty() || places.len() >= z.len() {
            return None;
        }
        let mut left = z.to_vec();
        for place in &places {
            *left.get_mut(*place)? = 0.0;
        }
        let weighed = model.weighed(&left);
        let among = |a: usize, b: usize| Some(model.omega_at(*places.get(a)?, *places.get(b)?));
        let block = DMatrix::from_fn(places.len(), places.len(), |a, b| among(a, b).unwrap_or(0.0));
        let y = DVector::from_iterator(places.len(), places.iter().map(|p| weighed.get(*p).copied().unwrap_or(0.0)));
        let inverse = block.cholesky()?.inverse();
        let offsets = &inverse * &y;
        let distance = distance(&left, &weighed) - y.dot(&offsets);
        let variances = inverse.diagonal().iter().copied().collect();
        distance.is_finite().then(|| Self { places, offsets: offsets.iter().copied().collect(), variances, distance })
    }
}

#[cfg(test)]
mod tests;
