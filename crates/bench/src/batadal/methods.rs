//! Ours, and what it must beat.

use std::time::Instant;

use gemba_learn::dynamic::{DynamicMonitor, DynamicTuning};
use gemba_learn::limits;
use gemba_learn::pca::Pca;
use gemba_learn::random::Random;
use gemba_learn::stats;

use super::Said;
use super::table::Network;
use crate::peers::{self, Peer};
use crate::rig::{Rig, Shipped, all_at};

/// Says something about the scored rows.
pub(crate) type Method = fn(&Network) -> anyhow::Result<Said>;

/// Every method by name.
pub(crate) fn all() -> Vec<(&'static str, Method)> {
    let own: [(_, Method); 7] = [
        ("gemba", dynamic),
        ("gemba_operator_monthly_budget", operator),
        ("as_shipped", as_shipped),
        ("pca_t2_q", pca),
        ("always", |n| Ok(constant(n, true))),
        ("never", |n| Ok(constant(n, false))),
        ("random", |n| Ok(random(n))),
    ];
    let peers: [(Peer, Method); 3] = [
        (peers::ISOLATION_FOREST, |n| peer(n, peers::ISOLATION_FOREST)),
        (peers::PCA, |n| peer(n, peers::PCA)),
        (peers::AUTOENCODER, |n| peer(n, peers::AUTOENCODER)),
    ];
    own.into_iter().chain(peers::methods(&peers)).collect()
}

/// Share of variance that the baseline keeps.
const SHARE: f64 = 0.9;
/// False-alarm level of a row of the baseline.
const ALPHA: f64 = 0.005;
/// Distance of the rows, ms.
const STEP_MS: u64 = 3_600_000;
/// The seed of the row `random`.
const RANDOM_SEED: u64 = 2_017;

/// The rows of a table.
fn rows(columns: &[Vec<f64>]) -> impl Iterator<Item = Vec<f64>> + '_ {
    let count = columns.iter().map(Vec::len).min().unwrap_or(0);
    (0..count).map(|r| columns.iter().filter_map(|c| c.get(r).copied()).collect())
}

/// The one setting: as it comes.
fn dynamic(network: &Network) -> anyhow::Result<Said> {
    let start = Instant::now();
    let mut monitor = DynamicMonitor::fit(&network.training, DynamicTuning::default())?;
    let train_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let alarms = rows(&network.scored).map(|r| monitor.step(&r).active).collect();
    Ok(Said { alarms, train_s, score_s: start.elapsed().as_secs_f64() })
}

/// The operator as it comes: a budget of one false alarm in 30 days.
fn operator(network: &Network) -> anyhow::Result<Said> {
    let config = all_at(STEP_MS);
    let start = Instant::now();
    let mut rig = Rig::new(&network.names, &config)?;
    let mut time = 0;
    let step_us = i64::try_from(STEP_MS)? * 1000;
    for row in rows(&network.training) {
        rig.step(time, row.into_iter())?;
        time += step_us;
    }
    rig.finish_learning()?;
    let mut said = Said { train_s: start.elapsed().as_secs_f64(), ..Said::default() };
    let start = Instant::now();
    for row in rows(&network.scored) {
        said.alarms.push(rig.step(time, row.into_iter())?.active);
        time += step_us;
    }
    said.score_s = start.elapsed().as_secs_f64();
    Ok(said)
}

/// What a user gets: every operator that a node makes.
fn as_shipped(network: &Network) -> anyhow::Result<Said> {
    let start = Instant::now();
    let step_s = STEP_MS as f64 / 1000.0;
    let mut shipped = Shipped::learned(network.names.len(), step_s, rows(&network.training))?;
    let train_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let alarms = rows(&network.scored).map(|row| Ok(shipped.step(&row)?.active)).collect::<anyhow::Result<_>>()?;
    Ok(Said { alarms, train_s, score_s: start.elapsed().as_secs_f64() })
}

/// The baseline: principal components with T² and Q, limits from the training rows, no memory.
fn pca(network: &Network) -> anyhow::Result<Said> {
    let start = Instant::now();
    let model = Pca::fit(&network.training, SHARE)?;
    let errors = rows(&network.training).map(|r| Ok(model.score(&r)?.1)).collect::<anyhow::Result<Vec<f64>>>()?;
    let t2_limit = limits::t2(errors.len(), model.components(), ALPHA)?;
    let q_limit = stats::quantile(&errors, 1.0 - ALPHA);
    let train_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let alarm = |row: Vec<f64>| model.score(&row).map(|(t2, q)| t2 > t2_limit || q > q_limit);
    let alarms = rows(&network.scored).map(alarm).collect::<Result<_, _>>()?;
    Ok(Said { alarms, train_s, score_s: start.elapsed().as_secs_f64() })
}

/// A peer's scores, the limit from the training rows.
fn peer(network: &Network, peer: Peer) -> anyhow::Result<Said> {
    let said = peers::ask(peer, &network.training, None, &[&network.scored, &network.training])?;
    let limit = stats::quantile(said.scores(1), 1.0 - ALPHA);
    let alarms = said.scores(0).iter().map(|score| *score > limit).collect();
    Ok(Said { alarms, train_s: said.train_s, score_s: said.score_s.first().copied().unwrap_or_default() })
}

fn constant(network: &Network, alarm: bool) -> Said {
    Said { alarms: vec![alarm; network.attack.len()], ..Said::default() }
}

fn random(network: &Network) -> Said {
    let mut random = Random::new(RANDOM_SEED);
    Said { alarms: network.attack.iter().map(|_| random.unit() < 0.5).collect(), ..Said::default() }
}
