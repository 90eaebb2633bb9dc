//! What people send: checks, failures, changes and steps of work orders.

use gemba_act::work::{EventKind, Outcome, Part};
use gemba_plant::{AssetPath, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A look at the machine, as people send it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRecord {
    /// What was found.
    pub outcome: Outcome,
    /// The failure mode; empty when none.
    #[serde(default)]
    pub failure_mode: String,
    /// The part concerned; empty when none.
    #[serde(default)]
    pub component: String,
    /// Whether it was mended.
    #[serde(default)]
    pub resolved: bool,
    /// What was seen and done.
    pub note: String,
}

/// A failure as people note it: one that was missed, or one that a finding told of; or a replacement before one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailureDraft {
    /// Whether it failed, or was replaced before.
    #[serde(default)]
    pub kind: EventKind,
    /// The machine.
    pub asset: AssetPath,
    /// When it failed.
    pub at: Timestamp,
    /// When it ran again.
    #[serde(default)]
    pub repaired: Option<Timestamp>,
    /// The failure mode; empty when nobody knows.
    #[serde(default)]
    pub failure_mode: String,
    /// The finding that told of it.
    #[serde(default)]
    pub finding: Option<u64>,
    /// What happened.
    #[serde(default)]
    pub note: String,
}

/// What people change of a work order; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OrderChange {
    /// The machine; needed for a new order without a finding.
    pub asset: Option<AssetPath>,
    /// One line.
    pub title: Option<String>,
    /// What to do, in order.
    pub steps: Option<Vec<String>>,
    /// What it needs.
    pub parts: Option<Vec<Part>>,
    /// How long the machine stands still, hours.
    pub hours: Option<f64>,
    /// Whose work it is.
    pub skill: Option<String>,
    /// How many people.
    pub people: Option<u32>,
    /// Labour and parts.
    pub cost: Option<f64>,
    /// What a failure costs.
    pub failure_cost: Option<f64>,
    /// By when.
    pub due: Option<Timestamp>,
}

/// What happens to a work order.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum OrderStep {
    /// It gets a window.
    Schedule {
        /// From when to when.
        window: TimeRange,
    },
    /// Its window is taken away.
    Unschedule,
    /// Somebody begins.
    Begin,
    /// It is done.
    Finish {
        /// From when to when it was worked on.
        worked: TimeRange,
        /// What was done.
        #[serde(default)]
        note: String,
    },
    /// It is not to be done.
    Cancel,
}
