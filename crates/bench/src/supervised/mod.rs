//! What suites with labelled rows share: folds that keep whole stretches, runs or machines together, the methods that
//! are fitted on all folds but one and judged on that one, and the figures.

pub(crate) mod score;
pub(crate) mod sheet;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use gemba_learn::classes::Classes;
use gemba_learn::discriminant::Discriminant;
use gemba_learn::random::Random;

use crate::npy::Array;
use crate::peers::{self, Peer};
use crate::report::{Row, peak_mb, say};

/// Rows with a class and a fold each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cases {
    /// Features, column by column; NaN is missing.
    pub(crate) columns: Vec<Vec<f64>>,
    /// 0, 1, 2 …
    pub(crate) labels: Vec<usize>,
    /// Rows of one fold are judged together, by models that have seen none of them.
    pub(crate) folds: Vec<usize>,
}

impl Cases {
    /// The row of features at a place.
    pub(crate) fn row(&self, place: usize) -> Vec<f64> {
        self.columns.iter().map(|c| c.get(place).copied().unwrap_or(f64::NAN)).collect()
    }

    /// The rows at these places.
    pub(crate) fn only(&self, places: &[usize]) -> Self {
        let pick = |of: &[usize]| places.iter().filter_map(|p| of.get(*p).copied()).collect();
        let columns = self.columns.iter().map(|c| places.iter().filter_map(|p| c.get(*p).copied()).collect());
        Self { columns: columns.collect(), labels: pick(&self.labels), folds: pick(&self.folds) }
    }
}

/// The fold of rows that only train: nobody judges them.
pub(crate) const TRAIN_ONLY: usize = usize::MAX;

/// `n` rows in `folds` stretches of about equal length, in their order.
pub(crate) fn stretches(n: usize, folds: usize) -> Vec<usize> {
    (0..n).map(|i| i * folds / n.max(1)).collect()
}

/// From rows to the probability of each class.
pub(crate) type Model = Box<dyn Fn(&[f64]) -> Vec<f64>>;
/// Fits cases whose classes are 0, 1 … without a hole.
pub(crate) type Fit = fn(&Cases) -> anyhow::Result<Model>;

/// A method's probabilities of each class for each row, by models that had not seen its fold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) probabilities: Vec<Vec<f64>>,
    pub(crate) train_s: f64,
    pub(crate) score_s: f64,
}

impl Outcome {
    /// The likeliest class of each row.
    pub(crate) fn said(&self) -> Vec<usize> {
        self.probabilities.iter().map(|p| likeliest(p)).collect()
    }

    /// A report's row.
    pub(crate) fn row(&self, method: &str, metrics: BTreeMap<String, f64>) -> Row {
        let score_us_per_sample = self.score_s * 1e6 / self.probabilities.len().max(1) as f64;
        Row { method: method.to_owned(), metrics, train_s: self.train_s, score_us_per_sample, peak_mb: peak_mb() }
    }
}

/// The class with the largest probability, the first of those alike.
pub(crate) fn likeliest(probabilities: &[f64]) -> usize {
    probabilities.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(class, _)| class)
}

/// How rows are judged: by a model of ours, or by a peer's.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    Own(Fit),
    Peer(Peer),
}

/// What was said of each row, by class, and the seconds of fitting and of scoring.
type Judged = (Vec<Vec<f64>>, f64, f64);

impl Way {
    /// Fits what has the classes 0, 1 … without a hole, and judges other rows.
    pub(crate) fn judge(self, train: &Cases, test: &Cases) -> anyhow::Result<Judged> {
        match self {
            Self::Own(fit) => {
                let start = Instant::now();
                let model = fit(train)?;
                let train_s = start.elapsed().as_secs_f64();
                let start = Instant::now();
                let said = (0..test.labels.len()).map(|place| model(&test.row(place))).collect();
                Ok((said, train_s, start.elapsed().as_secs_f64()))
            }
            Self::Peer(peer) => {
                let labels: Vec<f64> = train.labels.iter().map(|l| *l as f64).collect();
                let said = peers::ask(peer, &train.columns, Some(&labels), &[&test.columns])?;
                let rows = said.tables.first().map(Array::rows).unwrap_or_default();
                Ok((rows, said.train_s, said.score_s.iter().sum()))
            }
        }
    }
}

/// Judges every fold by a model of all others. A class that the others lack gets no probability; where they cannot be
/// fitted, the commonest class is named.
pub(crate) fn out_of_fold(cases: &Cases, way: Way) -> anyhow::Result<Outcome> {
    let classes = cases.labels.iter().max().map_or(0, |last| last + 1);
    let mut outcome = Outcome { probabilities: vec![vec![0.0; classes]; cases.labels.len()], ..Outcome::default() };
    let folds: BTreeSet<usize> = cases.folds.iter().copied().filter(|f| *f != TRAIN_ONLY).collect();
    for fold in folds {
        let (own, others): (Vec<usize>, Vec<usize>) =
            (0..cases.labels.len()).partition(|i| cases.folds.get(*i) == Some(&fold));
        if others.is_empty() {
            continue;
        }
        let (train, known) = without_holes(cases.only(&others));
        let test = cases.only(&own);
        let (said, train_s, score_s) = way.judge(&train, &test).or_else(|error| {
            if matches!(way, Way::Peer(_)) && known.len() > 1 {
                return Err(error);
            }
            say(format!("a fold of {} rows is judged by its commonest class: {error:#}", own.len()));
            Way::Own(commonest).judge(&train, &test)
        })?;
        outcome.train_s += train_s;
        outcome.score_s += score_s;
        for (place, said) in own.iter().zip(said) {
            let Some(to) = outcome.probabilities.get_mut(*place) else { continue };
            for (class, p) in known.iter().zip(said) {
                if let Some(cell) = to.get_mut(*class) {
                    *cell = p;
                }
            }
        }
    }
    Ok(outcome)
}

/// The same cases with the classes 0, 1 …, and which classes these are.
pub(crate) fn without_holes(mut cases: Cases) -> (Cases, Vec<usize>) {
    let known: Vec<usize> = cases.labels.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    for label in &mut cases.labels {
        *label = known.binary_search(label).unwrap_or(0);
    }
    (cases, known)
}

/// The methods of suites that name classes, ours first, then what it must beat and peers.
pub(crate) fn classifiers() -> Vec<(&'static str, Way)> {
    let own: [(&'static str, Fit); 4] =
        [("gemba", trees), ("discriminant", discriminant), ("commonest", commonest), ("random", random)];
    own.map(|(name, fit)| (name, Way::Own(fit))).into_iter().chain(peers()).collect()
}

/// The peers of those.
pub(crate) fn peers() -> impl Iterator<Item = (&'static str, Way)> {
    peers::there(&peers::CLASSIFIERS).into_iter().map(|peer| (peer.name, Way::Peer(peer)))
}

/// The seed of all that is drawn here.
pub(crate) const SEED: u64 = 20_261_126;

/// Extra trees, made as sure as they were right.
pub(crate) fn trees(train: &Cases) -> anyhow::Result<Model> {
    let model = Classes::fit(&train.columns, &train.labels, &train.folds, SEED)?;
    Ok(Box::new(move |row| model.probabilities(row)))
}

/// What is chosen from, the simplest first.
const CHOICES: [Fit; 4] = [commonest, variances, discriminant, trees];

/// The one of some models that is least wrong (Brier 1950) on each training fold when it has seen the other ones: nested
/// cross-validation, for sets so small that which model is right is itself a guess. Trees where there is one fold.
pub(crate) fn chosen(train: &Cases) -> anyhow::Result<Model> {
    if train.folds.iter().collect::<BTreeSet<_>>().len() < 2 {
        return trees(train);
    }
    let mut best: (f64, Fit) = (f64::INFINITY, trees);
    for fit in CHOICES {
        let wrong = score::brier(&train.labels, &out_of_fold(train, Way::Own(fit))?.probabilities);
        if wrong < best.0 {
            best = (wrong, fit);
        }
    }
    (best.1)(train)
}

/// A simple baseline: a linear discriminant, missing values taken as the mean.
pub(crate) fn discriminant(train: &Cases) -> anyhow::Result<Model> {
    shrunk(train, 0.3)
}

/// The same with all correlations taken to be nothing.
fn variances(train: &Cases) -> anyhow::Result<Model> {
    shrunk(train, 1.0)
}

fn shrunk(train: &Cases, shrink: f64) -> anyhow::Result<Model> {
    let means: Vec<f64> = train.columns.iter().map(|c| gemba_learn::stats::mean(c)).collect();
    let fill = move |row: &[f64]| -> Vec<f64> {
        let or = |(v, m): (&f64, &f64)| if v.is_finite() { *v } else { *m };
        row.iter().zip(&means).map(or).map(|v| if v.is_finite() { v } else { 0.0 }).collect()
    };
    let rows: Vec<Vec<f64>> = (0..train.labels.len()).map(|i| fill(&train.row(i))).collect();
    match Discriminant::fit(&rows, &train.labels, shrink) {
        Ok(model) => Ok(Box::new(move |row| model.probabilities(&fill(row)))),
        Err(_) => commonest(train), // a class with a single row
    }
}

fn shares(train: &Cases) -> Vec<f64> {
    let classes = train.labels.iter().max().map_or(0, |last| last + 1);
    let n = train.labels.len().max(1) as f64;
    (0..classes).map(|k| train.labels.iter().filter(|l| **l == k).count() as f64 / n).collect()
}

/// Always the commonest class: of alarms, never an alarm.
#[allow(clippy::unnecessary_wraps, reason = "one shape for all methods")]
pub(crate) fn commonest(train: &Cases) -> anyhow::Result<Model> {
    let shares = shares(train);
    Ok(Box::new(move |_| shares.clone()))
}

/// A class by chance, as often as it occurs; seeded by the row.
#[allow(clippy::unnecessary_wraps, reason = "one shape for all methods")]
pub(crate) fn random(train: &Cases) -> anyhow::Result<Model> {
    let shares = shares(train);
    Ok(Box::new(move |row| {
        let seed = row.iter().fold(SEED, |seed, v| seed.rotate_left(7) ^ v.to_bits());
        let mut draw = Random::new(seed).unit();
        let mut drawn = vec![0.0; shares.len()];
        for (cell, share) in drawn.iter_mut().zip(&shares) {
            if draw < *share {
                *cell = 1.0;
                break;
            }
            draw -= share;
        }
        drawn
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_is_judged_by_the_others_and_unknown_classes_are_not_named() {
        let cases = Cases {
            columns: vec![vec![0.0, 0.1, 1.0, 1.1, 0.05, 1.05, 2.0]],
            labels: vec![0, 0, 2, 2, 0, 2, 1],
            folds: vec![0, 1, 0, 1, 2, 2, 3],
        };
        let outcome = out_of_fold(&cases, Way::Own(trees)).unwrap();
        assert_eq!(outcome.said()[..6], [0, 0, 2, 2, 0, 2]);
        assert!(outcome.probabilities[6][1].abs() < 1e-12, "the only row of class 1 was not seen");
        let outcome = out_of_fold(&cases, Way::Own(commonest)).unwrap();
        assert_eq!(outcome.said()[6], 0);
        assert_eq!(stretches(5, 2), [0, 0, 0, 1, 1]);
    }

    #[test]
    fn a_model_is_chosen_that_holds_on_folds_it_has_not_seen() {
        // each fold is a machine; the first column tells the machine, the second the class
        let mut random = Random::new(2);
        let rows: Vec<(usize, usize)> = (0..8).flat_map(|machine| (0..4).map(move |i| (machine, i % 2))).collect();
        let cases = |told: f64, random: &mut Random| Cases {
            columns: vec![
                rows.iter().map(|(machine, _)| *machine as f64).collect(),
                rows.iter().map(|(_, class)| told * *class as f64 + random.normal()).collect(),
            ],
            labels: rows.iter().map(|(_, class)| *class).collect(),
            folds: rows.iter().map(|(machine, _)| *machine).collect(),
        };
        let told = chosen(&cases(4.0, &mut random)).unwrap();
        assert!(told(&[3.0, 4.0])[1] > 0.8 && told(&[3.0, 0.0])[1] < 0.2);
        let blind = chosen(&cases(0.0, &mut random)).unwrap();
        assert!((blind(&[3.0, 1.0])[1] - 0.5).abs() < 0.3);
    }
}
