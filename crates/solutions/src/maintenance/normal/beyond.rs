//! A machine that does more, or less, than while it was learned. What is judged is judged for a load that was learned, so that
//! nothing is said of one that was not; but a failure may be why that is asked of it: air that leaks away has to be made.

use gemba_learn::normal::{Monitor, Stray};
use gemba_plant::port::Outlet;
use gemba_plant::{
    Comparison, Contribution, Direction, Evidence, FailureMode, Finding, FindingKind, FindingState, Role, Signal,
    SignalKind, Template, Timestamp,
};

use super::state::{Phase, Trace};
use super::words::{NAMED_MAX, clock, label, number, way};
use super::{NAME, NormalBehaviour, UPDATE_US};

/// How bad it is at most, and at least: nothing is known of how far it is to damage.
const SEVERITY: (f64, f64) = (0.3, 0.79);

impl NormalBehaviour {
    /// Tells of a machine beyond what was learned, where a failure that is known of such a machine makes it go there and nobody
    /// asked for it by a set-point.
    pub(super) fn tell_beyond(&mut self, time: i64, out: &mut Outlet) {
        let memory = &mut self.memory;
        if memory.finding.is_some() && time.saturating_sub(memory.last_update) < UPDATE_US {
            return;
        }
        let Some((_, Phase::Watching { watch, .. })) = memory.current.and_then(|i| memory.states.get(i)) else {
            return;
        };
        let Some((monitor, template)) = watch.monitor().zip(self.template) else { return };
        let now = Timestamp::from_micros(time);
        let since = memory.finding.as_ref().map_or(now, |f| f.since);
        if let Some(finding) = finding((&self.signals, template), monitor, (since, now), &memory.trace) {
            (memory.active, memory.moved, memory.calm, memory.last_update) = (true, true, 0, time);
            memory.finding = Some(Box::new(finding.clone()));
            out.finding(finding);
        }
    }
}

/// A signal that left what was learned.
struct Off<'a> {
    signal: &'a Signal,
    stray: Stray,
    comparison: Comparison,
}

fn finding(
    (signals, template): (&[Signal], &'static Template),
    monitor: &Monitor,
    (since, now): (Timestamp, Timestamp),
    trace: &Trace,
) -> Option<Finding> {
    let off: Vec<Off<'_>> = monitor.beyond().into_iter().filter_map(|stray| off(signals, stray)).collect();
    let (asked, others): (Vec<&Off<'_>>, Vec<&Off<'_>>) = off.iter().partition(|one| one.stray.driver);
    let wanted = |one: &&Off<'_>| one.signal.kind == SignalKind::SetPoint || one.signal.role == Role::SetPoint;
    if asked.iter().any(wanted) {
        return None;
    }
    let mode = template.drives_beyond(&ways(&asked), &ways(&others))?;
    let drives = |one: &&&Off<'_>| mode.symptoms.iter().any(|s| s.role == one.signal.role);
    let first = asked.iter().find(drives)?;
    let shares = total(&off);
    let (least, most) = SEVERITY;
    let score = Evidence::Score {
        name: "deviation over limit".into(),
        times: trace.times.clone(),
        scores: trace.scores.clone(),
        limit: 1.0,
    };
    let named = std::iter::once(*first).chain(others.iter().copied()).take(NAMED_MAX);
    Some(Finding {
        asset: first.signal.asset,
        key: "normal-behaviour".into(),
        kind: FindingKind::Anomaly,
        state: FindingState::Active,
        since,
        until: now,
        title: format!("{} is {} than while it was learned", label(first.signal), side(&first.comparison)),
        explanation: explanation(named.clone(), mode, since),
        p_value: None,
        probability: 1.0,
        severity: (1.0 - 1.0 / first.stray.ratio().max(1.0)).clamp(least, most),
        contributions: off
            .iter()
            .map(|one| Contribution { signal: one.signal.id, share: one.weight() / shares })
            .collect(),
        evidence: std::iter::once(score).chain(named.map(|one| Evidence::Comparison(one.comparison.clone()))).collect(),
        failure_mode: Some(mode.id.to_owned()),
        prescription: mode.prescription.iter().map(|step| (*step).to_owned()).collect(),
        rul: None,
        model: NAME.into(),
    })
}

impl Off<'_> {
    /// What it counts beside the others; one that never moved while it was learned counts as one that is twice as far off as it may be.
    fn weight(&self) -> f64 {
        let ratio = self.stray.ratio();
        if ratio.is_finite() { ratio.min(super::words::FAR).powi(2) } else { 4.0 }
    }
}

fn total(all: &[Off<'_>]) -> f64 {
    all.iter().map(Off::weight).sum::<f64>().max(f64::MIN_POSITIVE)
}

fn off(signals: &[Signal], stray: Stray) -> Option<Off<'_>> {
    let signal = signals.get(stray.column).filter(|_| stray.ratio() > 1.0)?;
    let Stray { measured, expected, width, .. } = stray;
    let band = (expected - width, expected + width);
    Some(Off { signal, stray, comparison: Comparison { signal: signal.id, measured, expected, band } })
}

fn ways(all: &[&Off<'_>]) -> Vec<(Role, Direction)> {
    all.iter().map(|one| (one.signal.role, way(&one.comparison))).collect()
}

fn side(comparison: &Comparison) -> &'static str {
    if way(comparison) == Direction::Up { "higher" } else { "lower" }
}

fn explanation<'a>(named: impl Iterator<Item = &'a Off<'a>>, mode: &FailureMode, since: Timestamp) -> String {
    let said = |one: &Off<'_>| {
        let (c, unit) = (&one.comparison, one.signal.unit.symbol());
        let told = |value: f64| number(value, c.measured - c.expected);
        let learned = if one.stray.driver { "was learned" } else { "is normal at the nearest load that was learned" };
        format!(
            "{} {} {unit}, where {} to {} {unit} {learned}",
            label(one.signal),
            told(c.measured),
            told(c.band.0),
            told(c.band.1)
        )
    };
    let said: Vec<String> = named.map(said).collect();
    format!(
        "{}. Since {}. The machine does what was not learned, so that nothing else of it can be judged, and no set-point asks for it; \
         a failure that does: {}. If it is a new way to run it, it has to be learned anew.",
        said.join("; "),
        clock(since),
        mode.name
    )
    .replace(" ,", ",")
}
