//! Reads tables of a machine: a header, a time stamp, signals, and perhaps a label on each row.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The names a column of time has.
const TIMES: &[&str] = &["timestamp", "time", "datetime", "date"];
/// The names a column of labels has.
const LABELS: &[&str] = &["label", "labels", "anomaly"];

/// A table, column by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    /// The names of the signals.
    pub(crate) names: Vec<String>,
    /// A column for each signal; NaN where the file has no number.
    pub(crate) signals: Vec<Vec<f64>>,
    /// The time of each row as the file has it; NaN where it is no number, empty without a column of time.
    pub(crate) times: Vec<f64>,
    /// The label of each row, 0 for normal; none without a column of labels.
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
    let mut columns = vec![Vec::new(); names.len()];
    for record in reader.records() {
        let record = record.with_context(|| format!("reading {}", path.display()))?;
        let number = |text: &str| text.trim().parse::<f64>().unwrap_or(f64::NAN);
        columns.iter_mut().zip(record.iter()).for_each(|(column, text)| column.push(number(text)));
    }
    let mut table = Table::default();
    for (name, column) in names.into_iter().zip(columns) {
        let is = |list: &[&str]| list.contains(&name.to_lowercase().as_str());
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

/// The folder of a set: `data/<one of names>` where there is such a folder, or `data` itself.
pub(crate) fn folder(data: &Path, names: &[&str]) -> PathBuf {
    names.iter().map(|n| data.join(n)).find(|p| p.is_dir()).unwrap_or_else(|| data.to_owned())
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
        assert!(table.signals[1][0].is_nan());
    }
}
