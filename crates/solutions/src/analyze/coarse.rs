//! A record that is coarser than the healthy part, or finer: what was rounded away on one side is no evidence.
//!
//! Another export, historian or gateway writes fewer decimals. A steady signal then stands still, or jumps by a whole
//! step, and everything that was learned more exactly says that something is wrong. Where most columns change their
//! decimals the same way it is the record: the finer part of each is rounded to those of the coarser one.

use gemba_learn::decimals;

use super::Known;
use super::table::{Kind, Table};

/// A part must show so many different values before its decimals are believed: a sensor that stands shows one.
const VALUES_MIN: usize = 3;

/// The decimals of a column, in the healthy part and outside of it.
#[derive(Clone, Copy)]
struct Written {
    healthy: i32,
    rest: i32,
}

impl Written {
    /// None of what is no gauge, has whole numbers only, or stands still in either part.
    fn of(known: &Known<'_>, (from, to): (usize, usize)) -> Option<Self> {
        let values = &known.column.numbers;
        let healthy = values.get(from..=to)?;
        let rest = [values.get(..from)?, values.get(to + 1..)?].concat();
        if known.kind != Kind::Gauge || !moves(healthy) || !moves(&rest) {
            return None;
        }
        let written = Self { healthy: decimals::of(healthy), rest: decimals::of(&rest) };
        (written.healthy + written.rest > 0).then_some(written)
    }
}

/// Whether there are as many different values as decimals are believed of.
fn moves(values: &[f64]) -> bool {
    let mut seen: Vec<u64> = Vec::with_capacity(VALUES_MIN);
    values.iter().filter(|v| v.is_finite()).any(|value| {
        if !seen.contains(&value.to_bits()) {
            seen.push(value.to_bits());
        }
        seen.len() >= VALUES_MIN
    })
}

/// The table with the same decimals in all rows, and what was done; none where the record does not change them with the
/// `healthy` part.
pub(super) fn alike(table: &Table, known: &[Known<'_>], healthy: (usize, usize)) -> Option<(Table, String)> {
    let written: Vec<Option<Written>> = known.iter().map(|k| Written::of(k, healthy)).collect();
    let count = |changed: fn(&Written) -> bool| written.iter().flatten().filter(|w| changed(w)).count();
    let (all, coarser, finer) = (count(|_| true), count(|w| w.rest < w.healthy), count(|w| w.rest > w.healthy));
    if 2 * coarser.max(finer) <= all {
        return None;
    }
    let mut alike = table.clone();
    for (column, written) in alike.columns.iter_mut().zip(&written) {
        let Some(Written { healthy, rest }) = *written else { continue };
        column.numbers.iter_mut().for_each(|v| *v = decimals::rounded(*v, healthy.min(rest)));
    }
    let (more, what) = if coarser > finer { (coarser, "fewer") } else { (finer, "more") };
    let note = format!(
        "{more} of {all} measured columns have {what} decimals outside the healthy part than in it: all rows are read with as \
         many as both have, for what was rounded away is no evidence."
    );
    Some((alike, note))
}

#[cfg(test)]
mod tests {
    use gemba_learn::random::Random;

    use super::*;
    use crate::analyze::{Column, Healthy, analyze, known};

    /// A flow and a steady pressure, 2000 rows, of which the last half has fewer decimals.
    fn table(healthy: i32, rest: i32) -> Table {
        let mut random = Random::new(5);
        let mut column = |header: &str, level: f64, spread: f64| Column {
            header: header.into(),
            numbers: (0..2000)
                .map(|r| decimals::rounded(level + spread * random.normal(), if r < 1000 { healthy } else { rest }))
                .collect(),
            ..Column::default()
        };
        Table {
            name: "pump".into(),
            times: Vec::new(),
            columns: vec![column("flow", 40.0, 2.0), column("p", 2.985, 0.003)],
        }
    }

    fn report(table: &Table) -> crate::analyze::Report {
        analyze(table, Healthy::Rows(1, 1000), &mut |_| true).unwrap()
    }

    #[test]
    fn a_coarser_or_finer_record_is_no_fault_and_is_told() {
        for (healthy, rest, what) in [(9, 2, "fewer"), (2, 9, "more")] {
            let report = report(&table(healthy, rest));
            assert!(report.anomalies.is_empty(), "{:?}", report.anomalies);
            assert!(report.notes.iter().any(|n| n.contains(what)), "{:?}", report.notes);
        }
        assert!(report(&table(9, 9)).notes.iter().all(|n| !n.contains("decimals")));
    }

    #[test]
    fn one_sensor_that_stands_is_no_other_record() {
        let mut broken = table(9, 9);
        broken.columns[1].numbers[1000..].fill(0.0);
        assert!(alike(&broken, &known(&broken), (0, 999)).is_none());
        assert!(report(&broken).anomalies.iter().any(|a| a.title.contains('p')));
    }
}
