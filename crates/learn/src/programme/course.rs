//! What each signal does so long after a run began, and how much of its variance that explains.

use serde::{Deserialize, Serialize};

use super::begin::{Begin, Clock};
use crate::phases::{Phases, Tuning};
use crate::score::TrailingMean;
use crate::{Error, stats};

/// Rows that the deviations are averaged over: one stray row says nothing.
const MEAN_ROWS: usize = 9;
/// A value of more standard deviations counts as this many.
const LIMIT: f64 = 12.0;
/// Cells of a course: a run is followed for as many rows as its signals leave room for.
const CELLS_MAX: usize = 50_000;

/// Rows in order of time, a column for each signal, and how far apart they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub(super) times: &'a [i64],
    pub(super) columns: &'a [Vec<f64>],
    pub(super) step_us: i64,
}

impl<'a> Rows<'a> {
    pub(super) fn len(&self) -> usize {
        self.columns.iter().map(Vec::len).chain([self.times.len()]).min().unwrap_or(0)
    }

    /// The rows with their times.
    pub(super) fn iter(self) -> impl Iterator<Item = (i64, Vec<f64>)> + 'a {
        let row = move |at: usize| self.columns.iter().map(|c| c.get(at).copied().unwrap_or(f64::NAN)).collect();
        self.times.iter().copied().enumerate().take(self.len()).map(move |(at, time)| (time, row(at)))
    }

    /// The seconds since the run of each row began, NaN before the first one; and how many rows each run that ended had.
    pub(super) fn elapsed(self, mut clock: Clock) -> (Vec<f64>, Vec<usize>) {
        let (mut elapsed, mut runs, mut run) = (Vec::with_capacity(self.len()), Vec::new(), None);
        for (time, row) in self.iter() {
            let seconds = clock.step((time, self.step_us), &row);
            elapsed.push(seconds.unwrap_or(f64::NAN));
            run = match (seconds, run) {
                (Some(0.0), ended) => {
                    runs.extend(ended);
                    Some(1)
                }
                (Some(_), Some(rows)) => Some(rows + 1),
                _ => None,
            };
        }
        (elapsed, runs)
    }
}

/// The courses of all signals, followed from run to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Courses {
    clock: Clock,
    step_us: i64,
    phases: Phases,
    /// How long the longest run lasted.
    #[serde(with = "crate::bits::one")]
    longest_s: f64,
    /// Whether each signal follows the programme.
    follows: Vec<bool>,
    /// The mean squared deviation of each signal over the last rows.
    parts: Vec<TrailingMean>,
}

impl Courses {
    /// Learns from rows of which it is told how long their runs have lasted, and of each signal whether it is judged.
    pub(super) fn fit(
        (clock, follows): (Clock, &[bool]),
        elapsed: &[f64],
        rows: Rows<'_>,
        skip: &dyn Fn(usize) -> bool,
    ) -> Result<Self, Error> {
        // a run that is cut at its begin would pass for a young one
        let whole = |(_, e): &(usize, &f64)| **e > 0.0;
        let taken = || elapsed.iter().enumerate().filter(|(at, e)| e.is_finite() && !skip(*at)).skip_while(whole);
        let times: Vec<f64> = taken().map(|(_, e)| *e).collect();
        let column = |c: &Vec<f64>| taken().map(|(at, _)| c.get(at).copied().unwrap_or(f64::NAN)).collect();
        let columns: Vec<Vec<f64>> = rows.columns.iter().map(column).collect();
        let longest = CELLS_MAX / columns.len().max(1);
        let tuning =
            Tuning { limit: LIMIT, words: false, longest: Tuning::default().longest.min(longest), ..Tuning::default() };
        Ok(Self {
            clock,
            step_us: rows.step_us,
            phases: Phases::fit(&times, &columns, tuning)?,
            longest_s: times.iter().copied().fold(0.0, f64::max),
            follows: follows.to_vec(),
            parts: vec![TrailingMean::new(MEAN_ROWS); columns.len()],
        })
    }

    /// Whether a signal follows the programme.
    pub(super) fn follows(&self, column: usize) -> bool {
        self.follows.get(column).copied().unwrap_or(false)
    }

    /// What a run begins with.
    pub(super) fn begin(&self) -> Begin {
        self.clock.begin()
    }

    /// Takes the row of `time`: seconds since its run began, none where that is not known, or longer than any run lasted.
    pub(super) fn step(&mut self, time: i64, row: &[f64]) -> Option<f64> {
        self.clock.step((time, self.step_us), row).filter(|elapsed| *elapsed <= self.longest_s)
    }

    /// The score of a row so long after its run began: the squared deviations of the signals that follow the programme, each at
    /// most 144, in the mean over the last nine rows.
    pub(super) fn judge(&mut self, elapsed: f64, row: &[f64]) -> f64 {
        let Some(course) = self.phases.course(elapsed) else { return 0.0 };
        let mut score = 0.0;
        let places = self.parts.iter_mut().zip(row).zip(course).zip(&self.follows);
        for (((part, value), (mean, spread)), _) in places.filter(|(_, follows)| **follows) {
            // what is not known deviates from nothing; the lesser of it and a limit would be the limit
            let deviation = Some((value - mean) / spread).filter(|deviation| !deviation.is_nan()).unwrap_or(0.0);
            score += part.push(deviation.abs().min(LIMIT).powi(2));
        }
        score
    }

    /// What each signal is expected to be, and the standard deviation from it.
    pub(super) fn expected(&self, elapsed: f64) -> &[(f64, f64)] {
        self.phases.course(elapsed).unwrap_or_default()
    }

    /// Each signal's part in the last score.
    pub(super) fn parts(&self) -> impl Iterator<Item = f64> + '_ {
        self.parts.iter().map(TrailingMean::mean)
    }

    /// Forgets the last rows, not what was learned.
    pub(super) fn rest(&mut self) {
        self.clock = self.clock.anew();
        self.parts.iter_mut().for_each(|p| *p = TrailingMean::new(MEAN_ROWS));
    }
}

/// The share of the variance of each signal which the time since a run began explains, 0–1, on the last third of the rows,
/// learned on the others; none of a signal that does not move.
pub(super) fn explained(clock: Clock, elapsed: &[f64], rows: Rows<'_>) -> Vec<Option<f64>> {
    let learned = rows.len() * 2 / 3;
    let Ok(courses) = Courses::fit((clock, &[]), elapsed, rows, &|at| at >= learned) else { return Vec::new() };
    let share = |(column, values): (usize, &Vec<f64>)| {
        let (taught, judged) = values.split_at_checked(learned)?;
        let centre = stats::mean(taught);
        let (mut left, mut all) = (0.0, 0.0);
        for (value, elapsed) in judged.iter().zip(elapsed.iter().skip(learned)).filter(|(v, _)| v.is_finite()) {
            let expected = courses.expected(*elapsed).get(column).map_or(centre, |(mean, _)| *mean);
            let expected = if elapsed.is_finite() && expected.is_finite() { expected } else { centre };
            (left, all) = (left + (value - expected).powi(2), all + (value - centre).powi(2));
        }
        (all > 0.0).then(|| (1.0 - left / all).clamp(0.0, 1.0))
    };
    rows.columns.iter().enumerate().map(share).collect()
}
