//! What a template is made of.

use schemars::JsonSchema;
use serde::Serialize;

use super::fmea::{Ranks, Repair};
use crate::{Range, Role, SignalKind};

/// Which way a signal leaves what is normal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Above normal.
    Up,
    /// Below normal.
    Down,
    /// Now above, now below.
    Either,
}

impl Direction {
    /// Whether what is seen for a moment, in `observed`, may be what `self` leads to expect: what swings is up or down then.
    pub(super) fn agrees(self, observed: Self) -> bool {
        self == observed || self == Self::Either
    }
}

/// A signal that a machine of the kind usually has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ExpectedSignal {
    /// A name for it below the asset; roles count, names do not.
    pub name: &'static str,
    /// What it means.
    pub role: Role,
    /// How it behaves.
    pub kind: SignalKind,
    /// Its unit as UCUM; empty for states.
    pub unit: &'static str,
    /// The range in which values of such machines usually lie, in the unit; none for states and counters.
    pub range: Option<Range>,
    /// Whether the failure modes can hardly be told apart without it.
    pub required: bool,
}

impl ExpectedSignal {
    /// The same signal, required.
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same signal of another kind.
    pub(super) const fn of(self, kind: SignalKind) -> Self {
        Self { kind, ..self }
    }
}

/// A measured quantity from `low` to `high`.
pub(super) const fn gauge(name: &'static str, role: Role, unit: &'static str, range: (f64, f64)) -> ExpectedSignal {
    let range = Some(Range { low: range.0, high: range.1 });
    ExpectedSignal { name, role, kind: SignalKind::Gauge, unit, range, required: false }
}

/// A number that only grows.
pub(super) const fn counter(name: &'static str, role: Role, unit: &'static str) -> ExpectedSignal {
    ExpectedSignal { name, role, kind: SignalKind::Counter, unit, range: None, required: false }
}

/// One of a few values.
pub(super) const fn state(name: &'static str, role: Role) -> ExpectedSignal {
    ExpectedSignal { name, role, kind: SignalKind::State, unit: "", range: None, required: false }
}

/// What a failure does to the machine, in the classes of ISO 14224:2016, annex B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// VIB: abnormal vibration.
    Vibration,
    /// OHE: parts, lubricant or windings get too hot.
    Overheating,
    /// LOO: output below what is wanted.
    LowOutput,
    /// ERO: output swings.
    ErraticOutput,
    /// PLU: flow is restricted.
    PluggedOrChoked,
    /// INL: leakage inside.
    InternalLeakage,
    /// ELU: leakage of a utility medium, such as air, oil or refrigerant.
    ExternalLeakage,
    /// IHT: heat is not taken away or given as it should be.
    InsufficientHeatTransfer,
    /// BRD: serious damage such as seizure or breakage.
    Breakdown,
    /// STD: material damage such as cracks, wear or loose parts.
    StructuralDeficiency,
}

/// How a failure shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Symptom {
    /// The role of the signals that show it.
    pub role: Role,
    /// Which way they go.
    pub direction: Direction,
}

/// Above normal.
pub(super) const fn up(role: Role) -> Symptom {
    Symptom { role, direction: Direction::Up }
}

/// Below normal.
pub(super) const fn down(role: Role) -> Symptom {
    Symptom { role, direction: Direction::Down }
}

/// Swinging around normal.
pub(super) const fn swings(role: Role) -> Symptom {
    Symptom { role, direction: Direction::Either }
}

/// A way in which a machine fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FailureMode {
    /// Its stable id, as findings carry it: `bearing_outer_race`, `cavitation`.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it does to the machine.
    pub effect: Effect,
    /// How it shows, most telling first.
    pub symptoms: &'static [Symptom],
    /// What to do, most useful first.
    pub prescription: &'static [&'static str],
    /// How much it matters on such a machine as a rule, where its symptoms are measured; a site writes its own.
    pub ranks: Ranks,
    /// What mending it takes as a rule.
    pub repair: Repair,
}

/// How a limit is found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum LimitRule {
    /// The same numbers for every machine of the kind.
    Fixed {
        /// From here on it warns, in the limit's unit.
        warn: f64,
        /// From here on damage is likely, in the limit's unit; above `warn`.
        alarm: f64,
    },
    /// The zone boundaries B/C and C/D of ISO 10816-3 by the nameplate's power, shaft height and support.
    #[serde(rename = "iso10816_3")]
    Iso10816_3 {
        /// When the standard grades nothing.
        refused: &'static [&'static str],
    },
}

/// A limit that holds from the first day, before anything was learned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DayZeroLimit {
    /// The role of the signals that it holds for.
    pub role: Role,
    /// The unit as UCUM: a signal in another unit is not judged.
    pub unit: &'static str,
    /// The limit.
    #[serde(flatten)]
    pub rule: LimitRule,
    /// Where it comes from, with edition.
    pub source: &'static str,
}
