//! Order tracking: samples at equal angles instead of equal times, so that a changing speed does not smear lines.

use super::fft::nearest;

/// The angle of a shaft at each sample of a block, in revolutions, never falling.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    revolutions: Vec<f64>,
}

impl Phase {
    /// From a speed, Hz, at each sample.
    pub fn from_speed(speed_hz: impl IntoIterator<Item = f64>, rate_hz: f64) -> Self {
        let mut sum = 0.0;
        let turn = |hz: f64| {
            let now = sum;
            sum += hz.max(0.0) / rate_hz;
            now
        };
        Self { revolutions: speed_hz.into_iter().map(turn).collect() }
    }

    /// The samples at equal angles, and how many there are to a revolution: enough that the slowest turn keeps every
    /// sample's share, so nothing is folded. None when the shaft does not turn.
    pub fn resample(&self, samples: &[f64]) -> Option<(Vec<f64>, usize)> {
        let mut known = self.revolutions.iter().enumerate().filter(|(_, r)| r.is_finite());
        let (first, last) = (known.clone().next()?.0, known.next_back()?.0);
        let turns = self.revolutions.get(first..=last.min(samples.len().checked_sub(1)?))?;
        let slowest = turns.windows(2).filter_map(|w| Some(w.last()? - w.first()?)).fold(f64::INFINITY, f64::min);
        if slowest.is_nan() || slowest <= 1.0 / TURN_SAMPLES_MAX {
            return None;
        }
        let per_revolution = nearest((1.0 / slowest).ceil(), 1.0);
        let (start, end) = (turns.first()?, turns.last()?);
        let (mut at, mut out) = (0, Vec::new());
        for k in nearest((start * per_revolution as f64).ceil(), 1.0).. {
            let angle = k as f64 / per_revolution as f64;
            if angle > *end {
                break;
            }
            while turns.get(at + 1).is_some_and(|next| *next < angle) {
                at += 1;
            }
            let (a, b) = (turns.get(at)?, turns.get((at + 1).min(turns.len() - 1))?);
            let share = if b > a { (angle - a) / (b - a) } else { 0.0 };
            out.push(interpolate(samples, first + at, share)?);
        }
        Some((out, per_revolution))
    }
}

/// Samples to a turn at most: slower, the shaft counts as standing.
const TURN_SAMPLES_MAX: f64 = 1e6;

/// The cubic between two values with given slopes (per unit of `u`, 0–1).
fn hermite([a, b]: [f64; 2], [slope_a, slope_b]: [f64; 2], u: f64) -> f64 {
    let (u2, u3) = (u * u, u * u * u);
    (2.0 * u3 - 3.0 * u2 + 1.0) * a + (u3 - 2.0 * u2 + u) * slope_a + (3.0 * u2 - 2.0 * u3) * b + (u3 - u2) * slope_b
}

/// The value a share after sample `at`, by the cubic through four samples around it.
fn interpolate(samples: &[f64], at: usize, share: f64) -> Option<f64> {
    let last = samples.len().checked_sub(1)?;
    let value = |i: usize| samples.get(i.min(last)).copied();
    let (before, a, b, after) = (value(at.saturating_sub(1))?, value(at)?, value(at + 1)?, value(at + 2)?);
    Some(hermite([a, b], [(b - before) / 2.0, (after - a) / 2.0], share))
}

/// The mean revolution of samples at equal angles (time-synchronous average): what the shaft owns stays, all else
/// fades with the square root of the number of turns. None with less than one turn.
pub fn synchronous_average(samples: &[f64], per_revolution: usize) -> Option<Vec<f64>> {
    let turns = samples.len().checked_div(per_revolution)?;
    let mut mean = vec![0.0; per_revolution];
    for turn in samples.chunks_exact(per_revolution) {
        mean.iter_mut().zip(turn).for_each(|(sum, v)| *sum += v / turns as f64);
    }
    (turns > 0).then_some(mean)
}

/// What is left of samples at equal angles without the mean revolution: bearings slip, so they stay here.
pub fn residual(samples: &[f64], average: &[f64]) -> Vec<f64> {
    samples.iter().zip(average.iter().cycle()).map(|(v, a)| v - a).collect()
}

#[cfg(test)]
mod tests;
