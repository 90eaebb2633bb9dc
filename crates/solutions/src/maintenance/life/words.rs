//! An outlook as a finding.

use gemba_act::Side;
use gemba_learn::life::{Course, Range};
use gemba_plant::{Evidence, Finding, FindingKind, FindingState, PathPoint, RemainingLife, Signal, Timestamp};

use super::super::span;

/// Where a path ends.
#[derive(Clone, Debug)]
pub(super) struct End {
    /// What makes the finding the same again.
    pub(super) key: String,
    /// The limit, in the signal's unit.
    pub(super) at: f64,
    /// Where it may end, each as likely; `at` when there is only one.
    pub(super) levels: Vec<f64>,
    /// Which side is bad.
    pub(super) side: Side,
    /// Whether the machine counts as failed there; else it is a limit and no more.
    pub(super) failed: bool,
    /// Where the limit comes from.
    pub(super) source: String,
    /// What to do about the signal.
    pub(super) prescription: String,
}

impl End {
    /// A value turned so that towards the limit is up; and back.
    pub(super) fn up(&self, value: f64) -> f64 {
        if self.side == Side::Above { value } else { -value }
    }
}

/// What was concluded about a path.
#[derive(Clone, Debug)]
pub(super) struct Outlook {
    pub(super) now: Timestamp,
    /// Days until the limit.
    pub(super) range: Range,
    /// Turned by [`End::up`].
    pub(super) path: Course,
    /// 0–100.
    pub(super) health: f64,
    /// The level of the best quarter of the path, in the signal's unit.
    pub(super) healthy: f64,
    /// The share of futures that reach the limit within the horizon.
    pub(super) within: f64,
    /// How many of its own past points were asked, and which share of their ranges held.
    pub(super) asked: (usize, Option<f64>),
    pub(super) times: Vec<i64>,
    pub(super) values: Vec<f64>,
}

/// The way ahead is told so many times as far as the past and the limit lie apart: a path that grows by its own height has no end.
const FAR: f64 = 10.0;
/// Points of the way ahead.
const AHEAD: u32 = 12;
/// It is drawn at most so many days on.
const AHEAD_DAYS_MAX: f64 = 3650.0;
const DAY_US: f64 = 86_400e6;

/// The finding.
pub(super) fn finding(signal: &Signal, end: &End, outlook: &Outlook, (since, model): (Timestamp, &str)) -> Finding {
    let Outlook { range, path, .. } = outlook;
    let (name, unit) = (signal.name.replace(['_', '/'], " "), signal.unit.symbol());
    let left = RemainingLife {
        days: range.median,
        lo: range.lo,
        hi: range.hi.is_finite().then_some(range.hi),
        level: range.level,
    };
    let (at, source, level) = (end.at, end.source.as_str(), end.up(path.level()));
    let (way, goes) = if end.side == Side::Above { ("rising", "above") } else { ("falling", "below") };
    let counts = if end.failed { "counts as failed" } else { "is its limit" };
    let was = format!("{name} was {:.2} {unit} at its best and is {level:.2} {unit} now", outlook.healthy);
    let (title, explanation, plan) = if range.median > 0.0 {
        let span = span::range(&left);
        let explanation = format!(
            "{was}, {way}. {at} {unit} ({source}) {counts}. With {:.0} % probability it is reached in {span}, the median is {}. \
             Health {:.0} of 100: what is left of the way from best to there.{}",
            100.0 * range.level,
            span::days(range.median),
            outlook.health,
            checked(outlook),
        );
        (
            format!("{name} is on its way to {at} {unit}: {span}"),
            explanation,
            format!("plan the repair within {}", span::days(range.lo)),
        )
    } else {
        let explanation = format!(
            "{was}. {at} {unit} ({source}) {counts}, and that limit is reached: no life is left. This stays until {name} has left \
             the limit by a tenth of the way back to its best."
        );
        let plan = "repair it now, or say in a check why it may run on".to_owned();
        (format!("{name} has reached its limit: {goes} {at} {unit}"), explanation, plan)
    };
    Finding {
        asset: signal.asset,
        key: end.key.clone(),
        kind: FindingKind::Degradation,
        state: FindingState::Active,
        since,
        until: outlook.now,
        title,
        explanation,
        p_value: Some(1.0 - path.rising()),
        probability: outlook.within.clamp(0.0, 0.9999),
        severity: (1.0 - outlook.health / 100.0).clamp(0.1, 1.0),
        contributions: Vec::new(),
        evidence: vec![
            evidence(&name, end, outlook),
            Evidence::Limit { signal: signal.id, measured: level, limit: at, source: source.to_owned() },
        ],
        failure_mode: None,
        prescription: vec![end.prescription.clone(), plan],
        rul: Some(left),
        model: model.to_owned(),
    }
}

/// What the path says about its own past.
fn checked(outlook: &Outlook) -> String {
    let (asked, held) = outlook.asked;
    match held {
        Some(held) if asked > 0 => format!(
            " Asked at {asked} earlier points of the same path when it would come to where it is now, {:.0} % of the ranges held; \
             the range is as much wider as that wants.",
            100.0 * held
        ),
        _ => " The path is too short to be asked about its own past.".to_owned(),
    }
}

fn evidence(name: &str, limit: &End, outlook: &Outlook) -> Evidence {
    let Outlook { now, range, path, times, values, .. } = outlook;
    let end = if range.hi.is_finite() { range.hi } else { 2.0 * range.median }.min(AHEAD_DAYS_MAX);
    let tail = (1.0 - range.level) / 2.0;
    let (low, high) = values.iter().fold((limit.at, limit.at), |(low, high), v| (low.min(*v), high.max(*v)));
    let far = FAR * (high - low);
    #[allow(clippy::cast_possible_truncation, reason = "at most ten years of microseconds")]
    let point = |k: u32| {
        let after = end * f64::from(k) / f64::from(AHEAD);
        let time = now.micros().saturating_add((after * DAY_US) as i64);
        let ahead = path.ahead(after, [tail, 0.5, 1.0 - tail]);
        let [a, median, b] = ahead.map(|level| limit.up(level).min(high + far).max(low - far));
        PathPoint { time, lo: a.min(b), median, hi: a.max(b) }
    };
    Evidence::Degradation {
        name: name.to_owned(),
        times: times.clone(),
        values: values.clone(),
        threshold: limit.at,
        ahead: if end > 0.0 { (1..=AHEAD).map(point).collect() } else { Vec::new() },
    }
}
