//! Which part of a bearing is damaged, without training: the lines of each part's defect frequency in the spectrum of
//! the envelope, against the noise around them.
//!
//! No band is chosen. The whole range is cut into bands just wide enough for the defect lines; the squared envelope of
//! each is taken relative to its own power, so that a loud band counts no more than a quiet one; and the power spectra
//! of all are averaged (the enhanced envelope spectrum; Antoni 2007, "Cyclic spectral analysis of rolling-element
//! bearing signals"). A weak modulation that many bands share stands out where no single band shows it.

use super::bearing::DefectFrequencies;
use super::comb::{Comb, Search, comb};
use super::fft::nearest;
use super::{Analytic, Density, Floored};
use crate::sure;

/// One kind of damage and what speaks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Damage {
    /// The failure mode: `bearing_outer_race`, `bearing_inner_race`, `bearing_ball`, `bearing_cage`.
    pub mode: &'static str,
    /// Where its fundamental was expected, Hz.
    pub expected_hz: f64,
    /// Its lines.
    pub comb: Comb,
    /// How likely it is that this part, and not another or noise, makes the lines, 0–1.
    pub confidence: f64,
}

/// The damages that were looked for, the best supported first.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// Every kind.
    pub damages: Vec<Damage>,
}

/// The false-alarm level of a block: one block of noise in a thousand is called damaged.
pub const LEVEL: f64 = 1e-3;
/// Harmonics that are looked at.
const HARMONICS: u32 = 5;
/// Real defect frequencies lie up to this share off the computed ones: rolling elements slip, and geometries in
/// papers differ by as much.
const SLIP: f64 = 0.02;
/// A band is this many times the highest defect frequency wide: three of its harmonics and their sidebands.
const BAND_WIDTH: f64 = 3.5;
/// A line is visible from here above the noise, dB: half the noise's own power is added. A long recording at a high
/// rate makes lines of a tenth of the noise certain, and a sound bearing has such: on the MFPT recordings that were
/// looked at, the healthy one has no line above 0.8 dB, and of the least damaged one the second highest has 3.5 dB.
const VISIBLE_DB: f64 = 1.8;
/// Lines to the frequency of the cage: lines that a ball's damage throws a cage turn apart stay apart, with noise
/// between them. Longer blocks are averaged instead of resolved: slip would smear what is finer.
const LINES_PER_CAGE: f64 = 12.0;

impl Diagnosis {
    /// Looks for each kind of damage in a block of acceleration. None when the block is not finite, or too short:
    /// its envelope's spectrum has fewer lines than a noise floor needs.
    pub fn of(samples: &[f64], rate_hz: f64, shaft_hz: f64, expected: &DefectFrequencies) -> Option<Self> {
        let envelope = envelope_spectrum(samples, rate_hz, expected)?;
        let modes = [
            ("bearing_outer_race", expected.outer),
            ("bearing_inner_race", expected.inner),
            ("bearing_ball", 2.0 * expected.ball),
            ("bearing_cage", expected.cage),
        ];
        let damage = |(mode, expected_hz): (&'static str, f64)| {
            let search = Search { hz: expected_hz, slip: SLIP, harmonics: HARMONICS, taken_hz: shaft_hz };
            Some(Damage { mode, expected_hz, comb: comb(&envelope, &search)?, confidence: 0.0 })
        };
        let mut damages: Vec<Damage> = modes.into_iter().filter_map(damage).collect();
        damages.sort_by(|a, b| b.comb.strength.total_cmp(&a.comb.strength));
        let all: f64 = damages.iter().map(|d| d.comb.strength).sum();
        for damage in &mut damages {
            damage.confidence = sure(damage.comb.p_value) * damage.comb.strength / all.max(f64::MIN_POSITIVE);
        }
        Some(Self { damages })
    }

    /// The best supported damage, when noise alone would hardly give as much.
    pub fn named(&self) -> Option<&Damage> {
        let rare = LEVEL / self.damages.len() as f64;
        self.damages.first().filter(|d| d.comb.p_value <= rare && d.visible())
    }
}

impl Damage {
    /// Whether at least two of its lines are not only certain but visible.
    fn visible(&self) -> bool {
        self.comb.teeth.iter().filter(|t| t.db >= VISIBLE_DB).count() >= 2
    }

    /// Mean height of its lines above the noise, dB; lines below the noise count as 0.
    pub fn height_db(&self) -> f64 {
        let teeth = &self.comb.teeth;
        teeth.iter().map(|t| t.db.max(0.0)).sum::<f64>() / teeth.len().max(1) as f64
    }
}

/// The mean over all bands of the spectrum of the relative squared envelope.
fn envelope_spectrum(samples: &[f64], rate_hz: f64, expected: &DefectFrequencies) -> Option<Floored> {
    let signal = Analytic::of(samples, rate_hz)?;
    let highest = expected.inner.max(expected.outer).max(2.0 * expected.ball);
    let lines = nearest(BAND_WIDTH * highest, signal.step_hz()).max(1);
    let (step, width) = (signal.step_hz(), lines as f64 * signal.step_hz());
    let bands = nearest(((signal.top_hz() - step) / width).floor(), 1.0);
    let (mut sum, mut step_hz, mut averages): (Vec<f64>, f64, f64) = (Vec::new(), 0.0, 0.0);
    for band in 0..bands {
        // from the first line on: the mean has none
        let from = band as f64 * width + step;
        let envelope = signal.band((from, from + width))?;
        let square = envelope.relative_square();
        let segment = nearest(envelope.rate_hz * LINES_PER_CAGE, expected.cage).min(square.len());
        let density = Density::of(&square, envelope.rate_hz, segment)?;
        // above its own width a band has no modulation
        let inside = density.density.get(..nearest(width, density.step_hz).min(density.density.len()))?;
        sum.resize(inside.len(), 0.0);
        sum.iter_mut().zip(inside).for_each(|(sum, d)| *sum += d);
        (step_hz, averages) = (density.step_hz, averages + density.averages);
    }
    Floored::of(&sum, step_hz, averages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::wave::bearing;

    /// One second at `rate` Hz: noise, and a ringing at a quarter of the rate struck `hz` times a second.
    fn struck(seed: u64, rate: f64, hz: f64, height: f64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let mut next = 0.0;
        let mut at = 0.0;
        let mut sample = |i: u32| {
            let t = f64::from(i) / rate;
            if t >= next {
                at = next;
                // rolling elements slip a little
                next += (1.0 + 0.01 * random.normal()) / hz;
            }
            let since = t - at;
            height * (-since * 800.0).exp() * (std::f64::consts::TAU * rate / 4.0 * since).sin() + random.normal()
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate")]
        (0..rate as u32).map(&mut sample).collect()
    }

    fn expected() -> DefectFrequencies {
        bearing::find("6205").unwrap().geometry.frequencies(29.95)
    }

    #[test]
    fn each_part_is_named_at_any_sampling_rate() {
        let f = expected();
        for rate in [12_000.0, 25_600.0, 48_000.0] {
            for (mode, hz) in
                [("bearing_outer_race", f.outer), ("bearing_inner_race", f.inner), ("bearing_ball", 2.0 * f.ball)]
            {
                let found = Diagnosis::of(&struck(1, rate, hz * 1.005, 4.0), rate, 29.95, &f).unwrap();
                let named = found.named().unwrap();
                assert_eq!(named.mode, mode, "{rate}");
                assert!((named.comb.hz / hz - 1.005).abs() < 0.005 && named.confidence > 0.4, "{named:?}");
            }
        }
    }

    #[test]
    fn noise_is_damaged_as_rarely_as_stated() {
        let f = expected();
        let named = (0..400).filter(|seed| {
            let found = Diagnosis::of(&struck(*seed, 6000.0, 100.0, 0.0), 6000.0, 29.95, &f).unwrap();
            found.named().is_some()
        });
        assert!(named.count() <= 2);
    }

    #[test]
    fn too_little_is_refused() {
        assert!(Diagnosis::of(&[0.0; 100], 12_000.0, 30.0, &expected()).is_none());
        assert!(Diagnosis::of(&vec![f64::NAN; 12_000], 12_000.0, 30.0, &expected()).is_none());
    }
}
