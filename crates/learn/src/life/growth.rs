//! A path that grows by a rate, from a level: v(t) = a + b·exp(r·t), seen through noise. It is the exponential model of
//! degradation (Gebraeel, Lawley, Li and Ryan 2005) with a level of its own, so that a path that has hardly begun to grow can
//! be asked too: the rate is not known then, and every rate that the points allow counts by how likely it makes them.

use super::drift::{HORIZON_SPANS, POINTS_MIN};
use crate::random::Random;
use crate::{Error, stats};

/// Rates that are tried beside a straight line, e-folds in the span that was seen.
const RATES: u32 = 40;
const RATE_MIN: f64 = 0.3;
const RATE_MAX: f64 = 60.0;
/// A straight line counts as much as so many rates.
const STRAIGHT: f64 = 4.0;
/// Misses are alike at most so much: a path that jumps stays where it went.
const ALIKE_MAX: f64 = 0.9;
/// … and so many points tell something of their own, at least.
const FREEDOM_MIN: f64 = 3.0;
/// Beyond it a double has no room.
const EXPONENT_MAX: f64 = 700.0;

/// A fitted path: every rate, and what level and growth are with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// Between the first and the last point.
    span: f64,
    /// Points that tell something of their own, less the two that a curve takes.
    freedom: f64,
    curves: Vec<Curve>,
    /// How likely the points are, as a logarithm, rates averaged; as [`Drift`](super::Drift) has it.
    pub(super) likelihood: f64,
}

/// v = a + b·exp(r·u), u the time since the last point in spans; with a rate of zero v = a + b·u.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Curve {
    rate: f64,
    /// How likely it is, of all; they sum to one.
    weight: f64,
    level: f64,
    growth: f64,
    /// The square root (Cholesky) of the inverse of the normal equations.
    root: [f64; 3],
    /// The sum of squared misses; over a chi-squared number of the fewer points it is their variance for level and growth.
    misses: f64,
    /// How often misses of neighbours are alike, 0–1.
    alike: f64,
}

impl Curve {
    /// What multiplies the growth.
    fn basis(rate: f64, u: f64) -> f64 {
        if rate > 0.0 { (rate * u).min(EXPONENT_MAX).exp() } else { u }
    }

    /// Least squares with this rate; the weight is a logarithm as yet.
    fn fit(points: &[(f64, f64)], rate: f64) -> Option<Self> {
        let count = points.len() as f64;
        let each = || points.iter().map(|(u, v)| (Self::basis(rate, *u), *v));
        let (x, v) = (each().map(|p| p.0).sum::<f64>() / count, each().map(|p| p.1).sum::<f64>() / count);
        let spread: f64 = each().map(|p| (p.0 - x).powi(2)).sum();
        let growth = each().map(|p| (p.0 - x) * (p.1 - v)).sum::<f64>() / spread;
        let level = v - growth * x;
        let residuals: Vec<f64> = each().map(|p| p.1 - level - growth * p.0).collect();
        let misses: f64 = residuals.iter().map(|m| m * m).sum();
        let pairs: f64 = residuals.iter().zip(residuals.iter().skip(1)).map(|(a, b)| a * b).sum();
        let alike = if misses > 0.0 { (pairs / misses).clamp(0.0, ALIKE_MAX) } else { 0.0 };
        // the inverse is [1/n + x²/s, −x/s; −x/s, 1/s]
        let first = (1.0 / count + x * x / spread).sqrt();
        let both = -x / spread / first;
        let root = [first, both, (1.0 / spread - both * both).max(0.0).sqrt()];
        let known = growth.is_finite() && root.iter().all(|r| r.is_finite());
        known.then_some(Self { rate, weight: 0.0, level, growth, root, misses, alike })
    }
}

impl Growth {
    /// Fits a path: `times` ascending, in any unit; what is not finite is left out.
    ///
    /// # Errors
    /// When there are fewer than eight usable points, or they span no time.
    pub fn fit(times: &[f64], values: &[f64]) -> Result<Self, Error> {
        let known: Vec<(f64, f64)> =
            times.iter().copied().zip(values.iter().copied()).filter(|(t, v)| t.is_finite() && v.is_finite()).collect();
        let ends = known.first().zip(known.last()).map_or((0.0, 0.0), |(first, last)| (first.0, last.0));
        let span = ends.1 - ends.0;
        if known.len() < POINTS_MIN || span <= 0.0 {
            return Err(Error::TooFewRows { what: "a path that grows", found: known.len(), needed: POINTS_MIN });
        }
        let points: Vec<(f64, f64)> = known.iter().map(|(t, v)| ((t - ends.1) / span, *v)).collect();
        let step = (RATE_MAX / RATE_MIN).ln() / f64::from(RATES - 1);
        let rates = (0..RATES).map(|i| RATE_MIN * (step * f64::from(i)).exp());
        let mut curves: Vec<Curve> =
            std::iter::once(0.0).chain(rates).filter_map(|rate| Curve::fit(&points, rate)).collect();
        let freedom = points.len() as f64 - 2.0;
        let values: Vec<f64> = known.iter().map(|p| p.1).collect();
        let typical = (stats::variance(&values) * 1e-12).max(1e-300);
        let likely = |c: &Curve| -0.5 * ((c.misses / freedom).max(typical).ln() + 1.0);
        let best = curves.iter().max_by(|a, b| likely(a).total_cmp(&likely(b)));
        let (best, alike) = best.map_or((0.0, 0.0), |c| (likely(c), c.alike));
        // what accumulates misses alike for long, so that fewer points tell something of their own (Bartlett 1946)
        let own = (freedom * (1.0 - alike) / (1.0 + alike)).max(FREEDOM_MIN.min(freedom));
        let (mut chances, mut all) = (0.0, 0.0);
        for curve in &mut curves {
            let chance = if curve.rate > 0.0 { 1.0 } else { STRAIGHT };
            curve.weight = chance * (own * (likely(curve) - best)).exp();
            (chances, all) = (chances + chance, all + chance * (freedom * (likely(curve) - best)).exp());
        }
        let weights: f64 = curves.iter().map(|c| c.weight).sum();
        for curve in &mut curves {
            curve.weight /= weights;
        }
        Ok(Self { span, freedom: own, curves, likelihood: freedom * best + (all / chances).ln() })
    }

    /// `count` equally likely times until it rises above `threshold`, counted from the last point; infinite where it does
    /// not within 20 times the span that was seen.
    pub fn futures(&self, threshold: f64, count: usize, seed: u64) -> Vec<f64> {
        let arrival = |rate: f64, level: f64, growth: f64| {
            let now = level + growth * Curve::basis(rate, 0.0);
            let ratio = (threshold - level) / growth;
            let after = if rate > 0.0 { ratio.ln() / rate } else { ratio };
            match after {
                _ if now >= threshold => 0.0,
                after if growth > 0.0 && after <= HORIZON_SPANS => after * self.span,
                _ => f64::INFINITY,
            }
        };
        self.drawn(count, seed, arrival)
    }

    /// `count` equally likely values `after` a time.
    pub fn ahead(&self, after: f64, count: usize, seed: u64) -> Vec<f64> {
        let u = after / self.span;
        self.drawn(count, seed, |rate, level, growth| level + growth * Curve::basis(rate, u))
    }

    /// Asks `count` curves: each rate as often as it is likely, level and growth drawn (Student's t).
    fn drawn(&self, count: usize, seed: u64, ask: impl Fn(f64, f64, f64) -> f64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let running = self.curves.iter().scan(0.0, |reached, curve| {
            *reached += curve.weight;
            Some(*reached)
        });
        let running: Vec<f64> = running.collect();
        let mut one = |place: usize| {
            let share = (place as f64 + 0.5) / count as f64;
            let curve = self.curves.get(running.partition_point(|reached| *reached < share)).or(self.curves.last())?;
            let noise = (curve.misses / chi_squared(self.freedom, random.normal())).sqrt();
            let (a, b) = (random.normal() * noise, random.normal() * noise);
            let [first, both, second] = curve.root;
            Some(ask(curve.rate, curve.level + first * a, curve.growth + both * a + second * b))
        };
        (0..count).filter_map(&mut one).collect()
    }
}

/// A chi-squared number of so many degrees of freedom, from a normal one (Wilson and Hilferty 1931).
fn chi_squared(freedom: f64, normal: f64) -> f64 {
    let part = 2.0 / (9.0 * freedom);
    (freedom * (1.0 - part + normal * part.sqrt()).powi(3)).max(1e-3 * freedom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::Range;

    /// A path of 60 days that has grown to three times its noise, and when it comes to ten times that.
    fn path(seed: u64, rate: f64) -> (Vec<f64>, Vec<f64>) {
        let mut random = Random::new(seed);
        let times: Vec<f64> = (0..60).map(f64::from).collect();
        let grown = |t: &f64| 2.0 + 3.0 * (rate * (t - 59.0)).exp() + 0.5 * random.normal();
        let values = times.iter().map(grown).collect();
        (times, values)
    }

    #[test]
    fn ranges_cover_a_path_whose_growth_has_just_begun() {
        let (mut covered, mut straight) = (0, 0);
        for seed in 0..100 {
            let rate = 0.04 + 0.001 * f64::from(u32::try_from(seed).unwrap());
            let (times, values) = path(seed, rate);
            let truth = 10.0_f64.ln() / rate;
            let growth = Growth::fit(&times, &values).unwrap();
            covered += u32::from(Range::of(&growth.futures(32.0, 300, 1), 0.9).covers(truth));
            let drift = crate::life::Drift::fit(&times, &values).unwrap();
            straight += u32::from(Range::of(&drift.futures(32.0, 300, 1), 0.9).covers(truth));
        }
        assert!((84..=98).contains(&covered) && straight < 70, "{covered} and {straight} of 100");
    }

    #[test]
    fn a_line_stays_a_line_and_what_does_not_grow_never_arrives() {
        let times: Vec<f64> = (0..100).map(f64::from).collect();
        let line: Vec<f64> = times.iter().map(|t| 0.1 * t + 0.05 * (t * 7.0).sin()).collect();
        let growth = Growth::fit(&times, &line).unwrap();
        let range = Range::of(&growth.futures(20.0, 300, 1), 0.9);
        assert!(range.covers(101.0) && range.lo > 60.0, "{range:?}");
        let mut ahead = growth.ahead(50.0, 100, 1);
        ahead.sort_by(f64::total_cmp);
        assert!((14.0..17.0).contains(&ahead[50]), "{ahead:?}");
        assert!(Growth::fit(&times, &[5.0; 100]).unwrap().futures(6.0, 50, 1).iter().all(|t| t.is_infinite()));
        assert!(growth.futures(5.0, 10, 1).iter().all(|t| *t <= 0.0));
        assert!(Growth::fit(&times[..7], &line[..7]).is_err() && Growth::fit(&[1.0; 9], &[1.0; 9]).is_err());
    }
}
