//! Linear expectation of one signal from others, believed only as far as it holds on data it has not seen.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use crate::stats;

/// Contiguous folds for judging: whole stretches are left out, because neighbouring rows know each other.
const FOLDS: usize = 5;
/// The penalty on standardised coefficients, as a share of the number of rows.
const PENALTY: f64 = 1e-3;
/// Rows for each coefficient below which nothing is fitted.
const ROWS_PER_INPUT: usize = 10;

/// A fitted expectation: `intercept + Σ coefficient · input`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ridge {
    inputs: Vec<usize>,
    #[serde(with = "crate::bits")]
    coefficients: Vec<f64>,
    #[serde(with = "crate::bits::one")]
    intercept: f64,
    /// The share of variance explained on stretches left out while fitting; 1 is perfect, below 0 worse
    /// than the mean.
    #[serde(with = "crate::bits::one")]
    pub skill: f64,
}

impl Ridge {
    /// Fits `columns[target]` from `columns[inputs]`. Rows with a missing value are left out. None when there
    /// are too few rows or nothing varies.
    pub fn fit(columns: &[Vec<f64>], target: usize, inputs: &[usize]) -> Option<Self> {
        let rows = usable_rows(columns, target, inputs);
        if inputs.is_empty() || rows.len() < ROWS_PER_INPUT * (inputs.len() + 1) {
            return None;
        }
        let all = solve(columns, target, inputs, &rows)?;
        let target_column = columns.get(target)?;
        let (mut wrong, mut spread) = (0.0, 0.0);
        for fold in 0..FOLDS {
            let (from, to) = (rows.len() * fold / FOLDS, rows.len() * (fold + 1) / FOLDS);
            let kept: Vec<usize> =
                rows.iter().enumerate().filter(|(i, _)| *i < from || *i >= to).map(|(_, r)| *r).collect();
            let model = solve(columns, target, inputs, &kept)?;
            let centre = stats::mean(&kept.iter().filter_map(|r| target_column.get(*r).copied()).collect::<Vec<_>>());
            for row in rows.get(from..to)? {
                let truth = *target_column.get(*row)?;
                wrong += (truth - model.expect_at(columns, *row)).powi(2);
                spread += (truth - centre).powi(2);
            }
        }
        Some(Self { skill: if spread > 0.0 { 1.0 - wrong / spread } else { 0.0 }, ..all })
    }

    /// The columns that it is made from.
    pub fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// The expectation for a row of all columns; NaN when an input is missing.
    pub fn expect(&self, row: &[f64]) -> f64 {
        let terms = self.inputs.iter().zip(&self.coefficients);
        terms.fold(self.intercept, |sum, (i, c)| sum + c * row.get(*i).copied().unwrap_or(f64::NAN))
    }

    fn expect_at(&self, columns: &[Vec<f64>], row: usize) -> f64 {
        let value = |i: &usize| columns.get(*i).and_then(|c| c.get(row)).copied().unwrap_or(f64::NAN);
        self.inputs.iter().zip(&self.coefficients).fold(self.intercept, |sum, (i, c)| sum + c * value(i))
    }
}

fn usable_rows(columns: &[Vec<f64>], target: usize, inputs: &[usize]) -> Vec<usize> {
    let len = columns.iter().map(Vec::len).min().unwrap_or(0);
    let good = |i: usize, r: usize| columns.get(i).and_then(|c| c.get(r)).is_some_and(|v| v.is_finite());
    (0..len).filter(|r| good(target, *r) && inputs.iter().all(|i| good(*i, *r))).collect()
}

fn solve(columns: &[Vec<f64>], target: usize, inputs: &[usize], rows: &[usize]) -> Option<Ridge> {
    let pick = |i: usize| -> Option<Vec<f64>> {
        let column = columns.get(i)?;
        rows.iter().map(|r| column.get(*r).copied()).collect()
    };
    let y = pick(target)?;
    let y_mean = stats::mean(&y);
    let (mut means, mut scales, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for input in inputs {
        let x = pick(*input)?;
        let (mean, scale) = (stats::mean(&x), stats::variance(&x).sqrt());
        let scale = if scale > 0.0 { scale } else { 1.0 };
        cells.extend(x.iter().map(|v| (v - mean) / scale));
        means.push(mean);
        scales.push(scale);
    }
    let x = DMatrix::from_vec(rows.len(), inputs.len(), cells);
    let y = DVector::from_iterator(rows.len(), y.iter().map(|v| v - y_mean));
    let mut gram = x.tr_mul(&x);
    for i in 0..inputs.len() {
        *gram.get_mut((i, i))? += PENALTY * rows.len() as f64;
    }
    let solution = gram.cholesky()?.solve(&x.tr_mul(&y));
    let coefficients: Vec<f64> = solution.iter().zip(&scales).map(|(c, s)| c / s).collect();
    let intercept = coefficients.iter().zip(&means).fold(y_mean, |sum, (c, m)| sum - c * m);
    Some(Ridge { inputs: inputs.to_vec(), coefficients, intercept, skill: 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_true_relation_is_found_and_believed() {
        let mut random = Random::new(1);
        let load: Vec<f64> = (0..300).map(|_| random.unit()).collect();
        let power: Vec<f64> = load.iter().map(|l| 10.0 + 5.0 * l + 0.1 * random.normal()).collect();
        let model = Ridge::fit(&[power, load], 0, &[1]).unwrap();
        assert!(model.skill > 0.95, "{}", model.skill);
        assert!((model.expect(&[f64::NAN, 0.5]) - 12.5).abs() < 0.1);
        assert!(model.expect(&[0.0, f64::NAN]).is_nan());
    }

    #[test]
    fn two_random_walks_do_not_believe_in_each_other() {
        let mut believed = 0;
        for seed in 0..40 {
            let mut random = Random::new(seed);
            let mut walk = || {
                let mut at = 0.0;
                (0..400)
                    .map(|_| {
                        at += random.normal();
                        at
                    })
                    .collect::<Vec<f64>>()
            };
            let columns = [walk(), walk()];
            believed += usize::from(Ridge::fit(&columns, 0, &[1]).is_some_and(|m| m.skill > 0.5));
        }
        assert!(believed <= 6, "{believed} of 40");
    }
}
