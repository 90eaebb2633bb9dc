//! How long until a limit is reached, as a range: each gauge that has a limit from the first day is followed on its
//! way there.

mod follow;
mod health;
mod words;

use std::collections::BTreeMap;

use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Asset, Batch, Signal, SignalId, SignalKind, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{DayZeroConfig, limit_of};
use crate::Error;
pub(super) use follow::{Follow, FollowMemory};
pub use health::{condition, health};

pub(super) const NAME: &str = "remaining-life/1";

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
    paths: BTreeMap<SignalId, Follow>,
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
        let follow = |s: &Signal| Some((s.id, Follow::new(s.clone(), &limit_of(asset, s, limits)?, config.clone())));
        let paths: BTreeMap<SignalId, Follow> = gauges.filter_map(follow).collect();
        (!paths.is_empty()).then_some(Self { paths })
    }
}

impl Operator for RemainingLife {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        for sample in batch.rows().filter(|s| s.quality.usable()) {
            let Some(path) = self.paths.get_mut(&sample.signal) else { continue };
            if let Some(finding) = path.step(sample.time, sample.value, NAME) {
                out.finding(finding);
            }
        }
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        let memory: Vec<(SignalId, &FollowMemory)> = self.paths.iter().map(|(id, p)| (*id, &p.memory)).collect();
        serde_json::to_vec(&memory).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        let memory: Vec<(SignalId, FollowMemory)> =
            serde_json::from_slice(state).map_err(|e| Error::State { operator: NAME, why: e.to_string() })?;
        for (id, memory) in memory {
            if let Some(path) = self.paths.get_mut(&id) {
                path.memory = memory;
            }
        }
        Ok(())
    }
}
