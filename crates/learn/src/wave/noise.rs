//! How far a line stands out of the noise around it, as a probability.

use statrs::function::beta::beta_reg;

use super::fft::nearest;
use crate::stats;

/// Lines of a block over which the local floor is taken. Wide enough that its median hardly scatters, narrow
/// enough to follow a coloured floor.
const BLOCK: usize = 120;
/// What a block's median knows, in independent lines: neighbouring Hann lines are correlated (noise bandwidth 1.5),
/// and a median is worth 0.48 of a mean of exponential values.
const BLOCK_WORTH: f64 = BLOCK as f64 / 1.5 * 0.48;
/// The smallest probability that is told, so that logarithms stay finite.
const P_MIN: f64 = 1e-300;

/// A power spectrum over the noise floor around each line.
#[derive(Clone, Debug)]
pub struct Floored {
    /// Distance of two lines, Hz.
    pub step_hz: f64,
    ratios: Vec<f64>,
    averages: f64,
}

impl Floored {
    /// Of powers (squared amplitudes), each the mean of `averages` independent ones. The floor is the median of
    /// blocks of lines, interpolated. None when there are fewer lines than a block has.
    pub fn of(power: &[f64], step_hz: f64, averages: f64) -> Option<Self> {
        // the first lines hold what is left of the mean and the window's foot
        let blocks = power.get(2..)?.chunks_exact(BLOCK);
        // the median of a mean of `averages` exponential powers, over its mean (Wilson and Hilferty 1931)
        let to_mean = (1.0 - 1.0 / (9.0 * averages)).powi(3);
        let floors: Vec<f64> = blocks.map(|b| (stats::median(b) / to_mean).max(f64::MIN_POSITIVE)).collect();
        let last = floors.len().checked_sub(1)?;
        let floor = |line: usize| {
            let place = ((line as f64 - 2.0) / BLOCK as f64 - 0.5).clamp(0.0, last as f64);
            let at = nearest(place.floor(), 1.0);
            let (low, high) = (floors.get(at)?, floors.get((at + 1).min(last))?);
            Some((low.ln() + (high.ln() - low.ln()) * place.fract()).exp())
        };
        let ratios = power.iter().enumerate().map(|(i, p)| floor(i).map_or(0.0, |f| p / f)).collect();
        Some(Self { step_hz, ratios, averages })
    }

    /// The highest frequency, Hz.
    pub fn top_hz(&self) -> f64 {
        self.step_hz * self.ratios.len().saturating_sub(1) as f64
    }

    /// Power over the floor, at the line nearest to `hz`; none outside the spectrum.
    pub fn ratio(&self, hz: f64) -> Option<f64> {
        self.ratios.get(nearest(hz, self.step_hz)).copied()
    }

    /// How surprising such a ratio is under Gaussian noise, in nats: −ln p. The ratio of a mean of exponential powers
    /// to an estimated floor follows an F distribution.
    pub fn surprise(&self, ratio: f64) -> f64 {
        let (a, b) = (self.averages, self.averages * BLOCK_WORTH);
        let p = if ratio > 0.0 { beta_reg(b, a, b / (b + a * ratio)) } else { 1.0 };
        -p.max(P_MIN).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::wave::{Density, Spectrum};

    fn noise(seed: u64, n: usize) -> Vec<f64> {
        let mut random = Random::new(seed);
        let mut last = 0.0;
        // coloured: a random walk that forgets
        let mut next = || {
            last = 0.8 * last + random.normal();
            last
        };
        (0..n).map(|_| next()).collect()
    }

    /// Share of lines more surprising than `nats`.
    fn share(floored: &Floored, nats: f64) -> f64 {
        let beyond = floored.ratios.iter().skip(2).filter(|r| floored.surprise(**r) > nats).count();
        beyond as f64 / (floored.ratios.len() - 2) as f64
    }

    #[test]
    fn the_stated_level_is_kept_on_coloured_noise() {
        let spectrum = Spectrum::of(&noise(1, 400_000), 1000.0).unwrap();
        let power: Vec<f64> = spectrum.amplitudes.iter().map(|a| a * a).collect();
        let single = Floored::of(&power, spectrum.step_hz, 1.0).unwrap();
        let welch = Density::of(&noise(2, 4_000_000), 1000.0, 40_000).unwrap();
        let averaged = Floored::of(&welch.density, welch.step_hz, welch.averages).unwrap();
        for floored in [single, averaged] {
            for p in [0.1_f64, 0.01, 0.001] {
                let found = share(&floored, -p.ln());
                assert!(found / p > 0.6 && found / p < 1.5, "{p} {found}");
            }
        }
    }

    #[test]
    fn a_tone_is_a_surprise() {
        let mut samples = noise(3, 20_000);
        samples.iter_mut().enumerate().for_each(|(i, v)| *v += (std::f64::consts::TAU * 0.1 * i as f64).sin());
        let spectrum = Spectrum::of(&samples, 1000.0).unwrap();
        let power: Vec<f64> = spectrum.amplitudes.iter().map(|a| a * a).collect();
        let floored = Floored::of(&power, spectrum.step_hz, 1.0).unwrap();
        assert!(floored.surprise(floored.ratio(100.0).unwrap()) > 20.0);
        assert!(floored.ratio(501.0).is_none() && Floored::of(&power[..50], 1.0, 1.0).is_none());
    }
}
