//! Why a machine shakes too much: what the lines of its velocity say when a limit is passed.

use gemba_learn::wave::rotor::{Family, Rotation, families};
use gemba_plant::{Asset, Evidence, Finding, FindingState, SignalId};

use super::prescription;

/// Frequencies of the mains, Hz, of which one feeds the motor.
const MAINS_HZ: [f64; 2] = [50.0, 60.0];
/// A family names the fault when it carries more of the power than all else together.
const NAMES: f64 = 0.5;

/// A block of acceleration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) signal: SignalId,
    pub(super) acceleration: &'a [f64],
    pub(super) rate_hz: f64,
    pub(super) band_hz: (f64, f64),
}

/// Adds to a finding about too much vibration which lines carry it, and the fault that is known by them.
pub(super) fn explain(finding: &mut Finding, asset: &Asset, block: &Block<'_>, shaft_hz: f64) {
    if finding.state != FindingState::Active {
        return;
    }
    let rotation = Rotation { shaft_hz, teeth: None, mains_hz: MAINS_HZ.to_vec() };
    let Some(families) = families(block.acceleration, block.rate_hz, block.band_hz, &rotation) else { return };
    let Some(first) = families.first() else { return };
    let mode = mode(first, asset);
    let mut peaks: Vec<_> = first.peaks.iter().collect();
    peaks.sort_by(|a, b| b.velocity.total_cmp(&a.velocity));
    let lines: Vec<String> =
        peaks.iter().map(|p| format!("{} ({:.1} Hz, {:.2} mm/s)", p.name, p.hz, p.velocity)).collect();
    let carried = format!("{:.0} % of its power", 100.0 * first.share);
    let why = match (first.share > NAMES, mode, lines.is_empty()) {
        (true, Some(mode), false) => {
            format!(" {} carries {carried}: the mark of {}.", lines.join(", "), mode.replace('_', " "))
        }
        (true, Some(mode), true) => format!(" Noise without lines carries {carried}: the mark of {mode}."),
        (true, None, _) => format!(" Noise without lines carries {carried}."),
        (false, _, _) => format!(" No kind of line carries most of it; the most, {carried}, lies in {}.", named(first)),
    };
    finding.explanation.push_str(&why);
    if let Some(mode) = mode.filter(|_| first.share > NAMES) {
        finding.failure_mode = Some(mode.to_owned());
        finding.prescription = prescription(asset, mode);
    }
    let count = u32::try_from(peaks.len()).unwrap_or(u32::MAX);
    finding.evidence.extend(peaks.iter().map(|p| Evidence::Spectrum {
        signal: block.signal,
        hz: p.hz,
        expected_hz: p.expected_hz,
        snr_db: p.db,
        harmonics: count,
    }));
}

/// Noise is cavitation in a pump; elsewhere it has no one name.
fn mode(family: &Family, asset: &Asset) -> Option<&'static str> {
    match (family.mode, asset.template.as_deref()) {
        ("broadband", Some("pump")) => Some("cavitation"),
        ("broadband", _) => None,
        (mode, _) => Some(mode),
    }
}

fn named(family: &Family) -> String {
    match family.mode {
        "broadband" => "noise".into(),
        mode => format!("the lines of {}", mode.replace('_', " ")),
    }
}
