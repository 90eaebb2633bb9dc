//! What ours must beat.

use std::time::Instant;

use gemba_learn::boost::{Boost, Config, Table, Training};
use gemba_learn::fleet::{Normal, Record};
use gemba_learn::ridge::Ridge;
use gemba_learn::stats;

use super::matrices::Matrices;
use super::subset::Subset;
use super::{CAP, Metrics, put};
use crate::report::{Row, say};

/// Cycles that the means of the row `ridge_window_means` are taken over.
const WINDOW: usize = 20;

/// Makes rows of features of a record's first so many cycles.
type Reader<'a> = &'a dyn Fn(&Record, &[usize]) -> Vec<Vec<f64>>;

/// The mean of the labels, a line over the age, and a linear model on the means of the last cycles.
pub(super) fn rows(subset: &Subset, rows: &mut Vec<Row>) {
    let normal = Normal::fit(&subset.train);
    let means = |record: &Record, ends: &[usize]| -> Vec<Vec<f64>> {
        let deviations = normal.deviations(record);
        let window = |c: &Vec<f64>, end: usize| stats::mean(c.get(end.saturating_sub(WINDOW)..end).unwrap_or_default());
        ends.iter().map(|end| deviations.iter().map(|c| window(c, *end)).collect()).collect()
    };
    let age = |_: &Record, ends: &[usize]| ends.iter().map(|e| vec![*e as f64]).collect();
    let done = [
        linear("ridge_window_means", subset, &means, rows),
        linear("line_over_age", subset, &age, rows),
        boosting(subset, rows),
    ];
    done.into_iter().filter_map(Result::err).for_each(|e| say(format!("{}: {e:#}", subset.name)));
    let start = Instant::now();
    let labels: Vec<f64> =
        subset.train.iter().flat_map(|r| (0..r.cycles()).map(|left| (left as f64).min(CAP))).collect();
    let expected = vec![stats::mean(&labels); subset.test.as_ref().map_or(0, |(_, left)| left.len())];
    put(rows, "mean", Metrics::of(subset, &expected), (start.elapsed().as_secs_f64(), 0.0));
}

fn linear(name: &str, subset: &Subset, read: Reader<'_>, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for record in &subset.train {
        let ends: Vec<usize> = (WINDOW..=record.cycles()).step_by(5).collect();
        for (row, end) in read(record, &ends).into_iter().zip(&ends) {
            let left = ((record.cycles() - end) as f64).min(CAP);
            columns.resize(row.len() + 1, Vec::new());
            columns.iter_mut().zip(row.into_iter().chain([left])).for_each(|(c, v)| c.push(v));
        }
    }
    let width = columns.len().saturating_sub(1);
    let inputs: Vec<usize> = (0..width).collect();
    let Some(model) = Ridge::fit(&columns, width, &inputs) else { anyhow::bail!("too few rows for {name}") };
    let train_s = start.elapsed().as_secs_f64();
    let records = subset.test.as_ref().map_or(&[][..], |(records, _)| records);
    let start = Instant::now();
    let last = |r: &Record| read(r, &[r.cycles()]).first().map_or(f64::NAN, |row| model.expect(row));
    let expected: Vec<f64> = records.iter().map(|r| last(r).clamp(0.0, CAP)).collect();
    let cycles: usize = records.iter().map(Record::cycles).sum();
    let score_us = start.elapsed().as_secs_f64() * 1e6 / cycles.max(1) as f64;
    put(rows, name, Metrics::of(subset, &expected), (train_s, score_us));
    Ok(())
}

/// Boosted trees, 100 of 31 leaves, on settings and sensors of single cycles.
fn boosting(subset: &Subset, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let Matrices { train, left, last } = Matrices::single_cycles(subset);
    let start = Instant::now();
    let table = Table::new(&train)?;
    let config = Config { rounds: 100, leaves: 31, depth: 64, leaf_rows: 20, l2: 0.0, ..Config::default() };
    let model = Boost::fit(&Training::of(&table, &left), &config)?;
    let train_s = start.elapsed().as_secs_f64();
    let count = last.first().map_or(0, Vec::len);
    let start = Instant::now();
    let row = |i: usize| last.iter().filter_map(|c| c.get(i).copied()).collect::<Vec<f64>>();
    let expected: Vec<f64> = (0..count).map(|i| model.predict(&row(i)).clamp(0.0, CAP)).collect();
    let score_us = start.elapsed().as_secs_f64() * 1e6 / count.max(1) as f64;
    put(rows, "boosting_single_cycles", Metrics::of(subset, &expected), (train_s, score_us));
    Ok(())
}
