//! How long until a limit is reached, as a range: each gauge that has limits, its own or those of standards, is followed
//! on its way there, up or down.

mod follow;
mod health;
mod index;
mod words;

use std::collections::BTreeMap;

use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Asset, Batch, Signal, SignalId, SignalKind, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{DayZeroConfig, limits_of};
use crate::Error;
pub(super) use follow::{Follow, FollowMemory};
pub use health::{Took, condition, health, health_over_time, taken};
pub(in crate::maintenance) use index::HEALTH_MODEL;
pub use index::{Course, HEALTH_KEY, health_outlook};

pub(super) const NAME: &str = "remaining-life/4";

/// How paths are followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RemainingLifeConfig {
    /// Seconds that are summed up to one point of a path by their median, 1–86 400. The path keeps at most 240 points;
    /// when there are more, neighbours are joined. Default 3600.
    pub point_s: u32,
    /// A limit that is reached later than this is no finding, days, 1–3650. Default 180.
    pub horizon_days: f64,
    /// How often the truth shall lie in the range, 0.5–0.99. Default 0.9.
    pub level: f64,
}

impl Default for RemainingLifeConfig {
    fn default() -> Self {
        Self { point_s: 3600, horizon_days: 180.0, level: 0.9 }
    }
}

/// Follows the measured gauges of one asset to their limits. Waveforms are followed where they become velocities, in
/// [`super::WaveformFeatures`].
#[derive(Debug)]
pub struct RemainingLife {
    paths: BTreeMap<SignalId, Vec<Follow>>,
}

impl RemainingLife {
    /// None when no gauge of the asset has a limit.
    pub fn for_asset(
        asset: &Asset,
        signals: &[Signal],
        limits: &DayZeroConfig,
        config: &RemainingLifeConfig,
    ) -> Option<Self> {
        let gauges = signals.iter().filter(|s| s.kind == SignalKind::Gauge && s.binding.is_some());
        let of = |s: &Signal| {
            limits_of(asset, s, limits).iter().map(|limit| Follow::new(s.clone(), limit, config.clone())).collect()
        };
        let all = gauges.map(|s| (s.id, of(s)));
        let paths: BTreeMap<SignalId, Vec<Follow>> = all.filter(|(_, own): &(_, Vec<_>)| !own.is_empty()).collect();
        (!paths.is_empty()).then_some(Self { paths })
    }
}

impl Operator for RemainingLife {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        for sample in batch.rows().filter(|s| s.quality.usable()) {
            let Some(paths) = self.paths.get_mut(&sample.signal) else { continue };
            let found = paths.iter_mut().filter_map(|path| path.step(sample.time, sample.value, NAME));
            found.for_each(|finding| out.finding(finding));
        }
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        let all = self.paths.values().flatten();
        let memory: Vec<(&str, &FollowMemory)> = all.map(|path| (path.key(), &path.memory)).collect();
        serde_json::to_vec(&memory).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        let mut memory: BTreeMap<String, FollowMemory> = serde_json::from_slice::<Vec<(String, FollowMemory)>>(state)
            .map_err(|e| Error::State { operator: NAME, why: e.to_string() })?
            .into_iter()
            .collect();
        for path in self.paths.values_mut().flatten() {
            if let Some(memory) = memory.remove(path.key()) {
                path.memory = memory;
            }
        }
        Ok(())
    }
}
