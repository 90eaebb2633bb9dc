//! How well maintenance and monitoring do.

use std::collections::BTreeMap;

use gemba_plant::{AssetId, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::order::hours_between;
use crate::backtest::median;

/// Hours in the month of 30 days that budgets are stated for.
const MONTH_H: f64 = 720.0;

/// How a use ended, or what it was if it did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// It failed.
    #[default]
    Failure,
    /// It was replaced, overhauled or put into service, and had not failed: it is as good as new. No failure in any figure;
    /// for survival it says how long it lasted at least, and from when on the next use counts.
    Replacement,
    /// It told of an error, an alarm or a warning and ran on: the end of no use. It may say that a failure comes.
    Error,
}

/// A failure that happened, or a replacement before one: noted by hand, by a check, or taken over from a maintenance system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Its number; 0 until it is stored.
    #[serde(default)]
    pub id: u64,
    /// Whether it failed or was replaced before.
    #[serde(default)]
    pub kind: EventKind,
    /// The machine.
    pub asset: AssetId,
    /// When it failed, or was replaced.
    pub at: Timestamp,
    /// When it ran again; none while it does not, or when nobody has said.
    #[serde(default)]
    pub repaired: Option<Timestamp>,
    /// The failure mode; empty when nobody has said. Of a replacement the mode that it was against; empty when the whole
    /// machine is as good as new.
    #[serde(default)]
    pub failure_mode: String,
    /// The finding that told of it before; none for a failure that was missed.
    #[serde(default)]
    pub finding: Option<u64>,
    /// What happened.
    #[serde(default)]
    pub note: String,
}

/// What counts of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseFact {
    /// Its number.
    pub finding: u64,
    /// The machine.
    pub asset: AssetId,
    /// Since when it holds.
    pub since: Timestamp,
    /// Whether a check found the fault; none while nobody has looked.
    pub was_right: Option<bool>,
}

/// A machine, and how long it has been watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    /// The machine.
    pub asset: AssetId,
    /// Since when there is data of it; none while there is none.
    pub since: Option<Timestamp>,
    /// Hours in the span, since then, in which its data has gaps.
    pub gaps_h: f64,
}

/// The figures. What cannot be told is none, never 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// Machines looked at.
    pub machines: u32,
    /// Machine hours in the span since each machine first had data.
    pub watched_h: f64,
    /// Of these, hours in which data has gaps. They are in `watched_h`: the machines ran on.
    pub gaps_h: f64,
    /// Findings in the span.
    pub findings: u32,
    /// Findings that were checked.
    pub checked: u32,
    /// Share of checked findings that were right, 0–1.
    pub precision: Option<f64>,
    /// Findings that a check called wrong, for a watched machine and month of 30 days.
    pub false_alarms_per_machine_month: Option<f64>,
    /// Failures in the span.
    pub failures: u32,
    /// Of these, failures of machines that were not watched yet: they count for MTTR alone.
    pub unwatched: u32,
    /// Failures of watched machines that no finding told of.
    pub missed: u32,
    /// The middle of the times between a finding and the failure that it told of, hours.
    pub lead_time_h: Option<f64>,
    /// Mean time between failures (ISO 14224): watched hours, less repairs, over the failures of watched machines.
    pub mtbf_h: Option<f64>,
    /// Mean time to repair: from failure to running again, hours, over the repairs that are known.
    pub mttr_h: Option<f64>,
    /// MTBF over MTBF and MTTR, 0–1: the inherent availability of IEC 60050-192.
    pub availability: Option<f64>,
    /// Hours from failure to running again, over the repairs that are known.
    pub downtime_h: f64,
}

/// Counts. Only what lies in `range` and is about one of the machines is looked at; replacements are no failures.
pub fn figures(range: TimeRange, machines: &[Watch], cases: &[CaseFact], failures: &[Failure]) -> Figures {
    let watched: BTreeMap<AssetId, Option<TimeRange>> =
        machines.iter().map(|machine| (machine.asset, machine.within(range))).collect();
    let cases: Vec<&CaseFact> =
        cases.iter().filter(|c| range.contains(c.since) && watched.contains_key(&c.asset)).collect();
    let failed = |f: &&Failure| f.kind == EventKind::Failure && range.contains(f.at);
    let failures: Vec<&Failure> = failures.iter().filter(failed).filter(|f| watched.contains_key(&f.asset)).collect();
    let seen = |f: &&&Failure| watched.get(&f.asset).copied().flatten().is_some_and(|span| span.contains(f.at));
    let counted: Vec<&Failure> = failures.iter().filter(seen).copied().collect();
    let right = cases.iter().filter(|c| c.was_right == Some(true)).count();
    let wrong = cases.iter().filter(|c| c.was_right == Some(false)).count();
    let watched_h: f64 = watched.values().flatten().map(|span| hours_between(span.from, span.to)).sum();
    let (known, downtime_h) = repairs(&failures);
    let mtbf_h = share((watched_h - repairs(&counted).1).max(0.0), counted.len() as f64);
    let mttr_h = share(downtime_h, known as f64);
    Figures {
        machines: count(machines.len()),
        watched_h,
        gaps_h: machines.iter().filter(|m| m.within(range).is_some()).map(|m| m.gaps_h).sum(),
        findings: count(cases.len()),
        checked: count(right + wrong),
        precision: share(right as f64, (right + wrong) as f64),
        false_alarms_per_machine_month: share(wrong as f64 * MONTH_H, watched_h),
        failures: count(failures.len()),
        unwatched: count(failures.len() - counted.len()),
        missed: count(counted.iter().filter(|f| f.finding.is_none()).count()),
        lead_time_h: lead(&cases, &failures),
        mtbf_h,
        mttr_h,
        availability: mtbf_h.zip(mttr_h).and_then(|(up, down)| share(up, up + down)),
        downtime_h,
    }
}

impl Watch {
    /// The part of a span in which it was watched; none when it was not.
    fn within(&self, range: TimeRange) -> Option<TimeRange> {
        let from = range.from.max(self.since?);
        (from < range.to).then(|| TimeRange::new(from, range.to))
    }
}

/// How many repairs have an end, and how long they took together, hours.
fn repairs(failures: &[&Failure]) -> (usize, f64) {
    let known = failures.iter().filter_map(|f| Some(hours_between(f.at, f.repaired?))).filter(|h| *h >= 0.0);
    known.fold((0, 0.0), |(n, sum), hours| (n + 1, sum + hours))
}

fn lead(cases: &[&CaseFact], failures: &[&Failure]) -> Option<f64> {
    let leads = failures.iter().filter_map(|failure| {
        let told = cases.iter().find(|c| Some(c.finding) == failure.finding)?;
        Some(hours_between(told.since, failure.at))
    });
    let mut leads: Vec<f64> = leads.filter(|h| *h >= 0.0).collect();
    leads.sort_by(f64::total_cmp);
    median(&leads)
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
