//! How far healthy scores go beyond those that were seen.

use serde::{Deserialize, Serialize};

use crate::{Error, stats};

/// The share of scores that make up the tail.
const TAIL: f64 = 0.3;
/// The fewest scores that a tail is drawn from.
const SCORES_MIN: usize = 6;

/// The tail of independent healthy scores, continued beyond the largest: what they exceed their quantile of 70 % by is
/// exponential (the tail of every light-tailed distribution, Pickands 1975) with a mean that is known only from the k of
/// them there are. With the reference prior 1/mean the next one exceeds x with probability (1 + x/S)^(−k), S being their
/// sum: few scores make a wide tail by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tail {
    #[serde(with = "crate::bits::one")]
    from: f64,
    #[serde(with = "crate::bits::one")]
    sum: f64,
    count: u32,
    /// The share of scores above `from`.
    #[serde(with = "crate::bits::one")]
    share: f64,
}

impl Tail {
    /// From scores that are independent of each other, such as the largest of each run.
    ///
    /// # Errors
    /// With fewer than six.
    pub fn fit(scores: &[f64]) -> Result<Self, Error> {
        let scores = stats::finite(scores);
        if scores.len() < SCORES_MIN {
            return Err(Error::TooFewRows { what: "the tail of scores", found: scores.len(), needed: SCORES_MIN });
        }
        let from = stats::quantile(&scores, 1.0 - TAIL);
        let beyond: Vec<f64> = scores.iter().map(|s| s - from).filter(|b| *b > 0.0).collect();
        let count = u32::try_from(beyond.len()).unwrap_or(u32::MAX).max(1);
        // all alike: a score that differs by a thousandth is as good as the same
        let sum = beyond.iter().sum::<f64>().max(1e-3 * from.abs()).max(f64::MIN_POSITIVE);
        Ok(Self { from, sum, count, share: f64::from(count) / scores.len() as f64 })
    }

    /// The score that a healthy one exceeds with probability `alpha`.
    pub fn limit(&self, alpha: f64) -> f64 {
        let rare = (self.share / alpha.max(f64::MIN_POSITIVE)).max(1.0);
        self.from + self.sum * (rare.powf(1.0 / f64::from(self.count)) - 1.0)
    }

    /// The probability that a healthy score is as high as this one; 1 below the tail.
    pub fn p_value(&self, score: f64) -> f64 {
        let beyond = score - self.from;
        if beyond > 0.0 { self.share * (1.0 + beyond / self.sum).powf(-f64::from(self.count)) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_limit_keeps_its_level_however_few_scores_there_are() {
        let mut random = Random::new(3);
        for n in [20, 100, 500] {
            let (mut above, mut all) = (0_u32, 0_u32);
            for _ in 0..400 {
                let mut score = || -(1.0 - random.unit()).ln() * 5.0;
                let limit = Tail::fit(&(0..n).map(|_| score()).collect::<Vec<f64>>()).unwrap().limit(1e-2);
                for _ in 0..500 {
                    above += u32::from(score() > limit);
                    all += 1;
                }
            }
            let share = f64::from(above) / f64::from(all);
            assert!((0.006..0.014).contains(&share), "{share} above the limit of one in a hundred, from {n}");
        }
    }

    #[test]
    fn limit_and_p_value_agree_and_scores_that_are_all_alike_are_survived() {
        let tail = Tail::fit(&(0..60).map(f64::from).collect::<Vec<f64>>()).unwrap();
        for alpha in [1e-1, 1e-3, 1e-6] {
            assert!((tail.p_value(tail.limit(alpha)) / alpha - 1.0).abs() < 1e-9);
        }
        assert!((tail.p_value(3.0) - 1.0).abs() < 1e-12 && tail.p_value(f64::NAN) > 0.99);
        let flat = Tail::fit(&[4.0; 9]).unwrap();
        assert!(flat.limit(1e-6) > 4.0 && flat.limit(1e-6).is_finite());
        assert!(Tail::fit(&[1.0, f64::NAN]).is_err());
    }
}
