//! Waveforms to features, and bearing defects found in their envelopes.

use std::collections::BTreeMap;

use gemba_learn::wave::bearing::{Line, diagnose, geometry};
use gemba_learn::wave::{Spectrum, features, velocity_rms};
use gemba_plant::port::{BoxFault, Operator, Outlet, Output};
use gemba_plant::{
    Asset, Batch, BatchBuilder, Evidence, Finding, FindingKind, FindingState, Role, Sample, Signal, SignalId,
    SignalKind, Timestamp, Unit, Waveform,
};
use serde::{Deserialize, Serialize};

use super::ComputedSignal;
use super::limits::{DayZeroConfig, Watch, limit_of};
use crate::Error;

const NAME: &str = "waveform-features/1";
/// Standard gravity, m/s².
const GRAVITY: f64 = 9.806_65;
/// Waveforms that are looked at, and how many must name the same defect, before it is a finding.
const LOOKED_AT: u32 = 5;
const NAMED: u32 = 3;
/// The band of the envelope, Hz: where bearings ring; cut off at 40 % of the sampling rate.
const ENVELOPE_HZ: (f64, f64) = (2000.0, 10_000.0);
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

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct BearingMemory {
    recent: u32,
    mode: String,
    finding: Option<Box<Finding>>,
}

#[derive(Debug)]
struct Probe {
    signal: Signal,
    outputs: BTreeMap<&'static str, SignalId>,
    velocity: Option<Watch>,
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
        config: &DayZeroConfig,
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

fn probe(asset: &Asset, signal: &Signal, config: &DayZeroConfig, computed: &BTreeMap<String, SignalId>) -> Probe {
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
        Some(Watch::new(graded.clone(), limit_of(asset, &graded, config)?))
    });
    Probe { signal: signal.clone(), outputs, velocity, bearing: BearingMemory::default() }
}

impl Probe {
    fn take(&mut self, wave: &Waveform, out: &mut Outlet) -> Option<()> {
        let samples = wave.samples.get(..wave.samples.len().min(SAMPLES_MAX))?;
        let found = features(samples)?;
        let mut values = vec![("rms", found.rms), ("crest", found.crest), ("kurtosis", found.kurtosis)];
        if let Some(factor) = to_acceleration(&self.signal) {
            let acceleration: Vec<f64> = samples.iter().map(|v| f64::from(*v) * factor).collect();
            if let Some(velocity) = velocity_rms(&acceleration, wave.rate_hz) {
                values.push(("velocity_rms", velocity));
                let finding = self.velocity.as_mut().and_then(|w| w.step(wave.start, velocity, NAME));
                if let Some(finding) = finding {
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

    fn look(&mut self, wave: &Waveform, line: Option<Line>, bearing: &str, out: &mut Outlet) {
        let memory = &mut self.bearing;
        let mode = line.map_or("", |l| l.mode);
        let same = line.is_some() && (memory.mode == mode || memory.recent == 0);
        memory.recent = (memory.recent << 1 | u32::from(same)) & ((1 << LOOKED_AT) - 1);
        if same {
            mode.clone_into(&mut memory.mode);
        }
        match (line.filter(|_| same && memory.recent.count_ones() >= NAMED), memory.finding.take()) {
            (Some(line), before) => {
                let since = before.map_or(wave.start, |f| f.since);
                let finding = degradation(&self.signal, &line, bearing, (since, wave.start));
                memory.finding = Some(Box::new(finding.clone()));
                out.finding(finding);
            }
            (None, Some(mut finding)) if memory.recent == 0 => {
                (finding.state, finding.until) = (FindingState::Cleared, wave.start);
                out.finding(*finding);
            }
            (None, before) => memory.finding = before,
        }
    }
}

fn degradation(signal: &Signal, line: &Line, bearing: &str, (since, now): (Timestamp, Timestamp)) -> Finding {
    let part = match line.mode {
        "bearing_outer_race" => "outer race",
        "bearing_inner_race" => "inner race",
        "bearing_ball" => "rolling element",
        _ => "cage",
    };
    let name = signal.name.replace(['_', '/'], " ");
    Finding {
        asset: signal.asset,
        key: format!("bearing:{}", signal.name),
        kind: FindingKind::Degradation,
        state: FindingState::Active,
        since,
        until: now,
        title: format!("Bearing {bearing}: signs of damage on the {part}"),
        explanation: format!(
            "The envelope of {name} has a line at {:.1} Hz; the {part} of a {bearing} gives {:.1} Hz at this speed. {} of its \
             first 5 harmonics stand out, {:.0} dB above their surroundings on average.",
            line.hz, line.expected_hz, line.harmonics, line.snr_db
        ),
        p_value: None,
        probability: (0.5 + 0.1 * f64::from(line.harmonics)).min(0.95),
        severity: (line.snr_db / 40.0).clamp(0.2, 0.9),
        contributions: Vec::new(),
        evidence: vec![Evidence::Spectrum {
            signal: signal.id,
            hz: line.hz,
            expected_hz: line.expected_hz,
            snr_db: line.snr_db,
            harmonics: line.harmonics,
        }],
        failure_mode: Some(line.mode.to_owned()),
        prescription: vec![
            "check the lubrication of the bearing".into(),
            "measure more often and watch the trend".into(),
            "plan the replacement of the bearing".into(),
        ],
        model: NAME.into(),
    }
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
        if wave.rate_hz.is_nan() || wave.rate_hz <= 0.0 || probe.take(wave, out).is_none() {
            return Ok(());
        }
        let bearing = self.asset.nameplate.bearing.clone().unwrap_or_default();
        let (Some(geometry), Some(shaft_hz)) = (geometry(&bearing), self.shaft_hz) else { return Ok(()) };
        let samples: Vec<f64> = wave.samples.iter().take(SAMPLES_MAX).map(|v| f64::from(*v)).collect();
        let (from, to) = ENVELOPE_HZ;
        let band = (from.min(wave.rate_hz * 0.2), to.min(wave.rate_hz * 0.4));
        let envelope = Spectrum::envelope(&samples, wave.rate_hz, band);
        let line = envelope.and_then(|e| diagnose(&e, &geometry.frequencies(shaft_hz)));
        probe.look(wave, line, &bearing, out);
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        let probes: Vec<_> =
            self.probes.iter().map(|(id, p)| (id, &p.bearing, p.velocity.as_ref().map(|v| v.memory))).collect();
        serde_json::to_vec(&(self.shaft_hz, probes)).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        type Saved = (Option<f64>, Vec<(SignalId, BearingMemory, Option<super::limits::WatchMemory>)>);
        let (shaft_hz, probes): Saved =
            serde_json::from_slice(state).map_err(|e| Error::State { operator: NAME, why: e.to_string() })?;
        self.shaft_hz = shaft_hz;
        for (id, bearing, velocity) in probes {
            let Some(probe) = self.probes.get_mut(&id) else { continue };
            probe.bearing = bearing;
            if let (Some(watch), Some(memory)) = (&mut probe.velocity, velocity) {
                watch.memory = memory;
            }
        }
        Ok(())
    }
}
