//! Stored waveforms and what stands in them: time, spectrum, envelope, orders, cepstrum, waterfall, diagnosis. The arithmetic is
//! `learn`'s; here the data is found and the machine's facts are put beside it.

mod bands;
mod cascade;
mod diagnosis;
mod machine;
mod sound;
mod spectrum;
mod transform;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use gemba_learn::wave::features;
use gemba_plant::{Signal, SignalId, SignalKind, TimeRange, Timestamp, Waveform};
use schemars::JsonSchema;
use serde::Serialize;

use crate::node::{Core, blocking};
use crate::{Error, Node};

pub use bands::MarkedBand;
pub use cascade::{WaterfallView, WaterfallWish};
pub use diagnosis::{DamageView, DiagnosisView, FamilyView, LineView, MotorView, SidebandView};
pub use machine::{FaultLine, Machine};
pub use spectrum::{BandView, KurtogramView, PeakView, SpectrumView};
pub use transform::{Fade, Quantity, SpectrumWish};
pub use turns::{CepstrumView, TurnView};

/// The longest part of a waveform that is transformed at once: 2²⁰ samples, 40 s at 25.6 kHz.
const SAMPLES_MAX: usize = 1 << 20;
/// The first look back for the newest waveforms; each further look is twice as long.
const LOOK_FIRST: Duration = Duration::from_secs(10);
/// Waveforms read at once: bounds memory.
const READ_MAX: usize = 2_048;

/// Reads stored waveforms.
#[derive(Clone)]
pub struct Waves(Arc<Core>);

impl std::fmt::Debug for Waves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waves")
    }
}

/// A waveform in figures. What a constant block has none of is none.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct WaveFacts {
    /// Samples per second.
    pub rate_hz: f64,
    /// Samples.
    pub samples: usize,
    /// Root mean square about the mean, in the signal's unit.
    pub rms: Option<f64>,
    /// The largest distance from the mean.
    pub peak: Option<f64>,
    /// Peak over r.m.s.: 1.41 for a sine, about 4 for noise, more for impacts.
    pub crest: Option<f64>,
    /// Kurtosis: 3 for noise, 1.5 for a sine, more for impacts.
    pub kurtosis: Option<f64>,
    /// Skewness: 0 for symmetric signals.
    pub skew: Option<f64>,
    /// R.m.s. over the mean absolute value: 1.11 for a sine, 1.25 for noise.
    pub shape: Option<f64>,
    /// Peak over the mean absolute value.
    pub impulse: Option<f64>,
    /// Peak over the square of the mean square root of the absolute values; the first to rise with a small pit.
    pub clearance: Option<f64>,
}

/// A waveform for drawing: the extremes of equally long stretches, or the samples themselves in both columns.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Drawing {
    /// From one entry to the next, seconds.
    pub step_s: f64,
    /// The smallest value of each stretch.
    pub min: Vec<f32>,
    /// The largest value of each stretch.
    pub max: Vec<f32>,
}

impl Node {
    /// The stored waveforms.
    pub fn waves(&self) -> Waves {
        Waves(Arc::clone(self.core()))
    }
}

impl Waves {
    /// The newest `limit` waveforms of a signal that begin in a range, newest first, with their figures.
    ///
    /// # Errors
    /// When there is no such waveform signal or the lake cannot be read.
    pub async fn list(
        &self,
        signal: SignalId,
        range: TimeRange,
        limit: usize,
    ) -> Result<Vec<(Timestamp, WaveFacts)>, Error> {
        self.with(signal, move |core, signal| {
            let found = newest(core, signal.id, range, limit)?;
            Ok(found.iter().map(|wave| (wave.start, facts(wave))).collect())
        })
        .await
    }

    /// The waveform that begins at `at`, in at most `width` stretches.
    ///
    /// # Errors
    /// When there is none or the lake cannot be read.
    pub async fn one(&self, signal: SignalId, at: Timestamp, width: usize) -> Result<(WaveFacts, Drawing), Error> {
        self.with(signal, move |core, signal| {
            let wave = wave_at(core, signal, at)?;
            Ok((facts(&wave), drawing(&wave, width.max(1))))
        })
        .await
    }

    /// Finds the signal and runs the work off the async threads.
    async fn with<T: Send + 'static>(
        &self,
        signal: SignalId,
        work: impl FnOnce(&Core, &Signal) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let core = Arc::clone(&self.0);
        let found = core.registry.catalogue().signal(signal).cloned();
        let signal = found
            .filter(|s| s.kind == SignalKind::Waveform)
            .ok_or_else(|| Error::NotFound { what: "waveform signal", name: signal.to_string() })?;
        blocking(move || work(&core, &signal)).await
    }
}

fn read(core: &Core, signal: SignalId, range: TimeRange, limit: usize) -> Result<Vec<Waveform>, Error> {
    core.store.waveforms(signal, range, limit).map_err(|e| Error::part("store", &e))
}

/// Looks back from the range's end, each time twice as far, until there are enough.
fn newest(core: &Core, signal: SignalId, range: TimeRange, limit: usize) -> Result<Vec<Waveform>, Error> {
    let mut found: Vec<Waveform> = Vec::new();
    // an end far ahead holds nothing, and would be looked through step by step
    let mut to = range.to.min(core.clock.now().plus(LOOK_FIRST));
    let mut step = LOOK_FIRST;
    while to > range.from && found.len() < limit {
        let from = to.minus(step).max(range.from);
        let mut part = read(core, signal, TimeRange::new(from, to), READ_MAX)?;
        part.reverse();
        found.extend(part);
        (to, step) = (from, step.saturating_mul(2));
    }
    found.truncate(limit);
    Ok(found)
}

/// The waveform that begins at exactly this time.
fn wave_at(core: &Core, signal: &Signal, at: Timestamp) -> Result<Waveform, Error> {
    let range = TimeRange::new(at, Timestamp::from_micros(at.micros().saturating_add(1)));
    let found = read(core, signal.id, range, 1)?.pop();
    found.ok_or_else(|| Error::NotFound { what: "waveform of this signal at", name: at.micros().to_string() })
}

/// The samples as the arithmetic wants them, not more than is transformed at once.
fn samples(wave: &Waveform) -> Vec<f64> {
    wave.samples.iter().take(SAMPLES_MAX).map(|v| f64::from(*v)).collect()
}

fn facts(wave: &Waveform) -> WaveFacts {
    let of = features(&wave.samples);
    WaveFacts {
        rate_hz: wave.rate_hz,
        samples: wave.samples.len(),
        rms: of.map(|f| f.rms),
        peak: of.map(|f| f.peak),
        crest: of.map(|f| f.crest),
        kurtosis: of.map(|f| f.kurtosis),
        skew: of.map(|f| f.skew),
        shape: of.map(|f| f.shape),
        impulse: of.map(|f| f.impulse),
        clearance: of.map(|f| f.clearance),
    }
}

fn drawing(wave: &Waveform, width: usize) -> Drawing {
    let each = if wave.samples.len() > 2 * width { wave.samples.len().div_ceil(width) } else { 1 };
    let stretches = || wave.samples.chunks(each);
    Drawing {
        step_s: each as f64 / wave.rate_hz,
        min: stretches().map(|s| s.iter().copied().fold(f32::INFINITY, f32::min)).collect(),
        max: stretches().map(|s| s.iter().copied().fold(f32::NEG_INFINITY, f32::max)).collect(),
    }
}

/// What cannot be told of a waveform, and why.
fn refuse(what: &str, cure: &str) -> Error {
    Error::Refused { what: what.to_owned(), cure: cure.to_owned() }
}
