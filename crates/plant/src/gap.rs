//! Holes in the record. No hole without an entry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Binding, SignalId, TimeRange, Timestamp};

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
    /// A person had paused the connection.
    Paused,
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
            Self::Paused => "paused",
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
    /// The part of the connection that is concerned, as its addresses begin (an edge node: `group/edge`); empty: all of it.
    #[serde(default)]
    pub part: String,
    /// From when to when. `to` is [`Timestamp::MAX`] while the gap is open.
    pub range: TimeRange,
    /// Why.
    pub reason: GapReason,
    /// How many samples are known to be lost; zero when unknown.
    pub lost: u64,
    /// How many samples of this time came after it, because something had kept them: a broker, a device, a writer.
    #[serde(default)]
    pub filled: u64,
    /// One sentence for people.
    pub note: String,
}

impl Gap {
    /// A hole of a whole connection of which nothing more is known.
    pub fn new(connection: impl Into<String>, range: TimeRange, reason: GapReason, note: impl Into<String>) -> Self {
        let (connection, note) = (connection.into(), note.into());
        Self { connection, signal: None, part: String::new(), range, reason, lost: 0, filled: 0, note }
    }

    /// Whether it is in the record of a signal with this binding: the signal's own, its connection's or its part's, or
    /// everybody's.
    pub fn concerns(&self, signal: SignalId, binding: Option<&Binding>) -> bool {
        match self.signal {
            Some(only) => only == signal,
            None => {
                self.connection.is_empty()
                    || binding.is_some_and(|b| b.connection == self.connection && self.holds(&b.address))
            }
        }
    }

    /// Whether an address of its connection lies in the part that is concerned.
    fn holds(&self, address: &str) -> bool {
        let below = address.strip_prefix(self.part.as_str());
        self.part.is_empty() || below.is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether it is still open.
    pub fn is_open(&self) -> bool {
        self.range.to == Timestamp::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_of_an_edge_node_concerns_its_own_signals_only() {
        let open = TimeRange::new(Timestamp::from_secs(1), Timestamp::MAX);
        let gap = Gap { part: "g/e".into(), ..Gap::new("line", open, GapReason::ConnectionLost, "") };
        let concerns = |connection: &str, address: &str| {
            let binding = Binding { connection: connection.into(), address: address.into() };
            gap.concerns(SignalId::new(1), Some(&binding))
        };
        assert!(concerns("line", "g/e/t") && concerns("line", "g/e/device/t"));
        assert!(!concerns("line", "g/e2/t") && !concerns("other", "g/e/t"));
        assert!(gap.is_open() && !gap.concerns(SignalId::new(1), None));
    }
}
