//! How a sensor behaves while all is well: how far its values go, and how much farther the liveliest stretches promise that
//! they may.

use serde::{Deserialize, Serialize};

use super::{RARE_MIN, RARE_VALUES, SensorLearner, WINDOW};
use crate::tail::Tail;
use crate::{Error, stats};

/// A spike leaves its neighbours by this many mean learned steps …
const SPIKE_STEPS: f64 = 12.0;
/// … and farther than the farthest value of one window in so many would, as the learned windows go.
const SPIKE_ALPHA: f64 = 1e-2;
/// The most values of one spike.
pub(super) const SPIKE_VALUES: usize = 3;
/// A bend is large from this many times the learned one, a step from this many times the learned mean …
const BEND_TIMES: f64 = 1.7;
const STEP_TIMES: f64 = 2.0;
/// … and from this many times the resolution: a value between two steps of it goes to and fro. A bend is large only where it is
/// larger than the usual one of one window in so many would be, as the learned windows go.
const RESOLUTION_TIMES: f64 = 1.01;
const BEND_ALPHA: f64 = 3e-3;

/// How a sensor behaves while all is well.
///
/// What is usual is what its windows did, the liveliest ones too: of a signal that bursts some windows are far livelier than the
/// others, and the tail of them ([`Tail`]) says how lively a healthy one may be that was not seen yet. Of one whose windows are
/// all alike it says little more than the windows did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SensorNormal {
    /// The mean step from value to value, and the distance of a value from the middle of its neighbours from which it is large.
    #[serde(with = "crate::bits::one")]
    pub(super) step: f64,
    #[serde(with = "crate::bits::one")]
    bend: f64,
    /// How far a spike leaves its neighbours.
    #[serde(with = "crate::bits::one")]
    height: f64,
    /// The smallest step.
    #[serde(with = "crate::bits::one")]
    resolution: f64,
    /// The largest median of a window.
    #[serde(with = "crate::bits::one")]
    pub(super) loudest: f64,
    pub(super) longest_run: usize,
    /// The most spikes and large bends in a window.
    pub(super) spikes: usize,
    pub(super) large: usize,
    /// Spikes in as many values as rare ones are counted over, in the mean.
    #[serde(with = "crate::bits::one")]
    rare: f64,
}

impl SensorNormal {
    /// Learns from a healthy stretch.
    ///
    /// # Errors
    /// With fewer than 100 usable values.
    pub fn fit(values: &[f64]) -> Result<Self, Error> {
        let mut learner = SensorLearner::default();
        for value in values {
            learner.push(*value);
        }
        learner.finish()
    }

    /// Of healthy windows one behind the other, which need not follow each other, and the longest run of equal values.
    pub(super) fn of(windows: &[f64], longest_run: usize) -> Self {
        let each = || windows.chunks_exact(WINDOW);
        let steps: Vec<f64> = each().flat_map(|w| w.array_windows().map(|[a, b]| (b - a).abs())).collect();
        // the means, not the medians: most steps of a coarsely resolved signal are zero
        let step = stats::mean(&steps);
        // of the liveliest window: a machine is not always as lively
        let liveliest = each().map(|w| stats::mean(&bends(w))).fold(0.0, f64::max);
        let bend = (BEND_TIMES * liveliest).max(farthest(each().map(|w| stats::median(&bends(w))), BEND_ALPHA));
        let height = (SPIKE_STEPS * step).max(farthest(each().map(highest), SPIKE_ALPHA));
        let resolution = steps.into_iter().filter(|s| *s > 0.0).fold(f64::INFINITY, f64::min);
        let loudest = each().map(stats::median).fold(f64::NEG_INFINITY, f64::max);
        let mut normal = Self { step, bend, height, resolution, loudest, longest_run, spikes: 0, large: 0, rare: 0.0 };
        normal.spikes = each().map(|w| normal.count_spikes(w)).max().unwrap_or(0);
        normal.large = each().map(|w| normal.large_bends(w)).max().unwrap_or(0);
        let all: usize = each().map(|w| normal.count_spikes(w)).sum();
        normal.rare = all as f64 * RARE_VALUES / windows.len().max(1) as f64;
        normal
    }

    /// Whether the last values are a spike of `width` values and the one after it: all leave the value before and the one
    /// after to the same side.
    fn is_spike(&self, values: &[f64], width: usize) -> bool {
        self.step > 0.0 && rises(values, width) > self.height
    }

    /// How many values the spike has that ends with the last value; none where none ends.
    pub(super) fn spike_ends(&self, values: &[f64]) -> Option<usize> {
        let jump = values.last_chunk().is_some_and(|[a, b]: &[f64; 2]| (b - a).abs() > self.height);
        if !jump {
            return None;
        }
        (1..=SPIKE_VALUES).find(|width| self.is_spike(values, *width))
    }

    pub(super) fn count_spikes(&self, values: &[f64]) -> usize {
        (0..=values.len()).filter(|end| values.get(..*end).is_some_and(|v| self.spike_ends(v).is_some())).count()
    }

    /// Rare spikes that make a fault.
    pub(super) fn rare_limit(&self) -> f64 {
        RARE_MIN + 2.0 * self.rare
    }

    /// Whether the last three values make a large bend.
    pub(super) fn is_large_bend(&self, values: &[f64]) -> bool {
        values.last_chunk().is_some_and(|three| {
            let bend = bend(*three);
            bend > self.bend && bend > RESOLUTION_TIMES * self.resolution
        })
    }

    pub(super) fn large_bends(&self, values: &[f64]) -> usize {
        (0..=values.len()).filter(|end| values.get(..*end).is_some_and(|v| self.is_large_bend(v))).count()
    }

    pub(super) fn is_large_step(&self, step: f64) -> bool {
        step > STEP_TIMES * self.step && step > RESOLUTION_TIMES * self.resolution
    }
}

/// How far the middle one of three is from the middle of the others: what ramps have none of, and noise much.
fn bend([a, b, c]: [f64; 3]) -> f64 {
    (b - f64::midpoint(a, c)).abs()
}

/// How far the `width` values before the last one all leave the one before them and the last one to the same side; 0 where they
/// do not.
fn rises(values: &[f64], width: usize) -> f64 {
    let part = values.len().checked_sub(width + 2).and_then(|from| values.get(from..));
    let Some([before, inner @ .., after]) = part else { return 0.0 };
    let side = inner.first().map_or(0.0, |v| (v - before).signum());
    let least = |least: f64, v: &f64| least.min((v - before) * side).min((v - after) * side);
    inner.iter().fold(f64::INFINITY, least).max(0.0)
}

/// How far the values of a window rise at most, of whatever width a spike may have.
fn highest(window: &[f64]) -> f64 {
    let ends = (0..=window.len()).filter_map(|end| window.get(..end));
    let rises = ends.flat_map(|until| (1..=SPIKE_VALUES).map(move |width| rises(until, width)));
    rises.fold(0.0, f64::max)
}

fn bends(window: &[f64]) -> Vec<f64> {
    window.array_windows().map(|three| bend(*three)).collect()
}

/// What a healthy window reaches once in 1/`alpha`, as the learned ones go; 0 where there are too few to tell.
fn farthest(windows: impl Iterator<Item = f64>, alpha: f64) -> f64 {
    let windows: Vec<f64> = windows.collect();
    Tail::fit(&windows).map_or(0.0, |tail| tail.limit(alpha))
}
