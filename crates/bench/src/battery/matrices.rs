//! The other cells as a matrix, and scikit-learn fitted to it: a row for what a cell was like at a cycle and a capacity that
//! it came to later, and how many cycles that took.

use gemba_learn::life::FadePath;
use gemba_learn::stats;

use super::methods::{Ask, RECENT, bare};
use super::{Question, judged};
use crate::peers::{self, Peer};
use crate::report::{Row, say};

/// Cells are looked at from this cycle on, at every so manyth.
const FROM: usize = 10;
const EVERY: usize = 2;
/// How many cycles on, of those so far, it comes to the capacity that is asked for.
const AHEAD: [f64; 4] = [0.1, 0.3, 0.6, 1.0];
/// Cycles that a capacity is the median of.
const NOW: usize = 5;

/// A row for each peer that is there.
pub(super) fn rows(questions: &[Question<'_>]) -> Vec<Row> {
    let row = |peer: Peer| row(peer, questions).map_err(|e| say(format!("{} is left out: {e:#}", peer.name))).ok();
    peers::there(&peers::REGRESSORS).into_iter().filter_map(row).collect()
}

fn row(peer: Peer, questions: &[Question<'_>]) -> anyhow::Result<Row> {
    let (mut train_s, mut score_s, mut left) = (0.0, 0.0, Vec::new());
    for Question { ask, .. } in questions {
        let (inputs, took) = others(ask);
        if took.is_empty() {
            left.push(None); // nobody came to any capacity: it says nothing, as the mean life does
            continue;
        }
        let asked: Vec<Vec<f64>> = features(&ask.head, ask.end_ah).iter().map(|v| vec![*v]).collect();
        let said = peers::ask(peer, &columns(&inputs), Some(&took), &[&asked])?;
        (train_s, score_s) = (train_s + said.train_s, score_s + said.score_s.iter().sum::<f64>());
        left.push(said.scores(0).first().map(|cycles| cycles.max(0.0)));
    }
    let mut left = left.into_iter();
    let row = judged(peer.name, questions, |_| left.next()?.map(bare));
    Ok(Row { train_s, score_us_per_sample: score_s * 1e6 / questions.len().max(1) as f64, ..row })
}

/// Of the cells that were treated alike, or of all where there is none: rows, and cycles until the capacity of the row.
fn others(ask: &Ask<'_>) -> (Vec<[f64; 5]>, Vec<f64>) {
    let alike = |path: &&FadePath| path.group == ask.head.group;
    let mut paths: Vec<&FadePath> = ask.others.iter().map(|cell| &cell.path).collect();
    if paths.iter().any(alike) {
        paths.retain(alike);
    }
    paths.into_iter().flat_map(tries).unzip()
}

fn tries(path: &FadePath) -> Vec<([f64; 5], f64)> {
    let mut all = Vec::new();
    for cycles in (FROM..path.levels.len()).step_by(EVERY) {
        let head = path.until(cycles);
        for ahead in AHEAD {
            let later = cycles + share(cycles, ahead);
            let end = path.until(later).now();
            if let Some(took) = path.end(end).filter(|end| later <= path.levels.len() && *end > cycles) {
                all.push((features(&head, end), (took - cycles) as f64));
            }
        }
    }
    all
}

/// The capacity now, how far it is to the one asked for, how much was lost since the begin and, a cycle, lately, and the age.
fn features(head: &FadePath, end: f64) -> [f64; 5] {
    let (levels, now) = (&head.levels, head.now());
    let lately = levels.get(levels.len().saturating_sub(RECENT)..).unwrap_or_default();
    let first = |levels: &[f64]| stats::median(levels.get(..NOW.min(levels.len())).unwrap_or_default());
    let apart = lately.len().saturating_sub(NOW).max(1) as f64;
    [now, now - end, first(levels) - now, (first(lately) - now) / apart, levels.len() as f64]
}

fn columns(rows: &[[f64; 5]]) -> Vec<Vec<f64>> {
    (0..5).map(|c| rows.iter().filter_map(|row| row.get(c).copied()).collect()).collect()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share, at most 1, of a count")]
fn share(of: usize, share: f64) -> usize {
    (of as f64 * share) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_fades_evenly_took_as_many_cycles_as_it_was_ahead() {
        let path = FadePath { group: 0, levels: (0..60).map(|i| 2.0 - 0.01 * f64::from(i)).collect() };
        let all = tries(&path);
        assert!(all.len() > 60, "{}", all.len());
        for ([now, far, lost, pace, age], took) in all {
            assert!((far / 0.01 - took).abs() < 2.0 && (pace - 0.01).abs() < 0.003, "{far} {took} {pace}");
            assert!((now + lost - 1.98).abs() < 1e-9 && (2.0 - now) / 0.01 <= age);
        }
    }
}
