//! Lasting changes of single signals: events of a machine's history.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetId, SignalId, Timestamp};

/// What changed about a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Its level, from one value to another.
    Level,
    /// Its level began to drift.
    Drift,
    /// Its noise.
    Noise,
}

/// A change of a signal that lasts. An event, told where the signal is drawn; no alarm: whether it matters, limits and findings
/// say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangePoint {
    /// The asset.
    pub asset: AssetId,
    /// The signal.
    pub signal: SignalId,
    /// What changed.
    pub kind: ChangeKind,
    /// When it began, by its estimate, source time.
    pub at: Timestamp,
    /// When it had lasted long enough to be told, source time.
    pub told: Timestamp,
    /// What was usual, in the signal's unit; of noise its standard deviation.
    pub before: f64,
    /// What is usual now; of a drift how far it had come when it was told.
    pub after: f64,
    /// What a drift gains an hour, in the signal's unit; 0 of other changes.
    pub per_hour: f64,
    /// How likely an unchanged signal looks like this.
    pub p_value: f64,
    /// In words.
    pub text: String,
    /// What found it, with its version.
    pub model: String,
}
