//! What runs, and within which bounds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::Operator;
use gemba_plant::{AssetId, SignalId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FlowConfig {
    /// How much out of order rows may arrive, ms, 0–600 000; every conclusion waits this long unless newer data
    /// comes first. With 0 a row goes on at once. Default 200.
    pub lateness_ms: u64,
    /// An asset whose signals come by ways of different lengths waits longer: a quarter more than its slowest signal lay
    /// behind in the last hour, up to this, ms, 0–600 000. What is later than that is kept and not judged. Default 10 000.
    pub lag_max_ms: u64,
    /// After this long without data an asset's event time goes on with our clock, so that silence can be noticed,
    /// ms, 1000–3 600 000; what then arrives from before counts as late. Default 10 000.
    pub idle_after_ms: u64,
    /// A row whose source time is this much ahead of its ingest time is set aside: its clock is wrong, ms,
    /// 0–86 400 000. Default 60 000.
    pub ahead_max_ms: u64,
    /// Operators get no ticks later than this after their last row, ms, 1000–86 400 000: bounds the work after a
    /// long gap. Default 3 600 000.
    pub quiet_max_ms: u64,
    /// Rows that an asset may hold back; beyond, the lateness is given up for those held, 1000–10 000 000.
    /// Default 100 000.
    pub held_rows_max: usize,
    /// Payloads that may wait for a worker, 1–100 000; then, or with a million rows, `offer` waits. Default 256.
    pub queue_max: usize,
    /// Worker threads, 0–64; 0 takes one for each core. Default 0.
    pub workers: usize,
}

impl Default for FlowConfig {
    fn default() -> Self {
        Self {
            lateness_ms: 200,
            lag_max_ms: 10_000,
            idle_after_ms: 10_000,
            ahead_max_ms: 60_000,
            quiet_max_ms: 3_600_000,
            held_rows_max: 100_000,
            queue_max: 256,
            workers: 0,
        }
    }
}

impl FlowConfig {
    pub(crate) fn lateness(&self) -> Duration {
        Duration::from_millis(self.lateness_ms)
    }

    pub(crate) fn lag_max(&self) -> Duration {
        Duration::from_millis(self.lag_max_ms)
    }

    pub(crate) fn idle_after(&self) -> Duration {
        Duration::from_millis(self.idle_after_ms.max(self.lateness_ms))
    }

    pub(crate) fn ahead_max(&self) -> Duration {
        Duration::from_millis(self.ahead_max_ms)
    }

    pub(crate) fn quiet_max(&self) -> Duration {
        Duration::from_millis(self.quiet_max_ms)
    }
}

/// Makes the operators of an asset anew, in their first state: each time the same ones in the same order.
pub type Make = Arc<dyn Fn() -> Vec<Box<dyn Operator>> + Send + Sync>;

/// An asset, the signals that its operators get, and how to make those.
#[derive(Clone)]
pub struct LaneSpec {
    /// The asset.
    pub asset: AssetId,
    /// The signals; all operators of the lane get all of them. A signal may be in several lanes.
    pub signals: Vec<SignalId>,
    /// Makes the operators, in the order in which they are called.
    pub make: Make,
}

impl fmt::Debug for LaneSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LaneSpec").field("asset", &self.asset).field("signals", &self.signals).finish_non_exhaustive()
    }
}
