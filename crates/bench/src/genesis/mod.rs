//! Genesis: a demonstrator that picks and places; and any table of a machine with a time stamp and a column `Label`
//! (0 normal), rare anomalies and no training file. Per recording: fit on the first quarter of its rows, score
//! all rows. Where no recording of the folder has labels, faults are put into the recordings there are
//! ([`inject`]); the metrics of such a run are marked.

mod inject;

use std::path::Path;

use crate::files;
use crate::report::Report;
use crate::scored::{self, Case, methods, table};

/// Labels on more than this share of rows are states of the machine, not anomalies.
const RARE: f64 = 0.2;
/// What stands before the names of metrics that were measured on faults put in.
const INJECTED: &str = "injected_";

/// Runs the suite over all recordings below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let folder = table::folder(data, &["genesis-pickplace", "genesis"]);
    let (labelled, unlabelled, skipped) = find(&folder)?;
    if !labelled.is_empty() {
        let skipped = skipped + unlabelled.len();
        return scored::report("genesis", data, (&labelled, skipped), &methods::steps());
    }
    let injected: Vec<Case> = unlabelled.into_iter().map(inject::faults).collect();
    let mut report = scored::report("genesis", data, (&injected, skipped), &methods::steps())?;
    for row in &mut report.rows {
        row.metrics =
            std::mem::take(&mut row.metrics).into_iter().map(|(n, v)| (INJECTED.to_owned() + &n, v)).collect();
    }
    Ok(report)
}

/// Recordings with labels, recordings without, and how many files could not be used.
fn find(folder: &Path) -> anyhow::Result<(Vec<Case>, Vec<Case>, usize)> {
    let (mut labelled, mut unlabelled, mut skipped) = (Vec::new(), Vec::new(), 0);
    for path in files::all(folder, ".csv")? {
        match read(&path) {
            Ok(case) if case.truth.is_empty() => unlabelled.push(case),
            Ok(case) if case.check().is_ok() && rare(&case.truth) => labelled.push(case),
            _ => skipped += 1,
        }
    }
    Ok((labelled, unlabelled, skipped))
}

fn rare(truth: &[bool]) -> bool {
    (truth.iter().filter(|t| **t).count() as f64) < RARE * truth.len() as f64
}

fn read(path: &Path) -> anyhow::Result<Case> {
    let table = table::read(path)?;
    let case = Case {
        name: path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
        truth: table.labels.unwrap_or_default().iter().map(|l| l.is_finite() && *l != 0.0).collect(),
        test: table.signals,
        test_times: table.times,
        ..Case::default()
    };
    Ok(scored::head(&case))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use gemba_learn::random::Random;

    /// A robot that picks and places, with a gripper that opens on the way four times.
    fn recording(rows: usize) -> String {
        let mut random = Random::new(5);
        let mut text = "Timestamp,Label,Position,Gripper\n".to_owned();
        for i in 0..rows {
            let (phase, cycle) = (i % 60, i / 60);
            let lost = cycle >= 20 && cycle % 10 == 3 && (25..35).contains(&phase);
            let position = if phase < 30 { phase as f64 } else { 60.0 - phase as f64 } + 0.2 * random.normal();
            let gripper = u8::from((10..40).contains(&phase) && !lost);
            let (time, label) = (1_500_000_000_000_u64 + 50 * i as u64, u8::from(lost));
            writeln!(text, "{time},{label},{position:.3},{gripper}").unwrap();
        }
        text
    }

    #[test]
    fn a_lost_part_is_found_in_a_recording_that_is_its_own_training() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("robot.csv"), recording(3600)).unwrap();
        std::fs::write(folder.path().join("states.csv"), "Timestamp,Label,a\n1,1,2\n2,2,2\n3,0,3\n").unwrap();
        let report = run(folder.path()).unwrap();
        assert_eq!((report.files, report.skipped), (1, 1));
        let metric = |row: usize, name: &str| report.rows[row].metrics[name];
        assert_eq!(report.rows[0].method, "gemba");
        assert!(metric(0, "vus_pr") > 0.6, "{:?}", report.rows[0].metrics);
        assert!(report.rows.iter().skip(1).any(|r| r.method == "random" && r.metrics["vus_pr"] < 0.2));
    }

    #[test]
    fn without_labels_faults_are_put_in_and_the_metrics_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let unlabelled: String = recording(3600)
            .lines()
            .map(|l| {
                l.split(',').enumerate().filter(|(i, _)| *i != 1).map(|(_, c)| c).collect::<Vec<_>>().join(",") + "\n"
            })
            .collect();
        std::fs::write(folder.path().join("robot.csv"), unlabelled).unwrap();
        let report = run(folder.path()).unwrap();
        assert_eq!(report.files, 1);
        assert!(report.rows[0].metrics.contains_key("injected_vus_pr"));
    }
}
