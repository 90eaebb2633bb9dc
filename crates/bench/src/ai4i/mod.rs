//! AI4I 2020: rows of a milling machine, few of them failures. Five stretches of the file, each judged by models of the
//! other four. `f1` holds at the threshold that was best on rows of the training stretches that the models of those had
//! not seen; `ap` needs none.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use gemba_learn::boost::{Boost, Config, Loss, Table, Training};
use gemba_learn::forest::{Config as ForestConfig, Forest, Kind};

use crate::files;
use crate::metrics::average_precision;
use crate::report::{self, Report, Row};
use crate::supervised::score::{best_threshold, f1};
use crate::supervised::sheet::Sheet;
use crate::supervised::{self, Cases, Fit, Model, Outcome, SEED, Way, out_of_fold, stretches};

/// Stretches of the file.
const FOLDS: usize = 5;

/// Runs the suite over the first table of the layout below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let mut paths = files::below(data, "ai4i2020", ".csv")?;
    paths.retain(|p| files::first_line(p).to_ascii_lowercase().contains("machine failure"));
    let machine = paths.iter().find_map(|p| read(&Sheet::read(p).ok()?));
    let machine = machine.with_context(|| format!("no AI4I table was found below {}", data.display()))?;
    let (all, failures) = (machine.cases.labels.len(), machine.cases.labels.iter().filter(|l| **l == 1).count());
    ensure!(failures > 0 && failures < all, "{failures} of {all} rows are failures: both kinds are needed");
    let rows = report::rows(methods(), |name, method| method.row(name, &machine))?;
    let skipped = paths.len() - 1;
    Ok(Report::new("ai4i", data, (1, skipped), rows))
}

/// How the columns are read, and what is fitted to them.
struct Method {
    physics: bool,
    /// Whether the columns of the failure modes come last, for [`by_mode`].
    modes: bool,
    way: Way,
}

fn methods() -> Vec<(&'static str, Method)> {
    let method = |physics, fit: Fit| Method { physics, modes: false, way: Way::Own(fit) };
    let own = [
        ("gemba", Method { physics: true, modes: true, way: Way::Own(by_mode) }),
        ("gemba_one_model", method(true, one_model)),
        ("gemba_raw_columns", method(false, one_model)),
        ("discriminant", method(true, supervised::discriminant)),
        ("always", method(false, always)),
        ("never", method(false, never)),
        ("random", method(false, supervised::random)),
    ];
    let peers = supervised::peers().map(|(name, way)| (name, Method { physics: true, modes: false, way }));
    own.into_iter().chain(peers).collect()
}

impl Method {
    fn row(&self, name: &str, machine: &Machine) -> anyhow::Result<Row> {
        let mut cases = if self.physics { with_physics(&machine.cases) } else { machine.cases.clone() };
        if self.modes {
            cases.columns.extend_from_slice(&machine.modes);
        }
        let outcome = out_of_fold(&cases, self.way)?;
        let truth: Vec<bool> = cases.labels.iter().map(|l| *l == 1).collect();
        let scores = failure(&outcome);
        let (mut said, mut tried_s) = (vec![false; truth.len()], 0.0);
        for fold in 0..FOLDS {
            let (threshold, took_s) = self.threshold(&cases, fold)?;
            tried_s += took_s;
            let own = said.iter_mut().zip(&scores).zip(&cases.folds).filter(|(_, f)| **f == fold);
            own.for_each(|((said, score), _)| *said = *score >= threshold && *score > 0.0);
        }
        let mut metrics = BTreeMap::from([
            ("f1".to_owned(), f1(&truth, &said)),
            ("ap".to_owned(), average_precision(&truth, &scores)),
        ]);
        let count =
            |of: &dyn Fn(bool, bool) -> bool| truth.iter().zip(&said).filter(|(t, s)| of(**t, **s)).count() as f64;
        let hits = count(&|t, s| t && s);
        metrics.insert("recall".to_owned(), hits / count(&|t, _| t).max(1.0));
        metrics.insert("precision".to_owned(), hits / count(&|_, s| s).max(1.0));
        let mut row = outcome.row(name, metrics);
        row.train_s += tried_s;
        Ok(row)
    }

    /// The best threshold on the other folds, each judged by models of the rest of them, and the seconds of these models.
    fn threshold(&self, cases: &Cases, fold: usize) -> anyhow::Result<(f64, f64)> {
        let others: Vec<usize> = (0..cases.labels.len()).filter(|i| cases.folds.get(*i) != Some(&fold)).collect();
        let others = cases.only(&others);
        let outcome = out_of_fold(&others, self.way)?;
        let truth: Vec<bool> = others.labels.iter().map(|l| *l == 1).collect();
        Ok((best_threshold(&truth, &failure(&outcome)), outcome.train_s + outcome.score_s))
    }
}

fn failure(outcome: &Outcome) -> Vec<f64> {
    outcome.probabilities.iter().map(|p| p.get(1).copied().unwrap_or_default()).collect()
}

/// One model of all failures.
fn one_model(train: &Cases) -> anyhow::Result<Model> {
    let targets: Vec<f64> = train.labels.iter().map(|l| *l as f64).collect();
    let risk = Risk::fit(&Table::new(&train.columns)?, targets)?;
    Ok(Box::new(move |row| {
        let fails = risk.predict(row);
        vec![1.0 - fails, fails]
    }))
}

/// A model of each mode, because each follows a law of its own: sound is what fails in none of them (competing risks). The
/// last columns say which modes a failure was of: they are read of rows to learn from, never of rows to judge.
fn by_mode(train: &Cases) -> anyhow::Result<Model> {
    let (columns, modes) = train.columns.split_at(train.columns.len().saturating_sub(MODES.len()));
    let table = Table::new(columns)?;
    let mut risks = Vec::new();
    for mode in modes {
        let failed = mode.iter().zip(&train.labels).map(|(m, l)| f64::from(u8::from(*m >= 0.5 && *l == 1)));
        let targets: Vec<f64> = failed.collect();
        if targets.iter().sum::<f64>() >= MODE_FAILURES_MIN {
            risks.push(Risk::fit(&table, targets)?);
        }
    }
    if risks.is_empty() {
        return one_model(&Cases { columns: columns.to_vec(), ..train.clone() });
    }
    Ok(Box::new(move |row| {
        let sound: f64 = risks.iter().map(|r| 1.0 - r.predict(row)).product();
        vec![sound, 1.0 - sound]
    }))
}

/// How probable a failure is: the mean of boosted and bagged trees. No column is drawn, because a draw hides the one that a law
/// speaks of.
struct Risk {
    boost: Boost,
    forest: Forest,
}

impl Risk {
    /// Boosted trees are few and small, because failures are.
    fn fit(table: &Table, failed: Vec<f64>) -> anyhow::Result<Self> {
        let config = Config {
            loss: Loss::Logistic,
            rounds: 200,
            rate: 0.05,
            leaves: 16,
            leaf_rows: 5,
            rows: 1.0,
            columns: 1.0,
            seed: SEED,
            ..Config::default()
        };
        let boost = Boost::fit(&Training::of(table, &failed), &config)?;
        let config = ForestConfig { kind: Kind::Random, trees: 100, columns: Some(1.0), leaf_rows: 1, seed: SEED };
        Ok(Self { boost, forest: Forest::fit(table, &[failed], None, &config)? })
    }

    fn predict(&self, row: &[f64]) -> f64 {
        let votes = self.forest.predict(row).first().copied().unwrap_or_default();
        votes.midpoint(self.boost.predict(row))
    }
}

#[allow(clippy::unnecessary_wraps, reason = "one shape for all methods")]
fn never(_: &Cases) -> anyhow::Result<Model> {
    Ok(Box::new(|_| vec![1.0, 0.0]))
}

#[allow(clippy::unnecessary_wraps, reason = "one shape for all methods")]
fn always(_: &Cases) -> anyhow::Result<Model> {
    Ok(Box::new(|_| vec![0.0, 1.0]))
}

/// What is known of the machine.
struct Machine {
    cases: Cases,
    /// For each of [`MODES`] the rows whose failure was of it; 0 where the table does not say.
    modes: Vec<Vec<f64>>,
}

/// Kind of product, air and process temperature (K), speed (r/min), torque (Nm), wear (min); failure or not.
fn read(sheet: &Sheet) -> Option<Machine> {
    let kind = |k: &String| ["L", "M", "H"].iter().position(|n| n == k).map_or(f64::NAN, |p| p as f64);
    let mut columns = vec![sheet.text("Type")?.iter().map(kind).collect()];
    for name in NUMBERS {
        columns.push(sheet.numbers(name)?);
    }
    let labels: Vec<usize> = sheet.numbers("Machine failure")?.iter().map(|v| usize::from(*v >= 0.5)).collect();
    let folds = stretches(labels.len(), FOLDS);
    let modes = MODES.iter().map(|m| sheet.numbers(m).unwrap_or_else(|| vec![0.0; labels.len()])).collect();
    Some(Machine { cases: Cases { columns, labels, folds }, modes })
}

/// Tool wear, heat dissipation, power, overstrain, and chance.
const MODES: [&str; 5] = ["TWF", "HDF", "PWF", "OSF", "RNF"];
/// Failures of a mode that a model of its own needs.
const MODE_FAILURES_MIN: f64 = 3.0;

const NUMBERS: [&str; 5] =
    ["Air temperature [K]", "Process temperature [K]", "Rotational speed [rpm]", "Torque [Nm]", "Tool wear [min]"];

/// Adds what an engineer would look at: how much warmer the process is than the air, K; the power, W; wear times torque.
fn with_physics(cases: &Cases) -> Cases {
    let mut cases = cases.clone();
    if let [_, air, process, speed, torque, wear] = cases.columns.as_slice() {
        let both = |a: &[f64], b: &[f64], of: fn(f64, f64) -> f64| -> Vec<f64> {
            a.iter().zip(b).map(|(a, b)| of(*a, *b)).collect()
        };
        let warmer = both(process, air, |p, a| p - a);
        let power = both(speed, torque, |s, t| s * std::f64::consts::TAU / 60.0 * t);
        let strain = both(wear, torque, |w, t| w * t);
        cases.columns.extend([warmer, power, strain]);
    }
    cases
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_learn::random::Random;
    use std::fmt::Write;

    #[test]
    fn a_table_of_the_layout_is_scored() {
        let dir = tempfile::tempdir().unwrap();
        let mut random = Random::new(1);
        let mut text = format!("UDI\tType\t{}\tMachine failure\tOSF\tPWF\n", NUMBERS.join("\t"));
        for i in 0..1500 {
            let (speed, torque, wear) =
                (1400.0 + 300.0 * random.unit(), 20.0 + 50.0 * random.unit(), 250.0 * random.unit());
            let (strained, faint) = (u8::from(wear * torque > 12_000.0), u8::from(torque * speed < 30_000.0));
            let fails = strained.max(faint);
            writeln!(text, "{i}\tL\t300.0\t310.0\t{speed:.0}\t{torque:.1}\t{wear:.0}\t{fails}\t{strained}\t{faint}")
                .unwrap();
        }
        let nested = dir.path().join("any/name");
        std::fs::create_dir_all(&nested).unwrap();
        std::fs::write(nested.join("machine.csv"), text).unwrap();
        std::fs::write(nested.join("a.csv"), "Machine failure\n1\n").unwrap();
        std::fs::write(dir.path().join("other.csv"), "a,b\n1,2\n").unwrap();
        let report = run(dir.path()).unwrap();
        assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (1, 1, "gemba"));
        let metric = |method: &str, name: &str| report.rows.iter().find(|r| r.method == method).unwrap().metrics[name];
        assert!(metric("gemba", "f1") > 0.9 && metric("gemba", "ap") > 0.9);
        assert!(metric("gemba_one_model", "ap") > 0.85);
        assert!(metric("never", "f1") < 1e-12 && metric("always", "recall") > 0.99);
        let sound = format!("UDI\tType\t{}\tMachine failure\n1\tL\t300\t310\t1500\t40\t9\t0\n", NUMBERS.join("\t"));
        std::fs::write(nested.join("machine.csv"), sound).unwrap();
        let error = run(dir.path()).unwrap_err().to_string();
        assert!(error.starts_with("0 of 1 rows are failures"), "{error}");
    }
}
