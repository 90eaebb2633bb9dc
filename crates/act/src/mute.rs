//! A finding that a person has set aside: nobody is called for it, and it stays on record.

use std::time::Duration;

use gemba_plant::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The longest mute with an end in time: what nobody looks at for longer wants a check that closes the finding.
pub const MUTE_MAX: Duration = Duration::from_hours(30 * 24);

/// Who has set a finding aside, why and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mute {
    /// Who.
    pub by: String,
    /// When, by our clock.
    pub at: Timestamp,
    /// Until when; none: until what was found is over.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

impl Mute {
    /// A mute that begins now.
    ///
    /// # Errors
    /// When there is no reason, or it would last for longer than [`MUTE_MAX`].
    pub fn new(by: &str, reason: &str, span: Option<Duration>, now: Timestamp) -> Result<Self, Error> {
        let reason = reason.trim();
        let bad = |what, cure| Err(Error::BadMute { what, cure });
        if reason.is_empty() {
            return bad("it has no reason", "say why nobody needs to look");
        }
        if span.is_some_and(|span| span.is_zero() || span > MUTE_MAX) {
            return bad("it must last for 1 minute to 30 days", "mute it for less, or until it ends");
        }
        let until = span.map(|span| now.plus(span));
        Ok(Self { by: by.to_owned(), at: now, until, reason: reason.to_owned() })
    }

    /// Whether nobody is called now. One without an end in time lasts while the condition goes on; one that would last too
    /// long, because the clock was set back, is over.
    pub fn holds(&self, goes_on: bool, now: Timestamp) -> bool {
        self.until.map_or(goes_on, |until| now < until && until.since(now) <= MUTE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mute_has_a_reason_and_ends() {
        let at = Timestamp::from_secs;
        let hour = Some(Duration::from_hours(1));
        assert!(Mute::new("ann", " ", hour, at(0)).is_err());
        assert!(Mute::new("ann", "x", Some(MUTE_MAX + Duration::from_secs(1)), at(0)).is_err());
        assert!(Mute::new("ann", "x", Some(Duration::ZERO), at(0)).is_err());
        let timed = Mute::new("ann", "known", hour, at(0)).unwrap();
        assert!(timed.holds(false, at(3_599)) && !timed.holds(true, at(3_600)));
        assert!(!timed.holds(true, at(-40 * 86_400)), "the clock was set back");
        let open = Mute::new("ann", "known", None, at(0)).unwrap();
        assert!(open.holds(true, at(1 << 40)) && !open.holds(false, at(1)));
    }
}
