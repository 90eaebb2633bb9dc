//! The limits of single features are those of normal noise. Signals that jump, saturate or are switched have other
//! tails, and the many limits of one machine depend on each other; what that makes of the budget shows when the
//! healthy rows are run through the very monitor.

use super::fit::Normal;
use super::follow::Monitor;
use crate::conformal::Calibration;

/// The most rows that are run through: seconds on one core.
const ROWS_MAX: usize = 100_000;

/// The highest deviation of a level, over its limit, in the head; the short window where it was; the highest elsewhere.
#[derive(Clone, Copy, Default)]
struct Reach {
    block: usize,
    first: f64,
    second: f64,
}

impl Reach {
    fn take(&mut self, block: usize, ratio: f64) {
        if !ratio.is_finite() {
            return;
        }
        if ratio > self.first {
            let same = self.block == block;
            (self.second, self.first) = (if same { self.second } else { self.first }, ratio);
            self.block = block;
        } else if block != self.block {
            self.second = self.second.max(ratio);
        }
    }

    /// What this level's limit would have been widened by without `block`.
    fn without(&self, block: usize) -> f64 {
        if self.block == block { self.second.max(1.0) } else { self.first.max(1.0) }
    }
}

/// By how much each limit must be widened so that the healthy rows `columns` keep the budget.
///
/// First, no limit lies below what its own feature did while all was well. Then, where the head holds enough short
/// windows for it, all are widened together to the conformal limit of the largest score of a window, each
/// judged by limits that had not seen it.
pub(super) fn widening(normal: &Normal, columns: &[Vec<f64>]) -> Vec<f64> {
    let [short, _] = normal.tuning().windows;
    let mut reaches: Vec<Reach> = Vec::new();
    let mut most: Vec<Vec<f64>> = Vec::new();
    replay(normal, columns, |r, monitor| {
        let block = r / short;
        most.resize(most.len().max(block + 1), vec![0.0; reaches.len()]);
        let Some(most) = most.last_mut() else { return };
        let mut level = 0;
        monitor.each_ratio(|ratio| {
            if reaches.len() <= level {
                reaches.push(Reach::default());
                most.push(0.0);
            }
            if let (Some(reach), Some(most)) = (reaches.get_mut(level), most.get_mut(level)) {
                reach.take(block, ratio);
                *most = most.max(ratio);
            }
            level += 1;
        });
    });
    let unseen = |(block, most): (usize, &Vec<f64>)| {
        most.iter().zip(&reaches).map(|(most, reach)| most / reach.without(block)).fold(0.0, f64::max)
    };
    let blocks: Vec<f64> = most.iter().enumerate().map(unseen).collect();
    let together = Calibration::new(&blocks).ok().and_then(|healthy| healthy.limit(normal.tuning().alpha));
    let together = together.unwrap_or(1.0).max(1.0);
    reaches.iter().map(|r| r.first.max(1.0) * together).collect()
}

/// Runs the newest of the healthy rows through a monitor.
fn replay(normal: &Normal, columns: &[Vec<f64>], mut see: impl FnMut(usize, &Monitor)) {
    let mut monitor = Monitor::new(normal.clone());
    let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
    let mut row = vec![f64::NAN; normal.width()];
    let from = rows.saturating_sub(ROWS_MAX);
    for r in from..rows {
        row.iter_mut().zip(columns).for_each(|(v, c)| *v = c.get(r).copied().unwrap_or(f64::NAN));
        if monitor.step(&row).is_ok_and(|v| v.known) {
            see(r - from, &monitor);
        }
    }
}
