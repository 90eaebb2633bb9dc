//! When the operating state changed: what jumps then is the machine.

use std::collections::VecDeque;

use gemba_plant::{Sample, SignalId};
use serde::{Deserialize, Serialize};

/// Changes that are remembered.
const KEPT: usize = 16;
/// What jumps within so many rows of a change is part of it.
const ROWS: i64 = 5;

/// The states as they were told last, and when they changed, µs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Turns {
    told: Vec<(SignalId, u64)>,
    at: VecDeque<i64>,
}

impl Turns {
    /// Takes a sample of a state.
    pub(super) fn hear(&mut self, sample: Sample) {
        if !sample.quality.usable() || !sample.value.is_finite() {
            return;
        }
        let value = sample.value.to_bits();
        let Some((_, told)) = self.told.iter_mut().find(|(id, _)| *id == sample.signal) else {
            return self.told.push((sample.signal, value));
        };
        if std::mem::replace(told, value) != value {
            self.at.push_back(sample.time.micros());
            self.at.drain(..self.at.len().saturating_sub(KEPT));
        }
    }

    /// Whether a state changed near this time, where rows are so many µs apart.
    pub(super) fn near(&self, time: i64, step: i64) -> bool {
        self.at.iter().any(|at| at.abs_diff(time) <= step.saturating_mul(ROWS).unsigned_abs())
    }
}
