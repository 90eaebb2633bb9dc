//! What shakes a machine: the power of its velocity, shared out among the families of lines that faults of the
//! rotor, the coupling, the foundation, the gear and the magnetic field are known by.

use super::fft::nearest;
use super::{Floored, Spectrum, velocity};

/// What is known of the rotation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rotation {
    /// Speed of the shaft, Hz.
    pub shaft_hz: f64,
    /// Teeth of the gear wheel on this shaft.
    pub teeth: Option<f64>,
    /// Frequencies that the mains feeding the motor may have, Hz.
    pub mains_hz: Vec<f64>,
}

/// A line that stands out of the noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// What it is: `1×`, `2.5×`, `GMF − 1×`, `2× mains of 50 Hz`.
    pub name: String,
    /// Where, Hz.
    pub hz: f64,
    /// Where it was expected, Hz.
    pub expected_hz: f64,
    /// Height above the noise around it, dB.
    pub db: f64,
    /// Its velocity, mm/s r.m.s.
    pub velocity: f64,
    /// How surprising under noise alone, nats (−ln p).
    pub surprise: f64,
}

/// The lines of one kind of fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The failure mode: `unbalance`, `misalignment`, `looseness`, `gear_wear`, `electrical`, `broadband`.
    pub mode: &'static str,
    /// Its share of the power of the velocity in the band, 0–1.
    pub share: f64,
    /// Its lines; none for `broadband`: noise, as of cavitation, turbulence or rubbing.
    pub peaks: Vec<Peak>,
}

/// Lines that may be noise: one in this many blocks shows one somewhere.
const LEVEL: f64 = 1e-3;
/// Looseness is called by this many lines at least: fewer have other causes.
const LOOSE_LINES: usize = 3;
/// How far the speed that is told may lie off, as a share.
const SPEED_OFF: f64 = 0.005;
/// Lines of a tone on either side of its highest, through a Hann window.
const SKIRT: usize = 2;

/// Shares out the velocity of a block of acceleration, m/s², in the band; the largest share first. What no family
/// owns is noise. Evidence, no verdict: every machine turns, so every machine
/// has a line at 1×; that it shakes too much is for a limit to say. None as for [`velocity`], or when the shaft
/// stands.
pub fn families(acceleration: &[f64], rate_hz: f64, band_hz: (f64, f64), rotation: &Rotation) -> Option<Vec<Family>> {
    if rotation.shaft_hz.is_nan() || rotation.shaft_hz <= 0.0 {
        return None;
    }
    let speed = velocity(acceleration, rate_hz, band_hz)?;
    let power: Vec<f64> = Spectrum::of(acceleration, rate_hz)?.amplitudes.iter().map(|a| a * a).collect();
    let floored = Floored::of(&power, speed.step_hz, 1.0)?;
    let total = speed.band_rms(band_hz).powi(2);
    let candidates = candidates(rotation, speed.step_hz);
    let asked = -(LEVEL / candidates.len().max(1) as f64).ln();
    let mut left = speed;
    let mut families: Vec<Family> = Vec::new();
    for (mode, name, hz) in candidates {
        let Some(peak) = take(&mut left, &floored, name, hz).filter(|p| p.surprise >= asked) else { continue };
        let share = peak.velocity.powi(2) / total;
        match families.iter_mut().find(|f| f.mode == mode) {
            Some(family) => {
                family.share += share;
                family.peaks.push(peak);
            }
            None => families.push(Family { mode, share, peaks: vec![peak] }),
        }
    }
    let owned: f64 = families.iter().map(|f| f.share).sum();
    families.retain(|f| f.mode != "looseness" || f.peaks.len() >= LOOSE_LINES);
    families.push(Family { mode: "broadband", share: (1.0 - owned).clamp(0.0, 1.0), peaks: Vec::new() });
    families.sort_by(|a, b| b.share.total_cmp(&a.share));
    Some(families)
}

/// Mode, name and frequency of every line that is looked at. Twice the mains is left out where the shaft has a
/// line that cannot be told from it.
fn candidates(rotation: &Rotation, step_hz: f64) -> Vec<(&'static str, String, f64)> {
    let shaft = rotation.shaft_hz;
    let mut all = Vec::new();
    for hz in rotation.mains_hz.iter().map(|mains| 2.0 * mains) {
        let halves = (2.0 * hz / shaft).round() / 2.0;
        if (hz - halves * shaft).abs() > 2.0 * SKIRT as f64 * step_hz + SPEED_OFF * hz {
            all.push(("electrical", format!("2× mains of {} Hz", hz / 2.0), hz));
        }
    }
    if let Some(mesh) = rotation.teeth.map(|teeth| teeth * shaft) {
        for k in 1..=3 {
            all.push(("gear_wear", format!("{k}×GMF"), f64::from(k) * mesh));
            for side in [-2, -1, 1, 2] {
                let name = format!("{k}×GMF {} {}×", if side < 0 { '−' } else { '+' }, i32::abs(side));
                all.push(("gear_wear", name, f64::from(k) * mesh + f64::from(side) * shaft));
            }
        }
    }
    for halves in 1..=20 {
        let mode = match halves {
            2 => "unbalance",
            4 => "misalignment",
            odd if odd % 2 == 1 && odd > 5 => continue,
            _ => "looseness",
        };
        let order = f64::from(halves) / 2.0;
        all.push((mode, format!("{order}×"), order * shaft));
    }
    all
}

/// Takes the tone near `hz` out of the spectrum and tells of it; none when nothing is left there.
fn take(spectrum: &mut Spectrum, floored: &Floored, name: String, expected_hz: f64) -> Option<Peak> {
    let (hz, _) = spectrum.highest_near(expected_hz, expected_hz * SPEED_OFF).filter(|(_, a)| *a > 0.0)?;
    let at = nearest(hz, spectrum.step_hz);
    let noise = spectrum.window.noise_lines();
    let lines = spectrum.amplitudes.get_mut(at.saturating_sub(SKIRT)..=at + SKIRT)?;
    let power = lines.iter().map(|a| a * a / 2.0).sum::<f64>() / noise;
    let ratio = floored.ratio(hz)?;
    lines.fill(0.0);
    let db = 10.0 * ratio.max(f64::MIN_POSITIVE).log10();
    Some(Peak { name, hz, expected_hz, db, velocity: power.sqrt(), surprise: floored.surprise(ratio) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::f64::consts::TAU;

    const BAND: (f64, f64) = (10.0, 1000.0);
    const SHAFT: f64 = 24.7;

    /// One second at 5.12 kHz: velocities in mm/s peak at frequencies, and white acceleration.
    fn shaking(lines: &[(f64, f64)], noise: f64) -> Vec<f64> {
        let mut random = Random::new(8);
        (0..5120)
            .map(|i| f64::from(i) / 5120.0)
            .map(|t| {
                let tones = lines.iter().map(|(hz, v)| v * 1e-3 * TAU * hz * (TAU * hz * t).cos());
                tones.sum::<f64>() + noise * random.normal()
            })
            .collect()
    }

    fn first(lines: &[(f64, f64)], noise: f64, rotation: &Rotation) -> Family {
        families(&shaking(lines, noise), 5120.0, BAND, rotation).unwrap().remove(0)
    }

    #[test]
    fn each_fault_has_its_lines() {
        let plain = Rotation { shaft_hz: SHAFT, ..Rotation::default() };
        let one = first(&[(SHAFT, 5.0), (2.0 * SHAFT, 1.0)], 0.1, &plain);
        assert!(one.mode == "unbalance" && one.share > 0.9, "{one:?}");
        assert!((one.peaks[0].velocity - 3.54).abs() < 0.1 && one.peaks[0].name == "1×");
        assert_eq!(first(&[(SHAFT, 1.0), (2.0 * SHAFT, 4.0)], 0.1, &plain).mode, "misalignment");
        let loose: Vec<(f64, f64)> = [0.5, 1.0, 1.5, 3.0, 4.0, 5.0].map(|order| (order * SHAFT, 2.0)).into();
        assert_eq!(first(&loose, 0.1, &plain).mode, "looseness");
        let geared = Rotation { teeth: Some(23.0), ..plain.clone() };
        let mesh = 23.0 * SHAFT;
        let worn = first(&[(SHAFT, 1.0), (mesh, 3.0), (mesh - SHAFT, 1.5), (mesh + SHAFT, 1.5)], 0.1, &geared);
        assert!(worn.mode == "gear_wear" && worn.peaks.len() == 3, "{worn:?}");
        let fed = Rotation { shaft_hz: 23.3, teeth: None, mains_hz: vec![50.0, 60.0] };
        assert_eq!(first(&[(23.3, 1.0), (100.0, 4.0)], 0.1, &fed).mode, "electrical");
        assert_eq!(first(&[(SHAFT, 0.1)], 5.0, &plain).mode, "broadband");
    }

    #[test]
    fn what_cannot_be_told_from_the_shaft_is_not_called_electrical() {
        let fed = Rotation { shaft_hz: 49.9, mains_hz: vec![50.0, 60.0], ..Rotation::default() };
        let found = families(&shaking(&[(99.8, 4.0)], 0.1), 5120.0, BAND, &fed).unwrap();
        assert!(found.iter().all(|f| f.mode != "electrical"));
        assert!(families(&shaking(&[], 0.1), 5120.0, BAND, &Rotation::default()).is_none());
    }
}
