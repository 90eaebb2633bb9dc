//! An outlook as a finding.

use gemba_learn::life::{Drift, Range};
use gemba_plant::{Evidence, Finding, FindingKind, FindingState, PathPoint, RemainingLife, Signal, Timestamp};

/// What was concluded about a path.
#[derive(Clone, Debug)]
pub(super) struct Outlook {
    pub(super) now: Timestamp,
    /// Days until the limit.
    pub(super) range: Range,
    pub(super) path: Drift,
    /// 0–100.
    pub(super) health: f64,
    /// The level of the best quarter of the path.
    pub(super) healthy: f64,
    /// The share of futures that reach the limit within the horizon.
    pub(super) within: f64,
    /// How many of its own past points were asked, and which share of their ranges held.
    pub(super) asked: (usize, Option<f64>),
    pub(super) times: Vec<i64>,
    pub(super) values: Vec<f64>,
}

/// Points of the way ahead.
const AHEAD: u32 = 12;
/// It is drawn at most so many days on.
const AHEAD_DAYS_MAX: f64 = 3650.0;
const DAY_US: f64 = 86_400e6;

/// The finding; `limit` is the value that counts as failed, its source and what to do about the signal.
pub(super) fn finding(
    signal: &Signal,
    (danger, source, prescription): (f64, &str, &str),
    outlook: &Outlook,
    (since, model): (Timestamp, &str),
) -> Finding {
    let Outlook { range, path, .. } = outlook;
    let (name, unit) = (signal.name.replace(['_', '/'], " "), signal.unit.symbol());
    let hi = range.hi.is_finite().then_some(range.hi);
    let level = 100.0 * range.level;
    let (asked, held) = outlook.asked;
    let checked = match held {
        Some(held) if asked > 0 => format!(
            " Asked at {asked} earlier points of the same path when it would come to where it is now, {:.0} % of the ranges held; \
             the range is as much wider as that wants.",
            100.0 * held
        ),
        _ => " The path is too short to be asked about its own past.".to_owned(),
    };
    Finding {
        asset: signal.asset,
        key: format!("life:{}", signal.name),
        kind: FindingKind::Degradation,
        state: FindingState::Active,
        since,
        until: outlook.now,
        title: format!("{name} is on its way to {danger} {unit}: {}", days(range.lo, hi)),
        explanation: format!(
            "{name} was {:.2} {unit} at its best and is {:.2} {unit} now, rising. {danger} {unit} ({source}) counts as failed. With \
             {level:.0} % probability it is reached in {}, the median is {}. Health {:.0} of 100: what is left of the way from best \
             to failed.{checked}",
            outlook.healthy,
            path.level(),
            days(range.lo, hi),
            one(range.median),
            outlook.health,
        ),
        p_value: Some(1.0 - path.rising()),
        probability: outlook.within.clamp(0.0, 0.9999),
        severity: (1.0 - outlook.health / 100.0).clamp(0.1, 1.0),
        contributions: Vec::new(),
        evidence: vec![
            evidence(&name, danger, outlook),
            Evidence::Limit { signal: signal.id, measured: path.level(), limit: danger, source: source.to_owned() },
        ],
        failure_mode: None,
        prescription: vec![prescription.to_owned(), format!("plan the repair within {}", one(range.lo))],
        rul: Some(RemainingLife { days: range.median, lo: range.lo, hi, level: range.level }),
        model: model.to_owned(),
    }
}

fn evidence(name: &str, threshold: f64, outlook: &Outlook) -> Evidence {
    let Outlook { now, range, path, times, values, .. } = outlook;
    let end = if range.hi.is_finite() { range.hi } else { 2.0 * range.median }.min(AHEAD_DAYS_MAX);
    let tail = (1.0 - range.level) / 2.0;
    #[allow(clippy::cast_possible_truncation, reason = "at most ten years of microseconds")]
    let point = |k: u32| {
        let after = end * f64::from(k) / f64::from(AHEAD);
        let time = now.micros().saturating_add((after * DAY_US) as i64);
        PathPoint {
            time,
            lo: path.ahead(after, tail),
            median: path.ahead(after, 0.5),
            hi: path.ahead(after, 1.0 - tail),
        }
    };
    Evidence::Degradation {
        name: name.to_owned(),
        times: times.clone(),
        values: values.clone(),
        threshold,
        ahead: (1..=AHEAD).map(point).collect(),
    }
}

/// A range of days in words.
fn days(lo: f64, hi: Option<f64>) -> String {
    match hi {
        Some(hi) => format!("{} to {}", one(lo), one(hi)),
        None => format!("{} or more", one(lo)),
    }
}

fn one(days: f64) -> String {
    if days < 2.0 { format!("{:.0} hours", 24.0 * days) } else { format!("{days:.0} days") }
}
