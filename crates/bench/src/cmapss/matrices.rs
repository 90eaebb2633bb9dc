//! A subset as matrices, and scikit-learn fitted to them: the settings and sensors of single cycles, and the features that
//! ours reads.

use std::time::Instant;

use gemba_learn::fleet::{Features, Record};

use super::subset::Subset;
use super::{CAP, Metrics, put};
use crate::peers;
use crate::report::{Row, say};

/// What to learn from and what to judge.
pub(super) struct Matrices {
    /// A row for each cycle of the units to learn from, column by column.
    pub(super) train: Vec<Vec<f64>>,
    /// The cycles left then, at most [`CAP`].
    pub(super) left: Vec<f64>,
    /// A row for the last cycle of each unit to judge, column by column.
    pub(super) last: Vec<Vec<f64>>,
}

impl Matrices {
    /// Settings and sensors, as they stand in the file.
    pub(super) fn single_cycles(subset: &Subset) -> Self {
        let cycles = |r: &Record| -> Vec<Vec<f64>> {
            let row = |i: usize| r.settings.iter().chain(&r.signals).filter_map(|c| c.get(i).copied()).collect();
            (0..r.cycles()).map(row).collect()
        };
        Self::of(subset, cycles, |r| cycles(r).pop().unwrap_or_default())
    }

    /// What ours reads of each cycle.
    fn features(subset: &Subset) -> Self {
        let features = Features::fit(&subset.train);
        Self::of(subset, |r| features.rows(r), |r| features.last(r))
    }

    fn of(subset: &Subset, rows: impl Fn(&Record) -> Vec<Vec<f64>>, last: impl Fn(&Record) -> Vec<f64>) -> Self {
        let left = |r: &Record| (0..r.cycles()).rev().map(|left| (left as f64).min(CAP)).collect::<Vec<f64>>();
        let tests = subset.test.as_ref().map_or(&[][..], |(records, _)| records);
        Self {
            train: columns(&subset.train.iter().flat_map(rows).collect::<Vec<_>>()),
            left: subset.train.iter().flat_map(left).collect(),
            last: columns(&tests.iter().map(last).collect::<Vec<_>>()),
        }
    }
}

fn columns(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let width = rows.iter().map(Vec::len).min().unwrap_or(0);
    (0..width).map(|c| rows.iter().filter_map(|r| r.get(c).copied()).collect()).collect()
}

/// Boosted trees of the peer, as far as it is there: on our features, and on single cycles. (Forests take ten minutes and more.)
/// The time to read the features counts; that of a subset without a test part counts for training, as ours does.
pub(super) fn rows(subset: &Subset, rows: &mut Vec<Row>) {
    if peers::there(&[peers::BOOSTING]).is_empty() {
        return;
    }
    let start = Instant::now();
    let features = Matrices::features(subset);
    let read_s = start.elapsed().as_secs_f64();
    let cycles = Matrices::single_cycles(subset);
    let name = peers::BOOSTING.name;
    let single = format!("{name} on single cycles");
    for (name, matrices, read_s) in [(name, &features, read_s), (single.as_str(), &cycles, 0.0)] {
        match ask(matrices, subset) {
            Ok((expected, train_s, score_us)) => {
                put(rows, name, Metrics::of(subset, &expected), (train_s + read_s, score_us));
            }
            Err(error) => say(format!("{name} is left out of {}: {error:#}", subset.name)),
        }
    }
}

/// What it expects of each unit, seconds of training, µs a cycle of the units judged.
fn ask(matrices: &Matrices, subset: &Subset) -> anyhow::Result<(Vec<f64>, f64, f64)> {
    let records = subset.test.as_ref().map_or(&[][..], |(records, _)| records);
    let tests: &[&[Vec<f64>]] = if records.is_empty() { &[] } else { &[&matrices.last] };
    let said = peers::ask(peers::BOOSTING, &matrices.train, Some(&matrices.left), tests)?;
    let expected: Vec<f64> = said.scores(0).iter().map(|left| left.clamp(0.0, CAP)).collect();
    let cycles: usize = records.iter().map(Record::cycles).sum();
    let score_us = said.score_s.iter().sum::<f64>() * 1e6 / cycles.max(1) as f64;
    Ok((expected, said.train_s, score_us))
}
