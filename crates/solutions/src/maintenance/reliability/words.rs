//! What records of failures say, for people.

use gemba_learn::life::Range;
use gemba_learn::survival::Posterior;
use gemba_plant::{Finding, FindingState, RemainingLife};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::battery::{CAPACITY_KEY, CapacityLife};
use super::super::fleet::{self, FleetLife, FleetProof};
use super::super::span::days;
use super::uses::Uses;
use super::{Ageing, LifeCurve, Reliability, count};

/// What tells how long a machine lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Speaks {
    /// Its own measured path towards a limit.
    Condition,
    /// The capacity of its battery, cycle by cycle.
    Capacity,
    /// What was learned of machines of its kind that ran to failure.
    Kind,
    /// Its age, by the recorded failures of its kind.
    Age,
}

/// What tells something of a machine besides its age.
#[derive(Clone, Copy, Debug, Default)]
pub struct Voices<'a> {
    /// The open finding whose path ends soonest.
    pub condition: Option<&'a Finding>,
    /// The capacity of its battery.
    pub capacity: Option<&'a CapacityLife>,
    /// What was learned of its kind, where that is proved to be better, and how good it is.
    pub kind: Option<(&'a FleetLife, &'a FleetProof)>,
}

/// Which of them tells how long the machine lasts, and why. What is measured on the machine itself goes before what machines
/// of its kind do on average; records of failures speak where nothing is on its way.
pub fn speaks(voices: &Voices<'_>, ages: &Reliability) -> (Option<Speaks>, String) {
    let condition = voices.condition.filter(|f| f.state == FindingState::Active && f.rul.is_some());
    let path = condition.and_then(|f| f.rul).zip(Some(measured(condition)));
    let capacity = voices.capacity.map(|life| (life.left, (Speaks::Capacity, CAPACITY.to_owned())));
    let kind = voices.kind.map(|(life, proof)| (life.left, (Speaks::Kind, format!("{KIND} {}", proof.why))));
    let age = ages.curves.iter().find(|curve| curve.failure_mode.is_none()).and_then(|curve| curve.left);
    match (path.or(capacity).or(kind), age) {
        (Some((path, (who, why))), Some(age)) => (Some(who), format!("{why} {}", compared(&path, &age))),
        (Some((_, (who, why))), None) => (Some(who), why),
        (None, Some(_)) => (
            Some(Speaks::Age),
            "No measured value is on its way to a limit, so only age can speak: what failures of this kind of machine were \
             recorded. It says nothing about how this one is."
                .to_owned(),
        ),
        (None, None) => (None, String::new()),
    }
}

/// What an open finding was concluded from.
fn measured(condition: Option<&Finding>) -> (Speaks, String) {
    match condition {
        Some(finding) if finding.model == fleet::MODEL => (Speaks::Kind, KIND.to_owned()),
        Some(finding) if finding.key == CAPACITY_KEY => (Speaks::Capacity, CAPACITY.to_owned()),
        _ => (Speaks::Condition, OWN_PATH.to_owned()),
    }
}

const CAPACITY: &str = "The capacity of this battery is known cycle by cycle, so its fade speaks: it knows more of this battery than \
                        the age of others.";
const KIND: &str = "What machines of its kind showed before they failed was learned, so that speaks: on machines that were left out it \
                    came nearer than anything simpler.";
const OWN_PATH: &str = "A measured value of this machine is on its way to a limit, so its own path speaks: it knows more of this \
                        machine than the age of others.";

fn compared(path: &RemainingLife, age: &RemainingLife) -> String {
    let hi = |life: &RemainingLife| life.hi.unwrap_or(f64::INFINITY);
    if hi(path) < age.lo {
        "By age alone it would last longer: it wears faster than its kind does.".to_owned()
    } else if hi(age) < path.lo {
        "By age alone it would be over sooner: another failure than this one may come before.".to_owned()
    } else {
        "By age alone the range is another, and the two agree as far as they overlap.".to_owned()
    }
}

/// What is missing for a curve, and what to do.
pub(super) fn missing(failures: u32, uses: &Uses) -> String {
    let needed = Posterior::FAILURES_MIN;
    let counted = count(uses.spells.iter().filter(|spell| spell.failed).count());
    match (failures, counted) {
        (0, _) => format!(
            "No failure of this kind of machine is recorded. From {needed} on there is a curve: note failures and replacements, \
             or take over the history of the maintenance system."
        ),
        (failures, counted) if counted < failures => format!(
            "{}, and of {} it is known when the use began; {needed} such failures are needed. Note when each machine was put into \
             service or replaced before.",
            some(
                failures,
                "failure of this kind of machine is recorded",
                "failures of this kind of machine are recorded"
            ),
            if counted == 0 { "none".to_owned() } else { counted.to_string() },
        ),
        (failures, _) => format!(
            "{}; {needed} are needed for a curve. Until then nothing is said.",
            some(
                failures,
                "failure of this kind of machine is recorded",
                "failures of this kind of machine are recorded"
            ),
        ),
    }
}

/// The curve in words; `half` is when half of new ones have failed, days.
pub(super) fn says(curve: &LifeCurve, half: &Range) -> String {
    let what = curve.failure_mode.as_ref().map_or_else(String::new, |mode| format!(" by {}", mode.replace('_', " ")));
    let told = format!(
        "{}{what} of {}{}: half have failed after {} to {} of use.",
        some(curve.failed, "failure", "failures"),
        some(curve.machines, "machine", "machines of this kind"),
        others(curve),
        days(half.lo),
        days(half.hi),
    );
    let ageing = match curve.ageing {
        Ageing::Wear => "The older the worse: wear.",
        Ageing::Early => "The older the safer: early failures, of making or mounting.",
        Ageing::Chance => "Age does next to nothing: chance.",
        Ageing::Open => "Whether age does anything cannot be told yet.",
    };
    let few = if curve.few { "The failures are few, so the ranges are wide." } else { "" };
    let apart =
        "One law does not go with what was counted: there is more than one cause in it; look at the failure modes.";
    let own = own(curve);
    let all = [told.as_str(), ageing, own.as_str(), few, if curve.fits { "" } else { apart }];
    all.into_iter().filter(|part| !part.is_empty()).collect::<Vec<&str>>().join(" ")
}

/// What it means for this machine.
fn own(curve: &LifeCurve) -> String {
    let (Some(age), Some(month)) = (curve.age_days, curve.ahead.get(1)) else {
        return "When this machine was put into service or replaced last is not recorded: note it, and its chance of failing is \
                told."
            .to_owned();
    };
    format!(
        "This machine has run for {} since it failed or was replaced last; the chance that it fails in the next {} days lies \
         between {} and {}, with 90 % probability.",
        days(age),
        month.days,
        percent(month.chance.lo),
        percent(month.chance.hi),
    )
}

/// What did not fail.
fn others(curve: &LifeCurve) -> String {
    let replaced =
        (curve.replaced > 0).then(|| format!("{} ended before a failure", some(curve.replaced, "use", "uses")));
    let running = (curve.running > 0).then(|| format!("{} on", some(curve.running, "use goes", "uses go")));
    let all: Vec<String> = replaced.into_iter().chain(running).collect();
    if all.is_empty() { String::new() } else { format!(" ({})", all.join(", ")) }
}

fn some(n: u32, one: &str, more: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {more}") }
}

fn percent(share: f64) -> String {
    match 100.0 * share {
        below if below < 0.1 => "0 %".to_owned(),
        small if small < 10.0 => format!("{small:.1} %"),
        more => format!("{more:.0} %"),
    }
}
