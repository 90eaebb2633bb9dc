use serde::{Deserialize, Serialize};

use super::Spell;
use crate::Error;

/// Weibull's law: the share exp(−(t/scale)^shape) lasts longer than t. A shape below 1 is early failures, 1 is chance,
/// above 1 is wear.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weibull {
    /// No unit.
    pub shape: f64,
    /// In the unit of the durations: 63 % have failed by then.
    pub scale: f64,
}

/// Failures that two parameters need, at least.
pub(super) const FAILURES_MIN: usize = 3;
/// Where the shape is sought.
const SHAPES: (f64, f64) = (0.05, 50.0);

impl Weibull {
    /// The likeliest law, spells without failure counted as lasting longer (maximum likelihood; Cohen 1965). The
    /// equation of the shape has one root, which is found by halving.
    ///
    /// # Errors
    /// When fewer than three spells ended with a failure, or a duration is not above 0.
    pub fn fit(spells: &[Spell]) -> Result<Self, Error> {
        let failures = usable(spells)?;
        let longest = spells.iter().fold(0.0_f64, |most, s| most.max(s.duration));
        // in units of the longest, so that no power overflows
        let logs: Vec<(f64, bool)> = spells.iter().map(|s| ((s.duration / longest).ln(), s.failed)).collect();
        let mean = logs.iter().filter(|(_, failed)| *failed).map(|(l, _)| l).sum::<f64>() / failures as f64;
        let slope = |shape: f64| {
            let sums = logs
                .iter()
                .map(|(l, _)| ((shape * l).exp(), l))
                .fold((0.0, 0.0), |(w, wl), (p, l)| (w + p, wl + p * l));
            sums.1 / sums.0 - 1.0 / shape - mean
        };
        let (mut low, mut high) = SHAPES;
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            (low, high) = if slope(middle) < 0.0 { (middle, high) } else { (low, middle) };
        }
        let shape = f64::midpoint(low, high);
        let power = logs.iter().map(|(l, _)| (shape * l).exp()).sum::<f64>() / failures as f64;
        Ok(Self { shape, scale: longest * power.powf(1.0 / shape) })
    }

    /// The share that lasts longer than `time`.
    pub fn survival(&self, time: f64) -> f64 {
        (-(time.max(0.0) / self.scale).powf(self.shape)).exp()
    }

    /// How likely a failure is within the next `ahead` of something that has lasted `age`.
    pub fn fails_within(&self, age: f64, ahead: f64) -> f64 {
        let hazard = |time: f64| (time.max(0.0) / self.scale).powf(self.shape);
        1.0 - (hazard(age) - hazard(age + ahead)).exp()
    }

    /// How much longer the share `share` (between 0 and 1) of those lasts that have lasted `age`.
    pub fn lasts(&self, age: f64, share: f64) -> f64 {
        let hazard = (age / self.scale).powf(self.shape) - share.ln();
        (self.scale * hazard.powf(1.0 / self.shape) - age).max(0.0)
    }
}

/// How many spells ended with a failure, when they are enough.
pub(super) fn usable(spells: &[Spell]) -> Result<usize, Error> {
    const WHAT: &str = "Weibull's law";
    if let Some(bad) = spells.iter().find(|s| !(s.duration > 0.0 && s.duration.is_finite())) {
        return Err(Error::OutOfRange { what: WHAT, name: "a duration", value: bad.duration, allowed: "above 0" });
    }
    let failures = spells.iter().filter(|s| s.failed).count();
    if failures < FAILURES_MIN {
        return Err(Error::TooFewRows { what: WHAT, found: failures, needed: FAILURES_MIN });
    }
    Ok(failures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_law_is_found_again_though_half_did_not_fail() {
        let mut random = Random::new(1);
        let spells: Vec<Spell> = (0..4000)
            .map(|_| {
                let life = 1000.0 * (-(1.0 - random.unit()).ln()).powf(1.0 / 2.5);
                let looked = 1600.0 * random.unit() + 1.0;
                Spell { duration: life.min(looked), failed: life <= looked }
            })
            .collect();
        let law = Weibull::fit(&spells).unwrap();
        assert!((law.shape - 2.5).abs() < 0.15 && (law.scale - 1000.0).abs() < 30.0, "{law:?}");
    }

    #[test]
    fn what_is_left_of_an_age() {
        let law = Weibull { shape: 1.0, scale: 100.0 };
        // chance has no memory
        assert!((law.lasts(0.0, 0.5) - law.lasts(500.0, 0.5)).abs() < 1e-9);
        assert!((law.lasts(0.0, 0.5) - 100.0 * 2.0_f64.ln()).abs() < 1e-9);
        let wear = Weibull { shape: 3.0, scale: 100.0 };
        assert!(wear.lasts(90.0, 0.5) < wear.lasts(10.0, 0.5));
        assert!((wear.fails_within(0.0, wear.lasts(0.0, 0.9)) - 0.1).abs() < 1e-9);
        assert!(Weibull::fit(&[Spell { duration: 5.0, failed: true }; 2]).is_err());
    }
}
