//! Waveforms to features, bearing damage found in their envelopes, and why a machine shakes too much.

mod bearing;
mod rotor;

use std::collections::BTreeMap;

use gemba_learn::wave::bearing::find;
use gemba_learn::wave::diagnosis::Diagnosis;
use gemba_learn::wave::{features, velocity_rms};
use gemba_plant::port::{BoxFault, Operator, Outlet, Output};
use gemba_plant::{
    Asset, Batch, BatchBuilder, Role, Sample, Signal, SignalId, SignalKind, Template, Timestamp, Unit, Waveform,
};

use self::bearing::{BearingMemory, Place};
use self::rotor::Block;
use super::life::{Follow, FollowMemory};
use super::limits::{Watch, WatchMemory, iso10816, limit_of};
use super::{ComputedSignal, Config};
use crate::Error;

pub(super) const NAME: &str = "waveform-features/3";
/// Standard gravity, m/s².
const GRAVITY: f64 = 9.806_65;
/// The longest block that is transformed at once: 2²⁰ samples, 40 s at 25.6 kHz.
const SAMPLES_MAX: usize = 1 << 20;

/// What a waveform signal becomes, below its own name.
pub(super) fn computed(signal: &Signal) -> Vec<ComputedSignal> {
    let make = |name: &str, role, unit, description: &str| ComputedSignal {
        name: format!("{}/{name}", signal.name),
        role,
        unit,
        description: description.to_owned(),
    };
    let mut all = vec![
        make("rms", Role::Other, signal.unit.clone(), "root mean square of the waveform about its mean"),
        make("crest", Role::Other, Unit::new("1"), "peak over r.m.s."),
        make("kurtosis", Role::Other, Unit::new("1"), "kurtosis; 3 for noise, more for impacts"),
    ];
    if to_acceleration(signal).is_some() {
        all.push(make("velocity_rms", Role::Vibration, Unit::new("mm/s"), "vibration velocity r.m.s., 10–1000 Hz"));
    }
    all
}

/// The factor to m/s²; none when the signal is no acceleration.
fn to_acceleration(signal: &Signal) -> Option<f64> {
    match signal.unit.ucum() {
        "m/s2" => Some(1.0),
        "[g]" => Some(GRAVITY),
        _ => None,
    }
}

#[derive(Debug)]
struct Probe {
    signal: Signal,
    outputs: BTreeMap<&'static str, SignalId>,
    velocity: Option<Watch>,
    life: Option<Follow>,
    bearing: BearingMemory,
}

/// Turns the waveforms of an asset into features, grades the velocity and looks for bearing defects.
#[derive(Debug)]
pub struct WaveformFeatures {
    asset: Asset,
    probes: BTreeMap<SignalId, Probe>,
    speed: Option<Signal>,
    shaft_hz: Option<f64>,
}

impl WaveformFeatures {
    /// None when the asset has no waveform. `computed` gives the ids of computed signals by name.
    pub fn for_asset(
        asset: &Asset,
        signals: &[Signal],
        config: &Config,
        computed: &BTreeMap<String, SignalId>,
    ) -> Option<Self> {
        let waves = signals.iter().filter(|s| s.kind == SignalKind::Waveform);
        let probes: BTreeMap<SignalId, Probe> = waves.map(|s| (s.id, probe(asset, s, config, computed))).collect();
        if probes.is_empty() {
            return None;
        }
        let speed = signals.iter().find(|s| s.role == Role::Speed && matches!(s.unit.ucum(), "/min" | "Hz")).cloned();
        let shaft_hz = asset.nameplate.speed_rpm.map(|rpm| rpm / 60.0);
        Some(Self { asset: asset.clone(), probes, speed, shaft_hz })
    }
}

fn probe(asset: &Asset, signal: &Signal, config: &Config, computed: &BTreeMap<String, SignalId>) -> Probe {
    let id = |name: &'static str| Some((name, *computed.get(&format!("{}/{name}", signal.name))?));
    let outputs: BTreeMap<&'static str, SignalId> =
        ["rms", "crest", "kurtosis", "velocity_rms"].into_iter().filter_map(id).collect();
    let velocity = outputs.get("velocity_rms").and_then(|id| {
        let graded = Signal {
            id: *id,
            name: format!("{}/velocity_rms", signal.name),
            kind: SignalKind::Gauge,
            role: Role::Vibration,
            unit: Unit::new("mm/s"),
            ..signal.clone()
        };
        let limit = limit_of(asset, &graded, &config.day_zero)?;
        Some((Follow::new(graded.clone(), &limit, config.life.clone()), Watch::new(graded, limit)))
    });
    let (life, velocity) = velocity.unzip();
    Probe { signal: signal.clone(), outputs, velocity, life, bearing: BearingMemory::default() }
}

impl Probe {
    fn life_memory(&self) -> Option<&FollowMemory> {
        self.life.as_ref().map(|path| &path.memory)
    }

    fn take(&mut self, asset: &Asset, shaft_hz: Option<f64>, wave: &Waveform, out: &mut Outlet) -> Option<()> {
        let samples = wave.samples.get(..wave.samples.len().min(SAMPLES_MAX))?;
        let found = features(samples)?;
        let mut values = vec![("rms", found.rms), ("crest", found.crest), ("kurtosis", found.kurtosis)];
        if let Some(factor) = to_acceleration(&self.signal) {
            let acceleration: Vec<f64> = samples.iter().map(|v| f64::from(*v) * factor).collect();
            let band_hz = iso10816::band_hz(shaft_hz.map(|hz| hz * 60.0));
            if let Some(velocity) = velocity_rms(&acceleration, wave.rate_hz, band_hz) {
                values.push(("velocity_rms", velocity));
                if let Some(finding) = self.life.as_mut().and_then(|l| l.step(wave.start, velocity, NAME)) {
                    out.finding(finding);
                }
                let finding = self.velocity.as_mut().and_then(|w| w.step(wave.start, velocity, NAME));
                if let Some(mut finding) = finding {
                    let block =
                        Block { signal: self.signal.id, acceleration: &acceleration, rate_hz: wave.rate_hz, band_hz };
                    rotor::explain(&mut finding, asset, &block, shaft_hz.unwrap_or_default());
                    out.finding(finding);
                }
            }
        }
        let mut batch = BatchBuilder::with_capacity(values.len());
        for (name, value) in values {
            if let Some(id) = self.outputs.get(name) {
                batch.push(Sample { ingest: wave.ingest, ..Sample::good(*id, wave.start, value) });
            }
        }
        if !batch.is_empty() {
            out.send(Output::Samples(batch.finish()));
        }
        Some(())
    }
}

/// What the template prescribes for a failure mode; to watch and plan where it knows none.
fn prescription(asset: &Asset, mode: &str) -> Vec<String> {
    let template = asset.template.as_deref().and_then(Template::named);
    let known = template.and_then(|t| t.failure_modes.iter().find(|m| m.id == mode));
    let fallback = ["measure more often and watch the trend", "plan an inspection at the next stop"];
    known.map_or(&fallback[..], |m| m.prescription).iter().map(|step| (*step).to_owned()).collect()
}

impl Operator for WaveformFeatures {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, _out: &mut Outlet) -> Result<(), BoxFault> {
        let Some(speed) = &self.speed else { return Ok(()) };
        let per_second = if speed.unit.ucum() == "/min" { 1.0 / 60.0 } else { 1.0 };
        let latest = batch.rows().filter(|s| s.signal == speed.id && s.quality.usable() && s.value > 0.0).last();
        if let Some(sample) = latest {
            self.shaft_hz = Some(sample.value * per_second);
        }
        Ok(())
    }

    fn on_waveform(&mut self, _now: Timestamp, wave: &Waveform, out: &mut Outlet) -> Result<(), BoxFault> {
        let Some(probe) = self.probes.get_mut(&wave.signal) else { return Ok(()) };
        if wave.rate_hz.is_nan() || wave.rate_hz <= 0.0 || probe.take(&self.asset, self.shaft_hz, wave, out).is_none() {
            return Ok(());
        }
        let bearing = self.asset.nameplate.bearing.as_deref().unwrap_or_default();
        let (Some(known), Some(shaft_hz)) = (find(bearing), self.shaft_hz) else { return Ok(()) };
        let samples: Vec<f64> = wave.samples.iter().take(SAMPLES_MAX).map(|v| f64::from(*v)).collect();
        let expected = known.geometry.frequencies(shaft_hz);
        let diagnosis = Diagnosis::of(&samples, wave.rate_hz, shaft_hz, &expected);
        let place = Place { asset: &self.asset, signal: &probe.signal, bearing };
        probe.bearing.look(&place, wave.start, diagnosis.as_ref(), out);
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        let probes: Vec<_> = self
            .probes
            .iter()
            .map(|(id, p)| (id, &p.bearing, p.velocity.as_ref().map(|v| v.memory), p.life_memory()))
            .collect();
        serde_json::to_vec(&(self.shaft_hz, probes)).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        type Saved = (Option<f64>, Vec<(SignalId, BearingMemory, Option<WatchMemory>, Option<FollowMemory>)>);
        let (shaft_hz, probes): Saved =
            serde_json::from_slice(state).map_err(|e| Error::State { operator: NAME, why: e.to_string() })?;
        self.shaft_hz = shaft_hz;
        for (id, bearing, velocity, life) in probes {
            let Some(probe) = self.probes.get_mut(&id) else { continue };
            probe.bearing = bearing;
            if let (Some(watch), Some(memory)) = (&mut probe.velocity, velocity) {
                watch.memory = memory;
            }
            if let (Some(path), Some(memory)) = (&mut probe.life, life) {
                path.memory = memory;
            }
        }
        Ok(())
    }
}
