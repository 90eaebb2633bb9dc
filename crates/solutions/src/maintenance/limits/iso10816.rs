//! ISO 10816-3:2009, broadband vibration velocity on bearing housings, mm/s r.m.s., 10–1000 Hz.

use gemba_plant::{Asset, Support};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The edition that the table is of.
pub const EDITION: &str = "ISO 10816-3:2009";

/// The band that velocity is summed over, Hz: 10 to 1000, from 2 on below 600 r/min, as the standard has it for slow
/// machines. At an unknown speed the common band.
pub fn band_hz(rpm: Option<f64>) -> (f64, f64) {
    (if rpm.is_some_and(|rpm| rpm < SLOW_RPM) { 2.0 } else { 10.0 }, 1000.0)
}

/// Below this speed a machine is slow.
const SLOW_RPM: f64 = 600.0;

/// The zones of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Zone {
    /// As newly commissioned.
    A,
    /// Fit for long-term operation without restriction.
    B,
    /// Unsatisfactory for long-term operation; limited time.
    C,
    /// Severe enough to cause damage.
    D,
}

/// A machine group of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Group {
    /// Above 300 kW, or electrical machines with a shaft height of 315 mm and more.
    One,
    /// 15 to 300 kW, or a shaft height of 160 to 315 mm.
    Two,
}

/// Why a machine is not graded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not among the machine sets of the standard's scope: pumps (ISO 10816-7), rotary positive displacement
    /// compressors such as screw compressors, reciprocating machines, gear units, spindles …
    #[error("{EDITION} does not grade a machine of kind {template}")]
    Template {
        /// The template.
        template: String,
    },
    /// A small fan on a flexible support: the standard's criteria do not hold for it.
    #[error("{EDITION} grades fans up to 300 kW only on a rigid support")]
    Fan,
    /// The nameplate lacks something.
    #[error("grading vibration needs {what}")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// Too small.
    #[error("{EDITION} begins at 15 kW, this machine has {kw} kW")]
    Power {
        /// Rated power.
        kw: f64,
    },
    /// Too slow or too fast.
    #[error("{EDITION} holds for 120 to 15000 r/min, this machine turns at {rpm} r/min")]
    Speed {
        /// Rated speed.
        rpm: f64,
    },
}

/// The kinds of machines that the standard's scope lists (ISO 10816-3:2009, clause 1). What is not listed is not graded.
/// Templates of this house among them are `motor` and `fan`; the others are for plants that name their own kinds.
const IN_SCOPE: &[&str] = &["motor", "fan", "blower", "generator", "turbo_compressor", "steam_turbine", "gas_turbine"];
/// Of these only large ones, or those that are not flexibly supported (note to clause 1).
const FANS: &[&str] = &["fan", "blower"];
/// Above this power a machine is of group 1, in kW.
const LARGE_KW: f64 = 300.0;

/// The group and support of a machine.
///
/// # Errors
/// When the standard does not cover it, or the nameplate does not say.
pub fn classify(asset: &Asset) -> Result<(Group, Support), Refusal> {
    let template = asset.template.as_deref().ok_or(Refusal::Missing { what: "the kind of machine (its template)" })?;
    if !IN_SCOPE.contains(&template) {
        return Err(Refusal::Template { template: template.to_owned() });
    }
    let plate = &asset.nameplate;
    let rpm = plate.speed_rpm.ok_or(Refusal::Missing { what: "the rated speed on the nameplate" })?;
    if !(120.0..=15_000.0).contains(&rpm) {
        return Err(Refusal::Speed { rpm });
    }
    let kw = plate.power_kw.ok_or(Refusal::Missing { what: "the rated power on the nameplate" })?;
    if kw.is_nan() || kw < 15.0 {
        return Err(Refusal::Power { kw });
    }
    let support = plate.support.ok_or(Refusal::Missing { what: "the support (rigid or flexible) on the nameplate" })?;
    if FANS.contains(&template) && kw <= LARGE_KW && support == Support::Flexible {
        return Err(Refusal::Fan);
    }
    let large = kw > LARGE_KW || plate.shaft_height_mm.is_some_and(|h| h >= 315.0);
    Ok((if large { Group::One } else { Group::Two }, support))
}

/// The zone boundaries A/B, B/C and C/D, mm/s r.m.s.
pub const fn boundaries(group: Group, support: Support) -> [f64; 3] {
    match (group, support) {
        (Group::One, Support::Rigid) | (Group::Two, Support::Flexible) => [2.3, 4.5, 7.1],
        (Group::One, Support::Flexible) => [3.5, 7.1, 11.0],
        (Group::Two, Support::Rigid) => [1.4, 2.8, 4.5],
    }
}

/// The zone of a velocity; a boundary belongs to the better zone.
pub fn zone(velocity_mm_s: f64, group: Group, support: Support) -> Zone {
    let [ab, bc, cd] = boundaries(group, support);
    match velocity_mm_s {
        v if v <= ab => Zone::A,
        v if v <= bc => Zone::B,
        v if v <= cd => Zone::C,
        _ => Zone::D,
    }
}

/// `ISO 10816-3:2009 group 2 rigid`.
pub fn source(group: Group, support: Support) -> String {
    let group = if group == Group::One { 1 } else { 2 };
    let support = if support == Support::Rigid { "rigid" } else { "flexible" };
    format!("{EDITION} group {group} {support}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::{AssetId, AssetPath, Level, Nameplate};

    fn fan(power_kw: Option<f64>, speed_rpm: Option<f64>, template: &str) -> Asset {
        Asset {
            id: AssetId::new(1),
            path: AssetPath::new("acme/fan").unwrap(),
            level: Level::Asset,
            name: String::new(),
            template: Some(template.into()),
            nameplate: Nameplate { power_kw, speed_rpm, support: Some(Support::Rigid), ..Nameplate::default() },
            learning: None,
        }
    }

    #[test]
    fn zones_of_the_golden_table() {
        assert_eq!(zone(4.5, Group::One, Support::Rigid), Zone::B);
        assert_eq!(zone(4.5, Group::Two, Support::Rigid), Zone::C);
        assert_eq!(zone(4.5, Group::Two, Support::Flexible), Zone::B);
    }

    #[test]
    fn slow_machines_are_heard_from_2_hz_on() {
        let low = |rpm| band_hz(rpm).0;
        assert!(low(Some(599.0)) < 3.0 && low(Some(600.0)) > 9.0 && low(None) > 9.0);
    }

    #[test]
    fn what_the_standard_does_not_cover_is_refused() {
        assert_eq!(classify(&fan(Some(90.0), Some(1480.0), "fan")), Ok((Group::Two, Support::Rigid)));
        assert_eq!(classify(&fan(Some(400.0), Some(1480.0), "fan")).unwrap().0, Group::One);
        for kind in ["pump", "compressor", "reciprocating_compressor", "gearbox", "cnc_spindle", "conveyor", "furnace"]
        {
            assert!(matches!(classify(&fan(Some(90.0), Some(1480.0), kind)), Err(Refusal::Template { .. })), "{kind}");
        }
        let flexible = |kw, kind| {
            let mut asset = fan(Some(kw), Some(1480.0), kind);
            asset.nameplate.support = Some(Support::Flexible);
            classify(&asset)
        };
        assert_eq!(flexible(300.0, "fan"), Err(Refusal::Fan));
        assert_eq!(flexible(301.0, "fan"), Ok((Group::One, Support::Flexible)));
        assert_eq!(flexible(90.0, "motor"), Ok((Group::Two, Support::Flexible)));
        let unknown = Asset { template: None, ..fan(Some(90.0), Some(1480.0), "fan") };
        assert!(matches!(classify(&unknown), Err(Refusal::Missing { .. })), "it may be a pump");
        assert!(matches!(classify(&fan(Some(14.9), Some(1480.0), "fan")), Err(Refusal::Power { .. })));
        assert!(matches!(classify(&fan(Some(90.0), Some(119.0), "fan")), Err(Refusal::Speed { .. })));
        assert!(matches!(classify(&fan(Some(90.0), Some(15_001.0), "fan")), Err(Refusal::Speed { .. })));
        assert!(matches!(classify(&fan(None, Some(1480.0), "fan")), Err(Refusal::Missing { .. })));
    }
}
