use serde::{Deserialize, Serialize};

use super::beyond::Beyond;
use super::fit::{Despike, FeatureKind, Normal, Tuning};
use super::judged::Judged;
use super::relation::Relation;
use crate::Error;
use crate::cva;

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

    /// The mean of the last `n` usable values, NaN when fewer than half of them are usable; and how much less than of all of
    /// them its deviation counts, for a mean of fewer strays farther.
    fn mean(&self, n: usize) -> (f64, f64) {
        let (newer, older) = self.ring.split_at((self.at + 1).min(self.ring.len()));
        let (newer, rest) = last(newer, n);
        let (older, _) = last(older, rest);
        let sum = older.iter().rev().fold(newer.iter().rev().fold(0.0, |sum, v| sum + v), |sum, v| sum + v);
        if sum.is_finite() && newer.len() + older.len() == n {
            return (sum / n as f64, 1.0);
        }
        let usable = newer.iter().rev().chain(older.iter().rev()).filter(|v| v.is_finite());
        let (sum, count) = usable.fold((0.0, 0_usize), |(sum, count), v| (sum + v, count + 1));
        let counts = (count as f64 / n as f64).sqrt();
        (if count * 2 < n { f64::NAN } else { sum / count as f64 }, counts)
    }

    fn clear(&mut self) {
        self.ring.fill(f64::NAN);
    }
}

/// The last `n` values, and how many are missing.
fn last(values: &[f64], n: usize) -> (&[f64], usize) {
    let from = values.len().saturating_sub(n);
    (values.get(from..).unwrap_or_default(), n.saturating_sub(values.len()))
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
    /// The largest deviation of the short window while the condition holds, in scales.
    #[serde(with = "crate::bits::one")]
    peak: f64,
}

impl Follower {
    fn new(levels: &[Judged]) -> Self {
        let longest = levels.iter().map(|judged| judged.window).max().unwrap_or(1);
        Self { window: Window::new(longest), drift: [0.0; 2], ratio: 0.0, deviations: [0.0; 2], peak: 0.0 }
    }

    /// Takes the next value and says how far over its limit the worse window is.
    fn judge(&mut self, value: f64, levels: &[Judged]) -> f64 {
        self.window.push(value);
        self.ratio = 0.0;
        for ((deviation, drift), judged) in self.deviations.iter_mut().zip(&self.drift).zip(levels) {
            let (mean, counts) = self.window.mean(judged.window);
            *deviation = if mean.is_nan() { 0.0 } else { (judged.level.deviation(mean) - drift) * counts };
            let ratio = *deviation / judged.limit;
            if ratio.abs() > self.ratio.abs() {
                self.ratio = ratio;
            }
        }
        self.ratio
    }

    /// Whether the long window is farther over its limit than the short one.
    fn farther(&self, levels: &[Judged]) -> bool {
        let over = |(deviation, judged): (&f64, &Judged)| (deviation / judged.limit).abs();
        self.deviations.iter().zip(levels).map(over).is_sorted_by(|short, long| short < long)
    }

    /// Notes how far the short window has been off since the condition began.
    fn note(&mut self, begins: bool) {
        let [now, _] = self.deviations;
        self.peak = if begins { now.abs() } else { self.peak.max(now.abs()) };
    }

    /// Whether the last rows alone are back where they belong, whatever the long window still remembers: the short window is
    /// within its limit, and has come back most of the way that it was off. What swings is back when a whole period is.
    fn is_calm(&self, levels: &[Judged], tuning: &Tuning) -> bool {
        let [now, _] = self.deviations;
        let over = |place: usize| {
            let pair = self.deviations.get(place).zip(levels.get(place));
            pair.map_or(0.0, |(deviation, judged)| (deviation / judged.limit).abs())
        };
        let alone = !levels.iter().any(|judged| judged.whole);
        over(0) < tuning.release && (over(1) < tuning.release || alone && now.abs() < tuning.recovered * self.peak)
    }

    /// Follows drift, by one limit at most in the time that `pace` gives: what is farther off is no drift.
    fn follow(&mut self, levels: &[Judged], pace: f64) {
        let places = self.drift.iter_mut().zip(&self.deviations).zip(levels);
        places.for_each(|((drift, now), judged)| *drift += now.max(-judged.limit).min(judged.limit) / pace);
    }
}

/// What holds between the signals as it is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Together {
    rows: cva::Window,
    follower: Follower,
}

/// Where a condition stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Condition {
    Quiet,
    Active {
        #[serde(with = "crate::bits::one")]
        peak: f64,
        /// For how many rows the short windows were back where they belong.
        calm: usize,
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
    together: Option<Together>,
    condition: Condition,
    #[serde(default)]
    beyond: Beyond,
}

impl Monitor {
    /// Begins to follow.
    pub fn new(normal: Normal) -> Self {
        let together = |r: &Relation| Together { rows: r.window(), follower: Follower::new(&r.levels) };
        Self {
            filters: vec![Despike::default(); normal.width],
            row: vec![f64::NAN; normal.width],
            together: normal.relation.as_ref().map(together),
            followers: normal.features.iter().map(|f| Follower::new(&f.levels)).collect(),
            condition: Condition::Quiet,
            beyond: Beyond::default(),
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
        let [_, long] = self.normal.tuning.windows;
        self.beyond.take(&self.row, known, long);
        let score = if known { self.judge() } else { self.forget() };
        if known {
            self.decide(score);
        }
        let active = self.is_active();
        Ok(Verdict { score, active, changed: was != active, known })
    }

    fn judge(&mut self) -> f64 {
        let mut score = 0.0_f64;
        for (follower, feature) in self.followers.iter_mut().zip(&self.normal.features) {
            score = score.max(follower.judge(feature.value(&self.row), &feature.levels).abs());
        }
        if let (Some(together), Some(relation)) = (&mut self.together, &self.normal.relation) {
            let value = relation.value(&mut together.rows, &self.row);
            score = score.max(together.follower.judge(value, &relation.levels));
        }
        score
    }

    /// The mean of the last rows where they were beyond what was learned for as long as the long window.
    pub(super) fn lasting_beyond(&self) -> Option<&[f64]> {
        let [_, long] = self.normal.tuning.windows;
        self.beyond.lasting(long)
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
        if let Some(together) = &mut self.together {
            together.rows.clear();
            together.follower.window.clear();
        }
        0.0
    }

    fn decide(&mut self, score: f64) {
        let tuning = self.normal.tuning;
        let [short, _] = tuning.windows;
        let begins = !self.is_active();
        if !begins || score > 1.0 {
            let together = self.together.iter_mut().map(|t| &mut t.follower);
            self.followers.iter_mut().chain(together).for_each(|f| f.note(begins));
        }
        self.condition = match self.condition {
            Condition::Quiet if score > 1.0 => Condition::Active { peak: score, calm: 0 },
            Condition::Quiet => Condition::Quiet,
            Condition::Active { peak, calm } => {
                let peak = peak.max(score);
                let calm = if self.is_calm() { calm + 1 } else { 0 };
                match score {
                    s if s < tuning.release => Condition::Quiet,
                    _ if 2 * calm >= short => {
                        self.forget();
                        Condition::Quiet
                    }
                    s if s < tuning.recovered * peak => Condition::Recovering { low: s },
                    _ => Condition::Active { peak, calm },
                }
            }
            Condition::Recovering { low } => match score {
                s if s < tuning.release => Condition::Quiet,
                s if s > low.min(s) + 1.0 => Condition::Active { peak: s, calm: 0 },
                s => Condition::Recovering { low: low.min(s) },
            },
        };
        if !self.is_active() {
            let pace = tuning.follow * self.normal.rows as f64;
            let features = self.followers.iter_mut().zip(&self.normal.features);
            features.for_each(|(follower, feature)| follower.follow(&feature.levels, pace));
            let relation = self.together.iter_mut().zip(&self.normal.relation);
            relation.for_each(|(together, relation)| together.follower.follow(&relation.levels, pace));
        }
    }

    /// Whether the last rows alone are back where they belong.
    fn is_calm(&self) -> bool {
        let tuning = &self.normal.tuning;
        let mut features = self.followers.iter().zip(&self.normal.features);
        let mut relation = self.together.iter().zip(&self.normal.relation);
        features.all(|(s, f)| s.is_calm(&f.levels, tuning))
            && relation.all(|(t, r)| t.follower.is_calm(&r.levels, tuning))
    }

    /// Whether a condition holds.
    pub fn is_active(&self) -> bool {
        matches!(self.condition, Condition::Active { .. })
    }

    /// Deviation over limit at the last row for each feature, with its sign, beside what it is about.
    pub fn ratios(&self) -> impl Iterator<Item = (usize, FeatureKind, f64)> + '_ {
        self.normal.features.iter().zip(&self.followers).map(|(f, s)| (f.column, f.kind, s.ratio))
    }

    /// How far over its limit the last rows break what always held between the signals; above 0 only.
    pub fn relation(&self) -> f64 {
        self.together.as_ref().map_or(0.0, |t| t.follower.ratio.max(0.0))
    }

    /// Of each signal that takes part in what always held between them: the last value, what the other signals
    /// make of it, and the standard deviation of the difference while all is well, all in its unit.
    pub fn among_others(&self) -> impl Iterator<Item = (usize, f64, f64, f64)> + '_ {
        let pair = self.together.as_ref().zip(self.normal.relation.as_ref());
        let offsets = pair.into_iter().flat_map(|(t, r)| r.offsets(&t.rows));
        offsets.map(|(column, off, sd)| {
            let measured = self.row.get(column).copied().unwrap_or(f64::NAN);
            (column, measured, measured - off, sd)
        })
    }

    /// The probability that a healthy machine looks like the last row or worse: the smallest of all that is
    /// judged, times their number (Bonferroni).
    pub fn p_value(&self) -> f64 {
        let each = self.deviations().map(|(j, d)| j.level.p_value(d));
        let (least, count) = each.fold((1.0_f64, 0_u32), |(least, count), p| (least.min(p), count + 1));
        (least * f64::from(count)).min(1.0)
    }

    /// All that is judged beside its deviation at the last row, in scales; of what holds between signals only
    /// deviations upwards.
    fn deviations(&self) -> impl Iterator<Item = (&Judged, f64)> {
        let features = self.normal.features.iter().zip(&self.followers);
        let features = features.flat_map(|(f, s)| f.levels.iter().zip(s.deviations));
        let relation = self.normal.relation.iter().zip(&self.together);
        features.chain(relation.flat_map(|(r, t)| r.levels.iter().zip(t.follower.deviations.map(|d| d.max(0.0)))))
    }

    /// Shows the deviation over limit at the last row of all that is judged, without sign.
    pub(super) fn each_ratio(&self, mut see: impl FnMut(f64)) {
        self.deviations().for_each(|(judged, deviation)| see((deviation / judged.limit).abs()));
    }

    /// Of each signal whose level is judged what it is off its expectation at the last row, drift left in, and what that is;
    /// both in its unit.
    pub fn residuals(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        let levels = self.normal.features.iter().filter(|f| f.kind == FeatureKind::Level);
        levels.map(|feature| {
            let expected = feature.expected(&self.row);
            let measured = self.row.get(feature.column).copied().unwrap_or(f64::NAN);
            (feature.column, measured - expected, expected)
        })
    }

    /// The mean of signal `column` over the short window, or over whole periods where it swings and these are farther off;
    /// what is expected of it in this operating state, and the distance from there to the limit, all in its unit.
    pub fn comparison(&self, column: usize) -> Option<(f64, f64, f64)> {
        self.compared(column, FeatureKind::Level)
    }

    /// The same beside what the other signals predict of it; none where they predict nothing.
    pub fn beside_others(&self, column: usize) -> Option<(f64, f64, f64)> {
        self.compared(column, FeatureKind::Cross)
    }

    fn compared(&self, column: usize, kind: FeatureKind) -> Option<(f64, f64, f64)> {
        let mut pairs = self.normal.features.iter().zip(&self.followers);
        let (feature, follower) = pairs.find(|(f, _)| f.column == column && f.kind == kind)?;
        let place = usize::from(feature.levels.last()?.whole && follower.farther(&feature.levels));
        let Judged { level, limit, window, .. } = feature.levels.get(place)?;
        let drift = follower.drift.get(place)?;
        let expected = feature.expected(&self.row) + drift * level.scale;
        let (mean, _) = follower.window.mean(*window);
        let measured = expected + mean - level.centre - drift * level.scale;
        measured.is_finite().then_some((measured, expected, limit * level.scale))
    }
}
