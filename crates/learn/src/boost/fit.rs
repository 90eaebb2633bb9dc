//! The ensemble: trees, each fitted to what those before it left over.

use serde::{Deserialize, Serialize};

use super::bins::Table;
use super::grow::{Bounds, Ground, Grown, grow};
use super::histogram::Pair;
use super::loss::{Loss, sigmoid, weighted_quantile};
use super::tree::Tree;
use crate::Error;
use crate::random::Random;

/// How a model is fitted. The defaults suit some thousand rows of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// What is made small.
    pub loss: Loss,
    /// Trees (for [`Loss::Softmax`]: trees a class), at most.
    pub rounds: usize,
    /// The share of each tree that is taken, above 0 up to 1.
    pub rate: f64,
    /// Leaves of a tree, at most.
    pub leaves: usize,
    /// Splits on the way to a leaf, at most.
    pub depth: usize,
    /// Rows of a leaf, at least.
    pub leaf_rows: usize,
    /// Penalty on the squares of leaf values, in rows.
    pub l2: f64,
    /// The share of rows drawn for each tree, above 0 up to 1.
    pub rows: f64,
    /// The share of columns drawn for each tree, above 0 up to 1.
    pub columns: f64,
    /// Rounds without a better loss on the held rows after which it ends; needs held rows.
    pub patience: usize,
    /// The seed of the draws.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            loss: Loss::Squared,
            rounds: 200,
            rate: 0.1,
            leaves: 31,
            depth: 8,
            leaf_rows: 20,
            l2: 1.0,
            rows: 1.0,
            columns: 1.0,
            patience: 20,
            seed: 1,
        }
    }
}

/// What a model is fitted to.
#[derive(Clone, Copy, Debug)]
pub struct Training<'a> {
    /// The features.
    pub table: &'a Table,
    /// One a row of the table.
    pub target: &'a [f64],
    /// One a row of the table, not negative; all alike when none.
    pub weights: Option<&'a [f64]>,
    /// The rows to fit on; all when none.
    pub rows: Option<&'a [u32]>,
    /// Rows on which to see when to stop; none when empty.
    pub held: &'a [u32],
}

impl<'a> Training<'a> {
    /// On all rows of a table.
    pub fn of(table: &'a Table, target: &'a [f64]) -> Self {
        Self { table, target, weights: None, rows: None, held: &[] }
    }

    fn check(&self, config: &Config) -> Result<(), Error> {
        const WHAT: &str = "boosted trees";
        if self.target.len() != self.table.rows() {
            return Err(Error::Width { what: "the target", found: self.target.len(), expected: self.table.rows() });
        }
        if let Some(weights) = self.weights.filter(|w| w.len() != self.table.rows()) {
            return Err(Error::Width { what: "the weights", found: weights.len(), expected: self.table.rows() });
        }
        if let Some(bad) = self.target.iter().find(|y| !y.is_finite()) {
            return Err(Error::OutOfRange { what: WHAT, name: "a target", value: *bad, allowed: "finite numbers" });
        }
        for (name, share) in [("rate", config.rate), ("rows", config.rows), ("columns", config.columns)] {
            if !(share > 0.0 && share <= 1.0) {
                return Err(Error::OutOfRange { what: WHAT, name, value: share, allowed: "above 0 up to 1" });
            }
        }
        match self.rows {
            Some([]) => Err(Error::TooFewRows { what: WHAT, found: 0, needed: 1 }),
            _ => Ok(()),
        }
    }

    fn weight(&self, row: u32) -> f64 {
        self.weights.map_or(1.0, |w| w.get(row as usize).copied().unwrap_or(1.0))
    }

    fn target(&self, row: u32) -> f64 {
        self.target.get(row as usize).copied().unwrap_or_default()
    }
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boost {
    loss: Loss,
    #[serde(with = "crate::bits")]
    start: Vec<f64>,
    /// In rounds: one tree an output.
    trees: Vec<Tree>,
}

impl Boost {
    /// Fits.
    ///
    /// # Errors
    /// When lengths differ, a target is not finite, there is no row, or a share lies outside its range.
    pub fn fit(training: &Training<'_>, config: &Config) -> Result<Self, Error> {
        training.check(config)?;
        let all: Vec<u32>;
        let rows = if let Some(rows) = training.rows {
            rows
        } else {
            all = (0..u32::try_from(training.table.rows()).unwrap_or(u32::MAX)).collect();
            &all
        };
        let targets: Vec<(f64, f64)> = rows.iter().map(|r| (training.target(*r), training.weight(*r))).collect();
        let start = config.loss.start(&targets);
        let mut scores: Vec<f64> = start.repeat(training.table.rows());
        let mut model = Self { loss: config.loss, start, trees: Vec::new() };
        let mut random = Random::new(config.seed);
        let (mut best, mut best_trees) = (f64::INFINITY, 0);
        for round in 0..config.rounds {
            model.round(training, config, (rows, &mut scores), &mut random);
            if training.held.is_empty() {
                continue;
            }
            let loss = model.held_loss(training, &scores);
            if loss < best {
                (best, best_trees) = (loss, model.trees.len());
            } else if (round + 1) * model.start.len() >= best_trees + config.patience.max(1) * model.start.len() {
                break;
            }
        }
        if !training.held.is_empty() {
            model.trees.truncate(best_trees);
        }
        Ok(model)
    }

    fn round(
        &mut self,
        training: &Training<'_>,
        config: &Config,
        (rows, scores): (&[u32], &mut [f64]),
        random: &mut Random,
    ) {
        let outputs = self.start.len();
        let drawn = if config.rows < 1.0 { draw(rows, config.rows, random) } else { rows.to_vec() };
        let all: Vec<usize> = (0..training.table.width()).collect();
        let columns = if config.columns < 1.0 { draw(&all, config.columns, random) } else { all };
        let bounds = Bounds { leaves: config.leaves, depth: config.depth, rows: config.leaf_rows, l2: config.l2 };
        let before: Vec<f64> = scores.to_vec();
        for output in 0..outputs {
            let mut pairs: Vec<Pair> = vec![(0.0, 0.0); training.table.rows()];
            for row in &drawn {
                let own = before.get(*row as usize * outputs..(*row as usize + 1) * outputs).unwrap_or_default();
                if let Some(pair) = pairs.get_mut(*row as usize) {
                    *pair = self.loss.pair(own, training.target(*row), training.weight(*row), output);
                }
            }
            let ground = Ground { table: training.table, pairs: &pairs, columns: &columns };
            let mut grown = grow(ground, drawn.clone(), bounds);
            self.step(training, config.rate, &mut grown, scores);
            advance(&grown, training, (rows, output, outputs), scores);
            self.trees.push(grown.tree);
        }
    }

    /// Scales the leaves; a quantile's leaves are the quantile of what is left over there.
    fn step(&self, training: &Training<'_>, rate: f64, grown: &mut Grown, scores: &[f64]) {
        let values = grown.leaves.iter().map(|(stretch, newton)| {
            let Loss::Quantile(q) = self.loss else { return rate * newton };
            let rows = grown.rows.get(stretch.clone()).unwrap_or_default();
            let left = |r: &u32| training.target(*r) - scores.get(*r as usize).copied().unwrap_or_default();
            rate * weighted_quantile(rows.iter().map(|r| (left(r), training.weight(*r))).collect(), q)
        });
        grown.tree.values = values.collect();
    }

    fn held_loss(&self, training: &Training<'_>, scores: &[f64]) -> f64 {
        let outputs = self.start.len();
        let of = |row: &u32| {
            let own = scores.get(*row as usize * outputs..(*row as usize + 1) * outputs).unwrap_or_default();
            training.weight(*row) * self.loss.of(own, training.target(*row))
        };
        training.held.iter().map(of).sum()
    }

    /// The raw scores of a row: one, or one a class.
    pub fn scores(&self, row: &[f64]) -> Vec<f64> {
        let mut scores = self.start.clone();
        for round in self.trees.chunks(self.start.len().max(1)) {
            for (score, tree) in scores.iter_mut().zip(round) {
                *score += tree.values(row).first().copied().unwrap_or_default();
            }
        }
        scores
    }

    /// The mean or quantile, or the probability that the target is 1; of [`Loss::Softmax`] the likeliest class.
    pub fn predict(&self, row: &[f64]) -> f64 {
        let scores = self.scores(row);
        match self.loss {
            Loss::Logistic => sigmoid(scores.first().copied().unwrap_or_default()),
            Loss::Softmax(_) => {
                let top = scores.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1));
                top.map_or(0.0, |(class, _)| class as f64)
            }
            _ => scores.first().copied().unwrap_or_default(),
        }
    }

    /// The probability of each class: two for [`Loss::Logistic`], none for losses without classes.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let scores = self.scores(row);
        match self.loss {
            Loss::Logistic => {
                let p = sigmoid(scores.first().copied().unwrap_or_default());
                vec![1.0 - p, p]
            }
            Loss::Softmax(_) => {
                let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = scores.iter().map(|s| (s - top).exp()).sum();
                scores.iter().map(|s| (s - top).exp() / sum).collect()
            }
            _ => Vec::new(),
        }
    }

    /// How many trees it has.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }

    /// How often each of `width` columns is split by: a rough measure of its use.
    pub fn splits(&self, width: usize) -> Vec<usize> {
        let mut counts = vec![0; width];
        for column in self.trees.iter().flat_map(Tree::columns) {
            if let Some(count) = counts.get_mut(column) {
                *count += 1;
            }
        }
        counts
    }
}

/// Adds a grown tree to the scores: by its own stretches where the rows were drawn, by walking for all others.
fn advance(
    grown: &Grown,
    training: &Training<'_>,
    (rows, output, outputs): (&[u32], usize, usize),
    scores: &mut [f64],
) {
    let mut add = |row: u32, leaf: usize| {
        let value = grown.tree.values.get(leaf).copied().unwrap_or_default();
        if let Some(score) = scores.get_mut(row as usize * outputs + output) {
            *score += value;
        }
    };
    for (leaf, (stretch, _)) in grown.leaves.iter().enumerate() {
        grown.rows.get(stretch.clone()).unwrap_or_default().iter().for_each(|row| add(*row, leaf));
    }
    let mut drawn = vec![false; training.table.rows()];
    for row in &grown.rows {
        if let Some(place) = drawn.get_mut(*row as usize) {
            *place = true;
        }
    }
    let undrawn = rows.iter().chain(training.held).filter(|r| !drawn.get(**r as usize).is_some_and(|d| *d));
    for row in undrawn {
        if let Some(leaf) = grown.leaf(training.table, *row) {
            add(*row, leaf);
        }
    }
}

/// A share of a list, at least one, in its order (selection sampling, Knuth 3.4.2 S).
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the length of the list")]
fn draw<T: Copy>(list: &[T], share: f64, random: &mut Random) -> Vec<T> {
    let mut wanted = ((list.len() as f64 * share).round() as usize).clamp(1, list.len().max(1));
    let mut drawn = Vec::with_capacity(wanted);
    for (i, item) in list.iter().enumerate() {
        if random.unit() * ((list.len() - i) as f64) < wanted as f64 {
            drawn.push(*item);
            wanted -= 1;
        }
    }
    drawn
}
