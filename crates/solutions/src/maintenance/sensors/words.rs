//! Faults of sensors in words, and what stands in for them meanwhile.

use gemba_learn::cross::{LEVEL, Repair, SKILL_MIN};
use gemba_learn::sensor::SensorFault;
use gemba_plant::{
    Comparison, Contribution, Evidence, Finding, FindingKind, FindingState, Signal, SignalId, TimeRange, Timestamp,
};

use super::relations::Relations;
use super::state::Trouble;
use super::{NAME, virtual_name};
use crate::maintenance::normal::{number, said_time};

/// Values are told as finely as this many times the half-width of the interval.
const TOLD: f64 = 5.0;

/// What is to be said about a faulty sensor.
pub(super) struct Said<'a> {
    pub(super) signal: &'a Signal,
    pub(super) trouble: Trouble,
    pub(super) since: Timestamp,
    pub(super) now: Timestamp,
    pub(super) state: FindingState,
    pub(super) relations: Option<&'a Relations>,
}

impl Said<'_> {
    pub(super) fn finding(&self) -> Finding {
        let Self { signal, since, now, state, .. } = *self;
        let (what, why) = self.what();
        let name = signal.name.replace(['_', '/'], " ");
        let stands_in = match state {
            FindingState::Active => self.stands_in(),
            FindingState::Cleared => "It is healthy again: its own values count from now on.".into(),
        };
        let range = TimeRange::new(since, now);
        let mut evidence = vec![Evidence::Window { signal: signal.id, range, note: why.clone() }];
        evidence.extend(self.comparison().map(Evidence::Comparison));
        Finding {
            asset: signal.asset,
            key: format!("sensor:{}", signal.name),
            kind: FindingKind::SensorFault,
            state,
            since,
            until: now,
            title: format!("Sensor {name} {what}"),
            explanation: format!(
                "Sensor {name} {what} since {}: {why}.{} {stands_in}",
                said_time(since),
                if self.open() { "" } else { " This says nothing about the machine." }
            ),
            p_value: None,
            probability: 0.95,
            severity: 0.4,
            contributions: self.concerned().into_iter().map(|(signal, share)| Contribution { signal, share }).collect(),
            evidence,
            failure_mode: None,
            prescription: self.prescription(),
            rul: None,
            model: NAME.into(),
        }
    }

    /// Whether the machine may do what is measured: nobody can tell that from a sensor that stands still or drifts.
    fn open(&self) -> bool {
        matches!(self.trouble, Trouble::Own(SensorFault::Stuck) | Trouble::Silent | Trouble::Drift)
    }

    fn what(&self) -> (String, String) {
        let (what, why) = match self.trouble {
            Trouble::Own(SensorFault::Dropout) => {
                ("gives no usable value", "many values in a row were missing, bad or not a number")
            }
            Trouble::Own(SensorFault::Stuck) => (
                "is stuck",
                "it has repeated one value far longer than it ever did while it was learned; were it right, what it measures \
                     really stands still",
            ),
            Trouble::Silent => (
                "is stuck",
                "nothing new has come from it for far longer than ever while it was learned, though other signals of its \
                 connection go on: it repeats one value, or sends none; were it right, what it measures really stands still",
            ),
            Trouble::Own(SensorFault::Spike) => ("spikes", "single values leave their neighbours far, and often"),
            Trouble::Own(SensorFault::Noise) => {
                ("is noisy", "most values leave the middle of their neighbours several times farther than they did")
            }
            Trouble::Drift => (
                "drifts",
                "it goes away from what the other signals make of it, which all are where they belong; were it right, \
                 something changed that only this sensor sees",
            ),
            Trouble::Beside(Repair::Exchanged { .. }) => (
                "is exchanged with another",
                "taken for each other the two fit all other signals as before, as they are neither does",
            ),
            Trouble::Beside(Repair::Scaled { gain, offset, .. }) => return self.scaled(gain, offset),
        };
        (what.to_owned(), why.to_owned())
    }

    fn scaled(&self, gain: f64, offset: f64) -> (String, String) {
        let unit = self.signal.unit.symbol();
        let known = match (unit, offset) {
            ("°C", 32.0) => Some("°F"),
            ("°C", 273.15) => Some("K"),
            ("K", -273.15) => Some("°C"),
            _ => None,
        };
        let what = match known {
            Some(other) => format!("reads {other} instead of {unit}"),
            None if gain >= 1.0 => format!("reads {} times too high", factor(gain)),
            None => format!("reads {} times too low", factor(1.0 / gain)),
        };
        let shows = self.comparison().map(|c| {
            let told = |value: f64| number(value, (c.band.1 - c.expected) * TOLD);
            format!(
                "it shows {} {unit} where the other signals make {} {unit} of it; ",
                told(c.measured),
                told(c.expected)
            )
        });
        let why =
            format!("{}brought back to its old scale it fits the other signals as before", shows.unwrap_or_default());
        (what, why)
    }

    /// What stands in for it, or why nothing does.
    fn stands_in(&self) -> String {
        let unit = self.signal.unit.symbol();
        let estimate = self.relations.and_then(|r| r.estimate(self.signal.id));
        let skill = self.relations.map(|r| r.skill(self.signal.id));
        let text = match (estimate, skill) {
            (Some(e), _) => format!(
                "An estimate from the other signals stands in for it until it is healthy again: {} {unit} now, right \
                 within ± {} {unit} in {:.0} of 100 cases; on healthy rows held back the others explained {:.0} % of its \
                 movement. It is kept as {}.",
                number(e.value, e.half),
                number(e.half, e.half),
                LEVEL * 100.0,
                (e.skill * 100.0).floor(),
                virtual_name(self.signal),
            ),
            (None, Some(Some(skill))) if skill < SKILL_MIN => format!(
                "No estimate stands in for it: on healthy rows held back the other signals explained {:.0} % of its movement, \
                 at least {:.0} % are wanted.",
                skill.max(0.0) * 100.0,
                SKILL_MIN * 100.0,
            ),
            (None, Some(Some(_))) => "No estimate stands in for it: too many other signals are missing.".into(),
            (None, Some(None)) => {
                "No estimate stands in for it: what the other signals make of it is not learned yet.".into()
            }
            (None, None) => String::new(),
        };
        text.replace(" ,", ",").replace("  ", " ").trim_end().to_owned()
    }

    fn comparison(&self) -> Option<Comparison> {
        let relations = self.relations?;
        let (e, measured) = (relations.estimate(self.signal.id)?, relations.read(self.signal.id)?);
        let band = (e.value - e.half, e.value + e.half);
        Some(Comparison { signal: self.signal.id, measured, expected: e.value, band })
    }

    /// The signals that are meant, with their shares.
    fn concerned(&self) -> Vec<(SignalId, f64)> {
        match (self.trouble, self.relations) {
            (Trouble::Beside(repair @ Repair::Exchanged { .. }), Some(relations)) => {
                relations.concerned(&repair).into_iter().map(|id| (id, 0.5)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn prescription(&self) -> Vec<String> {
        let steps: &[&str] = match self.trouble {
            Trouble::Own(SensorFault::Stuck) | Trouble::Silent => &[
                "look whether what it measures really stands still: a drive that is held, a valve that sticks",
                "if not, check wiring, supply and mounting of the sensor",
            ],
            Trouble::Own(_) => &["check wiring, supply and mounting of the sensor"],
            Trouble::Drift => &[
                "compare the sensor with a second instrument",
                "calibrate or replace it when it is off; inspect the machine where it measures when it is not",
            ],
            Trouble::Beside(Repair::Scaled { .. }) => &[
                "compare range, unit and scaling in the transmitter with those in the controller",
                "ask what was changed or replaced at that time",
            ],
            Trouble::Beside(Repair::Exchanged { .. }) => &[
                "compare terminals and addresses of the two sensors with the drawing",
                "ask what was rewired or replaced at that time",
            ],
        };
        steps.iter().map(|step| (*step).to_owned()).collect()
    }
}

/// `10`, `14.5`, `1.80`: three figures.
fn factor(gain: f64) -> String {
    number(gain, gain / 10.0)
}
