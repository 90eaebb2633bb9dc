//! What is saved: where the search stands, or what was learned of the cycle for each product.

use gemba_learn::cycles::{Clock, Cutter, Finder, Row, Usual, taking_part};
use gemba_learn::packed::Packed;
use gemba_plant::{Finding, Signal, SignalKind};
use serde::{Deserialize, Serialize};

use super::{ROWS, STATE_VERSION};
use crate::maintenance::normal::Trace;
use crate::maintenance::{NormalBehaviourConfig, frame};

/// Products that are told apart; rows of further ones are not judged.
const CONTEXTS_MAX: usize = 16;
/// Rows after which it is chosen whose course is followed.
const CHOOSE_ROWS: usize = 30;
/// Signals that may be chosen; means of a row that are followed.
const CANDIDATES_MAX: usize = 32;
const MEANS_MAX: usize = 16;
/// The least scale of how often the order of phases is broken.
const BREAKS_MIN: f64 = 0.05;

/// What was learned of the cycle with one product, or the rows on the way to it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Known {
    /// Healthy rows, column by column, and the seconds that they lasted.
    Learning { columns: Vec<Packed>, seconds: f64 },
    /// Watching.
    Watching(Box<Usual>),
    /// It could not be learned.
    Hopeless,
}

/// Of the values that are learned from: how many are judged, and the least scale of each.
pub(super) type Plan = (usize, Vec<f64>);

impl Known {
    fn new() -> Self {
        Self::Learning { columns: Vec::new(), seconds: 0.0 }
    }

    /// Learns from what was gathered; `alpha` is told how long a row takes, s.
    pub(super) fn finish(&mut self, (asked, floors): &Plan, alpha: impl Fn(f64) -> f64) {
        if let Self::Learning { columns, seconds } = self {
            let rows = columns.first().map_or(1, Packed::len).max(1);
            let columns: Vec<Vec<f64>> = columns.iter().map(Packed::values).collect();
            let usual = Usual::fit(&columns, (*asked, floors), alpha(*seconds / rows as f64));
            *self = usual.map_or(Self::Hopeless, |u| Self::Watching(Box::new(u)));
        }
    }
}

/// How far it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Stage {
    /// No clear cycle was seen yet.
    Looking(Finder),
    /// There is a cycle; which signals take part in it is being seen.
    Choosing { cutter: Cutter, columns: Vec<Packed> },
    /// Rows are learned from and judged.
    Cutting {
        cutter: Cutter,
        /// By the codes of the states that stay for many cycles, in order of first sight.
        contexts: Vec<(Vec<i64>, Known)>,
        current: Option<usize>,
    },
}

/// Everything that changes while the operator runs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Memory {
    version: u32,
    width: usize,
    pub(super) stage: Stage,
    /// The last values of the signals that stand for long: states and set-points.
    #[serde(with = "gemba_learn::bits")]
    standing: Vec<f64>,
    pub(super) trace: Trace,
    pub(super) finding: Option<Box<Finding>>,
    pub(super) told: i64,
}

fn micros(ms: u64) -> i64 {
    i64::try_from(ms.saturating_mul(1000)).unwrap_or(i64::MAX)
}

/// How long a signal's value stands for it, µs: a state until it changes.
fn hold(signal: &Signal, config: &NormalBehaviourConfig) -> i64 {
    if signal.kind == SignalKind::Gauge { micros(config.hold_ms) } else { i64::MAX }
}

impl frame::Memory for Memory {
    fn like(&self, other: &Self) -> bool {
        (self.version, self.width) == (other.version, other.width)
    }
}

impl Memory {
    pub(super) fn new(signals: &[Signal], config: &NormalBehaviourConfig) -> Self {
        let states = signals.iter().map(|s| s.kind == SignalKind::State);
        Self {
            version: STATE_VERSION,
            width: signals.len(),
            stage: Stage::Looking(Finder::new(states, micros(config.learn_s.saturating_mul(1000)) / 4)),
            standing: vec![f64::NAN; signals.len()],
            trace: Trace::default(),
            finding: None,
            told: i64::MIN,
        }
    }

    /// A cycle was found.
    pub(super) fn choose(&mut self, clock: Clock, signals: &[Signal], config: &NormalBehaviourConfig) {
        let course = |(i, s): &(usize, &Signal)| s.kind != SignalKind::SetPoint && !clock.contexts.contains(i);
        let candidates: Vec<(usize, i64)> = signals
            .iter()
            .enumerate()
            .filter(course)
            .take(CANDIDATES_MAX)
            .map(|(i, signal)| (i, hold(signal, config)))
            .collect();
        let row_us = micros(config.learn_s.saturating_mul(1000)) / i64::try_from(ROWS).unwrap_or(1);
        let cutter = Cutter::new(clock, row_us).keeping(candidates);
        self.stage = Stage::Choosing { cutter, columns: Vec::new() };
    }

    /// Takes a row that shows whose course repeats; after enough of them these are followed.
    pub(super) fn choosing(&mut self, row: &Row, signals: &[Signal], config: &NormalBehaviourConfig) {
        let Stage::Choosing { cutter, columns } = &mut self.stage else { return };
        let means = row.values.get(cutter.head()..).unwrap_or_default();
        columns.resize_with(means.len(), Packed::default);
        columns.iter_mut().zip(means).for_each(|(c, v)| c.push(*v));
        if columns.first().is_some_and(|c| c.len() < CHOOSE_ROWS) {
            return;
        }
        let means: Vec<Vec<f64>> = columns.iter().map(Packed::values).collect();
        let kept: Vec<usize> = cutter.kept().collect();
        let best = taking_part(&means, cutter.bins()).into_iter().filter_map(|at| kept.get(at).copied());
        let best = best.take((MEANS_MAX / cutter.bins().max(1)).max(1));
        let chosen: Vec<(usize, i64)> = best.filter_map(|at| Some((at, hold(signals.get(at)?, config)))).collect();
        let cutter = cutter.clone().keeping(chosen);
        self.stage = Stage::Cutting { cutter, contexts: Vec::new(), current: None };
    }

    /// Notes a value that stands for long. Whether another product begins with it: the cycle under way is of neither.
    #[allow(clippy::float_cmp, reason = "codes of states are whole numbers")]
    pub(super) fn enter(&mut self, column: usize, value: f64) -> bool {
        let Some(held) = self.standing.get_mut(column) else { return false };
        let changed = value.is_finite() && *held != value;
        *held = if value.is_finite() { value } else { *held };
        let Stage::Cutting { cutter, current, .. } = &mut self.stage else { return false };
        if !changed || !cutter.clock().contexts.contains(&column) {
            return false;
        }
        cutter.restart();
        *current = None;
        true
    }

    /// What is known of the cycle with the present product.
    #[allow(clippy::cast_possible_truncation, reason = "codes of states are small whole numbers")]
    pub(super) fn known(&mut self) -> Option<&mut Known> {
        let Stage::Cutting { cutter, contexts, current } = &mut self.stage else { return None };
        if current.is_none() {
            let code =
                |i: &usize| self.standing.get(*i).filter(|v| v.is_finite()).map_or(i64::MIN, |v| v.round() as i64);
            let key: Vec<i64> = cutter.clock().contexts.iter().map(code).collect();
            *current = contexts.iter().position(|(k, _)| *k == key);
            if current.is_none() && contexts.len() < CONTEXTS_MAX {
                contexts.push((key, Known::new()));
                *current = Some(contexts.len() - 1);
            }
            if let Some((_, Known::Watching(usual))) = current.and_then(|i| contexts.get_mut(i)) {
                usual.rest();
            }
        }
        current.and_then(|i| contexts.get_mut(i)).map(|(_, known)| known)
    }

    /// The cycle and what is watched of it, where it is known.
    pub(super) fn watching(&self) -> Option<(&Cutter, &Usual)> {
        match &self.stage {
            Stage::Cutting { cutter, contexts, current } => match current.and_then(|i| contexts.get(i)) {
                Some((_, Known::Watching(usual))) => Some((cutter, usual)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Which of a row's values are judged: durations of regular phases, and all that follows.
    pub(super) fn judged(cutter: &Cutter, values: usize) -> impl Iterator<Item = usize> + '_ {
        let phases = &cutter.clock().phases;
        (0..values).filter(|at| phases.get(*at).is_none_or(|p| p.regular))
    }

    /// The values of a row that are learned from: those that are judged, and set-points behind them.
    pub(super) fn values(&self, row: &Row, signals: &[Signal]) -> Vec<f64> {
        let Stage::Cutting { cutter, .. } = &self.stage else { return Vec::new() };
        let judged = Self::judged(cutter, row.values.len()).filter_map(|at| row.values.get(at).copied());
        let set = signals.iter().zip(&self.standing).filter(|(s, _)| s.kind == SignalKind::SetPoint);
        judged.chain(set.map(|(_, v)| *v)).collect()
    }

    /// How those values are learned from: set-points are what is asked, and breaks come whole.
    pub(super) fn plan(&self) -> Plan {
        let Stage::Cutting { cutter, .. } = &self.stage else { return (0, Vec::new()) };
        let values = cutter.head() + cutter.bins() * cutter.kept().count();
        let floor = |at: usize| if at + 1 == cutter.head() { BREAKS_MIN } else { 0.0 };
        let floors: Vec<f64> = Self::judged(cutter, values).map(floor).collect();
        (floors.len(), floors)
    }
}
