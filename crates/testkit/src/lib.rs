//! Test helpers that more than one crate needs: a clock that stands still until it is told, a seeded
//! source of randomness, and the plant that speed and size are measured on.
//!
//! The house rules (crate edges, sizes, words) are this crate's own tests.
//!
//! ```
//! use gemba_plant::{Timestamp, port::Clock};
//! use gemba_testkit::FakeClock;
//!
//! let clock = FakeClock::at(Timestamp::from_secs(100));
//! clock.advance(std::time::Duration::from_secs(5));
//! assert_eq!(clock.now(), Timestamp::from_secs(105));
//! ```

pub mod plant;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use gemba_plant::Timestamp;
use gemba_plant::port::Clock;

/// A clock that stands still until it is told.
#[derive(Debug)]
pub struct FakeClock(AtomicI64);

impl FakeClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Sets it, forth or back.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Moves it on.
    pub fn advance(&self, span: Duration) {
        self.set(self.now().plus(span));
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Seeded pseudo-random numbers (`SplitMix64`; Steele, Lea, Flood 2014): the same seed, the same story.
#[derive(Clone, Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in 0 ≤ x < 1.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal (sum of twelve uniforms minus six: light tails, enough for tests).
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
