//! Learning row by row: nothing is kept but sums, and of the rows held back what they were off.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::course::Course;
use super::{Cross, FIT_LEVEL, Gone, LEVEL, Signal, WIDTH_MAX, distance};
use crate::conformal;

/// Rows after which it is decided which signals take part.
const TRIAL: usize = 50;
/// The share of those rows in which a signal must have a value.
const PRESENT_MIN: f64 = 0.9;
/// Rows for each signal that are learned from at least.
const ROWS_PER_SIGNAL: usize = 20;
/// Of the rows this share is held back, the last ones.
const HELD_BACK: f64 = 1.0 / 3.0;
/// Rows held back whose distances are kept, evenly spread.
const KEPT_MAX: usize = 240;
/// The penalty on relations, as in [`Ridge`](crate::ridge::Ridge).
const PENALTY: f64 = 1e-3;

/// Learns a [`Cross`] from healthy rows as they come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learner {
    width: usize,
    rows: usize,
    /// Rows offered, and in how many of them each column had a value.
    offered: usize,
    present: Vec<usize>,
    sums: Sums,
    held: Option<Held>,
}

/// Means and co-moments of the columns that take part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    columns: Vec<usize>,
    count: usize,
    #[serde(with = "crate::bits")]
    means: Vec<f64>,
    /// Σ(x − x̄)(y − ȳ), row by row.
    #[serde(with = "crate::bits")]
    products: Vec<f64>,
    #[serde(with = "crate::bits")]
    steps: Vec<f64>,
    #[serde(with = "crate::bits")]
    last: Vec<f64>,
    /// None where it was begun before they were kept.
    #[serde(default)]
    courses: Vec<Course>,
}

impl Sums {
    fn of(columns: Vec<usize>) -> Self {
        let n = columns.len();
        Self {
            columns,
            count: 0,
            means: vec![0.0; n],
            products: vec![0.0; n * n],
            steps: vec![0.0; n],
            last: vec![0.0; n],
            courses: vec![Course::NEW; n],
        }
    }

    /// Takes a row of all signals if it is whole (Welford's update for pairs).
    fn add(&mut self, row: &[f64]) {
        let (mut values, mut before) = ([0.0; WIDTH_MAX], [0.0; WIDTH_MAX]);
        let width = self.columns.len();
        let (Some(values), Some(before)) = (values.get_mut(..width), before.get_mut(..width)) else { return };
        for (value, column) in values.iter_mut().zip(&self.columns) {
            let Some(found) = row.get(*column).filter(|v| v.is_finite()) else { return };
            *value = *found;
        }
        self.courses.iter_mut().zip(&*values).for_each(|(course, value)| course.add(*value));
        self.count += 1;
        let n = self.count as f64;
        for ((before, mean), value) in before.iter_mut().zip(&mut self.means).zip(&*values) {
            *before = value - *mean;
            *mean += *before / n;
        }
        if self.count > 1 {
            let steps = self.steps.iter_mut().zip(values.iter().zip(&self.last));
            steps.for_each(|(s, (v, l))| *s += (v - l).abs());
        }
        self.last.clear();
        self.last.extend_from_slice(values);
        // from here on what the values are off the new means
        values.iter_mut().zip(&self.means).for_each(|(v, m)| *v -= m);
        for (line, d) in self.products.chunks_exact_mut(width.max(1)).zip(&*before) {
            line.iter_mut().zip(&*values).for_each(|(p, a)| *p += d * a);
        }
    }

    /// The relations; none when fewer than two signals move. What is measured on rows held back is still open.
    fn model(&self) -> Option<Cross> {
        let freedom = (self.count as f64 - 1.0).max(1.0);
        let all = self.columns.len();
        let at = |a: usize, b: usize| self.products.get(a * all + b).copied().unwrap_or(0.0) / freedom;
        let moving: Vec<usize> = (0..all).filter(|i| at(*i, *i) > 0.0).collect();
        let signal = |i: &usize| {
            let course = self.courses.get(*i);
            Some(Signal {
                column: *self.columns.get(*i)?,
                mean: *self.means.get(*i)?,
                scale: at(*i, *i).sqrt(),
                step: self.steps.get(*i)? / freedom,
                skill: 0.0,
                half: f64::INFINITY,
                fits: f64::INFINITY,
                limit: f64::INFINITY,
                low: course.map_or(f64::NAN, |c| c.low),
                high: course.map_or(f64::NAN, |c| c.high),
                steady: course.is_some_and(Course::is_steady),
            })
        };
        let signals: Vec<Signal> = moving.iter().filter_map(signal).collect();
        if signals.len() < 2 {
            return None;
        }
        let correlation = |a: usize, b: usize| {
            let (i, j) = (moving.get(a).copied().unwrap_or(0), moving.get(b).copied().unwrap_or(0));
            at(i, j) / (at(i, i) * at(j, j)).sqrt() + if a == b { PENALTY } else { 0.0 }
        };
        let omega = DMatrix::from_fn(signals.len(), signals.len(), correlation).cholesky()?.inverse();
        Some(Cross { signals, omega: omega.transpose().as_slice().to_vec(), limit: f64::INFINITY })
    }
}

/// Rows held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    model: Cross,
    count: usize,
    every: usize,
    /// Of each signal the sum of squares of what it is off its estimate, standardised.
    #[serde(with = "crate::bits")]
    squares: Vec<f64>,
    /// Of rows evenly spread: what each signal is off, then each distance without it, then the distance.
    #[serde(with = "crate::bits")]
    kept: Vec<f64>,
}

impl Held {
    fn new(model: Cross, rows: usize) -> Self {
        let width = model.signals.len();
        Self { model, count: 0, every: rows.div_ceil(KEPT_MAX).max(1), squares: vec![0.0; width], kept: Vec::new() }
    }

    fn add(&mut self, row: &[f64]) {
        let z = self.model.standardised(row);
        if z.iter().any(|v| !v.is_finite()) {
            return;
        }
        self.model.signals.iter_mut().for_each(|signal| signal.reach(row));
        let weighed = self.model.weighed(&z);
        let width = z.len();
        let off: Vec<f64> = weighed.iter().enumerate().map(|(k, y)| y / self.model.omega_at(k, k)).collect();
        self.squares.iter_mut().zip(&off).for_each(|(s, o)| *s += o * o);
        if self.count.is_multiple_of(self.every) {
            self.kept.extend(off.iter().map(|o| o.abs()));
            let without = (0..width).map(|k| Gone::of(&self.model, &z, vec![k]).map_or(f64::NAN, |g| g.distance));
            self.kept.extend(without);
            self.kept.push(distance(&z, &weighed));
        }
        self.count += 1;
    }

    /// The model with what was measured.
    fn finish(self) -> Cross {
        let Self { mut model, count, squares, kept, .. } = self;
        let width = model.signals.len();
        let quantile = |at: usize, level: f64| {
            let values: Vec<f64> = kept.chunks_exact(2 * width + 1).filter_map(|line| line.get(at).copied()).collect();
            let all = conformal::Calibration::new(&values).ok();
            all.map_or(f64::INFINITY, |all| all.limit(1.0 - level).unwrap_or_else(|| all.max()))
        };
        for (k, (signal, squares)) in model.signals.iter_mut().zip(squares).enumerate() {
            signal.skill = 1.0 - squares / (count as f64).max(1.0);
            signal.half = quantile(k, LEVEL) * signal.scale;
            signal.fits = quantile(k, FIT_LEVEL) * signal.scale;
            signal.limit = quantile(width + k, FIT_LEVEL);
        }
        model.limit = quantile(2 * width, FIT_LEVEL);
        model
    }
}

impl Learner {
    /// Learns from `rows` rows of `width` signals, or from the [fewest](Self::least) that will do.
    pub fn new(width: usize, rows: usize) -> Self {
        Self { width, rows, offered: 0, present: vec![0; width], sums: Sums::default(), held: None }
    }

    /// The fewest rows of `width` signals to learn from.
    pub fn least(width: usize) -> usize {
        (ROWS_PER_SIGNAL * width.min(WIDTH_MAX)).max(2 * TRIAL) + TRIAL
    }

    /// Rows that are still wanted once it is decided which signals take part.
    fn wanted(&self) -> usize {
        let held = self.held.as_ref().map_or(0, |h| h.count);
        self.rows.max(Self::least(self.width)).saturating_sub(TRIAL + self.sums.count + held)
    }

    /// Takes a healthy row, NaN where a signal has no value. The model once it is learned; none forever when fewer than
    /// two signals move.
    pub fn push(&mut self, row: &[f64]) -> Option<Cross> {
        self.offered += 1;
        if self.offered <= TRIAL {
            self.present.iter_mut().zip(row).for_each(|(p, v)| *p += usize::from(v.is_finite()));
            if self.offered == TRIAL {
                let least = PRESENT_MIN * TRIAL as f64;
                let present = self.present.iter().enumerate().filter(|(_, p)| **p as f64 >= least);
                self.sums = Sums::of(present.map(|(i, _)| i).take(WIDTH_MAX).collect());
            }
            return None;
        }
        let left = self.wanted();
        if let Some(held) = &mut self.held {
            held.add(row);
        } else {
            self.sums.add(row);
            let total = (self.sums.count + left) as f64;
            if self.sums.count as f64 >= total * (1.0 - HELD_BACK) {
                self.held = self.sums.model().map(|model| Held::new(model, left));
            }
        }
        if self.wanted() > 0 { None } else { self.held.take().map(Held::finish) }
    }
}
