//! Faults of a sensor that show in its own signal: stuck, spiking, noisy, silent.

use serde::{Deserialize, Serialize};

use crate::{Error, stats};

/// What a sensor's own signal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensorFault {
    /// No usable value any more.
    Dropout,
    /// The same value again and again, longer than it ever was while learned.
    Stuck,
    /// Single values far off their neighbours, far more often than while learned.
    Spike,
    /// The difference from value to value is far larger than while learned.
    Noise,
}

/// Values of the window that is judged.
const WINDOW: usize = 60;
/// The fewest values to learn from.
const LEARN_MIN: usize = 100;
/// A signal counts as stuck after this many times its longest learned run of equal values.
const STUCK_TIMES: usize = 5;
/// … and never sooner than this many values.
const STUCK_MIN: usize = 30;
/// A spike leaves its neighbours by this many robust standard deviations of learned steps.
const SPIKE_SIGMAS: f64 = 12.0;
/// Spikes in a window of 60 that make a fault, beyond those seen while learned.
const SPIKES_MIN: usize = 3;
/// Noise is a fault from this many times the learned step size.
const NOISE_TIMES: f64 = 4.0;

/// How a sensor behaves while all is well.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SensorNormal {
    #[serde(with = "crate::bits::one")]
    step: f64,
    longest_run: usize,
    spikes: usize,
}

impl SensorNormal {
    /// Learns from a healthy stretch.
    ///
    /// # Errors
    /// With fewer than 100 usable values.
    pub fn fit(values: &[f64]) -> Result<Self, Error> {
        let values = stats::finite(values);
        if values.len() < LEARN_MIN {
            return Err(Error::TooFewRows { what: "a sensor's behaviour", found: values.len(), needed: LEARN_MIN });
        }
        let steps: Vec<f64> = values.windows(2).filter_map(|w| Some((w.get(1)? - w.first()?).abs())).collect();
        // the mean, not the median: most steps of a coarsely resolved signal are zero
        let step = stats::mean(&steps);
        let spikes = values.chunks(WINDOW).map(|w| count_spikes(w, step)).max().unwrap_or(0);
        Ok(Self { step, longest_run: longest_run(&values), spikes })
    }
}

fn longest_run(values: &[f64]) -> usize {
    let (mut longest, mut run, mut last) = (0, 0, f64::NAN);
    for value in values {
        run = if value.to_bits() == last.to_bits() { run + 1 } else { 1 };
        longest = longest.max(run);
        last = *value;
    }
    longest
}

/// Whether the middle value leaves both neighbours to the same side by more than `limit`.
fn is_spike([a, b, c]: [f64; 3], limit: f64) -> bool {
    (b - a).abs() > limit && (b - c).abs() > limit && (b - a).signum() == (b - c).signum()
}

fn count_spikes(values: &[f64], step: f64) -> usize {
    let limit = SPIKE_SIGMAS * step;
    let spikes = values.windows(3).filter(|w| matches!(w, [a, b, c] if is_spike([*a, *b, *c], limit)));
    if step > 0.0 { spikes.count() } else { 0 }
}

/// Follows one sensor value by value; a value costs the same however long the window is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct SensorWatch {
    normal: SensorNormal,
    /// The newest values; the last [`WINDOW`] of them count.
    window: Vec<f64>,
    /// Large steps among those that count.
    large: usize,
    /// Spikes among those that count.
    spikes: usize,
    run: usize,
    missing: usize,
}

/// A watch as it is kept: what can be counted again is not.
#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    normal: SensorNormal,
    #[serde(with = "crate::bits")]
    window: Vec<f64>,
    run: usize,
    missing: usize,
}

impl From<SensorWatch> for Saved {
    fn from(watch: SensorWatch) -> Self {
        Self { normal: watch.normal, window: watch.window, run: watch.run, missing: watch.missing }
    }
}

impl From<Saved> for SensorWatch {
    fn from(saved: Saved) -> Self {
        let Saved { normal, window, run, missing } = saved;
        let mut watch = Self { run, missing, ..Self::new(normal) };
        for value in window {
            watch.take(value);
        }
        watch
    }
}

impl SensorWatch {
    /// Begins to follow.
    pub fn new(normal: SensorNormal) -> Self {
        Self { normal, window: Vec::with_capacity(2 * WINDOW), large: 0, spikes: 0, run: 0, missing: 0 }
    }

    /// Takes the next value, NaN when there is none, and says what is wrong with the sensor now.
    pub fn step(&mut self, value: f64) -> Option<SensorFault> {
        if !value.is_finite() {
            self.missing += 1;
            return (self.missing >= STUCK_MIN).then_some(SensorFault::Dropout);
        }
        self.missing = 0;
        let same = self.window.last().is_some_and(|last| last.to_bits() == value.to_bits());
        self.run = if same { self.run + 1 } else { 1 };
        self.take(value);
        self.judge()
    }

    /// Puts a value into the window and the oldest out of the count.
    fn take(&mut self, value: f64) {
        if self.window.len() >= 2 * WINDOW {
            self.window.drain(..WINDOW);
        }
        self.window.push(value);
        let (large, spike) = self.ends_at(self.window.len());
        self.large += usize::from(large);
        self.spikes += usize::from(spike);
        // the pair and the three that began with the value that counts no more
        if let Some(gone) = self.window.len().checked_sub(WINDOW + 1) {
            let (large, spike) = (self.ends_at(gone + 2).0, self.ends_at(gone + 3).1);
            self.large -= usize::from(large);
            self.spikes -= usize::from(spike);
        }
    }

    /// Whether the last of the first `end` values of the window ends a large step, and whether it ends a spike.
    fn ends_at(&self, end: usize) -> (bool, bool) {
        let head = self.window.get(..end).unwrap_or_default();
        let step = self.normal.step;
        let large = head.last_chunk().is_some_and(|[a, b]: &[f64; 2]| (b - a).abs() > NOISE_TIMES * step);
        (large, head.last_chunk().is_some_and(|three: &[f64; 3]| is_spike(*three, SPIKE_SIGMAS * step)))
    }

    fn judge(&self) -> Option<SensorFault> {
        let normal = &self.normal;
        if normal.step > 0.0 && self.run >= STUCK_MIN.max(STUCK_TIMES * normal.longest_run) {
            return Some(SensorFault::Stuck);
        }
        if self.window.len() < WINDOW || normal.step <= 0.0 {
            return None;
        }
        // of a noisy signal nearly all steps are large, of one that jumped once only one
        if self.large * 2 > WINDOW - 1 {
            return Some(SensorFault::Noise);
        }
        (self.spikes >= normal.spikes + SPIKES_MIN).then_some(SensorFault::Spike)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn healthy(seed: u64, n: usize) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..n).map(|_| 50.0 + (10.0 * random.normal()).round() / 10.0).collect()
    }

    fn found(values: impl IntoIterator<Item = f64>) -> Vec<SensorFault> {
        let mut watch = SensorWatch::new(SensorNormal::fit(&healthy(1, 600)).unwrap());
        let mut faults: Vec<SensorFault> = values.into_iter().filter_map(|v| watch.step(v)).collect();
        faults.dedup();
        faults
    }

    #[test]
    fn a_healthy_sensor_is_left_alone() {
        assert_eq!(found(healthy(2, 100_000)), vec![]);
    }

    #[test]
    fn each_fault_is_named() {
        assert_eq!(found(healthy(3, 100).into_iter().chain([51.0; 60])), vec![SensorFault::Stuck]);
        assert_eq!(found([f64::NAN; 60]), vec![SensorFault::Dropout]);
        let spiky = healthy(4, 300).into_iter().enumerate().map(|(i, v)| if i % 15 == 0 { v + 60.0 } else { v });
        assert_eq!(found(spiky), vec![SensorFault::Spike]);
        let noisy = healthy(5, 300).into_iter().map(|v| 50.0 + (v - 50.0) * 20.0);
        assert!(found(noisy).contains(&SensorFault::Noise));
    }

    #[test]
    fn what_is_counted_on_the_way_is_what_is_there() {
        let normal = SensorNormal::fit(&healthy(1, 600)).unwrap();
        let mut watch = SensorWatch::new(normal);
        for (i, value) in healthy(8, 1_000).into_iter().enumerate() {
            let value = if i % 7 == 0 { value + 60.0 } else { 50.0 + (value - 50.0) * 5.0 };
            watch.step(value);
            let newest = &watch.window[watch.window.len().saturating_sub(WINDOW)..];
            let large = newest.windows(2).filter(|w| (w[1] - w[0]).abs() > NOISE_TIMES * normal.step).count();
            assert_eq!((watch.large, watch.spikes), (large, count_spikes(newest, normal.step)), "value {i}");
            let back: SensorWatch = serde_json::from_str(&serde_json::to_string(&watch).unwrap()).unwrap();
            assert_eq!(back, watch);
        }
    }

    #[test]
    fn a_jump_of_the_process_is_no_sensor_fault() {
        assert_eq!(found(healthy(6, 200).into_iter().chain(healthy(7, 200).into_iter().map(|v| v + 30.0))), vec![]);
    }
}
