//! How long an operator rests after a fault: in event time, so that a replay rests alike.

use std::time::Duration;

use gemba_plant::Timestamp;

/// After the first fault.
const FIRST: Duration = Duration::from_secs(1);
/// At most: an operator that always fails costs one call in five minutes.
const LONGEST: Duration = Duration::from_mins(5);
/// After this long without a fault the next one counts as the first again.
const CALM: Duration = Duration::from_mins(10);

/// Faults in a row and the end of the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rest {
    pub(crate) strikes: u32,
    pub(crate) until: Option<Timestamp>,
}

impl Rest {
    /// A fault at event time `at`.
    pub(crate) fn strike(&mut self, at: Timestamp) {
        if self.until.is_some_and(|until| at > until.plus(CALM)) {
            self.strikes = 0;
        }
        let span = FIRST.saturating_mul(1 << self.strikes.min(16)).min(LONGEST);
        self.strikes = self.strikes.saturating_add(1);
        self.until = Some(at.plus(span));
    }

    /// Whether it rests at `at`.
    pub(crate) fn at(&self, at: Timestamp) -> bool {
        self.until.is_some_and(|until| at < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_double_up_to_five_minutes_and_calm_forgives() {
        let mut rest = Rest::default();
        let mut at = Timestamp::from_secs(0);
        let mut spans = Vec::new();
        for _ in 0..11 {
            rest.strike(at);
            let until = rest.until.unwrap();
            spans.push(until.since(at).as_secs());
            assert!(rest.at(at) && !rest.at(until));
            at = until;
        }
        assert_eq!(spans, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        rest.strike(at.plus(CALM).plus(Duration::from_secs(1)));
        assert_eq!(rest.strikes, 1);
    }
}
