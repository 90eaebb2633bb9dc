//! Envelopes: what strikes again and again, a ball over a pit, stands out in them (Randall and Antoni 2011).

use realfft::num_complex::Complex;

use super::fft::{centred, fast_length, forward, inverse, nearest};
use crate::stats;

/// A block in the frequency domain, from which any band's envelope is one short transform away.
#[derive(Clone, Debug)]
pub struct Analytic {
    lines: Vec<Complex<f64>>,
    step_hz: f64,
}

/// The complex envelope of a band: its analytic signal, shifted to 0 Hz and sampled no faster than the band needs.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Samples per second of the envelope.
    pub rate_hz: f64,
    values: Vec<Complex<f64>>,
}

impl Analytic {
    /// Of a block about its mean. None when there are fewer than two samples or one is not finite.
    pub fn of(samples: &[f64], rate_hz: f64) -> Option<Self> {
        let n = samples.len() as f64;
        let mut lines = forward(centred(samples))?;
        // the negative half of the spectrum is folded onto the positive one
        for line in &mut lines {
            *line *= 2.0 / n;
        }
        Some(Self { lines, step_hz: rate_hz / n })
    }

    /// The highest frequency, Hz.
    pub fn top_hz(&self) -> f64 {
        self.step_hz * self.lines.len().saturating_sub(1) as f64
    }

    /// Distance of two lines, Hz.
    pub fn step_hz(&self) -> f64 {
        self.step_hz
    }

    /// The envelope of the band `from..to` Hz; none when no line lies in it.
    pub fn band(&self, (from_hz, to_hz): (f64, f64)) -> Option<Envelope> {
        let from = nearest(from_hz, self.step_hz).max(1);
        let to = nearest(to_hz, self.step_hz).min(self.lines.len().saturating_sub(1));
        let lines = self.lines.get(from..to).filter(|lines| !lines.is_empty())?;
        // its square reaches as far to each side as the band is wide
        let mut values = vec![Complex::default(); fast_length(2 * lines.len())];
        values.iter_mut().zip(lines).for_each(|(to, line)| *to = *line);
        inverse(&mut values);
        Some(Envelope { rate_hz: self.step_hz * values.len() as f64, values })
    }
}

impl Envelope {
    /// Its magnitude, in the samples' unit.
    pub fn magnitude(&self) -> Vec<f64> {
        self.values.iter().map(|v| v.norm()).collect()
    }

    /// Its square over its mean square, less 1: free of unit, with mean 0.
    pub fn relative_square(&self) -> Vec<f64> {
        let squares: Vec<f64> = self.values.iter().map(Complex::norm_sqr).collect();
        let mean = stats::mean(&squares).max(f64::MIN_POSITIVE);
        squares.iter().map(|v| v / mean - 1.0).collect()
    }

    /// Kurtosis of the complex envelope less 2: 0 for Gaussian noise, −1 for a steady tone, more for impacts.
    pub fn kurtosis(&self) -> f64 {
        let n = self.values.len() as f64;
        let (square, fourth) =
            self.values.iter().map(Complex::norm_sqr).fold((0.0, 0.0), |(s, f), v| (s + v, f + v * v));
        if square > 0.0 { fourth * n / (square * square) - 2.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::wave::Spectrum;

    #[test]
    fn the_envelope_of_a_modulated_carrier_is_its_modulation() {
        let wave = |hz: f64, i: i32| (std::f64::consts::TAU * hz * f64::from(i) / 10_000.0).sin();
        let modulated: Vec<f64> = (0..10_000).map(|i| wave(3000.0, i) * (1.0 + 0.5 * wave(87.0, i))).collect();
        let analytic = Analytic::of(&modulated, 10_000.0).unwrap();
        let envelope = analytic.band((2000.0, 4000.0)).unwrap();
        let spectrum = Spectrum::of(&envelope.magnitude(), envelope.rate_hz).unwrap();
        assert!((spectrum.step_hz - 1.0).abs() < 1e-9);
        assert!((spectrum.amplitudes[87] - 0.5).abs() < 1e-3, "{}", spectrum.amplitudes[87]);
        assert!((stats::mean(&envelope.magnitude()) - 1.0).abs() < 1e-3);
        assert!(analytic.band((6000.0, 7000.0)).is_none());
    }

    #[test]
    fn kurtosis_tells_noise_from_tone_and_impacts() {
        let mut random = Random::new(1);
        let noise: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let of = |samples: &[f64]| Analytic::of(samples, 20_000.0).unwrap().band((3000.0, 6000.0)).unwrap().kurtosis();
        assert!(of(&noise).abs() < 0.2, "{}", of(&noise));
        let tone: Vec<f64> = (0..20_000).map(|i| (f64::from(i) * 1.4).sin()).collect();
        assert!((of(&tone) + 1.0).abs() < 0.05);
        let impacts: Vec<f64> = (0..20_000).map(|i| if i % 200 == 0 { 1.0 } else { 0.0 }).collect();
        assert!(of(&impacts) > 5.0);
    }
}
