//! What is known of the machine that a waveform comes from: how fast it turns, which bearing and gears it has.

use std::time::Duration;

use gemba_learn::wave::bearing::DefectFrequencies;
use gemba_learn::wave::peaks::Expected;
use gemba_plant::port::Past as _;
use gemba_plant::{Asset, Signal, TimeRange, Timestamp};
use gemba_solutions::maintenance::kinematics::{self, SPEED_AGE_MAX, Shaft, bearing_of, speed_factor};
use schemars::JsonSchema;
use serde::Serialize;

use crate::node::Core;

/// A frequency at which a fault would show.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FaultLine {
    /// `1×`, `BPFO`, `BPFI`, `2×BSF`, `FTF`, `GMF`, `Shaft 2`, `Blades`, `2×mains`, `Pole pass`.
    pub name: String,
    /// What it is, in words.
    pub about: String,
    /// Its fundamental, Hz.
    pub hz: f64,
}

/// What is known of the machine at the time of a waveform.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Machine {
    /// Speed of the shaft, Hz; none when it stands or nothing tells.
    pub shaft_hz: Option<f64>,
    /// Where the speed comes from, in words; why there is none.
    pub shaft_from: String,
    /// The bearing, when its defect frequencies are known.
    pub bearing: Option<String>,
    /// Who says what its geometry is; what is missing when there is none.
    pub bearing_from: String,
    /// Where faults would show.
    pub lines: Vec<FaultLine>,
    #[serde(skip)]
    #[schemars(skip)]
    pub(super) known: Option<Known>,
}

/// The same for arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    pub(super) asset: Asset,
    pub(super) shaft: Shaft,
    pub(super) defects: Option<DefectFrequencies>,
    expected: Vec<Expected>,
}

impl Machine {
    /// The machine of a waveform signal when the waveform begins.
    pub(super) fn of(core: &Core, signal: &Signal, at: Timestamp) -> Self {
        let catalogue = core.registry.catalogue();
        let Some(asset) = catalogue.asset(signal.asset).cloned() else {
            let shaft_from = "nothing is known of the machine".to_owned();
            let bearing_from = shaft_from.clone();
            return Self { shaft_hz: None, shaft_from, bearing: None, bearing_from, lines: Vec::new(), known: None };
        };
        let speed = catalogue.signals_of(asset.id).find_map(|s| Some((s.clone(), speed_factor(s)?)));
        let back = TimeRange::new(at.minus(SPEED_AGE_MAX), Timestamp::from_micros(at.micros().saturating_add(1)));
        let last = speed.as_ref().and_then(|(speed, factor)| speeds(core, speed, *factor, back).last().copied());
        let shaft = Shaft::at(at, last, &asset.nameplate);
        let measured = speed.map(|(speed, _)| speed.name);
        let shaft_from = match (shaft, &measured) {
            (Shaft::Measured(_), Some(name)) => format!("measured: {name}"),
            (Shaft::Stands, Some(name)) => format!("it stands: {name}"),
            (Shaft::Rated(_), Some(name)) => {
                format!("the nameplate's rated speed: {name} told none in the two minutes before")
            }
            (Shaft::Rated(_), None) => "the nameplate's rated speed: none is measured".into(),
            _ => "no speed is measured and none is on the nameplate".to_owned(),
        };
        let bearing = bearing_of(&asset.nameplate);
        let expected = kinematics::expected(&asset, shaft);
        let line = |e: &kinematics::Expected| FaultLine { name: e.name.clone(), about: e.about.clone(), hz: e.hz };
        let wanted =
            |e: &kinematics::Expected| Expected { name: e.name.clone(), hz: e.hz, harmonics: e.harmonics, off: e.off };
        Self {
            shaft_hz: shaft.hz(),
            shaft_from,
            bearing: bearing.as_ref().ok().map(|known| known.name.clone()),
            bearing_from: bearing.as_ref().map_or_else(Clone::clone, |known| known.source.clone()),
            lines: expected.iter().map(line).collect(),
            known: Some(Known {
                defects: bearing.ok().zip(shaft.hz()).map(|(known, hz)| known.orders.times(hz)),
                expected: expected.iter().map(wanted).collect(),
                shaft,
                asset,
            }),
        }
    }

    /// What may be expected in a spectrum.
    pub(super) fn expected(&self) -> &[Expected] {
        self.known.as_ref().map(|known| known.expected.as_slice()).unwrap_or_default()
    }

    /// The bearing's defect frequencies, Hz.
    pub(super) fn defects(&self) -> Option<DefectFrequencies> {
        self.known.as_ref().and_then(|known| known.defects)
    }
}

/// The usable speeds of a range with their times, Hz.
fn speeds(core: &Core, speed: &Signal, factor: f64, range: TimeRange) -> Vec<(Timestamp, f64)> {
    let Ok(past) = core.store.samples(&[speed.id], range) else { return Vec::new() };
    let rows = past.filter_map(Result::ok).flat_map(|batch| batch.rows().collect::<Vec<_>>());
    rows.filter(|s| s.quality.usable() && s.value.is_finite()).map(|s| (s.time, s.value * factor)).collect()
}

/// How far before and after a block its speed is looked for: one reading on each side is enough.
const SPEED_AROUND: Duration = Duration::from_secs(30);

/// The measured speed at each sample of a block, Hz, straight between readings; none when there are not two, or none turns.
pub(super) fn speed_over(
    core: &Core,
    signal: &Signal,
    at: Timestamp,
    (len, rate_hz): (usize, f64),
) -> Option<Vec<f64>> {
    let catalogue = core.registry.catalogue();
    let (speed, factor) = catalogue.signals_of(signal.asset).find_map(|s| Some((s.clone(), speed_factor(s)?)))?;
    let end = at.plus(Duration::try_from_secs_f64(len as f64 / rate_hz).ok()?);
    let read = speeds(core, &speed, factor, TimeRange::new(at.minus(SPEED_AROUND), end.plus(SPEED_AROUND)));
    between(&read, at, (len, rate_hz))
}

fn between(read: &[(Timestamp, f64)], at: Timestamp, (len, rate_hz): (usize, f64)) -> Option<Vec<f64>> {
    let seconds = |time: Timestamp| (time.micros() - at.micros()) as f64 / 1e6;
    let (mut before, mut rest) = read.split_first()?;
    let mut after = rest.first()?;
    let mut all = Vec::with_capacity(len);
    for i in 0..len {
        let now = i as f64 / rate_hz;
        while seconds(after.0) <= now && rest.len() > 1 {
            (before, rest) = rest.split_first()?;
            after = rest.first()?;
        }
        let (from, to) = (seconds(before.0), seconds(after.0));
        let share = if to > from { ((now - from) / (to - from)).clamp(0.0, 1.0) } else { 1.0 };
        all.push(before.1 + (after.1 - before.1) * share);
    }
    all.iter().all(|hz| *hz > 0.0).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_runs_straight_between_its_readings() {
        let at = |ms: i64| Timestamp::from_millis(ms);
        let read = [(at(0), 20.0), (at(1000), 30.0), (at(2000), 20.0)];
        let speed = between(&read, at(500), (11, 10.0)).unwrap();
        assert!((speed[0] - 25.0).abs() < 1e-9 && (speed[5] - 30.0).abs() < 1e-9 && (speed[10] - 25.0).abs() < 1e-9);
        // before the first and after the last reading it stays
        assert!((between(&read, at(1900), (21, 10.0)).unwrap()[20] - 20.0).abs() < 1e-9);
        assert!(between(&read[..1], at(0), (3, 10.0)).is_none());
        assert!(between(&[(at(0), 0.0), (at(1000), 0.0)], at(0), (3, 10.0)).is_none());
    }
}
