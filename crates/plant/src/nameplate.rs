//! What is written on a machine and in its papers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a machine stands, for vibration limits (ISO 10816-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// First natural frequency at least 25 % above the main excitation.
    Rigid,
    /// Anything else.
    Flexible,
}

/// What is written on a machine and in its papers. All optional: what is missing is not guessed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Nameplate {
    /// Rated power in kW.
    pub power_kw: Option<f64>,
    /// Rated speed in r/min.
    pub speed_rpm: Option<f64>,
    /// Shaft height in mm (electrical machines).
    pub shaft_height_mm: Option<f64>,
    /// Rigid or flexible support.
    pub support: Option<Support>,
    /// Maker.
    pub manufacturer: Option<String>,
    /// Type designation.
    pub model: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Bearing designation at the drive end, such as `6205`.
    pub bearing: Option<String>,
    /// That bearing's defect frequencies as its maker's data sheet has them. They go before the geometry, and both before
    /// the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearing_orders: Option<BearingOrders>,
    /// That bearing's geometry, where the catalogue does not know it or the machine has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearing_geometry: Option<BearingGeometry>,
    /// Gear stages in the order of the power's way, the first driven by the shaft whose speed is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gears: Vec<GearStage>,
    /// Blades or vanes on the shaft: of an impeller, a fan, a screw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blades: Option<u32>,
    /// Pairs of poles of the motor on this shaft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pole_pairs: Option<u32>,
    /// Rated capacity of a battery, Ah.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity_ah: Option<f64>,
    /// Frequency of the mains that feeds it, Hz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mains_hz: Option<f64>,
}

/// Defect frequencies of a rolling bearing in turns of the shaft, inner race turning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BearingOrders {
    /// Ball pass, outer race.
    pub bpfo: f64,
    /// Ball pass, inner race.
    pub bpfi: f64,
    /// Ball spin; a damaged ball strikes at twice this.
    pub bsf: f64,
    /// Cage.
    pub ftf: f64,
}

/// Geometry of a rolling bearing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BearingGeometry {
    /// Rolling elements in a row.
    pub balls: u32,
    /// Diameter of a rolling element, mm.
    pub ball_mm: f64,
    /// Pitch diameter, mm: of the circle through the centres of the rolling elements.
    pub pitch_mm: f64,
    /// Contact angle, degrees. Default 0.
    #[serde(default)]
    pub angle_deg: f64,
}

/// Two wheels that mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GearStage {
    /// Teeth of the wheel that drives.
    pub driving: u32,
    /// Teeth of the wheel that is driven, on the next shaft.
    pub driven: u32,
}

/// Teeth, blades, balls and pole pairs at most: more is a slip of the pen.
const COUNT_MAX: u32 = 2_000;

impl Nameplate {
    /// What cannot be so, and what to write instead.
    pub fn faults(&self) -> Vec<(String, &'static str)> {
        let mut all = Vec::new();
        let mut check = |fine: bool, what: &str, cure| {
            if !fine {
                all.push((what.to_owned(), cure));
            }
        };
        let positive = |value: Option<f64>| value.is_none_or(|v| v.is_finite() && v > 0.0);
        let count = |value: u32| (1..=COUNT_MAX).contains(&value);
        check(positive(self.power_kw), "the rated power is not above 0", "write it in kW");
        check(positive(self.speed_rpm), "the rated speed is not above 0", "write it in r/min");
        check(positive(self.shaft_height_mm), "the shaft height is not above 0", "write it in mm");
        check(positive(self.capacity_ah), "the rated capacity is not above 0", "write it in Ah");
        let mains = self.mains_hz.is_none_or(|hz| (1.0..=1_000.0).contains(&hz));
        check(mains, "the frequency of the mains is outside 1 to 1000 Hz", "write it in Hz, such as 50");
        check(self.blades.is_none_or(count), "the number of blades is outside 1 to 2000", "count them");
        check(
            self.pole_pairs.is_none_or(count),
            "the pairs of poles are outside 1 to 2000",
            "half the number of poles",
        );
        let meshing = self.gears.iter().all(|g| count(g.driving) && count(g.driven));
        check(meshing, "a wheel has no teeth, or more than 2000", "write the teeth of each wheel that meshes");
        if let Some(g) = self.bearing_geometry {
            let rolls =
                count(g.balls) && g.ball_mm > 0.0 && g.pitch_mm > g.ball_mm && (0.0..90.0).contains(&g.angle_deg);
            let cure = "balls above 0, ball_mm above 0 and below pitch_mm, angle_deg from 0 to below 90";
            check(rolls, "the bearing's geometry cannot be", cure);
        }
        if let Some(o) = self.bearing_orders {
            let rolls = o.ftf > 0.0 && o.ftf < 1.0 && o.bsf > 0.0 && o.bpfo > o.ftf && o.bpfi > o.bpfo && o.bpfi < 1e3;
            let cure = "in turns of the shaft: 0 < ftf < 1, bpfo above ftf, bpfi above bpfo, bsf above 0";
            check(rolls, "the bearing's defect frequencies cannot be", cure);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_told() {
        let fine = Nameplate {
            gears: vec![GearStage { driving: 23, driven: 81 }],
            bearing_geometry: Some(BearingGeometry { balls: 9, ball_mm: 7.94, pitch_mm: 39.04, angle_deg: 0.0 }),
            bearing_orders: Some(BearingOrders { bpfo: 3.585, bpfi: 5.415, bsf: 2.357, ftf: 0.398 }),
            blades: Some(6),
            pole_pairs: Some(2),
            mains_hz: Some(50.0),
            ..Nameplate::default()
        };
        assert_eq!(fine.faults(), []);
        let wrong = Nameplate {
            gears: vec![GearStage { driving: 0, driven: 81 }],
            bearing_geometry: Some(BearingGeometry { balls: 9, ball_mm: 39.04, pitch_mm: 7.94, angle_deg: 0.0 }),
            bearing_orders: Some(BearingOrders { bpfo: 5.4, bpfi: 3.6, bsf: 2.4, ftf: 0.4 }),
            blades: Some(0),
            mains_hz: Some(f64::NAN),
            speed_rpm: Some(-1.0),
            capacity_ah: Some(0.0),
            ..Nameplate::default()
        };
        assert_eq!(wrong.faults().len(), 7, "{:?}", wrong.faults());
    }
}
