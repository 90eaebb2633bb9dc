//! What was learned of machines of a kind, for people.

use gemba_plant::{Evidence, Finding, FindingKind, FindingState, Signal, Timestamp};

use super::{FleetLife, FleetProof, MACHINES_MIN, MODEL, RUNS_MIN, STEPS_MIN};
use crate::maintenance::HEALTH_KEY;
use crate::maintenance::battery::within;
use crate::maintenance::span::{days, range};

/// What is missing, and what to do.
pub(super) fn missing(runs: usize, machines: usize) -> String {
    format!(
        "{runs} runs to failure of {machines} machines of this kind are stored; from {RUNS_MIN} runs of {MACHINES_MIN} machines on it is \
         learned how they end. A run counts from a failure or a replacement that is recorded to the next failure, with {STEPS_MIN} steps of \
         data in between."
    )
}

/// Why it speaks, or does not.
pub(super) fn why(proof: &FleetProof, over_path: bool) -> String {
    let FleetProof { machines, asked, error_days, naive_days, .. } = proof;
    let tried = format!(
        "On {machines} machines, each left out while it was learned, {asked} questions were asked: the mean error is {}, that of mean life \
         less age {}",
        days(*error_days),
        days(*naive_days),
    );
    let path = match (proof.path_days, proof.beside_path_days) {
        (Some(path), Some(own)) => {
            format!("; where the path of the deviation spoke it was {} off, what was learned {}", days(path), days(own))
        }
        _ => String::new(),
    };
    let held = format!(
        "; where the end was near enough to be told, {:.0} % of the ranges held, {:.0} % as wide as they are told.",
        100.0 * proof.held,
        100.0 * proof.held_widened
    );
    let verdict = match (proof.speaks, over_path) {
        (true, _) => "So what was learned speaks.",
        (false, false) => "So the path of the deviation goes on speaking.",
        (false, true) => "That is too little better to speak.",
    };
    format!("{tried}{path}{held} {verdict}")
}

/// How long a machine lasts, in words.
pub(super) fn says(life: &FleetLife, proof: &FleetProof) -> String {
    let left = match life.left.hi {
        Some(_) => format!("It lasts {} yet, the median is {}", range(&life.left), days(life.left.days)),
        None => format!("It lasts {} yet: so far from a failure machines of this kind look alike", range(&life.left)),
    };
    format!("{left}. Learned from {} runs to failure of {} machines of this kind.", proof.runs, proof.machines)
}

/// The finding, under the key of the path of the deviation, whose place it takes.
pub(super) fn finding(
    score: &Signal,
    life: &FleetLife,
    (proof, open, horizon): (&FleetProof, Option<&Finding>, f64),
) -> Finding {
    let until = Timestamp::from_micros(life.from);
    let usual = life.values.iter().copied().fold(life.left.days, f64::max);
    Finding {
        asset: score.asset,
        key: HEALTH_KEY.to_owned(),
        kind: FindingKind::Degradation,
        state: FindingState::Active,
        since: open.map_or(until, |open| open.since),
        until,
        title: format!("it looks like machines of its kind {} before they failed", range(&life.left)),
        explanation: format!("{} {}", life.says, proof.why),
        p_value: None,
        probability: within(&life.left, horizon).clamp(0.0, 0.9999),
        severity: (1.0 - life.left.days / usual.max(f64::MIN_POSITIVE)).clamp(0.1, 1.0),
        contributions: Vec::new(),
        evidence: vec![Evidence::Degradation {
            name: "days left, as told".to_owned(),
            times: life.times.clone(),
            values: life.values.clone(),
            threshold: 0.0,
            ahead: Vec::new(),
        }],
        failure_mode: None,
        prescription: vec![
            "look at what contributes to the deviation, and at how the failures before began".to_owned(),
            format!("plan the repair within {}", days(life.left.lo)),
        ],
        rul: Some(life.left),
        model: MODEL.to_owned(),
    }
}
