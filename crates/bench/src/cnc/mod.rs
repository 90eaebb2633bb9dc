//! CNC mill tool wear: runs with a worn or an unworn tool. Windows of two seconds of cutting are read; a run is judged by
//! models of all other runs. Ours takes a run as one row, the mean of its windows; others call a run worn when its windows
//! are on average. Metrics count runs; `accuracy_windows` counts windows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use gemba_learn::stats;

use crate::files;
use crate::metrics::average_precision;
use crate::report::{self, Report, Row};
use crate::supervised::score::{accuracy, f1};
use crate::supervised::sheet::Sheet;
use crate::supervised::{self, Cases, Way, chosen, classifiers, out_of_fold, trees};

/// Rows of a window: two seconds.
const WINDOW: usize = 20;
/// What the drives report of their load.
const LOADS: [&str; 5] = ["CurrentFeedback", "DCBusVoltage", "OutputCurrent", "OutputVoltage", "OutputPower"];
/// Where what was done can be held against what was asked for.
const FOLLOWED: [&str; 2] = ["Velocity", "Acceleration"];

/// Runs the suite over all runs below `data` that `train.csv` has a tool condition of.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let is_run = |n: &str| n.starts_with("experiment_") && files::ends(n, "csv");
    let (paths, lists): (Vec<PathBuf>, Vec<PathBuf>) =
        files::find(data, "cnc-mill-tool-wear", |n| n == "train.csv" || is_run(n))?
            .into_iter()
            .partition(|p| is_run(files::name_of(p)));
    let worn = lists.iter().find_map(|p| conditions(&Sheet::read(p).ok()?));
    let worn =
        worn.with_context(|| format!("no train.csv with No and tool_condition was found below {}", data.display()))?;
    let (runs, skipped) = files::read_all(&paths, |p| run_of(p, &worn).map(Some));
    ensure!(runs.len() > 2, "fewer than three labelled CNC runs were found below {}", data.display());
    let width = runs.iter().flat_map(|(_, w)| w).map(Vec::len).max().unwrap_or(0);
    let mut cases = Cases { columns: vec![Vec::new(); width], ..Cases::default() };
    for (run, (worn, windows)) in runs.iter().enumerate() {
        for window in windows {
            cases.columns.iter_mut().zip(window).for_each(|(c, v)| c.push(*v));
            cases.labels.push(usize::from(*worn));
            cases.folds.push(run);
        }
    }
    let truth: Vec<bool> = runs.iter().map(|(worn, _)| *worn).collect();
    let whole = means(&cases, runs.len());
    let mut methods = vec![("gemba".to_owned(), Way::Own(chosen), &whole)];
    methods.push(("gemba_on_windows".to_owned(), Way::Own(trees), &cases));
    methods.extend(classifiers().into_iter().skip(1).map(|(name, way)| (name.to_owned(), way, &cases)));
    methods.push(("always_worn".to_owned(), Way::Own(|_| Ok(Box::new(|_| vec![0.0, 1.0]))), &cases));
    methods.extend(supervised::peers().map(|(name, way)| (format!("{name} on means of runs"), way, &whole)));
    let methods = methods.into_iter().map(|(name, way, cases)| (name, (way, cases)));
    let rows = report::rows(methods, |name, (way, cases)| row(name, way, cases, &truth))?;
    Ok(Report::new("cnc", data, (runs.len(), skipped), rows))
}

/// Whether the tool was worn, by the number of the run.
fn conditions(list: &Sheet) -> Option<BTreeMap<u32, bool>> {
    let (numbers, conditions) = (list.text("No")?, list.text("tool_condition")?);
    Some(numbers.iter().zip(conditions).filter_map(|(no, c)| Some((no.parse().ok()?, c == "worn"))).collect())
}

/// A run's tool and its windows.
fn run_of(path: &Path, worn: &BTreeMap<u32, bool>) -> anyhow::Result<(bool, Vec<Vec<f64>>)> {
    let number = path.file_stem().and_then(|s| s.to_str()?.rsplit('_').next()?.parse().ok());
    let worn = number.and_then(|n: u32| worn.get(&n)).context("its tool condition is not known")?;
    let windows = windows(&Sheet::read(path)?).context("it has not the columns of a run")?;
    ensure!(!windows.is_empty(), "no layer is cut for long enough");
    Ok((*worn, windows))
}

fn row(method: &str, way: Way, cases: &Cases, truth: &[bool]) -> anyhow::Result<Row> {
    let outcome = out_of_fold(cases, way)?;
    let score = |run: usize| {
        let own = outcome.probabilities.iter().zip(&cases.folds).filter(|(_, f)| **f == run);
        stats::mean(&own.map(|(p, _)| p.get(1).copied().unwrap_or_default()).collect::<Vec<f64>>())
    };
    let scores: Vec<f64> = (0..truth.len()).map(score).collect();
    let said: Vec<bool> = scores.iter().map(|s| *s > 0.5).collect();
    let classes = |of: &[bool]| of.iter().map(|w| usize::from(*w)).collect::<Vec<usize>>();
    let mut metrics = BTreeMap::from([
        ("accuracy".to_owned(), accuracy(&classes(truth), &classes(&said))),
        ("f1".to_owned(), f1(truth, &said)),
        ("ap".to_owned(), average_precision(truth, &scores)),
    ]);
    if cases.labels.len() > truth.len() {
        metrics.insert("accuracy_windows".to_owned(), accuracy(&cases.labels, &outcome.said()));
    }
    Ok(outcome.row(method, metrics))
}

/// Each run as one row: the means of its windows.
fn means(cases: &Cases, runs: usize) -> Cases {
    let places = |run: usize| (0..cases.folds.len()).filter(move |i| cases.folds.get(*i) == Some(&run));
    let mean = |column: &Vec<f64>, run: usize| {
        stats::mean(&places(run).filter_map(|i| column.get(i).copied()).collect::<Vec<f64>>())
    };
    Cases {
        columns: cases.columns.iter().map(|c| (0..runs).map(|run| mean(c, run)).collect()).collect(),
        labels: (0..runs).filter_map(|run| cases.labels.get(places(run).next()?).copied()).collect(),
        folds: (0..runs).collect(),
    }
}

/// Features of each window of a run in which a layer is cut; none when the columns are others. Where the tool is and
/// what the program asks for are left out: they tell the run, not the tool.
fn windows(sheet: &Sheet) -> Option<Vec<Vec<f64>>> {
    let cutting: Vec<bool> = sheet.text("Machining_Process")?.iter().map(|p| p.starts_with("Layer")).collect();
    let mut signals: Vec<Vec<f64>> = Vec::new();
    for axis in ["X", "Y", "Z", "S"] {
        let column = |name: String| sheet.numbers(&name);
        signals.extend(LOADS.iter().filter_map(|load| column(format!("{axis}_{load}"))));
        for what in FOLLOWED {
            let both = column(format!("{axis}_Actual{what}")).zip(column(format!("{axis}_Set{what}")));
            signals.extend(both.map(|(a, s)| a.iter().zip(&s).map(|(a, s)| a - s).collect::<Vec<f64>>()));
        }
    }
    let kept: Vec<usize> = cutting.iter().enumerate().filter(|(_, c)| **c).map(|(i, _)| i).collect();
    let of = |rows: &[usize]| -> Vec<f64> {
        let read = |signal: &Vec<f64>| {
            let values: Vec<f64> = rows.iter().filter_map(|r| signal.get(*r).copied()).collect();
            [stats::mean(&values), stats::variance(&values).sqrt()]
        };
        signals.iter().flat_map(read).collect()
    };
    (!signals.is_empty()).then(|| kept.chunks_exact(WINDOW).map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_learn::random::Random;
    use std::fmt::Write;

    #[test]
    fn runs_of_the_layout_are_judged_by_the_other_runs() {
        let dir = tempfile::tempdir().unwrap();
        let mut list = "No,material,tool_condition\n".to_owned();
        let mut random = Random::new(1);
        for run in 1..=10 {
            let worn = run % 2 == 0;
            writeln!(list, "{run},wax,{}", if worn { "worn" } else { "unworn" }).unwrap();
            let mut text =
                "X_OutputCurrent,X_ActualVelocity,X_SetVelocity,S_OutputPower,Machining_Process\n".to_owned();
            for i in 0..200 {
                let process = if i < 40 { "Prep" } else { "Layer 1 Up" };
                let load = 10.0 + random.normal() + if worn { 3.0 } else { 0.0 };
                writeln!(text, "{load:.3},{:.3},5,{:.3},{process}", 5.0 + random.normal(), random.normal()).unwrap();
            }
            if run < 10 {
                std::fs::write(dir.path().join(format!("experiment_{run:02}.csv")), text).unwrap();
            }
        }
        std::fs::write(dir.path().join("experiment_99.csv"), "a,b\n1,2\n").unwrap();
        std::fs::write(dir.path().join("train.csv"), list).unwrap();
        let report = run(dir.path()).unwrap();
        assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (9, 1, "gemba"));
        assert!((report.rows[0].metrics["accuracy"] - 1.0).abs() < 1e-12);
    }
}
