//! Why an operator's wish is refused.

use std::fmt;

use gemba_plant::port::{Blame, Fault, Retry};
use gemba_plant::{AlarmState, Timestamp};

use crate::work::{CaseState, OrderState};

/// Why an operator's wish is refused. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No open alarm has this number.
    #[error("alarm {id}: it is not open")]
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
    #[error("shelving alarm {id} for {asked_min} min: the limit is {limit_min} min")]
    ShelfTooLong {
        /// The alarm.
        id: u64,
        /// Asked for, minutes, rounded up.
        asked_min: u64,
        /// Allowed, minutes.
        limit_min: u64,
    },
    /// The shelf would end before it begins.
    #[error("shelving alarm {id}: the end lies {} s back", now.since(*until).as_secs())]
    ShelfOver {
        /// The alarm.
        id: u64,
        /// Asked for.
        until: Timestamp,
        /// When it was asked.
        now: Timestamp,
    },
    /// A comment is wanted.
    #[error("alarm {id}: to {wish} needs a comment")]
    CommentMissing {
        /// The alarm.
        id: u64,
        /// What was asked for.
        wish: &'static str,
    },
    /// Its finding is muted: the alarm goes by that.
    #[error("alarm {id}: its finding is muted")]
    Muted {
        /// The alarm.
        id: u64,
    },
    /// A mute that cannot be.
    #[error("the finding cannot be muted: {what}")]
    BadMute {
        /// What is wrong with it.
        what: &'static str,
        /// What to do instead.
        cure: &'static str,
    },
    /// A check without words.
    #[error("finding {finding}: the check has no note")]
    NoteMissing {
        /// The finding.
        finding: u64,
    },
    /// A check that found nothing and mended it.
    #[error("finding {finding}: the check found no fault and says that it was mended")]
    NothingMended {
        /// The finding.
        finding: u64,
    },
    /// A case without a check.
    #[error("finding {finding}: nobody has checked it, so there is nothing to take back")]
    NoCheck {
        /// The finding.
        finding: u64,
    },
    /// The state of a case does not allow this.
    #[error("finding {finding}: it cannot {wish} while it is {}", CaseWords(*state))]
    CaseClosed {
        /// The finding.
        finding: u64,
        /// What was asked for.
        wish: &'static str,
        /// Where it stands.
        state: CaseState,
    },
    /// The state of a work order does not allow this.
    #[error("work order {order}: it cannot {wish} while it is {}", OrderWords(*state))]
    OrderNotNow {
        /// The order.
        order: u64,
        /// What was asked for.
        wish: &'static str,
        /// Where it stands.
        state: OrderState,
    },
    /// Work that ends before it begins.
    #[error("work order {order}: the work ends before it begins")]
    WorkBackwards {
        /// The order.
        order: u64,
    },
    /// A label that cannot be kept.
    #[error("the label cannot be kept: {what}")]
    BadLabel {
        /// What is wrong with it.
        what: &'static str,
        /// What to do instead.
        cure: &'static str,
    },
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        Blame::Config
    }

    fn retry(&self) -> Retry {
        Retry::Never
    }

    fn cure(&self) -> String {
        let cure = match self {
            Self::NotOpen { .. } => "it may have gone back to normal: see its journal",
            Self::NotNow { .. } | Self::OrderNotNow { .. } => "look at where it stands now",
            Self::ShelfTooLong { .. } => "shelve it for less, or take it out of service",
            Self::ShelfOver { .. } => "choose a later end",
            Self::CommentMissing { .. } => "say what was seen or done",
            Self::NoteMissing { .. } => "say what was seen and done at the machine",
            Self::NothingMended { .. } => "choose what was found",
            Self::NoCheck { .. } => "record a check first",
            Self::CaseClosed { .. } => {
                "take the last check back if it was a mistake: a new occurrence has a finding of its own"
            }
            Self::WorkBackwards { .. } => "give the times from and to",
            Self::Muted { .. } => "unmute the finding",
            Self::BadLabel { cure, .. } | Self::BadMute { cure, .. } => cure,
        };
        cure.to_owned()
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

struct CaseWords(CaseState);

impl fmt::Display for CaseWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            CaseState::Pending => "pending",
            CaseState::Inspecting => "under inspection",
            CaseState::Confirmed => "confirmed",
            CaseState::Rejected => "rejected",
            CaseState::Resolved => "resolved",
            CaseState::Validated => "validated",
        })
    }
}

struct OrderWords(OrderState);

impl fmt::Display for OrderWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            OrderState::Open => "open",
            OrderState::Planned => "planned",
            OrderState::InProgress => "in progress",
            OrderState::Done => "done",
            OrderState::Cancelled => "cancelled",
        })
    }
}
