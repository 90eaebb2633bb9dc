//! Random numbers from a given seed: the same seed gives the same numbers, on every machine.

use serde::{Deserialize, Serialize};

/// A small generator (xorshift64*, Vigna 2016). Not for secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator; any seed will do.
    pub fn new(seed: u64) -> Self {
        let mut random = Self { state: (seed ^ 0x9E37_79B9_7F4A_7C15).max(1) };
        (0..8).for_each(|_| {
            random.bits();
        });
        random
    }

    /// Sixty-four random bits.
    pub fn bits(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Evenly spread over 0 ≤ x < 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal (Box–Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}
