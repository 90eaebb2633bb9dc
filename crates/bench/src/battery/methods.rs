//! Ours, and what it must beat.

use std::path::Path;

use gemba_learn::life::{Cover, Drift, Range, Scale, Similar};
use gemba_learn::stats;

use super::LEVEL;
use super::cell::Cell;

/// Predicts how many cycles are left after the head of a cell, from that head and other cells.
pub(crate) type Method = fn(&Ask<'_>) -> Option<Range>;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    /// Capacity so far.
    pub(crate) head: Vec<f64>,
    /// The capacity that is asked for, Ah.
    pub(crate) end_ah: f64,
    /// The cells that were treated alike.
    pub(crate) group: &'a Path,
    /// The other cells, whole.
    pub(crate) others: Vec<&'a Cell>,
    /// What was learned of the others.
    pub(crate) experience: Experience,
}

/// Every method by name.
pub(crate) const ALL: &[(&str, Method)] = &[
    ("gemba", |ask| combined(ask, &ask.experience)),
    ("similar_only", |ask| similar(ask, ask.end_ah).map(bare)),
    ("drift_only", |ask| drift(ask, ask.end_ah)),
    ("linear_30", |ask| linear(ask, ask.end_ah).map(bare)),
    ("linear_all", |ask| line(&ask.head, ask.end_ah).map(bare)),
    ("mean_life", mean_life),
    ("now", |_| Some(bare(0.0))),
];

/// A prediction without a range.
fn bare(median: f64) -> Range {
    Range { lo: median, median, hi: median, level: LEVEL }
}

/// Levels now are the median of so many cycles; trends are read from so many.
const NOW: usize = 5;
const RECENT: usize = 30;
/// Futures drawn of a path.
const FUTURES: usize = 400;

/// What cells that were treated alike did from the same capacity on: the median.
fn similar(ask: &Ask<'_>, end: f64) -> Option<f64> {
    let alike = ask.others.iter().filter(|c| c.group == ask.group);
    let heads: Vec<Vec<f64>> = alike.map(|c| c.head(usize::MAX)).collect();
    let lives = Similar::new(heads.iter().map(Vec::as_slice)).lives(now(&ask.head), end);
    (!lives.is_empty()).then(|| stats::median(&lives))
}

fn now(head: &[f64]) -> f64 {
    stats::median(head.get(head.len().saturating_sub(NOW)..).unwrap_or_default())
}

/// The own path alone, as a Wiener process with a drift that changes.
fn drift(ask: &Ask<'_>, end: f64) -> Option<Range> {
    let (times, fallen): (Vec<f64>, Vec<f64>) = ask.head.iter().enumerate().map(|(i, c)| (i as f64, -c)).unzip();
    let path = Drift::fit_on(&times, &fallen, Scale::Linear).ok()?;
    Some(Range::of(&path.futures(-end, FUTURES, 1), LEVEL))
}

/// The own trend of the last cycles, straight on.
fn linear(ask: &Ask<'_>, end: f64) -> Option<f64> {
    line(ask.head.get(ask.head.len().saturating_sub(RECENT)..)?, end)
}

/// The median slope (Theil 1950, Sen 1968) from the median, straight on to `end`; none when it does not fall.
fn line(head: &[f64], end: f64) -> Option<f64> {
    let points: Vec<(f64, f64)> =
        head.iter().enumerate().filter(|(_, c)| c.is_finite()).map(|(i, c)| (i as f64, *c)).collect();
    let later = |i: usize| points.get(i + 1..).unwrap_or_default();
    let pairs = points.iter().enumerate().flat_map(|(i, a)| later(i).iter().map(move |b| (b.1 - a.1) / (b.0 - a.0)));
    let slope = stats::median(&pairs.collect::<Vec<f64>>());
    let offset = stats::median(&points.iter().map(|(i, c)| c - slope * i).collect::<Vec<f64>>());
    (slope < 0.0).then(|| ((end - offset) / slope - (head.len() as f64 - 1.0)).max(0.0))
}

/// The mean life of the other cells that came to their end.
fn mean_life(ask: &Ask<'_>) -> Option<Range> {
    let ends: Vec<f64> = ask.others.iter().filter_map(|c| c.end(c.end_ah())).map(|e| e as f64).collect();
    (!ends.is_empty()).then(|| bare((stats::mean(&ends) - ask.head.len() as f64).max(0.0)))
}

/// What the two ways to predict, by others and by the own trend, were worth on the other cells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Experience {
    ways: [Worth; 2],
    cover: Cover,
}

/// How far a way was off: mean and variance of the logarithm of predicted over true. Before anything was tried, by a
/// factor e^±0.7 either way, which counts like three tries.
#[derive(Clone, Copy, Debug)]
struct Worth {
    bias: f64,
    variance: f64,
}

const BEFORE: f64 = 0.5;
const BEFORE_COUNTS: f64 = 3.0;

impl Default for Worth {
    fn default() -> Self {
        Self { bias: 0.0, variance: BEFORE }
    }
}

impl Worth {
    fn of(errors: &[f64]) -> Self {
        let n = errors.len() as f64;
        let bias = errors.iter().sum::<f64>() / (n + BEFORE_COUNTS);
        let squares: f64 = errors.iter().map(|e| (e - bias) * (e - bias)).sum();
        Self { bias, variance: (squares + BEFORE * BEFORE_COUNTS) / (n + BEFORE_COUNTS) }
    }
}

/// A range of e^±0.1, to be widened by experience.
const NARROW: f64 = 0.1;
/// One more cycle, so that the last cycles have a logarithm.
const ONE: f64 = 1.0;
/// Two ways to predict.
const WAYS: [fn(&Ask<'_>, f64) -> Option<f64>; 2] = [similar, linear];

impl Experience {
    /// Asks each of `others` at many of its cycles when it would come to a capacity that it did come to later.
    pub(crate) fn of(others: &[&Cell]) -> Self {
        let tries: Vec<(Ask<'_>, f64, f64)> =
            others.iter().enumerate().flat_map(|(i, c)| tries(others, i, c)).collect();
        let worth = |way: fn(&Ask<'_>, f64) -> Option<f64>| {
            let errors = tries.iter().filter_map(|(ask, end, truth)| Some(log_error(way(ask, *end)?, *truth)));
            Worth::of(&errors.collect::<Vec<f64>>())
        };
        let mut learned = Self { ways: WAYS.map(worth), cover: Cover::default() };
        for (ask, end, truth) in &tries {
            if let Some(median) = learned.median(ask, *end) {
                learned.cover.add(&around(median), truth + ONE);
            }
        }
        learned
    }

    /// The mean of both ways, as logarithms, each less its bias and by what it was worth; one way alone where the
    /// other is silent.
    fn median(&self, ask: &Ask<'_>, end: f64) -> Option<f64> {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (way, worth) in WAYS.iter().zip(&self.ways) {
            let Some(left) = way(ask, end) else { continue };
            let weight = 1.0 / worth.variance;
            (sum, weights) = (sum + weight * ((left + ONE).ln() - worth.bias), weights + weight);
        }
        (weights > 0.0).then(|| ((sum / weights).exp() - ONE).max(0.0))
    }
}

fn log_error(left: f64, truth: f64) -> f64 {
    ((left + ONE) / (truth + ONE)).ln()
}

fn around(median: f64) -> Range {
    let of = |by: f64| (median + ONE) * by.exp();
    Range { lo: of(-NARROW), median: median + ONE, hi: of(NARROW), level: LEVEL }
}

fn combined(ask: &Ask<'_>, experience: &Experience) -> Option<Range> {
    let wide = around(experience.median(ask, ask.end_ah)?).widened(experience.cover.factor(LEVEL));
    Some(Range { lo: (wide.lo - ONE).max(0.0), median: wide.median - ONE, hi: wide.hi - ONE, level: LEVEL })
}

/// Cycles at which a cell is asked, how far on the capacity lies that is asked for, and the least there is to predict.
const ASKED_FROM: usize = 30;
const ASKED_EVERY: usize = 10;
const AHEAD: [f64; 3] = [1.15, 1.3, 1.5];
const LEFT_MIN: usize = 4;

fn tries<'a>(cells: &[&'a Cell], own: usize, cell: &'a Cell) -> Vec<(Ask<'a>, f64, f64)> {
    let others: Vec<&Cell> = cells.iter().enumerate().filter(|(i, _)| *i != own).map(|(_, c)| *c).collect();
    let mut all = Vec::new();
    for cycles in (ASKED_FROM..cell.capacity.len()).step_by(ASKED_EVERY) {
        let head = cell.head(cycles);
        for ahead in AHEAD {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cycle's number")]
            let later = (cycles as f64 * ahead) as usize;
            if later > cell.capacity.len() {
                continue;
            }
            let end = now(&cell.head(later));
            let Some(truth) = cell.end(end).filter(|e| *e >= cycles + LEFT_MIN) else { continue };
            let (head, others) = (head.clone(), others.clone());
            let ask = Ask { head, end_ah: end, group: &cell.group, others, experience: Experience::default() };
            all.push((ask, end, (truth - cycles) as f64));
        }
    }
    all
}
