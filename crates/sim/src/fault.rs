//! What goes wrong, when, and how badly: the ground truth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What goes wrong. Severity 0 is as new, 1 is failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A spall on the outer race of a rolling bearing.
    BearingOuterRace,
    /// A spall on the inner race of a rolling bearing.
    BearingInnerRace,
    /// The grease of a bearing is lost.
    LubricationLoss,
    /// Dirt or a lost weight on a rotor.
    Unbalance,
    /// Two shafts out of line.
    Misalignment,
    /// The suction strainer clogs until the pump cavitates.
    Cavitation,
    /// The impeller wears.
    ImpellerWear,
    /// A filter clogs.
    CloggedFilter,
    /// A control valve sticks and jumps.
    ValveStiction,
    /// The cooling of a winding is blocked.
    CoolingLoss,
    /// Compressed air leaks away.
    AirLeak,
    /// A tool wears much faster than it should.
    ToolWear,
    /// A tool breaks: the spindle turns in air.
    ToolBreakage,
    /// Teeth of a gear wear.
    GearWear,
    /// A drive belt slips.
    BeltSlip,
    /// Heating elements of a zone burn out.
    HeaterFailure,
    /// A condenser fouls.
    CondenserFouling,
    /// The check ring of an injection screw leaks.
    CheckRingWear,
    /// The ejector of a press sticks: its drives work longer in each shot, which takes as long as before.
    EjectorSticking,
    /// A sensor repeats its last value.
    SensorStuck,
    /// A sensor reports single values far off.
    SensorSpike,
    /// A sensor drifts away.
    SensorDrift,
    /// A sensor reports nothing usable.
    SensorDropout,
    /// A sensor is noisy.
    SensorNoise,
}

impl FaultKind {
    /// Whether the sensor is at fault and not the machine.
    pub const fn of_sensor(self) -> bool {
        matches!(
            self,
            Self::SensorStuck | Self::SensorSpike | Self::SensorDrift | Self::SensorDropout | Self::SensorNoise
        )
    }
}

/// A fault that develops: nothing before `onset_s`, then growing evenly for `growth_s` to `severity_max`,
/// there until it is repaired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its name in the catalogue of faults, such as `pump-1-cavitation`.
    pub id: String,
    /// The path of the asset: `acme/north/water/pump-1`.
    pub asset: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// The signal, for a fault of a sensor.
    pub signal: Option<String>,
    /// When it begins, in plant seconds.
    pub onset_s: f64,
    /// How long it grows, in seconds, ≥ 0.
    pub growth_s: f64,
    /// Where it stops growing, 0–1.
    pub severity_max: f64,
    /// When it is repaired, in plant seconds; never when empty.
    pub repaired_s: Option<f64>,
}

impl Fault {
    /// How bad it is at plant second `t`: 0–1.
    pub fn severity(&self, t: f64) -> f64 {
        if t < self.onset_s || self.repaired_s.is_some_and(|end| t >= end) {
            return 0.0;
        }
        let grown = if self.growth_s > 0.0 { ((t - self.onset_s) / self.growth_s).min(1.0) } else { 1.0 };
        grown * self.severity_max
    }

    /// The same fault at another time: onset moved to `onset_s`, repaired `lasting_s` later.
    #[must_use]
    pub fn at(mut self, onset_s: f64, growth_s: f64, lasting_s: f64) -> Self {
        self.onset_s = onset_s;
        self.growth_s = growth_s;
        self.repaired_s = Some(onset_s + lasting_s);
        self
    }
}

/// A fault as it stands at one moment: what a monitor should find.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TruthEntry {
    /// The fault.
    pub fault: Fault,
    /// How bad it is now, 0–1.
    pub severity: f64,
}

/// A worn part that was put in anew: what a record of maintenance should say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Replacement {
    /// The path of the asset: `acme/north/machining/agv-1-battery`.
    pub asset: String,
    /// When, in plant seconds.
    pub at_s: f64,
}

const WATER: &str = "acme/north/water";
const UTILITIES: &str = "acme/north/utilities";
const MACHINING: &str = "acme/north/machining";
const HEAT: &str = "acme/north/heat";
const PLASTICS: &str = "acme/north/plastics";

/// Every fault that the plant knows, each beginning after one minute and growing for two.
pub fn fault_catalogue() -> Vec<Fault> {
    use FaultKind as K;
    let process = [
        (WATER, "pump-1", K::Cavitation),
        (WATER, "pump-1", K::ImpellerWear),
        (WATER, "pump-1", K::LubricationLoss),
        (WATER, "pump-1-motor", K::BearingOuterRace),
        (WATER, "pump-1-motor", K::BearingInnerRace),
        (WATER, "pump-1-motor", K::CoolingLoss),
        (WATER, "pump-1-motor", K::Misalignment),
        (WATER, "pump-2", K::CloggedFilter),
        (WATER, "pump-2", K::ValveStiction),
        (WATER, "pump-2", K::BearingOuterRace),
        (UTILITIES, "compressor-1", K::AirLeak),
        (UTILITIES, "compressor-1", K::CloggedFilter),
        (UTILITIES, "chiller-1", K::CondenserFouling),
        (UTILITIES, "fan-1", K::Unbalance),
        (UTILITIES, "fan-1", K::BearingOuterRace),
        (UTILITIES, "fan-1", K::CloggedFilter),
        (MACHINING, "spindle-1", K::ToolWear),
        (MACHINING, "spindle-1", K::ToolBreakage),
        (MACHINING, "conveyor-1", K::BeltSlip),
        (MACHINING, "gearbox-1", K::GearWear),
        (MACHINING, "gearbox-1", K::LubricationLoss),
        (HEAT, "furnace-1", K::HeaterFailure),
        (PLASTICS, "press-1", K::CheckRingWear),
        (PLASTICS, "press-1", K::HeaterFailure),
        (PLASTICS, "press-1", K::EjectorSticking),
    ];
    let sensors = [
        (WATER, "pump-2", "flow", K::SensorStuck),
        (WATER, "pump-1", "bearing_temperature", K::SensorDrift),
        (UTILITIES, "chiller-1", "supply_temperature", K::SensorSpike),
        (UTILITIES, "compressor-1", "discharge_pressure", K::SensorNoise),
        (HEAT, "furnace-1", "zone_3_temperature", K::SensorDropout),
    ];
    let whole = |area: &str, asset: &str, kind, signal: Option<&str>| Fault {
        id: format!("{asset}-{}", kind_word(kind)),
        asset: format!("{area}/{asset}"),
        kind,
        signal: signal.map(str::to_owned),
        onset_s: 60.0,
        growth_s: 120.0,
        severity_max: 1.0,
        repaired_s: None,
    };
    let of_process = process.iter().map(|(area, asset, kind)| whole(area, asset, *kind, None));
    of_process
        .chain(sensors.iter().map(|(area, asset, signal, kind)| whole(area, asset, *kind, Some(signal))))
        .collect()
}

/// The word in a fault's id: the kind as configuration writes it, with dashes.
fn kind_word(kind: FaultKind) -> String {
    let mut word = String::new();
    for c in format!("{kind:?}").chars() {
        if c.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(c.to_ascii_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_is_zero_then_grows_then_holds_then_is_repaired() {
        let fault = fault_catalogue().remove(0).at(10.0, 20.0, 100.0);
        for (t, want) in [(9.9, 0.0), (20.0, 0.5), (30.0, 1.0), (109.0, 1.0), (110.0, 0.0)] {
            assert!((fault.severity(t) - want).abs() < 1e-12, "{t}");
        }
    }

    #[test]
    fn ids_are_unique() {
        let all = fault_catalogue();
        let ids: std::collections::BTreeSet<_> = all.iter().map(|f| f.id.as_str()).collect();
        assert_eq!(ids.len(), all.len());
        assert!(ids.contains("pump-1-motor-bearing-outer-race"));
    }
}
