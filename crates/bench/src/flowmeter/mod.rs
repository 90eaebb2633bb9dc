//! Ultrasonic flow meters: rows of diagnostics of a meter on a test bench, with the state the meter was in. `accuracy` is
//! of ten folds at random over the rows of each class, as published; `accuracy_blocks` of ten stretches of each class's
//! rows, so that neighbours are not on both sides. Both are means over the meters; each meter's own stand beside them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::ensure;
use gemba_learn::classes::stretches;
use gemba_learn::random::Random;

use crate::files;
use crate::report::{self, Report, Row};
use crate::supervised::score::{accuracy, macro_f1};
use crate::supervised::sheet::number;
use crate::supervised::{Cases, Outcome, SEED, Way, classifiers, out_of_fold};

/// Folds of each class.
const FOLDS: usize = 10;

/// Runs the suite over all meters below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let is_meter = |n: &str| n.to_ascii_lowercase().starts_with("meter") && files::ends(n, "txt");
    let paths = files::find(data, "ultrasonic-flowmeter", is_meter)?;
    let name = |p: &Path| p.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let (meters, skipped) = files::read_all(&paths, |p| Ok(Some((name(p), read(p)?))));
    ensure!(!meters.is_empty(), "no flow meter was found below {}", data.display());
    let rows = report::rows(classifiers(), |name, way| row(name, way, &meters))?;
    Ok(Report::new("flowmeter", data, (meters.len(), skipped), rows))
}

fn row(method: &str, way: Way, meters: &[(String, Cases)]) -> anyhow::Result<Row> {
    let (mut metrics, mut all) = (BTreeMap::new(), Outcome::default());
    for (name, cases) in meters {
        let drawn = Cases { folds: drawn(&cases.labels), ..cases.clone() };
        let blocks = Cases { folds: stretches(&cases.labels, FOLDS), ..cases.clone() };
        for (kind, cases) in [("accuracy", drawn), ("accuracy_blocks", blocks)] {
            let outcome = out_of_fold(&cases, way)?;
            let share = accuracy(&cases.labels, &outcome.said());
            metrics.insert(format!("{name}.{kind}"), share);
            *metrics.entry(kind.to_owned()).or_default() += share / meters.len() as f64;
            if kind == "accuracy_blocks" {
                let f1 = macro_f1(&cases.labels, &outcome.said());
                *metrics.entry("macro_f1_blocks".to_owned()).or_default() += f1 / meters.len() as f64;
            }
            all.train_s += outcome.train_s;
            all.score_s += outcome.score_s;
            all.probabilities.extend(outcome.probabilities);
        }
    }
    Ok(all.row(method, metrics))
}

/// A fold for each row: each class's rows, shuffled, in [`FOLDS`] stretches.
fn drawn(labels: &[usize]) -> Vec<usize> {
    let mut random = Random::new(SEED);
    let mut order: Vec<(usize, usize)> = labels.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let mut order: Vec<(usize, u64, usize)> =
        order.into_iter().map(|(class, place)| (class, random.bits(), place)).collect();
    order.sort_unstable();
    let classes: Vec<usize> = order.iter().map(|(class, ..)| *class).collect();
    let mut folds = vec![0; labels.len()];
    for ((.., place), to) in order.iter().zip(stretches(&classes, FOLDS)) {
        if let Some(fold) = folds.get_mut(*place) {
            *fold = to;
        }
    }
    folds
}

/// A meter's rows: numbers by white space, the last one the state.
fn read(path: &Path) -> anyhow::Result<Cases> {
    let text = std::fs::read_to_string(path)?;
    let rows: Vec<Vec<f64>> =
        text.lines().map(|l| l.split_whitespace().map(number).collect()).filter(|r: &Vec<f64>| !r.is_empty()).collect();
    let width = rows.first().map_or(0, Vec::len);
    ensure!(width > 1 && rows.iter().all(|r| r.len() == width), "rows of different length");
    let column = |c: usize| rows.iter().filter_map(|r| r.get(c).copied()).collect::<Vec<f64>>();
    let states = column(width - 1);
    ensure!(states.iter().all(|s| s.is_finite()), "a state is missing");
    let mut known = states.clone();
    known.sort_by(f64::total_cmp);
    known.dedup();
    let labels = states.iter().map(|s| known.partition_point(|k| k < s)).collect();
    Ok(Cases { columns: (0..width - 1).map(column).collect(), labels, folds: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn meters_with_any_columns_and_states_are_scored() {
        let dir = tempfile::tempdir().unwrap();
        let mut random = Random::new(1);
        for (name, states, width) in [("MeterA", 2, 5), ("MeterD", 4, 9)] {
            let mut text = String::new();
            for row in 0..80 {
                let state = row * states / 80;
                let cells: Vec<String> =
                    (0..width).map(|c| format!("{:.4}", f64::from(state * (c + 1)) + 0.3 * random.normal())).collect();
                writeln!(text, "{}\t{}", cells.join("\t"), state + 1).unwrap();
            }
            std::fs::write(dir.path().join(format!("{name}.txt")), text).unwrap();
        }
        std::fs::write(dir.path().join("MeterX.txt"), "1\t2\n1\n").unwrap();
        let report = run(dir.path()).unwrap();
        assert_eq!((report.files, report.skipped), (2, 1));
        let ours = &report.rows[0].metrics;
        assert!(ours["accuracy"] > 0.95 && ours["MeterD.accuracy_blocks"] > 0.95, "{ours:?}");
        assert!(report.rows[2].metrics["accuracy"] < 0.6);
    }

    #[test]
    fn every_class_is_in_every_fold() {
        let labels = [vec![0; 20], vec![1; 30]].concat();
        for folds in [drawn(&labels), stretches(&labels, FOLDS)] {
            assert!((0..FOLDS).all(|f| (0..20).filter(|i| folds[*i] == f).count() == 2), "{folds:?}");
            assert!((0..FOLDS).all(|f| (20..50).filter(|i| folds[*i] == f).count() == 3), "{folds:?}");
        }
        assert!(!drawn(&labels).is_sorted() && stretches(&labels[..20], FOLDS).is_sorted(), "only one is drawn");
    }
}
