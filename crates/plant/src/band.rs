//! Bands of a waveform's spectrum that a person watches.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetPath, Limits};

/// The longest name, bytes.
const NAME_MAX: usize = 60;

/// In what the edges of a band are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BandUnit {
    /// Hz.
    #[default]
    Hz,
    /// Turns of the shaft: the band follows its speed.
    Orders,
}

/// Of what the r.m.s. of a band is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BandQuantity {
    /// Of the samples as they are, in the waveform's unit.
    #[default]
    Amplitude,
    /// Of the velocity that acceleration integrates to, mm/s.
    Velocity,
}

/// A band of a waveform's spectrum: its r.m.s. is a signal with a trend, and may have limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Its name below the waveform: `gear_mesh` becomes the signal `WAVE/band_gear_mesh`.
    pub name: String,
    /// Its lower edge, in `unit`, 0 or more.
    pub from: f64,
    /// Its upper edge, above the lower one.
    pub to: f64,
    /// In what the edges are told. Default `hz`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unit: BandUnit,
    /// Of what the r.m.s. is taken. Default `amplitude`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub of: BandQuantity,
    /// Limits of the r.m.s., in the waveform's unit, or in mm/s for velocity. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Band {
    /// The last part of the name of the signal that its r.m.s. is.
    pub fn signal(&self) -> String {
        format!("band_{}", self.name)
    }

    /// Its edges, Hz; none when they follow a shaft that stands or whose speed nobody knows.
    pub fn edges_hz(&self, shaft_hz: Option<f64>) -> Option<(f64, f64)> {
        let factor = match self.unit {
            BandUnit::Hz => 1.0,
            BandUnit::Orders => shaft_hz.filter(|hz| *hz > 0.0)?,
        };
        Some((self.from * factor, self.to * factor))
    }

    /// What it is, for people: `velocity r.m.s. from 0.8 to 1.5 turns of the shaft`.
    pub fn about(&self) -> String {
        let of = match self.of {
            BandQuantity::Amplitude => "",
            BandQuantity::Velocity => "velocity ",
        };
        let unit = match self.unit {
            BandUnit::Hz => "Hz",
            BandUnit::Orders => "turns of the shaft",
        };
        format!("{of}r.m.s. from {} to {} {unit}", self.from, self.to)
    }

    /// What is wrong with it by itself: the field, what, and what to write instead.
    pub fn faults(&self) -> Vec<(&'static str, String, &'static str)> {
        let mut faults = Vec::new();
        if AssetPath::new(&self.name).is_err() || self.name.contains('/') || self.name.len() > NAME_MAX {
            let what = format!("name \"{}\" has a character outside a-z, 0-9, _ and -, none, or too many", self.name);
            faults.push(("name", what, "write it like gear_mesh"));
        }
        if !(self.from >= 0.0 && self.from.is_finite()) {
            faults.push(("from", format!("from is {}", self.from), "write 0 or more"));
        } else if !(self.to > self.from && self.to.is_finite()) {
            faults.push(("to", format!("to is {}, from is {}", self.to, self.from), "write to above from"));
        }
        faults.extend(self.limits.iter().flat_map(Limits::faults).map(|(_, what, cure)| ("limits", what, cure)));
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band() -> Band {
        let limits = Some(Limits { high: Some(2.0), high_high: Some(4.0), ..Limits::default() });
        Band {
            name: "gear_mesh".into(),
            from: 16.5,
            to: 17.5,
            unit: BandUnit::Orders,
            of: BandQuantity::Velocity,
            limits,
        }
    }

    #[test]
    fn a_band_in_orders_follows_the_shaft() {
        assert_eq!(band().edges_hz(Some(10.0)), Some((165.0, 175.0)));
        assert_eq!((band().edges_hz(None), band().edges_hz(Some(0.0))), (None, None));
        let fixed = Band { unit: BandUnit::Hz, ..band() };
        assert_eq!(fixed.edges_hz(None), Some((16.5, 17.5)));
        assert_eq!(band().about(), "velocity r.m.s. from 16.5 to 17.5 turns of the shaft");
        assert_eq!(Band { of: BandQuantity::Amplitude, ..fixed }.about(), "r.m.s. from 16.5 to 17.5 Hz");
    }

    #[test]
    fn what_is_wrong_with_a_band_is_told_by_field() {
        assert_eq!(band().faults(), vec![]);
        let wrong = Limits { high: Some(5.0), high_high: Some(4.0), ..Limits::default() };
        for (bad, field) in [
            (Band { name: "Gear mesh".into(), ..band() }, "name"),
            (Band { name: String::new(), ..band() }, "name"),
            (Band { name: "a/b".into(), ..band() }, "name"),
            (Band { from: -1.0, ..band() }, "from"),
            (Band { from: f64::NAN, ..band() }, "from"),
            (Band { to: 16.5, ..band() }, "to"),
            (Band { to: f64::INFINITY, ..band() }, "to"),
            (Band { limits: Some(wrong), ..band() }, "limits"),
        ] {
            let faults = bad.faults();
            assert_eq!(faults.iter().map(|(field, ..)| *field).collect::<Vec<_>>(), [field], "{bad:?}");
        }
    }
}
