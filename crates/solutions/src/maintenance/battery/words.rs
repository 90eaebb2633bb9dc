//! How long a battery lasts, for people.

use gemba_plant::{Evidence, Finding, FindingKind, FindingState, Signal, Template, Timestamp};

use super::super::span::{days, range};
use super::outlook::{CAPACITY_KEY, CapacityLife, within};

/// The failure mode of the template.
const MODE: &str = "capacity_fade";

/// All of it in words.
pub(super) fn says(life: &CapacityLife) -> String {
    let CapacityLife { level, end, unit, source, done, .. } = life;
    let now = format!(
        "The capacity is {level:.2} {unit} after {done} counted cycles; at {end:.2} {unit} ({source}) the battery is at its end."
    );
    if life.left.days <= 0.0 {
        return format!("{now} It is there: no life is left.");
    }
    let cycles = &life.cycles;
    let tried = match life.held {
        Some(held) => format!(
            " {} earlier questions of this and other batteries were asked for capacities that came later; {:.0} % of ranges of ± 10 % \
             would have held, and the range is as much wider as that wants.",
            life.tried,
            100.0 * held
        ),
        None => String::new(),
    };
    format!(
        "{now} With {:.0} % probability it lasts {:.0} to {:.0} cycles yet, the median is {:.0}: {} at the pace of the cycles so far.{tried}",
        100.0 * life.left.level,
        cycles.lo,
        cycles.hi,
        cycles.median,
        range(&life.left),
    )
}

/// The finding.
pub(super) fn finding(signal: &Signal, life: &CapacityLife, (open, horizon): (Option<&Finding>, f64)) -> Finding {
    let until = Timestamp::from_micros(life.from);
    let CapacityLife { level, end, unit, .. } = life;
    let (title, plan) = if life.left.days > 0.0 {
        (format!("the capacity fades: {} until it is below {end:.2} {unit}", range(&life.left)), plan(life.left.lo))
    } else {
        (format!("the capacity has faded: {level:.2} {unit}, below {end:.2} {unit}"), "replace it now".to_owned())
    };
    let template = Template::named(super::TEMPLATE);
    let mode = template.and_then(|t| t.failure_modes.iter().find(|mode| mode.id == MODE));
    let steps = mode.map_or(&[][..], |mode| mode.prescription).iter().map(|step| (*step).to_owned());
    Finding {
        asset: signal.asset,
        key: CAPACITY_KEY.to_owned(),
        kind: FindingKind::Degradation,
        state: FindingState::Active,
        since: open.map_or(until, |open| open.since),
        until,
        title,
        explanation: says(life),
        p_value: None,
        probability: within(&life.left, horizon).clamp(0.0, 0.9999),
        severity: (1.0 - life.health / 100.0).clamp(0.1, 1.0),
        contributions: Vec::new(),
        evidence: vec![
            Evidence::Degradation {
                name: "capacity".to_owned(),
                times: life.times.clone(),
                values: life.values.clone(),
                threshold: life.end,
                ahead: life.ahead.clone(),
            },
            Evidence::Limit { signal: signal.id, measured: *level, limit: *end, source: life.source.clone() },
        ],
        failure_mode: Some(MODE.to_owned()),
        prescription: steps.chain([plan]).collect(),
        rul: Some(life.left),
        model: super::NAME.to_owned(),
    }
}

fn plan(lo: f64) -> String {
    format!("plan the replacement within {}", days(lo))
}
