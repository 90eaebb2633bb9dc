//! What the plant consists of, as plain data: assets, signals, and the door that each asset speaks through.

use gemba_plant::{Level, Nameplate, Range, Role, SignalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The protocol that an asset speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DoorKind {
    /// OPC UA server.
    Opcua,
    /// Modbus TCP server.
    Modbus,
    /// Sparkplug B edge node on an MQTT broker.
    Sparkplug,
    /// Plain MQTT publisher.
    Mqtt,
}

/// A signal of the virtual plant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalSpec {
    /// Its name below the asset.
    pub name: &'static str,
    /// How it behaves.
    pub kind: SignalKind,
    /// What it means.
    pub role: Role,
    /// Its UCUM unit.
    pub unit: &'static str,
    /// Decimal digits that the sensor resolves.
    pub decimals: u8,
    /// The instrument's range.
    pub range: Range,
    /// Deviation of the sensor's noise, in the unit.
    pub noise: f64,
    /// Milliseconds between two values: a multiple of [`crate::STEP_MS`].
    pub period_ms: u32,
    /// The texts behind the numbers of a state signal.
    pub states: &'static [&'static str],
    /// One sentence for people.
    pub description: &'static str,
}

impl SignalSpec {
    /// Samples per second of a waveform; none for anything else.
    pub fn waveform_hz(&self) -> Option<f64> {
        (self.kind == SignalKind::Waveform).then_some(crate::vibration::RATE_HZ)
    }
}

/// A node of the virtual plant's asset tree.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetSpec {
    /// Where it stands: `acme/north/water/pump-1`.
    pub path: String,
    /// Its level.
    pub level: Level,
    /// What people call it.
    pub name: &'static str,
    /// The machine template it follows; none above the machines.
    pub template: Option<&'static str>,
    /// Rated values.
    pub nameplate: Nameplate,
    /// The protocol it speaks; none above the machines.
    pub door: Option<DoorKind>,
    /// Its signals.
    pub signals: Vec<SignalSpec>,
}

/// A measured signal at 5 Hz; the rest by the methods below.
pub(crate) const fn gauge(name: &'static str, role: Role, unit: &'static str, range: (f64, f64)) -> SignalSpec {
    SignalSpec {
        name,
        kind: SignalKind::Gauge,
        role,
        unit,
        decimals: 2,
        range: Range { low: range.0, high: range.1 },
        noise: 0.0,
        period_ms: 200,
        states: &[],
        description: "",
    }
}

/// A state signal at 1 Hz.
pub(crate) const fn state(name: &'static str, role: Role, states: &'static [&'static str]) -> SignalSpec {
    let mut spec = gauge(name, role, "1", (0.0, states.len() as f64 - 1.0)).every(1_000).sensed(0, 0.0);
    spec.kind = SignalKind::State;
    spec.states = states;
    spec
}

/// The accelerometer's waveform.
pub(crate) const fn waveform(description: &'static str) -> SignalSpec {
    let spec = gauge("vibration_waveform", Role::VibrationWaveform, "m/s2", (-500.0, 500.0));
    spec.of(SignalKind::Waveform).sensed(3, 0.0).every(2_000).says(description)
}

impl SignalSpec {
    /// With this resolution and noise.
    pub(crate) const fn sensed(mut self, decimals: u8, noise: f64) -> Self {
        self.decimals = decimals;
        self.noise = noise;
        self
    }

    /// With this time between two values, in milliseconds.
    pub(crate) const fn every(mut self, period_ms: u32) -> Self {
        self.period_ms = period_ms;
        self
    }

    /// Of this kind.
    pub(crate) const fn of(mut self, kind: SignalKind) -> Self {
        self.kind = kind;
        self
    }

    /// With this sentence for people.
    pub(crate) const fn says(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }
}

/// The products of every line.
pub(crate) const PRODUCTS: &[&str] = &["alpha", "beta", "gamma"];
/// The states of machines that work in cycles (names of PackML).
pub(crate) const STATES: &[&str] = &["idle", "execute", "held"];
