//! A signal that swings: slow, but coming back.
//!
//! A compressor that loads and unloads, a tank that fills and empties, a valve that hunts: means of short windows differ
//! as much as the signal does, yet nothing wanders. Whoever saw the swing several times knows its range. What tells it from
//! wandering is that the signal is like itself again one period later: a peak of the autocorrelation behind its first zero,
//! at a lag that fits into the head at least [`SEEN_MIN`] times (Box, Jenkins, *Time Series Analysis*, 2.1). A random
//! walk has its first zero later than that, noise that fades has no second peak.

use crate::level::SLOW_MAX;
use crate::stats;

/// A period must have been seen so often.
const SEEN_MIN: usize = 8;
/// The least autocorrelation a period later: where the value a period ago explains half of the variance (ρ² = ½).
const ALIKE_MIN: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// A window may become so many times longer to hold a whole period.
const LONGER_MAX: usize = 6;

/// How a head swings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Swing {
    /// Rows of a period, to a window.
    pub(crate) period: usize,
    /// How many periods were seen.
    pub(crate) seen: f64,
    /// How alike rows are that lie a period apart: an autocorrelation.
    alike: f64,
    /// How alike the means of periods are that follow on each other, 0 to 0.995 …
    follows: f64,
    /// … and the part of the variance of windows that lies between them.
    part: f64,
}

impl Swing {
    /// None where the means of windows of `window` rows do not come back, or were not seen often enough.
    pub(crate) fn of(head: &[f64], window: usize) -> Option<Self> {
        let (values, window) = (stats::finite(head), window.max(1));
        let means: Vec<f64> = values.rchunks_exact(window).map(stats::mean).collect();
        let behind = autocorrelation(&means, means.len() / SEEN_MIN);
        let zero = behind.iter().position(|a| *a < 0.0)?;
        let (lag, alike) = behind.into_iter().enumerate().skip(zero).max_by(|a, b| a.1.total_cmp(&b.1))?;
        if alike < ALIKE_MIN {
            return None;
        }
        let periods: Vec<f64> = means.rchunks_exact(lag).map(stats::mean).collect();
        let follows = autocorrelation(&periods, 1).last().map_or(0.0, |a| a.clamp(0.0, SLOW_MAX));
        let part = (stats::variance(&periods) / stats::variance(&means)).min(1.0);
        Some(Self { period: lag * window, seen: means.len() as f64 / lag as f64, alike, follows, part })
    }

    /// The share of slow variance that promises nothing, 0 to 0.995, as [`slow_share`](crate::level::slow_share), of short
    /// windows or of `whole` periods: what a period ago does not explain, or what the swing lies on where that wanders.
    pub(crate) fn wander(&self, whole: bool) -> f64 {
        let part = if whole { 1.0 } else { self.part };
        let wider = (1.0 + part * ((1.0 - self.follows).powi(-2) - 1.0)).sqrt();
        (1.0 - self.alike * self.alike).max(1.0 - wider.recip())
    }

    /// Rows of the fewest whole periods that are no shorter than `window`; none where that is too long.
    pub(crate) fn whole(&self, window: usize) -> Option<usize> {
        let rows = window.div_ceil(self.period) * self.period;
        (rows <= window * LONGER_MAX).then_some(rows)
    }
}

/// How alike values are that lie 0 to `most` places apart; empty where they are all the same.
fn autocorrelation(values: &[f64], most: usize) -> Vec<f64> {
    let mean = stats::mean(values);
    let off: Vec<f64> = values.iter().map(|v| v - mean).collect();
    let all: f64 = off.iter().map(|v| v * v).sum();
    let apart = |lag: usize| off.iter().zip(off.iter().skip(lag)).map(|(a, b)| a * b).sum::<f64>() / all;
    if all > 0.0 { (0..=most).map(apart).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn head(rows: usize, value: impl Fn(f64) -> f64) -> Vec<f64> {
        let mut random = Random::new(3);
        (0..rows).map(|i| value(i as f64) + 0.3 * random.normal()).collect()
    }

    fn sine(period: f64) -> impl Fn(f64) -> f64 {
        move |at| 2.0 * (std::f64::consts::TAU * at / period).sin()
    }

    #[test]
    fn what_comes_back_swings_with_its_period() {
        for period in [45.0, 60.0, 137.0] {
            let swing = Swing::of(&head(3600, sine(period)), 10).unwrap();
            let periods = swing.period as f64 / period;
            assert!((periods - periods.round()).abs() < 0.12, "{period}: {swing:?}");
        }
        let square = Swing::of(&head(3600, |at| if at % 90.0 < 30.0 { 7.0 } else { 5.5 }), 10).unwrap();
        assert_eq!(square.period % 90, 0, "{square:?}");
    }

    #[test]
    fn what_was_seen_too_seldom_or_never_comes_back_does_not_swing() {
        assert_eq!(Swing::of(&head(3600, sine(900.0)), 10), None);
        assert_eq!(Swing::of(&head(3600, |_| 0.0), 10), None);
        assert_eq!(Swing::of(&vec![4.0; 3600], 10), None);
        let (mut random, mut at) = (Random::new(8), 0.0);
        for keep in [1.0, 0.99, 0.9] {
            let mut step = || {
                at = keep * at + random.normal();
                at
            };
            let wander: Vec<f64> = (0..3600).map(|_| step()).collect();
            assert_eq!(Swing::of(&wander, 10), None, "{keep}");
        }
    }
}
