//! What is saved: one model for each operating state, and what is needed to go on.

use gemba_learn::familiar::Familiar;
use gemba_learn::normal::{Tuning, Watch};
use gemba_learn::packed::Packed;
use gemba_learn::shift::Shifts;
use gemba_plant::Finding;
use serde::{Deserialize, Serialize};

use super::shown::Shown;

/// The learned monitor, or the rows on the way to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Healthy rows, column by column: an hour of a thousand assets has to fit into memory and into a checkpoint.
    Learning {
        /// A column for each signal.
        columns: Vec<Packed>,
        /// When each row was, ms.
        times: Packed,
    },
    /// Watching.
    Watching {
        watch: Box<Watch>,
        /// From which rows; none in what was learned before that was kept.
        #[serde(default)]
        from: Option<Learned>,
        /// Whether the operation is still one that was learned.
        #[serde(default)]
        familiar: Familiar,
    },
}

/// What an operating state was learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Learned {
    pub(super) rows: usize,
    /// The time of the first row, µs.
    pub(super) first: i64,
    /// The time of the last row, µs.
    pub(super) last: i64,
}

impl Phase {
    pub(super) fn learning(width: usize) -> Self {
        Self::Learning { columns: vec![Packed::default(); width], times: Packed::default() }
    }

    /// Rows gathered so far; none when it watches.
    pub(super) fn gathered(&self) -> Option<usize> {
        match self {
            Self::Learning { columns, .. } => Some(columns.first().map_or(0, Packed::len)),
            Self::Watching { .. } => None,
        }
    }

    /// Operating states that were learned, those included that were found within this one.
    pub(super) fn known(&self) -> usize {
        match self {
            Self::Learning { .. } => 0,
            Self::Watching { watch, .. } => watch.states(),
        }
    }

    /// Learns from what was gathered.
    #[allow(clippy::cast_possible_truncation, reason = "whole milliseconds, as they were put in")]
    pub(super) fn finish(&mut self, drivers: &[usize], tuning: Tuning) -> Result<(), gemba_learn::Error> {
        if let Self::Learning { columns, times } = self {
            let columns: Vec<Vec<f64>> = columns.iter().map(Packed::values).collect();
            let times: Vec<i64> = times.values().into_iter().map(|ms| ms as i64 * 1000).collect();
            let watch = Box::new(Watch::fit(&columns, (drivers, &times), tuning)?);
            let ends = times.first().zip(times.last());
            let from = ends.map(|(first, last)| Learned { rows: times.len(), first: *first, last: *last });
            *self = Self::Watching { watch, from, familiar: Familiar::fit(&columns, drivers) };
        }
        Ok(())
    }

    /// Drops the older half of what was gathered: it could not be learned from.
    pub(super) fn halve(&mut self) {
        if let Self::Learning { columns, times } = self {
            for column in columns.iter_mut().chain([times]) {
                column.keep_last(column.len().div_ceil(2));
            }
        }
    }
}

/// Scores over time for the chart, bounded: when full, every second point is dropped and the pace halved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::maintenance) struct Trace {
    pub(in crate::maintenance) times: Vec<i64>,
    #[serde(with = "gemba_learn::bits")]
    pub(in crate::maintenance) scores: Vec<f64>,
    every: usize,
    skipped: usize,
}

impl Trace {
    /// The most points that are kept: as many as a chart is wide.
    const POINTS_MAX: usize = 600;

    pub(in crate::maintenance) fn push(&mut self, time: i64, score: f64, holding: bool) {
        self.skipped += 1;
        if self.skipped < self.every {
            return;
        }
        self.skipped = 0;
        self.times.push(time);
        self.scores.push(score);
        if self.times.len() <= Self::POINTS_MAX {
            return;
        }
        if holding {
            keep_every_second(&mut self.times);
            keep_every_second(&mut self.scores);
            self.every = self.every.max(1) * 2;
        } else {
            self.times.drain(..Self::POINTS_MAX / 2);
            self.scores.drain(..Self::POINTS_MAX / 2);
        }
    }

    /// Full pace again, for the next condition.
    pub(in crate::maintenance) fn reset_pace(&mut self) {
        self.every = 1;
    }
}

fn keep_every_second<T>(values: &mut Vec<T>) {
    let mut odd = true;
    values.retain(|_| {
        odd = !odd;
        odd
    });
}

/// Everything that changes while the operator runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Memory {
    pub(super) version: u32,
    pub(super) grid: gemba_learn::grid::Grid,
    /// Operating states by the codes of the state signals; in order of first sight.
    pub(super) states: Vec<(Vec<i64>, Phase)>,
    pub(super) current: Option<usize>,
    #[serde(with = "gemba_learn::bits::one")]
    pub(super) score: f64,
    pub(super) active: bool,
    pub(super) watching_since: Option<i64>,
    pub(super) trace: Trace,
    pub(super) finding: Option<Box<Finding>>,
    /// What it has shown since it began.
    #[serde(default)]
    pub(super) shown: Shown,
    /// Whether the operating state has changed since the condition was last seen …
    #[serde(default)]
    pub(super) moved: bool,
    /// … and the rows since then that were judged and found as they should be.
    #[serde(default)]
    pub(super) calm: usize,
    /// Rows since the operating state is not told any more.
    #[serde(default)]
    pub(super) blind: usize,
    /// Of a signal that is alone: for how many rows its condition has lasted.
    #[serde(default)]
    pub(super) lasted: usize,
    /// What watches each signal for lasting changes; empty until the first operating state is learned.
    #[serde(default)]
    pub(super) shifts: Vec<Shifts>,
    /// Rows that were watched, in all operating states.
    #[serde(default)]
    pub(super) watched: u64,
    /// The operating state that was not seen while all was well, and the finding that says so.
    #[serde(default)]
    pub(super) unseen: Option<(usize, Box<Finding>)>,
    #[serde(default = "never")]
    pub(super) last_drift: i64,
    pub(super) last_row: i64,
    pub(super) last_sample: i64,
    pub(super) last_update: i64,
}

const fn never() -> i64 {
    i64::MIN
}
