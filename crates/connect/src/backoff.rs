//! How long to wait before trying again.

use std::time::Duration;

/// Doubles from half a second to a cap, with a spread that differs by connection so that a hundred
/// sources do not come back in the same instant. Deterministic: the spread comes from the name.
#[derive(Clone, Debug)]
pub struct Backoff {
    tries: u32,
    spread: f64,
}

impl Backoff {
    /// The first wait.
    pub const FIRST: Duration = Duration::from_millis(500);
    /// The longest wait: a device that comes back is seen within half a minute.
    pub const MAX: Duration = Duration::from_secs(30);

    /// A fresh back-off for a connection.
    pub fn new(name: &str) -> Self {
        let hash =
            name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        Self { tries: 0, spread: 0.8 + 0.4 * ((hash >> 40) as f64 / f64::from(1_u32 << 24)) }
    }

    /// The wait before the next try.
    pub fn next_wait(&mut self) -> Duration {
        let doubled = Self::FIRST.saturating_mul(1_u32 << self.tries.min(16));
        self.tries = self.tries.saturating_add(1);
        doubled.min(Self::MAX).mul_f64(self.spread)
    }

    /// Called once the link is up: the next loss starts with a short wait again.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_cap_and_start_over() {
        let mut backoff = Backoff::new("plc-1");
        let waits: Vec<_> = (0..12).map(|_| backoff.next_wait()).collect();
        assert!(waits.windows(2).all(|w| w[0] <= w[1]), "{waits:?}");
        assert!(waits[11] <= Backoff::MAX.mul_f64(1.2));
        backoff.reset();
        assert_eq!(backoff.next_wait(), waits[0]);
    }
}
