use super::Window;
use super::fft::{centred, forward, nearest};

/// One-sided amplitudes at equally spaced frequencies.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// Distance of two lines, Hz (or orders, of samples at equal angles).
    pub step_hz: f64,
    /// Amplitude (peak, not r.m.s.) of each line, in the samples' unit; the first is 0 Hz.
    pub amplitudes: Vec<f64>,
    /// The window it was taken through.
    pub window: Window,
    /// How many independent blocks its powers are the mean of: what its noise scatters by.
    pub averages: f64,
}

impl Spectrum {
    /// Of a block about its mean, through a Hann window, amplitudes corrected for the window. None when there
    /// are fewer than two samples or one is not finite.
    pub fn of(samples: &[f64], rate_hz: f64) -> Option<Self> {
        Self::through(Window::Hann, samples, rate_hz)
    }

    /// As [`Spectrum::of`], through a window of choice.
    pub fn through(window: Window, samples: &[f64], rate_hz: f64) -> Option<Self> {
        let n = samples.len();
        let mut faded = centred(samples);
        faded.iter_mut().enumerate().for_each(|(i, v)| *v *= window.weight(i, n));
        // half of the amplitude lies at negative frequencies, a share is taken by the window
        let scale = 2.0 / (n as f64 * window.gain());
        let amplitudes = forward(faded)?.iter().map(|c| c.norm() * scale).collect();
        Some(Self { step_hz: rate_hz / n as f64, amplitudes, window, averages: 1.0 })
    }

    /// As [`Spectrum::through`], the powers averaged over `parts` parts that overlap by half (Welch 1967): the noise
    /// scatters less, the lines lie further apart. None as there, or when a part is shorter than two samples.
    pub fn averaged(window: Window, samples: &[f64], rate_hz: f64, parts: usize) -> Option<Self> {
        let len = 2 * samples.len() / (parts.max(1) + 1);
        if parts <= 1 || len < 2 {
            return Self::through(window, samples, rate_hz);
        }
        let mut mean: Option<Self> = None;
        for start in (0..=samples.len() - len).step_by((len / 2).max(1)).take(parts) {
            let part = Self::through(window, samples.get(start..start + len)?, rate_hz)?;
            let powers = part.amplitudes.iter().map(|a| a * a / parts as f64);
            match &mut mean {
                Some(mean) => mean.amplitudes.iter_mut().zip(powers).for_each(|(sum, p)| *sum += p),
                None => mean = Some(Self { amplitudes: powers.collect(), ..part }),
            }
        }
        let mut mean = mean?;
        mean.amplitudes.iter_mut().for_each(|power| *power = power.sqrt());
        let (k, shared) = (parts as f64, window.overlap_correlation());
        mean.averages = k / (1.0 + 2.0 * shared * (k - 1.0) / k);
        Some(mean)
    }

    /// Root mean square of what lies in `from..=to` Hz: the powers of the lines, over the window's noise bandwidth.
    pub fn band_rms(&self, (from_hz, to_hz): (f64, f64)) -> f64 {
        let inside = self.frequencies().filter(|(hz, _)| (from_hz..=to_hz).contains(hz));
        (inside.map(|(_, a)| a * a / 2.0).sum::<f64>() / self.window.noise_lines()).sqrt()
    }

    /// The amplitudes in dB over `reference` (ISO 1683: 1 µm/s² for acceleration, 1 nm/s for velocity).
    pub fn db(&self, reference: f64) -> Vec<f64> {
        self.amplitudes.iter().map(|a| 20.0 * (a.max(f64::MIN_POSITIVE) / reference).log10()).collect()
    }

    /// Every line: its frequency and its amplitude.
    pub fn frequencies(&self) -> impl Iterator<Item = (f64, f64)> {
        self.amplitudes.iter().enumerate().map(|(i, a)| (i as f64 * self.step_hz, *a))
    }

    /// The highest line within `tolerance_hz` of `hz`, at least one line to each side: its frequency and amplitude.
    /// None when that lies outside the spectrum.
    pub fn highest_near(&self, hz: f64, tolerance_hz: f64) -> Option<(f64, f64)> {
        let reach = tolerance_hz.max(self.step_hz);
        let (from, to) = (nearest(hz - reach, self.step_hz).max(1), nearest(hz + reach, self.step_hz));
        let lines = self.amplitudes.get(from..=to)?.iter().enumerate();
        let (at, height) = lines.max_by(|a, b| a.1.total_cmp(b.1))?;
        Some(((from + at) as f64 * self.step_hz, *height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, amplitude: f64) -> Vec<f64> {
        (0..10_000).map(|i| amplitude * (std::f64::consts::TAU * hz * f64::from(i) / 10_000.0).sin()).collect()
    }

    #[test]
    fn a_sine_stands_at_its_frequency_with_its_amplitude() {
        for window in [Window::Rectangular, Window::Hann, Window::FlatTop] {
            let spectrum = Spectrum::through(window, &sine(50.0, 3.0), 10_000.0).unwrap();
            let (hz, amplitude) = spectrum.highest_near(50.4, 1.0).unwrap();
            assert!((hz - 50.0).abs() < 1e-9 && (amplitude - 3.0).abs() < 1e-6, "{window:?} {hz} {amplitude}");
            assert!((spectrum.band_rms((40.0, 60.0)) - 3.0 / 2.0_f64.sqrt()).abs() < 1e-6, "{window:?}");
        }
        // 3 m/s² over 1 µm/s² is 129.5 dB
        let db = Spectrum::of(&sine(50.0, 3.0), 10_000.0).unwrap().db(1e-6);
        assert!((db[50] - 129.54).abs() < 0.01);
    }

    #[test]
    fn averaged_noise_scatters_less_and_a_tone_keeps_its_height() {
        let mut random = crate::random::Random::new(9);
        let mut samples = sine(500.0, 1.0);
        for v in &mut samples {
            *v += 0.5 * random.normal();
        }
        let averaged = Spectrum::averaged(Window::Hann, &samples, 10_000.0, 9).unwrap();
        assert!((averaged.step_hz - 5.0).abs() < 1e-9 && averaged.averages > 8.0, "{averaged:?}");
        assert!((averaged.highest_near(500.0, 5.0).unwrap().1 - 1.0).abs() < 0.05);
        let scatter = |s: &Spectrum| {
            let powers: Vec<f64> = s.frequencies().filter(|(hz, _)| *hz > 1000.0).map(|(_, a)| a * a).collect();
            crate::stats::variance(&powers).sqrt() / crate::stats::mean(&powers)
        };
        let whole = Spectrum::of(&samples, 10_000.0).unwrap();
        assert!(scatter(&averaged) < 0.45 && scatter(&whole) > 0.8, "{} {}", scatter(&averaged), scatter(&whole));
        assert_eq!(Spectrum::averaged(Window::Hann, &samples, 10_000.0, 1), Some(whole));
        assert!(Spectrum::averaged(Window::Hann, &[1.0], 1.0, 5).is_none());
    }

    #[test]
    fn between_two_lines_only_the_flat_top_keeps_the_amplitude() {
        let off = |window| {
            let spectrum = Spectrum::through(window, &sine(50.5, 1.0), 10_000.0).unwrap();
            spectrum.highest_near(50.5, 1.0).unwrap().1
        };
        assert!((off(Window::FlatTop) - 1.0).abs() < 2e-3 && off(Window::Hann) < 0.86);
    }
}
