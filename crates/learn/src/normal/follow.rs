use serde::{Deserialize, Serialize};

use super::fit::{Despike, FeatureKind, Judged, Normal};
use crate::Error;

/// A ring of the last rows of a feature with the sums over its short and long window.
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
        self.at = (self.at + 1) % self.ring.len().max(1);
        if let Some(slot) = self.ring.get_mut(self.at) {
            *slot = value;
        }
    }

    /// The mean of the last `n` usable values; NaN when fewer than half of them are usable.
    fn mean(&self, n: usize) -> f64 {
        let (newer, older) = self.ring.split_at((self.at + 1).min(self.ring.len()));
        let latest = newer.iter().rev().chain(older.iter().rev()).take(n).filter(|v| v.is_finite());
        let (sum, count) = latest.fold((0.0, 0_usize), |(sum, count), v| (sum + v, count + 1));
        if count * 2 < n { f64::NAN } else { sum / count as f64 }
    }

    fn clear(&mut self) {
        self.ring.fill(f64::NAN);
    }
}

/// One feature as it is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Follower {
    window: Window,
    /// Learned drift since the head, in scales, for each window.
    #[serde(with = "crate::bits::pair")]
    drift: [f64; 2],
    /// Deviation over limit at the last row, with its sign, of the window where it is largest.
    #[serde(with = "crate::bits::one")]
    ratio: f64,
    /// Deviation in scales for each window.
    #[serde(with = "crate::bits::pair")]
    deviations: [f64; 2],
}

/// Where a condition stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Condition {
    Quiet,
    Active {
        #[serde(with = "crate::bits::one")]
        peak: f64,
    },
    Recovering {
        #[serde(with = "crate::bits::one")]
        low: f64,
    },
}

/// What one row says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The largest deviation over its limit: above 1 a condition begins.
    pub score: f64,
    /// Whether a condition holds.
    pub active: bool,
    /// Whether it began or ended with this row.
    pub changed: bool,
    /// Whether the operating state lies within what was learned; if not, nothing is judged.
    pub known: bool,
}

/// Follows a machine row by row against its [`Normal`]. Nothing is allocated per row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    normal: Normal,
    filters: Vec<Despike>,
    #[serde(with = "crate::bits")]
    row: Vec<f64>,
    followers: Vec<Follower>,
    condition: Condition,
}

impl Monitor {
    /// Begins to follow.
    pub fn new(normal: Normal) -> Self {
        let longest = normal.tuning.windows.into_iter().max().unwrap_or(1);
        let follower = Follower { window: Window::new(longest), drift: [0.0; 2], ratio: 0.0, deviations: [0.0; 2] };
        Self {
            filters: vec![Despike::default(); normal.width],
            row: vec![f64::NAN; normal.width],
            followers: vec![follower; normal.features.len()],
            condition: Condition::Quiet,
            normal,
        }
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
        if row.len() != self.row.len() {
            return Err(Error::Width { what: "a row", found: row.len(), expected: self.row.len() });
        }
        for ((clean, filter), value) in self.row.iter_mut().zip(&mut self.filters).zip(row) {
            *clean = filter.next(*value);
        }
        let was = self.is_active();
        let known = self.normal.knows(&self.row);
        let score = if known { self.judge() } else { self.forget() };
        if known {
            self.decide(score);
        }
        let active = self.is_active();
        Ok(Verdict { score, active, changed: was != active, known })
    }

    fn judge(&mut self) -> f64 {
        let windows = self.normal.tuning.windows;
        let mut score = 0.0_f64;
        for (follower, feature) in self.followers.iter_mut().zip(&self.normal.features) {
            follower.window.push(feature.value(&self.row));
            follower.ratio = 0.0;
            let places = follower.deviations.iter_mut().zip(&follower.drift).zip(windows);
            for (((deviation, drift), n), judged) in places.zip(&feature.levels) {
                let mean = follower.window.mean(n);
                *deviation = if mean.is_nan() { 0.0 } else { judged.level.deviation(mean) - drift };
                let ratio = *deviation / judged.limit;
                if ratio.abs() > follower.ratio.abs() {
                    follower.ratio = ratio;
                }
            }
            score = score.max(follower.ratio.abs());
        }
        score
    }

    /// Forgets the last rows, not what was learned: after a pause or in another operating state.
    pub fn rest(&mut self) {
        self.forget();
        self.filters.fill(Despike::default());
        self.condition = Condition::Quiet;
    }

    /// An unknown operating state: nothing is judged, and no window spans it.
    fn forget(&mut self) -> f64 {
        self.followers.iter_mut().for_each(|f| f.window.clear());
        0.0
    }

    fn decide(&mut self, score: f64) {
        let tuning = self.normal.tuning;
        self.condition = match self.condition {
            Condition::Quiet if score > 1.0 => Condition::Active { peak: score },
            Condition::Quiet => Condition::Quiet,
            Condition::Active { peak } => {
                let peak = peak.max(score);
                match score {
                    s if s < tuning.release => Condition::Quiet,
                    s if s < tuning.recovered * peak => Condition::Recovering { low: s },
                    _ => Condition::Active { peak },
                }
            }
            Condition::Recovering { low } => match score {
                s if s < tuning.release => Condition::Quiet,
                s if s > low.min(s) + 1.0 => Condition::Active { peak: s },
                s => Condition::Recovering { low: low.min(s) },
            },
        };
        if !self.is_active() {
            let pace = tuning.follow * self.normal.rows as f64;
            for follower in &mut self.followers {
                follower.drift.iter_mut().zip(&follower.deviations).for_each(|(d, now)| *d += now / pace);
            }
        }
    }

    /// Whether a condition holds.
    pub fn is_active(&self) -> bool {
        matches!(self.condition, Condition::Active { .. })
    }

    /// Deviation over limit at the last row for each feature, with its sign, beside what it is about.
    pub fn ratios(&self) -> impl Iterator<Item = (usize, FeatureKind, f64)> + '_ {
        self.normal.features.iter().zip(&self.followers).map(|(f, s)| (f.column, f.kind, s.ratio))
    }

    /// The probability that a healthy machine looks like the last row or worse: the smallest of all features,
    /// times their number (Bonferroni).
    pub fn p_value(&self) -> f64 {
        let pairs = self.normal.features.iter().zip(&self.followers);
        let each = pairs.flat_map(|(f, s)| f.levels.iter().zip(s.deviations).map(|(j, d)| j.level.p_value(d)));
        let (least, count) = each.fold((1.0_f64, 0_u32), |(least, count), p| (least.min(p), count + 1));
        (least * f64::from(count)).min(1.0)
    }

    /// The window mean of signal `column` now, what is expected of it in this operating state, and the distance
    /// from there to the limit, all in its unit.
    pub fn comparison(&self, column: usize) -> Option<(f64, f64, f64)> {
        let mut pairs = self.normal.features.iter().zip(&self.followers);
        let (feature, follower) = pairs.find(|(f, _)| f.column == column && f.kind == FeatureKind::Level)?;
        let Judged { level, limit } = feature.levels.first()?;
        let [short, _] = self.normal.tuning.windows;
        let [drift, _] = follower.drift;
        let expected = feature.expected(&self.row) + drift * level.scale;
        let measured = expected + follower.window.mean(short) - level.centre - drift * level.scale;
        measured.is_finite().then_some((measured, expected, limit * level.scale))
    }
}
