//! How steady a signal's level is, and how unusual the level of a window is.
//!
//! Most plant signals are not white noise around a constant: temperatures wander for minutes, flows carry
//! quantisation noise, drives oscillate. A level may be judged only as far as it has proved steady while it
//! was learned. So the head is split into blocks, and the share of variance that lies *between* blocks (the
//! intraclass correlation of one-way analysis of variance) says how much of the signal is slow wandering. The
//! scale of a window mean is its spread over the head, widened by 1/(1 − share): hardly at all for a
//! steady signal, without end for a random walk, whose past level promises nothing.

use serde::{Deserialize, Serialize};

use crate::{Error, stats};

/// The fewest blocks of a head from which a spread between blocks is estimated.
const BLOCKS_MIN: usize = 6;
/// The largest share of slow variance that is believed: beyond it a level is as good as never judged.
const SLOW_MAX: f64 = 0.995;

/// What a signal's level does while all is well.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// The mean of the head, in the signal's unit.
    pub centre: f64,
    /// The spread of a window mean that is expected of a healthy machine, in the signal's unit, > 0.
    pub scale: f64,
    /// The share of the head's variance that lies between blocks, 0–1: 0 steady, 1 wandering.
    pub slow: f64,
}

impl Level {
    /// Learns from a healthy head. `window` is the number of rows of the means that will be judged.
    ///
    /// # Errors
    /// When there are fewer than six windows of usable rows.
    pub fn fit(head: &[f64], window: usize) -> Result<Self, Error> {
        let window = window.max(1);
        let values = stats::finite(head);
        let blocks: Vec<f64> = values.rchunks_exact(window).map(stats::mean).collect();
        if blocks.len() < BLOCKS_MIN {
            return Err(Error::TooFewRows {
                what: "the level of a signal",
                found: values.len(),
                needed: window * BLOCKS_MIN,
            });
        }
        let total = stats::variance(&values);
        let between = stats::variance(&blocks);
        let slow = if total > 0.0 { (between / total).min(SLOW_MAX) } else { 0.0 };
        let centre = stats::mean(&values);
        let spread = between.sqrt() / (1.0 - slow);
        Ok(Self { centre, scale: spread.max(floor(&values, centre)), slow })
    }

    /// How many scales `mean`, the mean of a window, lies above the centre.
    pub fn deviation(&self, mean: f64) -> f64 {
        (mean - self.centre) / self.scale
    }
}

/// The smallest scale that is believed: a tenth of the smallest step the signal was seen to make (its
/// resolution), or a millionth of its size, so that a constant signal does not divide by zero.
fn floor(values: &[f64], centre: f64) -> f64 {
    let mut steps: Vec<f64> =
        values.windows(2).filter_map(|w| w.first().zip(w.get(1)).map(|(a, b)| (a - b).abs())).collect();
    steps.retain(|s| *s > 0.0);
    let resolution = steps.into_iter().fold(f64::INFINITY, f64::min);
    let size = (centre.abs() * 1e-6).max(1e-9);
    if resolution.is_finite() { (resolution * 0.1).max(size) } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn noise(seed: u64, n: usize) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..n).map(|_| 10.0 + random.normal()).collect()
    }

    #[test]
    fn a_steady_signal_is_judged_by_the_spread_of_its_window_means() {
        let level = Level::fit(&noise(1, 4000), 25).unwrap();
        assert!((level.centre - 10.0).abs() < 0.1);
        assert!((level.scale / (1.0_f64 / 25.0).sqrt() - 1.0).abs() < 0.25, "{level:?}");
    }

    #[test]
    fn a_random_walk_is_hardly_judged_at_all() {
        let mut at = 0.0;
        let walk: Vec<f64> = noise(2, 1200)
            .iter()
            .map(|v| {
                at += v - 10.0;
                at
            })
            .collect();
        let level = Level::fit(&walk[..400], 25).unwrap();
        assert!(level.slow > 0.85, "{level:?}");
        let worst = walk[400..].iter().map(|v| level.deviation(*v).abs()).fold(0.0, f64::max);
        assert!(worst < 3.0, "{worst} {level:?}");
    }

    #[test]
    fn a_constant_signal_has_a_scale() {
        let level = Level::fit(&[7.0; 400], 25).unwrap();
        assert!(level.scale > 0.0 && level.deviation(7.0).abs() < 1e-9);
    }

    #[test]
    fn too_short_a_head_is_refused_with_the_number_needed() {
        let error = Level::fit(&noise(3, 100), 25).unwrap_err().to_string();
        assert!(error.contains("150"), "{error}");
    }
}
