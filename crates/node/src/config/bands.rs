//! What is wrong with the bands of a waveform's spectrum, each with its line.

use std::collections::BTreeSet;

use gemba_plant::{BandQuantity, SignalKind};

use super::fault::{Fault, Source};
use super::raw::SignalEntry;

/// Bands of one waveform at most: each costs a look at every block.
const BANDS_MAX: usize = 32;

/// Checks the bands of the signal at these places of the lists of assets and signals.
pub(super) fn check(source: &Source, (asset, place): (&str, &str), signal: &SignalEntry, faults: &mut Vec<Fault>) {
    let place = ["asset", asset, "signal", place, "band"];
    let mut tell = |index: &str, field: &str, what: String, cure: &str| {
        let what = format!("signal {}: {what}", signal.name);
        faults.push(source.fault(&[&place[..], &[index, field]].concat(), what, cure));
    };
    if !signal.bands.is_empty() && signal.kind != SignalKind::Waveform {
        tell("0", "name", "only a waveform has bands".into(), "write kind = \"waveform\", or leave band out");
    }
    if signal.bands.len() > BANDS_MAX {
        let what = format!("it has {} bands, more than {BANDS_MAX}", signal.bands.len());
        tell("0", "name", what, "leave out those that nobody looks at");
    }
    let accelerates = matches!(signal.unit.as_str(), "m/s2" | "[g]");
    let mut names = BTreeSet::new();
    for (index, band) in signal.bands.iter().enumerate() {
        let mut fault = |field: &str, what: &str, cure: &str| {
            tell(&index.to_string(), field, format!("band {}: {what}", band.name), cure);
        };
        if !names.insert(&band.name) {
            fault("name", "it is there twice", "give each band of a waveform its own name");
        }
        if band.of == BandQuantity::Velocity && !accelerates {
            let what = format!("only acceleration becomes velocity, and its unit is \"{}\"", signal.unit);
            fault("of", &what, "write the unit m/s2 or [g] if it is one, or of = \"amplitude\"");
        }
        for (field, what, cure) in band.faults() {
            fault(field, &what, cure);
        }
    }
}
