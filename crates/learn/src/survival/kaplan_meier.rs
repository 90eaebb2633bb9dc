use serde::{Deserialize, Serialize};

use super::Spell;
use crate::Error;

/// The share that lasts longer than any time, without a law (Kaplan and Meier 1958).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KaplanMeier {
    steps: Vec<Step>,
}

/// After a failure time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Step {
    time: f64,
    survival: f64,
    /// Greenwood's sum: the variance of the survival over its square.
    spread: f64,
}

impl KaplanMeier {
    /// From spells.
    ///
    /// # Errors
    /// When none ended with a failure, or a duration is not above 0.
    pub fn fit(spells: &[Spell]) -> Result<Self, Error> {
        const WHAT: &str = "a survival curve";
        if let Some(bad) = spells.iter().find(|s| !(s.duration > 0.0 && s.duration.is_finite())) {
            return Err(Error::OutOfRange { what: WHAT, name: "a duration", value: bad.duration, allowed: "above 0" });
        }
        let mut sorted = spells.to_vec();
        sorted.sort_by(|a, b| a.duration.total_cmp(&b.duration));
        let (mut at_risk, mut survival, mut spread) = (sorted.len() as f64, 1.0, 0.0);
        let mut steps = Vec::new();
        for equal in sorted.chunk_by(|a, b| a.duration.total_cmp(&b.duration).is_eq()) {
            let failed = equal.iter().filter(|s| s.failed).count() as f64;
            if let Some(first) = equal.first().filter(|_| failed > 0.0) {
                survival *= 1.0 - failed / at_risk;
                spread += if at_risk > failed { failed / (at_risk * (at_risk - failed)) } else { 0.0 };
                steps.push(Step { time: first.duration, survival, spread });
            }
            at_risk -= equal.len() as f64;
        }
        if steps.is_empty() {
            return Err(Error::TooFewRows { what: WHAT, found: 0, needed: 1 });
        }
        Ok(Self { steps })
    }

    fn step(&self, time: f64) -> Option<&Step> {
        self.steps.get(self.steps.partition_point(|s| s.time <= time).checked_sub(1)?)
    }

    /// The share that lasts longer than `time`.
    pub fn survival(&self, time: f64) -> f64 {
        self.step(time).map_or(1.0, |s| s.survival)
    }

    /// The standard error of [`KaplanMeier::survival`] (Greenwood 1926).
    pub fn error(&self, time: f64) -> f64 {
        self.step(time).map_or(0.0, |s| s.survival * s.spread.sqrt())
    }

    /// The times of failures, ascending: where the curve falls.
    pub fn times(&self) -> impl Iterator<Item = f64> {
        self.steps.iter().map(|step| step.time)
    }

    /// The time that the share `share` lasts longer than; none while the curve has not fallen so far.
    pub fn lasts(&self, share: f64) -> Option<f64> {
        self.steps.iter().find(|s| s.survival <= share).map(|s| s.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_of_a_textbook() {
        // Freireich et al. 1963, 6-mercaptopurine: weeks of remission, + still in remission
        let failed = [6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0];
        let censored = [6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0];
        let spell = |failed| move |duration: &f64| Spell { duration: *duration, failed };
        let spells: Vec<Spell> = failed.iter().map(spell(true)).chain(censored.iter().map(spell(false))).collect();
        let curve = KaplanMeier::fit(&spells).unwrap();
        for (week, survival) in [(5.0, 1.0), (6.0, 0.857), (10.0, 0.753), (16.0, 0.627), (23.0, 0.448), (50.0, 0.448)] {
            assert!((curve.survival(week) - survival).abs() < 1e-3, "{week}: {}", curve.survival(week));
        }
        assert!((curve.error(6.0) - 0.0764).abs() < 1e-3 && (curve.error(23.0) - 0.1346).abs() < 1e-3);
        assert_eq!((curve.lasts(0.5), curve.lasts(0.1)), (Some(23.0), None));
        assert!(KaplanMeier::fit(&[Spell { duration: 1.0, failed: false }]).is_err());
        assert!(KaplanMeier::fit(&[Spell { duration: 0.0, failed: true }]).is_err());
    }
}
