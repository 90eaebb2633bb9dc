//! Holes in the record. No hole without an entry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Binding, SignalId, TimeRange};

/// Why data is missing or unusable in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// The connection to the source was lost.
    ConnectionLost,
    /// The program itself was not running.
    NotRunning,
    /// The disk was full, so nothing was accepted.
    DiskFull,
    /// A queue was full and the configuration chose to drop.
    Dropped,
    /// Stored bytes failed their checksum and were set aside.
    Corrupt,
    /// The source sent something that could not be read.
    Malformed,
    /// Removed by the retention rule.
    Retention,
}

impl GapReason {
    /// The word in SQL, the API and the pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionLost => "connection_lost",
            Self::NotRunning => "not_running",
            Self::DiskFull => "disk_full",
            Self::Dropped => "dropped",
            Self::Corrupt => "corrupt",
            Self::Malformed => "malformed",
            Self::Retention => "retention",
        }
    }
}

/// A line of the gap ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// The connection that should have delivered, by its configured name; empty when the cause is inside.
    pub connection: String,
    /// The signal, when only one is concerned.
    pub signal: Option<SignalId>,
    /// From when to when. `to` is [`crate::Timestamp::MAX`] while the gap is open.
    pub range: TimeRange,
    /// Why.
    pub reason: GapReason,
    /// How many samples are known to be lost; zero when unknown.
    pub lost: u64,
    /// One sentence for people.
    pub note: String,
}

impl Gap {
    /// Whether it is in the record of a signal with this binding: the signal's own, its connection's, or everybody's.
    pub fn concerns(&self, signal: SignalId, binding: Option<&Binding>) -> bool {
        match self.signal {
            Some(only) => only == signal,
            None => self.connection.is_empty() || binding.is_some_and(|b| b.connection == self.connection),
        }
    }
}
