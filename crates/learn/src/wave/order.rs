//! Order tracking: samples at equal angles instead of equal times, so that a changing speed does not smear lines.

use super::Density;
use super::fft::nearest;

/// The angle of a shaft at each sample of a block, in revolutions, never falling.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    revolutions: Vec<f64>,
}

impl Phase {
    /// From the times of tacho pulses, seconds after the first sample, `per_revolution` of them a turn; `len` samples
    /// at `rate_hz`. Between pulses the angle follows a cubic curve; outside them there is no angle, so samples there
    /// are left out. None with fewer than three pulses, or when they do not rise.
    pub fn from_pulses(pulses_s: &[f64], per_revolution: f64, rate_hz: f64, len: usize) -> Option<Self> {
        if pulses_s.len() < 3 || !pulses_s.windows(2).all(|w| w.first() < w.last()) || per_revolution <= 0.0 {
            return None;
        }
        let angle = |k: usize| k as f64 / per_revolution;
        let time = |k: usize| pulses_s.get(k).copied();
        let last = pulses_s.len() - 1;
        let speed = |k: usize| {
            let (a, b) = (k.saturating_sub(1), (k + 1).min(last));
            Some((angle(b) - angle(a)) / (time(b)? - time(a)?))
        };
        let mut revolutions = Vec::with_capacity(len);
        let mut k = 0;
        for i in 0..len {
            let at = i as f64 / rate_hz;
            while k + 1 < last && time(k + 1)? <= at {
                k += 1;
            }
            let (from, to) = (time(k)?, time(k + 1)?);
            if at < from || at > to {
                revolutions.push(f64::NAN);
                continue;
            }
            let width = to - from;
            let slopes = [speed(k)? * width, speed(k + 1)? * width];
            revolutions.push(hermite([angle(k), angle(k + 1)], slopes, (at - from) / width));
        }
        Some(Self { revolutions })
    }

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

    /// Without a tacho: follows the strongest line of the order `order` through short blocks, starting anywhere in
    /// `from..to` Hz of shaft speed and moving at most a tenth from block to block. None when the block is shorter
    /// than three such blocks. Right as far as that line is the strongest there.
    pub fn from_line(samples: &[f64], rate_hz: f64, order: f64, (from_hz, to_hz): (f64, f64)) -> Option<Self> {
        // eight turns at the slowest: the line moves little within, and its neighbours an order away stay apart
        let block = nearest(8.0 * rate_hz / from_hz, 1.0);
        if block < 16 || samples.len() < 3 * block {
            return None;
        }
        let (mut low, mut high, mut centres) = (from_hz * order, to_hz * order, Vec::new());
        for start in (0..=samples.len() - block).step_by(block / 2) {
            let psd = Density::of(samples.get(start..start + block)?, rate_hz, block)?;
            let hz = ridge(&psd, low, high)?;
            (low, high) = ((hz * 0.9).max(from_hz * order), (hz * 1.1).min(to_hz * order));
            centres.push((start as f64 + block as f64 / 2.0, hz / order));
        }
        let mut k = 0;
        let speed = (0..samples.len()).map(|i| {
            while k + 2 < centres.len() && centres.get(k + 1).is_some_and(|c| c.0 <= i as f64) {
                k += 1;
            }
            let (Some(a), Some(b)) = (centres.get(k), centres.get(k + 1)) else { return f64::NAN };
            a.1 + (b.1 - a.1) * ((i as f64 - a.0) / (b.0 - a.0)).clamp(0.0, 1.0)
        });
        Some(Self::from_speed(speed, rate_hz))
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

/// The frequency of the highest line between `low` and `high`, refined by the parabola through it and its neighbours.
fn ridge(psd: &Density, low: f64, high: f64) -> Option<f64> {
    let (from, to) = (nearest(low, psd.step_hz).max(1), nearest(high, psd.step_hz) + 1);
    let lines = psd.density.get(from..to.min(psd.density.len()))?.iter().enumerate();
    let at = from + lines.max_by(|a, b| a.1.total_cmp(b.1))?.0;
    let height = |i: usize| psd.density.get(i).map(|d| d.max(f64::MIN_POSITIVE).ln());
    let (Some(a), Some(b), Some(c)) = (height(at - 1), height(at), height(at + 1)) else { return None };
    let bend = a - 2.0 * b + c;
    let shift = if bend < 0.0 { (0.5 * (a - c) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    Some((at as f64 + shift) * psd.step_hz)
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
