//! Models of different kinds on the same features, folds of machines, and the range from what they miss.

use serde::{Deserialize, Serialize};

use super::{Features, Record};
use crate::boost::{self, Boost, Table, Training};
use crate::mlp::{self, Mlp};
use crate::random::Random;
use crate::{Error, conformal};

/// How a fleet is learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Remaining life above this many cycles is not told apart: a sound machine does not show how long it will stay so.
    pub cap: f64,
    /// The share of machines whose remaining life the range shall hold, between 0 and 1.
    pub coverage: f64,
    /// Folds of machines; each fold's models see the machines of all others.
    pub folds: usize,
    /// What all cycles of a machine above the cap weigh together, in cycles: they are many and say little.
    pub sound_cycles: f64,
    /// The seed of all draws.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { cap: 125.0, coverage: 0.9, folds: 6, sound_cycles: 30.0, seed: 1 }
    }
}

/// Rows that one model is fitted to, at most; of more, every k-th cycle is taken.
const ROWS_MAX: usize = 25_000;
/// Cycles of a machine on which the models of its fold are judged.
const JUDGED: usize = 12;
/// The share of judged cycles, nearest by prediction, that a range is read from.
const NEAR: f64 = 0.15;
/// Judged cycles that a range is read from, at least.
const NEAR_MIN: usize = 60;
/// Networks a fold, each started and fed its own way.
const NETWORKS: u64 = 3;
/// The kinds of models, in the order of [`Judged::answers`].
pub(crate) const KINDS: [&str; 2] = ["boosting", "network"];

/// Remaining life as a range of cycles; at the cap it means that or more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Life {
    /// What is to be expected.
    pub expected: f64,
    /// The lower end of the range.
    pub low: f64,
    /// The upper end of the range.
    pub high: f64,
}

/// A cycle of a machine that the judging models had not seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// What was left, capped.
    #[serde(with = "crate::bits::one")]
    pub truth: f64,
    /// What each kind of model said.
    #[serde(with = "crate::bits")]
    pub answers: Vec<f64>,
}

impl Judged {
    /// What they said together.
    pub fn expected(&self) -> f64 {
        crate::stats::mean(&self.answers)
    }
}

/// What was learned from a fleet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fleet {
    features: Features,
    #[serde(with = "crate::bits::pair")]
    limits: [f64; 2],
    folds: Vec<Fold>,
    judged: Vec<Judged>,
}

/// The models that have seen all machines but those of one fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Fold {
    boost: Boost,
    networks: Vec<Mlp>,
}

impl Fold {
    /// In the order of [`KINDS`].
    fn answers(&self, row: &[f64]) -> Vec<f64> {
        let networks: Vec<f64> = self.networks.iter().map(|n| n.predict(row)).collect();
        vec![self.boost.predict(row), crate::stats::mean(&networks)]
    }
}

/// Every cycle of every machine as a row.
struct Rows {
    features: Vec<Vec<f64>>,
    left: Vec<f64>,
    weights: Vec<f64>,
    machine: Vec<usize>,
}

impl Fleet {
    /// Learns from machines whose records end with their failure.
    ///
    /// # Errors
    /// When there are fewer than four machines, or their columns differ.
    pub fn fit(records: &[Record], config: &Config) -> Result<Self, Error> {
        const WHAT: &str = "remaining life";
        if records.len() < 4 {
            return Err(Error::TooFewRows { what: WHAT, found: records.len(), needed: 4 });
        }
        let width = records.first().map_or(0, |r| r.signals.len());
        if let Some(record) = records.iter().find(|r| r.signals.len() != width) {
            return Err(Error::Width { what: "a machine's record", found: record.signals.len(), expected: width });
        }
        if !(config.coverage > 0.0 && config.coverage < 1.0) {
            let value = config.coverage;
            return Err(Error::OutOfRange { what: WHAT, name: "the coverage", value, allowed: "between 0 and 1" });
        }
        let features = Features::fit(records);
        let rows = Rows::of(&features, records, config);
        let width = features.width();
        let column = |c: usize| rows.features.iter().map(|r| r.get(c).copied().unwrap_or(f64::NAN)).collect();
        let table = Table::new(&(0..width).map(column).collect::<Vec<Vec<f64>>>())?;
        let mut random = Random::new(config.seed);
        let places = folds(records.len(), config.folds.clamp(2, records.len()), &mut random);
        let (mut folds, mut judged) = (Vec::new(), Vec::new());
        for own in 0..config.folds.clamp(2, records.len()) {
            let in_fold = |row: usize| rows.machine.get(row).and_then(|m| places.get(*m)) == Some(&own);
            let seen: Vec<usize> = (0..rows.left.len()).filter(|r| !in_fold(*r)).collect();
            let fold = Fold::fit(&table, &rows, &seen, random.bits())?;
            for machine in (0..records.len()).filter(|m| places.get(*m) == Some(&own)) {
                judged.extend(rows.judged(machine, &mut random).map(|(row, truth)| Judged {
                    truth,
                    answers: fold.answers(row).iter().map(|a| a.clamp(0.0, config.cap)).collect(),
                }));
            }
            folds.push(fold);
        }
        judged.sort_by(|a, b| a.expected().total_cmp(&b.expected()));
        Ok(Self { features, limits: [config.cap, config.coverage], folds, judged })
    }

    /// The remaining life of a machine after the last cycle of its record.
    pub fn predict(&self, record: &Record) -> Life {
        let answers = self.answers(record);
        self.range(crate::stats::mean(&answers))
    }

    /// What each kind of model says, in the order of [`Fleet::kinds`].
    pub fn answers(&self, record: &Record) -> Vec<f64> {
        let row = self.features.last(record);
        let mut sums = vec![0.0; KINDS.len()];
        for fold in &self.folds {
            sums.iter_mut().zip(fold.answers(&row)).for_each(|(sum, a)| *sum += a / self.folds.len() as f64);
        }
        let [cap, _] = self.limits;
        sums.iter().map(|s| s.clamp(0.0, cap)).collect()
    }

    /// The shortest range around an expectation that holds as much of what was left where about as much was expected, of
    /// machines not seen, as split conformal prediction asks for. Not the same on both sides: at the cap nothing is missed
    /// upwards, and all that may be missed is left for below.
    pub fn range(&self, expected: f64) -> Life {
        let [cap, coverage] = self.limits;
        let count = NEAR_MIN.max(share(self.judged.len(), NEAR)).min(self.judged.len());
        let place = self.judged.partition_point(|j| j.expected() < expected);
        let from = place.saturating_sub(count / 2).min(self.judged.len() - count);
        let near = self.judged.get(from..from + count).unwrap_or_default();
        let left = |j: &Judged| (expected + j.truth - j.expected()).clamp(0.0, cap);
        let mut left: Vec<f64> = near.iter().map(left).collect();
        left.sort_by(f64::total_cmp);
        let held = conformal::rank(count, 1.0 - coverage).unwrap_or(count).max(1);
        let ends = left.windows(held).filter_map(|w| Some((*w.first()?, *w.last()?)));
        let (low, high) = ends.min_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0))).unwrap_or((0.0, cap));
        Life { expected, low: low.min(expected), high: high.max(expected) }
    }

    /// The kinds of models.
    pub fn kinds(&self) -> &'static [&'static str] {
        &KINDS
    }

    /// How the models did on machines they had not seen, cycles drawn evenly over each life.
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// What is read of a record.
    pub fn features(&self) -> &Features {
        &self.features
    }
}

impl Rows {
    fn of(features: &Features, records: &[Record], config: &Config) -> Self {
        let mut all = Self { features: Vec::new(), left: Vec::new(), weights: Vec::new(), machine: Vec::new() };
        for (machine, record) in records.iter().enumerate() {
            let cycles = record.cycles();
            let sound = cycles as f64 - config.cap;
            let weight = if sound > config.sound_cycles { config.sound_cycles / sound } else { 1.0 };
            for (cycle, row) in features.rows(record).into_iter().enumerate() {
                let left = (cycles - cycle - 1) as f64;
                all.features.push(row);
                all.left.push(left.min(config.cap));
                all.weights.push(if left > config.cap { weight } else { 1.0 });
                all.machine.push(machine);
            }
        }
        all
    }

    /// Cycles of a machine drawn evenly over its life, the first left out: features and what was left.
    fn judged(&self, machine: usize, random: &mut Random) -> impl Iterator<Item = (&[f64], f64)> {
        let from = self.machine.partition_point(|m| *m < machine);
        let count = self.machine.partition_point(|m| *m <= machine) - from;
        let draws: Vec<f64> = (0..JUDGED).map(|i| (i as f64 + random.unit()) / JUDGED as f64).collect();
        draws.into_iter().filter_map(move |at| {
            let place = from + share(count, at).clamp(19.min(count - 1), count - 1);
            Some((self.features.get(place)?.as_slice(), *self.left.get(place)?))
        })
    }
}

impl Fold {
    fn fit(table: &Table, rows: &Rows, train: &[usize], seed: u64) -> Result<Self, Error> {
        let step = train.len().div_ceil(ROWS_MAX).max(1);
        let narrow = |r: &usize| u32::try_from(*r).unwrap_or(u32::MAX);
        let every = |from: usize, step: usize| -> Vec<u32> {
            train.iter().skip(from % step).step_by(step).map(narrow).collect()
        };
        let drawn = every(0, step);
        let config = boost::Config {
            rounds: 300,
            rate: 0.04,
            leaves: 24,
            depth: 8,
            leaf_rows: 40,
            l2: 5.0,
            rows: 0.5,
            columns: 0.3,
            seed,
            ..boost::Config::default()
        };
        let weights = Some(rows.weights.as_slice());
        let boost = Boost::fit(&Training { rows: Some(&drawn), weights, ..Training::of(table, &rows.left) }, &config)?;
        let mut networks = Vec::new();
        for i in 0..NETWORKS {
            let config = mlp::Config { seed: seed ^ i, ..mlp::Config::default() };
            let own = every(usize::try_from(i).unwrap_or(0), step);
            let pick = |of: &[f64]| own.iter().filter_map(|r| of.get(*r as usize).copied()).collect::<Vec<f64>>();
            let inputs: Vec<&[f64]> =
                own.iter().filter_map(|r| Some(rows.features.get(*r as usize)?.as_slice())).collect();
            networks.push(Mlp::fit(&inputs, &pick(&rows.left), &pick(&rows.weights), &config)?);
        }
        Ok(Self { boost, networks })
    }
}

/// A fold for each machine: dealt out in random order.
fn folds(machines: usize, folds: usize, random: &mut Random) -> Vec<usize> {
    let mut places: Vec<usize> = (0..machines).map(|m| m % folds).collect();
    for last in (1..machines).rev() {
        places.swap(last, share(last + 1, random.unit()).min(last));
    }
    places
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share below 1 of a length")]
fn share(of: usize, share: f64) -> usize {
    (of as f64 * share) as usize
}
