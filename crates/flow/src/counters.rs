//! What went where, as numbers.

use gemba_plant::AssetId;
use schemars::JsonSchema;
use serde::Serialize;

/// Rows (a waveform counts as one) by what became of them. Only ever grow while a pipeline lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FlowCounters")]
pub struct Counters {
    /// Came in.
    pub taken: u64,
    /// Belong to no lane, or are pictures.
    pub unrouted: u64,
    /// Came after the watermark had passed them; handed to nobody.
    pub late: u64,
    /// Came again, or with the same signal and time as another; the last to come before delivery counts.
    pub duplicate: u64,
    /// From a clock that runs ahead; handed to nobody.
    pub ahead: u64,
    /// Delivered to the operators of a lane.
    pub delivered: u64,
    /// Times a lane held too many rows and gave its lateness up.
    pub forced: u64,
    /// Failures and panics of operators.
    pub faults: u64,
    /// Rows that an operator missed while it rested after a fault.
    pub skipped: u64,
    /// What operators handed on.
    pub outputs: u64,
}

impl Counters {
    /// Adds those of another pipeline.
    pub fn add(&mut self, other: &Self) {
        self.taken += other.taken;
        self.unrouted += other.unrouted;
        self.late += other.late;
        self.duplicate += other.duplicate;
        self.ahead += other.ahead;
        self.delivered += other.delivered;
        self.forced += other.forced;
        self.faults += other.faults;
        self.skipped += other.skipped;
        self.outputs += other.outputs;
    }
}

/// How an operator fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// The asset.
    pub asset: AssetId,
    /// The operator's name.
    pub operator: String,
    /// How often it failed.
    pub faults: u64,
    /// Rows it missed while it rested.
    pub skipped: u64,
    /// Whether it rests now.
    pub resting: bool,
    /// What it said when it failed last.
    pub last_fault: Option<String>,
}
