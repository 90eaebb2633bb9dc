//! The population stability index: how far live values have left the law that a model was fitted on.
//!
//! PSI = Σ (live − known) · ln(live / known) over bins of equal share in training (Siddiqi, *Credit Risk Scorecards*, 2006,
//! where 0.1 and 0.25 are the usual limits of a moderate and a large shift). Without any shift it is about
//! (1/n + 1/m) · χ² with bins − 1 degrees of freedom (Yurdakul and Naranjo 2020, *J. Risk Model Validation* 14(4)), so that
//! a hundred live values pass 0.1 by luck: see [`limit`]. Values that remember each other count as fewer: thin them first.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::{Error, stats};

/// From here on a shift is moderate.
pub const MODERATE: f64 = 0.1;
/// From here on it is large.
pub const LARGE: f64 = 0.25;
/// The usual number of bins.
pub const BINS: usize = 10;
/// Live values below which nothing is said.
pub const LIVE_MIN: usize = 200;
/// The least share that a bin counts with, so that an empty one does not count without end.
const SHARE_MIN: f64 = 1e-4;

/// The law of a signal in training, as shares of bins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Psi {
    /// Ascending; a value equal to one lies below it.
    #[serde(with = "crate::bits")]
    edges: Vec<f64>,
    /// The share of each bin, one more than edges.
    #[serde(with = "crate::bits")]
    shares: Vec<f64>,
    /// Values that were learned from.
    known: usize,
}

/// What live values say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shift {
    /// Fewer than [`LIVE_MIN`] values.
    TooFew,
    /// No more than chance or usual wandering.
    None(f64),
    /// Beyond chance, and from [`MODERATE`] on.
    Moderate(f64),
    /// Beyond chance, and from [`LARGE`] on.
    Large(f64),
}

impl Psi {
    /// Learns the law from training values in at most `bins` bins between their quantiles; values that occur often make
    /// fewer. What is not finite is left out.
    ///
    /// # Errors
    /// With fewer values than bins, or fewer than two bins.
    pub fn fit(values: &[f64], bins: usize) -> Result<Self, Error> {
        const WHAT: &str = "a population stability index";
        let mut sorted = stats::finite(values);
        if bins < 2 {
            return Err(Error::OutOfRange { what: WHAT, name: "bins", value: bins as f64, allowed: "2 and more" });
        }
        if sorted.len() < bins {
            return Err(Error::TooFewRows { what: WHAT, found: sorted.len(), needed: bins });
        }
        sorted.sort_by(f64::total_cmp);
        let mut edges: Vec<f64> = (1..bins).map(|i| stats::quantile_sorted(&sorted, i as f64 / bins as f64)).collect();
        edges.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let mut law = Self { edges, shares: Vec::new(), known: sorted.len() };
        law.shares = law.of(&sorted);
        Ok(law)
    }

    /// How many bins there are.
    pub fn bins(&self) -> usize {
        self.shares.len()
    }

    /// The index of live values: 0 for the very same law; none when no value is finite.
    pub fn index(&self, live: &[f64]) -> Option<f64> {
        let live = stats::finite(live);
        let term = |(live, known): (f64, &f64)| {
            let (live, known) = (live.max(SHARE_MIN), known.max(SHARE_MIN));
            (live - known) * (live / known).ln()
        };
        (!live.is_empty()).then(|| self.of(&live).into_iter().zip(&self.shares).map(term).sum())
    }

    /// What live values say, when one false alarm in 1/`alpha` looks at `signals` signals is allowed.
    ///
    /// # Errors
    /// As [`limit`].
    pub fn shift(&self, live: &[f64], alpha: f64, signals: usize) -> Result<Shift, Error> {
        let count = stats::finite(live).len();
        let Some(index) = self.index(live).filter(|_| count >= LIVE_MIN) else { return Ok(Shift::TooFew) };
        let chance = limit(count, self.known, self.bins(), alpha / signals.max(1) as f64)?;
        Ok(match index {
            i if i < chance.max(MODERATE) => Shift::None(index),
            i if i < LARGE => Shift::Moderate(index),
            _ => Shift::Large(index),
        })
    }

    /// The share of each bin.
    fn of(&self, values: &[f64]) -> Vec<f64> {
        let mut counts = vec![0.0; self.edges.len() + 1];
        for value in values {
            if let Some(count) = counts.get_mut(self.edges.partition_point(|edge| edge < value)) {
                *count += 1.0;
            }
        }
        counts.into_iter().map(|count: f64| count / values.len().max(1) as f64).collect()
    }
}

/// The index that `live` values of the law of `known` ones in so many bins pass with probability `alpha`:
/// (1/n + 1/m) · χ²₁₋α, bins − 1. Of one bin it is 0.
///
/// # Errors
/// When there are no values, or `alpha` does not lie between 0 and 1.
pub fn limit(live: usize, known: usize, bins: usize, alpha: f64) -> Result<f64, Error> {
    const WHAT: &str = "a limit of the population stability index";
    if live.min(known) == 0 {
        return Err(Error::TooFewRows { what: WHAT, found: 0, needed: 1 });
    }
    let wrong = Error::OutOfRange { what: WHAT, name: "alpha", value: alpha, allowed: "above 0 and below 1" };
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(wrong);
    }
    if bins < 2 {
        return Ok(0.0);
    }
    let Ok(law) = ChiSquared::new(bins as f64 - 1.0) else { return Err(wrong) };
    Ok((1.0 / live as f64 + 1.0 / known as f64) * law.inverse_cdf(1.0 - alpha))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn draw(random: &mut Random, n: usize, mean: f64) -> Vec<f64> {
        (0..n).map(|_| mean + random.normal()).collect()
    }

    #[test]
    fn limits_of_the_golden_table() {
        for (n, want) in [(100, 0.2188), (250, 0.0888), (500, 0.0455), (1000, 0.0238), (5000, 0.0065)] {
            let found = limit(n, 10_000, BINS, 0.01).unwrap();
            assert!((found - want).abs() < 6e-5, "{n}: {found}");
        }
        assert!(limit(0, 9, 10, 0.01).is_err() && limit(9, 9, 10, 0.0).is_err() && limit(9, 9, 10, f64::NAN).is_err());
    }

    #[test]
    fn the_limit_is_passed_by_luck_as_often_as_it_says() {
        let mut random = Random::new(6);
        let law = Psi::fit(&draw(&mut random, 10_000, 0.0), BINS).unwrap();
        let limit = limit(250, 10_000, law.bins(), 0.01).unwrap();
        let passed = (0..2000).filter(|_| law.index(&draw(&mut random, 250, 0.0)).unwrap() > limit).count();
        assert!((8..=45).contains(&passed), "{passed} of 2000 at 1 %");
    }

    #[test]
    fn a_shift_is_told_by_its_size_and_few_values_say_nothing() {
        let mut random = Random::new(7);
        let law = Psi::fit(&draw(&mut random, 5000, 0.0), BINS).unwrap();
        let mut said = |n, mean| law.shift(&draw(&mut random, n, mean), 0.01, 4).unwrap();
        assert_eq!(said(150, 3.0), Shift::TooFew);
        assert!(matches!(said(1000, 0.0), Shift::None(i) if i < 0.05));
        assert!(matches!(said(2000, 0.4), Shift::Moderate(_)));
        assert!(matches!(said(1000, 1.0), Shift::Large(i) if i > 0.5));
    }

    #[test]
    fn by_hand_and_odd_values() {
        // halves: 50 % and 50 % known, 75 % and 25 % live
        let law = Psi::fit(&[1.0, 2.0, 3.0, 4.0], 2).unwrap();
        let want = 0.25 * 1.5_f64.ln() - 0.25 * 0.5_f64.ln();
        assert!((law.index(&[1.0, 2.0, 2.0, 9.0]).unwrap() - want).abs() < 1e-12);
        assert_eq!((law.bins(), law.index(&[f64::NAN])), (2, None));
        // a signal of one value has one share below and none above it
        let flat = Psi::fit(&[5.0; 50], BINS).unwrap();
        assert!(flat.index(&[5.0; 50]).unwrap().abs() < 1e-12 && flat.index(&[6.0; 50]).unwrap() > LARGE);
        assert!(Psi::fit(&[1.0; 3], BINS).is_err() && Psi::fit(&[1.0; 30], 1).is_err());
        let back: Psi = serde_json::from_str(&serde_json::to_string(&law).unwrap()).unwrap();
        assert_eq!(back, law);
    }
}
