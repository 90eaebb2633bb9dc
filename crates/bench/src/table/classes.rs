//! `classify` and `detect`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::ensure;
use gemba_learn::limits;
use gemba_learn::pca::Pca;
use gemba_learn::random::Random;
use gemba_learn::stats;

use super::load::Rows;
use crate::metrics::average_precision;
use crate::peers::{self, Peer};
use crate::report::{self, Row, peak_mb, say};
use crate::supervised::score::{accuracy, f1, macro_f1};
use crate::supervised::{Cases, SEED, TRAIN_ONLY, classifiers, out_of_fold};

/// Which class each judged row is of. With two classes the second by name is the one that `f1` and `ap` look for.
pub(super) fn classify(rows: &Rows) -> anyhow::Result<Vec<Row>> {
    let classes: Vec<&String> = rows.labels.iter().collect::<BTreeSet<_>>().into_iter().collect();
    ensure!(classes.len() > 1, "the label column holds one value only");
    let labels = rows.labels.iter().map(|l| classes.binary_search(&l).unwrap_or(0)).collect();
    let cases = Cases { columns: rows.columns.clone(), labels, folds: rows.folds.clone() };
    let judged: Vec<usize> = judged(rows);
    let truth = cases.only(&judged).labels;
    report::rows(classifiers(), |name, way| {
        let outcome = out_of_fold(&cases, way)?;
        let all = outcome.said();
        let named: Vec<usize> = judged.iter().filter_map(|i| all.get(*i).copied()).collect();
        let mut metrics = BTreeMap::from([
            ("accuracy".to_owned(), accuracy(&truth, &named)),
            ("macro_f1".to_owned(), macro_f1(&truth, &named)),
        ]);
        if classes.len() == 2 {
            let is = |of: &[usize]| of.iter().map(|c| *c == 1).collect::<Vec<bool>>();
            let score = |i: &usize| outcome.probabilities.get(*i).and_then(|p| p.get(1)).copied().unwrap_or_default();
            metrics.insert("f1".to_owned(), f1(&is(&truth), &is(&named)));
            metrics
                .insert("ap".to_owned(), average_precision(&is(&truth), &judged.iter().map(score).collect::<Vec<_>>()));
        }
        Ok(outcome.row(name, metrics))
    })
}

fn judged(rows: &Rows) -> Vec<usize> {
    (0..rows.folds.len()).filter(|i| rows.folds.get(*i) != Some(&TRAIN_ONLY)).collect()
}

/// The share of healthy training rows that a limit may cut off.
const ALPHA: f64 = 0.01;
/// The share of variance that the principal components keep.
const SHARE: f64 = 0.9;
/// Rows that scores are smoothed over.
const SMOOTH: usize = 5;

/// Whether each judged row is unlike the healthy training rows. Limits come from healthy training rows alone: 1 in 100 of
/// them may lie above.
pub(super) fn detect(rows: &Rows, healthy: &str) -> anyhow::Result<Vec<Row>> {
    let is_healthy = |i: &usize| rows.labels.get(*i).is_some_and(|l| same(l, healthy));
    let judged = judged(rows);
    let truth: Vec<bool> = judged.iter().map(|i| !is_healthy(i)).collect();
    let folds: BTreeSet<usize> = judged.iter().filter_map(|i| rows.folds.get(*i).copied()).collect();
    let (mut smooth, mut plain) = (Said::default(), Said::default());
    let mut others: Vec<(Peer, Said)> =
        peers::there(&peers::DETECTORS).into_iter().map(|peer| (peer, Said::default())).collect();
    for fold in folds {
        let start = Instant::now();
        let (own, train): (Vec<usize>, Vec<usize>) =
            (0..rows.folds.len()).partition(|i| rows.folds.get(*i) == Some(&fold));
        let train: Vec<usize> = train.into_iter().filter(is_healthy).collect();
        ensure!(train.len() > 20, "{} healthy rows to train on, at least 21 are needed", train.len());
        let model = Distance::fit(rows, &train)?;
        let plain_s = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let calm = stats::quantile(&smoothed(&model.training), 1.0 - ALPHA);
        let calm_s = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let distances = own.iter().map(|i| model.score(rows, *i)).collect::<anyhow::Result<Vec<f64>>>()?;
        let score_s = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let smoother = smoothed(&distances);
        let smooth_s = start.elapsed().as_secs_f64();
        smooth.add(&own, &smoother, calm, (plain_s + calm_s, score_s + smooth_s));
        plain.add(&own, &distances, 1.0, (plain_s, score_s));
        others.retain_mut(|(peer, said)| match said.add_peer(*peer, rows, (&own, &train)) {
            Ok(()) => true,
            Err(error) => {
                say(format!("{} is left out: {error:#}", peer.name));
                false
            }
        });
    }
    let all = |score: f64, alarm: bool| Said::all(&judged, |_| (score, alarm));
    let mut random = Random::new(SEED);
    let drawn = Said::all(&judged, |_| {
        let draw = random.unit();
        (draw, draw > 0.5)
    });
    let own = [
        ("gemba", smooth),
        ("pca_t2_q", plain),
        ("always", all(1.0, true)),
        ("never", all(0.0, false)),
        ("random", drawn),
    ];
    let others = others.into_iter().map(|(peer, said)| (peer.name, said));
    Ok(own.into_iter().chain(others).map(|(name, said)| said.row(name, &judged, &truth)).collect())
}

fn same(label: &str, healthy: &str) -> bool {
    let both = label.parse::<f64>().ok().zip(healthy.parse::<f64>().ok());
    label == healthy || both.is_some_and(|(a, b)| (a - b).abs() < 1e-9)
}

/// How far a row lies from healthy ones: the larger of T² and Q, each over its limit.
struct Distance {
    pca: Pca,
    medians: Vec<f64>,
    limits: (f64, f64),
    training: Vec<f64>,
}

impl Distance {
    fn fit(rows: &Rows, train: &[usize]) -> anyhow::Result<Self> {
        let mut columns = rows.picked(train);
        let medians: Vec<f64> =
            columns.iter().map(|c| stats::median(c)).map(|m| if m.is_finite() { m } else { 0.0 }).collect();
        columns.iter_mut().zip(&medians).for_each(|(c, m)| {
            c.iter_mut().filter(|v| !v.is_finite()).for_each(|v| *v = *m);
        });
        let pca = Pca::fit(&columns, SHARE)?;
        let mut model = Self { pca, medians, limits: (1.0, 1.0), training: Vec::new() };
        let both = train.iter().map(|i| model.both(rows, *i)).collect::<anyhow::Result<Vec<(f64, f64)>>>()?;
        let errors: Vec<f64> = both.iter().map(|(_, q)| *q).collect();
        model.limits = (limits::t2(train.len(), model.pca.components(), ALPHA)?, limits::q(&errors, ALPHA)?);
        model.training = both.iter().map(|b| model.over(*b)).collect();
        Ok(model)
    }

    fn both(&self, rows: &Rows, place: usize) -> anyhow::Result<(f64, f64)> {
        let fill = |(v, m): (f64, &f64)| if v.is_finite() { v } else { *m };
        let row: Vec<f64> = rows.row(place).zip(&self.medians).map(fill).collect();
        Ok(self.pca.score(&row)?)
    }

    fn over(&self, (t2, q): (f64, f64)) -> f64 {
        (t2 / self.limits.0).max(q / self.limits.1)
    }

    fn score(&self, rows: &Rows, place: usize) -> anyhow::Result<f64> {
        Ok(self.over(self.both(rows, place)?))
    }
}

/// The geometric mean of the last rows: one wild row is none.
fn smoothed(scores: &[f64]) -> Vec<f64> {
    let logs: Vec<f64> = scores.iter().map(|s| s.max(1e-12).ln()).collect();
    let mean = |end: usize| stats::mean(logs.get(end.saturating_sub(SMOOTH)..end).unwrap_or_default()).exp();
    (1..=logs.len()).map(mean).collect()
}

/// What a method says of each judged row.
#[derive(Default)]
struct Said {
    rows: BTreeMap<usize, (f64, bool)>,
    train_s: f64,
    score_s: f64,
}

impl Said {
    fn all(judged: &[usize], mut of: impl FnMut(usize) -> (f64, bool)) -> Self {
        Self { rows: judged.iter().map(|i| (*i, of(*i))).collect(), ..Self::default() }
    }

    fn add(&mut self, own: &[usize], distances: &[f64], limit: f64, (train_s, score_s): (f64, f64)) {
        self.rows.extend(own.iter().zip(distances).map(|(i, d)| (*i, (d / limit, *d > limit))));
        self.train_s += train_s;
        self.score_s += score_s;
    }

    /// A peer's scores of a fold, the limit from the rows that it learned from.
    fn add_peer(&mut self, peer: Peer, rows: &Rows, (own, train): (&[usize], &[usize])) -> anyhow::Result<()> {
        let (test, train) = (rows.picked(own), rows.picked(train));
        let said = peers::ask(peer, &train, None, &[&test, &train])?;
        let score_s = said.score_s.first().copied().unwrap_or_default();
        self.add(own, said.scores(0), stats::quantile(said.scores(1), 1.0 - ALPHA), (said.train_s, score_s));
        Ok(())
    }

    fn row(&self, method: &str, judged: &[usize], truth: &[bool]) -> Row {
        let said: Vec<(f64, bool)> = judged.iter().map(|i| self.rows.get(i).copied().unwrap_or((0.0, false))).collect();
        let (scores, alarms): (Vec<f64>, Vec<bool>) = said.into_iter().unzip();
        let false_alarms = truth.iter().zip(&alarms).filter(|(t, a)| !**t && **a).count() as f64;
        let healthy = truth.iter().filter(|t| !**t).count().max(1) as f64;
        let mut metrics = BTreeMap::from([
            ("f1".to_owned(), f1(truth, &alarms)),
            ("ap".to_owned(), average_precision(truth, &scores)),
            ("far".to_owned(), 100.0 * false_alarms / healthy),
        ]);
        metrics.retain(|_, value| value.is_finite());
        let score_us_per_sample = self.score_s * 1e6 / judged.len().max(1) as f64;
        Row { method: method.to_owned(), metrics, train_s: self.train_s, score_us_per_sample, peak_mb: peak_mb() }
    }
}
