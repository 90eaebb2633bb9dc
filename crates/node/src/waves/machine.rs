//! What is known of the machine that a waveform comes from: how fast it turns, which bearing it has.

use std::time::Duration;

use gemba_learn::wave::bearing::{self, DefectFrequencies};
use gemba_learn::wave::peaks::Expected;
use gemba_plant::port::Past as _;
use gemba_plant::{Role, Signal, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::node::Core;

/// How old a measured speed may be when the waveform begins.
const SPEED_AGE_MAX: Duration = Duration::from_mins(2);
/// How far real lines lie off: speeds are read coarsely, and rolling elements slip.
const SHAFT_OFF: f64 = 0.005;
const BEARING_OFF: f64 = 0.02;
const SHAFT_HARMONICS: u32 = 10;
const BEARING_HARMONICS: u32 = 5;

/// A frequency at which a fault would show.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FaultLine {
    /// `1×`, `BPFO`, `BPFI`, `2×BSF`, `FTF`.
    pub name: String,
    /// What it is, in words.
    pub about: String,
    /// Its fundamental, Hz.
    pub hz: f64,
}

/// What is known of the machine at the time of a waveform.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Machine {
    /// Speed of the shaft, Hz; none when nothing tells it.
    pub shaft_hz: Option<f64>,
    /// Where the speed comes from, in words; what is missing when there is none.
    pub shaft_from: String,
    /// The bearing of the nameplate, when the catalogue knows it.
    pub bearing: Option<String>,
    /// Who says what its geometry is; what is missing when there is none.
    pub bearing_from: String,
    /// Where faults would show.
    pub lines: Vec<FaultLine>,
    #[serde(skip)]
    #[schemars(skip)]
    pub(super) defects: Option<DefectFrequencies>,
}

impl Machine {
    /// The machine of a waveform signal when the waveform begins.
    pub(super) fn of(core: &Core, signal: &Signal, at: Timestamp) -> Self {
        let catalogue = core.registry.catalogue();
        let plate = catalogue.asset(signal.asset).map(|a| a.nameplate.clone()).unwrap_or_default();
        let speed = catalogue
            .signals()
            .find(|s| s.asset == signal.asset && s.role == Role::Speed && matches!(s.unit.ucum(), "/min" | "Hz"))
            .cloned();
        let measured = speed.and_then(|speed| Some((speed_at(core, &speed, at)?, speed.name)));
        let (shaft_hz, shaft_from) = match (measured, plate.speed_rpm) {
            (Some((hz, name)), _) => (Some(hz), format!("measured: {name}")),
            (None, Some(rpm)) => (Some(rpm / 60.0), "the nameplate's rated speed: none was measured then".to_owned()),
            (None, None) => (None, "no speed is measured and none is on the nameplate".to_owned()),
        };
        let known = plate.bearing.as_deref().and_then(bearing::find);
        let bearing_from = match (&plate.bearing, known) {
            (_, Some(known)) => known.source.to_owned(),
            (Some(name), None) => format!("the catalogue does not know the bearing {name}"),
            (None, None) => "no bearing is on the nameplate".to_owned(),
        };
        let defects = known.zip(shaft_hz).map(|(known, hz)| known.geometry.frequencies(hz));
        Self {
            lines: lines(shaft_hz, defects.as_ref()),
            bearing: known.map(|known| known.name.to_owned()),
            shaft_hz,
            shaft_from,
            bearing_from,
            defects,
        }
    }

    /// What may be expected in a spectrum.
    pub(super) fn expected(&self) -> Vec<Expected> {
        let expected = |line: &FaultLine| {
            let shaft = line.name == SHAFT;
            let (harmonics, off) = if shaft { (SHAFT_HARMONICS, SHAFT_OFF) } else { (BEARING_HARMONICS, BEARING_OFF) };
            Expected { name: line.name.clone(), hz: line.hz, harmonics, off }
        };
        self.lines.iter().map(expected).collect()
    }
}

const SHAFT: &str = "1×";

/// The last usable speed before the waveform begins, Hz.
fn speed_at(core: &Core, speed: &Signal, at: Timestamp) -> Option<f64> {
    let range = TimeRange::new(at.minus(SPEED_AGE_MAX), Timestamp::from_micros(at.micros().saturating_add(1)));
    let past = core.store.samples(&[speed.id], range).ok()?;
    let rows = past.filter_map(Result::ok).flat_map(|batch| batch.rows().collect::<Vec<_>>());
    let last = rows.filter(|s| s.quality.usable() && s.value > 0.0).last()?;
    Some(if speed.unit.ucum() == "/min" { last.value / 60.0 } else { last.value })
}

fn lines(shaft_hz: Option<f64>, defects: Option<&DefectFrequencies>) -> Vec<FaultLine> {
    let line = |name: &str, about: &str, hz| FaultLine { name: name.to_owned(), about: about.to_owned(), hz };
    let mut all: Vec<FaultLine> = shaft_hz.into_iter().map(|hz| line(SHAFT, "one turn of the shaft", hz)).collect();
    if let Some(f) = defects {
        all.push(line("BPFO", "balls over a pit in the outer race", f.outer));
        all.push(line("BPFI", "balls over a pit in the inner race", f.inner));
        all.push(line("2×BSF", "a pit in a ball, striking both races", 2.0 * f.ball));
        all.push(line("FTF", "one turn of the cage", f.cage));
    }
    all
}
