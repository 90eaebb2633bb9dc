//! How far a value can be trusted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The quality of a sample, one of four, with the protocol's raw status kept beside it.
///
/// The raw status is stored as it came: an OPC UA `StatusCode`, a Sparkplug `Quality` property
/// (0, 192, 500), a Modbus exception code, or zero when the protocol has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Quality {
    /// Use it.
    #[default]
    Good = 0,
    /// Use it with care: substituted, out of range, sensor not accurate.
    Uncertain = 1,
    /// The last value is kept, fresh data is overdue.
    Stale = 2,
    /// Never use it.
    Bad = 3,
}

impl Quality {
    /// The number in the `quality` column of batches and files.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Reads the column back; an unknown number is bad.
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Good,
            1 => Self::Uncertain,
            2 => Self::Stale,
            _ => Self::Bad,
        }
    }

    /// From an OPC UA status code: the two top bits are the severity (OPC 10000-4 §7.39).
    pub const fn from_opcua(status: u32) -> Self {
        match status >> 30 {
            0 => Self::Good,
            1 => Self::Uncertain,
            _ => Self::Bad,
        }
    }

    /// From a Sparkplug B `Quality` property (specification 3.0 §6.4.21): 192 good, 500 stale, else bad.
    pub const fn from_sparkplug(code: i32) -> Self {
        match code {
            192 => Self::Good,
            500 => Self::Stale,
            _ => Self::Bad,
        }
    }

    /// Whether the value may be computed with.
    pub const fn usable(self) -> bool {
        matches!(self, Self::Good | Self::Uncertain)
    }

    /// The word in SQL, the API and the pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Uncertain => "uncertain",
            Self::Stale => "stale",
            Self::Bad => "bad",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_unknown_is_bad() {
        for q in [Quality::Good, Quality::Uncertain, Quality::Stale, Quality::Bad] {
            assert_eq!(Quality::from_code(q.code()), q);
        }
        assert_eq!(Quality::from_code(200), Quality::Bad);
    }

    #[test]
    fn foreign_statuses_map_by_severity() {
        assert_eq!(Quality::from_opcua(0x0000_0000), Quality::Good);
        assert_eq!(Quality::from_opcua(0x4094_0000), Quality::Uncertain);
        assert_eq!(Quality::from_opcua(0x808A_0000), Quality::Bad);
        assert_eq!(Quality::from_sparkplug(192), Quality::Good);
        assert_eq!(Quality::from_sparkplug(500), Quality::Stale);
        assert_eq!(Quality::from_sparkplug(0), Quality::Bad);
    }
}
