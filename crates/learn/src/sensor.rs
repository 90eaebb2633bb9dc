//! Faults of a sensor that show in its own signal: stuck, spiking, noisy, silent.

mod learner;
mod normal;

use serde::{Deserialize, Serialize};

use normal::SPIKE_VALUES;

use crate::stats;
pub use learner::SensorLearner;
pub use normal::SensorNormal;

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
/// A signal counts as stuck after this many times its longest learned run of equal values.
const STUCK_TIMES: usize = 5;
/// … and never sooner than this many values.
const STUCK_MIN: usize = 30;
/// Spikes in a window of 60 that make a fault, beyond those seen while learned.
const SPIKES_MIN: usize = 3;
/// Rare spikes are counted over so many values; so many make a fault, beyond twice those seen while learned.
const RARE_VALUES: f64 = 600.0;
const RARE_MIN: f64 = 5.0;
/// … and no more are remembered than this beyond it: what spiked often is soon healthy again.
const RARE_MORE: f64 = 0.5;
/// Large bends in a window of 60 that make noise, beyond those seen while learned.
const NOISE_MIN: usize = 12;
/// Beside spikes the other values are as calm as they were: at most this share of their steps is large …
const CALM: f64 = 0.3;
/// … of at least so many.
const CALM_STEPS: usize = 12;

/// Follows one sensor value by value; a value costs the same however long the window is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct SensorWatch {
    normal: SensorNormal,
    /// The newest values; the last [`WINDOW`] of them count.
    window: Vec<f64>,
    /// Large bends among those that count.
    large: usize,
    /// Spikes among those that count.
    spikes: usize,
    /// Spikes, each counting less with every value since.
    rare: f64,
    run: usize,
    missing: usize,
}

/// A watch as it is kept: what can be counted again is not.
#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    normal: SensorNormal,
    #[serde(with = "crate::bits")]
    window: Vec<f64>,
    #[serde(with = "crate::bits::one")]
    rare: f64,
    run: usize,
    missing: usize,
}

impl From<SensorWatch> for Saved {
    fn from(watch: SensorWatch) -> Self {
        let SensorWatch { normal, window, rare, run, missing, .. } = watch;
        Self { normal, window, rare, run, missing }
    }
}

impl From<Saved> for SensorWatch {
    fn from(saved: Saved) -> Self {
        let Saved { normal, window, rare, run, missing } = saved;
        let mut watch = Self { run, missing, ..Self::new(normal) };
        for value in window {
            watch.take(value);
        }
        watch.rare = rare;
        watch
    }
}

impl SensorWatch {
    /// Begins to follow.
    pub fn new(normal: SensorNormal) -> Self {
        Self { normal, window: Vec::with_capacity(2 * WINDOW), large: 0, spikes: 0, rare: 0.0, run: 0, missing: 0 }
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
        let found = self.judge();
        if found == Some(SensorFault::Noise) {
            self.rare = 0.0;
        }
        found
    }

    /// Whether far more of its values leave the middle of their neighbours than ever while learned, though not so many that it
    /// would be noisy.
    pub fn is_restless(&self) -> bool {
        self.large >= self.normal.large + NOISE_MIN / 2
    }

    /// Whether it reads more than ever while learned: the middle one of its newest values is larger than that of any window.
    pub fn is_louder(&self) -> bool {
        let newest = self.window.get(self.window.len().saturating_sub(WINDOW)..).unwrap_or_default();
        stats::median(newest) > self.normal.loudest
    }

    /// Puts a value into the window and the oldest out of the count.
    fn take(&mut self, value: f64) {
        if self.window.len() >= 2 * WINDOW {
            self.window.drain(..WINDOW);
        }
        self.window.push(value);
        let normal = self.normal;
        let spike = normal.spike_ends(&self.window).is_some();
        self.large += usize::from(normal.is_large_bend(&self.window));
        self.spikes += usize::from(spike);
        self.rare += f64::from(u8::from(spike)) - self.rare / RARE_VALUES;
        self.rare = self.rare.min(normal.rare_limit() + RARE_MORE);
        // what began with the value that counts no more
        if let Some(gone) = self.window.len().checked_sub(WINDOW + 1) {
            let head = |end: usize| self.window.get(..end).unwrap_or_default();
            self.large -= usize::from(normal.is_large_bend(head(gone + 3)));
            if self.spikes > 0 {
                // as it was counted: where one ends, the narrowest
                let began =
                    (1..=SPIKE_VALUES).filter(|width| normal.spike_ends(head(gone + width + 2)) == Some(*width));
                self.spikes -= began.count();
            }
        }
    }

    fn judge(&self) -> Option<SensorFault> {
        let normal = &self.normal;
        if normal.step > 0.0 && self.run >= STUCK_MIN.max(STUCK_TIMES * normal.longest_run) {
            return Some(SensorFault::Stuck);
        }
        if self.window.len() < WINDOW || normal.step <= 0.0 {
            return None;
        }
        // of a noisy signal most bends are large, of one that jumped once only one
        let large = self.large > (WINDOW / 2).max(normal.large + NOISE_MIN);
        if large || self.is_spiky() { self.name(large) } else { None }
    }

    fn is_spiky(&self) -> bool {
        self.spikes >= self.normal.spikes + SPIKES_MIN || self.rare >= self.normal.rare_limit()
    }

    /// Noise makes spikes, and spikes make large bends: what the values between them do tells which it is.
    fn name(&self, noisy: bool) -> Option<SensorFault> {
        let newest = self.window.get(self.window.len().saturating_sub(WINDOW)..).unwrap_or_default();
        let mut inside = [false; WINDOW];
        for end in 0..=newest.len() {
            let width = newest.get(..end).and_then(|values| self.normal.spike_ends(values));
            let spike = width.map_or(0..0, |width| end - 1 - width..end - 1);
            inside.iter_mut().take(spike.end).skip(spike.start).for_each(|s| *s = true);
        }
        let share = |from: usize| {
            let pairs = newest.array_windows().zip(inside.array_windows()).skip(from);
            let steps =
                pairs.filter(|(_, inside)| **inside == [false; 2]).map(|([a, b], _): (&[f64; 2], _)| (b - a).abs());
            let (all, large) = steps.fold((0_usize, 0_usize), |(all, large), step| {
                (all + 1, large + usize::from(self.normal.is_large_step(step)))
            });
            (all, large as f64 / all.max(1) as f64)
        };
        if noisy && share(0).1 > 0.5 {
            return Some(SensorFault::Noise);
        }
        // noise that has just begun has made spikes before it fills the window
        let (steps, large) = share(inside.iter().position(|s| *s).unwrap_or(0));
        (self.is_spiky() && steps >= CALM_STEPS && large <= CALM).then_some(SensorFault::Spike)
    }
}

#[cfg(test)]
mod tests;
