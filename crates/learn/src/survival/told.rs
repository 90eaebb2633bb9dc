use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF};

use crate::Error;
use crate::life::Range;

/// What chances that were told were worth: past moments with the chance that a model which had not seen them told, and
/// whether it failed. The answer to a new chance is how often it failed where about as much was told, as a range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// By what was told, ascending.
    #[serde(with = "crate::bits")]
    said: Vec<f64>,
    failed: Vec<bool>,
    /// Neighbouring moments that tell of the same time ahead; so many count as one.
    #[serde(with = "crate::bits::one")]
    overlap: f64,
}

/// Independent moments that a range is read from, at least, and the share of all when that is more.
const NEAR_MIN: f64 = 30.0;
const NEAR: f64 = 0.02;

impl Told {
    /// From moments; `overlap` of them in a row look at the same time ahead (7 when a week is asked each day), so that
    /// together they count as one.
    ///
    /// # Errors
    /// When there is no moment, or lengths differ.
    pub fn new(said: &[f64], failed: &[bool], overlap: f64) -> Result<Self, Error> {
        if said.is_empty() || said.len() != failed.len() {
            return Err(Error::TooFewRows { what: "chances told", found: said.len().min(failed.len()), needed: 1 });
        }
        let mut all: Vec<(f64, bool)> = said.iter().copied().zip(failed.iter().copied()).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (said, failed) = all.into_iter().unzip();
        Ok(Self { said, failed, overlap: overlap.max(1.0) })
    }

    /// How often it failed where about as much as `chance` was told: the middle and the range that holds the share with
    /// probability `level` (Jeffreys' interval of a share; Brown, Cai and DasGupta 2001). All 0 to 1.
    pub fn share(&self, chance: f64, level: f64) -> Range {
        let (failed, all) = self.near(chance);
        let outside = (1.0 - level) / 2.0;
        let Ok(law) = Beta::new(failed + 0.5, all - failed + 0.5) else {
            return Range { lo: 0.0, median: chance, hi: 1.0, level };
        };
        Range { lo: law.inverse_cdf(outside), median: law.inverse_cdf(0.5), hi: law.inverse_cdf(1.0 - outside), level }
    }

    /// Failures and moments where about as much was told, in moments that count by themselves. Where the same was told
    /// more often than that, all of them.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
    fn near(&self, chance: f64) -> (f64, f64) {
        let count = self.said.len();
        let wanted = ((NEAR_MIN * self.overlap).max(NEAR * count as f64) as usize).clamp(1, count);
        let (below, upto) = (self.said.partition_point(|s| *s < chance), self.said.partition_point(|s| *s <= chance));
        let from = below.midpoint(upto).saturating_sub(wanted / 2).min(count - wanted);
        let (from, to) =
            if upto > below { (from.min(below), (from + wanted).max(upto)) } else { (from, from + wanted) };
        let near = self.failed.get(from..to).unwrap_or_default();
        (near.iter().filter(|f| **f).count() as f64 / self.overlap, near.len() as f64 / self.overlap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Moments of which `chance` of what is told comes true.
    fn moments(count: u32, chance: impl Fn(f64) -> f64) -> Told {
        let mut random = Random::new(7);
        let said: Vec<f64> = (0..count).map(|_| random.unit()).collect();
        let failed: Vec<bool> = said.iter().map(|s| random.unit() < chance(*s)).collect();
        Told::new(&said, &failed, 1.0).unwrap()
    }

    #[test]
    fn what_was_told_too_low_is_told_as_it_came() {
        let told = moments(6000, |said| (1.5 * said).min(1.0));
        for said in [0.1, 0.3, 0.5] {
            let range = told.share(said, 0.9);
            assert!(range.lo < 1.5 * said + 0.02 && 1.5 * said - 0.02 < range.hi, "{said}: {range:?}");
            assert!(range.hi - range.lo < 0.2, "{range:?}");
        }
        assert!(told.share(0.95, 0.9).lo > 0.9);
    }

    #[test]
    fn few_moments_leave_much_open_and_a_week_asked_each_day_counts_once() {
        let few = moments(20, |said| said);
        let range = few.share(0.5, 0.9);
        assert!(range.hi - range.lo > 0.3, "{range:?}");
        let said = vec![0.2; 700];
        let failed: Vec<bool> = (0..700).map(|i| i % 35 < 7).collect();
        let width = |overlap| {
            let range = Told::new(&said, &failed, overlap).unwrap().share(0.2, 0.9);
            assert!(range.covers(0.2), "{range:?}");
            range.hi - range.lo
        };
        assert!(width(7.0) > 2.0 * width(1.0));
        assert!(Told::new(&[], &[], 1.0).is_err() && Told::new(&[0.1], &[], 1.0).is_err());
    }
}
