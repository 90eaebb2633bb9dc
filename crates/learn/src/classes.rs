//! Names classes of rows: extra trees, made as sure as they were right on rows that they had not seen.
//!
//! ```
//! use gemba_learn::classes::Classes;
//!
//! // two signals of forty rows: the first tells the two states apart
//! let state: Vec<usize> = (0..40).map(|i| i % 2).collect();
//! let told = state.iter().zip(0..).map(|(s, i): (_, i32)| *s as f64 + 0.01 * f64::from(i)).collect();
//! let other = (0..40).map(|i| f64::from(i * 7 % 13)).collect();
//! let model = Classes::fit(&[told, other], &state, &[], 1)?;
//! assert_eq!((model.class(&[0.2, 5.0]), model.class(&[1.2, 5.0])), (0, 1));
//! assert!(model.probabilities(&[0.2, 5.0])[0] > 0.9);
//! # Ok::<(), gemba_learn::Error>(())
//! ```

use std::collections::BTreeSet;

use crate::Error;
use crate::boost::Table;
use crate::forest::{Config, Forest};

/// Trees, and as many as tell how sure they may be.
const TREES: (usize, usize) = (300, 100);
/// The share of columns drawn for each split.
const COLUMNS: f64 = 0.3;
/// Parts of the rows of which each is judged by trees of the others.
const FOLDS: usize = 5;
/// What a class has that no tree names: one vote of a hundred.
const FLOOR: f64 = 0.01;
/// The powers that may be, and the halvings of this stretch.
const POWERS: (f64, f64) = (0.2, 5.0);
const HALVINGS: usize = 40;

/// Fitted trees, and how sure they may be.
#[derive(Clone, Debug)]
pub struct Classes {
    forest: Forest,
    count: usize,
    power: f64,
}

impl Classes {
    /// Fits rows, given as columns (NaN is missing), of classes 0, 1, 2 … Rows of one `group` (a run, a machine, a recording)
    /// know each other, and are never judged by trees of each other; where all are of one, or none is given, neighbours are
    /// taken to.
    ///
    /// # Errors
    /// When there is no row, or lengths differ.
    pub fn fit(columns: &[Vec<f64>], labels: &[usize], groups: &[usize], seed: u64) -> Result<Self, Error> {
        let count = labels.iter().max().map_or(0, |last| last + 1);
        let forest = grown(columns, labels, (TREES.0, seed))?;
        let unseen = unseen(columns, labels, &folds(labels, groups), seed)?;
        Ok(Self { forest, count, power: power(&unseen, count) })
    }

    /// The probability of each class.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        sure(&self.forest.predict(row), self.count, self.power)
    }

    /// The likeliest class.
    pub fn class(&self, row: &[f64]) -> usize {
        self.forest.class(row)
    }
}

fn grown(columns: &[Vec<f64>], labels: &[usize], (trees, seed): (usize, u64)) -> Result<Forest, Error> {
    let config = Config { trees, columns: Some(COLUMNS), seed, ..Config::default() };
    Forest::classify(&Table::new(columns)?, labels, None, &config)
}

/// The share of trees that named each class, and the class that was right, of each row by trees that had not seen its fold.
type Unseen = Vec<(Vec<f64>, usize)>;

fn unseen(columns: &[Vec<f64>], labels: &[usize], folds: &[usize], seed: u64) -> Result<Unseen, Error> {
    let mut all = Vec::new();
    for fold in 0..FOLDS {
        let (own, others): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|i| folds.get(*i) == Some(&fold));
        if own.is_empty() || others.is_empty() {
            continue;
        }
        let picked: Vec<Vec<f64>> = columns.iter().map(|c| pick(c, &others)).collect();
        let forest = grown(&picked, &pick(labels, &others), (TREES.1, seed))?;
        let row =
            |place: usize| columns.iter().map(|c| c.get(place).copied().unwrap_or(f64::NAN)).collect::<Vec<f64>>();
        all.extend(own.into_iter().filter_map(|place| Some((forest.predict(&row(place)), *labels.get(place)?))));
    }
    Ok(all)
}

fn pick<T: Copy>(all: &[T], places: &[usize]) -> Vec<T> {
    places.iter().filter_map(|place| all.get(*place).copied()).collect()
}

/// A fold for each row: whole groups, or stretches of neighbours of each class.
fn folds(labels: &[usize], groups: &[usize]) -> Vec<usize> {
    let known: Vec<usize> = groups.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if known.len() < 2 || groups.len() != labels.len() {
        return stretches(labels, FOLDS);
    }
    let folds = FOLDS.min(known.len());
    groups.iter().map(|g| known.partition_point(|k| k < g) * folds / known.len()).collect()
}

/// A fold for each row: the rows of each class, in their order, in as many stretches as `folds`, so that neighbours stay
/// together, and each class is in each fold as far as it has rows.
pub fn stretches(labels: &[usize], folds: usize) -> Vec<usize> {
    let classes = labels.iter().max().map_or(0, |last| last + 1);
    let count = |class: usize| labels.iter().filter(|l| **l == class).count();
    let counts: Vec<usize> = (0..classes).map(count).collect();
    let mut seen = vec![0_usize; classes];
    let fold = |label: &usize| {
        let (Some(seen), Some(all)) = (seen.get_mut(*label), counts.get(*label)) else { return 0 };
        *seen += 1;
        (*seen - 1) * folds / all.max(&1)
    };
    labels.iter().map(fold).collect()
}

/// Votes, each with the floor, to a power, of sum 1: above 1 surer than the votes, below less. Which is first stays.
fn sure(votes: &[f64], count: usize, power: f64) -> Vec<f64> {
    let all: Vec<f64> = logs(votes, count).map(|log| (power * log).exp()).collect();
    let sum: f64 = all.iter().sum();
    all.iter().map(|p| p / sum).collect()
}

fn logs(votes: &[f64], count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(|class| (votes.get(class).copied().unwrap_or_default() + FLOOR).ln())
}

/// The power with the least log loss (one over the temperature of Guo et al. 2017), drawn to 1 by half the square of how far
/// it is from there, so that few rows do not make it extreme. The loss is convex: where its slope is nothing.
fn power(unseen: &Unseen, count: usize) -> f64 {
    let slope = |power: f64| {
        let of_row = |(votes, right): &(Vec<f64>, usize)| {
            let expected: f64 = sure(votes, count, power).iter().zip(logs(votes, count)).map(|(p, log)| p * log).sum();
            expected - logs(votes, count).nth(*right).unwrap_or_default()
        };
        power - 1.0 + unseen.iter().map(of_row).sum::<f64>()
    };
    let (mut low, mut high) = POWERS;
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if slope(middle) > 0.0 { high = middle } else { low = middle }
    }
    f64::midpoint(low, high)
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
        let model = Classes::fit(&train, &labels, &[], 1).unwrap();
        let row = |i: usize| unseen.iter().map(|c| c[i]).collect::<Vec<f64>>();
        let right = (0..300).filter(|i| model.class(&row(*i)) == truth[*i]).count();
        assert!(right > 265, "{right}");
        assert!((model.probabilities(&row(0)).iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let loss =
            |model: &Classes| -(0..300).map(|i| model.probabilities(&row(i))[truth[i]].ln()).sum::<f64>() / 300.0;
        let votes = Classes { power: 1.0, ..model.clone() };
        assert!(loss(&model) < loss(&votes), "{} {} {}", model.power, loss(&model), loss(&votes));
    }

    #[test]
    fn one_class_and_lone_rows_are_no_obstacle() {
        let model = Classes::fit(&[vec![1.0, 2.0, 3.0]], &[0, 0, 0], &[], 1).unwrap();
        assert_eq!((model.class(&[9.0]), model.probabilities(&[9.0])), (0, vec![1.0]));
        let model = Classes::fit(&[vec![1.0, 2.0, 3.0, 9.0]], &[0, 0, 0, 1], &[], 1).unwrap();
        assert_eq!((model.class(&[1.5]), model.class(&[9.0])), (0, 1));
        assert!(Classes::fit(&[], &[], &[], 1).is_err());
    }

    #[test]
    fn who_is_right_is_made_surer_and_who_guesses_less_sure() {
        let votes = |right: usize| -> Unseen { (0..100).map(|i| (vec![0.7, 0.3], usize::from(i >= right))).collect() };
        assert!((power(&votes(70), 2) - 1.0).abs() < 0.05, "{}", power(&votes(70), 2));
        assert!(power(&votes(95), 2) > 3.0 && power(&votes(50), 2) < 0.3);
        assert!((power(&Vec::new(), 2) - 1.0).abs() < 1e-9, "nothing was seen");
    }

    #[test]
    fn groups_stay_together_and_without_any_neighbours_do() {
        assert_eq!(stretches(&[0, 0, 0, 0, 1, 1, 1, 1, 2], 2), [0, 0, 1, 1, 0, 0, 1, 1, 0]);
        assert_eq!(folds(&[0, 1, 0, 1], &[7, 7, 3, 3]), [1, 1, 0, 0]);
        assert_eq!(folds(&[0; 5], &[1; 5]), [0, 1, 2, 3, 4]);
        assert!(folds(&[], &[]).is_empty());
    }
}
