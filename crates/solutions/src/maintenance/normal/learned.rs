//! What the monitor says of its own learning: from which rows, in which operating states.

use gemba_plant::{SignalId, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::NormalBehaviour;
use super::state::{Learned, Phase};

/// What was learned of one operating state, or is on its way.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LearnedState {
    /// What the state signals say in it, as the numbers of their texts; empty where none parts the rows.
    pub codes: Vec<(SignalId, i64)>,
    /// Rows that it was learned from, or that are gathered so far; none where that was not kept.
    pub rows: Option<usize>,
    /// From the first of these rows to the last; none while it is learned, and where that was not kept.
    pub range: Option<TimeRange>,
    /// Operating states that were found within it; 0 while it is learned.
    pub found: usize,
}

/// What the monitor of an asset has learned.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Baseline {
    /// Operating states in order of first sight.
    pub states: Vec<LearnedState>,
    /// Rows that an operating state takes to be learned.
    pub rows_wanted: usize,
    /// Time between two rows, µs.
    pub step_us: i64,
    /// Since when it watches, by source time; none while nothing is learned.
    pub watching_since: Option<Timestamp>,
    /// Signals that are judged.
    pub judged: Vec<SignalId>,
    /// Signals that say what is asked of the machine: they explain and are not judged.
    pub drivers: Vec<SignalId>,
}

impl NormalBehaviour {
    /// What it has learned so far.
    pub fn baseline(&self) -> Baseline {
        let memory = &self.memory;
        let state = |(codes, phase): &(Vec<i64>, Phase)| {
            let codes = self.parts.iter().map(|signal| signal.id).zip(codes.iter().copied()).collect();
            let (rows, range) = match phase {
                Phase::Learning { .. } => (phase.gathered(), None),
                Phase::Watching { from, .. } => (from.map(|l| l.rows), from.map(range)),
            };
            LearnedState { codes, rows, range, found: phase.known() }
        };
        let ids = |driver: bool| {
            let of = self.signals.iter().enumerate();
            of.filter(|(place, _)| self.drivers.contains(place) == driver).map(|(_, signal)| signal.id).collect()
        };
        Baseline {
            states: memory.states.iter().map(state).collect(),
            rows_wanted: self.config.rows_of(&memory.grid),
            step_us: memory.grid.step_us(),
            watching_since: memory.watching_since.map(Timestamp::from_micros),
            judged: ids(false),
            drivers: ids(true),
        }
    }
}

fn range(learned: Learned) -> TimeRange {
    TimeRange::new(Timestamp::from_micros(learned.first), Timestamp::from_micros(learned.last))
}
