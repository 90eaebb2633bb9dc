//! Why an operator's wish is refused.

use std::fmt;

use gemba_plant::port::{Blame, Fault, Retry};
use gemba_plant::{AlarmState, Timestamp};

/// Why an operator's wish is refused. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No open alarm has this number.
    #[error("alarm {id}: it is not open; it may have gone back to normal, see its journal")]
    NotOpen {
        /// The number asked for.
        id: u64,
    },
    /// The state of the alarm does not allow this.
    #[error("alarm {id}: cannot {wish} while it is {}", Words(*state))]
    NotNow {
        /// The alarm.
        id: u64,
        /// What was asked for.
        wish: &'static str,
        /// Where it stands.
        state: AlarmState,
    },
    /// The shelf would be too long (OPC 10000-9: `Bad_ShelvingTimeOutOfRange`).
    #[error(
        "shelving alarm {id} for {asked_min} min: the limit is {limit_min} min; shelve it for less, or take it out of service"
    )]
    ShelfTooLong {
        /// The alarm.
        id: u64,
        /// Asked for, minutes, rounded up.
        asked_min: u64,
        /// Allowed, minutes.
        limit_min: u64,
    },
    /// The shelf would end before it begins.
    #[error("shelving alarm {id}: the end ({}) is not after now ({}); choose a later end", until.micros(), now.micros())]
    ShelfOver {
        /// The alarm.
        id: u64,
        /// Asked for.
        until: Timestamp,
        /// When it was asked.
        now: Timestamp,
    },
    /// A comment is wanted.
    #[error("alarm {id}: to {wish} needs a comment; say what was seen or done")]
    CommentMissing {
        /// The alarm.
        id: u64,
        /// What was asked for.
        wish: &'static str,
    },
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        Blame::Config
    }

    fn retry(&self) -> Retry {
        Retry::Never
    }
}

struct Words(AlarmState);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            AlarmState::Normal => "normal",
            AlarmState::UnackActive => "active and unacknowledged",
            AlarmState::AckedActive => "active and acknowledged",
            AlarmState::RtnUnack => "over but unacknowledged",
            AlarmState::LatchedUnack => "latched and unacknowledged",
            AlarmState::LatchedAcked => "latched",
            AlarmState::Shelved => "shelved",
            AlarmState::SuppressedByDesign => "suppressed by design",
            AlarmState::OutOfService => "out of service",
        })
    }
}
