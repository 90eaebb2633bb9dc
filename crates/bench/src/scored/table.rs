//! Reads tables of a machine: a header, a time stamp, signals, and perhaps a label on each row.

use std::path::Path;

use anyhow::Context;

use crate::time::seconds;

/// The names a column of time has.
const TIMES: &[&str] = &["timestamp", "time", "datetime", "date"];
/// The names a column of labels has.
const LABELS: &[&str] = &["label", "labels", "anomaly"];

/// Labels in words for a row that is as it should be.
const NORMAL: &[&str] = &["", "normal", "ok", "good", "healthy", "none", "false", "no"];

/// A table, column by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    /// The names of the signals.
    pub(crate) names: Vec<String>,
    /// A column for each signal; NaN where the file has no number.
    pub(crate) signals: Vec<Vec<f64>>,
    /// The time of each row: a number as the file has it, a date in seconds; NaN where it is neither, empty without a
    /// column of time.
    pub(crate) times: Vec<f64>,
    /// Whether times are dates.
    pub(crate) dated: bool,
    /// The label of each row, 0 for normal, words that say so too; none without a column of labels.
    pub(crate) labels: Option<Vec<f64>>,
}

/// Reads a table separated by commas or semicolons.
///
/// # Errors
/// When it cannot be read, or has neither rows nor signals.
pub(crate) fn read(path: &Path) -> anyhow::Result<Table> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.matches(';').count() > first.matches(',').count() { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers()?.iter().map(|n| n.trim().to_owned()).collect();
    let is = |name: &str, list: &[&str]| list.contains(&name.to_lowercase().as_str());
    let mut table = Table::default();
    let mut columns = vec![Vec::new(); names.len()];
    for record in reader.records() {
        let record = record.with_context(|| format!("reading {}", path.display()))?;
        for ((column, name), text) in columns.iter_mut().zip(&names).zip(record.iter().map(str::trim)) {
            let number = text.parse::<f64>().ok();
            column.push(match number {
                Some(number) => number,
                None if is(name, LABELS) => f64::from(u8::from(!is(text, NORMAL))),
                None if is(name, TIMES) => {
                    table.dated = true;
                    seconds(text).unwrap_or(f64::NAN)
                }
                None => f64::NAN,
            });
        }
    }
    for (name, column) in names.into_iter().zip(columns) {
        let is = |list: &[&str]| is(&name, list);
        if is(LABELS) {
            table.labels = Some(column);
        } else if is(TIMES) {
            table.times = column;
        } else {
            table.names.push(name);
            table.signals.push(column);
        }
    }
    let rows = table.signals.first().map_or(0, Vec::len);
    anyhow::ensure!(rows > 0, "{} has no rows of signals", path.display());
    Ok(table)
}

/// The usual time from row to row; none where time never goes on.
pub(crate) fn step(times: &[f64]) -> Option<f64> {
    let steps = times.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).filter(|d| *d > 0.0);
    Some(gemba_learn::stats::median(&steps.collect::<Vec<f64>>())).filter(|d| d.is_finite())
}

/// Whether a file's first line names a column of time, and one of labels too.
pub(crate) fn names(path: &Path) -> (bool, bool) {
    let line = crate::files::first_line(path).to_lowercase();
    let has = |list: &[&str]| line.split([',', ';']).any(|n| list.contains(&n.trim().trim_matches('"')));
    (has(TIMES), has(LABELS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_labels_are_told_from_signals_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        std::fs::write(&path, "\u{feff}Timestamp;Label;a;b\n1;0;2.5;x\n2;3;4;5\n").unwrap();
        let table = read(&path).unwrap();
        assert_eq!(table.names, ["a", "b"]);
        assert_eq!((table.times, table.labels), (vec![1.0, 2.0], Some(vec![0.0, 3.0])));
        assert_eq!(table.signals[0], [2.5, 4.0]);
        assert!(table.signals[1][0].is_nan() && !table.dated);
        assert_eq!(names(&path), (true, true));
    }

    #[test]
    fn dates_become_seconds_and_words_labels() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        let text = "Time,a,Label\n1970-01-01T00:00:01Z,1,normal\n1970-01-01T00:00:03.5+00:00,2,Jam\n";
        std::fs::write(&path, text).unwrap();
        let table = read(&path).unwrap();
        assert_eq!((table.times, table.labels, table.dated), (vec![1.0, 3.5], Some(vec![0.0, 1.0]), true));
    }
}
