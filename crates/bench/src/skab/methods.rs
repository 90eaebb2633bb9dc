//! Ours, and what it must beat.

use std::time::Instant;

use gemba_learn::random::Random;
use gemba_solutions::maintenance::NormalBehaviourConfig;

use super::recording::Recording;
use super::{Said, seconds_since};
use crate::rig::{Rig, Shipped};

/// Says something about the rows after the first `train` of a recording.
pub(crate) type Method = fn(&Recording, usize) -> anyhow::Result<Said>;

/// Every method by name.
pub(crate) fn all() -> Vec<(&'static str, Method)> {
    let own: [(_, Method); 7] = [
        ("gemba", gemba),
        ("gemba_monthly_budget", gemba_monthly),
        ("as_shipped", as_shipped),
        ("pca_t2_q", super::pca::pca_t2_q),
        ("always", |r, n| Ok(constant(r, n, true))),
        ("never", |r, n| Ok(constant(r, n, false))),
        ("random", |r, n| Ok(random(r, n))),
    ];
    own.into_iter().chain(super::peers::there()).collect()
}

/// Hours in the month of 30 days that budgets are stated for.
const HOURS_PER_MONTH: f64 = 720.0;
/// The seed of the row `random`.
const RANDOM_SEED: u64 = 20_200_301;

/// A change wherever the alarm begins or ends.
pub(crate) fn edges(alarms: &[bool]) -> Vec<bool> {
    let before = std::iter::once(&false).chain(alarms);
    alarms.iter().zip(before).map(|(now, was)| now != was).collect()
}

fn constant(recording: &Recording, train: usize, alarm: bool) -> Said {
    let alarms = vec![alarm; recording.test(train).times.len()];
    Said { changes: alarms.clone(), alarms, ..Said::default() }
}

fn random(recording: &Recording, train: usize) -> Said {
    let mut random = Random::new(RANDOM_SEED);
    let alarms: Vec<bool> = recording.test(train).times.iter().map(|_| random.unit() < 0.5).collect();
    Said { changes: edges(&alarms), alarms, ..Said::default() }
}

/// The one setting for all recordings: a budget of one false alarm an hour.
fn gemba(recording: &Recording, train: usize) -> anyhow::Result<Said> {
    let config = NormalBehaviourConfig { false_alarms_per_month: HOURS_PER_MONTH, ..NormalBehaviourConfig::default() };
    operator(recording, train, &config)
}

/// As it comes: a budget of one false alarm in 30 days.
fn gemba_monthly(recording: &Recording, train: usize) -> anyhow::Result<Said> {
    operator(recording, train, &NormalBehaviourConfig::default())
}

/// What a user gets: every operator that a node makes.
fn as_shipped(recording: &Recording, train: usize) -> anyhow::Result<Said> {
    let start = Instant::now();
    let row = |i: usize| recording.columns.iter().map(|c| c.get(i).copied().unwrap_or(f64::NAN)).collect::<Vec<f64>>();
    let mut shipped = Shipped::learned(recording.columns.len(), 1.0, (0..train).map(row))?;
    let train_s = seconds_since(start);
    let start = Instant::now();
    let rest = (train..recording.times.len()).map(row);
    let alarms = rest.map(|row| Ok(shipped.step(&row)?.active)).collect::<anyhow::Result<Vec<bool>>>()?;
    Ok(Said { changes: edges(&alarms), alarms, train_s, score_s: seconds_since(start) })
}

/// The operator that runs in a plant, fed row by row as it would be there.
fn operator(recording: &Recording, train: usize, config: &NormalBehaviourConfig) -> anyhow::Result<Said> {
    let mut rig = Rig::new(&recording.names, config)?;
    let start = Instant::now();
    let mut said = Said::default();
    let mut scoring = start;
    for (i, time) in recording.times.iter().enumerate() {
        if i == train {
            rig.finish_learning()?;
            said.train_s = seconds_since(start);
            scoring = Instant::now();
        }
        let row = recording.columns.iter().map(|c| c.get(i).copied().unwrap_or(f64::NAN));
        let active = rig.step(*time, row)?.active;
        if i >= train {
            said.alarms.push(active);
        }
    }
    said.changes = edges(&said.alarms);
    said.score_s = seconds_since(scoring);
    Ok(said)
}
