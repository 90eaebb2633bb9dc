//! From scores to p-values and limits that keep a stated false-alarm budget.

use serde::{Deserialize, Serialize};

use crate::{Error, stats};

/// The rank (from 1, ascending) of the calibration score that is the limit at level `alpha`:
/// ⌈(n + 1)(1 − α)⌉. None when n is too small for `alpha`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 ..= n + 1 for 0 < alpha < 1")]
pub fn rank(n: usize, alpha: f64) -> Option<usize> {
    let exact = (n as f64 + 1.0) * (1.0 - alpha);
    let rank = (exact - 1e-9).ceil().max(1.0) as usize; // 1e-9: (n + 1)(1 − α) is rarely exact in binary
    (alpha > 0.0 && alpha < 1.0 && rank <= n).then_some(rank)
}

/// The false-alarm probability of one evaluation that a budget allows: expected false alarms over evaluations.
///
/// # Errors
/// When there are no evaluations or the budget is not positive.
pub fn alpha(expected_false_alarms: f64, evaluations: f64) -> Result<f64, Error> {
    let fail = |name, value| Err(Error::OutOfRange { what: "a false-alarm level", name, value, allowed: "above 0" });
    if expected_false_alarms.is_nan() || expected_false_alarms <= 0.0 {
        return fail("the expected number of false alarms", expected_false_alarms);
    }
    if evaluations.is_nan() || evaluations <= 0.0 {
        return fail("the number of evaluations", evaluations);
    }
    Ok((expected_false_alarms / evaluations).min(1.0))
}

/// Scores of healthy data, sorted, against which new scores are ranked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    #[serde(with = "crate::bits")]
    sorted: Vec<f64>,
}

impl Calibration {
    /// From healthy scores that are independent of each other.
    ///
    /// # Errors
    /// When there is no finite score.
    pub fn new(scores: &[f64]) -> Result<Self, Error> {
        let mut sorted = stats::finite(scores);
        if sorted.is_empty() {
            return Err(Error::TooFewRows { what: "a calibration", found: 0, needed: 1 });
        }
        sorted.sort_by(f64::total_cmp);
        Ok(Self { sorted })
    }

    /// How many scores there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Never true: a calibration has at least one score.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The conformal p-value (1 + #{sᵢ ≥ s})/(n + 1). A score that is NaN has p = 1.
    pub fn p_value(&self, score: f64) -> f64 {
        if score.is_nan() {
            return 1.0;
        }
        let below = self.sorted.partition_point(|s| *s < score);
        (1.0 + (self.sorted.len() - below) as f64) / (self.sorted.len() as f64 + 1.0)
    }

    /// The limit at level `alpha`: a score above it is an alarm. None when there are too few scores for it.
    pub fn limit(&self, alpha: f64) -> Option<f64> {
        self.sorted.get(rank(self.sorted.len(), alpha)?.checked_sub(1)?).copied()
    }

    /// The largest healthy score.
    pub fn max(&self) -> f64 {
        self.sorted.last().copied().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn ranks_of_the_golden_table() {
        for (n, alpha, want) in [(19, 0.05, 19), (99, 0.01, 99), (100, 0.1, 91), (999, 0.001, 999)] {
            assert_eq!(rank(n, alpha), Some(want), "n={n} alpha={alpha}");
        }
        assert_eq!(rank(18, 0.05), None);
        assert_eq!(rank(0, 0.5), None);
    }

    #[test]
    fn p_values_are_uniform_on_healthy_scores() {
        let mut random = Random::new(5);
        let healthy: Vec<f64> = (0..500).map(|_| random.normal()).collect();
        let calibration = Calibration::new(&healthy).unwrap();
        let alarms = (0..20_000).filter(|_| calibration.p_value(random.normal()) <= 0.05).count();
        assert!((600..1500).contains(&alarms), "{alarms} of 20000 at 5 %");
    }

    #[test]
    fn p_values_and_limits_agree() {
        let calibration = Calibration::new(&(1..=99).map(f64::from).collect::<Vec<_>>()).unwrap();
        let limit = calibration.limit(0.01).unwrap();
        assert!(calibration.p_value(limit + 0.5) <= 0.01 + 1e-12);
        assert!(calibration.p_value(limit - 0.5) > 0.01);
        assert!((calibration.p_value(f64::NAN) - 1.0).abs() < 1e-12);
    }
}
