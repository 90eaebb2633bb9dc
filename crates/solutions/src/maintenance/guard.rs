//! Sensors first, then the monitor: what a faulty sensor makes up is not the machine's doing.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Asset, Batch, Signal, SignalId, Timestamp};

use super::{Config, MonitorStatus, NormalBehaviour, SensorHealth};
use crate::Error;

pub(super) const NAME: &str = "monitor-and-sensors/1";

/// The sensors of an asset and, behind them, its learned monitor.
///
/// While a sensor is found faulty the monitor gets what the other signals make of it instead, or no value where they
/// explain too little.
#[derive(Debug)]
pub struct Guard {
    sensors: SensorHealth,
    monitor: Option<NormalBehaviour>,
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
        Some(Self {
            sensors: sensors.with_relations(signals, &config.normal).with_estimates(computed),
            monitor: NormalBehaviour::for_asset(asset, signals, &config.normal, computed),
        })
    }

    /// Where the monitor stands; none when all gauges are drivers.
    pub fn status(&self) -> Option<MonitorStatus> {
        self.monitor.as_ref().map(NormalBehaviour::status)
    }
}

impl Operator for Guard {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        let believed = self.sensors.look(batch, out);
        match &mut self.monitor {
            Some(monitor) => monitor.on_batch(now, &believed, out),
            None => Ok(()),
        }
    }

    fn on_tick(&mut self, now: Timestamp, out: &mut Outlet) -> Result<(), BoxFault> {
        self.sensors.tick(now, out);
        match &mut self.monitor {
            Some(monitor) => monitor.on_tick(now, out),
            None => Ok(()),
        }
    }

    fn tick_every(&self) -> Option<Duration> {
        self.monitor.as_ref().and_then(Operator::tick_every).or_else(|| self.sensors.tick_every())
    }

    fn save(&self) -> Vec<u8> {
        let sensors = self.sensors.save();
        let mut state = (sensors.len() as u64).to_le_bytes().to_vec();
        state.extend(sensors);
        state.extend(self.monitor.iter().flat_map(Operator::save));
        state
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        let fail = || BoxFault::from(Error::State { operator: NAME, why: "it is cut off".into() });
        let (length, rest) = state.split_first_chunk::<8>().ok_or_else(fail)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (sensors, monitor) = rest.split_at_checked(length).ok_or_else(fail)?;
        self.sensors.restore(sensors)?;
        match &mut self.monitor {
            Some(own) => own.restore(monitor),
            None => Ok(()),
        }
    }
}
