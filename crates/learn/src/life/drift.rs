//! A path that drifts: a Wiener process whose drift changes slowly, seen through noise, on a linear or a logarithmic
//! scale. On the logarithmic scale that is exponential growth whose rate is learned as it goes. Level and drift are
//! followed by a Kalman filter; its three variances are those of the largest likelihood. When the path first passes a
//! threshold is found by drawing futures (Si, Wang, Hu and Zhou 2011 review such models).

use serde::{Deserialize, Serialize};

use crate::random::Random;
use crate::{Error, stats};

/// The fewest points that are fitted.
pub(super) const POINTS_MIN: usize = 8;
/// Futures are followed for so many times the span that was seen.
pub(super) const HORIZON_SPANS: f64 = 20.0;
/// Steps of a future, each a little longer than the one before.
const STEPS: u32 = 120;
/// Shares of the noise's variance that diffusion and wandering of the drift may have in one step.
const DIFFUSIONS: [f64; 5] = [0.0, 0.01, 0.1, 1.0, 10.0];
const WANDERS: [f64; 5] = [0.0, 1e-6, 1e-5, 1e-4, 1e-3];

/// The scale on which a path drifts evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// So much in a day.
    Linear,
    /// So many per cent in a day.
    Log,
}

/// A fitted path, as it stands at its last point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// On which scale it drifts.
    pub scale: Scale,
    /// Where it is, on the scale.
    level: f64,
    /// How fast it goes, per unit of time.
    speed: f64,
    /// Variance of level, covariance, variance of drift.
    spread: [f64; 3],
    /// Variance that the level gathers in a unit of time.
    diffusion: f64,
    /// Variance that the drift gathers in a unit of time.
    wander: f64,
    /// Between the first and the last point.
    span: f64,
    /// The likelihood of the points, as a logarithm, on the linear scale.
    pub(super) likelihood: f64,
}

impl Drift {
    /// Fits a path: `times` ascending, in any unit; what is not finite is left out. The scale is the likelier of the
    /// two where all values are positive, else linear.
    ///
    /// # Errors
    /// When there are fewer than eight usable points, or they span no time.
    pub fn fit(times: &[f64], values: &[f64]) -> Result<Self, Error> {
        let linear = Self::fit_on(times, values, Scale::Linear)?;
        if values.iter().any(|v| *v <= 0.0) {
            return Ok(linear);
        }
        let log = Self::fit_on(times, values, Scale::Log)?;
        Ok(if log.likelihood > linear.likelihood { log } else { linear })
    }

    /// As [`Drift::fit`], on a scale that is given; on the logarithmic scale what is not positive is left out.
    ///
    /// # Errors
    /// As there.
    pub fn fit_on(times: &[f64], values: &[f64], scale: Scale) -> Result<Self, Error> {
        let to = |(t, v): (&f64, &f64)| (*t, if scale == Scale::Log { v.ln() } else { *v });
        let points: Vec<(f64, f64)> =
            times.iter().zip(values).map(to).filter(|(t, v)| t.is_finite() && v.is_finite()).collect();
        let span = points.last().zip(points.first()).map_or(0.0, |(last, first)| last.0 - first.0);
        if points.len() < POINTS_MIN || span <= 0.0 {
            return Err(Error::TooFewRows { what: "a degradation path", found: points.len(), needed: POINTS_MIN });
        }
        let step = span / (points.len() - 1) as f64;
        let jacobian: f64 = if scale == Scale::Log { points.iter().map(|(_, v)| v).sum() } else { 0.0 };
        let values: Vec<f64> = points.iter().map(|(_, v)| *v).collect();
        let floor = (stats::variance(&values) * 1e-12).max(1e-300);
        let mut best: Option<Filter> = None;
        for diffusion in DIFFUSIONS {
            for wander in WANDERS {
                let filter = Filter::run(&points, [diffusion / step, wander / step.powi(3)], floor);
                if best.as_ref().is_none_or(|b| filter.likelihood > b.likelihood) {
                    best = Some(filter);
                }
            }
        }
        let best = best.ok_or(Error::TooFewRows { what: "a degradation path", found: 0, needed: POINTS_MIN })?;
        Ok(Self {
            scale,
            level: best.state[0],
            speed: best.state[1],
            spread: best.spread.map(|v| v * best.noise),
            diffusion: best.variances[0] * best.noise,
            wander: best.variances[1] * best.noise,
            span,
            likelihood: best.likelihood - jacobian,
        })
    }

    /// Where it is, in the values' unit.
    pub fn level(&self) -> f64 {
        self.in_unit(self.level)
    }

    /// The probability that it rises.
    pub fn rising(&self) -> f64 {
        normal_cdf(self.speed / self.spread[2].max(f64::MIN_POSITIVE).sqrt())
    }

    /// The quantile `q` (0–1) of where it is `after` a time, in the values' unit.
    pub fn ahead(&self, after: f64, q: f64) -> f64 {
        let [level, both, drift] = self.spread;
        let gathered = self.diffusion * after + self.wander * after.powi(3) / 3.0;
        let variance = level + 2.0 * after * both + after * after * drift + gathered;
        self.in_unit(self.level + self.speed * after + normal_quantile(q) * variance.max(0.0).sqrt())
    }

    /// `count` equally likely times until it first rises above `threshold` (in the values' unit), counted from the
    /// last point; infinite where it does not within 20 times the span that was seen.
    pub fn futures(&self, threshold: f64, count: usize, seed: u64) -> Vec<f64> {
        let threshold = if self.scale == Scale::Log { threshold.ln() } else { threshold };
        let mut random = Random::new(seed);
        (0..count).map(|_| self.future(threshold, &mut random)).collect()
    }

    fn future(&self, threshold: f64, random: &mut Random) -> f64 {
        let [level, both, drift] = self.spread;
        let (a, b) = (random.normal(), random.normal());
        let level_sd = level.max(0.0).sqrt();
        let shared = if level_sd > 0.0 { both / level_sd } else { 0.0 };
        let mut at = self.level + level_sd * a;
        let mut speed = self.speed + shared * a + (drift - shared * shared).max(0.0).sqrt() * b;
        if at >= threshold {
            return 0.0;
        }
        let horizon = HORIZON_SPANS * self.span;
        let mut time = 0.0;
        for k in 1..=STEPS {
            let next_time = horizon * (f64::from(k) / f64::from(STEPS)).powi(3);
            let step = next_time - time;
            let next = at + speed * step + (self.diffusion * step).sqrt() * random.normal();
            let between = bridge(threshold - at, threshold - next, self.diffusion * step);
            if next >= threshold || random.unit() < between {
                let share = ((threshold - at) / (next - at)).clamp(0.0, 1.0);
                return time + step * if next >= threshold { share } else { 0.5 };
            }
            speed += (self.wander * step).sqrt() * random.normal();
            (at, time) = (next, next_time);
        }
        f64::INFINITY
    }

    fn in_unit(&self, at: f64) -> f64 {
        if self.scale == Scale::Log { at.exp() } else { at }
    }
}

/// The chance that a Brownian bridge between two points below the threshold passed it.
fn bridge(before: f64, after: f64, variance: f64) -> f64 {
    if variance > 0.0 && before > 0.0 && after > 0.0 { (-2.0 * before * after / variance).exp() } else { 0.0 }
}

fn normal_cdf(z: f64) -> f64 {
    statrs::function::erf::erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

fn normal_quantile(q: f64) -> f64 {
    -std::f64::consts::SQRT_2 * statrs::function::erf::erfc_inv(2.0 * q.clamp(1e-12, 1.0 - 1e-12))
}

/// A Kalman filter over all points, in units of the noise, whose size follows from the innovations.
#[derive(Clone, Copy, Debug)]
struct Filter {
    state: [f64; 2],
    spread: [f64; 3],
    variances: [f64; 2],
    noise: f64,
    likelihood: f64,
}

impl Filter {
    /// `floor` is the smallest variance that the noise may have.
    fn run(points: &[(f64, f64)], variances: [f64; 2], floor: f64) -> Self {
        let (mut state, mut spread) = ([0.0; 2], [DIFFUSE, 0.0, DIFFUSE]);
        let (mut squares, mut logs, mut counted) = (0.0, 0.0, 0_u32);
        let mut last = points.first().map_or(0.0, |(t, _)| *t);
        for (i, (time, value)) in points.iter().enumerate() {
            let step = time - last;
            last = *time;
            state[0] += state[1] * step;
            let [level, both, drift] = spread;
            let both_next = both + step * drift;
            let level_next =
                level + step * (both + both_next) + variances[0] * step + variances[1] * step.powi(3) / 3.0;
            spread = [level_next, both_next + variances[1] * step * step / 2.0, drift + variances[1] * step];
            let (miss, expected) = (value - state[0], spread[0] + 1.0);
            let gain = [spread[0] / expected, spread[1] / expected];
            state = [state[0] + gain[0] * miss, state[1] + gain[1] * miss];
            let [level, both, drift] = spread;
            spread = [level * (1.0 - gain[0]), both * (1.0 - gain[0]), drift - gain[1] * both];
            if i >= 2 {
                // the first two only place level and drift
                squares += miss * miss / expected;
                logs += expected.ln();
                counted += 1;
            }
        }
        let n = f64::from(counted).max(1.0);
        let noise = (squares / n).max(floor);
        Self { state, spread, variances, noise, likelihood: -0.5 * (logs + n * noise.ln() + n) }
    }
}

/// The variance of what is not known at first, in units of the noise.
const DIFFUSE: f64 = 1e9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::Range;

    /// A Wiener path: its points up to `until`, and when it passes 10.
    fn wiener(seed: u64, until: f64) -> (Vec<f64>, Vec<f64>, f64) {
        let mut random = Random::new(seed);
        let (mut at, mut passed) = (0.0, f64::INFINITY);
        let (mut times, mut values) = (Vec::new(), Vec::new());
        let fine = 0.02;
        for i in 0..200_000_u32 {
            let time = f64::from(i) * fine;
            if at >= 10.0 {
                passed = time;
                break;
            }
            if time <= until && i % 50 == 0 {
                times.push(time);
                values.push(at + 0.3 * random.normal());
            }
            at += 0.1 * fine + 0.4 * f64::sqrt(fine) * random.normal();
        }
        (times, values, passed)
    }

    #[test]
    fn the_range_covers_as_often_as_it_says() {
        let (mut covered, mut all) = (0, 0);
        for seed in 0..200 {
            let (times, values, passed) = wiener(seed, 40.0);
            if passed <= 41.0 {
                continue;
            }
            let path = Drift::fit_on(&times, &values, Scale::Linear).unwrap();
            let range = Range::of(&path.futures(10.0, 300, seed), 0.9);
            covered += u32::from(range.covers(passed - 40.0));
            all += 1;
        }
        let share = f64::from(covered) / f64::from(all);
        assert!(all > 150 && (0.82..=0.97).contains(&share), "{share} of {all}");
    }

    #[test]
    fn growth_is_seen_as_growth_and_its_rate_is_learned() {
        let mut random = Random::new(4);
        let times: Vec<f64> = (0..80).map(f64::from).collect();
        let values: Vec<f64> = times.iter().map(|t| (0.05 * t).exp() * (1.0 + 0.03 * random.normal())).collect();
        let path = Drift::fit(&times, &values).unwrap();
        assert_eq!(path.scale, Scale::Log);
        assert!((path.speed - 0.05).abs() < 0.01 && path.rising() > 0.99, "{path:?}");
        let range = Range::of(&path.futures(200.0, 400, 1), 0.9); // ln 200 / 0.05 = 106
        assert!(range.covers(27.0) && range.hi < 60.0, "{range:?}");
        assert!(path.ahead(10.0, 0.05) < path.ahead(10.0, 0.95));
        assert_eq!(path.futures(200.0, 5, 7), path.futures(200.0, 5, 7));
    }

    #[test]
    fn noise_without_a_trend_does_not_rise() {
        let mut sure = 0;
        for seed in 0..100 {
            let mut random = Random::new(seed);
            let times: Vec<f64> = (0..60).map(f64::from).collect();
            let values: Vec<f64> = times.iter().map(|_| 5.0 + random.normal()).collect();
            sure += u32::from(Drift::fit(&times, &values).unwrap().rising() > 0.99);
        }
        assert!(sure <= 8, "{sure} of 100");
    }

    #[test]
    fn too_little_is_refused() {
        assert!(Drift::fit(&[0.0, 1.0], &[1.0, 2.0]).is_err());
        assert!(Drift::fit(&[1.0; 20], &[2.0; 20]).is_err());
    }
}
