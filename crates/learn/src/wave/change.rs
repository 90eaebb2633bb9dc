//! Whether a machine shakes more than it did while it was healthy: a figure against its own past.

use serde::{Deserialize, Serialize};

use crate::stats;

/// How a figure above 0 lay in healthy waveforms, in logarithms: figures of vibration multiply, they do not add.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Healthy {
    /// Waveforms that were learned from.
    pub count: usize,
    /// The median.
    pub centre: f64,
    /// Robust standard deviation of the logarithm.
    pub spread: f64,
    /// The highest.
    pub highest: f64,
}

/// Robust standard deviations that count as a change.
const SPREADS: f64 = 6.0;

impl Healthy {
    /// Of figures; those that are not above 0 are left out. None when none is left.
    pub fn of(figures: &[f64]) -> Option<Self> {
        let logs: Vec<f64> = figures.iter().filter(|v| v.is_finite() && **v > 0.0).map(|v| v.ln()).collect();
        if logs.is_empty() {
            return None;
        }
        let centre = stats::median(&logs);
        let highest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(Self { count: logs.len(), centre: centre.exp(), spread: stats::mad_sigma(&logs), highest: highest.exp() })
    }

    /// From here on a figure has changed: above six robust standard deviations, above every healthy one, and at least
    /// `least` times the median.
    pub fn limit(&self, least: f64) -> f64 {
        (self.centre * (SPREADS * self.spread).exp()).max(self.highest).max(self.centre * least)
    }

    /// The chance that `hits` of `of` healthy readings lie above every one that was learned from, when readings are
    /// exchangeable and know nothing of each other: each does with 1/(n + 1).
    pub fn chance(&self, hits: u32, of: u32) -> f64 {
        chance_above_all(self.count, hits, of)
    }
}

/// The chance that `hits` of `of` readings lie above every one of `count` like them.
pub(super) fn chance_above_all(count: usize, hits: u32, of: u32) -> f64 {
    let p = 1.0 / (count as f64 + 1.0);
    let choose = |k: u32| (0..k).fold(1.0, |c, i| c * f64::from(of - i) / f64::from(i + 1));
    let term = |k: u32| choose(k) * p.powf(f64::from(k)) * (1.0 - p).powf(f64::from(of - k));
    (hits..=of).map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn healthy_figures_stay_below_the_limit_and_a_change_does_not() {
        let mut random = Random::new(11);
        let mut figure = || (0.1 * random.normal()).exp();
        let healthy = Healthy::of(&(0..100).map(|_| figure()).collect::<Vec<f64>>()).unwrap();
        assert!((healthy.centre - 1.0).abs() < 0.05 && (healthy.spread - 0.1).abs() < 0.03, "{healthy:?}");
        assert!((0..10_000).all(|_| figure() < healthy.limit(1.0)));
        assert!(healthy.limit(1.6) > 1.5 && healthy.limit(1.6) < 2.2, "{}", healthy.limit(1.6));
        assert!(healthy.limit(3.0) > 2.8);
    }

    #[test]
    fn the_chance_is_the_binomial_one() {
        let healthy = Healthy { count: 9, centre: 1.0, spread: 0.1, highest: 1.2 };
        // 10 · 0.1³ · 0.9² + 5 · 0.1⁴ · 0.9 + 0.1⁵
        assert!((healthy.chance(3, 5) - 0.00856).abs() < 1e-9);
        assert!((healthy.chance(0, 5) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_learned_from_nothing() {
        assert_eq!(Healthy::of(&[]), None);
        assert_eq!(Healthy::of(&[0.0, f64::NAN, -1.0]), None);
    }
}
