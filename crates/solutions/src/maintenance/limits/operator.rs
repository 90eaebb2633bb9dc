use std::collections::BTreeMap;

use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Asset, Batch, Role, Signal, SignalId, SignalKind, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::iso10816;
use super::watch::{Watch, WatchMemory, WatchedLimit};
use crate::Error;

pub(in crate::maintenance) const NAME: &str = "day0-limits/1";

/// Limits that hold from the first day. A plant that knows better sets its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DayZeroConfig {
    /// Bearing temperature that warns, °C, 40–150. Default 90: a rule of thumb of motor makers for rolling bearings with
    /// standard grease (alarm at 90 to 95 °C), no standard; the maker of your machine knows better.
    pub bearing_warn_c: f64,
    /// Bearing temperature that endangers, °C, above the warning. Default 105, by the same rule of thumb (stop at 100 to
    /// 105 °C).
    pub bearing_danger_c: f64,
    /// Winding temperature that warns, °C, 60–200. Default 130: thermal class B of IEC 60085, to which most motors with
    /// insulation of class F are used.
    pub winding_warn_c: f64,
    /// Winding temperature that endangers, °C, above the warning. Default 155: thermal class F of IEC 60085.
    pub winding_danger_c: f64,
}

impl Default for DayZeroConfig {
    fn default() -> Self {
        Self { bearing_warn_c: 90.0, bearing_danger_c: 105.0, winding_warn_c: 130.0, winding_danger_c: 155.0 }
    }
}

/// Watches an asset's signals against the limits of standards.
#[derive(Debug)]
pub struct DayZeroLimits {
    watches: BTreeMap<SignalId, Watch>,
}

impl DayZeroLimits {
    /// None when no limit applies: no unit declared, or a machine that the standards do not cover.
    pub fn for_asset(asset: &Asset, signals: &[Signal], config: &DayZeroConfig) -> Option<Self> {
        let gauges = signals.iter().filter(|s| s.kind == SignalKind::Gauge);
        let watches: BTreeMap<SignalId, Watch> =
            gauges.filter_map(|s| Some((s.id, Watch::new(s.clone(), limit_of(asset, s, config)?)))).collect();
        (!watches.is_empty()).then_some(Self { watches })
    }
}

/// The limit for a signal by its role and unit.
pub(crate) fn limit_of(asset: &Asset, signal: &Signal, config: &DayZeroConfig) -> Option<WatchedLimit> {
    let temperature = |warn, danger, source: &str, prescription| {
        (signal.unit.ucum() == "Cel").then(|| WatchedLimit { warn, danger, source: source.to_owned(), prescription })
    };
    match signal.role {
        Role::Vibration if signal.unit.ucum() == "mm/s" => {
            let (group, support) = iso10816::classify(asset).ok()?;
            let [_, warn, danger] = iso10816::boundaries(group, support);
            let prescription = "measure the spectrum: unbalance, misalignment, looseness or a bearing";
            Some(WatchedLimit { warn, danger, source: iso10816::source(group, support, "B/C"), prescription })
        }
        Role::BearingTemperature => temperature(
            config.bearing_warn_c,
            config.bearing_danger_c,
            "rule of thumb for rolling bearings with standard grease, no standard",
            "check lubrication and load of the bearing",
        ),
        Role::WindingTemperature => temperature(
            config.winding_warn_c,
            config.winding_danger_c,
            "IEC 60085:2007, insulation of thermal class F used to class B",
            "reduce the load; check cooling and phase currents",
        ),
        _ => None,
    }
}

impl Operator for DayZeroLimits {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        for sample in batch.rows().filter(|s| s.quality.usable()) {
            let Some(watch) = self.watches.get_mut(&sample.signal) else { continue };
            if let Some(finding) = watch.step(sample.time, sample.value, NAME) {
                out.finding(finding);
            }
        }
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        let memory: Vec<(SignalId, WatchMemory)> = self.watches.iter().map(|(id, w)| (*id, w.memory)).collect();
        serde_json::to_vec(&memory).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        let memory: Vec<(SignalId, WatchMemory)> =
            serde_json::from_slice(state).map_err(|e| Error::State { operator: NAME, why: e.to_string() })?;
        for (id, memory) in memory {
            if let Some(watch) = self.watches.get_mut(&id) {
                watch.memory = memory;
            }
        }
        Ok(())
    }
}
