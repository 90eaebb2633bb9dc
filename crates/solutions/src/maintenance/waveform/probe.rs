//! One waveform signal: its figures, and everything that is concluded from its blocks.

use std::collections::BTreeMap;

use gemba_learn::wave::diagnosis::Diagnosis;
use gemba_learn::wave::rotor::{Family, families};
use gemba_learn::wave::{Spectrum, features, order_bands, velocity};
use gemba_plant::port::{Outlet, Output};
use gemba_plant::{Asset, BatchBuilder, Role, Sample, Signal, SignalId, SignalKind, Unit, Waveform};
use serde::{Deserialize, Serialize};

use super::agreement::Agreement;
use super::bands::{BandMemory, Bands};
use super::bearing::{self, Place};
use super::change::{Change, ChangeMemory, Reading};
use super::current::{self, is_current, read_current};
use super::rotor::{Carried, explain};
use super::{COMPUTED, NAME, RINGS, SAMPLES_MAX, VELOCITY, to_acceleration};
use crate::maintenance::Config;
use crate::maintenance::kinematics::{Shaft, bearing_of, rotation};
use crate::maintenance::life::{Follow, FollowMemory};
use crate::maintenance::limits::{Watch, WatchMemory, iso10816, limits_of};

/// Figures that are no measure of how much a machine shakes: their change alone is none of the machine's.
const NOT_WATCHED: &[&str] = &["crest", "kurtosis"];
/// The range in which bearings, teeth and bubbles ring: from here, Hz, to the sampling rate over 2.56.
const RINGS_HZ: f64 = 1_000.0;
const SAMPLES_PER_PERIOD: f64 = 2.56;

/// How the machine runs when a waveform begins.
#[derive(Clone, Debug)]
pub(super) struct Running<'a> {
    pub(super) asset: &'a Asset,
    pub(super) shaft: Shaft,
    /// Speed and state, of which each is learned by itself; none when the waveform is not to be judged.
    pub(super) regime: Option<String>,
}

#[derive(Debug)]
pub(super) struct Probe {
    signal: Signal,
    outputs: BTreeMap<&'static str, SignalId>,
    velocity: Option<Watch>,
    life: Option<Follow>,
    bearing: Agreement,
    current: Agreement,
    change: Change,
    bands: Bands,
}

/// What is saved of a probe.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ProbeMemory {
    bearing: Agreement,
    current: Agreement,
    change: ChangeMemory,
    velocity: Option<WatchMemory>,
    life: Option<FollowMemory>,
    #[serde(default)]
    bands: BandMemory,
}

/// A block with what is computed of it once.
struct Block<'a> {
    wave: &'a Waveform,
    /// m/s²; none when the signal is no acceleration.
    acceleration: Option<Vec<f64>>,
    band_hz: (f64, f64),
    figures: Vec<(&'static str, f64)>,
}

impl Block<'_> {
    fn families(&self, running: &Running<'_>) -> Option<Vec<Family>> {
        let rotation = rotation(&running.asset.nameplate, running.shaft.hz()?);
        families(self.acceleration.as_deref()?, self.wave.rate_hz, self.band_hz, &rotation)
    }
}

impl Probe {
    pub(super) fn new(asset: &Asset, signal: &Signal, config: &Config, computed: &BTreeMap<String, SignalId>) -> Self {
        let id = |name: &'static str| Some((name, *computed.get(&format!("{}/{name}", signal.name))?));
        let outputs: BTreeMap<&'static str, SignalId> = COMPUTED.iter().filter_map(|c| id(c.name)).collect();
        let graded = outputs.get(VELOCITY).and_then(|id| {
            let graded = Signal {
                id: *id,
                name: format!("{}/{VELOCITY}", signal.name),
                kind: SignalKind::Gauge,
                role: Role::Vibration,
                unit: Unit::new("mm/s"),
                limits: None,
                bands: Vec::new(),
                ..signal.clone()
            };
            let limit = limits_of(asset, &graded, &config.day_zero).pop()?;
            Some((graded, limit))
        });
        let boundary =
            graded.as_ref().and_then(|(_, limit)| Some((limit.steps.first()?.limit.at, limit.source(false))));
        let learn_us = i64::try_from(config.normal.learn_s.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
        let change = Change { signals: outputs.clone(), boundary, learn_us, memory: ChangeMemory::default() };
        let (life, velocity) = graded
            .map(|(graded, limit)| {
                (Follow::new(graded.clone(), &limit, config.life.clone()), Watch::new(graded, limit))
            })
            .unzip();
        let (bearing, current) = (Agreement::default(), Agreement::default());
        let bands = Bands::new(asset, signal, config, computed);
        Self { signal: signal.clone(), outputs, velocity, life, bearing, current, change, bands }
    }

    /// Takes a waveform: its figures go out as samples, what it says as findings.
    pub(super) fn take(&mut self, running: &Running<'_>, wave: &Waveform, out: &mut Outlet) {
        let Some(block) = self.block(running, wave) else { return };
        let values: Vec<f64> = wave.samples.iter().take(SAMPLES_MAX).map(|v| f64::from(*v)).collect();
        let speed = running.shaft.hz();
        let (bands, found) = self.bands.take((&self.signal, speed), (wave.start, &values, wave.rate_hz));
        self.send(&block, bands, out);
        for finding in found {
            out.finding(finding);
        }
        if is_current(&self.signal) {
            let read = read_current(running.asset, running.shaft, &values, wave.rate_hz).ok();
            current::look(&mut self.current, (running.asset, &self.signal), wave.start, read.as_ref(), out);
            return;
        }
        self.look_at_bearing(running, wave, &values, out);
        self.grade(running, &block, out);
        let Some(regime) = running.regime.clone() else { return };
        let watched: Vec<(&str, f64)> =
            block.figures.iter().filter(|(name, _)| !NOT_WATCHED.contains(name)).copied().collect();
        let reading = Reading {
            asset: running.asset,
            signal: &self.signal,
            now: wave.start,
            regime,
            figures: &watched,
            families: &|| block.families(running),
            limit: self.velocity.as_ref().is_some_and(Watch::active),
            band: self.bands.beyond(),
            damaged: self.bearing.named(),
        };
        self.change.step(&reading, out);
    }

    fn block<'a>(&self, running: &Running<'_>, wave: &'a Waveform) -> Option<Block<'a>> {
        let samples = wave.samples.get(..wave.samples.len().min(SAMPLES_MAX))?;
        let found = features(samples)?;
        let mut figures = vec![("rms", found.rms), ("crest", found.crest), ("kurtosis", found.kurtosis)];
        let band_hz = iso10816::band_hz(running.shaft.hz().map(|hz| hz * 60.0));
        let factor = to_acceleration(&self.signal).filter(|_| !is_current(&self.signal));
        let acceleration: Option<Vec<f64>> =
            factor.map(|factor| samples.iter().map(|v| f64::from(*v) * factor).collect());
        if let Some(spectrum) = acceleration.as_deref().and_then(|a| velocity(a, wave.rate_hz, band_hz)) {
            figures.push((VELOCITY, spectrum.band_rms(band_hz)));
            figures.extend(running.shaft.hz().iter().flat_map(|hz| order_bands(&spectrum, *hz, band_hz)));
        }
        let top_hz = wave.rate_hz / SAMPLES_PER_PERIOD;
        if let Some((acceleration, factor)) = acceleration.as_deref().zip(factor).filter(|_| top_hz >= 2.0 * RINGS_HZ) {
            let rings = Spectrum::of(acceleration, wave.rate_hz)?.band_rms((RINGS_HZ, top_hz));
            figures.push((RINGS, rings / factor));
        }
        Some(Block { wave, acceleration, band_hz, figures })
    }

    fn send(&self, block: &Block<'_>, bands: Vec<(SignalId, f64)>, out: &mut Outlet) {
        let mut batch = BatchBuilder::with_capacity(block.figures.len() + bands.len());
        let figures = block.figures.iter().filter_map(|(name, value)| Some((*self.outputs.get(name)?, *value)));
        for (id, value) in figures.chain(bands) {
            batch.push(Sample { ingest: block.wave.ingest, ..Sample::good(id, block.wave.start, value) });
        }
        if !batch.is_empty() {
            out.send(Output::Samples(batch.finish()));
        }
    }

    fn look_at_bearing(&mut self, running: &Running<'_>, wave: &Waveform, values: &[f64], out: &mut Outlet) {
        let (Ok(known), Some(hz)) = (bearing_of(&running.asset.nameplate), running.shaft.hz()) else { return };
        let diagnosis = Diagnosis::of(values, wave.rate_hz, hz, &known.orders.times(hz));
        let place = Place { asset: running.asset, signal: &self.signal, bearing: &known.name };
        bearing::look(&mut self.bearing, &place, wave.start, diagnosis.as_ref(), out);
    }

    /// The velocity against the standard, and its way to the limit.
    fn grade(&mut self, running: &Running<'_>, block: &Block<'_>, out: &mut Outlet) {
        let Some((_, value)) = block.figures.iter().find(|(name, _)| *name == VELOCITY) else { return };
        if let Some(finding) = self.life.as_mut().and_then(|l| l.step(block.wave.start, *value, NAME)) {
            out.finding(finding);
        }
        let Some(mut finding) = self.velocity.as_mut().and_then(|w| w.step(block.wave.start, *value, NAME)) else {
            return;
        };
        if let Some(families) = block.families(running) {
            let damaged = self.bearing.open();
            let carried = Carried { signal: self.signal.id, families: &families, of: "its power", damaged };
            explain(&mut finding, running.asset, &carried);
        }
        out.finding(finding);
    }

    pub(super) fn memory(&self) -> ProbeMemory {
        ProbeMemory {
            bearing: self.bearing.clone(),
            current: self.current.clone(),
            change: self.change.memory.clone(),
            velocity: self.velocity.as_ref().map(|watch| watch.memory),
            life: self.life.as_ref().map(|path| path.memory.clone()),
            bands: self.bands.memory(),
        }
    }

    pub(super) fn remember(&mut self, memory: ProbeMemory) {
        (self.bearing, self.current, self.change.memory) = (memory.bearing, memory.current, memory.change);
        if let (Some(watch), Some(memory)) = (&mut self.velocity, memory.velocity) {
            watch.memory = memory;
        }
        if let (Some(path), Some(memory)) = (&mut self.life, memory.life) {
            path.memory = memory;
        }
        self.bands.remember(memory.bands);
    }
}
