//! Units of measure, written as UCUM.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A unit as a UCUM string (`mm/s`, `Cel`, `kW.h`, `%`); empty when undeclared.
///
/// Analytics that depend on a unit (vibration zones, energy) refuse to run until it is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Unit(String);

/// UCUM string, UNECE Recommendation 20 code, and the text shown to people.
const KNOWN: &[(&str, &str, &str)] = &[
    ("Cel", "CEL", "°C"),
    ("K", "KEL", "K"),
    ("mm", "MMT", "mm"),
    ("um", "4H", "µm"),
    ("mm/s", "C16", "mm/s"),
    ("m/s", "MTS", "m/s"),
    ("m/s2", "MSK", "m/s²"),
    ("[g]", "K40", "g"),
    ("kW.h", "KWH", "kWh"),
    ("kW", "KWT", "kW"),
    ("W", "WTT", "W"),
    ("Hz", "HTZ", "Hz"),
    ("/min", "RPM", "r/min"),
    ("bar", "BAR", "bar"),
    ("kPa", "KPA", "kPa"),
    ("%", "P1", "%"),
    ("A", "AMP", "A"),
    ("A.h", "AMH", "Ah"),
    ("V", "VLT", "V"),
    ("L", "LTR", "l"),
    ("L/min", "L2", "l/min"),
    ("m3/h", "MQH", "m³/h"),
    ("m3/min", "G53", "m³/min"),
    ("kg", "KGM", "kg"),
    ("N.m", "NU", "N·m"),
    ("1", "C62", ""),
];

/// Atoms of UCUM that take prefixes, as far as plants meet them.
const METRIC: &[&str] = &[
    "m", "s", "g", "K", "A", "V", "W", "J", "N", "Pa", "Hz", "Ohm", "S", "F", "H", "Wb", "T", "C", "lm", "lx", "cd",
    "mol", "rad", "sr", "Bq", "Gy", "Sv", "L", "l", "bar", "eV", "t", "Cel", "cal", "B", "B[SPL]", "B[V]", "B[W]",
    "bit", "By", "Bd", "m[H2O]", "m[Hg]", "[g]", "P", "St",
];

/// Atoms of UCUM that take none.
const PLAIN: &[&str] = &[
    "%",
    "[ppth]",
    "[ppm]",
    "[ppb]",
    "10*",
    "10^",
    "min",
    "h",
    "d",
    "wk",
    "mo",
    "a",
    "deg",
    "'",
    "''",
    "gon",
    "circ",
    "atm",
    "[degF]",
    "[in_i]",
    "[ft_i]",
    "[yd_i]",
    "[mi_i]",
    "[lb_av]",
    "[oz_av]",
    "[lbf_av]",
    "[psi]",
    "[gal_us]",
    "[gal_br]",
    "[HP]",
    "[Btu]",
    "[Btu_th]",
    "[in_i'H2O]",
    "[in_i'Hg]",
    "[cft_i]",
    "[cin_i]",
    "[kn_i]",
    "[pH]",
    "[iU]",
];

/// Prefixes of UCUM.
const PREFIXES: &[&str] = &[
    "Y", "Z", "E", "P", "T", "G", "M", "k", "h", "da", "d", "c", "m", "u", "n", "p", "f", "a", "z", "y", "Ki", "Mi",
    "Gi", "Ti",
];

/// Whether a part of a unit is an atom of UCUM with its prefix and exponent, or a number.
fn is_atom(part: &str) -> bool {
    let base = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let base = if base.len() < part.len() { base.trim_end_matches(['+', '-']) } else { base };
    let metric = |text: &str| METRIC.contains(&text);
    base.is_empty() && !part.is_empty()
        || metric(base)
        || PLAIN.contains(&base)
        || PREFIXES.iter().any(|prefix| base.strip_prefix(prefix).is_some_and(metric))
}

/// A unit's text without annotations in braces, which say nothing about it; none when a brace is not closed.
fn without_notes(text: &str) -> Option<String> {
    let (mut rest, mut kept) = (text, String::new());
    while let Some((before, after)) = rest.split_once('{') {
        let (_, behind) = after.split_once('}')?;
        kept.push_str(before);
        rest = behind;
    }
    Some(kept + rest)
}

impl Unit {
    /// Whether it reads as UCUM; undeclared counts. Rare atoms that plants do not meet count as unknown.
    pub fn is_ucum(&self) -> bool {
        let Some(text) = without_notes(&self.0) else { return false };
        let text = text.strip_prefix('/').unwrap_or(&text);
        // a note alone is the unit one with a name
        text.is_empty()
            || text.split(['.', '/', '(', ')']).filter(|part| !part.is_empty()).all(is_atom)
                && !text.ends_with(['.', '/'])
    }

    /// A unit by its UCUM string, kept as written.
    pub fn new(ucum: impl Into<String>) -> Self {
        Self(ucum.into())
    }

    /// The UCUM string; empty when undeclared.
    pub fn ucum(&self) -> &str {
        &self.0
    }

    /// Whether a unit was declared.
    pub fn declared(&self) -> bool {
        !self.0.is_empty()
    }

    /// What people read: `°C` for `Cel`; the UCUM string itself when no nicer text is known.
    pub fn symbol(&self) -> &str {
        self.known().map_or(self.0.as_str(), |(_, _, symbol)| *symbol)
    }

    /// The UNECE Recommendation 20 code, where known.
    pub fn unece(&self) -> Option<&'static str> {
        self.known().map(|(_, code, _)| *code)
    }

    /// The OPC UA `EUInformation.unitId`: the UNECE code's bytes packed big-endian
    /// (OPC 10000-8 §5.6.4.4); −1 when unknown.
    pub fn opcua_unit_id(&self) -> i32 {
        self.unece().map_or(-1, |code| code.bytes().fold(0, |id, byte| (id << 8) | i32::from(byte)))
    }

    /// The unit behind an OPC UA `unitId`, where known.
    pub fn from_opcua_unit_id(id: i32) -> Option<Self> {
        let hit = KNOWN.iter().find(|(ucum, _, _)| Self::new(*ucum).opcua_unit_id() == id)?;
        Some(Self::new(hit.0))
    }

    /// The unit that a person most likely meant by `text` (`°C`, `degC`, `rpm`, `l/min` …); kept as
    /// written when nothing matches.
    pub fn guess(text: &str) -> Self {
        let text = text.trim();
        let alias = match text.to_ascii_lowercase().as_str() {
            "c" | "degc" | "°c" | "celsius" => "Cel",
            "rpm" | "r/min" | "1/min" | "rev/min" => "/min",
            "kwh" => "kW.h",
            "l/min" | "lpm" => "L/min",
            "m3/h" | "m³/h" => "m3/h",
            "m³/min" => "m3/min",
            "m/s²" | "m/s^2" => "m/s2",
            "µm" => "um",
            "nm" | "n·m" => "N.m",
            "percent" => "%",
            _ => "",
        };
        if !alias.is_empty() {
            return Self::new(alias);
        }
        let same = KNOWN.iter().find(|(ucum, code, symbol)| *ucum == text || *code == text || *symbol == text);
        Self::new(same.map_or(text, |(ucum, _, _)| ucum))
    }

    fn known(&self) -> Option<&'static (&'static str, &'static str, &'static str)> {
        KNOWN.iter().find(|(ucum, _, _)| *ucum == self.0)
    }
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.symbol())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opcua_unit_ids_match_the_published_table() {
        for (ucum, id) in
            [("Cel", 4_408_652), ("mm", 5_066_068), ("mm/s", 4_403_510), ("kW.h", 4_937_544), ("%", 20_529)]
        {
            assert_eq!(Unit::new(ucum).opcua_unit_id(), id, "{ucum}");
            assert_eq!(Unit::from_opcua_unit_id(id), Some(Unit::new(ucum)));
        }
        assert_eq!(Unit::new("furlong").opcua_unit_id(), -1);
        let shown = ["A.h", "m3/min", "kW.h"].map(|ucum| Unit::new(ucum).symbol().to_owned());
        assert_eq!(shown, ["Ah", "m³/min", "kWh"]);
    }

    #[test]
    fn units_are_read_as_ucum() {
        for (text, known) in [
            ("", true),
            ("mm/s", true),
            ("/min", true),
            ("1", true),
            ("kW.h", true),
            ("m3/h", true),
            ("10*-6", true),
            ("m.s-2", true),
            ("[in_i]/s", true),
            ("J/(kg.K)", true),
            ("{parts}/min", true),
            ("[degF]", true),
            ("uS/cm", true),
            ("°C", false),
            ("rpm", false),
            ("widgets", false),
            ("mm/", false),
            ("{open", false),
            ("psi", false),
        ] {
            assert_eq!(Unit::new(text).is_ucum(), known, "{text}");
        }
        assert!(KNOWN.iter().all(|(ucum, ..)| Unit::new(*ucum).is_ucum()));
    }

    #[test]
    fn people_write_units_in_many_ways() {
        assert_eq!(Unit::guess("°C"), Unit::new("Cel"));
        assert_eq!(Unit::guess("rpm"), Unit::new("/min"));
        assert_eq!(Unit::guess("mm/s"), Unit::new("mm/s"));
        assert_eq!(Unit::guess("widgets"), Unit::new("widgets"));
    }
}
