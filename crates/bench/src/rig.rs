//! The operators that run in a plant, fed row by row as they would be there.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{
    Asset, AssetId, AssetPath, Batch, Binding, FindingKind, FindingState, Level, Nameplate, Sample, Signal, SignalId,
    Timestamp,
};
use gemba_solutions::maintenance::{Config, Guard, MonitorStatus, NormalBehaviour, NormalBehaviourConfig};

/// A learned monitor over gauges without roles or units, as anybody's file would be.
#[derive(Debug)]
pub(crate) struct Rig {
    asset: Asset,
    signals: Vec<Signal>,
    config: NormalBehaviourConfig,
    operator: NormalBehaviour,
    out: Outlet,
}

impl Rig {
    /// A monitor of signals with these names.
    pub(crate) fn new(names: &[String], config: &NormalBehaviourConfig) -> anyhow::Result<Self> {
        let asset = Asset {
            id: AssetId::new(1),
            path: AssetPath::new("bench/rig")?,
            level: Level::Asset,
            name: String::new(),
            template: None,
            nameplate: Nameplate::default(),
            learning: None,
        };
        let signal = |(i, name): (u32, &String)| Signal {
            binding: Some(Binding { connection: "file".into(), address: name.clone() }),
            ..Signal::gauge(SignalId::new(i), asset.id, name)
        };
        let signals: Vec<Signal> = (0..).zip(names).map(signal).collect();
        let operator = operator(&asset, &signals, config)?;
        Ok(Self { asset, signals, config: config.clone(), operator, out: Outlet::new() })
    }

    /// Takes a row at `time`, µs, and says where the monitor then stands.
    pub(crate) fn step(&mut self, time: i64, row: impl Iterator<Item = f64>) -> anyhow::Result<MonitorStatus> {
        let now = Timestamp::from_micros(time);
        let samples: Vec<Sample> = (0..).zip(row).map(|(i, v)| Sample::good(SignalId::new(i), now, v)).collect();
        self.operator.on_batch(now, &Batch::from_rows(&samples), &mut self.out).map_err(|e| anyhow::anyhow!("{e}"))?;
        self.operator.on_tick(now, &mut self.out).map_err(|e| anyhow::anyhow!("{e}"))?;
        self.out.drain();
        Ok(self.operator.status())
    }

    /// What was seen so far was healthy; from now on it watches.
    pub(crate) fn finish_learning(&mut self) -> anyhow::Result<()> {
        Ok(self.operator.finish_learning()?)
    }

    /// Another monitor in the same state.
    pub(crate) fn twin(&self) -> anyhow::Result<Self> {
        let mut operator = operator(&self.asset, &self.signals, &self.config)?;
        operator.restore(&self.operator.save()).map_err(|e| anyhow::anyhow!("{e}"))?;
        let (asset, signals, config) = (self.asset.clone(), self.signals.clone(), self.config.clone());
        Ok(Self { asset, signals, config, operator, out: Outlet::new() })
    }
}

/// Everything that a node makes for gauges without roles or units, as it comes: sensors, the monitor, the cycle, the programme; a budget of
/// one false alarm in 30 days.
#[derive(Debug)]
pub(crate) struct Shipped {
    guard: Guard,
    step_us: i64,
    time: i64,
    /// Findings that are open.
    open: BTreeSet<String>,
    out: Outlet,
}

/// Rows that a silence between two recordings takes the time of.
const PAUSE_STEPS: i64 = 1000;

/// Where everything stands after a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// The largest score over its limit, of the monitor and of the programme; 1 more while a finding is open.
    pub(crate) score: f64,
    /// Whether a finding is open, of the machine or of a sensor.
    pub(crate) active: bool,
}

impl Shipped {
    /// Has learned these rows, so far apart.
    pub(crate) fn learned(width: usize, step_s: f64, rows: impl Iterator<Item = Vec<f64>>) -> anyhow::Result<Self> {
        let mut own = Self::new(width, step_s)?;
        for row in rows {
            own.step(&row)?;
        }
        own.finish_learning()?;
        Ok(own)
    }

    /// Begins to learn rows that are so far apart.
    pub(crate) fn new(width: usize, step_s: f64) -> anyhow::Result<Self> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds between rows")]
        let millis = (step_s * 1000.0).round().max(1.0) as u64;
        let names: Vec<String> = (1..=width).map(|i| format!("signal {i}")).collect();
        let Rig { asset, signals, config, .. } = Rig::new(&names, &all_at(millis))?;
        let config = Config { normal: config, ..Config::default() };
        let guard = Guard::for_asset(&asset, &signals, &config, &BTreeMap::new()).context("nothing to watch")?;
        let step = i64::try_from(millis)? * 1000;
        Ok(Self { guard, step_us: step, time: 0, open: BTreeSet::new(), out: Outlet::new() })
    }

    /// What was seen so far was healthy; from now on it watches.
    pub(crate) fn finish_learning(&mut self) -> anyhow::Result<()> {
        Ok(self.guard.finish_learning()?)
    }

    /// The machine was silent before the next row.
    pub(crate) fn pause(&mut self) {
        self.time += PAUSE_STEPS * self.step_us;
    }

    /// Takes the next row.
    pub(crate) fn step(&mut self, row: &[f64]) -> anyhow::Result<Standing> {
        let now = Timestamp::from_micros(self.time);
        self.time += self.step_us;
        let samples: Vec<Sample> = (0..).zip(row).map(|(i, v)| Sample::good(SignalId::new(i), now, *v)).collect();
        self.guard.on_batch(now, &Batch::from_rows(&samples), &mut self.out).map_err(|e| anyhow::anyhow!("{e}"))?;
        self.guard.on_tick(now, &mut self.out).map_err(|e| anyhow::anyhow!("{e}"))?;
        for output in self.out.drain() {
            let Output::Finding(finding) = output else { continue };
            match finding.state {
                FindingState::Cleared => self.open.remove(&finding.key),
                FindingState::Active => finding.kind != FindingKind::DataQuality && self.open.insert(finding.key),
            };
        }
        let active = !self.open.is_empty();
        let score = self.guard.score() + f64::from(u8::from(active));
        Ok(Standing { score, active })
    }
}

/// As it comes, for rows so far apart, all of which it learns from until it is told to stop.
pub(crate) fn all_at(step_ms: u64) -> NormalBehaviourConfig {
    NormalBehaviourConfig {
        step_ms,
        hold_ms: step_ms,
        learn_s: 31_536_000,
        score_every_ms: step_ms,
        ..NormalBehaviourConfig::default()
    }
}

fn operator(asset: &Asset, signals: &[Signal], config: &NormalBehaviourConfig) -> anyhow::Result<NormalBehaviour> {
    NormalBehaviour::for_asset(asset, signals, config, &BTreeMap::new()).context("nothing to watch")
}
