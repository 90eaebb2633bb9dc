//! Learns by itself what is normal for one asset, then watches.

use std::time::Duration;

use gemba_learn::grid::Grid;
use gemba_learn::normal::{Monitor, Normal, Tuning};
use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Asset, AssetId, Batch, Quality, Signal, SignalId, SignalKind, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How normal behaviour is learned and watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NormalBehaviourConfig {
    /// Distance of the rows onto which all signals are brought, ms, 10–3 600 000. Default 1000.
    pub step_ms: u64,
    /// How long a signal's last value stands for it, ms, at least `step_ms`. Default 10 000.
    pub hold_ms: u64,
    /// How much healthy running it learns from, s, 20–31 536 000. Default 3600.
    pub learn_s: u64,
}

impl Default for NormalBehaviourConfig {
    fn default() -> Self {
        Self { step_ms: 1000, hold_ms: 10_000, learn_s: 3600 }
    }
}

/// Whether a monitor learns or watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MonitorState {
    /// It gathers healthy rows; day-0 limits protect meanwhile.
    Learning,
    /// It has learned and watches.
    Watching,
}

/// Where a monitor stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MonitorStatus {
    /// Learning or watching.
    pub state: MonitorState,
    /// How much of the learning is done, 0–1.
    pub progress: f64,
    /// Score over limit at the last row; above 1 a condition begins.
    pub score: f64,
    /// Whether a condition holds.
    pub active: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Phase {
    Learning { columns: Vec<Vec<f64>> },
    Watching { monitor: Box<Monitor>, score: f64, active: bool },
}

/// The learned monitor of one asset.
#[derive(Debug)]
pub struct NormalBehaviour {
    asset: AssetId,
    signals: Vec<Signal>,
    config: NormalBehaviourConfig,
    grid: Grid,
    phase: Phase,
}

impl NormalBehaviour {
    /// A monitor for an asset; none when it has no gauge to watch.
    pub fn for_asset(asset: &Asset, signals: &[Signal], config: &NormalBehaviourConfig) -> Option<Self> {
        let mut watched: Vec<Signal> =
            signals.iter().filter(|s| s.kind == SignalKind::Gauge && s.binding.is_some()).cloned().collect();
        watched.sort_by_key(|s| s.id);
        if watched.is_empty() {
            return None;
        }
        let micros = |ms: u64| i64::try_from(ms.saturating_mul(1000)).unwrap_or(i64::MAX);
        let grid = Grid::new(watched.len(), micros(config.step_ms), micros(config.hold_ms));
        let phase = Phase::Learning { columns: vec![Vec::new(); watched.len()] };
        Some(Self { asset: asset.id, signals: watched, config: config.clone(), grid, phase })
    }

    /// Ends learning now: what was seen so far was healthy.
    ///
    /// # Errors
    /// When that was too little.
    pub fn finish_learning(&mut self) -> Result<(), gemba_learn::Error> {
        if let Phase::Learning { columns } = &self.phase {
            let monitor = Monitor::new(Normal::fit(columns, &[], Tuning { alpha: 10.0/3600.0, ..Tuning::default() })?);
            self.phase = Phase::Watching { monitor: Box::new(monitor), score: 0.0, active: false };
        }
        Ok(())
    }

    /// Where it stands.
    pub fn status(&self) -> MonitorStatus {
        match &self.phase {
            Phase::Learning { columns } => {
                let rows = columns.first().map_or(0, Vec::len) as f64;
                let wanted = self.config.learn_s as f64 * 1000.0 / self.config.step_ms as f64;
                MonitorStatus {
                    state: MonitorState::Learning,
                    progress: (rows / wanted).min(1.0),
                    score: 0.0,
                    active: false,
                }
            }
            Phase::Watching { score, active, .. } => {
                MonitorStatus { state: MonitorState::Watching, progress: 1.0, score: *score, active: *active }
            }
        }
    }

    fn column(&self, signal: SignalId) -> Option<usize> {
        self.signals.binary_search_by_key(&signal, |s| s.id).ok()
    }
}

impl Phase {
    fn row(&mut self, row: &[f64]) {
        match self {
            Self::Learning { columns } => columns.iter_mut().zip(row).for_each(|(column, value)| column.push(*value)),
            Self::Watching { monitor, score, active } => {
                if let Ok(verdict) = monitor.step(row) {
                    *score = verdict.score;
                    *active = verdict.active;
                }
            }
        }
    }
}

impl Operator for NormalBehaviour {
    fn name(&self) -> &str {
        "normal-behaviour/1"
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, _out: &mut Outlet) -> Result<(), BoxFault> {
        for sample in batch.rows() {
            let Some(column) = self.column(sample.signal) else { continue };
            let value = if sample.quality == Quality::Good { sample.value } else { f64::NAN };
            let phase = &mut self.phase;
            self.grid.push(sample.time.micros(), column, value, &mut |_, row| phase.row(row));
        }
        Ok(())
    }

    fn on_tick(&mut self, now: Timestamp, _out: &mut Outlet) -> Result<(), BoxFault> {
        let phase = &mut self.phase;
        self.grid.advance(now.micros(), &mut |_, row| phase.row(row));
        Ok(())
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(Duration::from_millis(self.config.step_ms))
    }
}
