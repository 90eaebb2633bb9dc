use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};

use super::fft::{fast_length, nearest};
use super::{Features, Window, features};

/// Bands that the spectrum is summed over, equally wide from 0 Hz to half the sampling rate.
pub const BANDS: usize = 20;

/// Reads many blocks of one length: features in time, band energies, envelope spectrum. Two transforms for the whole
/// of it, planned once, nothing allocated while it reads. Single precision: the transforms' error is 1e-6, a sensor's
/// 1e-2, and twice as many values fit a processor's lanes.
pub struct Bank {
    rate_hz: f64,
    envelope_lines: (usize, usize),
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    again: Arc<dyn RealToComplex<f32>>,
    samples: Vec<f32>,
    lines: Vec<Complex<f32>>,
    band: Vec<Complex<f32>>,
    magnitude: Vec<f32>,
    modulation: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    readings: Readings,
}

/// What a block reads as.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    /// Features in time.
    pub time: Features,
    /// Root mean square of each band, in the samples' unit.
    pub bands: [f32; BANDS],
    /// Amplitudes of the envelope's spectrum, in the samples' unit, as far apart as the block's lines.
    pub envelope: Vec<f32>,
}

impl std::fmt::Debug for Bank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bank")
            .field("samples", &self.samples.len())
            .field("rate_hz", &self.rate_hz)
            .finish_non_exhaustive()
    }
}

impl Bank {
    /// For blocks of `len` samples, the envelope taken in the band `from..to` Hz. None when a block has fewer than
    /// two samples or no line lies in the band.
    pub fn new(len: usize, rate_hz: f64, (from_hz, to_hz): (f64, f64)) -> Option<Self> {
        let step = rate_hz / len as f64;
        let (from, to) = (nearest(from_hz, step).max(1), nearest(to_hz, step).min(len / 2));
        if len < 2 || to <= from || !step.is_finite() {
            return None;
        }
        let (mut real, mut complex) = (RealFftPlanner::new(), FftPlanner::new());
        let wide = fast_length(2 * (to - from));
        let (forward, again) = (real.plan_fft_forward(len), real.plan_fft_forward(wide));
        let inverse = complex.plan_fft_inverse(wide);
        let scratch = forward.get_scratch_len().max(again.get_scratch_len()).max(inverse.get_inplace_scratch_len());
        let nothing = Features {
            rms: 0.0,
            peak: 0.0,
            crest: 0.0,
            kurtosis: 0.0,
            skew: 0.0,
            shape: 0.0,
            impulse: 0.0,
            clearance: 0.0,
        };
        Some(Self {
            rate_hz,
            envelope_lines: (from, to),
            samples: forward.make_input_vec(),
            lines: forward.make_output_vec(),
            band: vec![Complex::default(); wide],
            magnitude: again.make_input_vec(),
            modulation: again.make_output_vec(),
            scratch: vec![Complex::default(); scratch],
            readings: Readings { time: nothing, bands: [0.0; BANDS], envelope: vec![0.0; wide / 2 + 1] },
            forward,
            inverse,
            again,
        })
    }

    /// Distance of two lines of the envelope's spectrum, Hz.
    pub fn step_hz(&self) -> f64 {
        self.rate_hz / self.samples.len() as f64
    }

    /// Reads a block; none when it has another length, is constant or not finite.
    #[allow(clippy::cast_possible_truncation, reason = "single precision, as the type says")]
    pub fn read(&mut self, block: &[f32]) -> Option<&Readings> {
        if block.len() != self.samples.len() {
            return None;
        }
        self.readings.time = features(block)?;
        let mean = block.iter().map(|v| f64::from(*v)).sum::<f64>() / block.len() as f64;
        self.samples.iter_mut().zip(block).for_each(|(to, v)| *to = (f64::from(*v) - mean) as f32);
        self.forward.process_with_scratch(&mut self.samples, &mut self.lines, &mut self.scratch).ok()?;
        self.sum_bands();
        self.demodulate()?;
        Some(&self.readings)
    }

    /// Sums the powers of the Hann-windowed spectrum by band.
    #[allow(clippy::cast_possible_truncation, reason = "single precision, as the type says")]
    fn sum_bands(&mut self) {
        let (n, lines) = (self.samples.len() as f64, self.lines.len());
        let scale = (2.0 / (n * Window::Hann.gain())).powi(2) / 2.0 / Window::Hann.noise_lines();
        for (b, band) in self.readings.bands.iter_mut().enumerate() {
            let (from, to) = (b * lines / BANDS, (b + 1) * lines / BANDS);
            let near = self.lines.get(from.saturating_sub(1)..(to + 1).min(lines)).unwrap_or_default();
            let power: f32 = near.windows(3).map(|w| hann(w).norm_sqr()).sum();
            *band = (f64::from(power) * scale).sqrt() as f32;
        }
    }

    /// The spectrum of the envelope's magnitude.
    #[allow(clippy::cast_possible_truncation, reason = "single precision, as the type says")]
    fn demodulate(&mut self) -> Option<()> {
        let (n, (from, to)) = (self.samples.len() as f32, self.envelope_lines);
        let inside = self.lines.get(from..to)?;
        let (kept, rest) = self.band.split_at_mut(inside.len());
        kept.iter_mut().zip(inside).for_each(|(to, line)| *to = *line * (2.0 / n));
        rest.fill(Complex::default());
        self.inverse.process_with_scratch(&mut self.band, &mut self.scratch);
        self.magnitude.iter_mut().zip(&self.band).for_each(|(to, v)| *to = v.norm_sqr().sqrt());
        let wide = self.magnitude.len() as f32;
        let mean = self.magnitude.iter().sum::<f32>() / wide;
        self.magnitude.iter_mut().for_each(|v| *v -= mean);
        self.again.process_with_scratch(&mut self.magnitude, &mut self.modulation, &mut self.scratch).ok()?;
        let scale = 2.0 / (wide * Window::Hann.gain() as f32);
        let faded = self.modulation.windows(3).map(|w| hann(w).norm_sqr().sqrt() * scale);
        // the first and the last line have a neighbour on one side only and say nothing
        self.readings.envelope.fill(0.0);
        self.readings.envelope.iter_mut().skip(1).zip(faded).for_each(|(to, a)| *to = a);
        Some(())
    }
}

/// A line as a Hann window before the transform would have made it: half of it less a quarter of each neighbour.
fn hann(near: &[Complex<f32>]) -> Complex<f32> {
    let &[before, line, after] = near else { return Complex::default() };
    line * 0.5 - (before + after) * 0.25
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::wave::{Analytic, Spectrum};

    #[test]
    #[allow(clippy::cast_possible_truncation, reason = "a waveform is of f32")]
    fn it_reads_what_the_single_functions_read() {
        let mut random = Random::new(3);
        let block: Vec<f32> = (0..25_600)
            .map(|i| f64::from(i) / 25_600.0)
            .map(|t| {
                let wave = |hz: f64| (std::f64::consts::TAU * hz * t).sin();
                (0.5 + 2.0 * wave(120.0) + (1.0 + 0.5 * wave(87.0)) * wave(5000.0) + 0.1 * random.normal()) as f32
            })
            .collect();
        let samples: Vec<f64> = block.iter().map(|v| f64::from(*v)).collect();
        let mut bank = Bank::new(block.len(), 25_600.0, (2000.0, 10_000.0)).unwrap();
        bank.read(&block).unwrap();
        let readings = bank.read(&block).unwrap();
        assert_eq!(readings.time, features(&block).unwrap());
        let spectrum = Spectrum::of(&samples, 25_600.0).unwrap();
        let second = spectrum.band_rms((641.0, 1279.0));
        assert!((f64::from(readings.bands[1]) - second).abs() < 1e-3, "{} {second}", readings.bands[1]);
        assert!((readings.bands[0] - 2.0_f32.sqrt()).abs() < 1e-2, "{}", readings.bands[0]);
        let envelope = Analytic::of(&samples, 25_600.0).unwrap().band((2000.0, 10_000.0)).unwrap();
        let slow = Spectrum::of(&envelope.magnitude(), envelope.rate_hz).unwrap();
        for (fast, slow) in readings.envelope.iter().zip(&slow.amplitudes).skip(1).take(2000) {
            assert!((f64::from(*fast) - slow).abs() < 1e-4, "{fast} {slow}");
        }
    }

    #[test]
    fn nonsense_is_not_read() {
        assert!(Bank::new(1, 1000.0, (1.0, 2.0)).is_none() && Bank::new(100, 1000.0, (400.0, 100.0)).is_none());
        let mut bank = Bank::new(100, 1000.0, (100.0, 400.0)).unwrap();
        assert!(bank.read(&[1.0; 100]).is_none() && bank.read(&[0.0; 99]).is_none());
        assert!(bank.read(&[f32::NAN; 100]).is_none());
    }
}
