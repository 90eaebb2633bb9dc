//! Finds subsets: any `train_NAME.txt` of a folder, with `test_NAME.txt` and `RUL_NAME.txt` where they are there. By
//! white space: unit, cycle, three settings, sensors.

use std::path::Path;

use anyhow::{Context, ensure};
use gemba_learn::fleet::Record;

use crate::files;
use crate::report::say;

/// Columns before the sensors: unit, cycle, settings.
const BEFORE_SENSORS: usize = 5;

/// A subset of the set.
#[derive(Clone, Debug)]
pub(super) struct Subset {
    /// What stands behind `train_`.
    pub(super) name: String,
    /// Records up to failure.
    pub(super) train: Vec<Record>,
    /// Records that end early, and what was left then.
    pub(super) test: Option<(Vec<Record>, Vec<f64>)>,
}

/// All subsets below `data`, files that were read, and files that are missing or could not be read.
pub(super) fn find(data: &Path) -> anyhow::Result<(Vec<Subset>, usize, usize)> {
    let paths = files::find(data, "cmapss", |n| n.starts_with("train_") && files::ends(n, "txt"))?;
    let (mut subsets, mut files, mut skipped) = (Vec::<Subset>::new(), 0, 0);
    for path in &paths {
        let name = files::name_of(path).trim_start_matches("train_").trim_end_matches(".txt").to_owned();
        let beside = |kind: &str| path.with_file_name(format!("{kind}_{name}.txt"));
        let train = match records(path) {
            Ok(train) if subsets.iter().all(|s| s.name != name) => train,
            other => {
                let why =
                    other.map_or_else(|e| format!("{e:#}"), |_| "a subset of this name was read before".to_owned());
                say(format!("{} is skipped: {why}", path.display()));
                skipped += 1;
                continue;
            }
        };
        let test =
            test(&beside("test"), &beside("RUL")).map_err(|e| say(format!("{name} has no test part: {e:#}"))).ok();
        (files, skipped) = if test.is_some() { (files + 3, skipped) } else { (files + 1, skipped + 2) };
        subsets.push(Subset { name, train, test });
    }
    Ok((subsets, files, skipped))
}

fn test(records_path: &Path, left_path: &Path) -> anyhow::Result<(Vec<Record>, Vec<f64>)> {
    let records = records(records_path)?;
    let text = std::fs::read_to_string(left_path)?;
    let left = text.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    ensure!(left.len() == records.len(), "{} units, {} lives", records.len(), left.len());
    Ok((records, left))
}

/// The records of a file, a unit each, in its order.
fn records(path: &Path) -> anyhow::Result<Vec<Record>> {
    let text = std::fs::read_to_string(path)?;
    let (mut records, mut last): (Vec<Record>, Option<f64>) = (Vec::new(), None);
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let row = line.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        ensure!(row.len() > BEFORE_SENSORS, "a row of {} columns", row.len());
        let unit = row.first().copied();
        if unit != last {
            let columns = |n: usize| vec![Vec::new(); n];
            records
                .push(Record { settings: columns(BEFORE_SENSORS - 2), signals: columns(row.len() - BEFORE_SENSORS) });
            last = unit;
        }
        let record = records.last_mut().context("no unit")?;
        ensure!(record.signals.len() + BEFORE_SENSORS == row.len(), "rows of different length");
        let columns = record.settings.iter_mut().chain(&mut record.signals);
        columns.zip(row.iter().skip(2)).for_each(|(column, value)| column.push(*value));
    }
    ensure!(!records.is_empty(), "{} is empty", path.display());
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_become_records() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("train_X.txt");
        std::fs::write(&path, "1 1 0.1 0.2 100 5 6 \n1 2 0.1 0.2 100 7 8 \n2 1 0.3 0.4 60 9 10 \n").unwrap();
        let read = records(&path).unwrap();
        assert_eq!((read.len(), read[0].cycles(), read[1].cycles()), (2, 2, 1));
        assert_eq!(read[0].signals, [[5.0, 7.0], [6.0, 8.0]]);
        assert_eq!(read[1].settings, [[0.3], [0.4], [60.0]]);
        std::fs::write(&path, "1 1 0.1 0.2 x 5\n").unwrap();
        assert!(records(&path).is_err());
    }
}
