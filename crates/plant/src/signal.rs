//! What is measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetId, Band, Limits, SignalId, Unit};

/// How a signal behaves over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// A measured quantity that goes up and down.
    #[default]
    Gauge,
    /// A number that only grows, until it is reset.
    Counter,
    /// One of a few values: a mode, a product, on or off.
    State,
    /// A value that somebody or something wants to have.
    SetPoint,
    /// Blocks of fast samples: vibration, current.
    Waveform,
    /// Pictures.
    Image,
}

impl SignalKind {
    /// Whether a value stands until the next one: it may be told only when it changes.
    pub const fn holds(self) -> bool {
        matches!(self, Self::State | Self::SetPoint)
    }
}

/// What a signal means on its asset; templates, limits and models look for roles, never for names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Not declared.
    #[default]
    Other,
    /// Vibration severity (r.m.s. velocity or acceleration).
    Vibration,
    /// A raw vibration waveform.
    VibrationWaveform,
    /// Temperature of a bearing.
    BearingTemperature,
    /// Temperature of a winding.
    WindingTemperature,
    /// Temperature of the medium, zone or part.
    ProcessTemperature,
    /// Temperature of the surroundings.
    AmbientTemperature,
    /// Electrical power.
    Power,
    /// Electrical current.
    Current,
    /// Electrical voltage.
    Voltage,
    /// Energy counter.
    Energy,
    /// Rotational or linear speed.
    Speed,
    /// Torque.
    Torque,
    /// Pressure on the suction or inlet side.
    SuctionPressure,
    /// Pressure on the discharge or outlet side.
    DischargePressure,
    /// Any other pressure.
    Pressure,
    /// Flow.
    Flow,
    /// Level.
    Level,
    /// Opening of a valve.
    Valve,
    /// Load or utilisation.
    Load,
    /// Position or stroke.
    Position,
    /// Operating state (PackML).
    OperatingState,
    /// Product, recipe or order.
    Product,
    /// Parts or cycles made.
    Count,
    /// Tool wear or remaining tool life.
    Wear,
    /// Charge or energy that a battery gives from full to empty: one value a cycle.
    Capacity,
    /// What is left of a battery's rated capacity: one value a cycle.
    StateOfHealth,
    /// A set-point.
    SetPoint,
}

impl Role {
    /// Whether signals of the role say what is asked of the machine: they explain the others and are not judged.
    pub const fn is_asked(self) -> bool {
        matches!(self, Self::Speed | Self::Load | Self::Valve | Self::SetPoint)
    }
}

/// The range a value is expected in, in the signal's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The lowest value of the instrument.
    pub low: f64,
    /// The highest value of the instrument.
    pub high: f64,
}

impl Range {
    /// Whether `value` lies inside, both ends included; NaN does not.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// Where a signal's values come from: a connection and an address in that protocol's own words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Binding {
    /// The connection's configured name.
    pub connection: String,
    /// `ns=2;s=Pump1.Flow` (OPC UA), `holding:40001:f32` (Modbus), a topic with an optional `#field`
    /// (MQTT), `group/edge/device/metric` (Sparkplug), a column name (files).
    pub address: String,
}

/// A signal (a tag) of an asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Signal {
    /// Its small integer inside the house.
    pub id: SignalId,
    /// The asset it belongs to.
    pub asset: AssetId,
    /// Its name below the asset: `discharge_pressure`, `motor/current`.
    pub name: String,
    /// How it behaves.
    pub kind: SignalKind,
    /// What it means.
    pub role: Role,
    /// Its unit.
    pub unit: Unit,
    /// The instrument's range, when known.
    pub range: Option<Range>,
    /// Decimal digits behind the point that the source resolves (0–9), when known: the lake stores scaled
    /// integers with it. A value that does not fit is kept exactly all the same.
    pub decimals: Option<u8>,
    /// The texts behind the numbers of a state signal, in order of number.
    pub states: Vec<String>,
    /// One sentence for people.
    pub description: String,
    /// Limits that a person has set; none when only those of standards hold.
    #[serde(default)]
    pub limits: Option<Box<Limits>>,
    /// Bands of a waveform's spectrum that a person watches.
    #[serde(default)]
    pub bands: Vec<Band>,
    /// Texts of a state signal in which alarms of its asset are suppressed: `stopped`, `maintenance`.
    #[serde(default)]
    pub quiet_in: Vec<String>,
    /// Where its values come from; none for computed signals.
    pub binding: Option<Binding>,
    /// Whether Gemba computes it from others. One without a binding need not be: it may come from nowhere.
    #[serde(default)]
    pub computed: bool,
}

impl Signal {
    /// A gauge of which nothing is known but what it is called and what it belongs to; not bound to anything.
    pub fn gauge(id: SignalId, asset: AssetId, name: &str) -> Self {
        Self {
            id,
            asset,
            name: name.to_owned(),
            kind: SignalKind::Gauge,
            role: Role::Other,
            unit: Unit::default(),
            range: None,
            decimals: None,
            states: Vec::new(),
            description: String::new(),
            limits: None,
            bands: Vec::new(),
            quiet_in: Vec::new(),
            binding: None,
            computed: false,
        }
    }
}
