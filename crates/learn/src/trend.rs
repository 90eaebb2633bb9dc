//! Slow drift of a signal: how fast, how sure, and where it leads.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::{Error, stats};

/// Blocks that a recording is reduced to.
const BLOCKS: usize = 80;
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
        let block = values.len().div_ceil(BLOCKS).max(1);
        let mean = |(t, v): (&[f64], &[f64])| (stats::mean(t), stats::mean(v));
        let mut points: Vec<(f64, f64)> = times.chunks(block).zip(values.chunks(block)).map(mean).collect();
        points.retain(|(t, v)| t.is_finite() && v.is_finite());
        let n = points.len();
        if n < BLOCKS_MIN {
            return Err(Error::TooFewRows { what: "a trend", found: n, needed: BLOCKS_MIN });
        }
        let pairs = || points.iter().enumerate().flat_map(|(i, a)| points.iter().skip(i + 1).map(move |b| (a, b)));
        let slopes: Vec<f64> = pairs().filter(|(a, b)| b.0 > a.0).map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)).collect();
        let slope = stats::median(&slopes);
        let slope = if slope.is_finite() { slope } else { 0.0 };
        let signs: f64 = pairs().map(|(a, b)| if b.1 > a.1 { 1.0 } else { -f64::from(u8::from(b.1 < a.1)) }).sum();
        let middle = stats::mean(&points.iter().map(|p| p.0).collect::<Vec<_>>());
        let centre = stats::median(&points.iter().map(|p| p.1 - slope * (p.0 - middle)).collect::<Vec<_>>());
        let residuals: Vec<f64> = points.iter().map(|p| p.1 - centre - slope * (p.0 - middle)).collect();
        let count = n as f64;
        let independent = (count * freedom(&residuals)).max(4.0);
        let variance = count * (count - 1.0) * (2.0 * count + 5.0) / 18.0 * (count / independent);
        let z = (signs.abs() - 1.0).max(0.0) / variance.sqrt();
        let tail = Normal::new(0.0, 1.0).map_or(0.5, |d| d.cdf(-z));
        let width = points.iter().map(|p| (p.0 - middle).powi(2)).sum::<f64>() / count;
        let noise = stats::variance(&residuals).sqrt();
        Ok(Self { slope, centre, p_value: (2.0 * tail).min(1.0), middle, noise, independent, width })
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
    fn too_little_is_refused() {
        assert!(Trend::fit(&[1.0; 5], &[1.0; 5]).is_err());
        assert!(Trend::fit(&[1.0; 50], &[2.0; 50]).unwrap().slope.abs() < 1e-12);
    }
}
