//! What Gemba proposes and what it sends.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetId, SignalId, Timestamp};

/// A proposal to people: what to do, why, what it is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Advice {
    /// The asset.
    pub asset: AssetId,
    /// One line.
    pub title: String,
    /// Why, in words.
    pub why: String,
    /// The write that would carry it out, when it is one.
    pub command: Option<Command>,
    /// After this it is no longer good advice.
    pub expires: Timestamp,
}

/// A value to be written to a machine. Nothing is written but through the guard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// The set-point.
    pub signal: SignalId,
    /// The value to write, in the signal's unit.
    pub value: f64,
    /// After this it must not be sent.
    pub expires: Timestamp,
}
