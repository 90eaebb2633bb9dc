//! Ours, and what it must beat.

use std::time::Instant;

use gemba_learn::dynamic::{DynamicMonitor, DynamicTuning};
use gemba_learn::pca::Pca;
use gemba_learn::random::Random;

use super::Said;
use super::recording::{Plant, Run};
use crate::peers::{self, Peer};
use crate::rig::{Rig, Shipped, all_at};

/// Says something about all test runs.
pub(crate) type Method = fn(&Plant) -> anyhow::Result<Said>;

/// Every method by name.
pub(crate) fn all() -> Vec<(&'static str, Method)> {
    let own: [(_, Method); 9] = [
        ("gemba", |p| dynamic(p, Limit::NormalTest)),
        ("gemba_limit_from_training", |p| dynamic(p, Limit::Training)),
        ("gemba_operator_monthly_budget", operator),
        ("as_shipped", as_shipped),
        ("pca_t2", |p| pca(p, |(t2, _)| t2)),
        ("pca_q", |p| pca(p, |(_, q)| q)),
        ("always", |p| Ok(constant(p, true))),
        ("never", |p| Ok(constant(p, false))),
        ("random", |p| Ok(random(p))),
    ];
    let peers: [(Peer, Method); 3] = [
        (peers::ISOLATION_FOREST, |p| peer(p, peers::ISOLATION_FOREST)),
        (peers::PCA, |p| peer(p, peers::PCA)),
        (peers::AUTOENCODER, |p| peer(p, peers::AUTOENCODER)),
    ];
    own.into_iter().chain(peers::methods(&peers)).collect()
}

/// The false-alarm level of the protocol.
const ALPHA: f64 = 0.01;
/// Share of variance that the baseline keeps.
const SHARE: f64 = 0.9;
/// Distance of the rows, ms.
const STEP_MS: u64 = 180_000;
/// The seed of the row `random`.
const RANDOM_SEED: u64 = 1_993;

/// Where the limit comes from.
#[derive(Clone, Copy)]
enum Limit {
    /// The published protocol: the normal test run; as [`Limit::Training`] where there is none.
    NormalTest,
    /// The training run alone, stretches left out in turn.
    Training,
}

/// The rows of a run.
fn rows(run: &[Vec<f64>]) -> impl Iterator<Item = Vec<f64>> + '_ {
    let count = run.iter().map(Vec::len).min().unwrap_or(0);
    (0..count).map(|r| run.iter().filter_map(|c| c.get(r).copied()).collect())
}

/// The score that one row in a hundred of these is above, and no more.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a hundredth of a count")]
fn limit(scores: &[f64]) -> f64 {
    let mut sorted = gemba_learn::stats::finite(scores);
    sorted.sort_by(f64::total_cmp);
    let above = (ALPHA * sorted.len() as f64).floor() as usize;
    sorted.iter().rev().nth(above).copied().unwrap_or(f64::INFINITY)
}

fn alarms(scores: &[f64], limit: f64) -> Vec<bool> {
    scores.iter().map(|s| *s > limit).collect()
}

fn dynamic(plant: &Plant, from: Limit) -> anyhow::Result<Said> {
    let start = Instant::now();
    let learned = DynamicMonitor::fit(&plant.training, DynamicTuning { alpha: ALPHA, ..DynamicTuning::default() })?;
    let train_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let scores = |run: &Run| -> Vec<f64> {
        let mut monitor = learned.clone();
        rows(run).map(|r| monitor.step(&r).score).collect()
    };
    let normal = scores(&plant.normal);
    let limit = match from {
        Limit::NormalTest if !normal.is_empty() => limit(&normal),
        _ => learned.healthy().limit(ALPHA).unwrap_or(f64::INFINITY),
    };
    let faulty = plant.faulty.iter().map(|(_, run)| alarms(&scores(run), limit)).collect();
    Ok(Said { normal: alarms(&normal, limit), faulty, train_s, score_s: start.elapsed().as_secs_f64() })
}

/// The operator as it comes: a budget of one false alarm in 30 days, its own rule of when an alarm ends.
fn operator(plant: &Plant) -> anyhow::Result<Said> {
    let config = all_at(STEP_MS);
    let names: Vec<String> = (1..=plant.training.len()).map(|i| format!("signal {i}")).collect();
    let start = Instant::now();
    let mut rig = Rig::new(&names, &config)?;
    let step_us = i64::try_from(STEP_MS)? * 1000;
    let mut time = 0;
    for row in rows(&plant.training) {
        rig.step(time, row.into_iter())?;
        time += step_us;
    }
    rig.finish_learning()?;
    let train_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let watch = |run: &Run| -> anyhow::Result<Vec<bool>> {
        let mut twin = rig.twin()?;
        let at = |r: usize| time + step_us * i64::try_from(r).unwrap_or_default();
        rows(run).enumerate().map(|(r, row)| Ok(twin.step(at(r), row.into_iter())?.active)).collect()
    };
    let faulty = plant.faulty.iter().map(|(_, run)| watch(run)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Said { normal: watch(&plant.normal)?, faulty, train_s, score_s: start.elapsed().as_secs_f64() })
}

/// What a user gets: every operator that a node makes. It learns anew for each run: a run follows the training run. What
/// it took to learn is that of one run, in the mean.
fn as_shipped(plant: &Plant) -> anyhow::Result<Said> {
    let step_s = STEP_MS as f64 / 1000.0;
    let (mut train_s, mut score_s) = (0.0, 0.0);
    let mut watch = |run: &Run| -> anyhow::Result<Vec<bool>> {
        let start = Instant::now();
        let mut shipped = Shipped::learned(plant.training.len(), step_s, rows(&plant.training))?;
        train_s += start.elapsed().as_secs_f64();
        let start = Instant::now();
        let alarms = rows(run).map(|row| Ok(shipped.step(&row)?.active)).collect();
        score_s += start.elapsed().as_secs_f64();
        alarms
    };
    let faulty = plant.faulty.iter().map(|(_, run)| watch(run)).collect::<anyhow::Result<Vec<_>>>()?;
    let normal = watch(&plant.normal)?;
    let train_s = train_s / (faulty.len() + 1) as f64;
    Ok(Said { normal, faulty, train_s, score_s })
}

/// The baseline: one statistic of principal components, the limit from the normal test run.
fn pca(plant: &Plant, statistic: fn((f64, f64)) -> f64) -> anyhow::Result<Said> {
    let start = Instant::now();
    let model = Pca::fit(&plant.training, SHARE)?;
    let train_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let scores = |run: &Run| rows(run).map(|r| Ok(statistic(model.score(&r)?))).collect::<anyhow::Result<Vec<f64>>>();
    let normal = scores(&plant.normal)?;
    let limit = if normal.is_empty() { limit(&scores(&plant.training)?) } else { limit(&normal) };
    let faulty = plant.faulty.iter().map(|(_, run)| Ok(alarms(&scores(run)?, limit))).collect::<anyhow::Result<_>>()?;
    Ok(Said { normal: alarms(&normal, limit), faulty, train_s, score_s: start.elapsed().as_secs_f64() })
}

/// A peer's scores, the limit from the normal test run.
fn peer(plant: &Plant, peer: Peer) -> anyhow::Result<Said> {
    let known = if plant.normal.is_empty() { &plant.training } else { &plant.normal };
    let runs = std::iter::once(known).chain(plant.faulty.iter().map(|(_, run)| run));
    let said = peers::ask(peer, &plant.training, None, &runs.map(Vec::as_slice).collect::<Vec<_>>())?;
    let limit = limit(said.scores(0));
    let normal = if plant.normal.is_empty() { Vec::new() } else { alarms(said.scores(0), limit) };
    let faulty = (1..=plant.faulty.len()).map(|i| alarms(said.scores(i), limit)).collect();
    Ok(Said { normal, faulty, train_s: said.train_s, score_s: said.score_s.iter().sum() })
}

fn said(plant: &Plant, mut alarm: impl FnMut() -> bool) -> Said {
    let mut all = |run: &Run| -> Vec<bool> { rows(run).map(|_| alarm()).collect() };
    let normal = all(&plant.normal);
    Said { normal, faulty: plant.faulty.iter().map(|(_, run)| all(run)).collect(), ..Said::default() }
}

fn constant(plant: &Plant, alarm: bool) -> Said {
    said(plant, || alarm)
}

fn random(plant: &Plant) -> Said {
    let mut random = Random::new(RANDOM_SEED);
    said(plant, || random.unit() < ALPHA)
}
