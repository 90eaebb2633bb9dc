//! Which time retention may believe: deleting is for ever, clocks are not.

use std::time::Duration;

use gemba_plant::Timestamp;

/// A jump forward up to this is a plant that was off, and believed at once.
const JUMP_MAX: Duration = Duration::from_hours(35 * 24);
/// A larger jump is believed once the clock has kept to it for this long.
const PROBATION: Duration = Duration::from_hours(24);

/// A time that only moves forward, and does not follow a clock that jumps far ahead until it has stayed there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Believed {
    at: Timestamp,
    ahead_for: Duration,
}

impl Believed {
    pub(crate) fn new(at: Timestamp) -> Self {
        Self { at, ahead_for: Duration::ZERO }
    }

    /// The time to judge age by, `elapsed` (by a clock that does not jump) after the last call.
    pub(crate) fn tell(&mut self, now: Timestamp, elapsed: Duration) -> Timestamp {
        let near = now.since(self.at) <= JUMP_MAX.saturating_add(elapsed);
        // A store without a past has nothing to lose.
        if near || self.at == Timestamp::default() || self.ahead_for >= PROBATION {
            self.ahead_for = Duration::ZERO;
            self.at = self.at.max(now);
        } else {
            self.ahead_for = self.ahead_for.saturating_add(elapsed);
            self.at = self.at.plus(elapsed);
        }
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const DAY: i64 = 86_400;

    #[test]
    fn a_jump_of_ten_years_is_not_followed_until_it_has_lasted() {
        let start = Timestamp::from_secs(20_000 * DAY);
        let far = Timestamp::from_secs(23_650 * DAY);
        let mut believed = Believed::new(start);
        assert_eq!(believed.tell(far, HOUR), start.plus(HOUR));
        assert_eq!(believed.tell(start.plus(HOUR * 2), HOUR), start.plus(HOUR * 2), "the clock was put right");
        (0..25).for_each(|_| {
            believed.tell(far, HOUR);
        });
        assert_eq!(believed.tell(far, HOUR), far);
    }

    #[test]
    fn it_never_goes_back_and_a_fortnight_off_is_believed() {
        let start = Timestamp::from_secs(20_000 * DAY);
        let mut believed = Believed::new(start);
        assert_eq!(believed.tell(Timestamp::from_secs(0), HOUR), start);
        let later = Timestamp::from_secs(20_014 * DAY);
        assert_eq!(believed.tell(later, Duration::ZERO), later);
    }
}
