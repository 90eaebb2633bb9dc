//! Reads recordings: any `*.csv` below a folder with the columns of SKAB.

use std::path::Path;

use anyhow::Context;

use crate::time::micros;

/// One recording, column by column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    /// Times, µs since the epoch.
    pub(crate) times: Vec<i64>,
    /// The names of the signals.
    pub(crate) names: Vec<String>,
    /// One column for each signal; NaN where the file has no number.
    pub(crate) columns: Vec<Vec<f64>>,
    /// Label: anomalous.
    pub(crate) anomaly: Vec<bool>,
    /// Label: something changes here.
    pub(crate) changepoint: Vec<bool>,
}

/// The labels of the scored part.
#[derive(Debug)]
pub(crate) struct Truth<'a> {
    pub(crate) times: &'a [i64],
    pub(crate) anomaly: &'a [bool],
    pub(crate) changepoint: &'a [bool],
}

impl Truth<'_> {
    /// The times of the rows that are marked.
    pub(crate) fn times_where(&self, marked: &[bool]) -> Vec<i64> {
        self.times.iter().zip(marked).filter(|(_, m)| **m).map(|(t, _)| *t).collect()
    }
}

impl Recording {
    /// The part after the first `train` rows.
    pub(crate) fn test(&self, train: usize) -> Truth<'_> {
        Truth {
            times: self.times.get(train..).unwrap_or_default(),
            anomaly: self.anomaly.get(train..).unwrap_or_default(),
            changepoint: self.changepoint.get(train..).unwrap_or_default(),
        }
    }
}

/// All labelled recordings below `data`, by path, and how many files could not be used.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Vec<Recording>, usize)> {
    crate::files::read_each((data, "skab", ".csv"), read)
}

/// Reads a file; none when it has no labels (the anomaly-free recording) or is of another set.
fn read(path: &Path) -> anyhow::Result<Option<Recording>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_path(path)?;
    let header = reader.headers()?.clone();
    let place = |name: &str| header.iter().position(|h| h.trim() == name);
    let (Some(time), Some(anomaly), Some(change)) = (place("datetime"), place("anomaly"), place("changepoint")) else {
        return Ok(None);
    };
    let signals: Vec<usize> = (0..header.len()).filter(|i| ![time, anomaly, change].contains(i)).collect();
    let mut all = Recording {
        names: signals.iter().filter_map(|i| header.get(*i)).map(str::to_owned).collect(),
        columns: vec![Vec::new(); signals.len()],
        ..Recording::default()
    };
    for record in reader.records() {
        let record = record?;
        let number = |i: usize| record.get(i).and_then(|t| t.trim().parse::<f64>().ok()).unwrap_or(f64::NAN);
        all.times.push(micros(record.get(time).unwrap_or_default()).context("no time")?);
        all.anomaly.push(number(anomaly) >= 0.5);
        all.changepoint.push(number(change) >= 0.5);
        all.columns.iter_mut().zip(&signals).for_each(|(column, i)| column.push(number(*i)));
    }
    anyhow::ensure!(all.times.len() > super::TRAIN_ROWS, "too short");
    Ok(Some(all))
}
