//! Slows guessing down. Pure: told the time.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use gemba_plant::Timestamp;

/// Wrong tries of a user from an address before waiting begins (IEC 62443-4-2 CR 1.11).
const TRIES_OF_USER: u32 = 5;
/// Wrong tries of an address over all users before waiting begins.
const TRIES_OF_ADDRESS: u32 = 20;
/// The first wait; doubles with every further wrong try.
const WAIT_MIN: Duration = Duration::from_secs(30);
/// The longest wait: a guesser gets about 100 tries a day, a person who mistyped is not locked out for ever.
const WAIT_MAX: Duration = Duration::from_mins(15);
/// Tries are forgotten this long after the last one.
const FORGET_AFTER: Duration = Duration::from_hours(1);
/// Users and addresses remembered at most: about 1 MB.
const REMEMBERED_MAX: usize = 4096;
/// Bytes of a user name that are remembered.
const NAME_LEN_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Who {
    user: Option<String>,
    net: IpAddr,
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    wrong: u32,
    last: Timestamp,
    free_at: Timestamp,
}

/// Counts tries by user and address, and by address.
#[derive(Clone, Debug, Default)]
pub(super) struct Throttle {
    tries: BTreeMap<Who, Tries>,
}

impl Throttle {
    /// Counts a try before its password is looked at, so that tries side by side count too.
    ///
    /// # Errors
    /// How long to wait, when this try is refused unseen.
    pub(super) fn begin(&mut self, user: &str, from: IpAddr, now: Timestamp) -> Result<(), Duration> {
        let both = pair(user, from);
        for who in &both {
            if let Some(tries) = self.tries.get(who).filter(|t| t.free_at > now) {
                return Err(tries.free_at.since(now));
            }
        }
        self.make_room(now);
        for who in both {
            let limit = if who.user.is_some() { TRIES_OF_USER } else { TRIES_OF_ADDRESS };
            let tries = self.tries.entry(who).or_insert(Tries { wrong: 0, last: now, free_at: now });
            if now.since(tries.last) > FORGET_AFTER {
                tries.wrong = 0;
            }
            tries.wrong = tries.wrong.saturating_add(1);
            tries.last = now;
            tries.free_at = now.plus(wait_after(tries.wrong, limit));
        }
        Ok(())
    }

    /// The password was right: the user's tries are forgotten, and the try is taken off the address.
    pub(super) fn passed(&mut self, user: &str, from: IpAddr) {
        let [of_user, of_address] = pair(user, from);
        self.tries.remove(&of_user);
        if let Some(tries) = self.tries.get_mut(&of_address) {
            tries.wrong = tries.wrong.saturating_sub(1);
            tries.free_at = tries.last;
        }
    }

    /// Whether the tries so far lead to waiting from now on.
    pub(super) fn waits(&self, user: &str, from: IpAddr, now: Timestamp) -> bool {
        pair(user, from).iter().any(|who| self.tries.get(who).is_some_and(|t| t.free_at > now))
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.tries.len() + 2 <= REMEMBERED_MAX {
            return;
        }
        self.tries.retain(|_, t| now.since(t.last) <= FORGET_AFTER);
        while self.tries.len() + 2 > REMEMBERED_MAX {
            // the fewest wrong tries first: a flood of new names must not wash out a lock
            let Some(who) = self.tries.iter().min_by_key(|(_, t)| (t.wrong, t.last)).map(|(who, _)| who.clone()) else {
                return;
            };
            self.tries.remove(&who);
        }
    }
}

fn wait_after(wrong: u32, limit: u32) -> Duration {
    let Some(beyond) = wrong.checked_sub(limit) else { return Duration::ZERO };
    WAIT_MIN.saturating_mul(1 << beyond.min(16)).min(WAIT_MAX)
}

fn pair(user: &str, from: IpAddr) -> [Who; 2] {
    let net = net_of(from);
    let user = user.chars().take(NAME_LEN_MAX).collect();
    [Who { user: Some(user), net }, Who { user: None, net }]
}

/// An IPv6 subscriber holds a whole /64: it counts as one address.
fn net_of(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_000_000 + secs)
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn five_wrong_tries_make_the_sixth_wait_and_waits_double() {
        let mut throttle = Throttle::default();
        for _ in 0..TRIES_OF_USER {
            assert_eq!(throttle.begin("a", address(1), at(0)), Ok(()));
        }
        assert_eq!(throttle.begin("a", address(1), at(0)), Err(WAIT_MIN));
        assert_eq!(throttle.begin("a", address(1), at(30)), Ok(()));
        assert_eq!(throttle.begin("a", address(1), at(30)), Err(WAIT_MIN * 2));
    }

    #[test]
    fn others_and_other_addresses_do_not_wait() {
        let mut throttle = Throttle::default();
        for _ in 0..TRIES_OF_USER {
            throttle.begin("a", address(1), at(0)).unwrap();
        }
        assert_eq!(throttle.begin("a", address(2), at(0)), Ok(()));
        assert_eq!(throttle.begin("b", address(1), at(0)), Ok(()));
    }

    #[test]
    fn an_address_that_walks_through_names_waits_too() {
        let mut throttle = Throttle::default();
        let refused = (0..100).filter(|i| throttle.begin(&format!("user{i}"), address(1), at(0)).is_err()).count();
        assert_eq!(refused, 100 - 20);
        let v6 = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]);
        let refused = (0..100).filter(|i| throttle.begin(&format!("user{i}"), v6(*i), at(0)).is_err()).count();
        assert_eq!(refused, 100 - 20);
    }

    #[test]
    fn a_right_password_forgives() {
        let mut throttle = Throttle::default();
        for _ in 0..TRIES_OF_USER {
            throttle.begin("a", address(1), at(0)).unwrap();
        }
        throttle.passed("a", address(1));
        assert_eq!(throttle.begin("a", address(1), at(0)), Ok(()));
        assert!(!throttle.waits("a", address(1), at(0)));
    }

    #[test]
    fn memory_stays_bounded_and_locks_stay() {
        let mut throttle = Throttle::default();
        for _ in 0..=TRIES_OF_USER {
            let _locked = throttle.begin("victim", address(1), at(0)).is_err();
        }
        for i in 0..10_000_u32 {
            let _begun = throttle.begin(&format!("user{i}"), IpAddr::from(i.to_be_bytes()), at(1)).is_ok();
            assert!(throttle.tries.len() <= REMEMBERED_MAX);
        }
        assert!(throttle.waits("victim", address(1), at(2)));
    }
}
