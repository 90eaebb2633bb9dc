//! Classes by a committee of models that err in different ways: extra trees, boosted trees and a linear discriminant.
//! The probability is the mean of theirs; where one cannot be fitted, that of the others.

use crate::Error;
use crate::boost::{Boost, Config as BoostConfig, Loss, Table, Training};
use crate::discriminant::Discriminant;
use crate::forest::{Config as ForestConfig, Forest};

/// How far the discriminant takes correlations to be nothing.
const SHRINK: f64 = 0.3;
/// Rows of a class below which boosting is left out: it would learn them by heart.
const BOOST_ROWS: usize = 10;

/// A fitted committee.
#[derive(Clone, Debug)]
pub struct Committee {
    classes: usize,
    /// Filled in where a value is missing: the discriminant knows no missing values.
    medians: Vec<f64>,
    forest: Forest,
    boost: Option<Boost>,
    discriminant: Option<Discriminant>,
}

impl Committee {
    /// Fits rows, given as columns (NaN is missing), of classes 0, 1, 2 …
    ///
    /// # Errors
    /// When there is no row, or lengths differ.
    pub fn fit(columns: &[Vec<f64>], labels: &[usize], seed: u64) -> Result<Self, Error> {
        let table = Table::new(columns)?;
        let classes = labels.iter().max().map_or(0, |last| last + 1);
        let config = ForestConfig { trees: 300, columns: Some(0.3), seed, ..ForestConfig::default() };
        let forest = Forest::classify(&table, labels, None, &config)?;
        let targets: Vec<f64> = labels.iter().map(|l| *l as f64).collect();
        let fewest = (0..classes).map(|k| labels.iter().filter(|l| **l == k).count()).min().unwrap_or(0);
        let two = classes == 2;
        let config = BoostConfig {
            loss: if two { Loss::Logistic } else { Loss::Softmax(classes) },
            rounds: if two { 200 } else { 80 },
            rate: 0.06,
            leaves: 12,
            leaf_rows: (fewest / 4).clamp(2, 10),
            rows: 0.7,
            columns: 0.5,
            seed,
            ..BoostConfig::default()
        };
        let boost = (fewest >= BOOST_ROWS && classes > 1).then(|| Boost::fit(&Training::of(&table, &targets), &config));
        let medians: Vec<f64> = columns.iter().map(|c| crate::stats::median(c)).collect();
        let row = |i: usize| columns.iter().map(|c| c.get(i).copied().unwrap_or(f64::NAN)).collect::<Vec<f64>>();
        let rows: Vec<Vec<f64>> = (0..labels.len()).map(|i| filled(&row(i), &medians)).collect();
        let discriminant = Discriminant::fit(&rows, labels, SHRINK).ok();
        Ok(Self { classes, medians, forest, boost: boost.transpose()?, discriminant })
    }

    /// The probability of each class.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let boost = self.boost.as_ref().map(|b| b.probabilities(row));
        let discriminant = self.discriminant.as_ref().map(|d| d.probabilities(&filled(row, &self.medians)));
        let all: Vec<Vec<f64>> = [Some(self.forest.predict(row)), boost, discriminant].into_iter().flatten().collect();
        let mean = |k: usize| all.iter().filter_map(|p| p.get(k)).sum::<f64>() / all.len().max(1) as f64;
        (0..self.classes).map(mean).collect()
    }

    /// The likeliest class.
    pub fn class(&self, row: &[f64]) -> usize {
        let all = self.probabilities(row);
        all.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(class, _)| class)
    }
}

fn filled(row: &[f64], medians: &[f64]) -> Vec<f64> {
    let fill = |(value, median): (&f64, &f64)| if value.is_finite() { *value } else { *median };
    row.iter().zip(medians).map(fill).map(|v| if v.is_finite() { v } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn three_classes_are_told_apart_though_a_third_of_a_column_is_missing() {
        let mut random = Random::new(1);
        let mut sample = |n: usize| {
            let labels: Vec<usize> = (0..n).map(|i| i % 3).collect();
            let mut columns = vec![Vec::new(); 4];
            for label in &labels {
                let at = *label as f64;
                let first = if random.unit() < 0.3 { f64::NAN } else { at + 0.3 * random.normal() };
                let row = [first, at * at + 0.5 * random.normal(), random.normal(), 1.0];
                columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
            }
            (columns, labels)
        };
        let ((train, labels), (unseen, truth)) = (sample(300), sample(300));
        let model = Committee::fit(&train, &labels, 1).unwrap();
        let row = |i: usize| unseen.iter().map(|c| c[i]).collect::<Vec<f64>>();
        let right = (0..300).filter(|i| model.class(&row(*i)) == truth[*i]).count();
        assert!(right > 265, "{right}");
        assert!((model.probabilities(&row(0)).iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn one_class_and_lone_rows_are_no_obstacle() {
        let model = Committee::fit(&[vec![1.0, 2.0, 3.0]], &[0, 0, 0], 1).unwrap();
        assert_eq!(model.class(&[9.0]), 0);
        let model = Committee::fit(&[vec![1.0, 2.0, 3.0, 9.0]], &[0, 0, 0, 1], 1).unwrap();
        assert_eq!((model.class(&[1.5]), model.class(&[9.0])), (0, 1));
        assert!(Committee::fit(&[], &[], 1).is_err());
    }
}
