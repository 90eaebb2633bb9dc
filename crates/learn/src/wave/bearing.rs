//! Rolling bearings: defect frequencies from geometry, and their lines in an envelope spectrum.

use super::Spectrum;

/// Geometry of a bearing. Lengths in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// Number of rolling elements.
    pub balls: f64,
    /// Diameter of a rolling element.
    pub ball: f64,
    /// Pitch diameter.
    pub pitch: f64,
    /// Contact angle, degrees.
    pub angle_deg: f64,
}

/// Defect frequencies, Hz, inner race turning with the shaft (Randall and Antoni, "Rolling element bearing
/// diagnostics — a tutorial", 2011).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DefectFrequencies {
    /// Ball pass frequency, outer race.
    pub outer: f64,
    /// Ball pass frequency, inner race.
    pub inner: f64,
    /// Ball spin frequency; a damaged ball strikes at twice this.
    pub ball: f64,
    /// Cage frequency.
    pub cage: f64,
}

impl Geometry {
    /// At a shaft frequency in Hz.
    pub fn frequencies(&self, shaft_hz: f64) -> DefectFrequencies {
        let ratio = self.ball / self.pitch * self.angle_deg.to_radians().cos();
        DefectFrequencies {
            outer: self.balls / 2.0 * shaft_hz * (1.0 - ratio),
            inner: self.balls / 2.0 * shaft_hz * (1.0 + ratio),
            ball: self.pitch / (2.0 * self.ball) * shaft_hz * (1.0 - ratio * ratio),
            cage: shaft_hz / 2.0 * (1.0 - ratio),
        }
    }
}

/// Bearings whose geometry is published, by designation without suffix.
/// 6205 and 6203: Case Western Reserve University bearing data center, drive end and fan end.
const CATALOGUE: &[(&str, Geometry)] = &[
    ("6205", Geometry { balls: 9.0, ball: 7.94, pitch: 39.04, angle_deg: 0.0 }),
    ("6203", Geometry { balls: 8.0, ball: 6.746, pitch: 28.5, angle_deg: 0.0 }),
];

/// The geometry of a designation such as `6205-2RS JEM`; none when it is not in the catalogue.
pub fn geometry(designation: &str) -> Option<Geometry> {
    let digits: String = designation.trim().chars().take_while(char::is_ascii_digit).collect();
    CATALOGUE.iter().find(|(name, _)| *name == digits).map(|(_, g)| *g)
}

/// Real frequencies lie up to this share off the computed ones, by slip.
const SLIP: f64 = 0.02;
/// A harmonic stands out from this height above the local median, dB. Of the five highest of some hundred
/// noise lines one reaches about 10 dB, so twelve are asked for.
const STANDS_OUT_DB: f64 = 12.0;
/// Harmonics that are looked at, and that have to stand out.
const HARMONICS: u32 = 5;
const HARMONICS_MIN: u32 = 2;

/// A defect line that stands out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The failure mode: `bearing_outer_race`, `bearing_inner_race`, `bearing_ball`, `bearing_cage`.
    pub mode: &'static str,
    /// Where its fundamental was found, Hz.
    pub hz: f64,
    /// Where it was expected, Hz.
    pub expected_hz: f64,
    /// Mean height of the harmonics that stand out above the local median, dB.
    pub snr_db: f64,
    /// How many of the first five harmonics stand out.
    pub harmonics: u32,
}

/// The strongest defect in an envelope spectrum: the fundamental and at least one more harmonic stand out.
pub fn diagnose(envelope: &Spectrum, expected: &DefectFrequencies) -> Option<Line> {
    let modes = [
        ("bearing_outer_race", expected.outer),
        ("bearing_inner_race", expected.inner),
        ("bearing_ball", 2.0 * expected.ball),
        ("bearing_cage", expected.cage),
    ];
    let lines = modes.into_iter().filter_map(|(mode, hz)| line(envelope, mode, hz));
    lines.max_by(|a, b| (a.snr_db * f64::from(a.harmonics)).total_cmp(&(b.snr_db * f64::from(b.harmonics))))
}

fn line(envelope: &Spectrum, mode: &'static str, expected_hz: f64) -> Option<Line> {
    let (hz, first_db) = envelope.peak_near(expected_hz, expected_hz * SLIP)?;
    if first_db < STANDS_OUT_DB {
        return None;
    }
    let (mut sum, mut harmonics) = (first_db, 1);
    for k in 2..=HARMONICS {
        let Some((_, db)) = envelope.peak_near(hz * f64::from(k), 2.0 * envelope.step_hz) else { break };
        if db >= STANDS_OUT_DB {
            (sum, harmonics) = (sum + db, harmonics + 1);
        }
    }
    (harmonics >= HARMONICS_MIN).then(|| Line { mode, hz, expected_hz, snr_db: sum / f64::from(harmonics), harmonics })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn frequencies_of_the_golden_table() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-3 * 1.01, "{a} {b}");
        let f = geometry("6205-2RS").unwrap().frequencies(1797.0 / 60.0);
        near(f.outer, 107.364);
        near(f.inner, 162.186);
        near(f.ball, 70.585);
        near(f.cage, 11.929);
        let f = Geometry { balls: 8.0, ball: 2.0, pitch: 12.0, angle_deg: 15.0 }.frequencies(25.0);
        near(f.outer, 83.901);
        near(f.inner, 116.099);
        near(f.ball, 73.056);
        near(f.cage, 10.488);
        near(f.outer + f.inner, 200.0);
    }

    /// One second at 12 kHz: noise, and a ringing at 3 kHz struck `hz` times a second.
    fn struck(seed: u64, hz: f64, height: f64) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..12_000)
            .map(|i| {
                let t = f64::from(i) / 12_000.0;
                let since = (t * hz).fract() / hz;
                height * (-since * 800.0).exp() * (std::f64::consts::TAU * 3000.0 * since).sin() + random.normal()
            })
            .collect()
    }

    #[test]
    fn an_outer_race_defect_is_named() {
        let expected = geometry("6205").unwrap().frequencies(29.95);
        let envelope = Spectrum::envelope(&struck(1, 107.4, 4.0), 12_000.0, (2000.0, 4500.0)).unwrap();
        let line = diagnose(&envelope, &expected).unwrap();
        assert_eq!(line.mode, "bearing_outer_race");
        assert!((line.hz - 107.4).abs() < 1.5 && line.harmonics >= 2, "{line:?}");
    }

    #[test]
    fn noise_is_not_a_bearing_defect() {
        let expected = geometry("6205").unwrap().frequencies(29.95);
        let named = (0..50).filter(|seed| {
            let envelope = Spectrum::envelope(&struck(*seed, 100.0, 0.0), 12_000.0, (2000.0, 4500.0)).unwrap();
            diagnose(&envelope, &expected).is_some()
        });
        assert_eq!(named.count(), 0);
    }
}
