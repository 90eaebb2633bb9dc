//! Learning value by value, in memory that does not grow: windows spread evenly over the time, however long it is.

use serde::{Deserialize, Serialize};

use super::{SensorNormal, WINDOW};
use crate::Error;
use crate::packed::Packed;

/// The fewest values to learn from.
const LEARN_MIN: usize = 100;
/// The most windows that are kept: those of an hour at a value a second. When they are full every second one is dropped, and
/// of those to come only every second one is taken from then on.
const WINDOWS_MAX: usize = 60;

/// Learns how a sensor behaves while all is well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SensorLearner {
    /// The windows that are kept, one behind the other, and the one under way.
    kept: Packed,
    open: Packed,
    /// Windows that were passed over since one was kept: one in 2^`halved` is.
    skipped: usize,
    halved: u32,
    /// Usable values so far.
    count: usize,
    #[serde(with = "crate::bits::one")]
    last: f64,
    run: usize,
    longest_run: usize,
}

impl SensorLearner {
    /// Takes the next healthy value; what is not finite is passed over.
    pub fn push(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        let same = self.count > 0 && self.last.to_bits() == value.to_bits();
        self.run = if same { self.run + 1 } else { 1 };
        self.longest_run = self.longest_run.max(self.run);
        (self.last, self.count) = (value, self.count + 1);
        self.open.push(value);
        if self.open.len() < WINDOW {
            return;
        }
        let window = std::mem::take(&mut self.open);
        self.skipped += 1;
        if self.skipped < 1 << self.halved {
            return;
        }
        self.skipped = 0;
        self.take(&window.values());
        if self.kept.len() > WINDOWS_MAX * WINDOW {
            let all = std::mem::take(&mut self.kept).values();
            all.chunks_exact(WINDOW).step_by(2).for_each(|window| self.take(window));
            self.halved += 1;
        }
    }

    fn take(&mut self, window: &[f64]) {
        for value in window {
            self.kept.push(*value);
        }
    }

    /// Usable values so far.
    pub fn count(&self) -> usize {
        self.count
    }

    /// What was learned.
    ///
    /// # Errors
    /// With fewer than 100 usable values.
    pub fn finish(&self) -> Result<SensorNormal, Error> {
        if self.count < LEARN_MIN {
            return Err(Error::TooFewRows { what: "a sensor's behaviour", found: self.count, needed: LEARN_MIN });
        }
        Ok(SensorNormal::of(&self.kept.values(), self.longest_run))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn memory_does_not_grow_and_what_is_kept_is_spread_over_the_time() {
        let mut learner = SensorLearner::default();
        let mut random = Random::new(4);
        let value = |i: usize, random: &mut Random| i as f64 + 0.1 * random.normal();
        for i in 0..60 * 60 {
            learner.push(value(i, &mut random));
        }
        assert_eq!((learner.kept.len(), learner.halved), (3_600, 0));
        for i in 3_600..100_000 {
            learner.push(value(i, &mut random));
            assert!(learner.kept.len() <= 3_600);
        }
        let firsts: Vec<f64> = learner.kept.values().chunks_exact(WINDOW).map(|w| w[0].round()).collect();
        let apart = 60.0 * f64::from(1 << learner.halved);
        assert!(firsts.len() >= 30 && firsts.windows(2).all(|w| (w[1] - w[0] - apart).abs() < 2.0), "{firsts:?}");
        assert!(firsts[firsts.len() - 1] > 95_000.0);
    }

    #[test]
    fn a_run_counts_in_windows_that_are_not_kept_too() {
        let mut learner = SensorLearner::default();
        let mut random = Random::new(5);
        for i in 0..30_000 {
            learner.push(if (20_100..20_300).contains(&i) { 7.0 } else { random.normal() });
        }
        assert_eq!((learner.longest_run, learner.finish().unwrap().longest_run), (200, 200));
        let few = SensorLearner::default().finish().unwrap_err();
        assert!(few.to_string().contains("100"), "{few}");
    }
}
