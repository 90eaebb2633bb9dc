//! Any table from any machine, without configuration: a file is read, looked at, and reported on. Nothing is stored, no
//! running node is needed. The report is that of [`gemba_solutions::analyze`]; [`page()`] writes it for people.

mod known;
mod page;
mod plot;
mod wear;

use std::path::Path;

use bytes::Bytes;
use gemba_connect::file::{Columns, Config};
use gemba_solutions::analyze::{Column, Progress, Table, analyze};

pub use gemba_solutions::analyze::{
    Anomaly, ChangePoint, Drift, Healthy, Kind, Life, LifeTold, Marked, Moment, Report, Series, SignalRelation,
    SignalReport, Stretch, Wear,
};
pub use page::page;

use crate::Error;

/// A report, and how the file is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// `text, semicolon between columns, decimal comma`.
    pub told: String,
    /// What was found.
    pub report: Report,
}

/// Looks at a file. `progress` is told what is being done, and answers whether to go on.
///
/// # Errors
/// When it cannot be read, holds no table or too little to learn from, or `progress` says stop.
pub fn file(path: &Path, sheet: Option<String>, healthy: Healthy, progress: Progress<'_>) -> Result<Analysis, Error> {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    let config = Config { sheet, ..Config::new([path.display().to_string()]) };
    let columns = Columns::read(path, &config, &mut |rows| progress(&reading(rows)));
    look(&name, columns, healthy, progress)
}

/// The same for a file in memory.
///
/// # Errors
/// When it holds no table or too little to learn from, or `progress` says stop.
pub fn bytes(
    name: &str,
    bytes: Bytes,
    sheet: Option<String>,
    healthy: Healthy,
    progress: Progress<'_>,
) -> Result<Analysis, Error> {
    let config = Config { sheet, ..Config::new([name]) };
    let columns = Columns::parse(name, bytes, &config, &mut |rows| progress(&reading(rows)));
    look(name, columns, healthy, progress)
}

fn reading(rows: usize) -> String {
    format!("reading: {rows} rows")
}

fn look(
    name: &str,
    columns: Result<Columns, gemba_connect::Error>,
    healthy: Healthy,
    progress: Progress<'_>,
) -> Result<Analysis, Error> {
    let refused = |text: String| {
        let (what, cure) = text.split_once("; ").unwrap_or((&text, "give a table: a line of names, a line a moment"));
        Error::Refused { what: what.to_owned(), cure: cure.to_owned() }
    };
    let columns = columns.map_err(|e| refused(e.to_string()))?;
    let (told, notes, odd) = (columns.told.clone(), columns.notes.clone(), columns.odd_rows);
    let report = analyze(&table(name.to_owned(), columns), healthy, progress);
    let mut report = report.map_err(|e| refused(format!("{name}: {e}")))?;
    report.notes.splice(0..0, notes);
    if odd > 0 {
        report.notes.push(format!("{odd} rows have more or fewer cells than the table has columns."));
    }
    Ok(Analysis { told, report })
}

fn table(name: String, columns: Columns) -> Table {
    let column =
        |c: gemba_connect::file::Column| Column { header: c.name, numbers: c.numbers, texts: c.texts, codes: c.codes };
    Table { name, times: columns.times, columns: columns.columns.into_iter().map(column).collect() }
}

/// The part named as healthy: rows `1..400`, shares `0%..30%`, or times `2026-03-01T10:00:00Z..2026-03-01T11:00:00Z`, in
/// UTC where no zone is given.
///
/// # Errors
/// When it is none of these.
pub fn healthy(text: &str) -> Result<Healthy, Error> {
    let wrong = || Error::Refused {
        what: format!("\"{text:.80}\" is no part of a table"),
        cure: "write rows (1..400), shares (0%..30%) or times (2026-03-01T08:00:00Z..2026-03-01T09:00:00Z)".into(),
    };
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let (from, to) = (from.trim(), to.trim());
    if let (Ok(from), Ok(to)) = (from.parse(), to.parse()) {
        return Ok(Healthy::Rows(from, to));
    }
    let share = |text: &str| text.strip_suffix('%').and_then(|t| t.trim().parse::<f64>().ok());
    if let (Some(from), Some(to)) = (share(from), share(to)) {
        return Ok(Healthy::Shares(from / 100.0, to / 100.0));
    }
    let time = |text: &str| {
        let zoned = if text.ends_with('Z') || text.contains('+') { text.to_owned() } else { format!("{text}Z") };
        zoned.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_microsecond).map_err(|_unreadable| wrong())
    };
    Ok(Healthy::Times(time(from)?, time(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_in_three_ways() {
        assert_eq!(healthy("1..400").unwrap(), Healthy::Rows(1, 400));
        assert_eq!(healthy("0%..30%").unwrap(), Healthy::Shares(0.0, 0.3));
        let hour = Healthy::Times(0, 3_600_000_000);
        assert_eq!(healthy("1970-01-01T00:00:00Z..1970-01-01T01:00:00Z").unwrap(), hour);
        assert_eq!(healthy("1970-01-01T00:00:00 .. 1970-01-01T01:00:00").unwrap(), hour);
        for wrong in ["400", "a..b", "..", "1..30%"] {
            assert!(healthy(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_in_memory_is_looked_at_and_one_that_is_no_table_says_what_would_help() {
        let fail = |text: &'static str| bytes("a.csv", text.into(), None, Healthy::Detect, &mut |_| true).unwrap_err();
        assert!(gemba_plant::port::told(&fail("")).contains("a line of names"));
        let Error::Refused { what, cure } = fail("a,b\n1,2\n") else { panic!("not refused") };
        assert!(what.contains("1 rows are too few") && cure.contains("20 rows"), "{what}; {cure}");
        let rows: Vec<String> = (0..1000).map(|i| format!("{},{}", f64::from(i * 37 % 101), i % 7 * 3)).collect();
        let mut steps = Vec::new();
        let table = format!("a,b\n{}", rows.join("\n"));
        let seen = bytes("a.csv", table.into(), None, Healthy::Detect, &mut |step| {
            steps.push(step.to_owned());
            true
        });
        assert_eq!(seen.unwrap().report.rows, 1000);
        assert!(steps.iter().any(|step| step.contains("learning")), "{steps:?}");
    }
}
