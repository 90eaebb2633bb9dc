use super::fft::{backward, centred, forward, nearest};

/// The real cepstrum: a family of lines `f` apart becomes one peak at the quefrency 1/f.
#[derive(Clone, Debug, PartialEq)]
pub struct Cepstrum {
    /// Distance of two values, seconds.
    pub step_s: f64,
    /// One value a quefrency; the first is 0 s.
    pub values: Vec<f64>,
}

impl Cepstrum {
    /// Of a block about its mean. None when there are fewer than two samples, one is not finite, or all are equal.
    pub fn of(samples: &[f64], rate_hz: f64) -> Option<Self> {
        let mut lines = forward(centred(samples))?;
        let floor = lines.iter().map(|c| c.norm()).fold(0.0, f64::max) * FLOOR;
        if floor <= 0.0 {
            return None;
        }
        for line in &mut lines {
            *line = line.norm().max(floor).ln().into();
        }
        let mut values = backward(lines, samples.len())?;
        values.truncate(samples.len() / 2 + 1);
        Some(Self { step_s: 1.0 / rate_hz, values })
    }

    /// The highest peak between two quefrencies, seconds, and its height.
    pub fn peak(&self, (from_s, to_s): (f64, f64)) -> Option<(f64, f64)> {
        let (from, to) = (nearest(from_s, self.step_s).max(1), nearest(to_s, self.step_s));
        let values = self.values.get(from..=to)?.iter().enumerate();
        let (at, height) = values.max_by(|a, b| a.1.total_cmp(b.1))?;
        Some(((from + at) as f64 * self.step_s, *height))
    }
}

/// Lines below this share of the highest count as that high: 24 bits of a converter.
const FLOOR: f64 = 1.0 / 16_777_216.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_family_of_sidebands_is_one_peak() {
        let mut random = Random::new(2);
        let wave = |hz: f64, t: f64| (std::f64::consts::TAU * hz * t).sin();
        let samples: Vec<f64> = (0..16_384)
            .map(|i| {
                let t = f64::from(i) / 8192.0;
                let turn = (t * 32.0).fract();
                wave(1024.0, t) * (-8.0 * turn).exp() + 0.02 * random.normal()
            })
            .collect();
        let (quefrency, _) = Cepstrum::of(&samples, 8192.0).unwrap().peak((0.02, 0.05)).unwrap();
        assert!((quefrency - 1.0 / 32.0).abs() < 2e-4, "{quefrency}");
        assert!(Cepstrum::of(&[0.0; 64], 1.0).is_none() && Cepstrum::of(&[], 1.0).is_none());
    }
}
