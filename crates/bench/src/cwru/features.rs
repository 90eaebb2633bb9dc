//! What our method reads of a window.

use gemba_learn::wave::bearing::{DefectFrequencies, find};
use gemba_learn::wave::diagnosis::Diagnosis;
use gemba_learn::wave::{BANDS, Bank, Density};

use super::Window;

/// The bearing at the drive end.
pub(super) const BEARING: &str = "6205-2RS JEM";

/// The defect frequencies at a window's speed.
pub(super) fn expected(window: &Window<'_>) -> Option<DefectFrequencies> {
    Some(find(BEARING)?.geometry.frequencies(window.recording.shaft_hz()))
}

/// The diagnosis that runs in a plant.
pub(super) fn diagnosis(window: &Window<'_>) -> Option<Diagnosis> {
    let samples: Vec<f64> = window.samples.iter().map(|v| f64::from(*v)).collect();
    Diagnosis::of(&samples, window.recording.rate_hz, window.recording.shaft_hz(), &expected(window)?)
}

/// What tells the part, whatever the size of the pit: how surprising and how high the lines of each defect are.
pub(super) fn part(diagnosis: &Diagnosis) -> Vec<f64> {
    const MODES: [&str; 4] = ["bearing_outer_race", "bearing_inner_race", "bearing_ball", "bearing_cage"];
    let of = |mode: &str| diagnosis.damages.iter().find(|d| d.mode == mode);
    let read = |mode| of(mode).map_or([0.0; 2], |d| [d.comb.strength.ln_1p(), d.height_db()]);
    MODES.into_iter().flat_map(read).collect()
}

/// The fingerprint of one bearing: how its power is spread over the bands, dB about their mean, whatever the load.
pub(super) fn fingerprint(window: &Window<'_>) -> Option<Vec<f64>> {
    let rate_hz = window.recording.rate_hz;
    let mut bank = Bank::new(window.samples.len(), rate_hz, (0.0, rate_hz / 2.0))?;
    let bands = bank.read(window.samples)?.bands.map(|b| 20.0 * f64::from(b.max(f32::MIN_POSITIVE)).log10());
    let mean = bands.iter().sum::<f64>() / BANDS as f64;
    Some(bands.iter().map(|b| b - mean).chain([mean]).collect())
}

/// Samples of a segment and coefficients of the spectrum's shape: 64 bands and 13 of them, as in speech.
const SEGMENT: usize = 128;
const COEFFICIENTS: u32 = 13;

/// The shape of the spectrum, whatever its level: which resonances the damaged part excites.
pub(super) fn shape(window: &Window<'_>) -> Option<Vec<f64>> {
    let samples: Vec<f64> = window.samples.iter().map(|v| f64::from(*v)).collect();
    Some(Density::of(&samples, window.recording.rate_hz, SEGMENT)?.shape(COEFFICIENTS))
}
