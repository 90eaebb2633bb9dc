//! Sensors that fall silent: where a door tells only what changed (OPC UA, Sparkplug), a sensor that is stuck says nothing more.

use std::collections::BTreeMap;

use gemba_plant::port::Outlet;
use gemba_plant::{Sample, SignalId, Timestamp};
use serde::{Deserialize, Serialize};

use super::SensorHealth;
use super::state::{Sensor, Trouble};

/// A sensor is stuck once it has been silent for so many times its longest silence while learned …
const SILENT_TIMES: u32 = 5;
/// … and for so many rows.
const SILENT_MIN: u32 = 30;
/// One that was ever silent for more rows than these while learned speaks when it likes.
const LIVELY_MAX: u32 = 60;

/// When a sensor speaks. Silence is counted in rows in which another one of its connection spoke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pulse {
    spoke: bool,
    silence: u32,
    /// The longest silence while its values were learned.
    longest: u32,
}

impl Pulse {
    /// It speaks.
    pub(super) fn hear(&mut self) {
        self.spoke = true;
    }

    /// A row is over in which others spoke or did not.
    fn row(&mut self, others: bool) {
        if std::mem::take(&mut self.spoke) {
            self.silence = 0;
        } else if others {
            self.silence = self.silence.saturating_add(1);
        }
    }

    /// What it does now is healthy.
    fn learn(&mut self) {
        self.longest = self.longest.max(self.silence);
    }

    fn is_lively(self) -> bool {
        self.longest <= LIVELY_MAX
    }

    /// Whether it speaks as often as it did.
    fn goes_on(self) -> bool {
        self.silence <= self.longest
    }

    fn is_silent(self) -> bool {
        self.silence >= SILENT_MIN.max(SILENT_TIMES * self.longest)
    }
}

impl SensorHealth {
    /// A row is over: tells of sensors that have fallen silent while the others of their connection went on, and keeps what
    /// stands for those that are.
    pub(super) fn silence(&mut self, time: i64, out: &mut Outlet) {
        let now = Timestamp::from_micros(time);
        for (id, rows) in self.silent() {
            let lasted = self.relations.as_ref().map_or(0, |r| r.lasts(rows));
            let since = Timestamp::from_micros(time.saturating_sub(lasted));
            self.begin(&[id], (Trouble::Silent, since), now, out);
        }
        let silent = self.sensors.iter().filter(|(_, s)| matches!(s.trouble, Some((Trouble::Silent, _))));
        let instead: Vec<Sample> = silent.map(|(id, _)| self.instead(Sample::good(*id, now, f64::NAN))).collect();
        self.spoken.extend(instead);
    }

    /// Those that have fallen silent, and for how many rows they have been.
    fn silent(&mut self) -> Vec<(SignalId, u32)> {
        let mut found = Vec::new();
        for line in &self.lines {
            count(&mut self.sensors, line);
            found.extend(silent_of(&self.sensors, line));
        }
        found
    }
}

type Sensors = BTreeMap<SignalId, Sensor>;

/// Counts a row for the sensors of one connection.
fn count(sensors: &mut Sensors, line: &[SignalId]) {
    let spoke = line.iter().filter(|id| sensors.get(id).is_some_and(|s| s.pulse.spoke)).count();
    for id in line {
        let Some(sensor) = sensors.get_mut(id) else { continue };
        sensor.pulse.row(spoke > usize::from(sensor.pulse.spoke));
        if sensor.watch().is_none() {
            sensor.pulse.learn();
        }
    }
}

/// The sensors of one connection that have fallen silent, while half of the others at least speak as they did.
fn silent_of(sensors: &Sensors, line: &[SignalId]) -> Vec<(SignalId, u32)> {
    let known = |id: &SignalId| sensors.get(id).filter(|s| s.watch().is_some() && s.pulse.is_lively());
    let lively = || line.iter().filter_map(|id| Some((*id, known(id)?)));
    let go_on = lively().filter(|(_, s)| s.pulse.goes_on()).count();
    if go_on == 0 || 2 * go_on + 1 < lively().count() {
        return Vec::new();
    }
    let silent = lively().filter(|(_, s)| s.trouble.is_none() && s.pulse.is_silent());
    silent.map(|(id, s)| (id, s.pulse.silence)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_counts_only_while_others_speak() {
        let mut pulse = Pulse::default();
        for row in 0..100 {
            if row % 4 == 0 {
                pulse.hear();
            }
            pulse.row(true);
            pulse.learn();
        }
        assert!((pulse.longest, pulse.is_lively(), pulse.goes_on()) == (3, true, true), "{pulse:?}");
        for _ in 0..1_000 {
            pulse.row(false);
        }
        assert!(!pulse.is_silent() && pulse.goes_on());
        for _ in 0..27 {
            pulse.row(true);
        }
        assert!(pulse.is_silent() && !pulse.goes_on(), "{pulse:?}");
        pulse.hear();
        pulse.row(true);
        assert!(!pulse.is_silent());
    }
}
