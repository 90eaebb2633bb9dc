//! The operator that runs in a plant, fed row by row as it would be there.

use std::collections::BTreeMap;

use anyhow::Context;
use gemba_plant::port::{Operator, Outlet};
use gemba_plant::{
    Asset, AssetId, AssetPath, Batch, Binding, Level, Nameplate, Role, Sample, Signal, SignalId, SignalKind, Timestamp,
    Unit,
};
use gemba_solutions::maintenance::{MonitorStatus, NormalBehaviour, NormalBehaviourConfig};

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
            limits: None,
            quiet_in: Vec::new(),
            binding: Some(Binding { connection: "file".into(), address: name.clone() }),
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

fn operator(asset: &Asset, signals: &[Signal], config: &NormalBehaviourConfig) -> anyhow::Result<NormalBehaviour> {
    NormalBehaviour::for_asset(asset, signals, config, &BTreeMap::new()).context("nothing to watch")
}
