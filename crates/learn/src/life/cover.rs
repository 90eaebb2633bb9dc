//! Ranges that cover as often as they say, by what earlier ranges did (split conformal prediction).

use serde::{Deserialize, Serialize};

use super::Range;
use crate::conformal;

/// How far earlier ranges missed, and what follows for the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cover {
    /// For each earlier range, the factor by which it had to be widened to reach the truth.
    #[serde(with = "crate::bits")]
    factors: Vec<f64>,
    covered: u32,
}

impl Cover {
    /// Remembers a range and what came of it. What was already over or never ends teaches nothing.
    pub fn add(&mut self, range: &Range, truth: f64) {
        let end = if truth < range.median { range.lo } else { range.hi };
        let (missed, allowed) = ((truth / range.median).ln().abs(), (end / range.median).ln().abs());
        if missed.is_finite() && allowed > 0.0 {
            self.factors.push(if allowed.is_finite() { missed / allowed } else { 0.0 });
            self.covered += u32::from(range.covers(truth));
        }
    }

    /// How many ranges are remembered.
    pub fn len(&self) -> usize {
        self.factors.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.factors.is_empty()
    }

    /// The share of remembered ranges that covered the truth, as they stood; none when none is remembered.
    pub fn share(&self) -> Option<f64> {
        (!self.factors.is_empty()).then(|| f64::from(self.covered) / self.factors.len() as f64)
    }

    /// The factor that the next range wants so that it covers with probability `level`; never below 1, so that a
    /// lucky past does not narrow it. With too few earlier ranges for the level, the largest factor of them.
    pub fn factor(&self, level: f64) -> f64 {
        let mut sorted = self.factors.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = conformal::rank(sorted.len(), 1.0 - level).unwrap_or(sorted.len());
        rank.checked_sub(1).and_then(|i| sorted.get(i)).copied().unwrap_or(1.0).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn ranges_that_are_too_narrow_are_widened_until_they_cover() {
        let mut random = Random::new(9);
        // lives spread by e^±1, ranges that think e^±0.3
        let narrow = Range { lo: 100.0 * (-0.5_f64).exp(), median: 100.0, hi: 100.0 * 0.5_f64.exp(), level: 0.9 };
        let mut life = || 100.0 * random.normal().exp();
        let mut cover = Cover::default();
        assert!((cover.factor(0.9) - 1.0).abs() < 1e-12 && cover.share().is_none());
        (0..200).for_each(|_| cover.add(&narrow, life()));
        assert!(cover.share().unwrap() < 0.5);
        let wide = narrow.widened(cover.factor(0.9));
        let covered = (0..1000).filter(|_| wide.covers(life())).count();
        assert!((850..960).contains(&covered), "{covered} of 1000");
    }
}
