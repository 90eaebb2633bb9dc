//! HRSS: a storage system of four belts and two lifts; a row each 55 ms, the time stamp starts anew with each run.
//! Per variant: fit on `HRSS_normal_<variant>.csv`, score every row of `HRSS_anomalous_<variant>.csv`.

use std::path::Path;

use crate::files;
use crate::report::Report;
use crate::scored::table::{self, step};
use crate::scored::{self, Case, methods};

/// What the names of the files to score begin with, and what stands there in the names of those to learn from.
const NAMES: (&str, &str) = ("HRSS_anomalous", "HRSS_normal");

/// Runs the suite over all variants below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (cases, skipped) = find(data)?;
    let mut report = scored::report("hrss", data, (&cases, skipped), &methods::runs())?;
    let halves: Vec<Case> = cases.iter().map(halves).filter(|c| c.check().is_ok()).collect();
    if !halves.is_empty() {
        let by_half = scored::report("hrss", data, (&halves, 0), &methods::runs_by_half())?;
        report.rows.extend(by_half.rows);
        report.notes.extend(by_half.notes);
    }
    Ok(report)
}

/// The first half of the rows to learn from, the second half of those to score: the anomalous recording holds the very
/// rows of the normal one in the same order, so that only then are the rows to score new ones.
fn halves(case: &Case) -> Case {
    let half = |c: &Vec<f64>| c.len() / 2;
    let first = |c: &Vec<f64>| c.iter().copied().take(half(c)).collect();
    let second = |c: &Vec<f64>| c.iter().copied().skip(half(c)).collect();
    Case {
        name: case.name.clone(),
        train: case.train.iter().map(first).collect(),
        train_times: first(&case.train_times),
        test: case.test.iter().map(second).collect(),
        test_times: second(&case.test_times),
        truth: case.truth.iter().copied().skip(case.truth.len() / 2).collect(),
        step_s: case.step_s,
        ..Case::default()
    }
}

fn find(data: &Path) -> anyhow::Result<(Vec<Case>, usize)> {
    let paths = files::find(data, "hrss", |n| n.starts_with(NAMES.0) && files::ends(n, "csv"))?;
    Ok(files::read_all(&paths, |path| read(path, files::name_of(path)).map(Some)))
}

fn read(path: &Path, name: &str) -> anyhow::Result<Case> {
    let test = table::read(path)?;
    let train = table::read(&path.with_file_name(name.replace(NAMES.0, NAMES.1)))?;
    anyhow::ensure!(train.names == test.names, "the signals differ");
    let case = Case {
        name: name.to_owned(),
        truth: test.labels.unwrap_or_default().iter().map(|l| *l > 0.5).collect(),
        train: train.signals,
        train_times: train.times,
        test: test.signals,
        step_s: step(&test.times),
        test_times: test.times,
        ..Case::default()
    };
    case.check()?;
    Ok(case)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_paired_and_one_without_normal_runs_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("HRSS_normal_fast.csv", "Timestamp,Labels,x\n0,0,1\n0.1,0,2\n");
        write("HRSS_anomalous_fast.csv", "Timestamp,Labels,x\n0,0,1\n0.1,1,9\n0,0,1\n");
        write("HRSS_anomalous_slow.csv", "Timestamp,Labels,x\n0,0,1\n0.1,1,9\n");
        let (cases, skipped) = find(folder.path()).unwrap();
        assert_eq!((cases.len(), skipped), (1, 1));
        assert_eq!(cases[0].truth, [false, true, false]);
        assert_eq!(cases[0].test_times, [0.0, 0.1, 0.0]);
        assert_eq!(cases[0].train, [vec![1.0, 2.0]]);
    }
}
