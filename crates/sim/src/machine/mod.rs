//! The machines: one file each, physics beside the table of its signals.
//!
//! A machine is told the state of its surroundings every [`crate::STEP_MS`] and answers with true values; what
//! sensors make of them is none of its business.

mod bearing;
mod chiller;
mod compressor;
mod conveyor;
mod fan;
mod furnace;
mod motor;
mod press;
mod pump;
mod spindle;
mod vehicle;

use gemba_plant::{BearingGeometry, Level, Nameplate};

use crate::spec::{AssetSpec, DoorKind, SignalSpec};
use crate::vibration::{Bearing, Shaking};
use crate::{Fault, FaultKind};

/// What a machine is told in each step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    /// Length of the step in seconds.
    pub(crate) dt: f64,
    /// The same for everything that heat does, which may run faster than the rest.
    pub(crate) thermal_dt: f64,
    /// Temperature around, °C.
    pub(crate) ambient: f64,
    /// How much work there is, 0–1.
    pub(crate) load: f64,
    /// How many times more a battery ages with each tour than in life.
    pub(crate) ageing: f64,
    /// Which product runs: 0, 1 or 2.
    pub(crate) product: usize,
    /// Faults of the machine's assets and how bad they are.
    pub(crate) faults: &'a [(&'a Fault, f64)],
}

impl Surroundings<'_> {
    /// How bad a fault of the asset with this last path segment is; 0 when there is none.
    pub(crate) fn fault(&self, asset: &str, kind: FaultKind) -> f64 {
        let hit = |fault: &Fault| fault.kind == kind && fault.asset.rsplit('/').next() == Some(asset);
        self.faults.iter().filter(|(fault, _)| hit(fault)).map(|(_, severity)| *severity).fold(0.0, f64::max)
    }

    /// The value for the product that runs.
    pub(crate) fn by_product(&self, values: [f64; 3]) -> f64 {
        values.get(self.product).copied().unwrap_or_default()
    }
}

/// A machine, which may be several assets (a pump and its motor).
pub(crate) trait Machine: Send + std::fmt::Debug {
    /// Moves on by one step.
    fn step(&mut self, around: &Surroundings<'_>);
    /// True values in the order of the machine's assets and their signals, waveforms left out.
    fn read(&self, out: &mut Vec<f64>);
    /// What shakes the asset with this number.
    fn shaking(&self, asset: usize) -> Shaking;
    /// The asset with this number was put in anew in the last step, worn out as it was.
    fn renewed(&self) -> Option<usize> {
        None
    }
}

/// A machine with the description of its assets.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) assets: Vec<AssetSpec>,
    pub(crate) bearing: Bearing,
    pub(crate) machine: Box<dyn Machine>,
}

/// All machines of the plant.
pub(crate) fn all(seed: u64) -> Vec<Unit> {
    vec![
        pump::first(seed),
        pump::second(seed),
        compressor::unit(seed),
        chiller::unit(seed),
        fan::unit(seed),
        spindle::unit(seed),
        conveyor::unit(seed),
        furnace::unit(seed),
        press::unit(seed),
        vehicle::unit(seed),
    ]
}

/// An asset of the level of machines.
fn machine(
    path: &str,
    title: (&'static str, &'static str),
    nameplate: Nameplate,
    signals: Vec<SignalSpec>,
) -> AssetSpec {
    let (name, template) = title;
    AssetSpec {
        path: format!("acme/north/{path}"),
        level: Level::Asset,
        name,
        template: Some(template),
        nameplate,
        door: DOORS.iter().find(|(area, _)| path.starts_with(area)).map(|(_, door)| *door),
        signals,
    }
}

/// Which protocol each area speaks.
const DOORS: [(&str, DoorKind); 5] = [
    ("water/", DoorKind::Opcua),
    ("utilities/", DoorKind::Modbus),
    ("machining/", DoorKind::Sparkplug),
    ("heat/", DoorKind::Mqtt),
    ("plastics/", DoorKind::Mqtt),
];

/// A nameplate with rated power, speed and bearing, whose geometry stands in the machine's papers.
fn plate(model: &str, power_kw: f64, speed_rpm: f64, bearing: &Bearing) -> Nameplate {
    Nameplate {
        power_kw: Some(power_kw),
        speed_rpm: Some(speed_rpm),
        support: Some(gemba_plant::Support::Rigid),
        manufacturer: Some("Acme Virtual Machines".into()),
        model: Some(model.into()),
        serial_number: Some(format!("AVM-{model}-001")),
        bearing: Some(bearing.designation.into()),
        bearing_geometry: Some(BearingGeometry {
            balls: bearing.elements,
            ball_mm: bearing.ball_mm,
            pitch_mm: bearing.pitch_mm,
            angle_deg: 0.0,
        }),
        mains_hz: Some(50.0),
        ..Nameplate::default()
    }
}
