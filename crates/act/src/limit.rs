//! Whether a value is beyond a limit, without flutter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// On which side of the limit the trouble lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Too high.
    Above,
    /// Too low.
    Below,
}

/// A limit with a deadband: exceeded at the limit, over only when the value has come back by the deadband.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The limit, in the signal's unit.
    pub at: f64,
    /// How far the value must come back, in the signal's unit, ≥ 0.
    pub deadband: f64,
    /// Which side is bad.
    pub side: Side,
}

impl Limit {
    /// Whether the condition holds, given whether it held before. NaN changes nothing.
    pub fn holds(&self, value: f64, held: bool) -> bool {
        if value.is_nan() {
            return held;
        }
        let back = if held { self.deadband.max(0.0) } else { 0.0 };
        match self.side {
            Side::Above => value >= self.at - back,
            Side::Below => value <= self.at + back,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_inside_the_deadband_keeps_what_was() {
        let high = Limit { at: 90.0, deadband: 2.0, side: Side::Above };
        let low = Limit { at: 10.0, deadband: 1.0, side: Side::Below };
        for (limit, value, held, expected) in [
            (high, 89.9, false, false),
            (high, 90.0, false, true),
            (high, 88.1, true, true),
            (high, 87.9, true, false),
            (high, f64::NAN, true, true),
            (high, f64::NAN, false, false),
            (low, 10.5, false, false),
            (low, 10.0, false, true),
            (low, 10.9, true, true),
            (low, 11.1, true, false),
        ] {
            assert_eq!(limit.holds(value, held), expected, "{limit:?} {value} {held}");
        }
    }
}
