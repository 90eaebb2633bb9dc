//! Classes by a committee of models that err in different ways: extra trees, boosted trees and a linear discriminant.
//! Each counts as far as it was right on rows that it had not seen ([`pool`]).

use std::collections::BTreeSet;

use crate::Error;
use crate::boost::{Boost, Config as BoostConfig, Loss, Table, Training};
use crate::discriminant::Discriminant;
use crate::forest::{Config as ForestConfig, Forest};
use crate::pool::{self, Pool};

/// How far the discriminant takes correlations to be nothing.
const SHRINK: f64 = 0.3;
/// Rows of a class below which boosting is left out: it would learn them by heart.
const BOOST_ROWS: usize = 10;
/// Extra trees, and as many as tell how far they are to be believed.
const TREES: (usize, usize) = (300, 100);
/// Parts of the rows of which each is judged by models of the others, to see how far each kind is to be believed.
const FOLDS: usize = 5;

/// A fitted committee.
#[derive(Clone, Debug)]
pub struct Committee {
    members: Members,
    /// Of [`Members::say`].
    weights: Vec<f64>,
}

impl Committee {
    /// Fits rows, given as columns (NaN is missing), of classes 0, 1, 2 … Rows of one `group` (a run, a machine, a recording)
    /// know each other, and are never judged by models of each other; where all are of one, or none is given, neighbours are
    /// taken to.
    ///
    /// # Errors
    /// When there is no row, or lengths differ.
    pub fn fit(columns: &[Vec<f64>], labels: &[usize], groups: &[usize], seed: u64) -> Result<Self, Error> {
        let classes = labels.iter().max().map_or(0, |last| last + 1);
        let fewest = (0..classes).map(|k| labels.iter().filter(|l| **l == k).count()).min().unwrap_or(0);
        let kinds = Kinds { classes, boost: fewest >= BOOST_ROWS && classes > 1, trees: TREES.0, seed };
        let members = Members::fit(columns, labels, kinds)?;
        let unseen = unseen(columns, labels, &folds(labels, groups), Kinds { trees: TREES.1, ..kinds })?;
        Ok(Self { members, weights: unseen.weights() })
    }

    /// The probability of each class.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let all = self.members.say(row);
        let mean =
            |k: usize| all.iter().zip(&self.weights).map(|(p, w)| w * p.get(k).copied().unwrap_or_default()).sum();
        (0..self.members.kinds.classes).map(mean).collect()
    }

    /// The likeliest class.
    pub fn class(&self, row: &[f64]) -> usize {
        let all = self.probabilities(row);
        all.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(class, _)| class)
    }
}

/// What the members say of each row when they have not seen the row's fold.
fn unseen(columns: &[Vec<f64>], labels: &[usize], folds: &[usize], kinds: Kinds) -> Result<Pool, Error> {
    let mut pool = Pool::new(kinds.count());
    for fold in 0..FOLDS {
        let (own, others): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|i| folds.get(*i) == Some(&fold));
        if own.is_empty() || others.is_empty() {
            continue;
        }
        let train: Vec<usize> = others.iter().filter_map(|i| labels.get(*i).copied()).collect();
        let model = Members::fit(&picked(columns, &others), &train, kinds)?;
        for (place, label) in own.into_iter().filter_map(|i| Some((i, labels.get(i)?))) {
            pool.add(&model.say(&row(columns, place)), *label);
        }
    }
    Ok(pool)
}

/// A fold for each row: whole groups, or stretches of neighbours of each class.
fn folds(labels: &[usize], groups: &[usize]) -> Vec<usize> {
    let known: Vec<usize> = groups.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if known.len() < 2 || groups.len() != labels.len() {
        return pool::stretches(labels, FOLDS);
    }
    let folds = FOLDS.min(known.len());
    groups.iter().map(|g| known.partition_point(|k| k < g) * folds / known.len()).collect()
}

fn row(columns: &[Vec<f64>], place: usize) -> Vec<f64> {
    columns.iter().map(|c| c.get(place).copied().unwrap_or(f64::NAN)).collect()
}

fn picked(columns: &[Vec<f64>], places: &[usize]) -> Vec<Vec<f64>> {
    columns.iter().map(|c| places.iter().filter_map(|p| c.get(*p).copied()).collect()).collect()
}

/// What a committee is made of.
#[derive(Clone, Copy, Debug)]
struct Kinds {
    classes: usize,
    boost: bool,
    trees: usize,
    seed: u64,
}

impl Kinds {
    fn count(self) -> usize {
        2 + usize::from(self.boost)
    }
}

/// The models themselves.
#[derive(Clone, Debug)]
struct Members {
    kinds: Kinds,
    /// Filled in where a value is missing: the discriminant knows no missing values.
    medians: Vec<f64>,
    forest: Forest,
    boost: Option<Boost>,
    discriminant: Option<Discriminant>,
}

impl Members {
    fn fit(columns: &[Vec<f64>], labels: &[usize], kinds: Kinds) -> Result<Self, Error> {
        let table = Table::new(columns)?;
        let config =
            ForestConfig { trees: kinds.trees, columns: Some(0.3), seed: kinds.seed, ..ForestConfig::default() };
        let forest = Forest::classify(&table, labels, None, &config)?;
        let boost = kinds.boost.then(|| boosted(&table, labels, kinds)).transpose()?;
        let medians: Vec<f64> = columns.iter().map(|c| crate::stats::median(c)).collect();
        let rows: Vec<Vec<f64>> = (0..labels.len()).map(|i| filled(&row(columns, i), &medians)).collect();
        let discriminant = Discriminant::fit(&rows, labels, SHRINK).ok();
        Ok(Self { kinds, medians, forest, boost, discriminant })
    }

    /// The probabilities that each member gives to the classes; of one that could not be fitted all alike.
    fn say(&self, row: &[f64]) -> Vec<Vec<f64>> {
        let unknown = || vec![1.0 / self.kinds.classes.max(1) as f64; self.kinds.classes];
        let discriminant = self.discriminant.as_ref().map(|d| d.probabilities(&filled(row, &self.medians)));
        let mut all = vec![self.forest.predict(row), discriminant.unwrap_or_else(unknown)];
        all.extend(self.boost.as_ref().map(|b| b.probabilities(row)));
        all
    }
}

/// Small trees: rows are few where classes are named.
fn boosted(table: &Table, labels: &[usize], kinds: Kinds) -> Result<Boost, Error> {
    let targets: Vec<f64> = labels.iter().map(|l| *l as f64).collect();
    let there = (0..kinds.classes).map(|k| labels.iter().filter(|l| **l == k).count()).filter(|n| *n > 0);
    let (fewest, two) = (there.min().unwrap_or(0), kinds.classes == 2);
    let config = BoostConfig {
        loss: if two { Loss::Logistic } else { Loss::Softmax(kinds.classes) },
        rounds: if two { 200 } else { 80 },
        rate: 0.06,
        leaves: 12,
        leaf_rows: (fewest / 4).clamp(2, 10),
        rows: 0.7,
        columns: 0.5,
        seed: kinds.seed,
        ..BoostConfig::default()
    };
    Boost::fit(&Training::of(table, &targets), &config)
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
        let model = Committee::fit(&train, &labels, &[], 1).unwrap();
        let row = |i: usize| unseen.iter().map(|c| c[i]).collect::<Vec<f64>>();
        let right = (0..300).filter(|i| model.class(&row(*i)) == truth[*i]).count();
        assert!(right > 265, "{right}");
        assert!((model.probabilities(&row(0)).iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn one_class_and_lone_rows_are_no_obstacle() {
        let model = Committee::fit(&[vec![1.0, 2.0, 3.0]], &[0, 0, 0], &[], 1).unwrap();
        assert_eq!(model.class(&[9.0]), 0);
        let model = Committee::fit(&[vec![1.0, 2.0, 3.0, 9.0]], &[0, 0, 0, 1], &[], 1).unwrap();
        assert_eq!((model.class(&[1.5]), model.class(&[9.0])), (0, 1));
        assert!(Committee::fit(&[], &[], &[], 1).is_err());
    }
}
