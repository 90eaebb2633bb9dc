use std::collections::BTreeMap;

use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Asset, Batch, Signal, SignalId, SignalKind, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits_of;
use super::watch::{Watch, WatchMemory};
use crate::Error;

pub(in crate::maintenance) const NAME: &str = "day0-limits/4";

/// Limits that hold from the first day. A plant that knows better sets its own, for a signal ([`gemba_plant::Limits`]).
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

/// Watches an asset's signals against their own limits, or those of standards.
#[derive(Debug)]
pub struct DayZeroLimits {
    watches: BTreeMap<SignalId, Vec<Watch>>,
}

impl DayZeroLimits {
    /// None when no limit applies: no unit declared, or a machine that the standards do not cover.
    pub fn for_asset(asset: &Asset, signals: &[Signal], config: &DayZeroConfig) -> Option<Self> {
        let gauges = signals.iter().filter(|s| s.kind == SignalKind::Gauge);
        let of = |s: &Signal| limits_of(asset, s, config).into_iter().map(|l| Watch::new(s.clone(), l)).collect();
        let all = gauges.map(|s| (s.id, of(s)));
        let watches: BTreeMap<SignalId, Vec<Watch>> = all.filter(|(_, own): &(_, Vec<_>)| !own.is_empty()).collect();
        (!watches.is_empty()).then_some(Self { watches })
    }
}

impl Operator for DayZeroLimits {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        for sample in batch.rows().filter(|s| s.quality.usable()) {
            let Some(watches) = self.watches.get_mut(&sample.signal) else { continue };
            let found = watches.iter_mut().filter_map(|watch| watch.step(sample.time, sample.value, NAME));
            found.for_each(|finding| out.finding(finding));
        }
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        let all = self.watches.values().flatten();
        let memory: Vec<(&str, WatchMemory)> = all.map(|watch| (watch.key(), watch.memory)).collect();
        serde_json::to_vec(&memory).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        let memory: BTreeMap<String, WatchMemory> = serde_json::from_slice::<Vec<(String, WatchMemory)>>(state)
            .map_err(|e| Error::State { operator: NAME, why: e.to_string() })?
            .into_iter()
            .collect();
        // by key: what was told goes on to be told, though the limit is another now
        for watch in self.watches.values_mut().flatten() {
            if let Some(memory) = memory.get(watch.key()) {
                watch.memory = *memory;
            }
        }
        Ok(())
    }
}
