//! Whether the currents of a motor have become unequal: their negative sequence against where it lay while the motor was
//! sound. Supply and motor are never quite equal, so it is where the sequence lies, not that there is one, that counts.

use serde::{Deserialize, Serialize};

use super::change::chance_above_all;
use crate::stats;

/// Where the negative sequence of a sound motor lay, as complex shares of the positive one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Blocks that were learned from.
    pub count: usize,
    /// The median of either part.
    #[serde(with = "crate::bits::pair")]
    pub centre: [f64; 2],
    /// How far blocks strayed from there: the deviation of either part, if both are normal.
    #[serde(with = "crate::bits::one")]
    pub spread: f64,
    /// The farthest of them.
    #[serde(with = "crate::bits::one")]
    pub farthest: f64,
}

/// The median distance of a point whose two parts are normal, in standard deviations: √(2 ln 2), the median of Rayleigh's law.
const MEDIAN: f64 = 1.177_41;
/// Standard deviations that count as a change.
const SPREADS: f64 = 6.0;

impl Balance {
    /// Of sequences of healthy blocks; none of none.
    pub fn of(sequences: &[(f64, f64)]) -> Option<Self> {
        let part = |of: fn(&(f64, f64)) -> f64| stats::median(&sequences.iter().map(of).collect::<Vec<f64>>());
        let centre = [part(|s| s.0), part(|s| s.1)];
        let own = Self { count: sequences.len(), centre, spread: 0.0, farthest: 0.0 };
        let away: Vec<f64> = sequences.iter().map(|s| own.away(*s)).collect();
        let farthest = away.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (farthest.is_finite()).then(|| Self { spread: stats::median(&away) / MEDIAN, farthest, ..own })
    }

    /// How far a sequence lies from where it lay, as a share of the positive one.
    pub fn away(&self, (re, im): (f64, f64)) -> f64 {
        let [centre_re, centre_im] = self.centre;
        (re - centre_re).hypot(im - centre_im)
    }

    /// From here on a sequence has moved: above six standard deviations, farther than every healthy one, and at least `least`.
    pub fn limit(&self, least: f64) -> f64 {
        (SPREADS * self.spread).max(self.farthest).max(least)
    }

    /// As [`Healthy::chance`](super::change::Healthy::chance).
    pub fn chance(&self, hits: u32, of: u32) -> f64 {
        chance_above_all(self.count, hits, of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_supply_that_is_unequal_is_usual_and_a_winding_that_becomes_so_is_not() {
        let mut random = Random::new(3);
        let mut block = |re: f64| (re + 0.002 * random.normal(), -0.01 + 0.002 * random.normal());
        let balance = Balance::of(&(0..60).map(|_| block(0.03)).collect::<Vec<_>>()).unwrap();
        assert!((balance.spread - 0.002).abs() < 6e-4, "{balance:?}");
        let limit = balance.limit(0.01);
        let healthy = (0..2_000).filter(|_| balance.away(block(0.03)) > limit).count();
        assert_eq!(healthy, 0, "{limit}");
        // as far from zero as before, at another angle
        assert!(balance.away((-0.01, 0.03)) > limit && balance.away(block(0.06)) > limit);
        assert!(balance.chance(3, 5) < 1e-4 && Balance::of(&[]).is_none() && Balance::of(&[(f64::NAN, 0.0)]).is_none());
    }
}
