//! Shapes: the distance of the last rows to the nearest stretch that was seen while all was well.
//!
//! A window of the last rows is compared with prototypes: windows of the healthy rows such that each healthy window
//! lies near one (the leader algorithm, Hartigan 1975, with a radius that grows until there are few enough). Finds
//! what levels do not show: a wave that is too fast, a step that is missing, signals in an order never seen.

use serde::{Deserialize, Serialize};

use crate::score::Score;
use crate::{Error, stats};

/// The first radius, as a share of the mean distance of healthy windows from their mean.
const RADIUS_FIRST: f64 = 0.02;
/// … and no less than this, in standard deviations.
const RADIUS_MIN: f64 = 1e-6;
/// By how much the radius grows when there are too many prototypes.
const RADIUS_GROWTH: f64 = 1.5;
/// Healthy windows that the typical distance is taken from, at most.
const TYPICAL_WINDOWS: usize = 1000;
/// A standard deviation is at least this share of the largest value seen.
const SPREAD_MIN: f64 = 1e-2;

/// What a signal's values are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// The signal's largest absolute value while learned; signals that never changed weigh nothing.
    Largest,
    /// Its standard deviation while learned, about its mean.
    Spread,
}

/// What of a window is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// The values as they are.
    Values,
    /// Each signal about its own mean in the window, over its own spread there.
    Each,
}

/// How windows are made and compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// Rows of a window.
    pub rows: usize,
    /// Most prototypes that are kept; cost and memory are in proportion.
    pub prototypes: usize,
    /// What values are measured in.
    pub scale: Scale,
    /// What is compared.
    pub shape: Shape,
    /// A value of more than this, so measured, counts as this much.
    #[serde(with = "crate::bits::one")]
    pub limit: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { rows: 32, prototypes: 1000, scale: Scale::Spread, shape: Shape::Values, limit: 12.0 }
    }
}

/// From where and by what a signal is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measure {
    #[serde(with = "crate::bits::one")]
    from: f64,
    #[serde(with = "crate::bits::one")]
    unit: f64,
}

impl Measure {
    pub(crate) fn fit(column: &[f64], scale: Scale) -> Self {
        let largest = column.iter().filter(|v| v.is_finite()).fold(0.0_f64, |m, v| m.max(v.abs()));
        let variance = stats::variance(column);
        let (from, unit) = match scale {
            Scale::Largest if variance <= 0.0 => (0.0, f64::INFINITY),
            Scale::Largest => (0.0, largest),
            Scale::Spread => (stats::mean(column), variance.sqrt().max(SPREAD_MIN * largest)),
        };
        Self { from, unit: if unit > 0.0 { unit } else { 1.0 } }
    }

    pub(crate) fn apply(&self, value: f64, limit: f64) -> f64 {
        let measured = (value - self.from) / self.unit;
        if measured.is_nan() { 0.0 } else { measured.clamp(-limit, limit) }
    }
}

/// A ring of the last rows, and the vector that they make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Ring {
    #[serde(with = "crate::bits")]
    cells: Vec<f64>,
    rows: usize,
    /// The row that comes next, which is the oldest one.
    at: usize,
    filled: usize,
}

impl Ring {
    fn new(rows: usize, width: usize) -> Self {
        Self { cells: vec![0.0; rows * width], rows, at: 0, filled: 0 }
    }

    /// Takes a row of scaled values, a signal after the other; each signal has its own stretch of the ring.
    fn push(&mut self, row: impl Iterator<Item = f64>) {
        for (stretch, value) in self.cells.chunks_exact_mut(self.rows).zip(row) {
            if let Some(cell) = stretch.get_mut(self.at) {
                *cell = value;
            }
        }
        self.at = (self.at + 1) % self.rows;
        self.filled = (self.filled + 1).min(self.rows);
    }

    /// The window, oldest row first, one signal after the other; none until it is full.
    fn window(&self, shape: Shape) -> Option<Vec<f64>> {
        if self.filled < self.rows {
            return None;
        }
        let mut window = Vec::with_capacity(self.cells.len());
        for stretch in self.cells.chunks_exact(self.rows) {
            let (newer, older) = stretch.split_at(self.at.min(stretch.len()));
            let from = window.len();
            window.extend(older.iter().chain(newer));
            if shape == Shape::Each
                && let Some(own) = window.get_mut(from..)
            {
                standardise(own);
            }
        }
        Some(window)
    }
}

/// The least spread in a window that a signal is divided by, in standard deviations of the signal.
const SHAPE_SPREAD_MIN: f64 = 0.1;

fn standardise(values: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / values.len().max(1) as f64;
    let spread = variance.sqrt().max(SHAPE_SPREAD_MIN);
    for v in values.iter_mut() {
        *v = (*v - mean) / spread;
    }
}

/// The windows that were seen while all was well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Windows {
    measures: Vec<Measure>,
    /// The prototypes, one behind the other.
    #[serde(with = "crate::bits")]
    prototypes: Vec<f64>,
    /// The median distance of a healthy window from the nearest prototype of another time.
    #[serde(with = "crate::bits::one")]
    typical: f64,
    tuning: Tuning,
}

impl Windows {
    /// Learns from healthy rows, given as one column for each signal.
    ///
    /// # Errors
    /// When there are no signals, or fewer rows than two windows.
    pub fn fit(columns: &[Vec<f64>], tuning: Tuning) -> Result<Self, Error> {
        let tuning = Tuning { rows: tuning.rows.max(1), prototypes: tuning.prototypes.max(1), ..tuning };
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        if rows < 2 * tuning.rows {
            return Err(Error::TooFewRows { what: "windows", found: rows, needed: 2 * tuning.rows });
        }
        let measures: Vec<Measure> = columns.iter().map(|c| Measure::fit(c, tuning.scale)).collect();
        let mut ring = Ring::new(tuning.rows, measures.len());
        let mut windows = Vec::new();
        for at in 0..rows {
            let values = columns.iter().map(|c| c.get(at).copied().unwrap_or(f64::NAN));
            ring.push(values.zip(&measures).map(|(v, s)| s.apply(v, tuning.limit)));
            windows.extend(ring.window(tuning.shape));
        }
        let leaders = leaders(&windows, tuning.prototypes);
        let typical = typical(&windows, &leaders, tuning.rows);
        let prototypes: Vec<&[f64]> = leaders.iter().map(|(_, w)| *w).collect();
        Ok(Self { measures, prototypes: prototypes.concat(), typical, tuning })
    }

    /// How many prototypes there are.
    pub fn prototypes(&self) -> usize {
        self.prototypes.len() / (self.measures.len() * self.tuning.rows).max(1)
    }

    /// Begins to follow the machine.
    pub fn follow(&self) -> Follow<'_> {
        Follow { ring: Ring::new(self.tuning.rows, self.measures.len()), model: self }
    }

    /// The nearest prototype and its squared distance.
    fn nearest(&self, window: &[f64]) -> Option<(&[f64], f64)> {
        let mut best: Option<(&[f64], f64)> = None;
        for prototype in self.prototypes.chunks_exact(window.len().max(1)) {
            let bound = best.map_or(f64::INFINITY, |(_, d)| d);
            if let Some(distance) = distance_below(window, prototype, bound) {
                best = Some((prototype, distance));
            }
        }
        best
    }
}

/// A healthy window and when it was.
type Leader<'a> = (usize, &'a [f64]);

/// Windows such that each of those given lies near one of them, at most `most`.
fn leaders(windows: &[Vec<f64>], most: usize) -> Vec<Leader<'_>> {
    let width = windows.first().map_or(0, Vec::len);
    let mut mean = vec![0.0; width];
    for window in windows {
        mean.iter_mut().zip(window).for_each(|(m, v)| *m += v / windows.len() as f64);
    }
    let spread = windows.iter().map(|w| squared(w, &mean).sqrt()).sum::<f64>() / windows.len().max(1) as f64;
    let mut radius = (RADIUS_FIRST * spread).max(RADIUS_MIN);
    let mut chosen: Vec<Leader<'_>> = Vec::new();
    for window in windows.iter().map(Vec::as_slice).enumerate() {
        add(&mut chosen, window, radius);
        while chosen.len() > most {
            radius *= RADIUS_GROWTH;
            let mut fewer = Vec::new();
            for leader in chosen {
                add(&mut fewer, leader, radius);
            }
            chosen = fewer;
        }
    }
    chosen
}

/// Adds a window unless one nearer than `radius` is there already.
fn add<'a>(chosen: &mut Vec<Leader<'a>>, window: Leader<'a>, radius: f64) {
    // the newest first: it is most often the nearest
    if !chosen.iter().rev().any(|(_, c)| distance_below(c, window.1, radius * radius).is_some()) {
        chosen.push(window);
    }
}

/// The median distance of healthy windows from the nearest leader that shares no row with them; 1 when that is 0.
fn typical(windows: &[Vec<f64>], leaders: &[Leader<'_>], rows: usize) -> f64 {
    let every = windows.len().div_ceil(TYPICAL_WINDOWS).max(1);
    let nearest = |(at, window): (usize, &Vec<f64>)| {
        let others = leaders.iter().filter(|(l, _)| l.abs_diff(at) >= rows);
        others.fold(f64::INFINITY, |best, (_, l)| distance_below(window, l, best).unwrap_or(best)).sqrt()
    };
    let distances: Vec<f64> = windows.iter().enumerate().step_by(every).map(nearest).collect();
    let median = stats::median(&distances) / (windows.first().map_or(0, Vec::len).max(1) as f64).sqrt();
    if median > 0.0 { median } else { 1.0 }
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The squared distance, given up as soon as it reaches `bound`.
fn distance_below(a: &[f64], b: &[f64], bound: f64) -> Option<f64> {
    let mut sum = 0.0;
    for (a, b) in a.chunks(16).zip(b.chunks(16)) {
        sum += squared(a, b);
        if sum >= bound {
            return None;
        }
    }
    Some(sum)
}

/// Follows a machine row by row.
#[derive(Clone, Debug)]
pub struct Follow<'a> {
    model: &'a Windows,
    ring: Ring,
}

impl Follow<'_> {
    /// Scores the window that ends with this row: its distance from the nearest prototype, in distances that healthy
    /// windows typically have; 0 until the first window is full.
    ///
    /// # Errors
    /// When the row has another width.
    pub fn step(&mut self, row: &[f64]) -> Result<Score, Error> {
        let (width, tuning) = (self.model.measures.len(), self.model.tuning);
        if row.len() != width {
            return Err(Error::Width { what: "a row", found: row.len(), expected: width });
        }
        self.ring.push(row.iter().zip(&self.model.measures).map(|(v, s)| s.apply(*v, tuning.limit)));
        let window = self.ring.window(tuning.shape);
        let Some((window, (prototype, distance))) = window.and_then(|w| Some((w.clone(), self.model.nearest(&w)?)))
        else {
            return Ok(Score { score: 0.0, contributions: vec![0.0; width] });
        };
        let parts = window.chunks_exact(tuning.rows).zip(prototype.chunks_exact(tuning.rows));
        let contributions = parts.map(|(a, b)| squared(a, b)).collect();
        let distance = (distance / window.len() as f64).sqrt();
        Ok(Score { score: distance / self.model.typical, contributions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// A sine with a period of 20 rows and a little noise, and a constant.
    fn wave(rows: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut random = Random::new(seed);
        let sine = (0..rows).map(|i| (std::f64::consts::TAU * i as f64 / 20.0).sin() + 0.05 * random.normal());
        vec![sine.collect(), vec![3.0; rows]]
    }

    fn tuning() -> Tuning {
        Tuning { rows: 16, prototypes: 50, ..Tuning::default() }
    }

    #[test]
    fn a_faster_wave_stands_out_though_every_value_is_normal() {
        for shape in [Shape::Values, Shape::Each] {
            let model = Windows::fit(&wave(2000, 1), Tuning { shape, ..tuning() }).unwrap();
            assert!((5..=50).contains(&model.prototypes()), "{}", model.prototypes());
            let mut follow = model.follow();
            let fresh = wave(400, 2);
            let healthy: Vec<Score> = (0..400).map(|i| follow.step(&[fresh[0][i], 3.0]).unwrap()).collect();
            let calm = healthy.iter().map(|s| s.score).fold(0.0, f64::max);
            let fast: Vec<Score> = (0..40).map(|i| follow.step(&[(f64::from(i) / 1.5).sin(), 3.0]).unwrap()).collect();
            let last = fast.last().unwrap();
            assert!(last.score > 2.0 * calm, "{} after at most {calm}", last.score);
            assert!(last.contributions[0] > 0.8 * last.contributions.iter().sum::<f64>());
        }
    }

    #[test]
    fn shapes_do_not_care_for_the_level() {
        let lifted = |shape| {
            let model = Windows::fit(&wave(2000, 1), Tuning { shape, ..tuning() }).unwrap();
            let (mut follow, fresh) = (model.follow(), wave(100, 3));
            (0..100).map(|i| follow.step(&[fresh[0][i] + 5.0, 3.0]).unwrap().score).fold(0.0, f64::max)
        };
        assert!(
            lifted(Shape::Values) > 20.0 && lifted(Shape::Each) < 4.0,
            "{} {}",
            lifted(Shape::Values),
            lifted(Shape::Each)
        );
    }

    #[test]
    fn too_few_rows_and_other_widths_are_refused() {
        assert!(Windows::fit(&wave(31, 1), tuning()).is_err());
        assert!(Windows::fit(&[], tuning()).is_err());
        let model = Windows::fit(&wave(100, 1), tuning()).unwrap();
        assert!(model.follow().step(&[1.0]).is_err());
    }
}
