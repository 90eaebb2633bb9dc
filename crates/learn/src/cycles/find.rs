//! Which signal, if any, tells the phases of a cycle.

use serde::{Deserialize, Serialize};

use super::Clock;
use super::track::Track;

/// Epochs get twice as long each time, up to this many times the first.
const LONGEST: i64 = 128;
/// A state that changes less often than once in so many cycles is a context.
const CONTEXT_CYCLES: u32 = 10;

/// Looks for a clock on the stream, for as long as it takes: in epochs, each twice as long as the last, so that long cycles
/// are found too. A gauge has its range from the epoch before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finder {
    tracks: Vec<Track>,
    began: Option<i64>,
    first_us: i64,
    epoch_us: i64,
}

impl Finder {
    /// Over signals of which it is told whether they are states, else gauges. The first epoch lasts `first_us` µs.
    pub fn new(states: impl IntoIterator<Item = bool>, first_us: i64) -> Self {
        let first_us = first_us.max(1);
        Self { tracks: states.into_iter().map(Track::new).collect(), began: None, first_us, epoch_us: first_us }
    }

    /// Takes the value of a signal, NaN when there is none; values come in order of time, µs. The clock, when one was
    /// found with the end of an epoch.
    pub fn push(&mut self, column: usize, time: i64, value: f64) -> Option<Clock> {
        let began = *self.began.get_or_insert(time);
        let found = if time.saturating_sub(began) >= self.epoch_us { self.end_epoch(time) } else { None };
        if let Some(track) = self.tracks.get_mut(column) {
            track.push(time, value);
        }
        found
    }

    fn end_epoch(&mut self, time: i64) -> Option<Clock> {
        let found = self.clock();
        self.tracks.iter_mut().for_each(Track::renew);
        self.began = Some(time);
        self.epoch_us = self.epoch_us.saturating_mul(2).min(self.first_us.saturating_mul(LONGEST));
        found
    }

    /// The most regular of the states with a clear cycle; else of the gauges.
    fn clock(&self) -> Option<Clock> {
        let clear = self.tracks.iter().enumerate().filter_map(|(i, t)| Some((i, t, t.cycle()?)));
        let (column, track, (phases, _)) = clear
            .max_by(|(i, a, (_, x)), (j, b, (_, y))| a.states().cmp(&b.states()).then(x.total_cmp(y)).then(j.cmp(i)))?;
        let cycles = track.changes / u32::try_from(phases.len()).unwrap_or(1).max(1);
        let slow = |(i, t): &(usize, &Track)| *i != column && t.states() && t.changes * CONTEXT_CYCLES < cycles;
        let contexts = self.tracks.iter().enumerate().filter(slow).map(|(i, _)| i).collect();
        Some(Clock { column, phases, contexts, coder: track.coder })
    }
}
