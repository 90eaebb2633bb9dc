//! Units that stand in names: of columns, of tags.

use crate::Unit;

/// Ends of names that are units, as in `motor_current_A`.
const ENDS: [&str; 31] = [
    "bar", "mbar", "Pa", "kPa", "MPa", "psi", "degC", "celsius", "C", "K", "rpm", "Hz", "kW", "W", "kWh", "V", "mV",
    "A", "mA", "mm", "um", "mm/s", "g", "kg", "N", "Nm", "pct", "ppm", "l/min", "s", "%",
];
/// Characters of a unit in brackets.
const BRACKET_CHARS_MAX: usize = 12;

impl Unit {
    /// `Temp [°C]`, `pressure (bar)`, `current_A`: the name and its unit; undeclared where none stands there. What is in brackets
    /// is taken for a unit whether it is one or not.
    pub fn of_name(text: &str) -> (String, Self) {
        let text = text.trim();
        for (open, close) in [('[', ']'), ('(', ')')] {
            let Some(rest) = text.strip_suffix(close) else { continue };
            let Some((name, unit)) = rest.rsplit_once(open) else { continue };
            if !name.trim().is_empty() && unit.chars().count() <= BRACKET_CHARS_MAX {
                return (name.trim().trim_end_matches('_').to_owned(), Self::guess(unit));
            }
        }
        if let Some((name, end)) = text.rsplit_once('_')
            && let Some(unit) = ENDS.iter().find(|known| **known == end)
            && !name.is_empty()
        {
            return (name.to_owned(), Self::guess(if *unit == "pct" { "%" } else { unit }));
        }
        (text.to_owned(), Self::default())
    }

    /// A tag's name, and its unit: the one that the device `told`, else the one that its name ends in. Tags are named by rules of
    /// their own (`phase_A`, `Valve (old)`), so that only what is surely a unit is taken for one.
    pub fn of_tag(tag: &str, told: &str) -> (String, Self) {
        let (name, bracket) = Self::of_name(tag);
        let bare = if tag.trim().ends_with([']', ')']) { name } else { tag.trim().to_owned() };
        if !told.trim().is_empty() {
            return (bare, Self::guess(told));
        }
        let end = bare.rsplit(['_', ' ', '.', '-']).next().filter(|end| end.len() < bare.len()).unwrap_or_default();
        let ends = |known: &&&str| known.eq_ignore_ascii_case(end) && (known.len() > 1 || **known == "%");
        let sure = |unit: &Self| unit.unece().is_some() || (unit.is_ucum() && unit.ucum().len() > 1);
        let unit = if bare == tag.trim() {
            ENDS.iter().find(ends).map_or_else(Self::default, |end| Self::guess(if *end == "pct" { "%" } else { end }))
        } else {
            bracket
        };
        (bare, Some(unit).filter(sure).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_from_headers() {
        for (header, name, unit) in [
            ("Temp [°C]", "Temp", "Cel"),
            ("Pressure (bar)", "Pressure", "bar"),
            ("motor_current_A", "motor_current", "A"),
            ("Speed [rpm]", "Speed", "/min"),
            ("Volume Flow RateRMS", "Volume Flow RateRMS", ""),
            ("CO2(tCO2)", "CO2", "tCO2"),
            ("T_out", "T_out", ""),
            ("[x]", "[x]", ""),
        ] {
            assert_eq!(Unit::of_name(header), (name.to_owned(), Unit::new(unit)), "{header}");
        }
    }

    #[test]
    fn of_a_tag_only_what_is_surely_a_unit_is_taken_for_one() {
        for (tag, name, unit) in [
            ("Energy [kWh]", "Energy", "kW.h"),
            ("Temp (°C)", "Temp", "Cel"),
            ("Level [%]", "Level", "%"),
            ("Note (old)", "Note", ""),
            ("[7]", "[7]", ""),
            ("Speed_rpm", "Speed_rpm", "/min"),
            ("Speed_RPM", "Speed_RPM", "/min"),
            ("Level_%", "Level_%", "%"),
            ("Zone 2 degC", "Zone 2 degC", "Cel"),
            ("Motor_Current", "Motor_Current", ""),
            ("phase_a", "phase_a", ""),
            ("phase_A", "phase_A", ""),
            ("rpm", "rpm", ""),
        ] {
            assert_eq!(Unit::of_tag(tag, ""), (name.to_owned(), Unit::new(unit)), "{tag}");
        }
        assert_eq!(Unit::of_tag("Speed_rpm", "Hz"), ("Speed_rpm".to_owned(), Unit::new("Hz")));
        assert_eq!(Unit::of_tag("Flow [l/min]", " m³/h "), ("Flow".to_owned(), Unit::new("m3/h")));
    }
}
