//! Ours, and what it must beat.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context;
use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet};
use gemba_plant::{
    Asset, AssetId, AssetPath, Batch, Binding, Level, Nameplate, Role, Sample, Signal, SignalId, SignalKind, Timestamp,
    Unit,
};
use gemba_solutions::maintenance::{NormalBehaviour, NormalBehaviourConfig};

use super::recording::Recording;
use super::{Said, seconds_since};

/// Says something about the rows after the first `train` of a recording.
pub(crate) type Method = fn(&Recording, usize) -> anyhow::Result<Said>;

/// Every method by name.
pub(crate) const ALL: &[(&str, Method)] = &[
    ("gemba", gemba),
    ("gemba_monthly_budget", gemba_monthly),
    ("pca_t2_q", super::pca::pca_t2_q),
    ("always", |r, n| Ok(constant(r, n, true))),
    ("never", |r, n| Ok(constant(r, n, false))),
    ("random", |r, n| Ok(random(r, n))),
];

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

/// The operator that runs in a plant, fed row by row as it would be there.
fn operator(recording: &Recording, train: usize, config: &NormalBehaviourConfig) -> anyhow::Result<Said> {
    let (asset, signals) = rig(recording)?;
    let computed = BTreeMap::new();
    let mut operator = NormalBehaviour::for_asset(&asset, &signals, config, &computed).context("nothing to watch")?;
    let mut out = Outlet::new();
    let start = Instant::now();
    let mut said = Said::default();
    let mut scoring = start;
    for (i, time) in recording.times.iter().enumerate() {
        if i == train {
            operator.finish_learning()?;
            said.train_s = seconds_since(start);
            scoring = Instant::now();
        }
        let now = Timestamp::from_micros(*time);
        operator.on_batch(now, &batch(recording, i), &mut out).map_err(|e| anyhow::anyhow!("{e}"))?;
        operator.on_tick(now, &mut out).map_err(|e| anyhow::anyhow!("{e}"))?;
        out.drain();
        if i >= train {
            said.alarms.push(operator.status().active);
        }
    }
    said.changes = edges(&said.alarms);
    said.score_s = seconds_since(scoring);
    Ok(said)
}

/// The rig as an asset: gauges without roles or units, as anybody's file would be.
fn rig(recording: &Recording) -> anyhow::Result<(Asset, Vec<Signal>)> {
    let asset = Asset {
        id: AssetId::new(1),
        path: AssetPath::new("bench/rig")?,
        level: Level::Asset,
        name: String::new(),
        template: None,
        nameplate: Nameplate::default(),
    };
    let signal = |(i, name): (u32, &String)| Signal {
        id: SignalId::new(i),
        asset: asset.id,
        name: name.clone(),
        kind: SignalKind::Gauge,
        role: Role::Other,
        unit: Unit::default(),
        range: None,
        decimals: None,
        states: Vec::new(),
        description: String::new(),
        binding: Some(Binding { connection: "file".into(), address: name.clone() }),
    };
    let signals = (0..).zip(&recording.names).map(signal).collect();
    Ok((asset, signals))
}

fn batch(recording: &Recording, row: usize) -> Batch {
    let time = Timestamp::from_micros(recording.times.get(row).copied().unwrap_or_default());
    let values = recording.columns.iter().map(|c| c.get(row).copied().unwrap_or(f64::NAN));
    let samples: Vec<Sample> = (0..).zip(values).map(|(i, v)| Sample::good(SignalId::new(i), time, v)).collect();
    Batch::from_rows(&samples)
}
