//! Findings in words: when in the run, which signals are off what is usual then, by how much.

use gemba_learn::programme::{Offset, Programme};
use gemba_learn::sure;
use gemba_plant::{
    Comparison, Contribution, Direction, Evidence, FailureMode, Finding, FindingKind, FindingState, Role, Signal,
    SignalKind, Template, TimeRange, Timestamp,
};

use super::NAME;
use super::state::Memory;
use crate::maintenance::normal::{label, number, said_time};

/// Signals that are named in words; a share below which a signal is not worth a word.
const NAMED_MAX: usize = 3;
const SHARE_MIN: f64 = 0.05;
/// How many times the limit is no longer worth a number.
const FAR: f64 = 1000.0;

/// The finding for what is seen of the programme `now` and has been `since`.
pub(super) fn finding(
    (signals, template): (&[Signal], Option<&'static Template>),
    memory: &Memory,
    (since, now): (Timestamp, Timestamp),
) -> Option<Finding> {
    let programme = memory.programme()?;
    let offsets = programme.offsets();
    let parts: Vec<(&Signal, Offset)> = offsets.iter().filter_map(|o| Some((signals.get(o.column)?, *o))).collect();
    let (first, _) = *parts.first()?;
    let mode = template.and_then(|t| t.likely_failure(&observed(&parts)));
    let p_value = programme.p_value();
    let mut evidence = vec![Evidence::Score {
        name: "deviation from the programme over its limit".into(),
        times: memory.trace.times.clone(),
        scores: memory.trace.scores.clone(),
        limit: 1.0,
    }];
    let began = Timestamp::from_micros(now.micros().saturating_sub(micros(programme.elapsed())));
    evidence.extend(parts.iter().take(NAMED_MAX).flat_map(|(signal, offset)| {
        let Offset { measured, expected, width, .. } = *offset;
        let band = (expected - width, expected + width);
        let run = TimeRange::new(began, now);
        let window = Evidence::Window { signal: signal.id, range: run, note: "the run in which it was seen".into() };
        [Evidence::Comparison(Comparison { signal: signal.id, measured, expected, band }), window]
    }));
    Some(Finding {
        asset: first.asset,
        key: "programme".into(),
        kind: FindingKind::Anomaly,
        state: FindingState::Active,
        since,
        until: now,
        title: format!("{} is not where it belongs at this point of the run", label(first)),
        explanation: explanation(&parts, (signals, programme), (since, memory.score), mode),
        p_value: Some(p_value),
        probability: sure(p_value),
        severity: (1.0 - 1.0 / memory.score.max(1.0)).clamp(0.05, 1.0),
        contributions: parts.iter().map(|(s, o)| Contribution { signal: s.id, share: o.share }).collect(),
        evidence,
        failure_mode: mode.map(|mode| mode.id.to_owned()),
        prescription: mode.map_or_else(|| steps(first), |m| m.prescription.iter().map(|s| (*s).to_owned()).collect()),
        rul: None,
        model: NAME.into(),
    })
}

/// What to do where no failure that is known shows so.
fn steps(first: &Signal) -> Vec<String> {
    vec![
        format!("compare {} in this run with a run before", label(first)),
        "look whether a step was held, left out or came late, and what it waited for".into(),
        "check whether product, recipe or set-points were changed at that time".into(),
    ]
}

/// The roles of the signals that are worth a word, and which way they are off, the farthest first. What is asked of the machine is not judged.
fn observed(parts: &[(&Signal, Offset)]) -> Vec<(Role, Direction)> {
    let worth = parts.iter().filter(|(signal, offset)| offset.share >= SHARE_MIN && !signal.role.is_asked());
    let way = |offset: &Offset| if offset.measured < offset.expected { Direction::Down } else { Direction::Up };
    worth.map(|(signal, offset)| (signal.role, way(offset))).collect()
}

#[allow(clippy::cast_possible_truncation, reason = "seconds of a run")]
fn micros(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}

fn explanation(
    parts: &[(&Signal, Offset)],
    (signals, programme): (&[Signal], &Programme),
    (since, score): (Timestamp, f64),
    mode: Option<&FailureMode>,
) -> String {
    let named = parts.iter().take(NAMED_MAX).enumerate().filter(|(i, (_, o))| *i == 0 || o.share >= SHARE_MIN);
    let said: Vec<String> = named.map(|(_, (signal, offset))| said(signal, offset)).collect();
    let begins = programme.begins_with().and_then(|(column, rising)| Some((signals.get(column)?, rising)));
    let begins = match begins {
        Some((signal, rising)) => format!("{} {}", label(signal), if rising { "rises" } else { "falls" }),
        None => "all signals come back after a silence".into(),
    };
    let elapsed = programme.elapsed();
    let times = if score < FAR { format!("{score:.1}") } else { format!("more than {FAR:.0}") };
    format!(
        "{} s after the run began: {}. A run begins when {begins} and usually lasts {} s. Since {}, {times} times the \
         limit. These shares are contributions, not causes{}",
        number(elapsed, programme.run_s() / 10.0),
        said.join("; "),
        number(programme.run_s(), programme.run_s() / 10.0),
        said_time(since),
        mode.map_or(".".into(), |mode| format!("; together they fit this failure best: {}.", mode.name)),
    )
}

/// One signal: where it is and where it would be.
fn said(signal: &Signal, offset: &Offset) -> String {
    let Offset { measured, expected, width, share, .. } = *offset;
    let state = |value: f64| {
        let code =
            if value.fract().abs() < 1e-9 && value >= 0.0 { format!("{value:.0}").parse::<usize>().ok() } else { None };
        code.and_then(|at| signal.states.get(at)).filter(|_| signal.kind == SignalKind::State)
    };
    let text = match (state(measured), state(expected.round())) {
        (Some(is), Some(usual)) if is != usual => format!("{} is \"{is}\", usually \"{usual}\"", label(signal)),
        _ => {
            let (off, unit) = ((measured - expected).abs(), signal.unit.symbol());
            let told = |value: f64| number(value, off);
            format!(
                "{} {} {unit} instead of {} {unit} ({} to {} {unit} is usual then)",
                label(signal),
                told(measured),
                told(expected),
                told(expected - width),
                told(expected + width)
            )
        }
    };
    format!("{text}, {:.0} % of the deviation", share * 100.0).replace("  ", " ").replace(" )", ")")
}
