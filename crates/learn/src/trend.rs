//! Slow drift of a signal: how fast, how sure, and where it leads.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::{Error, stats};

/// Blocks that a recording is reduced to …
const BLOCKS: usize = 80;
/// … and one that is looked at between steps: as many as [`changes`](crate::change::changes) cuts it into.
const BLOCKS_BETWEEN: usize = 400;
/// The fewest blocks with values.
const BLOCKS_MIN: usize = 10;

/// A straight line through a recording, robustly, with what is known about its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Change per unit of time.
    pub slope: f64,
    /// The line's value in the middle of the recording.
    pub centre: f64,
    /// How likely a signal without drift looks like this (Mann–Kendall, freed from the memory of the values).
    pub p_value: f64,
    /// Of all pairs of blocks, the share that rises less the share that falls: −1 to 1 (Kendall's tau).
    pub tau: f64,
    middle: f64,
    noise: f64,
    independent: f64,
    width: f64,
}

/// A value in the future.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Where the line leads.
    pub value: f64,
    /// Where the mean of a block will lie, from …
    pub low: f64,
    /// … to, with the probability asked for, if the drift goes on as it was.
    pub high: f64,
}

impl Trend {
    /// Through `values` at `times` (ascending): Theil–Sen over the means of at most 80 blocks.
    ///
    /// # Errors
    /// With values in fewer than ten blocks.
    pub fn fit(times: &[f64], values: &[f64]) -> Result<Self, Error> {
        Self::fit_between(times, values, &[])
    }

    /// As [`Trend::fit`], of what goes on between steps: `steps` are the first values of new levels, ascending. Only pairs
    /// between the same two steps are compared (the test of Hirsch, Slack and Smith 1982, with stretches for
    /// seasons), so a step is no drift, however large. The line goes on from the last level. Over at most 400 blocks. Of a
    /// ramp that was cut into steps the slope comes out small: give only the steps that the slope does not explain.
    ///
    /// # Errors
    /// With values in fewer than ten blocks, or no two of them between the same steps.
    pub fn fit_between(times: &[f64], values: &[f64], steps: &[usize]) -> Result<Self, Error> {
        let points = blocks(times, values, steps);
        let n = points.len();
        let pairs = || {
            let after = |(i, a)| points.get(i + 1..).unwrap_or_default().iter().map(move |b| (a, b));
            points.iter().enumerate().flat_map(after).filter(|(a, b): &(&Point, &Point)| a.stretch == b.stretch)
        };
        let compared = pairs().count();
        if n < BLOCKS_MIN || compared == 0 {
            return Err(Error::TooFewRows { what: "a trend", found: n, needed: BLOCKS_MIN });
        }
        let rising = |(a, b): &(&Point, &Point)| b.time > a.time;
        let slopes: Vec<f64> = pairs().filter(rising).map(|(a, b)| (b.value - a.value) / (b.time - a.time)).collect();
        let slope = stats::median(&slopes);
        let slope = if slope.is_finite() { slope } else { 0.0 };
        let sign = |(a, b): (&Point, &Point)| f64::from(i8::from(b.value > a.value) - i8::from(b.value < a.value));
        let signs: f64 = pairs().map(sign).sum();
        let middle = stats::mean(&points.iter().map(|p| p.time).collect::<Vec<_>>());
        let level = |stretch: usize| {
            let own = points.iter().filter(|p| p.stretch == stretch);
            stats::median(&own.map(|p| p.value - slope * (p.time - middle)).collect::<Vec<_>>())
        };
        let levels: Vec<f64> = (0..=steps.len()).map(level).collect();
        let off = |p: &Point| p.value - slope * (p.time - middle) - levels.get(p.stretch).copied().unwrap_or(f64::NAN);
        let residuals: Vec<f64> = points.iter().map(off).collect();
        let centre = levels.iter().rev().copied().find(|level| level.is_finite()).unwrap_or(f64::NAN);
        let count = n as f64;
        let independent = (count * freedom(&residuals)).max(4.0);
        let spread = |stretch: usize| {
            let own = points.iter().filter(|p| p.stretch == stretch).count() as f64;
            own * (own - 1.0) * (2.0 * own + 5.0) / 18.0
        };
        let variance = (0..=steps.len()).map(spread).sum::<f64>() * (count / independent);
        let z = (signs.abs() - 1.0).max(0.0) / variance.sqrt();
        let tail = Normal::new(0.0, 1.0).map_or(0.5, |d| d.cdf(-z));
        let width = points.iter().map(|p| (p.time - middle).powi(2)).sum::<f64>() / count;
        let noise = stats::variance(&residuals).sqrt();
        let (p_value, tau) = ((2.0 * tail).min(1.0), signs / compared as f64);
        Ok(Self { slope, centre, p_value, tau, middle, noise, independent, width })
    }

    /// The line at a time.
    pub fn at(&self, time: f64) -> f64 {
        self.centre + self.slope * (time - self.middle)
    }

    /// Where the mean of a block will lie at a time, with a probability (0–1).
    pub fn forecast(&self, time: f64, probability: f64) -> Forecast {
        let lever = if self.width > 0.0 { (time - self.middle).powi(2) / self.width } else { 0.0 };
        let error = self.noise * (1.0 + (1.0 + lever) / self.independent).sqrt();
        let quantile = StudentsT::new(0.0, 1.0, (self.independent - 2.0).max(1.0))
            .map_or(3.0, |t| t.inverse_cdf(0.5 + probability.clamp(0.0, 0.999) / 2.0));
        let value = self.at(time);
        Forecast { value, low: value - quantile * error, high: value + quantile * error }
    }
}

/// The mean of a block, and between which steps it lies.
#[derive(Clone, Copy)]
struct Point {
    time: f64,
    value: f64,
    stretch: usize,
}

/// The blocks with a value; those with a step inside are left out.
fn blocks(times: &[f64], values: &[f64], steps: &[usize]) -> Vec<Point> {
    let most = if steps.is_empty() { BLOCKS } else { BLOCKS_BETWEEN };
    let block = values.len().div_ceil(most).max(1);
    let before = |row: usize| steps.iter().take_while(|step| **step <= row).count();
    let point = |(i, (times, values)): (usize, (&[f64], &[f64]))| {
        let (first, last) = (i * block, i * block + values.len().saturating_sub(1));
        let point = Point { time: stats::mean(times), value: stats::mean(values), stretch: before(first) };
        (before(last) == point.stretch && point.time.is_finite() && point.value.is_finite()).then_some(point)
    };
    times.chunks(block).zip(values.chunks(block)).enumerate().filter_map(point).collect()
}

/// The share of values that are independent, from the correlation of neighbours: (1 − r)/(1 + r).
fn freedom(residuals: &[f64]) -> f64 {
    let pairs = residuals.windows(2).filter_map(|w| Some(w.first()? * w.get(1)?));
    let square: f64 = residuals.iter().map(|r| r * r).sum();
    let r = if square > 0.0 { (pairs.sum::<f64>() / square).clamp(0.0, 0.95) } else { 0.0 };
    (1.0 - r) / (1.0 + r)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn fit(seed: u64, slope: f64, memory: f64) -> Trend {
        let mut random = Random::new(seed);
        let times: Vec<f64> = (0..4000).map(f64::from).collect();
        let mut at = 0.0;
        let values: Vec<f64> = times
            .iter()
            .map(|t| {
                at = memory * at + random.normal();
                7.0 + slope * t + at
            })
            .collect();
        Trend::fit(&times, &values).unwrap()
    }

    #[test]
    fn a_drift_is_measured_and_led_on() {
        let trend = fit(1, 0.01, 0.5);
        assert!((trend.slope / 0.01 - 1.0).abs() < 0.02 && trend.p_value < 1e-6, "{trend:?}");
        let ahead = trend.forecast(6000.0, 0.9);
        assert!(ahead.low < 67.0 && 67.0 < ahead.high, "{ahead:?}");
    }

    #[test]
    fn no_drift_is_rarely_called_one() {
        for memory in [0.0, 0.99] {
            let called = (0..200).filter(|seed| fit(*seed, 0.0, memory).p_value < 0.01).count();
            assert!(called <= 12, "{called} of 200 with memory {memory}");
        }
    }

    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let covered = (0..200).filter(|seed| {
            let mut random = Random::new(seed + 1000);
            let times: Vec<f64> = (0..80).map(f64::from).collect();
            let values: Vec<f64> = times.iter().map(|t| 0.1 * t + random.normal()).collect();
            let ahead = Trend::fit(&times, &values).unwrap().forecast(100.0, 0.9);
            let truth = 10.0 + random.normal();
            ahead.low < truth && truth < ahead.high
        });
        let covered = covered.count();
        assert!((165..=195).contains(&covered), "{covered} of 200 at 90 %");
    }

    #[test]
    fn a_step_is_no_drift_and_a_drift_with_a_step_in_it_is_one() {
        let times: Vec<f64> = (0..1000).map(f64::from).collect();
        let made = |seed: u64, slope: f64, step: f64| -> Vec<f64> {
            let mut random = Random::new(seed);
            times.iter().map(|t| slope * t + if *t < 600.0 { 0.0 } else { step } + random.normal()).collect()
        };
        let steps = |values: &[f64]| crate::change::changes(values).iter().map(|c| c.at).collect::<Vec<_>>();
        let mut called = 0;
        for seed in 0..50 {
            let stepped = made(seed, 0.0, 10.0);
            called += u32::from(Trend::fit_between(&times, &stepped, &steps(&stepped)).unwrap().p_value < 1e-3);
            // a ramp is cut into steps, and between them it goes on rising
            let ramp = made(seed, 0.02, 0.0);
            let trend = Trend::fit_between(&times, &ramp, &steps(&ramp)).unwrap();
            assert!(trend.p_value < 1e-3 && (0.4..1.2).contains(&(trend.slope / 0.02)) && trend.tau > 0.1, "{trend:?}");
            let both = made(seed, -0.01, 30.0);
            let trend = Trend::fit_between(&times, &both, &steps(&both)).unwrap();
            assert!(trend.p_value < 1e-3 && (0.4..1.2).contains(&(trend.slope / -0.01)), "{trend:?}");
        }
        assert!(called <= 1, "{called} of 50 steps called a drift");
    }

    #[test]
    fn too_little_is_refused() {
        assert!(Trend::fit(&[1.0; 5], &[1.0; 5]).is_err());
        assert!(Trend::fit(&[1.0; 50], &[2.0; 50]).unwrap().slope.abs() < 1e-12);
    }
}
