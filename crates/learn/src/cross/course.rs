//! How a signal ran while its relations were learned: from where to where, and whether its noise went with its level.

use serde::{Deserialize, Serialize};

/// The share of the noise that may grow with the level where it is called steady, with what is uncertain about it.
const STEADY: f64 = 0.5;
/// As many standard errors are what is uncertain.
const ERRORS: f64 = 2.0;

/// Sums over a signal's levels |x| and its steps |Δx| from row to row (Welford's update for pairs).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Course {
    count: usize,
    #[serde(with = "crate::bits::one")]
    last: f64,
    #[serde(with = "crate::bits::one")]
    pub(super) low: f64,
    #[serde(with = "crate::bits::one")]
    pub(super) high: f64,
    #[serde(with = "crate::bits::one")]
    level: f64,
    #[serde(with = "crate::bits::one")]
    step: f64,
    #[serde(with = "crate::bits::one")]
    levels: f64,
    #[serde(with = "crate::bits::one")]
    steps: f64,
    #[serde(with = "crate::bits::one")]
    both: f64,
}

impl Course {
    pub(super) const NEW: Self = Self {
        count: 0,
        last: f64::NAN,
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
        level: 0.0,
        step: 0.0,
        levels: 0.0,
        steps: 0.0,
        both: 0.0,
    };

    /// Takes the next value.
    pub(super) fn add(&mut self, value: f64) {
        (self.low, self.high) = (self.low.min(value), self.high.max(value));
        let (level, step) = (value.abs(), (value - self.last).abs());
        self.last = value;
        if !step.is_finite() {
            return;
        }
        self.count += 1;
        let n = self.count as f64;
        let (from_level, from_step) = (level - self.level, step - self.step);
        self.level += from_level / n;
        self.step += from_step / n;
        self.levels += from_level * (level - self.level);
        self.steps += from_step * (step - self.step);
        self.both += from_level * (step - self.step);
    }

    /// Whether the noise is known not to go with the level: of the line of steps over levels, little is slope. Where the
    /// level hardly moved nothing is known of it.
    pub(super) fn is_steady(&self) -> bool {
        let freedom = self.count as f64 - 2.0;
        let slope = self.both / self.levels;
        let error = ((self.steps - slope * self.both).max(0.0) / freedom / self.levels).sqrt();
        freedom > 0.0 && (slope + ERRORS * error) * self.level < STEADY * self.step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn course(noise: impl Fn(f64) -> f64, level: impl Fn(usize) -> f64) -> Course {
        let (mut random, mut course) = (Random::new(3), Course::NEW);
        for i in 0..2_000 {
            let level = level(i);
            course.add(level + noise(level) * random.normal());
        }
        course
    }

    #[test]
    fn noise_that_goes_with_the_level_is_told_from_noise_that_does_not() {
        let wave = |i: usize| 50.0 + 20.0 * (i as f64 / 300.0).sin();
        assert!(course(|_| 0.5, wave).is_steady());
        assert!(!course(|level| 0.01 * level, wave).is_steady());
        // a machine that stands now and then, and what it shows is in proportion to how it runs
        let stops = |i: usize| if i % 400 < 80 { 0.0 } else { 5.0 };
        assert!(!course(|level| 0.02 + 0.05 * level, stops).is_steady());
        // of a level that never moved nothing is known
        assert!(!course(|_| 0.5, |_| 50.0).is_steady() && !Course::NEW.is_steady());
        let ran = course(|_| 0.5, wave);
        assert!(ran.low > 27.0 && ran.low < 31.0 && ran.high > 69.0 && ran.high < 73.0, "{ran:?}");
    }
}
