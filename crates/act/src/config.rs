//! How alarms behave.

use std::time::Duration;

use gemba_plant::{AlarmClass, Priority};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How one kind of alarm behaves (ISA-18.2 attributes).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// How long the condition must hold before the alarm is raised, ms, 0–3 600 000. Default 0.
    pub on_delay_ms: u64,
    /// How long the condition must be over before the alarm returns, ms, 0–3 600 000. Default 0.
    pub off_delay_ms: u64,
    /// Whether it stays until somebody resets it. Default false.
    pub latch: bool,
    /// After how long an acknowledged, still active alarm sounds again, ms; 0 never. Default 0.
    pub realarm_after_ms: u64,
    /// Whether acknowledging, shelving and the like need a comment. Default false.
    pub requires_comment: bool,
}

impl Behaviour {
    pub(crate) fn delay(&self, active: bool) -> Duration {
        Duration::from_millis(if active { self.on_delay_ms } else { self.off_delay_ms })
    }
}

/// How alarms of a class, of a priority, or of both behave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// For alarms of this class. Default all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<AlarmClass>,
    /// For alarms of this priority. Default all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// How they behave.
    pub behaviour: Behaviour,
}

/// Settings for all alarms of a plant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AlarmConfig {
    /// The longest shelf, minutes, 1–10 080. Default 480: one shift.
    pub shelve_max_min: u64,
    /// New alarms of class `ai` for an asset and hour; the rest is counted in a digest. 1–60. Default 1.
    pub ai_per_asset_hour: u32,
    /// A flood begins at this many new alarms in ten minutes, 1–1000. Default 10.
    pub flood_begins: u32,
    /// A flood ends below this many new alarms in ten minutes, 1–1000. Default 5.
    pub flood_ends: u32,
    /// How alarms behave that have no settings of their own (a signal's limits have); the first rule that fits counts.
    /// Default none: no delays, no latch, no comment wanted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

/// The longest delay, ms: an alarm that waits longer than an hour is no alarm.
const DELAY_MAX_MS: u64 = 3_600_000;

impl Default for AlarmConfig {
    fn default() -> Self {
        Self { shelve_max_min: 480, ai_per_asset_hour: 1, flood_begins: 10, flood_ends: 5, rules: Vec::new() }
    }
}

impl AlarmConfig {
    /// Fields that are out of their bounds, each with what is wrong.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let within = |name, value: u64, low: u64, high: u64| {
            (!(low..=high).contains(&value)).then(|| (name, format!("is {value}, outside {low} to {high}")))
        };
        let each = [
            within("shelve_max_min", self.shelve_max_min, 1, 10_080),
            within("ai_per_asset_hour", self.ai_per_asset_hour.into(), 1, 60),
            within("flood_begins", self.flood_begins.into(), 1, 1_000),
            within("flood_ends", self.flood_ends.into(), 1, 1_000),
        ];
        let slow = |b: &Behaviour| b.on_delay_ms > DELAY_MAX_MS || b.off_delay_ms > DELAY_MAX_MS;
        let rules = (1..).zip(&self.rules).filter(|(_, rule)| slow(&rule.behaviour));
        let rules = rules.map(|(at, _)| ("rules", format!("has a delay above {DELAY_MAX_MS} ms in entry {at}")));
        each.into_iter().flatten().chain(rules).collect()
    }

    /// How an alarm without settings of its own behaves.
    pub fn behaviour(&self, class: AlarmClass, priority: Priority) -> Behaviour {
        let fits = |r: &&Rule| r.class.is_none_or(|c| c == class) && r.priority.is_none_or(|p| p == priority);
        self.rules.iter().find(fits).map(|rule| rule.behaviour.clone()).unwrap_or_default()
    }
}
