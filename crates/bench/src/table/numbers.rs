//! `regress` and `life`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::ensure;
use gemba_learn::boost::{Boost, Config as BoostConfig, Table, Training};
use gemba_learn::conformal;
use gemba_learn::fleet::{Config, Fleet, Record};
use gemba_learn::forest::{Config as ForestConfig, Forest};
use gemba_learn::ridge::Ridge;
use gemba_learn::stats;

use super::load::Rows;
use crate::peers::{self, Peer};
use crate::report::{Row, peak_mb, say};
use crate::supervised::score::{mae, r2, rmse};
use crate::supervised::sheet::number;
use crate::supervised::{SEED, TRAIN_ONLY};

/// What a method says of each judged row, with a range where it gives one.
#[derive(Default)]
struct Said {
    truth: Vec<f64>,
    answers: Vec<f64>,
    ranges: Vec<(f64, f64)>,
    train_s: f64,
    score_s: f64,
}

impl Said {
    /// What a peer says of a fold.
    fn ask(&mut self, peer: Peer, (train, known): (&[Vec<f64>], &[f64]), test: &[Vec<f64>]) -> anyhow::Result<()> {
        let said = peers::ask(peer, train, Some(known), &[test])?;
        self.answers.extend(said.scores(0));
        self.train_s += said.train_s;
        self.score_s += said.score_s.iter().sum::<f64>();
        Ok(())
    }

    fn row(&self, method: &str) -> Row {
        let mut metrics = BTreeMap::from([
            ("rmse".to_owned(), rmse(&self.truth, &self.answers)),
            ("mae".to_owned(), mae(&self.truth, &self.answers)),
            ("r2".to_owned(), r2(&self.truth, &self.answers)),
        ]);
        if self.ranges.len() == self.truth.len() {
            let n = self.truth.len() as f64;
            let held = self.truth.iter().zip(&self.ranges).filter(|(t, (low, high))| (low..=high).contains(t));
            metrics.insert("coverage90".to_owned(), 100.0 * held.count() as f64 / n);
            metrics.insert("width90".to_owned(), self.ranges.iter().map(|(low, high)| high - low).sum::<f64>() / n);
        }
        let score_us_per_sample = self.score_s * 1e6 / self.answers.len().max(1) as f64;
        Row { method: method.to_owned(), metrics, train_s: self.train_s, score_us_per_sample, peak_mb: peak_mb() }
    }
}

/// The number of each judged row: boosted and extra trees together; the range from what they missed on stretches of the
/// training rows that they had not seen.
pub(super) fn regress(rows: &Rows) -> anyhow::Result<Vec<Row>> {
    let target: Vec<f64> = rows.labels.iter().map(|l| number(l)).collect();
    let folds: BTreeSet<usize> = rows.folds.iter().copied().filter(|f| *f != TRAIN_ONLY).collect();
    let (mut ours, mut ridge, mut mean) = (Said::default(), Said::default(), Said::default());
    let mut peers: Vec<(Peer, Said)> =
        peers::there(&peers::REGRESSORS).into_iter().map(|peer| (peer, Said::default())).collect();
    for fold in folds {
        let (own, others): (Vec<usize>, Vec<usize>) = (0..target.len())
            .filter(|i| target.get(*i).is_some_and(|y| y.is_finite()))
            .partition(|i| rows.folds.get(*i) == Some(&fold));
        ensure!(others.len() > 10, "{} rows with a number to train on, at least 11 are needed", others.len());
        let truth: Vec<f64> = own.iter().filter_map(|i| target.get(*i).copied()).collect();
        let start = Instant::now();
        let model = Trees::fit(rows, &target, &others)?;
        let miss = Trees::miss(rows, &target, &others)?;
        ours.train_s += start.elapsed().as_secs_f64();
        let start = Instant::now();
        for place in &own {
            let said = model.predict(&rows.row(*place).collect::<Vec<f64>>());
            ours.answers.push(said);
            ours.ranges.push((said - miss, said + miss));
        }
        ours.score_s += start.elapsed().as_secs_f64();
        let known: Vec<f64> = others.iter().filter_map(|i| target.get(*i).copied()).collect();
        let centre = stats::mean(&known);
        let start = Instant::now();
        let linear = linear(rows, &known, &others);
        ridge.train_s += start.elapsed().as_secs_f64();
        let expect = |i: &usize| linear.as_ref().map_or(centre, |m| m.expect(&rows.row(*i).collect::<Vec<f64>>()));
        ridge.answers.extend(own.iter().map(expect).map(|v| if v.is_finite() { v } else { centre }));
        mean.answers.extend(own.iter().map(|_| centre));
        peers.retain_mut(|(peer, said)| match said.ask(*peer, (&rows.picked(&others), &known), &rows.picked(&own)) {
            Ok(()) => true,
            Err(error) => {
                say(format!("{} is left out: {error:#}", peer.name));
                false
            }
        });
        for said in [&mut ours, &mut ridge, &mut mean].into_iter().chain(peers.iter_mut().map(|(_, said)| said)) {
            said.truth.extend(&truth);
        }
    }
    ensure!(!ours.truth.is_empty(), "no judged row has a number");
    let own = [("gemba", ours), ("ridge", ridge), ("mean", mean)];
    let peers = peers.into_iter().map(|(peer, said)| (peer.name, said));
    Ok(own.into_iter().chain(peers).map(|(name, said)| said.row(name)).collect())
}

fn linear(rows: &Rows, known: &[f64], places: &[usize]) -> Option<Ridge> {
    let mut columns = rows.picked(places);
    let inputs: Vec<usize> = (0..columns.len()).collect();
    columns.push(known.to_vec());
    Ridge::fit(&columns, inputs.len(), &inputs)
}

/// Boosted and extra trees.
struct Trees {
    boost: Boost,
    forest: Forest,
}

/// Stretches of the training rows that the range is read from.
const STRETCHES: usize = 4;

impl Trees {
    fn fit(rows: &Rows, target: &[f64], places: &[usize]) -> anyhow::Result<Self> {
        let table = Table::new(&rows.picked(places))?;
        let known: Vec<f64> = places.iter().filter_map(|i| target.get(*i).copied()).collect();
        let leaf_rows = (places.len() / 100).clamp(2, 20);
        let config = BoostConfig {
            rounds: 300,
            rate: 0.05,
            leaves: 16,
            leaf_rows,
            rows: 0.7,
            columns: 0.7,
            seed: SEED,
            ..BoostConfig::default()
        };
        let boost = Boost::fit(&Training::of(&table, &known), &config)?;
        let config = ForestConfig { columns: Some(0.5), leaf_rows: 2, seed: SEED, ..ForestConfig::default() };
        let forest = Forest::fit(&table, &[known], None, &config)?;
        Ok(Self { boost, forest })
    }

    fn predict(&self, row: &[f64]) -> f64 {
        0.5 * (self.boost.predict(row) + self.forest.predict(row).first().copied().unwrap_or_default())
    }

    /// What nine of ten rows are missed by at most, on stretches judged by the others.
    fn miss(rows: &Rows, target: &[f64], places: &[usize]) -> anyhow::Result<f64> {
        let mut missed = Vec::new();
        for stretch in 0..STRETCHES {
            let (from, to) = (places.len() * stretch / STRETCHES, places.len() * (stretch + 1) / STRETCHES);
            let (Some(own), Some(head), Some(tail)) = (places.get(from..to), places.get(..from), places.get(to..))
            else {
                continue;
            };
            let model = Self::fit(rows, target, &[head, tail].concat())?;
            let miss = |i: &usize| {
                (model.predict(&rows.row(*i).collect::<Vec<f64>>()) - target.get(*i).copied().unwrap_or_default()).abs()
            };
            missed.extend(own.iter().map(miss));
        }
        missed.sort_by(f64::total_cmp);
        let rank = conformal::rank(missed.len(), 0.1).and_then(|r| missed.get(r.saturating_sub(1)));
        Ok(rank.or(missed.last()).copied().unwrap_or(f64::INFINITY))
    }
}

/// Ages at which each judged unit is asked for its remaining life, % of it.
const AGES: [usize; 5] = [30, 50, 70, 85, 95];

/// The rows each unit has left, at several ages, by what was learned of the units of other folds.
pub(super) fn life(rows: &Rows, cap: f64) -> anyhow::Result<Vec<Row>> {
    let units = rows.units.iter().max().map_or(0, |last| last + 1);
    let record = |unit: usize| {
        let own: Vec<usize> = (0..rows.units.len()).filter(|i| rows.units.get(*i) == Some(&unit)).collect();
        let pick = |columns: &[Vec<f64>]| -> Vec<Vec<f64>> {
            columns.iter().map(|c| own.iter().filter_map(|i| c.get(*i).copied()).collect()).collect()
        };
        Record { settings: pick(&rows.settings), signals: pick(&rows.columns) }
    };
    let records: Vec<Record> = (0..units).map(record).collect();
    let fold =
        |unit: usize| (0..rows.units.len()).find(|i| rows.units.get(*i) == Some(&unit)).and_then(|i| rows.folds.get(i));
    let folds: BTreeSet<usize> = rows.folds.iter().copied().collect();
    let (mut ours, mut line, mut mean) = (Said::default(), Said::default(), Said::default());
    for own in folds {
        let (judged, seen): (Vec<usize>, Vec<usize>) = (0..units).partition(|u| fold(*u) == Some(&own));
        let train: Vec<Record> = seen.iter().filter_map(|u| records.get(*u).cloned()).collect();
        let start = Instant::now();
        let fleet = Fleet::fit(&train, &Config { cap, ..Config::default() })?;
        ours.train_s += start.elapsed().as_secs_f64();
        let usual = stats::mean(&train.iter().map(|r| r.cycles() as f64).collect::<Vec<f64>>());
        let left = train.iter().flat_map(|r| (0..r.cycles()).map(|left| (left as f64).min(cap)));
        let centre = stats::mean(&left.collect::<Vec<f64>>());
        for record in judged.iter().filter_map(|u| records.get(*u)) {
            for age in AGES {
                let end = (record.cycles() * age / 100).max(1);
                let start = Instant::now();
                let range = fleet.predict(&record.until(end));
                ours.score_s += start.elapsed().as_secs_f64();
                ours.answers.push(range.expected);
                ours.ranges.push((range.low, range.high));
                line.answers.push((usual - end as f64).clamp(0.0, cap));
                mean.answers.push(centre);
                for said in [&mut ours, &mut line, &mut mean] {
                    said.truth.push(((record.cycles() - end) as f64).min(cap));
                }
            }
        }
    }
    Ok(vec![ours.row("gemba"), line.row("mean_life_less_age"), mean.row("mean")])
}
