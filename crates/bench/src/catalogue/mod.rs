//! Every fault of the virtual plant's catalogue through the operators of a node, in the plant's own time: which are found, how
//! soon, under what name, whether sensor or machine is blamed, and how much is said of one fault.

mod course;
mod figures;
mod heard;
mod judge;
#[cfg(test)]
mod tests;
mod truth;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use gemba_plant::Template;
use gemba_sim::Fault;

use self::course::{Both, Cost, Course, DEMO, HOUR, Quiet};
use self::judge::Outcome;
use crate::report::{Report, Row, peak_mb, say};

/// Seeds of the plant, when none are given.
const SEEDS: [u64; 3] = [1, 2, 3];
/// Names other seeds: `4,5,6`.
const SEEDS_VARIABLE: &str = "GEMBA_CATALOGUE_SEEDS";
/// Names one course and no other: `demo`.
const COURSE_VARIABLE: &str = "GEMBA_CATALOGUE_COURSE";
/// Says what was told of each fault on the standard error stream, when it is set.
const TOLD_VARIABLE: &str = "GEMBA_CATALOGUE_TOLD";

/// Runs every course with every seed. Needs no data.
pub(crate) fn run(_: &Path) -> anyhow::Result<Report> {
    let seeds = seeds()?;
    let only = std::env::var(COURSE_VARIABLE).ok();
    let courses = [DEMO, HOUR].into_iter().filter(|c| only.as_deref().is_none_or(|name| name == c.name));
    let (mut pooled, mut single) = (Vec::new(), Vec::new());
    for course in courses {
        let faults = course.faults(|_| true);
        let (ours, rows) = measured(&course, &faults, &seeds)?;
        pooled.extend(rows);
        let made = [("always", always(&faults)), ("never", faults.iter().map(unseen).collect())];
        pooled.extend(made.map(|(name, outcomes)| bare(format!("{name} ({})", course.name), figures::of(&outcomes))));
        single.extend(faults.iter().map(|fault| {
            let own: Vec<Outcome> = ours.iter().filter(|o| o.id == fault.id).cloned().collect();
            bare(format!("{} ({})", fault.id, course.name), figures::of(&own))
        }));
    }
    say(format!("seeds {seeds:?}"));
    Ok(Report::new("catalogue", Path::new("the virtual plant"), (0, 0), pooled.into_iter().chain(single).collect()))
}

/// A course with all seeds, and the rows of everything and of limits alone.
fn measured(course: &Course, faults: &[Fault], seeds: &[u64]) -> anyhow::Result<(Vec<Outcome>, Vec<Row>)> {
    peak_mb();
    let (mut outcomes, mut quiet) = (<Both<Vec<Outcome>>>::default(), <Both<Vec<Quiet>>>::default());
    let mut cost = Cost::default();
    for seed in seeds {
        outcomes.iter_mut().zip(course.outcomes(faults, *seed, &mut cost)?).for_each(|(all, more)| all.extend(more));
        quiet.iter_mut().zip(course.quiet(*seed)?).for_each(|(all, more)| all.push(more));
    }
    let peak_mb = peak_mb();
    let row = |((name, outcomes), quiet): ((&str, &Vec<Outcome>), &Vec<Quiet>)| Row {
        method: format!("{name} ({})", course.name),
        metrics: figures::with_quiet(figures::of(outcomes), quiet),
        train_s: cost.head_s,
        score_us_per_sample: cost.watch_s * 1e6 / cost.rows.max(1.0),
        peak_mb,
    };
    let rows = ["gemba", "day_zero"].into_iter().zip(&outcomes).zip(&quiet).map(row).collect();
    let ([outcomes, _], [quiet, _]) = (outcomes, quiet);
    if std::env::var_os(TOLD_VARIABLE).is_some() {
        tell(course, &outcomes, &quiet);
    }
    Ok((outcomes, rows))
}

/// What was told of each fault, for those who want to read it.
fn tell(course: &Course, outcomes: &[Outcome], quiet: &[Quiet]) {
    use std::io::Write;
    let mut to = std::io::stderr().lock();
    for outcome in outcomes {
        let Outcome { id, found, first_name, named, blamed, findings, alarms, after, ended, .. } = outcome;
        let head = format!(
            "{id} ({}): found {found:?}, first name {first_name:?}, named {named:?}, blamed {blamed}, \
             findings {findings:?}, alarms {alarms:?}, after {after}, ended {ended:?}",
            course.name
        );
        let lines = outcome.told.join("\n    ");
        writeln!(to, "{head}\n    {lines}").unwrap_or_default(); // nobody listens
    }
    for line in quiet.iter().flat_map(|q| &q.told) {
        writeln!(to, "quiet ({}): {line}", course.name).unwrap_or_default();
    }
}

fn bare(method: String, metrics: BTreeMap<String, f64>) -> Row {
    Row { method, metrics, train_s: 0.0, score_us_per_sample: 0.0, peak_mb: 0.0 }
}

/// Says nothing.
fn unseen(fault: &Fault) -> Outcome {
    Outcome {
        id: fault.id.clone(),
        nameable: truth::has_name(fault.kind),
        found: None,
        first_name: None,
        named: (false, false),
        blamed: false,
        findings: (0, 0),
        alarms: (0, 0),
        after: 0,
        ended: None,
        told: Vec::new(),
    }
}

/// Says of every machine at any time that the failure that its template names first goes on.
fn always(faults: &[Fault]) -> Vec<Outcome> {
    let first = |fault: &Fault| -> Option<&str> {
        let (assets, _) = crate::virtual_plant::plant_config().ok()?;
        let asset = assets.into_iter().find(|a| a.path.as_str() == fault.asset)?;
        Some(Template::named(asset.template.as_deref()?)?.failure_modes.first()?.id)
    };
    let told = |fault: &Fault| {
        let right = first(fault).is_some_and(|mode| truth::modes(fault.kind).contains(&mode));
        let said =
            Outcome { found: Some((0.0, 0.0)), first_name: Some(right), named: (right, !right), ..unseen(fault) };
        let blamed = !fault.kind.of_sensor();
        Outcome { blamed, findings: (1, 0), alarms: (1, 0), ended: Some(false), ..said }
    };
    faults.iter().map(told).collect()
}

fn seeds() -> anyhow::Result<Vec<u64>> {
    let Ok(text) = std::env::var(SEEDS_VARIABLE) else { return Ok(SEEDS.to_vec()) };
    let read = |word: &str| word.trim().parse().with_context(|| format!("{SEEDS_VARIABLE}: \"{word}\" is no seed"));
    text.split(',').map(read).collect()
}
