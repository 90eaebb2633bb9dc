use super::course::Course;
use super::{Clock, Phases};
use crate::Error;
use crate::score::Score;

/// A phase that lasts this share longer than it ever did counts as one standard deviation off.
const LATE_SHARE: f64 = 0.05;
/// … but no less than this many rows.
const LATE_ROWS: f64 = 3.0;

/// Follows a machine row by row.
#[derive(Clone, Debug)]
pub struct Follow<'a> {
    model: &'a Phases,
    clock: Clock,
}

impl<'a> Follow<'a> {
    pub(super) fn new(model: &'a Phases) -> Self {
        Self { model, clock: Clock::default() }
    }

    /// Scores the row of a time: the sum of the squared deviations of the signals from their course, in standard
    /// deviations; of a limit for each bit that differs from the nearest word known; and of how late the phase is.
    /// The part of lateness is shared by all bits, or all signals where there are none.
    ///
    /// # Errors
    /// When the row has another width.
    pub fn step(&mut self, time: f64, row: &[f64]) -> Result<Score, Error> {
        let model = self.model;
        if row.len() != model.width {
            return Err(Error::Width { what: "a row", found: row.len(), expected: model.width });
        }
        let limit = model.tuning.limit;
        let word = model.word(row);
        let bin = model.bin(self.clock.elapsed(time, word));
        let mut contributions = vec![0.0; model.width];
        let Some((nearest, course)) = self.nearest(word) else { return Ok(Score { score: 0.0, contributions }) };
        for ((column, value), (mean, spread)) in model.others.iter().zip(model.analogue(row)).zip(course.at(bin)) {
            let deviation = ((value - mean) / spread).abs();
            if let Some(part) = contributions.get_mut(*column) {
                // what is not known is no deviation, and `min` would take it for the largest
                *part = if deviation.is_nan() { 0.0 } else { deviation.min(limit).powi(2) };
            }
        }
        for (i, bit) in model.bits.iter().enumerate() {
            if ((word ^ nearest) >> i) & 1 == 1
                && let Some(part) = contributions.get_mut(bit.column)
            {
                *part = limit * limit;
            }
        }
        self.add_lateness(&mut contributions, bin as f64, course.longest() as f64);
        Ok(Score { score: contributions.iter().sum(), contributions })
    }

    fn add_lateness(&self, contributions: &mut [f64], bin: f64, longest: f64) {
        let unit = (LATE_SHARE * longest).max(LATE_ROWS);
        let late = ((bin - longest + 1.0) / unit).clamp(0.0, self.model.tuning.limit).powi(2);
        let shared: Vec<usize> = if self.model.bits.is_empty() {
            self.model.others.clone()
        } else {
            self.model.bits.iter().map(|b| b.column).collect()
        };
        let share = late / shared.len().max(1) as f64;
        shared
            .iter()
            .filter(|_| share > 0.0)
            .for_each(|i| contributions.iter_mut().skip(*i).take(1).for_each(|c| *c += share));
    }

    /// The known word with the fewest differing bits, the smallest of those, and its course.
    fn nearest(&self, word: u64) -> Option<(u64, &'a Course)> {
        if let Some(course) = self.model.courses.get(&word) {
            return Some((word, course));
        }
        let (nearest, course) = self.model.courses.iter().min_by_key(|(known, _)| (*known ^ word).count_ones())?;
        Some((*nearest, course))
    }
}
