use realfft::RealFftPlanner;

use super::Window;
use super::fft::centred;

/// A power spectral density, averaged over segments that overlap by half (Welch 1967).
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    /// Distance of two lines, Hz.
    pub step_hz: f64,
    /// Power density of each line, unit² per Hz; the first is 0 Hz.
    pub density: Vec<f64>,
    /// How many independent averages it is worth: what its lines scatter by.
    pub averages: f64,
}

/// Correlation of the powers of two Hann segments that overlap by half: (1/6)² (Welch 1967).
const OVERLAP_CORRELATION: f64 = 1.0 / 36.0;

impl Density {
    /// Of a block about its mean in Hann segments of `segment` samples. None when the block is shorter than a
    /// segment, a segment shorter than two samples, or a sample not finite.
    pub fn of(samples: &[f64], rate_hz: f64, segment: usize) -> Option<Self> {
        if segment < 2 || samples.len() < segment || samples.iter().any(|v| !v.is_finite()) {
            return None;
        }
        let fft = RealFftPlanner::<f64>::new().plan_fft_forward(segment);
        let weights: Vec<f64> = (0..segment).map(|i| Window::Hann.weight(i, segment)).collect();
        let (mut faded, mut lines) = (fft.make_input_vec(), fft.make_output_vec());
        let mut scratch = fft.make_scratch_vec();
        let mut density = vec![0.0; lines.len()];
        let centred = centred(samples);
        let mut segments = 0_u32;
        for start in (0..=samples.len() - segment).step_by((segment / 2).max(1)) {
            let part = centred.get(start..start + segment)?;
            faded.iter_mut().zip(part.iter().zip(&weights)).for_each(|(to, (v, w))| *to = v * w);
            fft.process_with_scratch(&mut faded, &mut lines, &mut scratch).ok()?;
            density.iter_mut().zip(&lines).for_each(|(sum, line)| *sum += line.norm_sqr());
            segments += 1;
        }
        let k = f64::from(segments);
        let scale = 2.0 / (rate_hz * weights.iter().map(|w| w * w).sum::<f64>() * k);
        for line in &mut density {
            *line *= scale;
        }
        let averages = k / (1.0 + 2.0 * OVERLAP_CORRELATION * (k - 1.0) / k);
        Some(Self { step_hz: rate_hz / segment as f64, density, averages })
    }

    /// The shape of the spectrum in a few numbers: the first `count` coefficients of the cosine series of its logarithm,
    /// the level left out (cepstral coefficients; Davis and Mermelstein 1980). How loud it is does not matter; which
    /// resonances ring does.
    pub fn shape(&self, count: u32) -> Vec<f64> {
        let logs: Vec<f64> = self.density.iter().skip(1).map(|d| d.max(f64::MIN_POSITIVE).ln()).collect();
        let n = logs.len() as f64;
        let wave = |k: u32, i: usize| (std::f64::consts::PI * f64::from(k) * (i as f64 + 0.5) / n).cos();
        let coefficient = |k| 2.0 / n * logs.iter().enumerate().map(|(i, l)| l * wave(k, i)).sum::<f64>();
        (1..=count).map(coefficient).collect()
    }

    /// Root mean square of what lies in `from..to` Hz.
    pub fn band_rms(&self, (from_hz, to_hz): (f64, f64)) -> f64 {
        let lines = self.density.iter().enumerate().map(|(i, d)| (i as f64 * self.step_hz, d));
        (lines.filter(|(hz, _)| *hz >= from_hz && *hz < to_hz).map(|(_, d)| d).sum::<f64>() * self.step_hz).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn white_noise_is_flat_and_adds_up_to_its_power() {
        let mut random = Random::new(7);
        let noise: Vec<f64> = (0..100_000).map(|_| 2.0 * random.normal()).collect();
        let psd = Density::of(&noise, 1000.0, 500).unwrap();
        // 4 over 500 Hz
        let middle = psd.density[20..230].iter().sum::<f64>() / 210.0;
        assert!((middle / 0.008 - 1.0).abs() < 0.02, "{middle}");
        assert!((psd.band_rms((0.0, 501.0)) - 2.0).abs() < 0.03);
        // lines scatter as the averages say
        let spread = crate::stats::variance(&psd.density[20..230]).sqrt() / middle;
        assert!((spread * psd.averages.sqrt() - 1.0).abs() < 0.15, "{spread} {}", psd.averages);
    }

    #[test]
    fn the_shape_knows_the_resonance_and_not_the_level() {
        let mut random = Random::new(8);
        let mut last = [0.0; 2];
        let coloured: Vec<f64> = (0..20_000)
            .map(|_| {
                let next = 1.6 * last[0] - 0.9 * last[1] + random.normal();
                last = [next, last[0]];
                next
            })
            .collect();
        let louder: Vec<f64> = coloured.iter().map(|v| 50.0 * v).collect();
        let shape = |samples: &[f64]| Density::of(samples, 1.0, 128).unwrap().shape(6);
        let (one, same) = (shape(&coloured), shape(&louder));
        assert!(one.iter().zip(&same).all(|(a, b)| (a - b).abs() < 1e-9));
        let flat = shape(&(0..20_000).map(|_| random.normal()).collect::<Vec<f64>>());
        assert!(flat.iter().all(|c| c.abs() < 0.1) && one.iter().any(|c| c.abs() > 1.0), "{flat:?} {one:?}");
    }

    #[test]
    fn too_short_is_refused() {
        assert!(Density::of(&[1.0; 10], 1.0, 11).is_none() && Density::of(&[1.0; 10], 1.0, 1).is_none());
    }
}
