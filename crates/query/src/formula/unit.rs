//! The unit of an outcome, from those of what it is made of.

use gemba_plant::Unit;

/// What is known of the unit of a part of a formula.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Of {
    /// A number that somebody wrote: it takes the unit of what it stands with.
    Number,
    /// This unit (UCUM).
    Unit(String),
    /// Nobody can say.
    Unknown,
}

/// A scale with a zero of its own: its values are no amounts.
const CELSIUS: &str = "Cel";
/// What a difference of two such values is an amount of.
const KELVIN: &str = "K";
/// No dimension.
const ONE: &str = "1";

impl Of {
    pub(super) fn signal(unit: &Unit) -> Self {
        if unit.declared() { Self::Unit(unit.ucum().to_owned()) } else { Self::Unknown }
    }

    /// As a unit to show; none for what is unknown.
    pub(super) fn unit(self) -> Option<Unit> {
        match self {
            Self::Unit(unit) => Some(Unit::new(unit)),
            Self::Number => Some(Unit::new(ONE)),
            Self::Unknown => None,
        }
    }

    /// Of values of one unit, side by side.
    pub(super) fn same(parts: &[Self]) -> Self {
        let mut units = parts.iter().filter(|part| **part != Self::Number);
        let Some(first) = units.next() else { return Self::Number };
        if units.all(|unit| unit == first) { first.clone() } else { Self::Unknown }
    }

    pub(super) fn sum(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Unit(a), Self::Unit(b)) if a == CELSIUS && b == CELSIUS => Self::Unknown,
            _ => Self::same(&[self, other]),
        }
    }

    pub(super) fn difference(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Unit(a), Self::Unit(b)) if a == CELSIUS && b == CELSIUS => Self::Unit(KELVIN.into()),
            _ => Self::same(&[self, other]),
        }
    }

    pub(super) fn product(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unit(a), _) | (_, Self::Unit(a)) if a == CELSIUS => Self::Unknown,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Number, other) | (other, Self::Number) => other,
            (Self::Unit(a), other) | (other, Self::Unit(a)) if a == ONE => other,
            // what begins with a stroke is divided by already
            (Self::Unit(a), Self::Unit(b)) if b.starts_with('/') => Self::Unit(a + &b),
            (Self::Unit(a), Self::Unit(b)) => Self::Unit(format!("{a}.{}", within(&b))),
        }
    }

    pub(super) fn quotient(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unit(a), _) | (_, Self::Unit(a)) if a == CELSIUS => Self::Unknown,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (this, Self::Number) => this,
            (this, Self::Unit(b)) if b == ONE => this,
            (Self::Unit(a), Self::Unit(b)) if a == b => Self::Unit(ONE.into()),
            (this, Self::Unit(b)) if b.starts_with('/') => {
                this.product(Self::Unit(b.trim_start_matches('/').to_owned()))
            }
            (Self::Unit(a), Self::Unit(b)) if a != ONE => Self::Unit(format!("{a}/{}", within(&b))),
            (_, Self::Unit(b)) => Self::Unit(format!("/{}", within(&b))),
        }
    }

    pub(super) fn root(self) -> Self {
        match self {
            Self::Unit(unit) if unit == ONE => Self::Unit(unit),
            Self::Number => Self::Number,
            _ => Self::Unknown,
        }
    }
}

/// UCUM reads from left to right: what is made of several stands in parentheses.
fn within(unit: &str) -> String {
    if unit.contains(['.', '/']) { format!("({unit})") } else { unit.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(unit: &str) -> Of {
        Of::signal(&Unit::new(unit))
    }

    #[test]
    fn units_go_with_the_arithmetic() {
        let (kw, flow, number) = (of("kW"), of("m3/h"), Of::Number);
        assert_eq!(kw.clone().quotient(flow.clone()), of("kW/(m3/h)"));
        assert_eq!(kw.clone().product(of("h")).quotient(kw.clone()), of("kW.h/kW"));
        assert_eq!(kw.clone().quotient(kw.clone()), of("1"));
        assert_eq!(number.clone().quotient(of("s")), of("/s"));
        assert_eq!(kw.clone().product(number.clone()), kw);
        assert_eq!(kw.clone().difference(number.clone()), kw);
        assert_eq!(kw.clone().sum(flow.clone()), Of::Unknown);
        assert_eq!((kw.clone().product(of("/min")), kw.clone().quotient(of("/min"))), (of("kW/min"), of("kW.min")));
        assert_eq!(number.clone().quotient(of("/min")), of("min"));
        assert_eq!(of("").product(kw.clone()), Of::Unknown);
        assert_eq!(Of::same(&[kw.clone(), number.clone(), kw.clone()]), kw);
        assert_eq!((number.clone().unit(), kw.root()), (Some(Unit::new("1")), Of::Unknown));
        assert!(of("kW/(m3/h)").unit().unwrap().is_ucum());
    }

    #[test]
    fn a_difference_of_temperatures_is_in_kelvin_and_a_sum_is_nothing() {
        let (a, b) = (of("Cel"), of("Cel"));
        assert_eq!(a.clone().difference(b.clone()), of("K"));
        assert_eq!(a.clone().sum(b.clone()), Of::Unknown);
        assert_eq!(Of::same(&[a.clone(), b]), of("Cel"));
        assert_eq!((a.clone().product(Of::Number), a.quotient(of("s"))), (Of::Unknown, Of::Unknown));
    }
}
