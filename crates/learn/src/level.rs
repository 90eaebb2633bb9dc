//! How steady a signal's level is, and how unusual the level of a window is.
//!
//! Most plant signals are not white noise around a constant: temperatures wander for minutes, flows carry
//! quantisation noise, drives oscillate. A level may be judged only as far as it has proved steady while it
//! was learned. The head is split into windows; their means are spread by `s`, over `k` windows, so the mean of a
//! new window is a Student t variable with k − 1 degrees of freedom and scale s·√(1 + 1/k) — if the future is
//! like the head. How far it is follows from the share of variance that lies *between* windows (the intraclass
//! correlation of one-way analysis of variance): the scale is widened by 1/(1 − share), hardly at all for a
//! steady signal, without end for a random walk, whose past level promises nothing.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{Error, decimals, stats};

/// The fewest windows of a head from which a spread between windows is estimated.
pub const WINDOWS_MIN: usize = 6;
/// The largest share of slow variance that is believed: beyond it a level is as good as never judged.
pub(crate) const SLOW_MAX: f64 = 0.995;

/// What the means of windows of one length do while all is well.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// The mean of the head, in the signal's unit.
    #[serde(with = "crate::bits::one")]
    pub centre: f64,
    /// The spread of a window mean that is expected of a healthy machine, in the signal's unit, > 0.
    #[serde(with = "crate::bits::one")]
    pub scale: f64,
    /// Degrees of freedom behind `scale`.
    #[serde(with = "crate::bits::one")]
    pub freedom: f64,
}

/// The share of the head's variance that lies between windows of `window` rows, 0 (steady) to 0.995
/// (wandering).
pub fn slow_share(head: &[f64], window: usize) -> f64 {
    let values = stats::finite(head);
    let total = stats::variance(&values);
    if total > 0.0 { (stats::variance(&means(&values, window)) / total).min(SLOW_MAX) } else { 0.0 }
}

/// The [`slow_share`] of each of `width` heads that lie side by side, row by row, all finite.
pub(crate) fn slow_shares(rows: &[f64], width: usize, window: usize) -> Vec<f64> {
    let width = width.max(1);
    let means: Vec<f64> =
        rows.rchunks_exact(window.max(1) * width).flat_map(|window| column_means(window, width)).collect();
    let share = |(slow, total): (f64, f64)| if total > 0.0 { (slow / total).min(SLOW_MAX) } else { 0.0 };
    variances(&means, width).into_iter().zip(variances(rows, width)).map(share).collect()
}

fn column_means(rows: &[f64], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; width];
    rows.chunks_exact(width).for_each(|row| sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += v));
    let count = (rows.len() / width) as f64;
    sums.into_iter().map(|sum| sum / count).collect()
}

fn variances(rows: &[f64], width: usize) -> Vec<f64> {
    let (means, mut sums) = (column_means(rows, width), vec![0.0; width]);
    for row in rows.chunks_exact(width) {
        sums.iter_mut().zip(row.iter().zip(&means)).for_each(|(sum, (v, m))| *sum += (v - m) * (v - m));
    }
    let freedom = (rows.len() / width).saturating_sub(1).max(1) as f64;
    sums.into_iter().map(|sum| sum / freedom).collect()
}

fn means(values: &[f64], window: usize) -> Vec<f64> {
    values.rchunks_exact(window.max(1)).map(stats::mean).collect()
}

impl Level {
    /// Learns from a healthy head of which `slow` is the share of slow variance, for means over `window` rows.
    ///
    /// # Errors
    /// When there are fewer than six windows of usable rows.
    pub fn fit(head: &[f64], window: usize, slow: f64) -> Result<Self, Error> {
        let values = stats::finite(head);
        let means = means(&values, window);
        if means.len() < WINDOWS_MIN {
            let needed = window.max(1) * WINDOWS_MIN;
            return Err(Error::TooFewRows { what: "the level of a signal", found: values.len(), needed });
        }
        let windows = means.len() as f64;
        let centre = stats::mean(&values);
        let spread = (stats::variance(&means) * (1.0 + 1.0 / windows)).sqrt() / (1.0 - slow);
        Ok(Self { centre, scale: spread.max(floor(&values, centre)), freedom: windows - 1.0 })
    }

    /// How many scales `mean`, the mean of a window, lies above the centre.
    pub fn deviation(&self, mean: f64) -> f64 {
        (mean - self.centre) / self.scale
    }

    /// The deviation that a healthy signal exceeds, to either side, with probability `alpha`.
    pub fn limit(&self, alpha: f64) -> f64 {
        match StudentsT::new(0.0, 1.0, self.freedom) {
            Ok(t) => -t.inverse_cdf((alpha / 2.0).clamp(1e-15, 0.5)),
            Err(_) => f64::INFINITY,
        }
    }

    /// The probability that a healthy signal deviates as far as `deviation`, to either side; 1 of a value that is missing.
    pub fn p_value(&self, deviation: f64) -> f64 {
        (2.0 * stats::student(-deviation.abs(), self.freedom)).min(1.0)
    }
}

/// The smallest scale that is believed: a tenth of its resolution, or of one that rests upon a step a quarter, so that one step is no
/// deviation; a quarter of its last decimal where it never moved; or a millionth of its size. A constant 0 tells no
/// resolution: it may be what says that something is wrong.
fn floor(values: &[f64], centre: f64) -> f64 {
    let size = (centre.abs() * 1e-6).max(1e-9);
    if let Some(step) = resolution(values) {
        let share = if rests(values, step) { 0.25 } else { 0.1 };
        return (step * share).max(size);
    }
    let decimals = decimals::of(values);
    if decimals > 0 || centre.abs() >= 0.5 { (10_f64.powi(-decimals) * 0.25).max(size) } else { size }
}

/// The smallest step that a signal was seen to make; none where it never moved.
fn resolution(values: &[f64]) -> Option<f64> {
    let steps = values.windows(2).filter_map(|w| w.first().zip(w.get(1)).map(|(a, b)| (a - b).abs()));
    let least = steps.filter(|s| *s > 0.0).fold(f64::INFINITY, f64::min);
    least.is_finite().then_some(least)
}

/// Whether a signal hardly leaves the step that it rests upon: it varies less than rounding to such steps does by itself, step²/12
/// (Bennett 1948).
fn rests(values: &[f64], step: f64) -> bool {
    stats::variance(values) < step * step / 12.0
}

/// Whether a signal moves by more than the steps of its sensor, so that what it has to do with others can be known.
pub(crate) fn moves(values: &[f64]) -> bool {
    let values = stats::finite(values);
    resolution(&values).is_some_and(|step| !rests(&values, step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn noise(seed: u64, n: usize) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..n).map(|_| 10.0 + random.normal()).collect()
    }

    fn fit(head: &[f64]) -> Level {
        Level::fit(head, 25, slow_share(head, 25)).unwrap()
    }

    #[test]
    fn side_by_side_is_one_by_one() {
        let heads = [noise(5, 95), (0..95).map(|i| f64::from(i) + 0.5).collect(), vec![3.0; 95], noise(6, 95)];
        let rows: Vec<f64> = (0..95).flat_map(|r| heads.iter().map(move |h| h[r])).collect();
        let single: Vec<f64> = heads.iter().map(|h| slow_share(h, 10)).collect();
        assert_eq!(slow_shares(&rows, 4, 10), single);
        assert_eq!(slow_shares(&rows[..40], 4, 20), [0.0; 4]);
    }

    #[test]
    fn a_steady_signal_is_judged_by_the_spread_of_its_means() {
        let level = fit(&noise(1, 4000));
        assert!((level.centre - 10.0).abs() < 0.1);
        assert!((level.scale / (1.0_f64 / 25.0).sqrt() - 1.0).abs() < 0.25, "{level:?}");
    }

    #[test]
    fn the_limit_keeps_its_level_on_white_noise() {
        let mut random = Random::new(11);
        let (mut beyond, mut all) = (0, 0);
        for seed in 0..60 {
            let level = fit(&noise(seed + 100, 400));
            let limit = level.limit(0.02);
            for _ in 0..200 {
                let mean = (0..25).map(|_| 10.0 + random.normal()).sum::<f64>() / 25.0;
                beyond += usize::from(level.deviation(mean).abs() > limit);
                all += 1;
            }
        }
        let rate = f64::from(u32::try_from(beyond).unwrap()) / f64::from(all);
        assert!((0.005..0.03).contains(&rate), "{rate} at 0.02");
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
        assert!(slow_share(&walk[..400], 25) > 0.8);
        let level = fit(&walk[..400]);
        let worst = walk[400..].iter().map(|v| level.deviation(*v).abs()).fold(0.0, f64::max);
        assert!(worst < 3.0, "{worst} {level:?}");
    }

    #[test]
    fn a_constant_signal_has_a_scale() {
        let level = fit(&[7.0; 400]);
        assert!(level.scale > 0.0 && level.deviation(7.0).abs() < 1e-9);
    }

    #[test]
    fn one_step_of_the_last_decimal_is_no_deviation_of_a_constant() {
        let (ambient, state) = (fit(&[20.7; 400]), fit(&[0.0; 400]));
        let limit = ambient.limit(1e-6);
        assert!(ambient.deviation(20.8) < limit && ambient.deviation(20.9) > limit, "{ambient:?} {limit}");
        assert!(state.deviation(1.0) > 1e6, "{state:?}");
        // a mode that has its number, and a pressure that rests between two steps of its sensor
        let (mode, coarse) = (fit(&[2.0; 400]), fit(&[&[1.1; 395][..], &[1.2; 5]].concat()));
        assert!(mode.deviation(3.0) < limit && mode.deviation(4.0) > limit, "{mode:?}");
        assert!(coarse.deviation(1.2) < coarse.limit(1e-6) && coarse.deviation(1.4) > coarse.limit(1e-6), "{coarse:?}");
    }

    #[test]
    fn limit_and_p_value_are_each_others_inverse() {
        let level = fit(&noise(3, 400));
        for alpha in [0.05, 1e-3, 1e-6] {
            let back = level.p_value(level.limit(alpha));
            assert!((back / alpha - 1.0).abs() < 1e-3, "{alpha} {back}");
        }
    }

    #[test]
    fn too_short_a_head_is_refused_with_the_number_needed() {
        let error = Level::fit(&noise(3, 100), 25, 0.0).unwrap_err().to_string();
        assert!(error.contains("150"), "{error}");
    }
}
