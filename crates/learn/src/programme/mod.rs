//! Machines that go through a programme: a storage lift, a robot cell, a dosing sequence, a batch.
//!
//! A *run* begins where one signal rises (or falls) through its range, or after a silence. Which signal that is, is found
//! without being told: it is the one by whose runs the time since their begin explains most of what all signals do, on
//! rows that were not learned from, and at least half; where none does there is no programme. A single signal has none: its own
//! noise would say when a run begins, and nothing else would contradict it. Judged are the signals that follow the programme: those of
//! which it explains half by itself. What each signal does so long
//! after a run began is learned ([`phases`](crate::phases)), and a row is judged by how far the signals are from that, over
//! the last nine rows. Values that are all usual, only not now, are off too: a step that was left out, held or played late.
//!
//! The limit continues the tail of the highest scores of healthy runs ([`tail`](crate::tail)), each judged by courses that had
//! not seen it.

mod begin;
mod course;

use serde::{Deserialize, Serialize};

use crate::normal::Verdict;
use crate::tail::Tail;
use crate::{Error, stats};
use begin::{Begin, Clock};
use course::{Courses, Rows, explained};

/// Rows of a run, at least: less is a flicker.
const RUN_ROWS_MIN: usize = 5;
/// A run of less than this share of a usual one is doubtful, and of runs so short there may be one in so many.
const SHORT: f64 = 0.5;
const SHORT_SHARE: f64 = 0.1;
/// Runs that must have been seen before a programme can be told at all …
const RUNS_SEEN: usize = 6;
/// … and before it is believed.
pub const RUNS_MIN: usize = 20;
/// The share of the variance of all signals that the time since a run began must explain.
const EXPLAINED_MIN: f64 = 0.5;
/// Parts of the rows of which each is judged by what the others taught.
const FOLDS: usize = 3;
/// A condition ends when a whole run was below this share of the limit.
const RELEASE: f64 = 0.5;
/// Drift is followed by one standard deviation at most in so many times the rows that were learned from.
const FOLLOW: f64 = 2.0;
/// Half the width of the band in which a signal is as usual, in standard deviations.
const BAND_SD: f64 = 3.0;

/// What was seen of a programme so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    clock: Clock,
    /// Runs that were seen whole.
    pub runs: usize,
    /// The share of their variance that the time since a run began explains, on rows held back, in the mean over the signals
    /// that move.
    pub explained: f64,
    /// Whether each signal follows the programme by itself; of the others a course says nothing.
    pub follows: Vec<bool>,
}

/// Looks for a programme of two signals or more in rows of the times `times`, µs, which are `step_us` apart but for silences, given as one column
/// for each signal; none where the rows show none.
pub fn find(times: &[i64], columns: &[Vec<f64>], step_us: i64) -> Option<Found> {
    let rows = Rows { times, columns, step_us };
    let found = |begin: Begin| {
        let (_, runs) = rows.elapsed(Clock::new(begin, 0));
        let lengths: Vec<f64> = runs.iter().map(|r| *r as f64).collect();
        let usual = stats::median(&lengths);
        let short = lengths.iter().filter(|l| **l < SHORT * usual).count() as f64;
        if runs.len() < RUNS_SEEN || usual < RUN_ROWS_MIN as f64 || short > SHORT_SHARE * runs.len() as f64 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, reason = "a part of a run in microseconds")]
        let clock = Clock::new(begin, (SHORT * usual * step_us as f64) as i64);
        let (elapsed, runs) = rows.elapsed(clock);
        let shares = explained(clock, &elapsed, rows);
        let follows: Vec<bool> = shares.iter().map(|s| s.is_some_and(|s| s >= EXPLAINED_MIN)).collect();
        let together = follows.iter().filter(|f| **f).count() > 1;
        let shares: Vec<f64> = shares.into_iter().flatten().collect();
        together.then(|| Found { clock, runs: runs.len(), explained: stats::mean(&shares), follows })
    };
    let all = Begin::all(columns).into_iter().filter_map(found).filter(|f| f.explained >= EXPLAINED_MIN);
    all.reduce(|best, next| if next.explained > best.explained { next } else { best })
}

/// One signal against what is usual at this point of the programme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// The signal's column.
    pub column: usize,
    /// Its value at the last row.
    pub measured: f64,
    /// What is usual there, and how far it may be from that.
    pub expected: f64,
    /// See [`Offset::expected`].
    pub width: f64,
    /// Its share of the deviation over the last rows, 0–1.
    pub share: f64,
}

/// Follows a machine from run to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Programme {
    courses: Courses,
    tail: Tail,
    #[serde(with = "crate::bits::one")]
    limit: f64,
    /// Rows of a usual run, and rows that were learned from.
    run: usize,
    rows: usize,
    step_us: i64,
    /// What each signal has drifted since.
    #[serde(with = "crate::bits")]
    drift: Vec<f64>,
    #[serde(with = "crate::bits")]
    last: Vec<f64>,
    #[serde(with = "crate::bits::one")]
    elapsed: f64,
    #[serde(with = "crate::bits::one")]
    score: f64,
    active: bool,
    /// Rows since the score was above the release.
    calm: usize,
}

impl Programme {
    /// Learns the programme that was [found](find) in these healthy rows. `alpha` gives the probability of a false alarm in
    /// a run of so many seconds.
    ///
    /// # Errors
    /// When there are too few runs.
    pub fn fit(
        (times, columns, step_us): (&[i64], &[Vec<f64>], i64),
        found: &Found,
        alpha: impl Fn(f64) -> f64,
    ) -> Result<Self, Error> {
        let rows = Rows { times, columns, step_us };
        let (elapsed, runs) = rows.elapsed(found.clock);
        let fail = || Error::TooFewRows { what: "a programme", found: runs.len(), needed: RUNS_MIN };
        if runs.len() < RUNS_MIN {
            return Err(fail());
        }
        let fold = |at: usize| at * FOLDS / rows.len().max(1);
        let mut highest = Vec::new();
        for held in 0..FOLDS {
            let courses = Courses::fit((found.clock, &found.follows), &elapsed, rows, &|at| fold(at) == held)?;
            highest.extend(highest_of_runs(courses, rows, &elapsed, &|at| fold(at) == held));
        }
        let tail = Tail::fit(&highest)?;
        let lengths: Vec<f64> = runs.iter().map(|r| *r as f64).collect();
        let run = stats::median(&lengths);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
        Ok(Self {
            courses: Courses::fit((found.clock, &found.follows), &elapsed, rows, &|_| false)?,
            limit: tail.limit(alpha(run * step_us as f64 / 1e6)).max(f64::MIN_POSITIVE),
            tail,
            run: run as usize,
            rows: rows.len(),
            step_us,
            drift: vec![0.0; columns.len()],
            last: vec![f64::NAN; columns.len()],
            elapsed: f64::NAN,
            score: 0.0,
            active: false,
            calm: 0,
        })
    }

    /// Takes the row of `time`, µs; NaN where a signal has no usable value.
    ///
    /// # Errors
    /// When the row has another width than the model.
    pub fn step(&mut self, time: i64, row: &[f64]) -> Result<Verdict, Error> {
        if row.len() != self.drift.len() {
            return Err(Error::Width { what: "a row", found: row.len(), expected: self.drift.len() });
        }
        self.last.copy_from_slice(row);
        let was = self.active;
        let known = self.courses.step(time, row);
        if let Some(elapsed) = known {
            self.elapsed = elapsed;
            let level: Vec<f64> = row.iter().zip(&self.drift).map(|(v, d)| v - d).collect();
            self.score = self.courses.judge(elapsed, &level) / self.limit;
            self.calm = if self.score < RELEASE { self.calm.saturating_add(1) } else { 0 };
            self.active = self.score > 1.0 || self.active && self.calm < self.run;
            if !self.active && self.score < RELEASE {
                self.follow();
            }
        } else {
            self.score = 0.0;
        }
        Ok(Verdict { score: self.score, active: self.active, changed: was != self.active, known: known.is_some() })
    }

    /// Goes a little after each signal: what is farther off than usual is no drift.
    fn follow(&mut self) {
        let pace = FOLLOW * self.rows as f64;
        let course = self.courses.expected(self.elapsed);
        for ((drift, value), (mean, spread)) in self.drift.iter_mut().zip(&self.last).zip(course) {
            let off = value - mean - *drift;
            *drift += if off.is_finite() { off.clamp(-spread, *spread) / pace } else { 0.0 };
        }
    }

    /// Every signal that follows the programme, the one with the largest part first.
    pub fn offsets(&self) -> Vec<Offset> {
        let total: f64 = self.courses.parts().sum();
        let course = self.courses.expected(self.elapsed);
        let places = self.last.iter().zip(&self.drift).zip(course).zip(self.courses.parts()).enumerate();
        let places = places.filter(|(column, _)| self.courses.follows(*column));
        let each = places.map(|(column, (((measured, drift), (mean, spread)), part))| {
            let share = if total > 0.0 { part / total } else { 0.0 };
            Offset { column, measured: *measured, expected: mean + drift, width: BAND_SD * spread, share }
        });
        let mut all: Vec<Offset> = each.filter(|o| o.measured.is_finite() && o.expected.is_finite()).collect();
        all.sort_by(|a, b| b.share.total_cmp(&a.share));
        all
    }

    /// The signal with which a run begins and whether it rises then; none where runs begin after a silence.
    pub fn begins_with(&self) -> Option<(usize, bool)> {
        match self.courses.begin() {
            Begin::Pause => None,
            Begin::Edge { column, rising, .. } => Some((column, rising)),
        }
    }

    /// Seconds since the present run began; NaN before the first one.
    pub fn elapsed(&self) -> f64 {
        self.elapsed
    }

    /// Seconds that a run usually lasts.
    pub fn run_s(&self) -> f64 {
        self.run as f64 * self.step_us as f64 / 1e6
    }

    /// The probability that a healthy run is as far off as the last rows.
    pub fn p_value(&self) -> f64 {
        self.tail.p_value(self.score * self.limit)
    }

    /// Forgets the last rows, not what was learned.
    pub fn rest(&mut self) {
        (self.score, self.active, self.calm, self.elapsed) = (0.0, false, 0, f64::NAN);
        self.courses.rest();
    }
}

/// The highest score of each run in the rows that are `judged`.
fn highest_of_runs(mut courses: Courses, rows: Rows<'_>, elapsed: &[f64], judged: &dyn Fn(usize) -> bool) -> Vec<f64> {
    let mut highest: Vec<f64> = Vec::new();
    let mut inside = false;
    for ((at, (_, row)), elapsed) in rows.iter().enumerate().zip(elapsed) {
        if !judged(at) || elapsed.is_nan() {
            inside = false;
            continue;
        }
        let score = courses.judge(*elapsed, &row);
        match highest.last_mut().filter(|_| inside && *elapsed > 0.0) {
            Some(most) => *most = most.max(score),
            None => highest.push(score),
        }
        inside = true;
    }
    highest
}

#[cfg(test)]
mod tests;
