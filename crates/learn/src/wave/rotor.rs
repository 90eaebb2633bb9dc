//! What shakes a machine: the power of its velocity, shared out among the families of lines that faults of the
//! rotor, the coupling, the foundation, the gear and the magnetic field are known by.

use super::fft::nearest;
use super::{Floored, Spectrum, velocity};

/// What is known of the rotation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rotation {
    /// Speed of the shaft, Hz.
    pub shaft_hz: f64,
    /// Gears that mesh, as turns of their shafts and of their teeth.
    pub meshes: Vec<Mesh>,
    /// Blades or vanes on the shaft.
    pub blades: Option<f64>,
    /// Frequencies that the mains feeding the motor may have, Hz.
    pub mains_hz: Vec<f64>,
}

/// Two wheels that mesh.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    /// `GMF`, or `GMF 2` where there are several.
    pub name: String,
    /// Speed of the shaft of the driving wheel, Hz.
    pub driving_hz: f64,
    /// Speed of the shaft of the driven wheel, Hz.
    pub driven_hz: f64,
    /// Teeth that mesh in a second, Hz.
    pub hz: f64,
}

/// The meshes of gear stages of (driving, driven) teeth one after the other, the first on a shaft at `shaft_hz`.
pub fn meshes(stages: &[(f64, f64)], shaft_hz: f64) -> Vec<Mesh> {
    let mut turning = shaft_hz;
    let mesh = |(k, (driving, driven)): (usize, &(f64, f64))| {
        let (driving_hz, hz) = (turning, turning * driving);
        turning = hz / driven;
        let name = if stages.len() == 1 { "GMF".to_owned() } else { format!("GMF {}", k + 1) };
        Mesh { name, driving_hz, driven_hz: turning, hz }
    };
    stages.iter().enumerate().map(mesh).collect()
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
    /// The failure mode: `unbalance`, `misalignment`, `looseness`, `gear_wear`, `electrical`; `blade_pass`, which is the
    /// medium's and no fault of the rotor, and `broadband`.
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
    let (mut left, whole) = (speed.clone(), speed.amplitudes);
    let mut families: Vec<Family> = Vec::new();
    for (mode, name, hz) in candidates {
        let Some(peak) = take((&mut left, &whole), &floored, name, hz).filter(|p| p.surprise >= asked) else {
            continue;
        };
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

/// The power of each family, (mm/s)², of a velocity of `power` in all.
pub fn powers(families: &[Family], power: f64) -> Vec<(&'static str, f64)> {
    families.iter().map(|f| (f.mode, f.share * power)).collect()
}

/// The families of a velocity of `power` in all, (mm/s)², by their share of what has come to the powers `before`: the
/// largest first. One that has not grown has the share 0. What was always there does not explain a change.
pub fn growth(families: &[Family], power: f64, before: &dyn Fn(&str) -> f64) -> Vec<Family> {
    let come: Vec<f64> = families.iter().map(|f| (f.share * power - before(f.mode)).max(0.0)).collect();
    let all: f64 = come.iter().sum();
    let of = |(family, come): (&Family, f64)| Family { share: come / all.max(f64::MIN_POSITIVE), ..family.clone() };
    let mut grown: Vec<Family> = families.iter().zip(come).map(of).collect();
    grown.sort_by(|a, b| b.share.total_cmp(&a.share));
    grown
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
    for mesh in &rotation.meshes {
        all.extend(around_mesh(mesh));
    }
    if let Some(blades) = rotation.blades {
        all.extend((1..=3).map(|k| {
            let name = if k == 1 { "blades".to_owned() } else { format!("{k}×blades") };
            ("blade_pass", name, f64::from(k) * blades * shaft)
        }));
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

/// The meshing frequency, its multiples, and side bands one and two turns of either shaft away.
fn around_mesh(mesh: &Mesh) -> Vec<(&'static str, String, f64)> {
    let mut all = Vec::new();
    // equal wheels turn alike: one set of side bands
    let apart = (mesh.driving_hz - mesh.driven_hz).abs() > SPEED_OFF * mesh.driving_hz;
    let shafts = [("", mesh.driving_hz), ("driven ", mesh.driven_hz)];
    for k in 1..=3 {
        let centre = f64::from(k) * mesh.hz;
        let own = if k == 1 { mesh.name.clone() } else { format!("{k}×{}", mesh.name) };
        all.push(("gear_wear", own.clone(), centre));
        for (word, hz) in shafts.into_iter().take(1 + usize::from(apart)) {
            for side in [-2, -1, 1, 2] {
                let sign = if side < 0 { '−' } else { '+' };
                all.push((
                    "gear_wear",
                    format!("{own} {sign} {}×{word}", i32::abs(side)).trim_end().to_owned(),
                    centre + f64::from(side) * hz,
                ));
            }
        }
    }
    all
}

/// Takes the tone near `hz` out of what is left of the whole spectrum and tells of it; none when nothing is left there, or
/// only the skirt of a stronger tone beside it.
fn take((spectrum, whole): (&mut Spectrum, &[f64]), floored: &Floored, name: String, expected_hz: f64) -> Option<Peak> {
    let (hz, _) = spectrum.highest_near(expected_hz, expected_hz * SPEED_OFF).filter(|(_, a)| *a > 0.0)?;
    let at = nearest(hz, spectrum.step_hz);
    let [below, own, above] = whole.get(at.saturating_sub(1)..=at + 1)? else { return None };
    if below > own || above > own {
        return None;
    }
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
        let geared = Rotation { meshes: meshes(&[(23.0, 61.0)], SHAFT), ..plain.clone() };
        let mesh = 23.0 * SHAFT;
        let worn = first(&[(SHAFT, 1.0), (mesh, 3.0), (mesh - SHAFT, 1.5), (mesh + SHAFT, 1.5)], 0.1, &geared);
        assert!(worn.mode == "gear_wear" && worn.peaks.len() == 3, "{worn:?}");
        let fed = Rotation { shaft_hz: 23.3, mains_hz: vec![50.0, 60.0], ..Rotation::default() };
        assert_eq!(first(&[(23.3, 1.0), (100.0, 4.0)], 0.1, &fed).mode, "electrical");
        assert_eq!(first(&[(SHAFT, 0.1)], 5.0, &plain).mode, "broadband");
    }

    #[test]
    fn a_worn_wheel_behind_the_first_stage_is_known_by_its_own_shaft() {
        let stages = meshes(&[(17.0, 29.0), (31.0, 62.0)], SHAFT);
        let [first_stage, second] = stages.as_slice() else { panic!("{stages:?}") };
        assert!(
            (second.driving_hz - SHAFT * 17.0 / 29.0).abs() < 1e-9
                && (second.hz - second.driven_hz * 62.0).abs() < 1e-9
        );
        assert_eq!((first_stage.name.as_str(), second.name.as_str()), ("GMF 1", "GMF 2"));
        let (mesh, turn) = (second.hz, second.driven_hz);
        let geared = Rotation { shaft_hz: SHAFT, meshes: stages.clone(), ..Rotation::default() };
        let worn = first(&[(mesh, 2.0), (mesh - turn, 1.0), (mesh + turn, 1.0), (SHAFT, 0.5)], 0.1, &geared);
        let names: Vec<&str> = worn.peaks.iter().map(|p| p.name.as_str()).collect();
        assert!(worn.mode == "gear_wear" && names.contains(&"GMF 2 + 1×driven"), "{names:?}");
    }

    #[test]
    fn blades_are_not_looseness() {
        let bladed = Rotation { shaft_hz: SHAFT, blades: Some(6.0), ..Rotation::default() };
        let fan = first(&[(SHAFT, 0.5), (6.0 * SHAFT, 3.0), (12.0 * SHAFT, 1.0)], 0.1, &bladed);
        assert!(fan.mode == "blade_pass" && fan.peaks.len() == 2, "{fan:?}");
    }

    #[test]
    fn what_grew_is_told_from_what_was_always_there() {
        let plain = Rotation { shaft_hz: SHAFT, ..Rotation::default() };
        let of = |lines: &[(f64, f64)]| families(&shaking(lines, 0.1), 5120.0, BAND, &plain).unwrap();
        let (before, now) = (of(&[(SHAFT, 3.0), (2.0 * SHAFT, 0.2)]), of(&[(SHAFT, 3.0), (2.0 * SHAFT, 2.0)]));
        assert_eq!(now[0].mode, "unbalance");
        let powers = powers(&before, 4.5);
        let grown = growth(&now, 6.5, &|mode| powers.iter().find(|(m, _)| *m == mode).map_or(0.0, |(_, p)| *p));
        assert!(grown[0].mode == "misalignment" && grown[0].share > 0.9, "{grown:?}");
    }

    #[test]
    fn what_cannot_be_told_from_the_shaft_is_not_called_electrical() {
        let fed = Rotation { shaft_hz: 49.9, mains_hz: vec![50.0, 60.0], ..Rotation::default() };
        let found = families(&shaking(&[(99.8, 4.0)], 0.1), 5120.0, BAND, &fed).unwrap();
        assert!(found.iter().all(|f| f.mode != "electrical"));
        assert!(families(&shaking(&[], 0.1), 5120.0, BAND, &Rotation::default()).is_none());
    }
}
