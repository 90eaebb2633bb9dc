//! Azure's predictive-maintenance sample: failures, replacements and errors of a hundred machines, no telemetry. At each
//! noon it is asked of each component whether it fails within a day and within a week. Judged by machine and by time:
//! models learn from the other machines, before a day; what is asked lies after it. The threshold of `f1` is the best one
//! on machines of the learned time that a second model had not seen.

mod events;
mod methods;
mod shipped;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use gemba_learn::stats;
use gemba_learn::survival::{Spell, concordance};

use crate::metrics::average_precision;
use crate::report::{Report, Row, peak_mb};
use crate::supervised::score::{best_threshold, f1};
use events::Fleet;
use methods::{Method, Past};

/// The times ahead, days.
const AHEAD: [(&str, f64); 2] = [("1d", 1.0), ("7d", 7.0)];
/// The share of the time that is learned from.
const LEARNED: f64 = 0.75;
/// Folds of machines.
const FOLDS: usize = 5;
/// Errors longer ago than this, in days, are forgotten.
const MEMORY: f64 = 30.0;

/// A component at a noon.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    machine: usize,
    component: usize,
    /// The noon, days.
    time: f64,
    /// Days since it was replaced, of the others too; the machine's years and model; days since each kind of error. NaN
    /// where not known or too long ago.
    known: Vec<f64>,
    /// Days until its use ends, or until the record does.
    left: f64,
    /// Whether it ends with a failure.
    failed: bool,
}

impl Question {
    /// Days since the component was replaced, NaN when not known.
    fn age(&self) -> f64 {
        self.known.first().copied().unwrap_or(f64::NAN)
    }

    /// Days since any error; infinite when none is remembered.
    fn since_error(&self, fleet: &Fleet) -> f64 {
        self.known.iter().skip(fleet.components + 2).copied().fold(f64::INFINITY, f64::min)
    }

    fn fails_within(&self, ahead: f64) -> bool {
        self.failed && self.left <= ahead
    }
}

/// Runs the suite over the fleet below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let fleet = events::read(data)?;
    let questions = questions(&fleet);
    anyhow::ensure!(fleet.machines.len() >= FOLDS, "fewer than {FOLDS} machines were found below {}", data.display());
    let rows = methods::ALL.iter().map(|(name, method)| row(name, *method, &fleet, &questions)).collect();
    let (files, skipped) = fleet.files;
    Ok(Report::new("azure-pdm", data, (files, skipped), rows))
}

/// Every component at every noon of the record.
fn questions(fleet: &Fleet) -> Vec<Question> {
    let (from, until) = fleet.span;
    let mut all = Vec::new();
    for (machine, m) in fleet.machines.iter().enumerate() {
        let mut time = from.floor() + 1.5;
        while time < until {
            let ages: Vec<f64> = m.ends.iter().map(|e| since(e.iter().map(|e| e.time), time)).collect();
            let errors = m.errors.iter().map(|e| Some(since(e.iter().copied(), time)).filter(|d| *d < MEMORY));
            let rest: Vec<f64> = [m.age, m.model].into_iter().chain(errors.map(|d| d.unwrap_or(f64::NAN))).collect();
            for (component, ends) in m.ends.iter().enumerate() {
                let next = ends.iter().find(|e| e.time > time);
                let mut known = ages.clone();
                known.rotate_left(component);
                known.extend(&rest);
                let left = next.map_or(until, |e| e.time) - time;
                let failed = next.is_some_and(|e| e.failed);
                all.push(Question { machine, component, time, known, left, failed });
            }
            time += 1.0;
        }
    }
    all
}

/// Days since the last of some times, NaN when there is none.
fn since(times: impl Iterator<Item = f64>, now: f64) -> f64 {
    times.take_while(|t| *t <= now).last().map_or(f64::NAN, |last| now - last)
}

fn row(name: &str, method: Method, fleet: &Fleet, questions: &[Question]) -> Row {
    let mut metrics = BTreeMap::new();
    let (mut train_s, mut score_s, mut count) = (0.0, 0.0, 0_usize);
    for (label, ahead) in AHEAD {
        let said = judge(method, fleet, questions, ahead);
        (train_s, score_s, count) = (train_s + said.train_s, score_s + said.score_s, count + said.asked.len());
        for (metric, value) in said.metrics(ahead) {
            metrics.insert(format!("{metric}_{label}"), value);
        }
        if let Some(value) = said.concordance().filter(|_| label == "7d") {
            metrics.insert("concordance".to_owned(), value);
        }
    }
    let score_us_per_sample = score_s * 1e6 / count.max(1) as f64;
    Row { method: name.to_owned(), metrics, train_s, score_us_per_sample, peak_mb: peak_mb() }
}

/// What a method said of the questions it was asked.
#[derive(Debug, Default)]
struct Said<'a> {
    asked: Vec<&'a Question>,
    risks: Vec<f64>,
    alarms: Vec<bool>,
    train_s: f64,
    score_s: f64,
}

fn judge<'a>(method: Method, fleet: &Fleet, questions: &'a [Question], ahead: f64) -> Said<'a> {
    let (from, until) = fleet.span;
    let day = from + LEARNED * (until - from);
    let fold = |machine: usize| machine % FOLDS;
    let mut said = Said::default();
    for own in 0..FOLDS {
        let start = Instant::now();
        let past = |kept: &dyn Fn(usize) -> bool| {
            let machines = (0..fleet.machines.len()).filter(|m| kept(fold(*m))).collect();
            let known = questions.iter().filter(|q| q.time + ahead <= day && kept(fold(q.machine)));
            Past { fleet, machines, until: day, questions: known.collect(), ahead }
        };
        let other = (own + 1) % FOLDS;
        let inner = method(&past(&|f| f != own && f != other));
        let held = past(&|f| f == other).questions;
        let truth: Vec<bool> = held.iter().map(|q| q.fails_within(ahead)).collect();
        let threshold = best_threshold(&truth, &held.iter().map(|q| inner(q)).collect::<Vec<f64>>());
        let model = method(&past(&|f| f != own));
        said.train_s += start.elapsed().as_secs_f64();
        let start = Instant::now();
        let asked = questions.iter().filter(|q| q.time > day && q.time + ahead <= until && fold(q.machine) == own);
        for question in asked {
            let risk = model(question);
            said.asked.push(question);
            said.risks.push(risk);
            said.alarms.push(risk >= threshold);
        }
        said.score_s += start.elapsed().as_secs_f64();
    }
    said
}

impl Said<'_> {
    /// Average precision, F1, by how much the squared error of the probability is below that of the base rate, and how many
    /// failed over how many were told to.
    fn metrics(&self, ahead: f64) -> Vec<(&'static str, f64)> {
        let truth: Vec<bool> = self.asked.iter().map(|q| q.fails_within(ahead)).collect();
        let rate = truth.iter().filter(|t| **t).count() as f64 / truth.len().max(1) as f64;
        let wrong = |said: &dyn Fn(usize) -> f64| -> f64 {
            truth.iter().enumerate().map(|(i, t)| (said(i) - f64::from(u8::from(*t))).powi(2)).sum()
        };
        let ours = wrong(&|i| self.risks.get(i).copied().unwrap_or_default());
        let all = [
            ("ap", average_precision(&truth, &self.risks)),
            ("f1", f1(&truth, &self.alarms)),
            ("brier_skill", 1.0 - ours / wrong(&|_| rate)),
            ("failed_over_told", rate * truth.len() as f64 / self.risks.iter().sum::<f64>()),
        ];
        all.into_iter().filter(|(_, value)| value.is_finite()).collect()
    }

    /// Of two components at the same noon the one that fails first had the higher risk: the share, as the mean over noons.
    fn concordance(&self) -> Option<f64> {
        let mut noons: BTreeMap<u64, (Vec<Spell>, Vec<f64>)> = BTreeMap::new();
        for (question, risk) in self.asked.iter().zip(&self.risks) {
            let (spells, risks) = noons.entry(question.time.to_bits()).or_default();
            spells.push(Spell { duration: question.left, failed: question.failed });
            risks.push(*risk);
        }
        let shares: Vec<f64> = noons.values().filter_map(|(spells, risks)| concordance(spells, risks)).collect();
        (!shares.is_empty()).then(|| stats::mean(&shares))
    }
}

/// The components that occur.
fn components(questions: &[&Question]) -> Vec<usize> {
    questions.iter().map(|q| q.component).collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_learn::random::Random;
    use std::fmt::Write as _;

    /// Twenty machines of two components; the first is worn out after 20 to 30 days and says so the day before.
    fn fleet(folder: &Path) {
        let mut random = Random::new(8);
        let mut errors = "datetime,machineID,errorID\n".to_owned();
        let mut failures = "datetime,machineID,failure\n".to_owned();
        let mut repairs = "datetime,machineID,comp\n".to_owned();
        let mut machines = "machineID,model,age\n".to_owned();
        let at = |day: f64| {
            let hours = (day * 24.0).floor();
            let (day, month) = ((hours / 24.0).floor(), (hours / 24.0 / 28.0).floor());
            format!("2015-{:02}-{:02} {:02}:00:00", month + 1.0, day - 28.0 * month + 1.0, hours - 24.0 * day)
        };
        for machine in 1..=20 {
            writeln!(machines, "{machine},model{},{}", machine % 3, machine).unwrap();
            writeln!(repairs, "{},{machine},comp2", at(1.3)).unwrap();
            let mut day = 1.0 + 20.0 * random.unit();
            while day < 330.0 {
                writeln!(errors, "{},{machine},error1", at(day - 0.9)).unwrap();
                writeln!(errors, "{},{machine},error2", at(day + 20.0 * random.unit())).unwrap();
                writeln!(failures, "{},{machine},comp1", at(day)).unwrap();
                writeln!(repairs, "{},{machine},comp1", at(day + 0.1)).unwrap();
                day += 20.0 + 10.0 * random.unit();
            }
        }
        for (name, text) in [("errors", errors), ("failures", failures), ("maint", repairs), ("machines", machines)] {
            std::fs::write(folder.join(format!("PdM_{name}.csv")), text).unwrap();
        }
    }

    #[test]
    fn age_and_errors_tell_what_fails_on_machines_not_seen() {
        let dir = tempfile::tempdir().unwrap();
        fleet(dir.path());
        let report = run(dir.path()).unwrap();
        let metric = |method: &str, name: &str| report.rows.iter().find(|r| r.method == method).unwrap().metrics[name];
        assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (4, 0, "gemba"));
        assert!(metric("gemba", "ap_1d") > 0.8 && metric("gemba", "f1_1d") > 0.7, "{:?}", report.rows[0].metrics);
        assert!(metric("gemba", "ap_7d") > metric("random", "ap_7d") + 0.2);
        assert!(metric("weibull_age", "concordance") > 0.7 && metric("random", "concordance") < 0.65);
        std::fs::remove_file(dir.path().join("PdM_errors.csv")).unwrap();
        let report = run(dir.path()).unwrap();
        assert_eq!((report.files, report.skipped), (3, 1));
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }
}
