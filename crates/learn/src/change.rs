//! Where the level of a signal changes: in a recording as a whole ([`changes`]), or value by value ([`Cusum`]).

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::{Error, stats};

/// The most blocks a recording is cut into.
const BLOCKS_MAX: usize = 400;
/// The fewest blocks on each side of a change.
const SIDE_MIN: usize = 4;
/// A level counts as changed from this many spreads of the signal on either side.
const SPREADS_MIN: f64 = 2.0;

/// A change of level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The first value of the new level.
    pub at: usize,
    /// The median before, back to the last change.
    pub before: f64,
    /// The median after, up to the next change.
    pub after: f64,
    /// The difference over the larger spread of the two sides.
    pub spreads: f64,
}

/// The changes of level in a recording, ascending. Missing values (NaN) stand where they are and count for nothing.
///
/// The recording is cut into at most 400 blocks; binary segmentation (Scott and Knott 1974) of the blocks' medians
/// takes the split with the largest CUSUM statistic as long as it passes √(2 ln n) + 2 of the noise from block to
/// block, and the step is at least twice what the signal does on either side. So a wandering signal has no changes.
pub fn changes(values: &[f64]) -> Vec<Change> {
    let block = values.len().div_ceil(BLOCKS_MAX).max(1);
    let medians: Vec<f64> = values.chunks(block).map(stats::median).collect();
    let filled = fill(&medians);
    let steps: Vec<f64> = filled.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
    let noise = stats::mad_sigma(&steps).max(stats::variance(&steps).sqrt() * 0.1) / std::f64::consts::SQRT_2;
    let mut splits = vec![0, filled.len()];
    split(&filled, 0, noise, &mut splits);
    splits.sort_unstable();
    let level = |w: &[usize]| Some((*w.first()?, stats::median(filled.get(*w.first()?..*w.get(1)?)?)));
    let levels: Vec<(usize, f64)> = splits.windows(2).filter_map(level).collect();
    let change = |pair: &[(usize, f64)]| {
        let ((_, before), (at, after)) = (*pair.first()?, *pair.get(1)?);
        let spreads = (after - before).abs() / spread_around(&filled, at, &splits).max(f64::MIN_POSITIVE);
        Some(Change { at: at * block, before, after, spreads: spreads.min(1e6) })
    };
    levels.windows(2).filter_map(change).collect()
}

/// Blocks without a value repeat the last one.
fn fill(medians: &[f64]) -> Vec<f64> {
    let mut last = medians.iter().copied().find(|m| m.is_finite()).unwrap_or(0.0);
    let mut keep = |m: &f64| {
        last = if m.is_finite() { *m } else { last };
        last
    };
    medians.iter().map(&mut keep).collect()
}

/// The larger spread of the stretches left and right of a split.
fn spread_around(blocks: &[f64], at: usize, splits: &[usize]) -> f64 {
    let place = splits.binary_search(&at).unwrap_or(0);
    let from = place.checked_sub(1).and_then(|p| splits.get(p)).copied().unwrap_or(0);
    let to = splits.get(place + 1).copied().unwrap_or(blocks.len());
    let spread = |from: usize, to: usize| stats::variance(blocks.get(from..to).unwrap_or_default()).sqrt();
    spread(from, at).max(spread(at, to))
}

fn split(blocks: &[f64], offset: usize, noise: f64, splits: &mut Vec<usize>) {
    let n = blocks.len();
    if n < 2 * SIDE_MIN {
        return;
    }
    let total: f64 = blocks.iter().sum();
    let mut left = 0.0;
    let mut best = (0, 0.0);
    for (i, value) in blocks.iter().enumerate() {
        if i >= SIDE_MIN && i <= n - SIDE_MIN {
            let (a, b) = (i as f64, (n - i) as f64);
            let statistic = (left / a - (total - left) / b).abs() * (a * b / n as f64).sqrt();
            best = if statistic > best.1 { (i, statistic) } else { best };
        }
        left += value;
    }
    let (at, statistic) = best;
    let limit = ((2.0 * (n as f64).ln()).sqrt() + 2.0) * noise;
    let (Some(before), Some(after)) = (blocks.get(..at), blocks.get(at..)) else { return };
    let step = (stats::median(after) - stats::median(before)).abs();
    // a side may hold changes of its own: the spread around its median counts, not that around its mean
    let spread = stats::mad_sigma(before).max(stats::mad_sigma(after)).max(noise);
    if at == 0 || statistic <= limit || step < SPREADS_MIN * spread {
        return;
    }
    splits.push(offset + at);
    split(before, offset, noise, splits);
    split(after, offset + at, noise, splits);
}

/// The reference value: half of the smallest step that matters, in standard deviations.
const REFERENCE: f64 = 0.5;
/// Single values count at most this much, so that one outlier is no change of level.
const WINSOR: f64 = 3.0;
/// Values before the first judgement.
const LEARN_MIN: usize = 20;

/// Watches the level of one signal value by value: the self-starting CUSUM (Hawkins 1987) on the part of each value
/// that the one before does not explain. Needs no learned reference, keeps learning while nothing happens, begins
/// anew after a change. Constant memory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cusum {
    #[serde(with = "crate::bits::one")]
    limit: f64,
    count: usize,
    run: [usize; 2],
    #[serde(with = "crate::bits::pair")]
    sums: [f64; 2],
    #[serde(with = "crate::bits::pair")]
    moments: [f64; 2],
    #[serde(with = "crate::bits::pair")]
    products: [f64; 2],
    #[serde(with = "crate::bits::pair")]
    mean_last: [f64; 2],
}

/// What [`Cusum`] saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelChange {
    /// How many values ago the change began, by its estimate.
    pub values_ago: usize,
    /// Whether the level rose.
    pub up: bool,
}

impl Cusum {
    /// With one false alarm in `run_length` values on the average, if values are normal and remember no more than
    /// their predecessor (Siegmund's approximation of the two-sided CUSUM).
    ///
    /// # Errors
    /// When `run_length` is below 100.
    pub fn new(run_length: f64) -> Result<Self, Error> {
        if run_length.is_nan() || run_length < 100.0 {
            let (what, name, allowed) = ("a CUSUM", "the run length", "100 and more");
            return Err(Error::OutOfRange { what, name, value: run_length, allowed });
        }
        let length = |h: f64| {
            let b = h + 1.166;
            ((2.0 * REFERENCE * b).exp() - 2.0 * REFERENCE * b - 1.0) / (2.0 * REFERENCE * REFERENCE) / 2.0
        };
        let (mut low, mut high) = (0.0, 100.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if length(middle) < run_length { low = middle } else { high = middle }
        }
        Ok(Self {
            limit: high,
            count: 0,
            run: [0; 2],
            sums: [0.0; 2],
            moments: [0.0; 2],
            products: [0.0; 2],
            mean_last: [f64::NAN; 2],
        })
    }

    /// Takes the next value; what is not finite is passed over.
    pub fn step(&mut self, value: f64) -> Option<LevelChange> {
        if !value.is_finite() {
            return None;
        }
        let unexplained = self.unexplained(value);
        self.count += 1;
        let n = self.count as f64;
        let delta = unexplained - self.moments[0];
        let score = if self.count > LEARN_MIN { self.score(delta) } else { 0.0 };
        self.moments[0] += delta / n;
        self.moments[1] += delta * (unexplained - self.moments[0]);
        for (side, sign) in [1.0, -1.0].into_iter().enumerate() {
            let (Some(sum), Some(run)) = (self.sums.get_mut(side), self.run.get_mut(side)) else { continue };
            *sum = (*sum + sign * score - REFERENCE).max(0.0);
            *run = if *sum > 0.0 { *run + 1 } else { 0 };
            if *sum > self.limit {
                let change = LevelChange { values_ago: *run, up: side == 0 };
                *self = Self { limit: self.limit, ..Self::fresh() };
                return Some(change);
            }
        }
        None
    }

    fn fresh() -> Self {
        Self {
            limit: 0.0,
            count: 0,
            run: [0; 2],
            sums: [0.0; 2],
            moments: [0.0; 2],
            products: [0.0; 2],
            mean_last: [f64::NAN; 2],
        }
    }

    /// The value without what its predecessor explains; the coefficient is learned on the way.
    fn unexplained(&mut self, value: f64) -> f64 {
        let [mean, last] = self.mean_last;
        if last.is_nan() {
            self.mean_last = [value, value];
            return 0.0;
        }
        let (before, now) = (last - mean, value - mean);
        let [cross, square] = self.products;
        let coefficient = if square > 0.0 { (cross / square).clamp(0.0, 0.95) } else { 0.0 };
        self.products = [cross + before * now, square + before * before];
        self.mean_last = [mean + now / (self.count + 1) as f64, value];
        now - coefficient * before
    }

    /// How unusual a value is against all before it, as a standard normal variable.
    fn score(&self, delta: f64) -> f64 {
        let n = (self.count - 1) as f64;
        let deviation = (self.moments[1] / (n - 1.0)).sqrt();
        if deviation <= 0.0 {
            return if delta.abs() > 0.0 { WINSOR.copysign(delta) } else { 0.0 };
        }
        let t = (n / (n + 1.0)).sqrt() * delta / deviation;
        let p = stats::student(t, n - 1.0);
        let z = Normal::new(0.0, 1.0).map_or(0.0, |d| d.inverse_cdf(p.clamp(1e-9, 1.0 - 1e-9)));
        z.clamp(-WINSOR, WINSOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn noise(seed: u64, n: usize, memory: f64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let mut at = 0.0;
        (0..n)
            .map(|_| {
                at = memory * at + random.normal();
                50.0 + at
            })
            .collect()
    }

    #[test]
    fn steps_are_found_where_they_are() {
        for n in [120, 3000, 50_000] {
            let mut values = noise(1, n, 0.3);
            for (i, value) in values.iter_mut().enumerate() {
                *value += if i >= n / 2 { 8.0 } else { 0.0 } + if i >= n * 3 / 4 { -20.0 } else { 0.0 };
            }
            values[n / 10] = f64::NAN;
            let found = changes(&values);
            assert_eq!(found.len(), 2, "{n} {found:?}");
            assert!(found[0].at.abs_diff(n / 2) <= n / 100 + 1, "{n} {found:?}");
            assert!((found[0].after - found[0].before - 8.0).abs() < 1.0, "{n} {found:?}");
            assert!(found[1].spreads > 3.0);
        }
    }

    #[test]
    fn what_wanders_or_swings_has_no_changes() {
        for seed in 0..20 {
            assert!(changes(&noise(seed, 2000, 0.0)).is_empty(), "{seed}");
            assert!(changes(&noise(seed, 2000, 0.9)).is_empty(), "{seed}");
        }
        let wave: Vec<f64> = (0..5000).map(|i| (f64::from(i) * 0.01).sin()).collect();
        assert!(changes(&wave).is_empty());
        assert!(changes(&[3.0; 500]).is_empty() && changes(&[f64::NAN; 50]).is_empty() && changes(&[]).is_empty());
    }

    #[test]
    fn the_run_length_is_about_as_stated() {
        for memory in [0.0, 0.6] {
            let mut cusum = Cusum::new(500.0).unwrap();
            let alarms = noise(3, 200_000, memory).into_iter().filter(|v| cusum.step(*v).is_some()).count();
            assert!((150..800).contains(&alarms), "{memory} {alarms} of 400 expected");
        }
        assert!(Cusum::new(10.0).is_err());
    }

    #[test]
    fn a_decision_limit_of_five_alarms_once_in_463_values() {
        // the golden row of a tabular CUSUM: reference 0.5, limit 5, independent normal values
        assert!((Cusum::new(465.4).unwrap().limit - 5.0).abs() < 0.01);
        let mut random = Random::new(11);
        let (mut sums, mut alarms, n) = ([0.0_f64; 2], 0_u32, 2_000_000);
        for _ in 0..n {
            let value = random.normal();
            sums = [(sums[0] + value - REFERENCE).max(0.0), (sums[1] - value - REFERENCE).max(0.0)];
            if sums[0].max(sums[1]) > 5.0 {
                (sums, alarms) = ([0.0; 2], alarms + 1);
            }
        }
        let between = f64::from(n) / f64::from(alarms);
        assert!((between / 463.0 - 1.0).abs() < 0.05, "{between}");
    }

    #[test]
    fn a_step_is_seen_soon_and_its_begin_is_told() {
        let mut late = Vec::new();
        for seed in 0..50 {
            let mut cusum = Cusum::new(10_000.0).unwrap();
            let mut values = noise(seed + 100, 600, 0.0);
            values.iter_mut().skip(400).for_each(|v| *v -= 1.5);
            let seen = values.iter().enumerate().find_map(|(i, v)| Some((i, cusum.step(*v)?)));
            let (at, change) = seen.unwrap();
            late.push(at as f64 - 400.0);
            assert!(!change.up || at < 400, "{seed}");
        }
        assert!((2.0..30.0).contains(&stats::median(&late)), "{late:?}");
    }
}
