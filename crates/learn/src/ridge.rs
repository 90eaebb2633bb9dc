//! Linear expectation of one signal from others, believed only as far as it holds on data it has not seen.

use std::ops::Range;

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
        let places: Vec<usize> = inputs.iter().copied().chain([target]).collect();
        let rows = usable_rows(columns, &places);
        if inputs.is_empty() || rows.len() < ROWS_PER_INPUT * (inputs.len() + 1) {
            return None;
        }
        Head::new(columns, &places, rows).fit(target, inputs)
    }

    /// Fits each of `targets` from all `predictors` but itself, as [`fit`](Self::fit) does, with less work.
    pub fn fit_each(columns: &[Vec<f64>], targets: &[usize], predictors: &[usize]) -> Vec<Option<Self>> {
        let rows = usable_rows(columns, predictors);
        let whole =
            |i: usize| rows.iter().all(|r| columns.get(i).and_then(|c| c.get(*r)).is_some_and(|v| v.is_finite()));
        let others = targets.iter().copied().filter(|t| !predictors.contains(t) && whole(*t));
        let places: Vec<usize> = predictors.iter().copied().chain(others).collect();
        let head = Head::new(columns, &places, rows);
        let one = |target: &usize| {
            let inputs: Vec<usize> = predictors.iter().copied().filter(|i| i != target).collect();
            if !places.contains(target) {
                return Self::fit(columns, *target, &inputs);
            }
            let enough = head.rows.len() >= ROWS_PER_INPUT * (inputs.len() + 1);
            if inputs.is_empty() || !enough { None } else { head.fit(*target, &inputs) }
        };
        targets.iter().map(one).collect()
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

fn usable_rows(columns: &[Vec<f64>], places: &[usize]) -> Vec<usize> {
    let len = columns.iter().map(Vec::len).min().unwrap_or(0);
    let used: Vec<&[f64]> = places.iter().map(|i| columns.get(*i).map_or(&[][..], Vec::as_slice)).collect();
    (0..len).filter(|r| used.iter().all(|c| c.get(*r).is_some_and(|v| v.is_finite()))).collect()
}

/// The rows from which expectations are fitted, and what is needed of them for all.
struct Head<'a> {
    columns: &'a [Vec<f64>],
    rows: Vec<usize>,
    whole: Part,
    /// Without each fold in turn.
    without: Vec<(Range<usize>, Part)>,
}

impl<'a> Head<'a> {
    fn new(columns: &'a [Vec<f64>], places: &[usize], rows: Vec<usize>) -> Self {
        let whole = Part::new(columns, places, &rows);
        let fold = |fold: usize| {
            let left_out = rows.len() * fold / FOLDS..rows.len() * (fold + 1) / FOLDS;
            let kept = [rows.get(..left_out.start), rows.get(left_out.end..)].map(Option::unwrap_or_default).concat();
            let part = Part::new(columns, places, &kept);
            (left_out, part)
        };
        let without = (0..FOLDS).map(fold).collect();
        Self { columns, rows, whole, without }
    }

    fn fit(&self, target: usize, inputs: &[usize]) -> Option<Ridge> {
        let all = self.whole.solve(target, inputs)?;
        let values = self.columns.get(target)?;
        let (mut wrong, mut spread) = (0.0, 0.0);
        for (left_out, part) in &self.without {
            let model = part.solve(target, inputs)?;
            let centre = part.scaling(target)?.0;
            for row in self.rows.get(left_out.clone())? {
                let truth = *values.get(*row)?;
                wrong += (truth - model.expect_at(self.columns, *row)).powi(2);
                spread += (truth - centre).powi(2);
            }
        }
        Some(Ridge { skill: if spread > 0.0 { 1.0 - wrong / spread } else { 0.0 }, ..all })
    }
}

/// Some rows of some columns: means, scales and the sums of products of the standardised columns.
struct Part {
    places: Vec<usize>,
    rows: usize,
    scaling: Vec<(f64, f64)>,
    products: DMatrix<f64>,
}

impl Part {
    fn new(columns: &[Vec<f64>], places: &[usize], rows: &[usize]) -> Self {
        let mut cells = Vec::with_capacity(rows.len() * places.len());
        let mut scaling = Vec::with_capacity(places.len());
        for column in places.iter().map(|i| columns.get(*i).map_or(&[][..], Vec::as_slice)) {
            let values: Vec<f64> = rows.iter().map(|r| column.get(*r).copied().unwrap_or(f64::NAN)).collect();
            let (mean, deviation) = (stats::mean(&values), stats::variance(&values).sqrt());
            let scale = if deviation > 0.0 { deviation } else { 1.0 };
            cells.extend(values.iter().map(|v| (v - mean) / scale));
            scaling.push((mean, scale));
        }
        let standardised = DMatrix::from_vec(rows.len(), places.len(), cells);
        let products = standardised.tr_mul(&standardised);
        Self { places: places.to_vec(), rows: rows.len(), scaling, products }
    }

    fn place(&self, column: usize) -> Option<usize> {
        self.places.iter().position(|p| *p == column)
    }

    /// Mean and scale of a column.
    fn scaling(&self, column: usize) -> Option<(f64, f64)> {
        self.scaling.get(self.place(column)?).copied()
    }

    fn solve(&self, target: usize, inputs: &[usize]) -> Option<Ridge> {
        let (places, aim) = (inputs.iter().map(|i| self.place(*i)).collect::<Option<Vec<_>>>()?, self.place(target)?);
        let (target_mean, target_scale) = self.scaling(target)?;
        let product = |a: Option<&usize>, b: usize| a.and_then(|a| self.products.get((*a, b))).copied().unwrap_or(0.0);
        let mut gram = DMatrix::from_fn(places.len(), places.len(), |a, b| {
            product(places.get(a), places.get(b).copied().unwrap_or(usize::MAX))
        });
        for i in 0..places.len() {
            *gram.get_mut((i, i))? += PENALTY * self.rows as f64;
        }
        let along = DVector::from_iterator(places.len(), places.iter().map(|a| target_scale * product(Some(a), aim)));
        let solution = gram.cholesky()?.solve(&along);
        let scaling: Vec<(f64, f64)> = places.iter().filter_map(|p| self.scaling.get(*p).copied()).collect();
        let coefficients: Vec<f64> = solution.iter().zip(&scaling).map(|(c, (_, scale))| c / scale).collect();
        let shift = |sum: f64, (c, (mean, _)): (&f64, &(f64, f64))| sum - c * mean;
        let intercept = coefficients.iter().zip(&scaling).fold(target_mean, shift);
        Some(Ridge { inputs: inputs.to_vec(), coefficients, intercept, skill: 0.0 })
    }
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
