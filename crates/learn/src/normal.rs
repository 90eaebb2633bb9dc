//! Normal behaviour of a machine: learned from a healthy head, then followed row by row.
//!
//! Each signal's window mean is compared with its learned [`Level`]; the largest deviation, in scales, is the
//! score. While nothing is wrong the expectation follows slow drift; once the score passes the limit the
//! expectation is frozen, and the condition lasts until most of the deviation is gone.

use serde::{Deserialize, Serialize};

use crate::{Error, level::Level, stats};

/// How a machine is watched. One setting for all machines.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// Rows of the window whose mean is judged.
    pub window: usize,
    /// The score at which a condition begins.
    pub limit: f64,
    /// The condition ends below this share of the limit …
    pub release: f64,
    /// … or of the highest score it had, whichever is higher.
    pub recovered: f64,
    /// Over how many rows the expectation follows drift while nothing is wrong.
    pub follow: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { window: 15, limit: 4.0, release: 0.5, recovered: 0.35, follow: 400.0 }
    }
}

/// What was learned about each signal; none where a signal cannot be judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normal {
    levels: Vec<Option<Level>>,
    tuning: Tuning,
}

impl Normal {
    /// Learns from healthy rows, given as one column for each signal.
    ///
    /// # Errors
    /// When no signal has enough usable rows.
    pub fn fit(columns: &[Vec<f64>], tuning: Tuning) -> Result<Self, Error> {
        let fits: Vec<_> = columns.iter().map(|c| Level::fit(&despiked(c), tuning.window)).collect();
        if let (true, Some(Err(error))) = (fits.iter().all(Result::is_err), fits.first()) {
            return Err(error.clone());
        }
        Ok(Self { levels: fits.into_iter().map(Result::ok).collect(), tuning })
    }

    /// What was learned about signal `column`.
    pub fn level(&self, column: usize) -> Option<&Level> {
        self.levels.get(column)?.as_ref()
    }

    /// How many signals there are.
    pub fn width(&self) -> usize {
        self.levels.len()
    }

    /// How it was told to watch.
    pub fn tuning(&self) -> &Tuning {
        &self.tuning
    }
}

/// Single spikes removed: each value replaced by the middle one of itself and the two before.
fn despiked(column: &[f64]) -> Vec<f64> {
    let mut filter = Despike::default();
    column.iter().map(|v| filter.next(*v)).collect()
}

/// The middle one of the last three usable values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Despike {
    before: Option<(f64, f64)>,
}

impl Despike {
    fn next(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            return f64::NAN;
        }
        let (a, b) = self.before.unwrap_or((value, value));
        self.before = Some((b, value));
        stats::median3(a, b, value)
    }
}

/// The mean of the last `capacity` values, NaN left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Window {
    #[serde(with = "crate::bits")]
    ring: Vec<f64>,
    at: usize,
}

impl Window {
    fn new(capacity: usize) -> Self {
        Self { ring: vec![f64::NAN; capacity.max(1)], at: 0 }
    }

    fn push(&mut self, value: f64) {
        if let Some(slot) = self.ring.get_mut(self.at) {
            *slot = value;
        }
        self.at = (self.at + 1) % self.ring.len().max(1);
    }

    /// The mean; NaN when fewer than half of the places hold a value.
    fn mean(&self) -> f64 {
        let usable = self.ring.iter().filter(|v| v.is_finite()).count();
        if usable * 2 < self.ring.len() { f64::NAN } else { stats::mean(&self.ring) }
    }
}

/// One signal as it is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Follower {
    despike: Despike,
    window: Window,
    offset: f64,
    deviation: f64,
}

/// What one row says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The largest deviation of a signal, in scales.
    pub score: f64,
    /// Whether a condition holds.
    pub active: bool,
    /// Whether it began or ended with this row.
    pub changed: bool,
}

/// Follows a machine row by row against its [`Normal`]. Nothing is allocated per row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    normal: Normal,
    followers: Vec<Follower>,
    active: bool,
    peak: f64,
}

impl Monitor {
    /// Begins to follow.
    pub fn new(normal: Normal) -> Self {
        let follower = || Follower {
            despike: Despike::default(),
            window: Window::new(normal.tuning.window),
            offset: 0.0,
            deviation: 0.0,
        };
        let followers = (0..normal.width()).map(|_| follower()).collect();
        Self { normal, followers, active: false, peak: 0.0 }
    }

    /// What was learned.
    pub fn normal(&self) -> &Normal {
        &self.normal
    }

    /// Takes the next row; NaN where a signal has no usable value.
    ///
    /// # Errors
    /// When the row has another width than the model.
    pub fn step(&mut self, row: &[f64]) -> Result<Verdict, Error> {
        if row.len() != self.followers.len() {
            return Err(Error::Width { what: "a row", found: row.len(), expected: self.followers.len() });
        }
        let mut score = 0.0_f64;
        for ((follower, level), value) in self.followers.iter_mut().zip(&self.normal.levels).zip(row) {
            let clean = follower.despike.next(*value);
            follower.window.push(clean);
            let Some(level) = level else { continue };
            let mean = follower.window.mean();
            follower.deviation = if mean.is_nan() { 0.0 } else { level.deviation(mean) - follower.offset };
            score = score.max(follower.deviation.abs());
        }
        let was = self.active;
        self.decide(score);
        Ok(Verdict { score, active: self.active, changed: was != self.active })
    }

    fn decide(&mut self, score: f64) {
        let tuning = self.normal.tuning;
        if self.active {
            self.peak = self.peak.max(score);
            self.active = score >= (tuning.release * tuning.limit).max(tuning.recovered * self.peak);
        } else if score > tuning.limit {
            self.active = true;
            self.peak = score;
        } else {
            for follower in &mut self.followers {
                follower.offset += follower.deviation / tuning.follow;
            }
        }
    }

    /// The deviation of each signal at the last row, in scales, with its sign.
    pub fn deviations(&self) -> impl Iterator<Item = f64> + '_ {
        self.followers.iter().map(|f| f.deviation)
    }

    /// What is expected of signal `column` now and what its window mean is, both in its unit.
    pub fn comparison(&self, column: usize) -> Option<(f64, f64)> {
        let level = self.normal.level(column)?;
        let follower = self.followers.get(column)?;
        Some((level.centre + follower.offset * level.scale, follower.window.mean()))
    }
}
