//! The population stability index: how far live values have left the law that a model was fitted on.
//!
//! PSI = Σ (live − known) · ln(live / known) over bins of equal share in training (Siddiqi, *Credit Risk Scorecards*, 2006,
//! where 0.1 and 0.25 are the usual limits of a moderate and a large shift). Without any shift it is about
//! (1/n + 1/m) · χ² with bins − 1 degrees of freedom (Yurdakul and Naranjo 2020, *J. Risk Model Validation* 14(4)), so that
//! a hundred live values pass 0.1 by luck: see [`limit`]. Values that remember each other count as fewer.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::Error;

/// From here on a shift is large.
pub const LARGE: f64 = 0.25;
/// The least share that a bin counts with, so that an empty one does not count without end.
const SHARE_MIN: f64 = 1e-3;

/// The index of live counts against known ones, bin by bin: 0 for the very same shares.
pub fn index(known: &[f64], live: &[f64]) -> f64 {
    let all = |counts: &[f64]| counts.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let (all_known, all_live) = (all(known), all(live));
    let term = |(known, live): (&f64, &f64)| {
        let (known, live) = ((known / all_known).max(SHARE_MIN), (live / all_live).max(SHARE_MIN));
        (live - known) * (live / known).ln()
    };
    known.iter().zip(live).map(term).sum()
}

/// The index that `live` values of the law of `known` ones in so many bins pass with probability `alpha`:
/// (1/n + 1/m) · χ²₁₋α, bins − 1. Of one bin it is 0.
///
/// # Errors
/// When there are no values, or `alpha` does not lie between 0 and 1.
pub fn limit(live: f64, known: f64, bins: usize, alpha: f64) -> Result<f64, Error> {
    const WHAT: &str = "a limit of the population stability index";
    if live.min(known) < 1.0 {
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
    Ok((1.0 / live + 1.0 / known) * law.inverse_cdf(1.0 - alpha))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn limits_of_the_golden_table() {
        for (n, want) in [(100.0, 0.2188), (250.0, 0.0888), (500.0, 0.0455), (1000.0, 0.0238), (5000.0, 0.0065)] {
            let found = limit(n, 10_000.0, 10, 0.01).unwrap();
            assert!((found - want).abs() < 6e-5, "{n}: {found}");
        }
        assert!(
            limit(0.0, 9.0, 10, 0.01).is_err()
                && limit(9.0, 9.0, 10, 0.0).is_err()
                && limit(9.0, 9.0, 10, f64::NAN).is_err()
        );
    }

    #[test]
    fn the_limit_is_passed_by_luck_as_often_as_it_says() {
        let mut random = Random::new(6);
        let known = [1000.0; 10];
        let limit = limit(250.0, 10_000.0, known.len(), 0.01).unwrap();
        let mut live = || {
            let values: Vec<f64> = (0..250).map(|_| random.unit() * 10.0).collect();
            let bins = |i: i32| (f64::from(i), f64::from(i + 1));
            let count = |(from, to)| values.iter().filter(|v| (from..to).contains(*v)).count() as f64;
            (0..10).map(|i| count(bins(i))).collect::<Vec<f64>>()
        };
        let passed = (0..2000).filter(|_| index(&known, &live()) > limit).count();
        assert!((8..=45).contains(&passed), "{passed} of 2000 at 1 %");
    }

    #[test]
    fn by_hand() {
        // halves: 50 % and 50 % known, 75 % and 25 % live
        let want = 0.25 * 1.5_f64.ln() - 0.25 * 0.5_f64.ln();
        assert!((index(&[2.0, 2.0], &[3.0, 1.0]) - want).abs() < 1e-12);
        assert!(index(&[5.0, 0.0], &[5.0, 0.0]).abs() < 1e-12 && index(&[50.0, 0.0], &[0.0, 50.0]) > LARGE);
        assert!(index(&[], &[]).abs() < 1e-12);
    }
}
