//! What rows of cycles usually look like, and whether the last ones still do.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::{Error, stats};

/// Rows of the short and the long window.
const WINDOWS: [usize; 2] = [5, 20];
/// The fewest windows that are learned from.
const LEARN_MIN: usize = 12;
/// One in so many values of a window is left out at either end: a stray cycle says nothing.
const TRIM: usize = 10;
/// The quantiles of healthy distances by which their tail is drawn: above are windows in which the product changed.
const TAIL: [f64; 2] = [0.7, 0.9];
/// The limit is wider than that tail says: it is drawn from few windows.
const WIDER: f64 = 1.3;
/// The least scale, as a share of a value.
const SCALE_MIN: f64 = 1e-3;
/// A condition ends below this share of the limit.
const RELEASE: f64 = 0.5;
/// Drift is followed by one scale at most in so many times the rows that were learned from.
const FOLLOW: f64 = 2.0;

/// The means of windows of one length while all was well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Reference {
    rows: usize,
    #[serde(with = "crate::bits")]
    scales: Vec<f64>,
    /// Window by window.
    #[serde(with = "crate::bits")]
    means: Vec<f64>,
    /// Squared distance and slope of the tail of squared distances.
    #[serde(with = "crate::bits::pair")]
    tail: [f64; 2],
    #[serde(with = "crate::bits::one")]
    limit: f64,
    /// For how many rows the limit was passed.
    over: usize,
    /// The distance over the limit at the last row, and the window nearest to it.
    #[serde(with = "crate::bits::one")]
    ratio: f64,
    nearest: usize,
}

/// Judges the last rows: a window of them is normal when one like it was learned, of whatever product.
///
/// The distance to a learned window is that of the value that differs most, in scales by which neighbouring windows
/// differ. The limit continues the tail of the distances of learned windows to each other, as of a normal variable,
/// to the stated false-alarm level. It must be passed for as long as the window is: one in which the product changes is like
/// none, and one after it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Usual {
    width: usize,
    /// Values from here on are what is asked of the machine: windows are compared only where they are alike in these.
    asked: usize,
    references: Vec<Reference>,
    last: VecDeque<Recent>,
    #[serde(with = "crate::bits")]
    drift: Vec<f64>,
    rows: usize,
    active: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Recent(#[serde(with = "crate::bits")] Vec<f64>);

/// One value of the last rows against what is usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// Which value of the row.
    pub column: usize,
    /// Its mean over the window.
    pub measured: f64,
    /// That of the nearest window that was learned.
    pub expected: f64,
    /// How far it may be from there.
    pub width: f64,
}

impl Usual {
    /// Learns from healthy rows, given as one column for each value; those from `asked` on are what is asked of the
    /// machine. A scale is at least the value's floor. `alpha` is the probability of a false alarm in one row.
    ///
    /// # Errors
    /// With fewer than 60 rows.
    pub fn fit(columns: &[Vec<f64>], (asked, floors): (usize, &[f64]), alpha: f64) -> Result<Self, Error> {
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let needed = LEARN_MIN * WINDOWS[0];
        if rows < needed {
            return Err(Error::TooFewRows { what: "a cycle", found: rows, needed });
        }
        let fit = |n: &usize| (rows / n >= LEARN_MIN).then(|| Reference::fit(columns, (asked, floors), (*n, alpha)));
        Ok(Self {
            width: columns.len(),
            asked,
            references: WINDOWS.iter().filter_map(fit).collect(),
            last: VecDeque::new(),
            drift: vec![0.0; columns.len()],
            rows,
            active: false,
        })
    }

    /// Takes the next row and says how far over the limit the last ones are; at most 1 until they were so for as long
    /// as they are judged.
    ///
    /// # Errors
    /// When the row has another width.
    pub fn step(&mut self, row: &[f64]) -> Result<f64, Error> {
        if row.len() != self.width {
            return Err(Error::Width { what: "a row", found: row.len(), expected: self.width });
        }
        self.last.push_back(Recent(row.to_vec()));
        if self.last.len() > WINDOWS[1] {
            self.last.pop_front();
        }
        let mut score = 0.0_f64;
        for reference in &mut self.references {
            let now = window(&self.last, reference.rows, &self.drift);
            reference.judge(&now, self.asked);
            let held = reference.over >= reference.rows;
            score = score.max(if held { reference.ratio } else { reference.ratio.min(1.0) });
        }
        self.active = score > 1.0 || self.active && score > RELEASE;
        if !self.active {
            self.follow();
        }
        Ok(score)
    }

    /// Goes a little after the last rows, unless they are off: that is a change, not drift.
    fn follow(&mut self) {
        let Some(reference) = self.references.first().filter(|r| self.last.len() >= r.rows && r.ratio < RELEASE) else {
            return;
        };
        let now = window(&self.last, reference.rows, &self.drift);
        let near = reference.at(reference.nearest);
        let offs = now.iter().zip(near).zip(&reference.scales).map(|((now, near), scale)| (now - near, *scale));
        for (drift, (off, scale)) in self.drift.iter_mut().zip(offs).take(self.asked) {
            // a clamped step: the nearest window of the wrong product pulls no farther than that of the right one
            *drift += if off.is_finite() { off.clamp(-scale, scale) / (FOLLOW * self.rows as f64) } else { 0.0 };
        }
    }

    /// Forgets the last rows, not what was learned.
    pub fn rest(&mut self) {
        self.last.clear();
        self.active = false;
        self.references.iter_mut().for_each(|r| (r.over, r.ratio) = (0, 0.0));
    }

    /// Whether a condition holds.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// How many rows are judged together where they are farthest off.
    pub fn window(&self) -> usize {
        self.worst().map_or(0, |r| r.rows)
    }

    fn worst(&self) -> Option<&Reference> {
        self.references.iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio))
    }

    /// The probability that healthy rows look like the last ones or worse.
    pub fn p_value(&self) -> f64 {
        let each = self.references.iter().map(Reference::p_value);
        (each.fold(1.0, f64::min) * self.references.len() as f64).min(1.0)
    }

    /// Every value that is judged, where the rows are farthest off.
    pub fn offsets(&self) -> Vec<Offset> {
        let Some(reference) = self.worst() else { return Vec::new() };
        let now = window(&self.last, reference.rows, &self.drift);
        let near = reference.at(reference.nearest);
        let pairs = now.iter().zip(near).zip(&self.drift).map(|((now, near), drift)| (now + drift, near + drift));
        let each = pairs.zip(&reference.scales).take(self.asked).enumerate();
        let offsets = each.map(|(column, ((measured, expected), scale))| {
            let width = reference.limit * scale;
            Offset { column, measured, expected, width }
        });
        offsets.filter(|o| o.measured.is_finite() && o.expected.is_finite()).collect()
    }
}

impl Reference {
    fn fit(columns: &[Vec<f64>], (asked, floors): (usize, &[f64]), (rows, alpha): (usize, f64)) -> Self {
        let means: Vec<Vec<f64>> = columns.iter().map(|c| c.chunks_exact(rows).map(trimmed).collect()).collect();
        let scales = means.iter().zip(floors.iter().chain(std::iter::repeat(&0.0)));
        let scales: Vec<f64> = scales.map(|(means, floor)| scale(means).max(*floor)).collect();
        let count = means.first().map_or(0, Vec::len);
        let flat = (0..count).flat_map(|w| means.iter().map(move |m| m.get(w).copied().unwrap_or(f64::NAN))).collect();
        let mut own = Self { rows, scales, means: flat, tail: [0.0; 2], limit: 1.0, over: 0, ratio: 0.0, nearest: 0 };
        let distances: Vec<f64> = (0..count).map(|w| own.nearest(own.at(w), asked, Some(w)).0.powi(2)).collect();
        let [low, high] = TAIL.map(|q| stats::quantile(&distances, q));
        let slope = (high - low) / ((1.0 - TAIL[0]) / (1.0 - TAIL[1])).ln();
        own.tail = [high, slope.max(1e-3 * high).max(f64::MIN_POSITIVE)];
        let beyond = ((1.0 - TAIL[1]) / alpha).ln().max(0.0);
        own.limit = WIDER * (own.tail[0] + own.tail[1] * beyond).sqrt().max(1.0);
        own
    }

    fn width(&self) -> usize {
        self.scales.len().max(1)
    }

    fn at(&self, window: usize) -> &[f64] {
        self.means.get(window * self.width()..(window + 1) * self.width()).unwrap_or_default()
    }

    /// Distance and number of the learned window nearest to `now` among those in which the same was asked; infinite
    /// when there is none. One may be left out.
    fn nearest(&self, now: &[f64], asked: usize, without: Option<usize>) -> (f64, usize) {
        let mut best = (f64::INFINITY, 0);
        for (number, window) in self.means.chunks_exact(self.width()).enumerate().filter(|(n, _)| Some(*n) != without) {
            let offs = now.iter().zip(window).zip(&self.scales).map(|((a, b), s)| ((a - b) / s).abs());
            let mut most = 0.0_f64;
            for (column, off) in offs.enumerate() {
                most = if column >= asked && off > self.limit.max(6.0) { f64::INFINITY } else { most.max(off) };
                if most >= best.0 {
                    break;
                }
            }
            best = if most < best.0 { (most, number) } else { best };
        }
        best
    }

    fn judge(&mut self, now: &[f64], asked: usize) {
        let (distance, nearest) = if now.is_empty() { (0.0, 0) } else { self.nearest(now, asked, None) };
        self.nearest = nearest;
        // what was never asked before is not judged
        self.ratio = if distance.is_finite() { distance / self.limit } else { 0.0 };
        self.over = if self.ratio > 1.0 { self.over + 1 } else { 0 };
    }

    fn p_value(&self) -> f64 {
        let [high, slope] = self.tail;
        let squared = (self.ratio * self.limit / WIDER).powi(2);
        let tail = 1.0 - TAIL[1];
        if squared <= high { 1.0 } else { tail * (-(squared - high) / slope).exp() }
    }
}

/// The trimmed means of the last `rows` rows without drift; empty when there are fewer.
fn window(last: &VecDeque<Recent>, rows: usize, drift: &[f64]) -> Vec<f64> {
    if last.len() < rows {
        return Vec::new();
    }
    let mut values = Vec::with_capacity(rows);
    let mean = |(column, drift): (usize, &f64)| {
        values.clear();
        values.extend(last.iter().rev().take(rows).filter_map(|r| r.0.get(column).copied()));
        trimmed(&values) - drift
    };
    drift.iter().enumerate().map(mean).collect()
}

/// The mean without the smallest and largest values; NaN when half of them are missing.
fn trimmed(values: &[f64]) -> f64 {
    let mut sorted = stats::finite(values);
    if sorted.len() * 2 <= values.len() {
        return f64::NAN;
    }
    sorted.sort_by(f64::total_cmp);
    let out = (sorted.len() / TRIM).max(1);
    let kept = sorted.get(out..sorted.len().saturating_sub(out)).filter(|kept| !kept.is_empty());
    stats::mean(kept.unwrap_or(&sorted))
}

/// The standard deviation of the means by the steps from one to the next, the largest tenth left out.
fn scale(means: &[f64]) -> f64 {
    let steps = means.windows(2).filter_map(|w| Some((w.get(1)? - w.first()?).powi(2)));
    let mut steps = stats::finite(&steps.collect::<Vec<f64>>());
    steps.sort_by(f64::total_cmp);
    let usual = steps.get(..steps.len() - steps.len() / 10).unwrap_or_default();
    let spread = if usual.is_empty() { 0.0 } else { (stats::mean(usual) / 2.0).sqrt() };
    let largest = means.iter().filter(|v| v.is_finite()).fold(0.0_f64, |m, v| m.max(v.abs()));
    spread.max(SCALE_MIN * largest).max(f64::MIN_POSITIVE)
}
