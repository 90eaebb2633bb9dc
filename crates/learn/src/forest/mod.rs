//! Forests: the mean of many trees, each grown in its own random way. Random forests (Breiman 2001) draw rows and
//! search the best split among a few columns; extra trees (Geurts et al. 2006) take all rows and draw the split too.

mod grow;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::boost::{Table, Tree};
use crate::random::Random;

/// How the trees of a forest differ from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rows are drawn with replacement, splits are the best of the drawn columns.
    Random,
    /// All rows; of each drawn column one split is drawn, the best of those is taken.
    Extra,
}

/// How a forest is fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// How trees differ.
    pub kind: Kind,
    /// Trees.
    pub trees: usize,
    /// The share of columns drawn for each split; the square root of their number when none.
    pub columns: Option<f64>,
    /// Rows of a leaf, at least.
    pub leaf_rows: usize,
    /// The seed of the draws.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { kind: Kind::Extra, trees: 200, columns: None, leaf_rows: 1, seed: 1 }
    }
}

/// A fitted forest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    trees: Vec<Tree>,
    width: usize,
}

impl Forest {
    /// Fits the mean of one or several targets (columns, one value a row of the table) on `rows` of the table, all when
    /// none. Splits make the variances small, all targets together: of one-hot classes that is Gini's impurity.
    ///
    /// # Errors
    /// When lengths differ, a target is not finite, or there is no row, target or tree.
    pub fn fit(table: &Table, targets: &[Vec<f64>], rows: Option<&[u32]>, config: &Config) -> Result<Self, Error> {
        const WHAT: &str = "a forest";
        if let Some(bad) = targets.iter().find(|t| t.len() != table.rows()) {
            return Err(Error::Width { what: "a target", found: bad.len(), expected: table.rows() });
        }
        if let Some(bad) = targets.iter().flatten().find(|y| !y.is_finite()) {
            return Err(Error::OutOfRange { what: WHAT, name: "a target", value: *bad, allowed: "finite numbers" });
        }
        if targets.is_empty() || config.trees == 0 {
            let found = targets.len().min(config.trees);
            return Err(Error::TooFewRows { what: WHAT, found, needed: 1 });
        }
        let rows = rows.map_or_else(|| (0..u32::try_from(table.rows()).unwrap_or(u32::MAX)).collect(), <[u32]>::to_vec);
        if rows.is_empty() {
            return Err(Error::TooFewRows { what: WHAT, found: 0, needed: 1 });
        }
        let width = targets.len();
        let cells = (0..table.rows()).flat_map(|i| targets.iter().filter_map(move |t| t.get(i).copied()));
        let ground = grow::Ground { table, targets: &cells.collect::<Vec<f64>>(), width };
        let mut random = Random::new(config.seed);
        let trees = (0..config.trees).map(|_| grow::grow(&ground, rows.clone(), config, &mut random)).collect();
        Ok(Self { trees, width })
    }

    /// As [`Forest::fit`], of classes 0, 1 … `classes` − 1: what it then predicts are their probabilities.
    ///
    /// # Errors
    /// As [`Forest::fit`].
    pub fn classify(table: &Table, labels: &[usize], rows: Option<&[u32]>, config: &Config) -> Result<Self, Error> {
        let classes = labels.iter().max().map_or(0, |last| last + 1);
        let column = |k: usize| labels.iter().map(|l| f64::from(*l == k)).collect::<Vec<f64>>();
        Self::fit(table, &(0..classes).map(column).collect::<Vec<_>>(), rows, config)
    }

    /// The mean of the trees' answers: a value for each target.
    pub fn predict(&self, row: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for tree in &self.trees {
            sums.iter_mut().zip(tree.values(row)).for_each(|(sum, v)| *sum += v);
        }
        sums.iter().map(|sum| sum / self.trees.len().max(1) as f64).collect()
    }

    /// The target with the largest answer: of classes the likeliest.
    pub fn class(&self, row: &[f64]) -> usize {
        let answers = self.predict(row);
        answers.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(class, _)| class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring inside a square: class 1 where a² + b² < 0.5, and eight columns of noise.
    fn rows(n: usize, seed: u64) -> (Vec<Vec<f64>>, Vec<usize>) {
        let mut random = Random::new(seed);
        let columns: Vec<Vec<f64>> =
            (0..10).map(|_| (0..n).map(|_| 2.0 * random.unit() - 1.0).collect::<Vec<f64>>()).collect();
        let inside = |i: usize| columns[0][i].powi(2) + columns[1][i].powi(2) < 0.5;
        let labels = (0..n).map(|i| usize::from(inside(i))).collect();
        (columns, labels)
    }

    #[test]
    fn both_kinds_find_a_ring_and_say_the_same_again() {
        let ((columns, labels), (unseen, truth)) = (rows(1000, 1), rows(1000, 2));
        let table = Table::new(&columns).unwrap();
        for kind in [Kind::Random, Kind::Extra] {
            let config = Config { kind, trees: 60, columns: Some(0.6), ..Config::default() };
            let forest = Forest::classify(&table, &labels, None, &config).unwrap();
            let row = |i: usize| unseen.iter().map(|c| c[i]).collect::<Vec<f64>>();
            let right = (0..1000).filter(|i| forest.class(&row(*i)) == truth[*i]).count();
            assert!(right > 900, "{kind:?} {right}");
            assert!((forest.predict(&row(0)).iter().sum::<f64>() - 1.0).abs() < 1e-9);
            assert_eq!(forest, Forest::classify(&table, &labels, None, &config).unwrap());
        }
    }

    #[test]
    fn means_are_learned_and_nonsense_refused() {
        let columns = vec![(0..500).map(f64::from).collect::<Vec<f64>>()];
        let target: Vec<f64> = columns[0].iter().map(|v| 2.0 * v).collect();
        let table = Table::new(&columns).unwrap();
        let config = Config { trees: 30, ..Config::default() };
        let forest = Forest::fit(&table, std::slice::from_ref(&target), None, &config).unwrap();
        assert!((forest.predict(&[250.2])[0] - 500.4).abs() < 10.0);
        assert!(Forest::fit(&table, &[vec![1.0]], None, &config).is_err());
        assert!(Forest::fit(&table, &[], None, &config).is_err());
        assert!(Forest::fit(&table, &[target], Some(&[]), &config).is_err());
    }
}
