//! How well maintenance and monitoring do.

use gemba_plant::{AssetId, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::order::hours_between;

/// Hours in the month of 30 days that budgets are stated for.
const MONTH_H: f64 = 720.0;

/// How a use ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// It failed.
    #[default]
    Failure,
    /// It was replaced, overhauled or put into service, and had not failed: it is as good as new. No failure in any figure;
    /// for survival it says how long it lasted at least, and from when on the next use counts.
    Replacement,
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
    /// Since when it holds.
    pub since: Timestamp,
    /// Whether a check found the fault; none while nobody has looked.
    pub was_right: Option<bool>,
}

/// The figures. What cannot be told is none, never 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// Machines looked at.
    pub machines: u32,
    /// Findings in the span.
    pub findings: u32,
    /// Findings that were checked.
    pub checked: u32,
    /// Share of checked findings that were right, 0–1.
    pub precision: Option<f64>,
    /// Findings that a check called wrong, for a machine and month of 30 days.
    pub false_alarms_per_machine_month: Option<f64>,
    /// Failures in the span.
    pub failures: u32,
    /// Failures that no finding told of.
    pub missed: u32,
    /// The middle of the times between a finding and the failure that it told of, hours.
    pub lead_time_h: Option<f64>,
    /// Mean time between failures (ISO 14224): machine hours in the span, less repairs, over failures.
    pub mtbf_h: Option<f64>,
    /// Mean time to repair: from failure to running again, hours, over the repairs that are known.
    pub mttr_h: Option<f64>,
}

/// Counts. Only what lies in `range` is looked at; replacements are no failures.
pub fn figures(range: TimeRange, machines: u32, cases: &[CaseFact], failures: &[Failure]) -> Figures {
    let cases: Vec<&CaseFact> = cases.iter().filter(|c| range.contains(c.since)).collect();
    let failed = |f: &&Failure| f.kind == EventKind::Failure && range.contains(f.at);
    let failures: Vec<&Failure> = failures.iter().filter(failed).collect();
    let right = cases.iter().filter(|c| c.was_right == Some(true)).count();
    let wrong = cases.iter().filter(|c| c.was_right == Some(false)).count();
    let machine_h = hours_between(range.from, range.to) * f64::from(machines);
    let repairs: Vec<f64> =
        failures.iter().filter_map(|f| Some(hours_between(f.at, f.repaired?))).filter(|h| *h >= 0.0).collect();
    let leads = failures.iter().filter_map(|failure| {
        let told = cases.iter().find(|c| Some(c.finding) == failure.finding)?;
        Some(hours_between(told.since, failure.at))
    });
    let mut leads: Vec<f64> = leads.filter(|h| *h >= 0.0).collect();
    leads.sort_by(f64::total_cmp);
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    Figures {
        machines,
        findings: count(cases.len()),
        checked: count(right + wrong),
        precision: share(right as f64, (right + wrong) as f64),
        false_alarms_per_machine_month: share(wrong as f64 * MONTH_H, machine_h),
        failures: count(failures.len()),
        missed: count(failures.iter().filter(|f| f.finding.is_none()).count()),
        lead_time_h: middle(&leads),
        mtbf_h: share((machine_h - repairs.iter().sum::<f64>()).max(0.0), failures.len() as f64),
        mttr_h: share(repairs.iter().sum(), repairs.len() as f64),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let (low, high) = (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}
