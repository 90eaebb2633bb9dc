//! Remaining life as a range, and the chance of failing before a time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Remaining life in hours from the moment it was told: a median and the range that holds it with probability `level`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Life {
    /// The lower end, hours, above 0.
    pub lo_h: f64,
    /// The middle, hours; not below `lo_h`.
    pub median_h: f64,
    /// The upper end, hours; not below `median_h`.
    pub hi_h: f64,
    /// How probable it is that the range holds the truth, inside 0–1.
    pub level: f64,
}

/// The narrowest range, as a ratio of its ends: nobody knows a life better than that.
const RATIO_MIN: f64 = 1.01;

impl Life {
    /// Whether the numbers make a range.
    pub fn is_valid(&self) -> bool {
        let ordered = self.lo_h > 0.0 && self.lo_h <= self.median_h && self.median_h <= self.hi_h;
        ordered && self.hi_h.is_finite() && self.level > 0.0 && self.level < 1.0
    }

    /// The chance of failing within `hours`, 0–1.
    ///
    /// A log-logistic law on each side of the median, through the three quantiles that are known (Bennett 1983,
    /// log-logistic regression models for survival data): closed, monotone, and exact at all three.
    pub fn chance_within(&self, hours: f64) -> f64 {
        if !self.is_valid() || hours <= 0.0 {
            return 0.0;
        }
        1.0 / (1.0 + (self.median_h / hours).powf(self.shape(hours < self.median_h)))
    }

    /// The chance of failing within `hours` for one that has lived `age_h` hours since the life was told, 0–1: of those that
    /// came so far, the share that fails.
    pub fn chance_from(&self, age_h: f64, hours: f64) -> f64 {
        let (so_far, then) = (self.chance_within(age_h), self.chance_within(age_h.max(0.0) + hours));
        if so_far < 1.0 { ((then - so_far) / (1.0 - so_far)).clamp(0.0, 1.0) } else { 1.0 }
    }

    /// The hours after which the chance of failing reaches `chance` (0–1): the inverse of [`Life::chance_within`].
    pub fn hours_until(&self, chance: f64) -> f64 {
        let odds = chance / (1.0 - chance);
        self.median_h * odds.powf(1.0 / self.shape(chance < 0.5))
    }

    fn shape(&self, below: bool) -> f64 {
        let odds = ((1.0 + self.level) / (1.0 - self.level)).ln();
        let ratio = if below { self.median_h / self.lo_h } else { self.hi_h / self.median_h };
        odds / ratio.max(RATIO_MIN).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Life = Life { lo_h: 100.0, median_h: 240.0, hi_h: 720.0, level: 0.9 };

    #[test]
    fn the_three_quantiles_are_met_exactly() {
        for (hours, chance) in [(100.0, 0.05), (240.0, 0.5), (720.0, 0.95)] {
            assert!((LIFE.chance_within(hours) - chance).abs() < 1e-9, "{hours} h: {}", LIFE.chance_within(hours));
            assert!((LIFE.hours_until(chance) - hours).abs() < 1e-6);
        }
        assert!(LIFE.chance_within(0.0) == 0.0 && LIFE.chance_within(1e9) > 0.999);
    }

    #[test]
    fn one_that_lives_longer_than_told_is_weighed_from_there() {
        assert!((LIFE.chance_from(0.0, 240.0) - 0.5).abs() < 1e-9);
        // half are gone at 240 h; of the other half nine in ten are gone at 720 h
        assert!((LIFE.chance_from(240.0, 480.0) - 0.9).abs() < 1e-9);
        assert!(
            (0.0..=1.0).contains(&LIFE.chance_from(1e12, 24.0)) && (LIFE.chance_from(-5.0, 240.0) - 0.5).abs() < 1e-9
        );
    }

    #[test]
    fn what_is_no_range_has_no_chance() {
        let upside_down = Life { lo_h: 500.0, ..LIFE };
        assert!(!upside_down.is_valid());
        assert!(upside_down.chance_within(300.0) == 0.0);
    }
}
