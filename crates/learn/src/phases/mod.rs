//! Machines that work in steps: a press, a conveyor, a robot that picks and places.
//!
//! Signals of two values (grippers, light barriers, end positions) make a *word*; a *phase* lasts as long as the
//! word stays, or until the clock starts anew, as it does where each run of a machine is recorded from zero.
//! Within a phase each other signal follows a course that repeats: its mean and spread at each time since the phase
//! began are learned. A row is judged by how far its signals are from that course, by bits of a word never seen,
//! and by how much longer the phase lasts than it ever did.

mod course;
mod follow;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Error, stats};
use course::{Course, Sums};

pub use follow::Follow;

/// Rows needed to learn.
const ROWS_MIN: usize = 50;
/// Signals of two values that can be part of a word.
const BITS_MAX: usize = 64;
/// A signal of two values is part of the word only if it changed this often while learned.
const CHANGES_MIN: usize = 4;

/// How phases are judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// How far in time a course may be shifted without being unusual, rows.
    pub shift: usize,
    /// A value of more standard deviations counts as this many.
    #[serde(with = "crate::bits::one")]
    pub limit: f64,
    /// The least standard deviation of a course, as a share of the signal's own over all phases.
    #[serde(with = "crate::bits::one")]
    pub spread_min: f64,
    /// Rows after which a phase is not followed further: its course stays as it was last.
    pub longest: usize,
    /// Whether signals of two values make words, and with them phases; else they have a course as all others.
    pub words: bool,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { shift: 2, limit: 12.0, spread_min: 0.02, longest: 2000, words: true }
    }
}

/// A signal of two values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Bit {
    column: usize,
    /// The bit is set above this value.
    #[serde(with = "crate::bits::one")]
    middle: f64,
}

/// What was learned of a machine that works in phases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phases {
    width: usize,
    bits: Vec<Bit>,
    /// The signals that are no bits.
    others: Vec<usize>,
    /// The time from row to row while learned.
    #[serde(with = "crate::bits::one")]
    step: f64,
    courses: BTreeMap<u64, Course>,
    tuning: Tuning,
}

impl Phases {
    /// Learns from healthy rows, given as one column for each signal, and their times in any unit. Where the time
    /// goes back a new run begins.
    ///
    /// # Errors
    /// With fewer than 50 rows, or times that never go on.
    pub fn fit(times: &[f64], columns: &[Vec<f64>], tuning: Tuning) -> Result<Self, Error> {
        let rows = columns.iter().map(Vec::len).chain([times.len()]).min().unwrap_or(0);
        if columns.is_empty() || rows < ROWS_MIN {
            return Err(Error::TooFewRows { what: "phases", found: rows, needed: ROWS_MIN });
        }
        let steps = times.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).filter(|d| *d > 0.0);
        let step = stats::median(&steps.collect::<Vec<f64>>());
        if step.is_nan() {
            return Err(Error::OutOfRange {
                what: "phases",
                name: "the time from row to row",
                value: step,
                allowed: "above 0",
            });
        }
        let bits: Vec<Bit> = columns
            .iter()
            .enumerate()
            .filter_map(|(i, c)| bit(i, c))
            .take(if tuning.words { BITS_MAX } else { 0 })
            .collect();
        let others: Vec<usize> = (0..columns.len()).filter(|i| bits.iter().all(|b| b.column != *i)).collect();
        let mut model = Self { width: columns.len(), bits, others, step, courses: BTreeMap::new(), tuning };
        model.learn(times, columns, rows);
        Ok(model)
    }

    fn learn(&mut self, times: &[f64], columns: &[Vec<f64>], rows: usize) {
        let mut sums: BTreeMap<u64, Sums> = BTreeMap::new();
        let mut clock = Clock::default();
        let mut row = vec![f64::NAN; columns.len()];
        for (at, time) in times.iter().enumerate().take(rows) {
            row.iter_mut().zip(columns).for_each(|(v, c)| *v = c.get(at).copied().unwrap_or(f64::NAN));
            let word = self.word(&row);
            let bin = self.bin(clock.elapsed(*time, word));
            sums.entry(word).or_insert_with(|| Sums::new(self.others.len())).add(bin, self.analogue(&row));
        }
        let floor = |i: &usize| {
            let column = columns.get(*i).map_or(&[][..], Vec::as_slice);
            let largest = column.iter().filter(|v| v.is_finite()).fold(0.0_f64, |m, v| m.max(v.abs()));
            let spread = stats::variance(column).sqrt().max(1e-3 * largest);
            if spread > 0.0 { spread * self.tuning.spread_min } else { f64::MIN_POSITIVE }
        };
        let floors: Vec<f64> = self.others.iter().map(floor).collect();
        let shift = self.tuning.shift;
        self.courses = sums.into_iter().map(|(word, sums)| (word, sums.course(shift, &floors))).collect();
    }

    /// How many words are known.
    pub fn words(&self) -> usize {
        self.courses.len()
    }

    /// How many signals are part of the word.
    pub fn bits(&self) -> usize {
        self.bits.len()
    }

    /// Begins to follow the machine.
    pub fn follow(&self) -> Follow<'_> {
        Follow::new(self)
    }

    fn word(&self, row: &[f64]) -> u64 {
        let set = |bit: &Bit| row.get(bit.column).is_some_and(|v| *v > bit.middle);
        self.bits.iter().enumerate().filter(|(_, bit)| set(bit)).fold(0, |word, (i, _)| word | 1 << i)
    }

    /// Mean and standard deviation of each signal that is no bit, so long after the only phase of a machine without
    /// words began; none where nothing was learned.
    pub(crate) fn course(&self, elapsed: f64) -> Option<&[(f64, f64)]> {
        Some(self.courses.get(&0)?.at(self.bin(elapsed)))
    }

    /// The values of the signals that are no bits.
    fn analogue<'r>(&'r self, row: &'r [f64]) -> impl Iterator<Item = f64> + 'r {
        self.others.iter().map(|i| row.get(*i).copied().unwrap_or(f64::NAN))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 ..= longest")]
    fn bin(&self, elapsed: f64) -> usize {
        (elapsed / self.step).round().clamp(0.0, self.tuning.longest as f64) as usize
    }
}

/// A signal that has two values and changes between them.
fn bit(column: usize, values: &[f64]) -> Option<Bit> {
    let values = stats::finite(values);
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let middle = f64::midpoint(low, high);
    let two = low < high && values.iter().all(|v| *v <= low || *v >= high);
    let changes = values.chunk_by(|a, b| (*a > middle) == (*b > middle)).count().saturating_sub(1);
    (two && changes >= CHANGES_MIN).then_some(Bit { column, middle })
}

/// Tells how long a phase has lasted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Clock {
    began: f64,
    last: f64,
    word: Option<u64>,
}

impl Clock {
    /// The time since the phase of this row began; 0 at its first row, but where the clock starts anew it is the time
    /// that it shows.
    fn elapsed(&mut self, time: f64, word: u64) -> f64 {
        if self.word.is_some() && time < self.last {
            self.began = 0.0_f64.min(time);
        } else if self.word != Some(word) {
            self.began = time;
        }
        self.last = time;
        self.word = Some(word);
        time - self.began
    }
}

#[cfg(test)]
mod tests;
