use serde::{Deserialize, Serialize};

use crate::Error;
use crate::boost::{Boost, Config, Loss, Table, Training};

/// How likely a failure within a fixed time ahead is, from what is known at the moment it is asked (landmarking; van
/// Houwelingen 2007): age, what happened lately, what was replaced when. Boosted trees of small leaves, because few
/// moments are followed by a failure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Landmark {
    model: Boost,
}

/// Moments followed by a failure that are needed at least.
const FAILURES_MIN: usize = 3;

impl Landmark {
    /// Learns from moments of the past: what was known then, a column a fact (NaN where not known), and whether a failure
    /// followed within the time ahead. Moments of which that is not known yet do not belong here.
    ///
    /// # Errors
    /// When lengths differ, or fewer than three moments were followed by a failure.
    pub fn fit(known: &[Vec<f64>], failed: &[bool]) -> Result<Self, Error> {
        let failures = failed.iter().filter(|f| **f).count();
        if failures < FAILURES_MIN {
            return Err(Error::TooFewRows { what: "risk ahead", found: failures, needed: FAILURES_MIN });
        }
        let targets: Vec<f64> = failed.iter().map(|f| f64::from(u8::from(*f))).collect();
        let config = Config {
            loss: Loss::Logistic,
            rounds: 100,
            leaves: 12,
            depth: 6,
            leaf_rows: 10,
            l2: 3.0,
            ..Config::default()
        };
        Ok(Self { model: Boost::fit(&Training::of(&Table::new(known)?, &targets), &config)? })
    }

    /// The probability of a failure within the time ahead; `known` as when it was fitted.
    pub fn fails(&self, known: &[f64]) -> f64 {
        self.model.predict(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn age_and_a_warning_are_both_heard() {
        let mut random = Random::new(3);
        let (mut age, mut since_warning, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..4000 {
            let (a, s) = (100.0 * random.unit(), 10.0 * random.unit());
            let risk = 0.002 + 0.1 * f64::from(u8::from(a > 80.0)) + 0.6 * f64::from(u8::from(s < 1.0));
            age.push(a);
            since_warning.push(if s < 5.0 { s } else { f64::NAN });
            failed.push(random.unit() < risk);
        }
        let model = Landmark::fit(&[age, since_warning], &failed).unwrap();
        let mean = |ages: std::ops::Range<u32>, since: f64| {
            let all: Vec<f64> = ages.map(|a| model.fails(&[f64::from(a), since])).collect();
            crate::stats::mean(&all)
        };
        let (young, old) = (mean(0..80, f64::NAN), mean(82..100, f64::NAN));
        let told = crate::stats::mean(&[0.1, 0.3, 0.5, 0.7, 0.9].map(|since| mean(0..80, since)));
        assert!(young < 0.03 && (0.05..0.2).contains(&old) && told > 0.4, "{young} {old} {told}");
    }

    #[test]
    fn without_failures_nothing_is_learned() {
        assert!(Landmark::fit(&[vec![1.0; 50]], &[false; 50]).is_err());
        assert!(Landmark::fit(&[vec![1.0; 50]], &[true; 49]).is_err());
    }
}
