//! What a waveform tells of the bands that a person marked in its spectrum.

use gemba_plant::{BandQuantity, Signal, SignalId, Waveform};
use gemba_solutions::maintenance::{BandValue, band_unit, band_values};
use schemars::JsonSchema;
use serde::Serialize;

use super::machine::Machine;
use super::samples;
use crate::node::Core;

/// A marked band in one waveform.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MarkedBand {
    /// Its name below the waveform.
    pub name: String,
    /// What it is, in words.
    pub about: String,
    /// Of what its r.m.s. is taken.
    pub of: BandQuantity,
    /// Lower edge, Hz; none when it follows a shaft that stands or whose speed nobody knows.
    pub from_hz: Option<f64>,
    /// Upper edge, Hz.
    pub to_hz: Option<f64>,
    /// Its r.m.s. in this waveform.
    pub rms: Option<f64>,
    /// Why there is none, and what would help.
    pub missing: Option<String>,
    /// The unit of r.m.s. and limits, as people read it.
    pub unit: String,
    /// From here on it is too high.
    pub high: Option<f64>,
    /// From here on the machine may be damaged.
    pub high_high: Option<f64>,
    /// The signal that its r.m.s. is; none in the moment after it was marked.
    pub signal: Option<SignalId>,
}

/// What a waveform tells of each of its signal's bands.
pub(super) fn marked(core: &Core, signal: &Signal, wave: &Waveform, machine: &Machine) -> Vec<MarkedBand> {
    if signal.bands.is_empty() {
        return Vec::new();
    }
    let catalogue = core.registry.catalogue();
    let values = band_values(signal, machine.shaft_hz, &samples(wave), wave.rate_hz);
    let seen = signal.bands.iter().zip(values);
    seen.map(|(band, BandValue { edges_hz, rms })| {
        let name = format!("{}/{}", signal.name, band.signal());
        MarkedBand {
            name: band.name.clone(),
            about: band.about(),
            of: band.of,
            from_hz: edges_hz.map(|edges| edges.0),
            to_hz: edges_hz.map(|edges| edges.1),
            missing: rms.as_ref().err().cloned(),
            rms: rms.ok(),
            unit: band_unit(signal, band).symbol().to_owned(),
            high: band.limits.as_ref().and_then(|limits| limits.high),
            high_high: band.limits.as_ref().and_then(|limits| limits.high_high),
            signal: catalogue.signals_of(signal.asset).find(|s| s.name == name).map(|s| s.id),
        }
    })
    .collect()
}
