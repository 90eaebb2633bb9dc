//! Limits that a person sets on a signal, and how their alarms behave (ISA-18.2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Priority;

/// The longest delay, s: an alarm that waits longer than an hour is no alarm.
const DELAY_MAX_S: u32 = 3_600;
/// The longest text, in characters.
const TEXT_MAX: usize = 1_000;

/// Limits of a signal in its unit, and how their alarms behave. Each side (high with high-high, low with low-low) is one
/// alarm, whose priority rises when the outer limit is passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// From here on the machine may be damaged. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_high: Option<f64>,
    /// From here on it is too high. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// From here down it is too low. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// From here down the machine may be damaged. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_low: Option<f64>,
    /// How far a value must come back before it counts as back, in the signal's unit. Default 0.
    pub deadband: f64,
    /// How long it must be beyond the limit before there is an alarm, s, 0–3600. Default 0.
    pub on_delay_s: u32,
    /// How long it must be back before the alarm returns, s, 0–3600. Default 0.
    pub off_delay_s: u32,
    /// Whether the alarm stays until somebody resets it. Default false.
    pub latch: bool,
    /// After how long an acknowledged alarm that is still active sounds again, s; 0 never. Default 0.
    pub realarm_s: u32,
    /// Whether acknowledging, shelving and the like need a comment. Default false.
    pub requires_comment: bool,
    /// The priority at `high` and `low`. Default medium.
    pub priority: Priority,
    /// The priority at `high_high` and `low_low`. Default high.
    pub outer_priority: Priority,
    /// What happens if nobody responds. Default none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub consequence: String,
    /// What to do. Default none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub response: String,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            high_high: None,
            high: None,
            low: None,
            low_low: None,
            deadband: 0.0,
            on_delay_s: 0,
            off_delay_s: 0,
            latch: false,
            realarm_s: 0,
            requires_comment: false,
            priority: Priority::Medium,
            outer_priority: Priority::High,
            consequence: String::new(),
            response: String::new(),
        }
    }
}

impl Limits {
    /// Whether there is any limit.
    pub fn any(&self) -> bool {
        self.each().next().is_some()
    }

    /// The limits that are set, the lowest first, each with its name.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let all = [("low_low", self.low_low), ("low", self.low), ("high", self.high), ("high_high", self.high_high)];
        all.into_iter().filter_map(|(name, at)| Some((name, at?)))
    }

    /// What is wrong with them: the field, what, and what to write instead.
    pub fn faults(&self) -> Vec<(&'static str, String, &'static str)> {
        let mut faults = Vec::new();
        for (name, at) in self.each().filter(|(_, at)| !at.is_finite()) {
            faults.push((name, format!("{name} is {at}"), "write a number in the signal's unit"));
        }
        let rising: Vec<f64> = self.each().map(|(_, at)| at).collect();
        if rising.windows(2).any(|pair| matches!(pair, [a, b] if a >= b)) {
            faults.push(("high", "the limits are not in order".into(), "write low_low < low < high < high_high"));
        }
        if !(self.deadband >= 0.0 && self.deadband.is_finite()) {
            faults.push(("deadband", format!("deadband is {}", self.deadband), "write 0 or more"));
        }
        let between = self.low.or(self.low_low).zip(self.high.or(self.high_high));
        if between.is_some_and(|(low, high)| low + self.deadband >= high - self.deadband) {
            faults.push(("deadband", "deadband leaves nothing between low and high".into(), "write a smaller one"));
        }
        for (name, delay) in [("on_delay_s", self.on_delay_s), ("off_delay_s", self.off_delay_s)] {
            if delay > DELAY_MAX_S {
                faults.push((name, format!("{name} is {delay}"), "write 0 to 3600"));
            }
        }
        for (name, text) in [("consequence", &self.consequence), ("response", &self.response)] {
            if text.chars().count() > TEXT_MAX {
                faults.push((name, format!("{name} is longer than {TEXT_MAX} characters"), "write less"));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_out_of_order_are_told() {
        let good =
            Limits { high_high: Some(105.0), high: Some(90.0), low: Some(5.0), deadband: 2.0, ..Limits::default() };
        assert_eq!(good.faults(), vec![]);
        assert!(good.any() && !Limits::default().any());
        for bad in [
            Limits { high: Some(110.0), ..good.clone() },
            Limits { low: Some(f64::NAN), ..good.clone() },
            Limits { deadband: -1.0, ..good.clone() },
            Limits { deadband: 50.0, ..good.clone() },
            Limits { on_delay_s: 4_000, ..good.clone() },
            Limits { response: "x".repeat(1_001), ..good },
        ] {
            assert!(!bad.faults().is_empty(), "{bad:?}");
        }
    }
}
