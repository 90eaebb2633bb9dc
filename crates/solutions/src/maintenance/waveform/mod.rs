//! Waveforms to figures with a trend, and what they say: damage of the bearing, why a machine shakes too much or more
//! than it did, faults of a motor in its current.

mod agreement;
mod bands;
mod bearing;
mod change;
mod current;
mod phases;
mod probe;
mod rotor;

use std::collections::BTreeMap;

use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{
    Asset, Batch, Finding, FindingKind, FindingState, Role, Signal, SignalId, SignalKind, Template, Timestamp, Unit,
    Waveform,
};

use self::phases::{NEGATIVE, Trio, TrioMemory, currents};
use self::probe::{Probe, ProbeMemory, Running};
use super::kinematics::{Shaft, speed_factor};
use super::{ComputedSignal, Config};
use crate::Error;

pub use bands::{BandValue, band_unit, band_values};
pub use current::read_current;

pub(super) const NAME: &str = "waveform-features/7";
/// Standard gravity, m/s².
const GRAVITY: f64 = 9.806_65;
/// The longest block that is transformed at once: 2²⁰ samples, 40 s at 25.6 kHz.
const SAMPLES_MAX: usize = 1 << 20;
/// Speeds that lie within a tenth of each other are one.
const SPEED_STEP: f64 = 0.1;

/// The name of the velocity below a waveform.
const VELOCITY: &str = "velocity_rms";
/// The name of the acceleration in the range in which bearings, teeth and bubbles ring.
const RINGS: &str = "acceleration_high";

/// A figure that every waveform becomes.
struct Computed {
    name: &'static str,
    /// As UCUM; none for that of the waveform.
    unit: Option<&'static str>,
    /// Whether only acceleration has it.
    accelerates: bool,
    about: &'static str,
}

const fn figure(name: &'static str, unit: Option<&'static str>, about: &'static str) -> Computed {
    Computed { name, unit, accelerates: false, about }
}

const fn of_acceleration(name: &'static str, unit: Option<&'static str>, about: &'static str) -> Computed {
    Computed { name, unit, accelerates: true, about }
}

/// Every figure; the bands are those of [`gemba_learn::wave::ORDER_BANDS`].
const COMPUTED: [Computed; 10] = [
    figure("rms", None, "root mean square of the waveform about its mean"),
    figure("crest", Some("1"), "peak over r.m.s."),
    figure("kurtosis", Some("1"), "kurtosis; 3 for noise, more for impacts"),
    of_acceleration(VELOCITY, Some("mm/s"), "vibration velocity r.m.s., 10–1000 Hz"),
    of_acceleration("velocity_below_1x", Some("mm/s"), "velocity r.m.s. from 0.3 to 0.8 turns of the shaft"),
    of_acceleration("velocity_1x", Some("mm/s"), "velocity r.m.s. from 0.8 to 1.5 turns of the shaft: unbalance"),
    of_acceleration("velocity_2x", Some("mm/s"), "velocity r.m.s. from 1.5 to 2.5 turns of the shaft: misalignment"),
    of_acceleration("velocity_3_to_10x", Some("mm/s"), "velocity r.m.s. from 2.5 to 10.5 turns: looseness, blades"),
    of_acceleration("velocity_above_10x", Some("mm/s"), "velocity r.m.s. above 10.5 turns, to 1000 Hz: gears"),
    of_acceleration(RINGS, None, "acceleration r.m.s. from 1 kHz on: bearings, teeth, cavitation"),
];

/// What the waveforms of an asset become.
pub(super) fn computed(signals: &[Signal]) -> Vec<ComputedSignal> {
    let waves = signals.iter().filter(|s| s.kind == SignalKind::Waveform).flat_map(computed_of);
    let together = currents(signals).map(|_| ComputedSignal {
        name: NEGATIVE.to_owned(),
        role: Role::Other,
        unit: Unit::new("%"),
        description: "negative sequence of the three phase currents over the positive one: how unequal they are".into(),
        limits: None,
    });
    waves.chain(together).collect()
}

/// What a waveform signal becomes, below its own name.
fn computed_of(signal: &Signal) -> Vec<ComputedSignal> {
    let accelerates = to_acceleration(signal).is_some();
    let own = COMPUTED.iter().filter(|c| accelerates || !c.accelerates);
    let make = |c: &Computed| ComputedSignal {
        name: format!("{}/{}", signal.name, c.name),
        role: if c.name == VELOCITY { Role::Vibration } else { Role::Other },
        unit: c.unit.map_or_else(|| signal.unit.clone(), Unit::new),
        description: c.about.to_owned(),
        limits: None,
    };
    own.map(make).chain(signal.bands.iter().map(|band| bands::computed(signal, band))).collect()
}

/// The factor to m/s²; none when the signal is no acceleration.
fn to_acceleration(signal: &Signal) -> Option<f64> {
    match signal.unit.ucum() {
        "m/s2" => Some(1.0),
        "[g]" => Some(GRAVITY),
        _ => None,
    }
}

/// Turns the waveforms of an asset into figures, grades the velocity, holds it against its own past, looks for defects of
/// the bearing and of the motor, holds the three currents of a motor against each other.
#[derive(Debug)]
pub struct WaveformFeatures {
    asset: Asset,
    probes: BTreeMap<SignalId, Probe>,
    /// The three currents of its motor.
    trio: Option<Trio>,
    speed: Option<(SignalId, f64)>,
    /// Signals that say what the machine does.
    states: Vec<SignalId>,
    memory: Memory,
}

/// What is known of the machine: the last speed in Hz, with its time, and the last states.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Memory {
    speed: Option<(Timestamp, f64)>,
    states: BTreeMap<SignalId, i64>,
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
        let probes: BTreeMap<SignalId, Probe> = waves.map(|s| (s.id, Probe::new(asset, s, config, computed))).collect();
        if probes.is_empty() {
            return None;
        }
        let says = |s: &&Signal| s.kind == SignalKind::State && matches!(s.role, Role::OperatingState | Role::Product);
        Some(Self {
            asset: asset.clone(),
            probes,
            trio: Trio::new(signals, config.normal.learn_s, computed),
            speed: signals.iter().find_map(|s| Some((s.id, speed_factor(s)?))),
            states: signals.iter().filter(says).map(|s| s.id).collect(),
            memory: Memory::default(),
        })
    }

    /// Speed and state by which a machine is held against its own past. None when it stands, or when its speed is measured
    /// but was not lately.
    fn regime(&self, shaft: Shaft) -> Option<String> {
        let speed = match shaft {
            Shaft::Measured(hz) => format!("{:.0}", hz.ln() / SPEED_STEP),
            Shaft::Rated(_) | Shaft::Unknown if self.speed.is_none() => String::new(),
            Shaft::Rated(_) | Shaft::Unknown | Shaft::Stands => return None,
        };
        let states = self.memory.states.values().map(|state| format!("/{state}"));
        Some(std::iter::once(speed).chain(states).collect())
    }
}

/// What all that is found in a machine's waveforms has in common.
struct Frame<'a> {
    asset: &'a Asset,
    signal: &'a Signal,
    key: String,
    /// The failure mode.
    mode: &'a str,
    /// Since when it holds, and the waveform that says so.
    held: (Timestamp, Timestamp),
}

impl Frame<'_> {
    /// A finding of which title, words, chance and severity are still to be said.
    fn finding(self) -> Finding {
        let (since, until) = self.held;
        Finding {
            asset: self.signal.asset,
            key: self.key,
            kind: FindingKind::Degradation,
            state: FindingState::Active,
            since,
            until,
            title: String::new(),
            explanation: String::new(),
            p_value: None,
            probability: 1.0,
            severity: 0.0,
            contributions: Vec::new(),
            evidence: Vec::new(),
            failure_mode: Some(self.mode.to_owned()),
            prescription: prescription(self.asset, self.mode),
            rul: None,
            model: NAME.into(),
        }
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
        for sample in batch.rows().filter(|s| s.quality.usable() && s.value.is_finite()) {
            if let Some((_, factor)) = self.speed.filter(|(id, _)| *id == sample.signal) {
                self.memory.speed = Some((sample.time, sample.value * factor));
            } else if self.states.contains(&sample.signal) {
                #[allow(clippy::cast_possible_truncation, reason = "states are small whole numbers")]
                self.memory.states.insert(sample.signal, sample.value as i64);
            }
        }
        Ok(())
    }

    fn on_waveform(&mut self, _now: Timestamp, wave: &Waveform, out: &mut Outlet) -> Result<(), BoxFault> {
        let shaft = Shaft::at(wave.start, self.memory.speed, &self.asset.nameplate);
        let regime = self.regime(shaft);
        let Some(probe) = self.probes.get_mut(&wave.signal).filter(|_| wave.rate_hz > 0.0) else { return Ok(()) };
        let running = Running { asset: &self.asset, shaft, regime };
        probe.take(&running, wave, out);
        if let Some(trio) = &mut self.trio {
            trio.take(&running, wave, out);
        }
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        let probes: Vec<_> = self.probes.iter().map(|(id, p)| (id, p.memory())).collect();
        let trio = self.trio.as_ref().map(Trio::memory);
        serde_json::to_vec(&(&self.memory, probes, trio)).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        let (memory, probes, trio): (Memory, Vec<(SignalId, ProbeMemory)>, Option<TrioMemory>) =
            serde_json::from_slice(state).map_err(|e| Error::State { operator: NAME, why: e.to_string() })?;
        self.memory = memory;
        if let (Some(own), Some(memory)) = (&mut self.trio, trio) {
            own.remember(memory);
        }
        for (id, memory) in probes {
            if let Some(probe) = self.probes.get_mut(&id) {
                probe.remember(memory);
            }
        }
        Ok(())
    }
}
