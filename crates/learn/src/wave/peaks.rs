//! Lines that stand out of a spectrum, and what turns at their frequency.

use super::{Floored, Spectrum};

/// A line that stands out of the noise around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Where, Hz.
    pub hz: f64,
    /// Its amplitude, in the spectrum's unit.
    pub amplitude: f64,
    /// Height above the noise around it, dB.
    pub db: f64,
}

/// Something that is expected at a frequency and its multiples.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// `1×`, `BPFO` …
    pub name: String,
    /// Its fundamental, Hz.
    pub hz: f64,
    /// Multiples that are looked at.
    pub harmonics: u32,
    /// How far a real line may lie off, as a share of its frequency.
    pub off: f64,
}

/// A spectrum of noise shows one such line or more once in this many.
const LEVEL: f64 = 1e-3;

/// The lines that stand out, highest amplitude first, `most` at most. Empty when the spectrum is too short for a noise
/// floor (see [`Floored::of`]).
pub fn standing_out(spectrum: &Spectrum, most: usize) -> Vec<Standing> {
    let power: Vec<f64> = spectrum.amplitudes.iter().map(|a| a * a).collect();
    let Some(floored) = Floored::of(&power, spectrum.step_hz, spectrum.averages) else { return Vec::new() };
    let asked = -(LEVEL / power.len() as f64).ln();
    let tops = spectrum.amplitudes.windows(3).enumerate().filter_map(|(i, around)| {
        let [left, amplitude, right] = around else { return None };
        let hz = (i + 1) as f64 * spectrum.step_hz;
        let ratio = floored.ratio(hz)?;
        let stands = amplitude >= left && amplitude > right && floored.surprise(ratio) >= asked;
        stands.then(|| Standing { hz, amplitude: *amplitude, db: 10.0 * ratio.log10() })
    });
    let mut tops: Vec<Standing> = tops.collect();
    tops.sort_by(|a, b| b.amplitude.total_cmp(&a.amplitude));
    tops.truncate(most);
    tops
}

/// What a line at `hz` may be: the nearest multiple of what is expected, the lower multiple when two are as near. None
/// when nothing fits within its own tolerance or one line of the spectrum.
pub fn named(hz: f64, step_hz: f64, expected: &[Expected]) -> Option<String> {
    let all = expected.iter().flat_map(|e| (1..=e.harmonics).map(move |k| (e, k)));
    let near = all.filter_map(|(e, k)| {
        let at = f64::from(k) * e.hz;
        let off = (hz - at).abs();
        (off <= (e.off * at).max(step_hz)).then_some((off / step_hz.max(e.off * at), k, e))
    });
    let (_, k, best) = near.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
    Some(if k == 1 { best.name.clone() } else { format!("{k} · {}", best.name) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn tones_stand_out_of_noise_and_noise_does_not() {
        let mut random = Random::new(3);
        let mut noise = |tone: f64| -> Vec<f64> {
            let wave = |i: u32, hz: f64| (std::f64::consts::TAU * hz * f64::from(i) / 8000.0).sin();
            (0..8000).map(|i| random.normal() + tone * (wave(i, 107.0) + 0.5 * wave(i, 1500.0))).collect()
        };
        let found = standing_out(&Spectrum::of(&noise(1.0), 8000.0).unwrap(), 10);
        let at: Vec<f64> = found.iter().map(|s| s.hz.round()).collect();
        assert_eq!(at, [107.0, 1500.0]);
        assert!((found[0].amplitude - 1.0).abs() < 0.1 && found[0].db > 20.0, "{found:?}");
        assert!(standing_out(&Spectrum::of(&noise(0.0), 8000.0).unwrap(), 10).len() <= 1);
        assert!(standing_out(&Spectrum::of(&[1.0; 64], 8000.0).unwrap(), 10).is_empty());
    }

    #[test]
    fn lines_are_named_by_what_turns() {
        let one = |name: &str, hz, harmonics, off| Expected { name: name.into(), hz, harmonics, off };
        let expected = [one("1×", 29.95, 10, 0.005), one("BPFO", 107.4, 5, 0.02)];
        let name = |hz| named(hz, 0.5, &expected);
        assert_eq!(name(29.9).as_deref(), Some("1×"));
        assert_eq!(name(59.8).as_deref(), Some("2 · 1×"));
        assert_eq!(name(213.0).as_deref(), Some("2 · BPFO"));
        assert_eq!(name(500.0), None);
    }
}
