//! Genesis: a demonstrator that picks and places; and any table of a machine with a time stamp and a column `Label`
//! (0 normal) and no training file. Per recording: fit on its head, a quarter of its rows and none that is labelled, score
//! all rows; where the head is too short, fit on the recordings without labels beside it. Which labels are anomalies and
//! which states: see [`labels`]. Where no recording of the folder has labels, faults are put into the recordings there are
//! ([`inject`]); the metrics of such a run are marked.

mod inject;
mod labels;

use std::path::{Path, PathBuf};

use crate::files;
use crate::report::{Report, is_ratio, say};
use crate::scored::{self, Case, head_of, methods, table};
use labels::Reading;

/// What stands before the names of metrics that were measured on faults put in.
const INJECTED: &str = "injected_";
/// A head of fewer rows says too little of a machine that works in steps of some seconds.
const HEAD_MIN: usize = 200;

/// A recording, and the labels of its rows if it has any.
#[derive(Clone, Debug, Default)]
struct Recording {
    case: Case,
    names: Vec<String>,
    labels: Option<Vec<f64>>,
}

/// Runs the suite over all recordings below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (recordings, skipped) = files::read_all(&find(data)?, |path| read(path).map(Some));
    let (labelled, plain): (Vec<Recording>, Vec<Recording>) = recordings.into_iter().partition(|r| r.labels.is_some());
    let cases: Vec<Case> = usable(&labelled).iter().map(|r| taught(r, &plain)).collect();
    if !cases.is_empty() {
        let skipped = skipped + plain.len() + labelled.len() - cases.len();
        return scored::report("genesis", data, (&cases, skipped), &methods::steps());
    }
    let skipped = skipped + labelled.len();
    let injected: Vec<Case> = plain.into_iter().map(|r| inject::faults(r.case)).collect();
    let mut report = scored::report("genesis", data, (&injected, skipped), &methods::steps())?;
    for row in &mut report.rows {
        let name = |name: String| if is_ratio(&name) { name } else { INJECTED.to_owned() + &name };
        row.metrics = std::mem::take(&mut row.metrics).into_iter().map(|(n, v)| (name(n), v)).collect();
    }
    Ok(report)
}

/// Tables with a column of time: those whose name says Genesis, or all where none does.
fn find(data: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = files::below(data, "genesis-pickplace", ".csv")?;
    paths.retain(|p| table::names(p).0);
    let own = |p: &PathBuf| files::name_of(p).to_ascii_lowercase().contains("genesis");
    if paths.iter().any(own) {
        paths.retain(own);
    }
    Ok(paths)
}

/// The recordings whose labels tell anomalies, by the strictest reading of labels that any of them passes.
fn usable(labelled: &[Recording]) -> Vec<Recording> {
    for reading in Reading::ALL {
        let told = |r: &Recording| {
            let truth = reading.anomalous(r.labels.as_deref()?)?;
            Some(Recording { case: Case { truth, ..r.case.clone() }, ..r.clone() })
        };
        let (told, without): (Vec<_>, Vec<_>) =
            labelled.iter().map(|r| (told(r), r)).partition(|(told, _)| told.is_some());
        if told.is_empty() {
            continue;
        }
        for (_, r) in without {
            say(format!("{} is skipped: its labels are states of the machine, or all alike", r.case.name));
        }
        if reading != Reading::Rare {
            say(format!("no recording has rare labels: {}", reading.means()));
        }
        return told.into_iter().filter_map(|(told, _)| told).collect();
    }
    Vec::new()
}

/// The recording with rows to learn from: its own head; the recordings without labels that have its signals, those called
/// normal before others; or the longest stretch of its own rows without a label.
fn taught(recording: &Recording, plain: &[Recording]) -> Case {
    let case = &recording.case;
    let first = case.truth.iter().position(|t| *t).unwrap_or(case.rows());
    let quarter = case.rows() / 4;
    if first.min(quarter) >= HEAD_MIN {
        return head_of(case, first.min(quarter));
    }
    let mut alike: Vec<&Recording> = plain.iter().filter(|r| r.names == recording.names).collect();
    let normal = |r: &Recording| r.case.name.to_ascii_lowercase().contains("normal");
    if alike.iter().any(|r| normal(r)) {
        alike.retain(|r| normal(r));
    }
    if let Some(teacher) = alike.first() {
        say(format!("{} begins with an anomaly: it is learned from {}", case.name, teacher.case.name));
        let (train, train_times) = (teacher.case.test.clone(), teacher.case.test_times.clone());
        return Case { train, train_times, ..case.clone() };
    }
    let (from, rows) = labels::calm(&case.truth);
    let part = |c: &Vec<f64>| c.iter().copied().skip(from).take(rows.min(quarter.max(HEAD_MIN))).collect::<Vec<f64>>();
    Case { train: case.test.iter().map(part).collect(), train_times: part(&case.test_times), ..case.clone() }
}

fn read(path: &Path) -> anyhow::Result<Recording> {
    let table = table::read(path)?;
    anyhow::ensure!(table.signals.iter().flatten().any(|v| v.is_finite()), "it holds no number");
    let rows = table.times.len();
    anyhow::ensure!(rows >= HEAD_MIN, "it has {rows} rows, at least {HEAD_MIN} are needed");
    // the set's time stamps are milliseconds
    let unit_s = if table.dated { 1.0 } else { 1e-3 };
    let case = Case {
        name: files::name_of(path).to_owned(),
        step_s: table::step(&table.times).map(|step| step * unit_s),
        test: table.signals,
        test_times: table.times,
        ..Case::default()
    };
    Ok(Recording { case, names: table.names, labels: table.labels })
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
        std::fs::write(folder.path().join("of_another_set.csv"), "a,b\n1,1\n").unwrap();
        let report = run(folder.path()).unwrap();
        assert_eq!((report.files, report.skipped), (1, 1));
        let metric = |row: usize, name: &str| report.rows[row].metrics[name];
        assert_eq!(report.rows[0].method, "gemba");
        assert!(metric(0, "vus_pr") > 0.6, "{:?}", report.rows[0].metrics);
        assert!(report.rows.iter().skip(1).any(|r| r.method == "random" && r.metrics["vus_pr"] < 0.2));
        assert!(metric(0, "far") < 20.0 && metric(0, "found") > 0.5 && metric(0, "false_alarms_per_day") >= 0.0);
    }

    #[test]
    fn a_recording_that_begins_with_an_anomaly_is_learned_from_one_beside_it_or_from_a_calm_stretch() {
        let recording = |name: &str, truth: Vec<bool>| Recording {
            case: Case { name: name.to_owned(), test: vec![vec![1.0; 1000]], truth, ..Case::default() },
            names: vec!["a".to_owned()],
            labels: None,
        };
        let late = recording("late", (0..1000).map(|i| i >= 230).collect());
        assert_eq!(taught(&late, &[]).train[0].len(), 230);
        let early = recording("early", (0..1000).map(|i| i == 20 || i == 500).collect());
        assert_eq!(taught(&early, &[]).train[0].len(), 250);
        let plain = ["drive", "Genesis_Normal"].map(|n| recording(n, Vec::new()));
        assert_eq!(taught(&early, &plain).train[0].len(), 1000);
        let other = Recording { names: vec!["b".to_owned()], ..plain[1].clone() };
        assert_eq!(taught(&early, &[other]).train[0].len(), 250);
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
        std::fs::write(folder.path().join("robot.csv"), &unlabelled).unwrap();
        let report = run(folder.path()).unwrap();
        assert_eq!(report.files, 1);
        assert!(report.rows[0].metrics.contains_key("injected_vus_pr"));
        let short: String = unlabelled.lines().take(150).map(|l| l.to_owned() + "\n").collect();
        std::fs::write(folder.path().join("robot.csv"), short).unwrap();
        assert!(run(folder.path()).is_err(), "149 rows are too few");
    }
}
