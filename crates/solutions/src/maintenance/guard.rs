//! Sensors first, then the monitor, the cycle, the programme and records: what a faulty sensor makes up is not the machine's doing.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Asset, Batch, Signal, SignalId, Timestamp};

use super::battery;
use super::cycles::Cycles;
use super::programme::Programmes;
use super::records::Records;
use super::{Baseline, Config, MonitorStatus, NormalBehaviour, SensorHealth};
use crate::Error;

pub(super) const NAME: &str = "monitor-and-sensors/11";

/// The sensors of an asset and, behind them, its learned monitor and what watches its cycle, its programme and, of a
/// single signal, its records.
///
/// While a sensor is found faulty the monitor gets what the other signals make of it instead, or no value where they
/// explain too little. Of a battery whose capacity is followed the temperatures alone are watched: what else moves is its
/// age, which the capacity tells.
#[derive(Debug)]
pub struct Guard {
    sensors: SensorHealth,
    monitor: Option<NormalBehaviour>,
    cycles: Option<Cycles>,
    programmes: Option<Programmes>,
    records: Option<Records>,
    /// From when on it learns, µs, where somebody said so: what was learned before is forgotten.
    from: Option<i64>,
}

impl Guard {
    /// None when the asset has no gauge that is measured.
    pub fn for_asset(
        asset: &Asset,
        signals: &[Signal],
        config: &Config,
        computed: &BTreeMap<String, SignalId>,
    ) -> Option<Self> {
        let sensors = SensorHealth::for_asset(asset, signals, &config.sensors)?;
        let left = battery::beside_age(asset, signals);
        let (watched, runs) = left.as_deref().map_or((signals, signals), |left| (left, &[]));
        Some(Self {
            sensors: sensors.with_relations(signals, &config.normal).with_estimates(computed),
            monitor: NormalBehaviour::for_asset(asset, watched, &config.normal, computed),
            cycles: Cycles::for_asset(runs, &config.normal),
            programmes: Programmes::for_asset(asset, runs, &config.normal),
            records: Records::for_asset(watched, &config.normal),
            from: asset.learning.as_ref().map(|learning| learning.from.micros()),
        })
    }

    /// As [`NormalBehaviour::finish_learning`], for all that learns.
    ///
    /// # Errors
    /// When that was too little.
    pub fn finish_learning(&mut self) -> Result<(), Error> {
        self.sensors.finish_learning();
        if let Some(programmes) = &mut self.programmes {
            programmes.finish_learning();
        }
        if let Some(records) = &mut self.records {
            records.finish_learning();
        }
        self.monitor.as_mut().map_or(Ok(()), NormalBehaviour::finish_learning)
    }

    /// Where the monitor stands; none when all gauges are drivers.
    pub fn status(&self) -> Option<MonitorStatus> {
        self.monitor.as_ref().map(NormalBehaviour::status)
    }

    /// What a saved state of it says that the monitor has learned; none when there is no monitor or it cannot be read.
    pub fn baseline(mut self, saved: &[u8]) -> Option<Baseline> {
        self.restore(saved).ok()?;
        self.monitor.as_ref().map(NormalBehaviour::baseline)
    }

    /// The largest score over its limit at the last row, of the monitor, the programme and the records.
    pub fn score(&self) -> f64 {
        let programme = self.programmes.as_ref().map_or(0.0, Programmes::score);
        let records = self.records.as_ref().map_or(0.0, Records::score);
        self.status().map_or(0.0, |status| status.score).max(programme).max(records)
    }

    /// Hands on what can be believed.
    fn hear(&mut self, now: Timestamp, believed: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        if let Some(cycles) = &mut self.cycles {
            cycles.on_batch(now, believed, out)?;
        }
        if let Some(programmes) = &mut self.programmes {
            programmes.on_batch(now, believed, out)?;
        }
        if let Some(records) = &mut self.records {
            records.on_batch(now, believed, out)?;
        }
        self.monitor.as_mut().map_or(Ok(()), |monitor| monitor.on_batch(now, believed, out))
    }
}

impl Operator for Guard {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        self.sensors.suspect(self.monitor.as_ref().and_then(NormalBehaviour::suspicion));
        let believed = self.sensors.look(batch, out);
        self.hear(now, &believed, out)
    }

    fn on_tick(&mut self, now: Timestamp, out: &mut Outlet) -> Result<(), BoxFault> {
        self.sensors.suspect(self.monitor.as_ref().and_then(NormalBehaviour::suspicion));
        let spoken = self.sensors.tick(now, out);
        if !spoken.is_empty() {
            self.hear(now, &spoken, out)?;
        }
        if let Some(programmes) = &mut self.programmes {
            programmes.on_tick(now, out)?;
        }
        if let Some(records) = &mut self.records {
            records.on_tick(now, out)?;
        }
        match &mut self.monitor {
            Some(monitor) => monitor.on_tick(now, out),
            None => Ok(()),
        }
    }

    fn tick_every(&self) -> Option<Duration> {
        self.monitor.as_ref().and_then(Operator::tick_every).or_else(|| self.sensors.tick_every())
    }

    fn save(&self) -> Vec<u8> {
        let parts = [
            Some(self.sensors.save()),
            self.monitor.as_ref().map(Operator::save),
            self.cycles.as_ref().map(Operator::save),
            self.programmes.as_ref().map(Operator::save),
            self.records.as_ref().map(Operator::save),
            self.from.map(|from| from.to_le_bytes().to_vec()),
        ];
        let mut state = Vec::new();
        for part in parts.map(Option::unwrap_or_default) {
            state.extend((part.len() as u64).to_le_bytes());
            state.extend(part);
        }
        state
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        let (sensors, rest) = first_part(state)?;
        let (monitor, rest) = first_part(rest)?;
        let (cycles, rest) = first_part(rest)?;
        let from = learned_from(rest)?;
        if from != self.from {
            let why = "somebody said since that it is to be learned from another time".into();
            return Err(Error::State { operator: NAME, why }.into());
        }
        self.sensors.restore(sensors)?;
        self.monitor.as_mut().map_or(Ok(()), |own| own.restore(monitor))?;
        self.cycles.as_mut().map_or(Ok(()), |own| own.restore(cycles))?;
        if rest.is_empty() {
            return Ok(()); // of before there were programmes and records: they begin now
        }
        let (programmes, rest) = first_part(rest)?;
        let (records, _) = first_part(rest)?;
        self.programmes.as_mut().map_or(Ok(()), |own| own.restore(programmes))?;
        self.records.as_mut().map_or(Ok(()), |own| own.restore(records))
    }
}

/// From when on was learned what is saved in all parts behind the cycle, µs; none as long as nobody said anything.
fn learned_from(state: &[u8]) -> Result<Option<i64>, BoxFault> {
    let mut rest = state;
    for _ in 0..2 {
        if rest.is_empty() {
            return Ok(None);
        }
        rest = first_part(rest)?.1;
    }
    if rest.is_empty() {
        return Ok(None);
    }
    let (from, _) = first_part(rest)?;
    Ok(from.first_chunk::<8>().map(|bytes| i64::from_le_bytes(*bytes)))
}

/// A part of a saved state, and what follows it.
fn first_part(state: &[u8]) -> Result<(&[u8], &[u8]), BoxFault> {
    let cut = || BoxFault::from(Error::State { operator: NAME, why: "it is cut off".into() });
    let (length, rest) = state.split_first_chunk::<8>().ok_or_else(cut)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    rest.split_at_checked(length).ok_or_else(cut)
}
