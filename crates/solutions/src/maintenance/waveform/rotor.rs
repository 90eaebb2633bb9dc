//! Why a machine shakes too much: what the lines of its velocity say when a limit is passed.

use gemba_learn::wave::rotor::Family;
use gemba_plant::{Asset, Evidence, Finding, FindingState, SignalId};

use super::prescription;

/// A family names the fault when it carries more of the power than all else together.
const NAMES: f64 = 0.5;
/// What the medium does and nothing wears by.
const NO_FAULT: &[&str] = &["blade_pass"];

/// Lines of a waveform, and what their shares are of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried<'a> {
    pub(super) signal: SignalId,
    pub(super) families: &'a [Family],
    /// `its power`, `the rise`.
    pub(super) of: &'a str,
    /// Whether the bearing is known to be damaged: then noise is its, and no cavitation.
    pub(super) damaged: bool,
}

/// Adds to a finding about vibration which lines carry it, and the fault that is known by them.
pub(super) fn explain(finding: &mut Finding, asset: &Asset, carried: &Carried<'_>) {
    let Some(first) = carried.families.first().filter(|_| finding.state == FindingState::Active) else { return };
    let mode = mode(first, asset, carried.damaged);
    let mut peaks: Vec<_> = first.peaks.iter().collect();
    peaks.sort_by(|a, b| b.velocity.total_cmp(&a.velocity));
    let lines: Vec<String> =
        peaks.iter().map(|p| format!("{} ({:.1} Hz, {:.2} mm/s)", p.name, p.hz, p.velocity)).collect();
    let share = format!("{:.0} % of {}", 100.0 * first.share, carried.of);
    let why = match (first.share > NAMES, mode, lines.is_empty()) {
        (true, Some(mode), false) => {
            format!(" {} carries {share}: the mark of {}.", lines.join(", "), mode.replace('_', " "))
        }
        (true, Some(mode), true) => format!(" Noise without lines carries {share}: the mark of {mode}."),
        (true, None, false) => format!(" {} carries {share}: {}.", lines.join(", "), named(first)),
        (true, None, true) => format!(" Noise without lines carries {share}."),
        (false, _, _) => format!(" No kind of line carries most of it; the most, {share}, lies in {}.", named(first)),
    };
    finding.explanation.push_str(&why);
    if let Some(mode) = mode.filter(|_| first.share > NAMES) {
        finding.failure_mode = Some(mode.to_owned());
        finding.prescription = prescription(asset, mode);
    }
    let count = u32::try_from(peaks.len()).unwrap_or(u32::MAX);
    let at = Some(finding.until);
    finding.evidence.extend(peaks.iter().map(|p| Evidence::Spectrum {
        signal: carried.signal,
        hz: p.hz,
        expected_hz: p.expected_hz,
        snr_db: p.db,
        harmonics: count,
        at,
    }));
}

/// Noise is cavitation in a pump whose bearing is sound; elsewhere it has no one name.
fn mode(family: &Family, asset: &Asset, damaged: bool) -> Option<&'static str> {
    match (family.mode, asset.template.as_deref()) {
        ("broadband", Some("pump")) if !damaged => Some("cavitation"),
        ("broadband", _) => None,
        (mode, _) => Some(mode).filter(|mode| !NO_FAULT.contains(mode)),
    }
}

fn named(family: &Family) -> String {
    match family.mode {
        "broadband" => "noise".into(),
        "blade_pass" => "the passing of the blades".into(),
        mode => format!("the lines of {}", mode.replace('_', " ")),
    }
}
