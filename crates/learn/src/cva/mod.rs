//! Canonical variate analysis: what the last rows of all signals say about the next ones, and what is left over.
//!
//! The last `past` rows, stacked, are the past p; the rows that follow are the future f. The singular value
//! decomposition of Σff^(−½) Σfp Σpp^(−½) turns the past into variates of unit variance that are independent of
//! each other, in the order of how well they foretell the future (Larimore 1983). The first are the *states*: they
//! carry the slow motion of the process. The others are the *residual*: the relations between signals, and between
//! each signal and its own last values, that hold whatever the process does. T² of either is the sum of the
//! squares of its variates (Russell, Chiang, Braatz 2000, "Fault detection in industrial processes using canonical
//! variate analysis and dynamic principal component analysis"); together they are the Mahalanobis distance of p.

mod stacks;
mod weights;
mod window;

use std::ops::Range;

use nalgebra::{DMatrix, SymmetricEigen};
use serde::{Deserialize, Serialize};

use crate::level::slow_shares;
use crate::{Error, stats};
use stacks::Stacks;
use weights::Weights;
pub use window::Window;

/// Rows for each stacked value below which fewer rows are stacked.
const ROWS_PER_VALUE: usize = 3;
/// The most stacked values: a row costs the square of their number.
const VALUES_MAX: usize = 160;
/// Variates of which more than this share of the variance lies between the means of `STATE_ROWS` rows are states.
const STATE_SLOW: f64 = 0.5;
const STATE_ROWS: usize = 10;
/// What is added to each eigenvalue of a covariance, as a share of the largest: relations held more exactly than
/// that are taken as held that exactly.
const RIDGE: f64 = 1e-6;

/// A fitted model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cva {
    width: usize,
    past: usize,
    #[serde(with = "crate::bits")]
    means: Vec<f64>,
    #[serde(with = "crate::bits")]
    scales: Vec<f64>,
    weights: Weights,
    /// Canonical correlation of each variate, 0–1, falling.
    #[serde(with = "crate::bits")]
    correlations: Vec<f64>,
    /// Whether each variate is a state.
    states: Vec<bool>,
}

/// The two statistics of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct T2 {
    /// Of the states: how far the process has gone.
    pub states: f64,
    /// Of the residual: how badly what always held is broken.
    pub residual: f64,
}

impl T2 {
    /// Of all variates together.
    pub fn total(self) -> f64 {
        self.states + self.residual
    }
}

impl Cva {
    /// Fits healthy rows, given as one column for each signal, with `past` rows stacked, fewer when there are too
    /// few rows or too many signals. Windows that touch a missing value are not learned from.
    ///
    /// # Errors
    /// When there are fewer than three usable rows for each signal.
    pub fn fit(columns: &[Vec<f64>], past: usize) -> Result<Self, Error> {
        let width = columns.len();
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let fits = |past: &usize| {
            let values = width * past;
            values > 0 && values <= VALUES_MAX.max(width) && rows >= ROWS_PER_VALUE * values + 2 * past
        };
        match (1..=past.max(1)).rev().find(fits) {
            Some(past) => Self::learn(columns, past, &(0..0)),
            None => Err(too_few(rows, width)),
        }
    }

    /// The same kind of model, learned from all rows but those `left_out` and windows that touch them: to score rows
    /// that it has not seen.
    ///
    /// # Errors
    /// When too few usable rows are left.
    pub fn without(&self, columns: &[Vec<f64>], left_out: &Range<usize>) -> Result<Self, Error> {
        Self::learn(columns, self.past, left_out)
    }

    fn learn(columns: &[Vec<f64>], past: usize, left_out: &Range<usize>) -> Result<Self, Error> {
        let width = columns.len();
        let inside = |c: &Vec<f64>| {
            [c.get(..left_out.start), c.get(left_out.end.max(left_out.start)..)].map(Option::unwrap_or_default).concat()
        };
        let learned: Vec<Vec<f64>> = columns.iter().map(inside).collect();
        let means: Vec<f64> = learned.iter().map(|c| stats::mean(c)).collect();
        let scale = |c: &Vec<f64>| Some(stats::variance(c).sqrt()).filter(|s| *s > 0.0).unwrap_or(1.0);
        let scales: Vec<f64> = learned.iter().map(scale).collect();
        let stacks = Stacks::new(columns, (&means, &scales), 2 * past, left_out);
        if stacks.len() <= width * past {
            return Err(too_few(stacks.len(), width));
        }
        let (weights, correlations, states) = (Weights::default(), Vec::new(), Vec::new());
        let mut model = Self { width, past, means, scales, weights, correlations, states };
        model.decompose(&stacks);
        Ok(model)
    }

    fn decompose(&mut self, stacks: &Stacks) {
        let (size, covariance) = (self.width * self.past, stacks.covariance());
        let part = |row, column| covariance.view((row, column), (size, size));
        let white = inverse_root(part(size, size).into_owned());
        let cross = inverse_root(part(0, 0).into_owned()) * part(0, size) * &white;
        let eigen = SymmetricEigen::new(cross.tr_mul(&cross));
        let mut order: Vec<(usize, f64)> = eigen.eigenvalues.iter().copied().enumerate().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.correlations = order.iter().map(|(_, v)| v.clamp(0.0, 1.0).sqrt()).collect();
        let places: Vec<usize> = order.iter().map(|(place, _)| *place).collect();
        let weights = white * eigen.eigenvectors.select_columns(&places);
        let slow = slow_shares(&stacks.variates(&weights), weights.ncols(), STATE_ROWS);
        self.states = slow.into_iter().map(|share| share > STATE_SLOW).collect();
        self.weights = Weights::new(&weights);
    }

    /// How many variates are states: those that wander.
    pub fn states(&self) -> usize {
        self.states.iter().filter(|s| **s).count()
    }

    /// How many variates there are: signals times stacked rows.
    pub fn variates(&self) -> usize {
        self.weights.len()
    }

    /// How many rows are stacked.
    pub fn past(&self) -> usize {
        self.past
    }

    /// Canonical correlation of each variate with the future, 0–1, falling; optimistic when rows are few.
    pub fn correlations(&self) -> &[f64] {
        &self.correlations
    }

    /// T² of a window of standardised rows, newest first; NaN when a value is missing.
    pub fn score(&self, window: &[f64]) -> T2 {
        let mut t2 = T2 { states: 0.0, residual: 0.0 };
        let mut states = self.states.iter();
        self.weights.project(window, |variate| {
            let part = if states.next() == Some(&true) { &mut t2.states } else { &mut t2.residual };
            *part += variate * variate;
        });
        t2
    }

    /// How far each signal is off what the other signals and the model make of it, in its own unit, and the
    /// standard deviation of that while all is well: the offset of this one signal, the same in all stacked rows,
    /// without which T² would be least (reconstruction; Alcala, Qin 2009). Of the residual, or of all variates.
    pub fn offsets(&self, window: &[f64], residual_only: bool) -> Vec<(f64, f64)> {
        let mut sums = vec![(0.0, 0.0); self.width];
        let mut reach = vec![0.0; self.width];
        let mut variates = Vec::with_capacity(self.variates());
        self.weights.project(window, |variate| variates.push(variate));
        for (place, (variate, state)) in variates.iter().zip(&self.states).enumerate() {
            if residual_only && *state {
                continue;
            }
            reach.fill(0.0);
            let signals = (0..self.width).cycle();
            for (weight, signal) in self.weights.of(place).zip(signals) {
                reach.get_mut(signal).into_iter().for_each(|r: &mut f64| *r += weight);
            }
            for ((along, square), r) in sums.iter_mut().zip(&reach) {
                *along += r * variate;
                *square += r * r;
            }
        }
        let offset = |((along, square), scale): (&(f64, f64), &f64)| {
            if *square > 0.0 { (scale * along / square, scale / square.sqrt()) } else { (0.0, f64::INFINITY) }
        };
        sums.iter().zip(&self.scales).map(offset).collect()
    }

    /// T² of every row of `columns` from the first whole window on; NaN before and where a value is missing.
    pub fn scores(&self, columns: &[Vec<f64>]) -> Vec<T2> {
        let mut window = Window::new(self);
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let mut score = |r: usize| {
            window.push(self, columns.iter().map(|c| c.get(r).copied().unwrap_or(f64::NAN)));
            self.score(window.values())
        };
        (0..rows).map(&mut score).collect()
    }
}

fn too_few(found: usize, width: usize) -> Error {
    Error::TooFewRows { what: "canonical variates", found, needed: width.max(1) * ROWS_PER_VALUE + 2 }
}

/// Σ^(−½) of a covariance, symmetric.
fn inverse_root(covariance: DMatrix<f64>) -> DMatrix<f64> {
    let eigen = SymmetricEigen::new(covariance);
    let largest = eigen.eigenvalues.iter().copied().fold(0.0, f64::max);
    let mut scaled = eigen.eigenvectors.clone();
    for (mut column, value) in scaled.column_iter_mut().zip(eigen.eigenvalues.iter()) {
        column /= (value.max(0.0) + RIDGE * largest).sqrt().max(f64::MIN_POSITIVE);
    }
    scaled * eigen.eigenvectors.transpose()
}

#[cfg(test)]
mod tests;
