//! Three phase currents together: symmetrical components (Fortescue 1918), Park's vector and what it pulses with
//! (Cardoso et al. 1999), harmonics. A short between turns of a winding unbalances the phases; which one, the angle of the
//! negative sequence tells.

use nalgebra::Complex;

use super::{Spectrum, Window};

/// Harmonics that are looked at, the fundamental left out.
const HARMONICS: [u32; 7] = [2, 3, 4, 5, 7, 9, 11];

/// What three currents say, all over the positive sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Phases {
    /// The fundamental, Hz.
    pub fundamental_hz: f64,
    /// Amplitude of the positive sequence, in the samples' unit: the load.
    pub positive: f64,
    /// The negative sequence, as a complex share of the positive: it does not depend on where the block begins.
    pub negative: (f64, f64),
    /// Amplitude of the zero sequence.
    pub zero: f64,
    /// R.m.s. of each phase over the mean of the three.
    pub rms: [f64; 3],
    /// For each phase the amplitudes of the harmonics 2, 3, 4, 5, 7, 9, 11 that lie below half the sampling rate; 0 above.
    pub harmonics: [[f64; 7]; 3],
    /// How far the modulus of Park's vector pulses at twice the fundamental.
    pub park_pulse: f64,
    /// How far it pulses at all (standard deviation).
    pub park_spread: f64,
}

/// Reads a block of three currents of one motor. The fundamental is sought from 5 Hz to a quarter of the sampling rate.
/// None when the block is shorter than four periods, holds what is not finite, or carries no current.
pub fn phases(currents: [&[f64]; 3], rate_hz: f64) -> Option<Phases> {
    let n = currents.iter().map(|c| c.len()).min()?;
    let [a, b, c] = currents.map(|c| c.get(..n).unwrap_or_default());
    // a lost phase carries nothing to tell it by
    let strongest = [a, b, c].into_iter().max_by(|x, y| power(x).total_cmp(&power(y)))?;
    let fundamental_hz = fundamental(strongest, rate_hz)?;
    if (n as f64) < 4.0 * rate_hz / fundamental_hz {
        return None;
    }
    let at = |hz: f64| [a, b, c].map(|current| line(current, hz / rate_hz));
    let [ia, ib, ic] = at(fundamental_hz);
    let turn = Complex::from_polar(1.0, std::f64::consts::TAU / 3.0);
    let first = (ia + turn * ib + turn * turn * ic) / 3.0;
    let second = (ia + turn * turn * ib + turn * ic) / 3.0;
    // a motor that turns the other way has its sequences swapped
    let (forward, backward) = if first.norm() >= second.norm() { (first, second) } else { (second, first) };
    let positive = forward.norm();
    if positive.is_nan() || positive <= 0.0 {
        return None;
    }
    let share = backward / forward;
    let mut harmonics = [[0.0; 7]; 3];
    for (place, harmonic) in HARMONICS.into_iter().enumerate() {
        let hz = f64::from(harmonic) * fundamental_hz;
        if hz < 0.5 * rate_hz {
            let heights = at(hz).map(|line| line.norm() / positive);
            harmonics
                .iter_mut()
                .zip(heights)
                .filter_map(|(own, h)| Some((own.get_mut(place)?, h)))
                .for_each(|(to, h)| *to = h);
        }
    }
    let effective = [a, b, c].map(|c| (power(c) / n as f64).sqrt());
    let mean = effective.iter().sum::<f64>() / 3.0;
    let park = park(a, b, c);
    let centre = crate::stats::mean(&park);
    let pulses: Vec<f64> = park.iter().map(|v| v / centre - 1.0).collect();
    Some(Phases {
        fundamental_hz,
        positive,
        negative: (share.re, share.im),
        zero: ((ia + ib + ic) / 3.0).norm() / positive,
        rms: effective.map(|v| v / mean),
        harmonics,
        park_pulse: line(&pulses, 2.0 * fundamental_hz / rate_hz).norm(),
        park_spread: crate::stats::variance(&pulses).sqrt(),
    })
}

impl Phases {
    /// All of it as a row for a classifier, but for the load and the fundamental.
    pub fn row(&self) -> Vec<f64> {
        let (re, im) = self.negative;
        let mut row = vec![re, im, re.hypot(im), self.zero, self.park_pulse, self.park_spread];
        row.extend(self.rms);
        row.extend(self.harmonics.iter().flatten());
        row
    }
}

fn power(samples: &[f64]) -> f64 {
    samples.iter().map(|v| v * v).sum()
}

/// The fundamental between two lines: the centre of power around the highest.
fn fundamental(current: &[f64], rate_hz: f64) -> Option<f64> {
    let spectrum = Spectrum::of(current, rate_hz)?;
    let inside = spectrum.frequencies().filter(|(hz, _)| (5.0..0.25 * rate_hz).contains(hz));
    let (peak, height) = inside.max_by(|a, b| a.1.total_cmp(&b.1))?;
    if height.is_nan() || height <= 0.0 {
        return None;
    }
    let near = spectrum.frequencies().filter(|(hz, _)| (hz - peak).abs() < 2.5 * spectrum.step_hz);
    let (sum, weight) = near.fold((0.0, 0.0), |(sum, weight), (hz, a)| (sum + hz * a * a, weight + a * a));
    Some(sum / weight)
}

/// The complex amplitude at `turns` a sample, through a Hann window.
fn line(samples: &[f64], turns: f64) -> Complex<f64> {
    let n = samples.len();
    let mean = crate::stats::mean(samples);
    let term = |(i, v): (usize, &f64)| {
        let faded = (v - mean) * Window::Hann.weight(i, n);
        Complex::from_polar(faded, -std::f64::consts::TAU * turns * i as f64)
    };
    samples.iter().enumerate().map(term).sum::<Complex<f64>>() * (2.0 / (n as f64 * Window::Hann.gain()))
}

/// The modulus of Park's vector.
fn park(a: &[f64], b: &[f64], c: &[f64]) -> Vec<f64> {
    let of = |((a, b), c): ((&f64, &f64), &f64)| {
        let direct = (2.0_f64 / 3.0).sqrt() * a - (b + c) / 6.0_f64.sqrt();
        direct.hypot((b - c) / 2.0_f64.sqrt())
    };
    a.iter().zip(b).zip(c).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Two seconds at 1 kHz of 49.7 Hz, 5 A, beginning anywhere; one phase too strong by a share.
    fn currents(strong: usize, share: f64, begin: f64) -> [Vec<f64>; 3] {
        [0, 1, 2].map(|phase| {
            let gain = if phase == strong { 1.0 + share } else { 1.0 };
            let at = |i: i32| TAU * (49.7 * (f64::from(i) / 1000.0 + begin) - phase as f64 / 3.0);
            (0..2000).map(|i| gain * 5.0 * at(i).sin() + 0.1 * (3.0 * at(i)).sin()).collect()
        })
    }

    fn read(currents: &[Vec<f64>; 3]) -> Phases {
        phases([&currents[0], &currents[1], &currents[2]], 1000.0).unwrap()
    }

    #[test]
    fn balanced_currents_have_no_negative_sequence() {
        let p = read(&currents(0, 0.0, 0.0));
        assert!((p.fundamental_hz - 49.7).abs() < 0.02 && (p.positive - 5.0).abs() < 0.05, "{p:?}");
        assert!(p.negative.0.hypot(p.negative.1) < 1e-3 && p.park_pulse < 1e-3, "{p:?}");
        assert!((p.harmonics[1][1] - 0.02).abs() < 2e-3, "{p:?}");
    }

    #[test]
    fn the_unbalanced_phase_is_told_wherever_the_block_begins() {
        let [first, second] = [0.0, 0.013].map(|begin| read(&currents(1, 0.06, begin)));
        let size = first.negative.0.hypot(first.negative.1);
        assert!((size - 0.02 / 1.02).abs() < 2e-3 && first.park_pulse > 0.01, "{first:?}");
        assert!((first.negative.0 - second.negative.0).abs() < 1e-3);
        assert!((first.negative.1 - second.negative.1).abs() < 1e-3);
        let other = read(&currents(2, 0.06, 0.0));
        assert!((first.negative.1 - other.negative.1).abs() > 0.02, "{first:?} {other:?}");
        assert!(first.rms[1] > 1.03 && first.row().len() == 30);
    }

    #[test]
    fn silence_and_short_blocks_say_nothing() {
        let none = vec![0.0; 500];
        assert!(phases([&none, &none, &none], 1000.0).is_none());
        let all = currents(0, 0.0, 0.0);
        let lost = phases([&vec![0.0; 2000], &all[1], &all[2]], 1000.0).unwrap();
        assert!(lost.negative.0.hypot(lost.negative.1) > 0.4 && lost.rms[0] < 1e-9, "{lost:?}");
        assert!(phases([&all[0][..50], &all[1][..50], &all[2][..50]], 1000.0).is_none());
        assert!(phases([&[], &[], &[]], 1000.0).is_none());
    }
}
