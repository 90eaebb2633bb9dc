//! Linear discriminant: which class a row belongs to, by distance to the classes' centres in units of the scatter
//! within classes, the correlations shrunk towards none (Friedman 1989).

use nalgebra::{DMatrix, DVector};

use crate::{Error, stats};

/// A fitted discriminant with equal priors.
#[derive(Clone, Debug)]
pub struct Discriminant {
    scales: Vec<f64>,
    classes: Vec<Class>,
}

#[derive(Clone, Debug)]
struct Class {
    weights: Vec<f64>,
    offset: f64,
}

const WHAT: &str = "a discriminant";

impl Discriminant {
    /// Fits `rows` of class `classes[i]` (0, 1, 2 …). `shrink` (0–1) is how far correlations are taken to be nothing:
    /// 1 keeps variances only.
    ///
    /// # Errors
    /// When there are fewer than two rows a class, rows of different length, or `shrink` lies outside 0–1.
    pub fn fit(rows: &[Vec<f64>], classes: &[usize], shrink: f64) -> Result<Self, Error> {
        if !(0.0..=1.0).contains(&shrink) {
            return Err(Error::OutOfRange { what: WHAT, name: "shrink", value: shrink, allowed: "0 to 1" });
        }
        let width = rows.first().map_or(0, Vec::len);
        if let Some(row) = rows.iter().find(|r| r.len() != width) {
            return Err(Error::Width { what: "a row", found: row.len(), expected: width });
        }
        let count = classes.iter().max().map_or(0, |last| last + 1);
        let mut centres = Vec::with_capacity(count);
        for class in 0..count {
            let own: Vec<&Vec<f64>> = rows.iter().zip(classes).filter(|(_, c)| **c == class).map(|(r, _)| r).collect();
            if own.len() < 2 {
                return Err(Error::TooFewRows { what: WHAT, found: own.len(), needed: 2 });
            }
            let column = |j: usize| own.iter().filter_map(|r| r.get(j).copied()).collect::<Vec<f64>>();
            centres.push((0..width).map(|j| stats::mean(&column(j))).collect::<Vec<f64>>());
        }
        Self::solve(rows, classes, &centres, shrink)
    }

    fn solve(rows: &[Vec<f64>], classes: &[usize], centres: &[Vec<f64>], shrink: f64) -> Result<Self, Error> {
        let (width, n) = (centres.first().map_or(0, Vec::len), rows.len());
        let cells = rows.iter().zip(classes).filter_map(|(row, c)| Some((row, centres.get(*c)?)));
        let cells: Vec<f64> = cells.flat_map(|(row, centre)| row.iter().zip(centre).map(|(v, m)| v - m)).collect();
        let scatter = DMatrix::from_row_slice(n, width, &cells);
        let degrees = n.saturating_sub(centres.len()).max(1) as f64;
        let mut covariance = scatter.tr_mul(&scatter) / degrees;
        let scales: Vec<f64> = covariance.diagonal().iter().map(|v| if *v > 0.0 { v.sqrt() } else { 1.0 }).collect();
        for ((i, a), (j, b)) in pairs(&scales) {
            let cell = covariance.get_mut((i, j)).ok_or(Error::Width { what: WHAT, found: i, expected: width })?;
            *cell = if i == j { 1.0 } else { *cell / (a * b) * (1.0 - shrink) };
        }
        let singular = || Error::OutOfRange {
            what: WHAT,
            name: "shrink",
            value: shrink,
            allowed: "more, the rows depend on each other",
        };
        let factor = covariance.cholesky().ok_or_else(singular)?;
        let class = |centre: &Vec<f64>| {
            let place = DVector::from_iterator(width, centre.iter().zip(&scales).map(|(m, s)| m / s));
            let weights = factor.solve(&place);
            Class { offset: -0.5 * weights.dot(&place), weights: weights.iter().copied().collect() }
        };
        let classes = centres.iter().map(class).collect();
        Ok(Self { scales, classes })
    }

    /// The probability of each class, if every row belonged to one of them.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let score = |class: &Class| {
            let terms = row.iter().zip(&self.scales).zip(&class.weights);
            class.offset + terms.map(|((v, s), w)| v / s * w).sum::<f64>()
        };
        let scores: Vec<f64> = self.classes.iter().map(score).collect();
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|s| (s - top).exp()).sum();
        scores.iter().map(|s| (s - top).exp() / sum).collect()
    }

    /// The likeliest class; none when nothing was fitted.
    pub fn class(&self, row: &[f64]) -> Option<usize> {
        let probabilities = self.probabilities(row);
        probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(class, _)| class)
    }
}

type Place = (usize, f64);

fn pairs(scales: &[f64]) -> impl Iterator<Item = (Place, Place)> {
    let all = scales.iter().copied().enumerate();
    all.clone().flat_map(move |a| all.clone().map(move |b| (a, b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Two columns that go together; the classes differ in the first, by less than it scatters.
    fn row(random: &mut Random, class: usize) -> Vec<f64> {
        let (common, own) = (10.0 * random.normal(), 0.3 * random.normal());
        let side = if class == 0 { -2.0 } else { 2.0 };
        vec![common + own + side, common - own]
    }

    #[test]
    fn correlated_columns_are_told_apart() {
        let mut random = Random::new(1);
        let classes: Vec<usize> = (0..200).map(|i| i % 2).collect();
        let rows: Vec<Vec<f64>> = classes.iter().map(|c| row(&mut random, *c)).collect();
        let model = Discriminant::fit(&rows, &classes, 0.0).unwrap();
        let right = (0..1000).filter(|i| model.class(&row(&mut random, i % 2)) == Some(i % 2)).count();
        assert!(right > 950, "{right}");
        let sum: f64 = model.probabilities(&[1.0, 2.0]).iter().sum();
        assert!((sum - 1.0).abs() < 1e-12);
        // without correlations the same columns hardly help
        let blind = Discriminant::fit(&rows, &classes, 1.0).unwrap();
        let right = (0..1000).filter(|i| blind.class(&row(&mut random, i % 2)) == Some(i % 2)).count();
        assert!(right < 800, "{right}");
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let two = vec![vec![1.0, 2.0], vec![2.0, 4.0], vec![3.0, 6.0], vec![5.0, 10.0]];
        assert!(Discriminant::fit(&two, &[0, 0, 0, 1], 0.5).is_err());
        assert!(Discriminant::fit(&two, &[0, 0, 1, 1], 2.0).is_err());
        assert!(Discriminant::fit(&two, &[0, 0, 1, 1], 0.1).is_ok());
        assert!(Discriminant::fit(&[vec![1.0], vec![]], &[0, 0], 0.1).is_err());
    }
}
