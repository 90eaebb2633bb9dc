//! Where a path goes, by two beliefs: that it drifts ([`Drift`]), and that it grows by a rate from a level ([`Growth`]).
//! Neither holds for all wear: what wanders or jumps drifts, what feeds on itself grows, and while growth has hardly begun
//! nothing tells them apart. Growth counts as its likelihood says, but for three tenths at least and half at most: the
//! likelihood of what was says little of what comes, and what jumps looks by chance as if it sped up.

use super::{Drift, Growth};
use crate::{Error, stats};

/// The shares that growth may have.
const GROWS: [f64; 2] = [0.3, 0.5];
/// Values that a quantile is taken from.
const AHEAD: usize = 200;
const SEED: u64 = 1;

/// A fitted path, as it stands at its last point.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    drift: Drift,
    growth: Growth,
    /// How much growth counts, 0–1.
    grows: f64,
}

impl Course {
    /// Fits a path: `times` ascending, in any unit; what is not finite is left out.
    ///
    /// # Errors
    /// When there are fewer than eight usable points, or they span no time.
    pub fn fit(times: &[f64], values: &[f64]) -> Result<Self, Error> {
        let (drift, growth) = (Drift::fit(times, values)?, Growth::fit(times, values)?);
        let grows = 1.0 / (1.0 + (drift.likelihood - growth.likelihood).exp());
        let [least, most] = GROWS;
        Ok(Self { drift, growth, grows: grows.clamp(least, most) })
    }

    /// Where it is, in the values' unit.
    pub fn level(&self) -> f64 {
        self.drift.level()
    }

    /// The probability that it rises.
    pub fn rising(&self) -> f64 {
        self.drift.rising()
    }

    /// The quantiles `q` (0–1) of where it is `after` a time, in the values' unit.
    pub fn ahead<const N: usize>(&self, after: f64, q: [f64; N]) -> [f64; N] {
        let (grow, drift) = self.shares(AHEAD);
        let mut values = self.growth.ahead(after, grow, SEED);
        values.extend((0..drift).map(|i| self.drift.ahead(after, (i as f64 + 0.5) / drift as f64)));
        q.map(|q| stats::quantile(&values, q))
    }

    /// `count` equally likely times until it first rises above `threshold` (in the values' unit), counted from the last
    /// point; infinite where it does not within 20 times the span that was seen.
    pub fn futures(&self, threshold: f64, count: usize, seed: u64) -> Vec<f64> {
        let (grow, drift) = self.shares(count);
        let mut futures = self.growth.futures(threshold, grow, seed);
        futures.extend(self.drift.futures(threshold, drift, seed));
        futures
    }

    /// How many of `count` grow, and how many drift.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    fn shares(&self, count: usize) -> (usize, usize) {
        let grow = (count as f64 * self.grows).round() as usize;
        (grow, count - grow.min(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::Range;
    use crate::random::Random;

    /// A hundred days of one kind of wear from 1 to 11, seen through noise.
    fn path(kind: usize, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let (rate, knee) = (3.0 + 2.0 * random.unit(), 30.0 + 20.0 * random.unit());
        let worn = |day: f64| match kind {
            0 => (rate * day / 99.0).exp_m1() / rate.exp_m1(),
            1 => day / 99.0,
            2 => (day / 99.0).powi(3),
            _ => ((day - knee) / (99.0 - knee)).max(0.0),
        };
        (0..100).map(|day| 1.0 + 10.0 * worn(f64::from(day)) + 0.3 * random.normal()).collect()
    }

    #[test]
    fn ranges_hold_whatever_the_kind_of_wear() {
        let days: Vec<f64> = (0..100).map(f64::from).collect();
        for kind in 0..4 {
            let (mut course, mut drift) = (0, 0);
            for seed in 0..20 {
                let values = path(kind, seed);
                for seen in [60, 75, 90] {
                    let truth = f64::from(99 - seen + 1);
                    let seen = usize::try_from(seen).unwrap();
                    let (times, values) = (&days[..seen], &values[..seen]);
                    let holds = |futures: Vec<f64>| u32::from(Range::of(&futures, 0.9).covers(truth));
                    course += holds(Course::fit(times, values).unwrap().futures(11.0, 300, seed));
                    drift += holds(Drift::fit(times, values).unwrap().futures(11.0, 300, seed));
                }
            }
            assert!(course >= 51, "kind {kind}: {course} of 60, by drift alone {drift}");
            // what feeds on itself is what drift alone does not hold for
            assert!(kind != 0 || drift < course, "{drift} of 60 by drift alone, {course} by both");
        }
    }
}
