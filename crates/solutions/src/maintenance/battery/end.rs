//! From which capacity on a battery is at its end.

use gemba_learn::life::FadePath;
use gemba_learn::stats;
use gemba_plant::{Asset, Role, Signal};

/// What is left at the end of life, of the rated capacity or of that at first: 80 % (IEC 62660-1, IEEE 450).
const LEFT: f64 = 0.8;
/// Cycles that a battery begins with.
const FIRST: usize = 5;

/// Where a battery is at its end.
#[derive(Clone, Debug, PartialEq)]
pub struct EndOfLife {
    /// The capacity, in the unit of the signal.
    pub at: f64,
    /// The capacity that it is a share of: rated, or that of the first cycles.
    pub whole: f64,
    /// Where that comes from.
    pub source: String,
}

/// The end of life: the low limit that a person has set on the capacity, else 80 % of what is rated, else 80 % of the
/// first cycles; none while there is no cycle. `signal` is what the levels are read from, in its unit.
pub fn end_of_life(asset: &Asset, signals: &[Signal], signal: &Signal, levels: &[f64]) -> Option<EndOfLife> {
    let path = FadePath { group: 0, levels: levels.to_vec() };
    let first = stats::median(&path.until(FIRST).levels);
    let unit = signal.unit.ucum();
    let (whole, said) = match (unit, asset.nameplate.capacity_ah) {
        ("%", _) => (100.0, "state of health".to_owned()),
        ("1", _) => (1.0, "state of health".to_owned()),
        ("A.h", Some(rated)) => (rated, format!("rated {rated} Ah")),
        _ => (first, format!("{first:.2} {} of the first cycles", signal.unit.symbol())),
    };
    let given =
        signals.iter().filter(|s| matches!(s.role, Role::Capacity | Role::StateOfHealth) && s.unit == signal.unit);
    let own = given.filter_map(|s| s.limits.as_ref()).find_map(|limits| limits.low_low.or(limits.low));
    let end = match own {
        Some(at) => EndOfLife { at, whole, source: "the low limit of its capacity".to_owned() },
        None => EndOfLife { at: LEFT * whole, whole, source: format!("{:.0} % of {said}", 100.0 * LEFT) },
    };
    (whole.is_finite() && whole > 0.0).then_some(end)
}
