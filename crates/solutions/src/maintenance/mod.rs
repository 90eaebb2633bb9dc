//! Keep machines running: notice what is not normal, name it, say what to do.

pub mod battery;
mod cycles;
pub mod fleet;
mod frame;
mod guard;
pub mod kinematics;
mod life;
pub mod limits;
pub mod monitor;
mod normal;
mod programme;
mod records;
pub mod reliability;
mod sensors;
mod span;
mod waveform;

use std::collections::BTreeMap;

use gemba_plant::port::Operator;
use gemba_plant::{Asset, Limits, Role, Signal, SignalId, SignalKind, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use battery::BatteryCycles;
pub use guard::Guard;
pub use life::{
    Course, HEALTH_KEY, RemainingLife, RemainingLifeConfig, Took, condition, health, health_outlook, health_over_time,
    taken,
};
pub use limits::{DayZeroConfig, DayZeroLimits, LimitLine, limit_keys, limit_lines};
pub use normal::{Baseline, LearnedState, MonitorState, MonitorStatus, NormalBehaviour, NormalBehaviourConfig};
pub(crate) use normal::{number, said_time};
pub use sensors::{SensorHealth, SensorHealthConfig};
pub use waveform::{BandValue, WaveformFeatures, band_unit, band_values, read_current};

/// How maintenance watches assets. One setting for all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether assets are watched at all; a node that only keeps data for others does not. Default true.
    pub watch: bool,
    /// The learned monitor. Default: see its fields.
    pub normal: NormalBehaviourConfig,
    /// Limits from the first day. Default: see its fields.
    pub day_zero: DayZeroConfig,
    /// Faults of sensors. Default: see its fields.
    pub sensors: SensorHealthConfig,
    /// How long until a limit is reached. Default: see its fields.
    pub life: RemainingLifeConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            watch: true,
            normal: NormalBehaviourConfig::default(),
            day_zero: DayZeroConfig::default(),
            sensors: SensorHealthConfig::default(),
            life: RemainingLifeConfig::default(),
        }
    }
}

impl Config {
    /// As it is for what learns of an asset of which somebody said what it is learned from. A day at most is learned row by row; of more than
    /// that rows lie farther apart, so that there are no more of them.
    fn of(&self, asset: &Asset) -> Self {
        let mut own = self.clone();
        if let Some(hours) = asset.learning.as_ref().and_then(|learning| learning.hours) {
            own.normal.learn_for(hours);
        }
        own
    }
}

/// What concludes, each with its number. A number grows with every change of what its owner finds, for what was proved
/// of the number before says nothing of the next.
pub fn models() -> [&'static str; 12] {
    [
        guard::NAME,
        normal::NAME,
        cycles::NAME,
        programme::NAME,
        records::NAME,
        sensors::NAME,
        limits::NAME,
        life::NAME,
        life::HEALTH_MODEL,
        waveform::NAME,
        battery::NAME,
        fleet::MODEL,
    ]
}

/// The operator whose findings carry this model (name and number), as [`operators_for`] makes it today; none for what no
/// operator concludes.
pub fn operator_of(model: &str) -> Option<&'static str> {
    let family = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let of = family(model);
    let within_guard = [guard::NAME, normal::NAME, cycles::NAME, programme::NAME, records::NAME, sensors::NAME];
    if within_guard.iter().any(|name| family(name) == of) {
        return Some(guard::NAME);
    }
    [limits::NAME, life::NAME, waveform::NAME, battery::NAME].into_iter().find(|name| family(name) == of)
}

/// A signal that an operator writes. It needs an id before the operator is built.
#[derive(Clone, Debug, PartialEq)]
pub struct ComputedSignal {
    /// Its name below the asset: `monitor/score`, `vibration/velocity_rms`.
    pub name: String,
    /// What it means.
    pub role: Role,
    /// Its unit.
    pub unit: Unit,
    /// One sentence for people.
    pub description: String,
    /// Limits that a person set for it, where the operator that writes it holds it against them.
    pub limits: Option<Limits>,
}

/// The computed signals that an asset's operators want to write; all are gauges.
pub fn computed_signals(asset: &Asset, signals: &[Signal]) -> Vec<ComputedSignal> {
    let told = |name: &str, description: &str| ComputedSignal {
        name: name.to_owned(),
        role: Role::Other,
        unit: Unit::new("1"),
        description: description.to_owned(),
        limits: None,
    };
    let mut all = Vec::new();
    all.extend(sensors::computed(signals));
    if signals.iter().any(|s| s.kind == SignalKind::Gauge && s.binding.is_some()) {
        all.push(told(monitor::SCORE, "deviation from normal over its limit; above 1 a condition begins"));
        all.push(told(monitor::PROGRESS, "how much of the learning is done, 0 to 1; at 1 it watches"));
        all.push(told(
            monitor::CONTEXT,
            "stability index of what is asked of the machine; above 0.25 it has shifted far",
        ));
        all.push(told(monitor::DRIFT, "who has drifted: 0 nobody, 1 the model, 2 the machine, 3 both"));
    }
    all.extend(waveform::computed(signals));
    all.extend(battery::computed(asset, signals));
    all
}

/// What the monitor of an asset has learned, out of what its operators have saved under their names; none when nothing is
/// saved of it, or nothing learns there.
pub fn baseline<'a>(
    asset: &Asset,
    signals: &[Signal],
    config: &Config,
    computed: &BTreeMap<String, SignalId>,
    saved: impl FnOnce(&str) -> Option<&'a [u8]>,
) -> Option<Baseline> {
    Guard::for_asset(asset, signals, &config.of(asset), computed)?.baseline(saved(guard::NAME)?)
}

/// The operators of one asset. `computed` gives the ids of [`computed_signals`] by name; what has none is not
/// written.
pub fn operators_for(
    asset: &Asset,
    signals: &[Signal],
    config: &Config,
    computed: &BTreeMap<String, SignalId>,
) -> Vec<Box<dyn Operator>> {
    let boxed = [
        Guard::for_asset(asset, signals, &config.of(asset), computed).map(|o| Box::new(o) as Box<dyn Operator>),
        DayZeroLimits::for_asset(asset, signals, &config.day_zero).map(|o| Box::new(o) as Box<dyn Operator>),
        RemainingLife::for_asset(asset, signals, &config.day_zero, &config.life)
            .map(|o| Box::new(o) as Box<dyn Operator>),
        WaveformFeatures::for_asset(asset, signals, config, computed).map(|o| Box::new(o) as Box<dyn Operator>),
        BatteryCycles::for_asset(asset, signals, computed).map(|o| Box::new(o) as Box<dyn Operator>),
    ];
    boxed.into_iter().flatten().collect()
}
