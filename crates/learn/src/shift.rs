//! Lasting changes of one signal as it comes: of its level, of its noise, or a drift that begins.
//!
//! Values are gathered into blocks and blocks into windows. The mean of a window may be as far from those before it as their
//! own spread says ([`Level`]: a Student t variable, its scale widened by the share of variance that wanders slowly, so that a
//! wandering signal has no changes). A change is told when it lasts: three windows in a row beyond the limit, to one side. The
//! level of the limit is the square root of what a change may have: windows of an unchanged signal are not quite strangers to
//! each other, so that of three only two count.
//! The noise is watched in the same way, as the logarithm of what neighbours within a block differ by. After a change it
//! begins anew. Memory does not grow.

use serde::{Deserialize, Serialize};

use crate::level::{Level, SLOW_MAX};
use crate::stats;

/// Values of a block, blocks of a window, windows that a change must last.
const BLOCK: usize = 10;
const WINDOW: usize = 10;
const LASTING: usize = 3;
/// Values of a window: how often a false change is possible.
pub const SHIFT_VALUES: usize = BLOCK * WINDOW;
/// Windows that are known before anything is judged, and that are kept.
const KNOWN_MIN: usize = 12;
const KNOWN_MAX: usize = 24;
/// A change is a drift when this share of it came within the windows that show it; of a step nothing does.
const ON_THE_WAY: f64 = 1.0 / 3.0;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShiftKind {
    /// The level, from one value to another.
    Level,
    /// The level began to drift.
    Drift,
    /// The noise: `before` and `after` are standard deviations.
    Noise,
}

/// A change that lasts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// What changed.
    pub kind: ShiftKind,
    /// When it began, by its estimate, µs.
    pub begin: i64,
    /// What was usual.
    pub before: f64,
    /// What is usual now; of a drift how far it has come.
    pub after: f64,
    /// What a drift gains an hour; 0 of other changes.
    pub per_hour: f64,
    /// How likely windows of an unchanged signal look like these, by the least of them.
    pub p_value: f64,
}

/// Watches one signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shifts {
    /// The level beyond which a window is.
    #[serde(with = "crate::bits::one")]
    alpha: f64,
    begin: i64,
    #[serde(with = "crate::bits")]
    block: Vec<f64>,
    level: Series,
    noise: Series,
}

/// One of the two things that are watched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Series {
    /// Means of the windows that are known, and the variances within them.
    #[serde(with = "crate::bits")]
    means: Vec<f64>,
    #[serde(with = "crate::bits")]
    within: Vec<f64>,
    /// Blocks that are not yet, with their times: of windows beyond the limit, and of the one that fills.
    times: Vec<i64>,
    #[serde(with = "crate::bits")]
    blocks: Vec<f64>,
}

impl Shifts {
    /// With the probability of a false change in [`SHIFT_VALUES`] values, for level and noise together.
    pub fn new(alpha: f64) -> Self {
        Self {
            alpha: (alpha / 2.0).sqrt(),
            begin: 0,
            block: Vec::new(),
            level: Series::default(),
            noise: Series::default(),
        }
    }

    /// Takes a value of time `time`, µs; what is not finite is passed over.
    pub fn step(&mut self, time: i64, value: f64) -> Option<Shift> {
        if !value.is_finite() {
            return None;
        }
        if self.block.is_empty() {
            self.begin = time;
        }
        self.block.push(value);
        if self.block.len() < BLOCK {
            return None;
        }
        let (mean, noise) = (stats::mean(&self.block), neighbours(&self.block));
        self.block.clear();
        let level = self.level.step(self.begin, mean, self.alpha);
        let noise = (noise > 0.0).then(|| self.noise.step(self.begin, noise.ln(), self.alpha)).flatten();
        level.or_else(|| {
            let shift = noise?;
            Some(Shift {
                kind: ShiftKind::Noise,
                before: shift.before.exp(),
                after: shift.after.exp(),
                per_hour: 0.0,
                ..shift
            })
        })
    }
}

/// What neighbours differ by, as the standard deviation of noise that remembers nothing.
fn neighbours(values: &[f64]) -> f64 {
    let steps = values.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?));
    let (sum, count) = steps.fold((0.0, 0.0), |(sum, count), step| (sum + step * step, count + 1.0));
    (sum / (2.0 * f64::max(count, 1.0))).sqrt()
}

impl Series {
    fn step(&mut self, time: i64, value: f64, alpha: f64) -> Option<Shift> {
        self.times.push(time);
        self.blocks.push(value);
        if !self.blocks.len().is_multiple_of(WINDOW) {
            return None;
        }
        let level = self.known();
        let off = |window: &[f64]| level.map_or(0.0, |level| level.deviation(stats::mean(window)));
        let limit = level.map_or(f64::INFINITY, |level| level.limit(alpha));
        let all: Vec<f64> = self.blocks.chunks(WINDOW).map(off).collect();
        let beyond = |sign: f64| all.iter().all(|off| sign * off > limit);
        if !beyond(1.0) && !beyond(-1.0) {
            self.learn();
            return None;
        }
        let level = level.filter(|_| all.len() >= LASTING)?;
        let least = all.iter().map(|off| off.abs()).fold(f64::INFINITY, f64::min);
        let shift = self.shift(&level, level.p_value(least).powi(2));
        (self.means, self.within) = (Vec::new(), Vec::new());
        self.learn();
        Some(shift)
    }

    /// What is known of the windows; none before there are enough, or of a signal that stands still to its last digit, which is
    /// a setting and no measurement.
    fn known(&self) -> Option<Level> {
        let windows = self.means.len();
        if windows < KNOWN_MIN {
            return None;
        }
        let between = stats::variance(&self.means);
        let total = between + stats::mean(&self.within);
        if total.is_nan() || total <= 0.0 {
            return None;
        }
        let slow = (between / total).min(SLOW_MAX);
        let count = windows as f64;
        // a window of blocks that know nothing of each other strays at least by their own noise
        let least = (stats::mean(&self.within) / WINDOW as f64).sqrt();
        let scale = (between * (1.0 + 1.0 / count)).sqrt().max(least) / (1.0 - slow);
        Some(Level { centre: stats::mean(&self.means), scale, freedom: count - 1.0 })
    }

    /// Windows that were no change are known from now on.
    fn learn(&mut self) {
        for window in self.blocks.chunks(WINDOW) {
            self.means.push(stats::mean(window));
            self.within.push(stats::variance(window));
        }
        let old = self.means.len().saturating_sub(KNOWN_MAX);
        self.means.drain(..old);
        self.within.drain(..old);
        self.blocks.clear();
        self.times.clear();
    }

    fn shift(&self, level: &Level, p_value: f64) -> Shift {
        let windows: Vec<f64> = self.blocks.chunks(WINDOW).map(stats::mean).collect();
        let (first, last) = (windows.first().copied().unwrap_or(f64::NAN), windows.last().copied().unwrap_or(f64::NAN));
        let came = last - first;
        let drifts = came / (last - level.centre) >= ON_THE_WAY && came.abs() > level.scale * std::f64::consts::SQRT_2;
        let after = if drifts { last } else { stats::mean(&self.blocks) };
        let begin = self.begin(level.centre, after);
        let span = self.times.last().zip(self.times.first()).map_or(0, |(last, first)| last - first) as f64 / 3.6e9;
        let share = (LASTING - 1) as f64 / LASTING as f64;
        let per_hour = if drifts && span > 0.0 { came / (span * share) } else { 0.0 };
        let kind = if drifts { ShiftKind::Drift } else { ShiftKind::Level };
        Shift { kind, begin, before: level.centre, after, per_hour, p_value }
    }

    /// The block from which on the values are nearer to what is usual now: where the sum of how much nearer is largest.
    fn begin(&self, before: f64, after: f64) -> i64 {
        let middle = f64::midpoint(before, after);
        let nearer = |value: &f64| if after > before { value - middle } else { middle - value };
        let (mut sum, mut best, mut at) = (0.0, f64::NEG_INFINITY, 0);
        for (place, value) in self.blocks.iter().enumerate().rev() {
            sum += nearer(value);
            if sum > best {
                (best, at) = (sum, place);
            }
        }
        self.times.get(at).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const SECOND: i64 = 1_000_000;

    /// A signal that remembers, from a seed, and what was found in it.
    fn found(seed: u64, n: usize, memory: f64, mut change: impl FnMut(usize, f64) -> f64) -> Vec<Shift> {
        let (mut random, mut shifts, mut at) = (Random::new(seed), Shifts::new(1e-4), 0.0);
        let values = (0..n).map(|i| {
            at = memory * at + (1.0 - memory * memory).sqrt() * random.normal();
            change(i, at)
        });
        (0..).zip(values).filter_map(|(i, value): (i64, f64)| shifts.step(i * SECOND, value)).collect()
    }

    #[test]
    fn a_step_is_told_once_with_its_begin() {
        for seed in 0..20 {
            let told = found(seed, 12_000, 0.5, |i, v| 50.0 + v + if i >= 6_000 { 2.0 } else { 0.0 });
            assert_eq!(told.len(), 1, "{seed} {told:?}");
            let shift = told[0];
            assert_eq!(shift.kind, ShiftKind::Level, "{shift:?}");
            assert!((shift.begin / SECOND - 6_000).abs() <= 100, "{shift:?}");
            assert!((shift.after - shift.before - 2.0).abs() < 0.5 && shift.p_value < 1e-4, "{shift:?}");
        }
    }

    #[test]
    fn noise_that_grows_and_a_drift_that_begins_are_told_as_such() {
        let louder = found(3, 12_000, 0.0, |i, v| if i >= 6_000 { 3.0 * v } else { v });
        let first = louder[0];
        assert!(first.kind == ShiftKind::Noise && (first.after / first.before - 3.0).abs() < 0.6, "{louder:?}");
        let drift = found(4, 12_000, 0.0, |i, v| v + if i >= 6_000 { (i - 6_000) as f64 / 200.0 } else { 0.0 });
        let first = drift[0];
        assert!(first.kind == ShiftKind::Drift && (first.per_hour - 18.0).abs() < 6.0, "{drift:?}");
        assert!((first.begin / SECOND - 6_000).abs() <= 300, "{first:?}");
    }

    #[test]
    fn unchanged_signals_keep_the_budget_whatever_they_remember() {
        // 1 in 10 000 windows of 100 values: 1.8 of 400 signals of 6 000 values, after 1 500 to learn from, would be allowed
        for memory in [0.0, 0.9, 0.99, 0.999] {
            let told: usize = (0..400).map(|seed| found(seed, 6_000, memory, |_, v| v).len()).sum();
            assert!(told <= 4, "{memory}: {told}");
        }
        let set = found(1, 6_000, 0.0, |i, _| f64::from(u8::from(i / 2_000 % 2 == 1)));
        assert_eq!(set, vec![], "a setting is no measurement");
    }

    /// Where a plain two-sided CUSUM (reference 0.5, decision limit 8: an alarm in 38 000 independent values) with level and
    /// spread of the first 1 200 values alarms; it begins anew after each.
    fn plain(values: &[f64]) -> Vec<usize> {
        let head = &values[..1_200];
        let (mean, sd) = (stats::mean(head), stats::variance(head).sqrt());
        let (mut sums, mut alarms) = ([0.0_f64; 2], Vec::new());
        for (i, value) in values.iter().enumerate().skip(1_200) {
            let score = (value - mean) / sd;
            sums = [(sums[0] + score - 0.5).max(0.0), (sums[1] - score - 0.5).max(0.0)];
            if sums.iter().any(|sum| *sum > 8.0) {
                sums = [0.0; 2];
                alarms.push(i);
            }
        }
        alarms
    }

    #[test]
    fn changes_of_signals_that_remember_are_found_where_a_plain_cusum_drowns_them() {
        let (mut random, mut ours, mut naive) = (Random::new(9), [0_u32; 2], [0_u32; 2]);
        for signal in 0..60 {
            let at = if signal % 2 == 0 { 4_000 } else { usize::MAX };
            let mut level = 0.0;
            let values: Vec<f64> = (0..8_000)
                .map(|i| {
                    level = 0.9 * level + 0.436 * random.normal();
                    level + if i >= at { 3.0 } else { 0.0 }
                })
                .collect();
            let mut shifts = Shifts::new(1e-4);
            let told = values.iter().enumerate().filter_map(|(i, v)| shifts.step(0, *v).map(|_| i));
            // hits and false ones
            let count = |counted: &mut [u32; 2], alarm: usize| {
                counted[usize::from(!(at..at.saturating_add(600)).contains(&alarm))] += 1;
            };
            told.for_each(|alarm| count(&mut ours, alarm));
            for alarm in plain(&values) {
                count(&mut naive, alarm);
            }
        }
        assert!(ours[0] >= 27 && ours[1] <= 1, "{ours:?}");
        assert!(naive[1] > 100, "{naive:?}");
    }
}
