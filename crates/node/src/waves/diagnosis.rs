//! What a waveform says about the machine, without training: damage of the bearing, and what shakes the rotor.

use gemba_learn::wave::current::{Sideband, Signature};
use gemba_learn::wave::diagnosis::{Damage, Diagnosis};
use gemba_learn::wave::rotor::{Family, families};
use gemba_learn::wave::velocity_rms;
use gemba_plant::{Role, Signal, SignalId, Timestamp, Waveform};
use gemba_solutions::maintenance::kinematics::rotation;
use gemba_solutions::maintenance::limits::iso10816;
use gemba_solutions::maintenance::read_current;
use schemars::JsonSchema;
use serde::Serialize;

use super::machine::Machine;
use super::transform::to_acceleration;
use super::{Waves, samples, wave_at};
use crate::Error;
use crate::node::Core;

/// What speaks for which fault.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DiagnosisView {
    /// The machine at that time.
    pub machine: Machine,
    /// The damage that noise alone would hardly show; none when there is none.
    pub named: Option<String>,
    /// Every part of the bearing that was looked at, the best supported first. Empty when the bearing or the speed is
    /// not known, or the waveform too short.
    pub bearing: Vec<DamageView>,
    /// What the velocity is made of, the largest share first. Empty when the signal is no acceleration, the speed is
    /// not known, or the waveform too short.
    pub rotor: Vec<FamilyView>,
    /// Velocity, mm/s r.m.s., in the band of ISO 10816-3.
    pub velocity_rms: Option<f64>,
    /// What the current of a motor says; none when the signal is no current, or the current says nothing.
    pub motor: Option<MotorView>,
    /// Why the current says nothing.
    pub motor_missing: Option<String>,
}

/// What the current of a motor says.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MotorView {
    /// The mains frequency found, Hz.
    pub mains_hz: f64,
    /// Its amplitude, in the signal's unit.
    pub amplitude: f64,
    /// Slip, 0–1.
    pub slip: f64,
    /// The faults that the lines speak for, the more likely first: `broken_rotor_bar`, `eccentricity`.
    pub named: Vec<String>,
    /// The lines beside the mains that were looked at.
    pub lines: Vec<SidebandView>,
}

/// A line beside the mains.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SidebandView {
    /// The failure mode that it speaks for: `broken_rotor_bar` or `eccentricity`.
    pub mode: String,
    /// `(1 − 2s)·f`, `f + 1×`.
    pub name: String,
    /// Where, Hz.
    pub hz: f64,
    /// Its height over the mains line, dB.
    pub over_mains_db: f64,
    /// Its height above the noise around it, dB.
    pub db: f64,
}

impl From<&Signature> for MotorView {
    fn from(read: &Signature) -> Self {
        let line = |mode: &str, l: &Sideband| SidebandView {
            mode: mode.to_owned(),
            name: l.name.to_owned(),
            hz: l.hz,
            over_mains_db: l.over_mains_db,
            db: l.db,
        };
        let bars = read.bars.iter().map(|l| line("broken_rotor_bar", l));
        Self {
            mains_hz: read.mains_hz,
            amplitude: read.amplitude,
            slip: read.slip,
            named: read.named().iter().map(|n| n.mode.to_owned()).collect(),
            lines: bars.chain(read.turns.iter().map(|l| line("eccentricity", l))).collect(),
        }
    }
}

/// A part of the bearing, and what speaks for its damage.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DamageView {
    /// The failure mode: `bearing_outer_race` …
    pub mode: String,
    /// Where its fundamental was expected, Hz.
    pub expected_hz: f64,
    /// Where it fits best, Hz.
    pub found_hz: f64,
    /// How likely it is that this part, and not another or noise, makes the lines, 0–1.
    pub confidence: f64,
    /// The chance that noise alone gives as much.
    pub p_value: f64,
    /// Its lines in the spectrum of the envelope.
    pub lines: Vec<LineView>,
}

/// Lines of one kind of fault in the velocity.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FamilyView {
    /// The failure mode: `unbalance`, `misalignment`, `looseness`, `gear_wear`, `electrical`; `blade_pass` is the medium's
    /// and `broadband` is noise.
    pub mode: String,
    /// Its share of the power of the velocity, 0–1.
    pub share: f64,
    /// Its lines.
    pub lines: Vec<LineView>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LineView {
    /// What it is: `1×`, `3rd harmonic` …
    pub name: String,
    /// Where, Hz.
    pub hz: f64,
    /// Height above the noise around it, dB.
    pub db: f64,
    /// Its velocity, mm/s r.m.s.; none in the spectrum of an envelope.
    pub velocity: Option<f64>,
}

impl From<&Damage> for DamageView {
    fn from(damage: &Damage) -> Self {
        let line = |tooth: &gemba_learn::wave::comb::Tooth| LineView {
            name: format!("{}×", tooth.order),
            hz: tooth.hz,
            db: tooth.db,
            velocity: None,
        };
        Self {
            mode: damage.mode.to_owned(),
            expected_hz: damage.expected_hz,
            found_hz: damage.comb.hz,
            confidence: damage.confidence,
            p_value: damage.comb.p_value,
            lines: damage.comb.teeth.iter().map(line).collect(),
        }
    }
}

impl From<&Family> for FamilyView {
    fn from(family: &Family) -> Self {
        let line = |peak: &gemba_learn::wave::rotor::Peak| LineView {
            name: peak.name.clone(),
            hz: peak.hz,
            db: peak.db,
            velocity: Some(peak.velocity),
        };
        Self { mode: family.mode.to_owned(), share: family.share, lines: family.peaks.iter().map(line).collect() }
    }
}

impl Waves {
    /// What the waveform that begins at `at` says about the machine.
    ///
    /// # Errors
    /// When there is no such waveform or the lake cannot be read.
    pub async fn diagnosis(&self, signal: SignalId, at: Timestamp) -> Result<DiagnosisView, Error> {
        self.with(signal, move |core, signal| {
            let wave = wave_at(core, signal, at)?;
            Ok(diagnose(core, signal, &wave))
        })
        .await
    }
}

fn diagnose(core: &Core, signal: &Signal, wave: &Waveform) -> DiagnosisView {
    let machine = Machine::of(core, signal, wave.start);
    let values = samples(wave);
    let current = signal.role == Role::Current;
    let known = machine.defects().zip(machine.shaft_hz);
    let bearing =
        known.filter(|_| !current).and_then(|(expected, hz)| Diagnosis::of(&values, wave.rate_hz, hz, &expected));
    let acceleration: Option<Vec<f64>> =
        to_acceleration(signal).map(|factor| values.iter().map(|v| v * factor).collect());
    let band = iso10816::band_hz(machine.shaft_hz.map(|hz| hz * 60.0));
    let rotor = acceleration.as_deref().zip(machine.shaft_hz).and_then(|(acceleration, shaft_hz)| {
        let plate = machine.known.as_ref().map(|known| known.asset.nameplate.clone()).unwrap_or_default();
        families(acceleration, wave.rate_hz, band, &rotation(&plate, shaft_hz))
    });
    let read = machine.known.as_ref().filter(|_| current);
    let read = read.map(|known| read_current(&known.asset, known.shaft, &values, wave.rate_hz));
    DiagnosisView {
        named: bearing.as_ref().and_then(Diagnosis::named).map(|d| d.mode.to_owned()),
        bearing: bearing.iter().flat_map(|d| &d.damages).map(DamageView::from).collect(),
        rotor: rotor.iter().flatten().map(FamilyView::from).collect(),
        velocity_rms: acceleration.and_then(|a| velocity_rms(&a, wave.rate_hz, band)),
        motor: read.as_ref().and_then(|read| read.as_ref().ok()).map(MotorView::from),
        motor_missing: read.and_then(Result::err),
        machine,
    }
}
