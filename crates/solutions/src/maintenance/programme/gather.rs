//! Rows among which a programme is looked for, at ever coarser paces: a run of an hour needs no row a second.

use gemba_learn::packed::Packed;
use gemba_learn::programme::{Programme, RUNS_MIN, find};
use gemba_plant::{Signal, SignalKind};
use serde::{Deserialize, Serialize};

/// Rows after which it is looked, if nothing shows the last time at this pace.
const LOOKS: [usize; 2] = [512, 2048];
/// How much coarser the next pace is, and how much coarser the last one than the first.
const COARSER: usize = 8;
const COARSEST: usize = 64;
/// Rows that may be gathered where a programme shows but has not come round often enough.
const ROWS_MAX: usize = 8192;
/// A state or a set-point that changes less often than once in so many runs is what the runs are of.
const CONTEXT_RUNS: usize = 10;

/// Rows so far at one pace.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Gathered {
    /// Every so many-th row is taken.
    every: usize,
    skipped: usize,
    columns: Vec<Packed>,
    /// When each row was, ms.
    times: Packed,
    step_us: i64,
    /// How many rows there must be for the next look.
    next: usize,
}

/// What became of the rows.
#[derive(Debug)]
pub(super) enum Learned {
    /// There is a programme; the columns that tell what its runs are of; its rows are every so many-th.
    Programme(Box<Programme>, Vec<usize>, usize),
    /// There may be one: it goes on.
    Later,
    /// There is none at this pace: it goes on at a coarser one.
    Coarser(Gathered),
    /// There is none.
    Nothing,
}

impl Gathered {
    /// Begins to take every so many-th row; rows are `step_us` apart.
    pub(super) fn new(width: usize, step_us: i64, every: usize) -> Self {
        let columns = vec![Packed::default(); width];
        Self { every, skipped: every, columns, times: Packed::default(), step_us, next: LOOKS[0] }
    }

    /// Takes a row. Whether it is time to look.
    pub(super) fn push(&mut self, time: i64, row: &[f64]) -> bool {
        self.skipped += 1;
        if self.skipped < self.every {
            return false;
        }
        self.skipped = 0;
        self.times.push(time.div_euclid(1000) as f64);
        self.columns.iter_mut().zip(row).for_each(|(column, value)| column.push(*value));
        self.times.len() >= self.next
    }

    /// Looks for a programme, and learns it when it has come round often enough and there are `enough` rows at the finest pace.
    #[allow(clippy::cast_possible_truncation, reason = "whole milliseconds, as they were put in")]
    pub(super) fn learn(&mut self, signals: &[Signal], enough: usize, alpha: impl Fn(f64) -> f64) -> Learned {
        let columns: Vec<Vec<f64>> = self.columns.iter().map(Packed::values).collect();
        let times: Vec<i64> = self.times.values().into_iter().map(|ms| ms as i64 * 1000).collect();
        let pace_us = self.step_us.saturating_mul(i64::try_from(self.every).unwrap_or(i64::MAX));
        let rows = times.len();
        let [first, last] = LOOKS;
        match find(&times, &columns, pace_us) {
            Some(found) if found.runs >= RUNS_MIN && rows.saturating_mul(self.every) >= enough => {
                match Programme::fit((&times, &columns, pace_us), &found, alpha) {
                    Ok(own) => Learned::Programme(Box::new(own), contexts(&columns, signals, found.runs), self.every),
                    Err(_) => Learned::Nothing,
                }
            }
            Some(found) if rows < ROWS_MAX.max(enough / self.every) => {
                let seldom = found.runs < RUNS_MIN;
                self.next = if seldom { rows + rows / 4 } else { enough.div_ceil(self.every) };
                Learned::Later
            }
            None if rows < last => {
                self.next = if rows < first { first } else { last };
                Learned::Later
            }
            _ if self.every < COARSEST => {
                Learned::Coarser(Self::new(self.columns.len(), self.step_us, self.every * COARSER))
            }
            _ => Learned::Nothing,
        }
    }
}

/// The states and set-points that stand for many runs.
fn contexts(columns: &[Vec<f64>], signals: &[Signal], runs: usize) -> Vec<usize> {
    let told = |signal: &Signal| matches!(signal.kind, SignalKind::State | SignalKind::SetPoint);
    let changes = |column: &Vec<f64>| column.windows(2).filter(|w| differ(w)).count();
    let places = columns.iter().zip(signals).enumerate();
    places.filter(|(_, (c, s))| told(s) && changes(c) * CONTEXT_RUNS < runs).map(|(place, _)| place).collect()
}

#[allow(clippy::float_cmp, reason = "codes and set-points are as they were told")]
fn differ(pair: &[f64]) -> bool {
    pair.iter().all(|v| v.is_finite()) && pair.first() != pair.last()
}
