//! What a user gets: lives learned from as many runs to failure as a plant may have, an hour a cycle.

use std::time::Instant;

use gemba_learn::fleet::Record;
use gemba_plant::{AssetId, Timestamp};
use gemba_solutions::maintenance::fleet::{FleetModel, Run, Runs};

use super::subset::Subset;
use super::{Metrics, put};
use crate::report::{Row, say};

/// Runs to failure that are learned from: the first of the file.
const RUNS: usize = 20;
const STEP_US: i64 = 3_600_000_000;
/// Cycles in a day.
const A_DAY: f64 = 24.0;
const LEVEL: f64 = 0.9;

fn run(place: usize, record: &Record) -> Run {
    let cycles = i64::try_from(record.cycles()).unwrap_or(i64::MAX);
    Run {
        asset: AssetId::new(u32::try_from(place).unwrap_or(u32::MAX)),
        until: Timestamp::from_micros(STEP_US.saturating_mul(cycles)),
        record: record.clone(),
        score: Vec::new(),
    }
}

/// The row `as_shipped_20`; lives beyond the cap count as the cap that follows from the lives seen.
pub(super) fn rows(subset: &Subset, rows: &mut Vec<Row>) {
    let start = Instant::now();
    let runs: Vec<Run> = subset.train.iter().take(RUNS).enumerate().map(|(i, record)| run(i, record)).collect();
    let learned = FleetModel::learn(&Runs { runs: &runs, step_us: STEP_US, level: LEVEL }, &|_| true);
    let Ok(model) = learned else {
        say(format!("{}: {:?}", subset.name, learned.err()));
        return;
    };
    let train_s = start.elapsed().as_secs_f64();
    let records = subset.test.as_ref().map_or(&[][..], |(records, _)| records);
    let start = Instant::now();
    let told: Vec<_> =
        records.iter().enumerate().map(|(i, r)| model.tell(&run(i + RUNS, r)).map(|life| life.left)).collect();
    let cycles: usize = records.iter().map(Record::cycles).sum();
    let score_us = start.elapsed().as_secs_f64() * 1e6 / cycles.max(1) as f64;
    let expected: Vec<f64> = told.iter().map(|left| left.map_or(f64::NAN, |left| A_DAY * left.days)).collect();
    let mut metrics = Metrics::of(subset, &expected);
    let proof = &model.proof;
    for (name, value) in [
        ("proof_error", A_DAY * proof.error_days),
        ("proof_naive", A_DAY * proof.naive_days),
        ("proof_held", 100.0 * proof.held),
        ("proof_speaks", f64::from(u8::from(proof.speaks))),
    ] {
        metrics.add(name, value);
    }
    if let Some((_, left)) = &subset.test {
        let holds = |(told, left): (&Option<gemba_plant::RemainingLife>, &f64)| {
            told.is_some_and(|t| A_DAY * t.lo <= *left && t.hi.is_none_or(|hi| *left <= A_DAY * hi))
        };
        let held = told.iter().zip(left).filter(|pair| holds(*pair)).count();
        metrics.add("coverage90", 100.0 * held as f64 / left.len().max(1) as f64);
    }
    put(rows, "as_shipped_20", metrics, (train_s, score_us));
}
