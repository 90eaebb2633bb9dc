//! One sensor: what it is by itself, what is wrong with it, how long it is silent.

use gemba_learn::cross::Repair;
use gemba_learn::sensor::{SensorFault, SensorLearner, SensorWatch};
use gemba_plant::Timestamp;
use serde::{Deserialize, Serialize};

use super::CONTRADICTED;
use super::relations::Agreement;
use super::silence::Pulse;

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Stage {
    /// Healthy values so far, and when the first one was, µs.
    Learning(SensorLearner, Option<i64>),
    Watching(SensorWatch),
}

/// What is wrong with a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Trouble {
    /// It shows in its own values.
    Own(SensorFault),
    /// Nothing new came from it, while others of its connection went on.
    Silent,
    /// It shows beside the other signals.
    Beside(Repair),
    /// It went away from what the others make of it, while they all are where they belong: the monitor says so.
    Drift,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sensor {
    stage: Stage,
    pub(super) pulse: Pulse,
    pub(super) trouble: Option<(Trouble, Timestamp)>,
    /// How far it is on the way to being healthy again.
    pub(super) calm: usize,
    pub(super) told: i64,
}

impl Sensor {
    pub(super) fn new() -> Self {
        let stage = Stage::Learning(SensorLearner::default(), None);
        Self { stage, pulse: Pulse::default(), trouble: None, calm: 0, told: i64::MIN }
    }

    /// What it was while all was well; none while that is learned.
    pub(super) fn watch(&self) -> Option<&SensorWatch> {
        match &self.stage {
            Stage::Learning(..) => None,
            Stage::Watching(watch) => Some(watch),
        }
    }

    /// What the next value, at `time` µs, shows by itself. It is learned from so many values at least, and for so long, µs.
    pub(super) fn own(&mut self, (time, value): (i64, f64), (values, lasting): (usize, i64)) -> Option<SensorFault> {
        match &mut self.stage {
            Stage::Learning(learner, first) => {
                learner.push(value);
                let first = *first.get_or_insert(time);
                if time.saturating_sub(first) >= lasting {
                    self.finish(values);
                }
                None
            }
            Stage::Watching(watch) => watch.step(value),
        }
    }

    /// What was seen so far was healthy: it watches from now on, where that was so many values.
    pub(super) fn finish(&mut self, values: usize) {
        if let Stage::Learning(learner, _) = &self.stage
            && learner.count() >= values
            && let Ok(normal) = learner.finish()
        {
            self.stage = Stage::Watching(SensorWatch::new(normal));
        }
    }

    /// Goes on towards healthy, or back; `usable` is whether there is a value at all.
    pub(super) fn calm(&mut self, trouble: Trouble, (own, usable): (Option<SensorFault>, bool), agreement: Agreement) {
        if trouble == Trouble::Own(SensorFault::Dropout) && !usable {
            self.calm = 0;
            return;
        }
        let step = match (trouble, own, agreement) {
            (Trouble::Own(_) | Trouble::Silent, Some(_), _)
            | (Trouble::Beside(_), _, Agreement::OnlyRepaired)
            | (Trouble::Drift, _, Agreement::No | Agreement::OnlyRepaired) => {
                self.calm = 0;
                return;
            }
            (Trouble::Beside(_) | Trouble::Drift, _, Agreement::Unknown) => 0,
            (_, _, Agreement::No | Agreement::OnlyRepaired) => 1,
            (_, _, Agreement::Yes | Agreement::Unknown) => CONTRADICTED,
        };
        self.calm += step;
    }

    /// Whether it reads more than ever while learned.
    pub(super) fn is_louder(&self) -> bool {
        self.watch().is_some_and(SensorWatch::is_louder)
    }

    /// Whether it is livelier than ever while learned.
    pub(super) fn is_restless(&self) -> bool {
        self.watch().is_some_and(SensorWatch::is_restless)
    }
}
