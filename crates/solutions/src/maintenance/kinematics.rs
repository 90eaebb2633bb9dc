//! What turns in a machine and how fast: the one rule of the operators and of the pages.

use std::time::Duration;

use gemba_learn::wave::bearing::{self, DefectFrequencies, Geometry};
use gemba_learn::wave::current::pole_pairs;
use gemba_learn::wave::rotor::{Rotation, meshes};
use gemba_plant::{Asset, BearingGeometry, BearingOrders, Nameplate, Role, Signal, SignalKind, Timestamp};

/// How old a measured speed may be when a waveform begins.
pub const SPEED_AGE_MAX: Duration = Duration::from_mins(2);
/// Below this share of the rated speed a shaft stands; without a rated speed below half a turn a second.
const STANDS_SHARE: f64 = 0.05;
const STANDS_HZ: f64 = 0.5;
/// Frequencies of the mains, Hz, of which one feeds the motor when the nameplate does not tell.
const MAINS_HZ: [f64; 2] = [50.0, 60.0];
/// How far real lines lie off the computed ones: speeds are read coarsely, and rolling elements slip.
const SHAFT_OFF: f64 = 0.005;
const BEARING_OFF: f64 = 0.02;
/// Multiples that are looked at.
const SHAFT_HARMONICS: u32 = 10;
const BEARING_HARMONICS: u32 = 5;
const GEAR_HARMONICS: u32 = 3;

/// How fast the shaft turns when a waveform begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shaft {
    /// Measured within [`SPEED_AGE_MAX`], Hz.
    Measured(f64),
    /// The rated speed, Hz: nothing was measured then.
    Rated(f64),
    /// Measured, and it stands.
    Stands,
    /// Nothing tells.
    Unknown,
}

impl Shaft {
    /// From what was measured last, Hz, and when; the nameplate's rated speed where nothing was.
    pub fn at(start: Timestamp, measured: Option<(Timestamp, f64)>, plate: &Nameplate) -> Self {
        let rated = plate.speed_rpm.map(|rpm| rpm / 60.0).filter(|hz| *hz > 0.0);
        let age_max = i64::try_from(SPEED_AGE_MAX.as_micros()).unwrap_or(i64::MAX);
        let fresh = |time: Timestamp| start.micros().saturating_sub(time.micros()).saturating_abs() <= age_max;
        match (measured.filter(|(time, _)| fresh(*time)), rated) {
            (Some((_, hz)), _) if hz.abs() < rated.map_or(STANDS_HZ, |rated| STANDS_SHARE * rated) => Self::Stands,
            (Some((_, hz)), _) => Self::Measured(hz.abs()),
            (None, Some(hz)) => Self::Rated(hz),
            (None, None) => Self::Unknown,
        }
    }

    /// Its speed, Hz; none when it stands or nothing tells.
    pub const fn hz(&self) -> Option<f64> {
        match self {
            Self::Measured(hz) | Self::Rated(hz) => Some(*hz),
            Self::Stands | Self::Unknown => None,
        }
    }
}

/// The factor to Hz of a signal that tells how fast a shaft turns; none when it is no such signal.
pub fn speed_factor(signal: &Signal) -> Option<f64> {
    match (signal.role, signal.kind, signal.unit.ucum()) {
        (Role::Speed, SignalKind::Gauge, "/min") => Some(1.0 / 60.0),
        (Role::Speed, SignalKind::Gauge, "Hz") => Some(1.0),
        _ => None,
    }
}

/// The bearing of a nameplate.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownBearing {
    /// What to call it.
    pub name: String,
    /// Its defect frequencies at one turn a second.
    pub orders: DefectFrequencies,
    /// Who says so.
    pub source: String,
}

/// The bearing at the drive end: the nameplate's own defect frequencies, its own geometry, or the catalogue's.
///
/// # Errors
/// What is missing, in words.
pub fn bearing_of(plate: &Nameplate) -> Result<KnownBearing, String> {
    let name = || plate.bearing.clone().unwrap_or_else(|| "bearing".into());
    if let Some(BearingOrders { bpfo, bpfi, bsf, ftf }) = plate.bearing_orders {
        let orders = DefectFrequencies { outer: bpfo, inner: bpfi, ball: bsf, cage: ftf };
        return Ok(KnownBearing { name: name(), orders, source: "the nameplate's defect frequencies".into() });
    }
    if let Some(BearingGeometry { balls, ball_mm, pitch_mm, angle_deg }) = plate.bearing_geometry {
        let geometry = Geometry { balls: f64::from(balls), ball: ball_mm, pitch: pitch_mm, angle_deg };
        return Ok(KnownBearing {
            name: name(),
            orders: geometry.frequencies(1.0),
            source: "the nameplate's geometry".into(),
        });
    }
    match plate.bearing.as_deref() {
        Some(text) => match bearing::find(text) {
            Some(known) => {
                let source = known.source.to_owned();
                Ok(KnownBearing { name: text.to_owned(), orders: known.geometry.frequencies(1.0), source })
            }
            None => Err(format!(
                "the catalogue does not know the bearing {text}: write its geometry or its defect frequencies on the nameplate"
            )),
        },
        None => Err("no bearing is on the nameplate".into()),
    }
}

/// What is known of the rotation at a speed, for the families of lines that faults are known by.
pub fn rotation(plate: &Nameplate, shaft_hz: f64) -> Rotation {
    let stages: Vec<(f64, f64)> = plate.gears.iter().map(|g| (f64::from(g.driving), f64::from(g.driven))).collect();
    Rotation {
        shaft_hz,
        meshes: meshes(&stages, shaft_hz),
        blades: plate.blades.map(f64::from),
        mains_hz: plate.mains_hz.map_or_else(|| MAINS_HZ.to_vec(), |hz| vec![hz]),
    }
}

/// Pairs of poles of the motor on the shaft: the nameplate's, or of a motor those that its rated speed tells.
pub fn poles(asset: &Asset, mains_hz: f64) -> Option<f64> {
    let plate = &asset.nameplate;
    let motor = asset.template.as_deref() == Some("motor");
    let told = || plate.speed_rpm.filter(|_| motor).and_then(|rpm| pole_pairs(mains_hz, rpm / 60.0));
    plate.pole_pairs.map(f64::from).or_else(told)
}

/// A frequency at which something turns, strikes or pulls.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// `1×`, `BPFO`, `GMF`, `2×mains` …
    pub name: String,
    /// What it is, in words.
    pub about: String,
    /// Its fundamental, Hz.
    pub hz: f64,
    /// Multiples that are looked at.
    pub harmonics: u32,
    /// How far a real line may lie off, as a share of its frequency.
    pub off: f64,
}

/// Everything that is expected of a machine at a speed.
pub fn expected(asset: &Asset, shaft: Shaft) -> Vec<Expected> {
    let plate = &asset.nameplate;
    let line = |name: &str, about: &str, hz: f64, harmonics: u32, off: f64| Expected {
        name: name.to_owned(),
        about: about.to_owned(),
        hz,
        harmonics,
        off,
    };
    let turning = |name: &str, about: &str, hz, harmonics| line(name, about, hz, harmonics, SHAFT_OFF);
    let mut all = Vec::new();
    if let Some(hz) = shaft.hz() {
        all.push(turning("1×", "one turn of the shaft", hz, SHAFT_HARMONICS));
        if let Ok(known) = bearing_of(plate) {
            let f = known.orders.times(hz);
            let rolling = |name: &str, about: &str, hz| line(name, about, hz, BEARING_HARMONICS, BEARING_OFF);
            all.push(rolling("BPFO", "balls over a pit in the outer race", f.outer));
            all.push(rolling("BPFI", "balls over a pit in the inner race", f.inner));
            all.push(rolling("2×BSF", "a pit in a ball, striking both races", 2.0 * f.ball));
            all.push(rolling("FTF", "one turn of the cage", f.cage));
        }
        let rotation = rotation(plate, hz);
        for (stage, mesh) in rotation.meshes.iter().enumerate() {
            all.push(turning(&mesh.name, "teeth that mesh", mesh.hz, GEAR_HARMONICS));
            let name = format!("Shaft {}", stage + 2);
            all.push(turning(&name, "one turn of the driven shaft", mesh.driven_hz, GEAR_HARMONICS));
        }
        if let Some(blades) = rotation.blades {
            all.push(turning("Blades", "blades passing", blades * hz, GEAR_HARMONICS));
        }
    }
    all.extend(plate.mains_hz.map(|hz| turning("2×mains", "the pull of the motor's field", 2.0 * hz, 2)));
    if let (Shaft::Measured(hz), Some(mains)) = (shaft, plate.mains_hz) {
        let pull = poles(asset, mains).map(|pairs| 2.0 * pairs * (mains / pairs - hz)).filter(|pull| *pull > 0.0);
        all.extend(pull.map(|pull| turning("Pole pass", "a pole of the field over a bar: slip times poles", pull, 2)));
    }
    all
}

#[cfg(test)]
mod tests {
    use gemba_plant::{AssetId, AssetPath, GearStage, Level};

    use super::*;

    fn machine(nameplate: Nameplate) -> Asset {
        let path = AssetPath::new("acme/gear").unwrap();
        let template = Some("motor".into());
        Asset {
            id: AssetId::new(1),
            path,
            level: Level::Asset,
            name: String::new(),
            template,
            nameplate,
            learning: None,
        }
    }

    #[test]
    fn a_speed_counts_for_two_minutes_and_a_shaft_that_stands_has_none() {
        let plate = Nameplate { speed_rpm: Some(1500.0), ..Nameplate::default() };
        let at = |s| Timestamp::from_secs(s);
        assert_eq!(Shaft::at(at(1000), Some((at(900), 24.0)), &plate), Shaft::Measured(24.0));
        assert_eq!(Shaft::at(at(1000), Some((at(879), 24.0)), &plate), Shaft::Rated(25.0));
        assert_eq!(Shaft::at(at(1000), Some((at(990), 0.5)), &plate), Shaft::Stands);
        assert_eq!(Shaft::at(at(1000), None, &Nameplate::default()), Shaft::Unknown);
        assert_eq!((Shaft::Stands.hz(), Shaft::Unknown.hz()), (None, None));
    }

    #[test]
    fn the_nameplates_own_bearing_goes_before_the_catalogue() {
        let named = Nameplate { bearing: Some("6205-2RS".into()), ..Nameplate::default() };
        assert!((bearing_of(&named).unwrap().orders.outer - 3.5848).abs() < 1e-3);
        let geometry = BearingGeometry { balls: 8, ball_mm: 2.0, pitch_mm: 12.0, angle_deg: 15.0 };
        let own = Nameplate { bearing_geometry: Some(geometry), ..named.clone() };
        assert!((bearing_of(&own).unwrap().orders.outer * 25.0 - 83.901).abs() < 1e-3);
        let orders = BearingOrders { bpfo: 3.05, bpfi: 4.95, bsf: 1.99, ftf: 0.38 };
        let told = Nameplate { bearing_orders: Some(orders), ..own };
        assert!((bearing_of(&told).unwrap().orders.inner - 4.95).abs() < 1e-9);
        let strange = Nameplate { bearing: Some("X-1".into()), ..Nameplate::default() };
        assert!(bearing_of(&strange).unwrap_err().contains("write its geometry"));
    }

    #[test]
    fn gears_blades_and_mains_are_expected() {
        let asset = machine(Nameplate {
            speed_rpm: Some(1470.0),
            gears: vec![GearStage { driving: 17, driven: 53 }, GearStage { driving: 19, driven: 71 }],
            blades: Some(6),
            mains_hz: Some(50.0),
            ..Nameplate::default()
        });
        let all = expected(&asset, Shaft::Measured(24.5));
        let hz = |name: &str| all.iter().find(|e| e.name == name).unwrap_or_else(|| panic!("{name}")).hz;
        assert!((hz("GMF 1") - 17.0 * 24.5).abs() < 1e-9 && (hz("GMF 2") - 24.5 * 17.0 / 53.0 * 19.0).abs() < 1e-9);
        assert!((hz("Shaft 3") - 24.5 * 17.0 / 53.0 * 19.0 / 71.0).abs() < 1e-9);
        assert!((hz("Blades") - 147.0).abs() < 1e-9 && (hz("2×mains") - 100.0).abs() < 1e-9);
        // half a hertz of slip, four poles
        assert!((hz("Pole pass") - 2.0).abs() < 1e-9);
        assert!(expected(&asset, Shaft::Stands).iter().all(|e| e.name == "2×mains"));
    }
}
