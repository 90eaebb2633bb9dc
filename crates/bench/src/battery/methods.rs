//! Ours, and what it must beat.

use gemba_learn::life::{Drift, Fade, FadePath, Range, Scale, straight_on};
use gemba_learn::stats;

use super::LEVEL;
use super::cell::Cell;

/// Predicts how many cycles are left after the head of a cell, from that head and other cells.
pub(crate) type Method = fn(&Ask<'_>) -> Option<Range>;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    /// Capacity so far.
    pub(crate) head: FadePath,
    /// The capacity that is asked for, Ah.
    pub(crate) end_ah: f64,
    /// The other cells, whole.
    pub(crate) others: Vec<&'a Cell>,
    /// What was learned of the others.
    pub(crate) fade: Fade,
}

/// Every method by name.
pub(crate) const ALL: &[(&str, Method)] = &[
    ("gemba", |ask| ask.fade.left(&ask.head, ask.end_ah)),
    ("similar_only", |ask| ask.fade.by_others(&ask.head, ask.end_ah).map(bare)),
    ("drift_only", drift),
    ("linear_30", |ask| {
        let from = ask.head.levels.len().saturating_sub(RECENT);
        straight_on(ask.head.levels.get(from..)?, ask.end_ah).map(bare)
    }),
    ("linear_all", |ask| straight_on(&ask.head.levels, ask.end_ah).map(bare)),
    ("mean_life", mean_life),
    ("now", |_| Some(bare(0.0))),
];

/// A prediction without a range.
pub(super) fn bare(median: f64) -> Range {
    Range { lo: median, median, hi: median, level: LEVEL }
}

/// The naive trend is read from so many cycles.
pub(super) const RECENT: usize = 30;
/// Futures drawn of a path.
const FUTURES: usize = 400;

/// The own path alone, as a Wiener process with a drift that changes.
fn drift(ask: &Ask<'_>) -> Option<Range> {
    let (times, fallen): (Vec<f64>, Vec<f64>) = ask.head.levels.iter().enumerate().map(|(i, c)| (i as f64, -c)).unzip();
    let path = Drift::fit_on(&times, &fallen, Scale::Linear).ok()?;
    Some(Range::of(&path.futures(-ask.end_ah, FUTURES, 1), LEVEL))
}

/// The mean life of the other cells that came to their end.
fn mean_life(ask: &Ask<'_>) -> Option<Range> {
    let ends: Vec<f64> = ask.others.iter().filter_map(|c| c.path.end(c.end_ah())).map(|e| e as f64).collect();
    (!ends.is_empty()).then(|| bare((stats::mean(&ends) - ask.head.levels.len() as f64).max(0.0)))
}
