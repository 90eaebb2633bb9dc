use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use crate::stats;

/// Hertz from which velocity is integrated by default, and up to which it is summed (ISO 10816-3).
const VELOCITY_BAND_HZ: (f64, f64) = (10.0, 1000.0);

/// One-sided amplitudes at equally spaced frequencies.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// Distance of two lines, Hz.
    pub step_hz: f64,
    /// Amplitude (peak, not r.m.s.) of each line, in the samples' unit; the first is 0 Hz.
    pub amplitudes: Vec<f64>,
}

fn transform(samples: &[f64]) -> Option<Vec<Complex<f64>>> {
    if samples.len() < 2 || samples.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(samples.len());
    let (mut input, mut output) = (samples.to_vec(), fft.make_output_vec());
    fft.process(&mut input, &mut output).ok()?;
    Some(output)
}

fn centred(samples: &[f64]) -> Vec<f64> {
    let mean = stats::mean(samples);
    samples.iter().map(|v| v - mean).collect()
}

impl Spectrum {
    /// Of a block about its mean, through a Hann window, amplitudes corrected for the window. None when there
    /// are fewer than two samples or one is not finite.
    pub fn of(samples: &[f64], rate_hz: f64) -> Option<Self> {
        let n = samples.len() as f64;
        let hann = |i: usize| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / n).cos();
        let windowed: Vec<f64> = centred(samples).iter().enumerate().map(|(i, v)| v * hann(i)).collect();
        let lines = transform(&windowed)?;
        // half of the amplitude lies at negative frequencies, half is taken by the window
        let amplitudes = lines.iter().map(|c| c.norm() * 4.0 / n).collect();
        Some(Self { step_hz: rate_hz / n, amplitudes })
    }

    /// Of the envelope of a block in the band `from_hz..to_hz`: the magnitude of the analytic signal. What
    /// strikes again and again, a ball over a pit, stands out in it. None as for [`Spectrum::of`], or when the
    /// band is empty.
    pub fn envelope(samples: &[f64], rate_hz: f64, (from_hz, to_hz): (f64, f64)) -> Option<Self> {
        let n = samples.len();
        let mut band = transform(&centred(samples))?;
        let step = rate_hz / n as f64;
        let last = band.len() - 1;
        let inside = |i: usize| i > 0 && i < last && i as f64 * step >= from_hz && i as f64 * step <= to_hz;
        if !(0..band.len()).any(inside) {
            return None;
        }
        for (i, line) in band.iter_mut().enumerate() {
            *line = if inside(i) { *line / n as f64 } else { Complex::new(0.0, 0.0) };
        }
        let mut turned: Vec<Complex<f64>> = band.iter().map(|c| Complex::new(c.im, -c.re)).collect();
        let inverse = RealFftPlanner::<f64>::new().plan_fft_inverse(n);
        let (mut real, mut imaginary) = (vec![0.0; n], vec![0.0; n]);
        inverse.process(&mut band, &mut real).ok()?;
        inverse.process(&mut turned, &mut imaginary).ok()?;
        let magnitude: Vec<f64> = real.iter().zip(&imaginary).map(|(a, b)| a.hypot(*b)).collect();
        Self::of(&magnitude, rate_hz)
    }

    /// The highest line within `tolerance_hz` of `hz`: its frequency and its height above the median of the lines
    /// around it, dB. None when that lies outside the spectrum.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "line numbers, not negative")]
    pub fn peak_near(&self, hz: f64, tolerance_hz: f64) -> Option<(f64, f64)> {
        let reach = tolerance_hz.max(2.0 * self.step_hz);
        let line = |hz: f64| (hz / self.step_hz).round().max(1.0) as usize;
        let (from, to) = (line(hz - reach), line(hz + reach));
        let lines = self.amplitudes.get(from..=to)?;
        let (at, height) = lines.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        let wide = NEIGHBOURS.max(2 * (to - from));
        let around = self.amplitudes.get(from.saturating_sub(wide).max(1)..(to + wide).min(self.amplitudes.len()))?;
        let floor = stats::median(around).max(f64::MIN_POSITIVE);
        Some(((from + at) as f64 * self.step_hz, 20.0 * (height / floor).log10()))
    }
}

/// Lines to each side of a peak from which the local median is taken.
const NEIGHBOURS: usize = 30;

/// Velocity in mm/s r.m.s., 10–1000 Hz, of acceleration in m/s²: integrated by division by jω, nothing below
/// the band (ISO 10816-3). None as for [`Spectrum::of`].
pub fn velocity_rms(acceleration: &[f64], rate_hz: f64) -> Option<f64> {
    let n = acceleration.len() as f64;
    let lines = transform(&centred(acceleration))?;
    let (from, to) = VELOCITY_BAND_HZ;
    let power = lines.iter().enumerate().map(|(i, line)| {
        let hz = i as f64 * rate_hz / n;
        let inside = hz >= from && hz <= to;
        if inside { (line.norm() * 2.0 / n / (std::f64::consts::TAU * hz)).powi(2) / 2.0 } else { 0.0 }
    });
    Some(1000.0 * power.sum::<f64>().sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, amplitude: f64) -> Vec<f64> {
        (0..10_000).map(|i| amplitude * (std::f64::consts::TAU * hz * f64::from(i) / 10_000.0).sin()).collect()
    }

    #[test]
    fn a_sine_stands_at_its_frequency_with_its_amplitude() {
        let spectrum = Spectrum::of(&sine(50.0, 3.0), 10_000.0).unwrap();
        assert!((spectrum.amplitudes[50] - 3.0).abs() < 1e-6);
        let (hz, snr) = spectrum.peak_near(50.5, 1.0).unwrap();
        assert!((hz - 50.0).abs() < 1e-9 && snr > 60.0);
    }

    #[test]
    fn acceleration_integrates_to_velocity() {
        // v = a / ω: 10 m/s² at 100 Hz is 15.915 mm/s peak, 11.254 mm/s r.m.s.
        let velocity = velocity_rms(&sine(100.0, 10.0), 10_000.0).unwrap();
        assert!((velocity - 11.254).abs() < 1e-2, "{velocity}");
        assert!(velocity_rms(&sine(2000.0, 10.0), 10_000.0).unwrap() < 1e-6);
    }

    #[test]
    fn the_envelope_of_a_modulated_carrier_is_its_modulation() {
        let carrier = sine(3000.0, 1.0);
        let slow = sine(87.0, 0.5);
        let modulated: Vec<f64> = carrier.iter().zip(&slow).map(|(c, s)| c * (1.0 + s)).collect();
        let envelope = Spectrum::envelope(&modulated, 10_000.0, (2000.0, 4000.0)).unwrap();
        assert!((envelope.amplitudes[87] - 0.5).abs() < 1e-3);
        assert!(Spectrum::envelope(&modulated, 10_000.0, (6000.0, 7000.0)).is_none());
    }
}
