//! Reads a fleet's events: `PdM_machines.csv`, `PdM_failures.csv`, `PdM_maint.csv`, `PdM_errors.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, ensure};
use gemba_learn::survival::Spell;

use crate::files;
use crate::supervised::sheet::{Sheet, number};
use crate::time::seconds;

/// Events of a component that are nearer than this, in days, are one: a repair is entered some hours after the failure.
const SAME: f64 = 0.5;

/// An event: the machine, when (days), which error or component.
type Event = (u32, f64, String);

/// The end of a component's use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    /// Days.
    pub(super) time: f64,
    /// Whether it had failed; otherwise it was replaced before.
    pub(super) failed: bool,
}

/// A machine and what happened to it, each list by time.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    /// Years in use, and its model as a number; NaN where not known.
    pub(super) age: f64,
    pub(super) model: f64,
    /// For each kind of error its times, days.
    pub(super) errors: Vec<Vec<f64>>,
    /// For each component the ends of its uses.
    pub(super) ends: Vec<Vec<End>>,
}

/// Machines of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Fleet {
    pub(super) machines: Vec<Machine>,
    /// How many components each has.
    pub(super) components: usize,
    /// The days from which errors and failures were written down, and until which.
    pub(super) span: (f64, f64),
    /// Files that were read, and files that are missing or could not be.
    pub(super) files: (usize, usize),
}

impl Fleet {
    /// The uses of a component in some machines, as far as they are known at a time.
    pub(super) fn spells(&self, machines: &[usize], component: usize, until: f64) -> Vec<Spell> {
        let mut spells = Vec::new();
        for machine in machines.iter().filter_map(|m| self.machines.get(*m)) {
            let mut since: Option<f64> = None;
            for end in machine.ends.get(component).into_iter().flatten().filter(|e| e.time <= until) {
                spells.extend(since.map(|from| Spell { duration: end.time - from, failed: end.failed }));
                since = Some(end.time);
            }
            spells.extend(since.filter(|s| *s < until).map(|from| Spell { duration: until - from, failed: false }));
        }
        spells
    }
}

/// The fleet below `data`.
///
/// # Errors
/// When there is no table of failures.
pub(super) fn read(data: &Path) -> anyhow::Result<Fleet> {
    let paths = files::below(data, "azure-pdm", ".csv")?;
    let sheet = |name: &str| {
        let path = paths.iter().find(|p| p.file_name().is_some_and(|n| n.eq_ignore_ascii_case(name)))?;
        Sheet::read(path).ok()
    };
    let failures = sheet("PdM_failures.csv").and_then(|s| events(&s, "failure"));
    let failures = failures.with_context(|| format!("no PdM_failures.csv was found below {}", data.display()))?;
    let repairs = sheet("PdM_maint.csv").and_then(|s| events(&s, "comp"));
    let errors = sheet("PdM_errors.csv").and_then(|s| events(&s, "errorID"));
    let known = sheet("PdM_machines.csv").and_then(|s| machines(&s));
    let found = 1 + [repairs.is_some(), errors.is_some(), known.is_some()].iter().filter(|f| **f).count();
    let (repairs, errors) = (repairs.unwrap_or_default(), errors.unwrap_or_default());
    let mut fleet = assemble(&failures, &repairs, &errors, &known.unwrap_or_default());
    fleet.files = (found, 4 - found);
    ensure!(fleet.span.1 > fleet.span.0, "the failures below {} span no time", data.display());
    Ok(fleet)
}

fn events(sheet: &Sheet, what: &str) -> Option<Vec<Event>> {
    let (times, machines, whats) = (sheet.text("datetime")?, sheet.text("machineID")?, sheet.text(what)?);
    let each = times.iter().zip(machines).zip(whats);
    Some(each.filter_map(|((t, m), w)| Some((m.parse().ok()?, seconds(t)? / 86_400.0, w.clone()))).collect())
}

/// Age and model by machine.
fn machines(sheet: &Sheet) -> Option<BTreeMap<u32, (f64, f64)>> {
    let (names, models, ages) = (sheet.text("machineID")?, sheet.text("model")?, sheet.text("age")?);
    let digits = |model: &String| number(model.trim_start_matches(|c: char| !c.is_ascii_digit()));
    let each = names.iter().zip(models).zip(ages);
    Some(each.filter_map(|((n, m), a)| Some((n.parse().ok()?, (number(a), digits(m))))).collect())
}

fn assemble(failures: &[Event], repairs: &[Event], errors: &[Event], known: &BTreeMap<u32, (f64, f64)>) -> Fleet {
    let names = |of: &[&[Event]]| -> Vec<String> {
        of.iter().copied().flatten().map(|e| e.2.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let (components, kinds) = (names(&[failures, repairs]), names(&[errors]));
    let all = failures.iter().chain(repairs).chain(errors).map(|e| e.0).chain(known.keys().copied());
    let numbers: Vec<u32> = all.collect::<BTreeSet<_>>().into_iter().collect();
    let times = |of: &[Event], machine: u32, what: &String| -> Vec<f64> {
        let mut times: Vec<f64> = of.iter().filter(|e| e.0 == machine && e.2 == *what).map(|e| e.1).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let machine = |number: &u32| {
        let (age, model) = known.get(number).copied().unwrap_or((f64::NAN, f64::NAN));
        let ends = |c| ends(&times(failures, *number, c), &times(repairs, *number, c));
        Machine {
            age,
            model,
            errors: kinds.iter().map(|k| times(errors, *number, k)).collect(),
            ends: components.iter().map(ends).collect(),
        }
    };
    let watched = failures.iter().chain(errors).map(|e| e.1);
    let span = watched.fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), t| (from.min(t), to.max(t)));
    Fleet { machines: numbers.iter().map(machine).collect(), components: components.len(), span, files: (0, 0) }
}

/// Failures and replacements of a component as ends of its uses.
fn ends(failed: &[f64], replaced: &[f64]) -> Vec<End> {
    let of = |times: &[f64], failed| times.iter().map(move |t| End { time: *t, failed }).collect::<Vec<End>>();
    let mut all = of(failed, true);
    all.extend(of(replaced, false));
    all.sort_by(|a, b| a.time.total_cmp(&b.time));
    let mut ends: Vec<End> = Vec::new();
    for end in all {
        match ends.last_mut().filter(|last| end.time - last.time < SAME) {
            Some(last) => last.failed |= end.failed,
            None => ends.push(end),
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_and_its_repair_are_one_end() {
        let found = ends(&[10.0, 30.0], &[4.0, 10.2, 20.0]);
        let want = [(4.0, false), (10.0, true), (20.0, false), (30.0, true)];
        assert_eq!(found, want.map(|(time, failed)| End { time, failed }));
        let machine = Machine { ends: vec![found], ..Machine::default() };
        let fleet = Fleet { machines: vec![machine], components: 1, ..Fleet::default() };
        let spells = fleet.spells(&[0], 0, 25.0);
        let want = [(6.0, true), (10.0, false), (5.0, false)];
        assert_eq!(spells, want.map(|(duration, failed)| Spell { duration, failed }));
    }
}
