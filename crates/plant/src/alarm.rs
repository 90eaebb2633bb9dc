//! What calls for a person (ISA-18.2 / IEC 62682). The life cycle itself is in the crate `act`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetId, SignalId, Timestamp};

/// Priority, highest first. On export: severity 1000, 750, 500, 250 (OPC 10000-9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// P1: immediate danger.
    Emergency,
    /// P2.
    High,
    /// P3.
    Medium,
    /// P4.
    #[default]
    Low,
}

/// Where an alarm comes from; classes are filtered and rate-limited apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlarmClass {
    /// A limit of a standard, a template or a person.
    #[default]
    Process,
    /// A learned model.
    Ai,
    /// A sensor.
    Instrument,
    /// Gemba itself: a connection, the disk.
    System,
}

/// The states of ISA-18.2 §5.4 (OPC 10000-9 §5.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlarmState {
    /// A: no condition, nothing to acknowledge.
    #[default]
    Normal,
    /// B: the condition holds, nobody has seen it.
    UnackActive,
    /// C: the condition holds, somebody has seen it.
    AckedActive,
    /// D: the condition is over, nobody has seen it.
    RtnUnack,
    /// The condition is over, but the alarm latches until reset; nobody has seen it.
    LatchedUnack,
    /// The condition is over, somebody has seen it, a reset is wanted.
    LatchedAcked,
    /// G: set aside by an operator for a limited time.
    Shelved,
    /// H: set aside by logic.
    SuppressedByDesign,
    /// I: set aside for maintenance.
    OutOfService,
}

/// An alarm as lists and the API show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Alarm {
    /// Its number; grows, never reused. A return after `Normal` is a new alarm.
    pub id: u64,
    /// The asset.
    pub asset: AssetId,
    /// The signal, when one is concerned.
    pub signal: Option<SignalId>,
    /// What makes it the same alarm: `normal-behaviour`, `day0:bearing_temperature`.
    pub key: String,
    /// Where it comes from.
    pub class: AlarmClass,
    /// How urgent.
    pub priority: Priority,
    /// Where it stands.
    pub state: AlarmState,
    /// One line.
    pub message: String,
    /// What has led to it, as far as known.
    pub cause: String,
    /// What happens if nobody responds.
    pub consequence: String,
    /// What to do.
    pub response: String,
    /// Since when it is active, by source time.
    pub since: Timestamp,
    /// When the state last changed.
    pub changed: Timestamp,
    /// Who acknowledged or shelved it.
    pub by: Option<String>,
    /// What they wrote.
    pub comment: Option<String>,
    /// When a shelf ends.
    pub shelved_until: Option<Timestamp>,
    /// The number of the finding behind it, when one is.
    pub finding: Option<u64>,
}
