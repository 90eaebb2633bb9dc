//! Findings in words: which phase, how much longer or different than usual, since when, which signals.

use gemba_learn::cycles::{Cutter, Offset, Usual};
use gemba_learn::sure;
use gemba_plant::{
    Comparison, Contribution, Evidence, Finding, FindingKind, FindingState, Signal, SignalId, SignalKind, TimeRange,
    Timestamp,
};

use super::NAME;
use super::state::Memory;
use crate::maintenance::normal::{label, number, said_time};

/// Parts that are named in words; a share below which a part is not worth a word.
const NAMED_MAX: usize = 3;
const SHARE_MIN: f64 = 0.05;

/// What one value of a row tells.
enum What<'a> {
    /// How long a phase lasts.
    Lasts(String),
    /// How often the order of phases was broken.
    Breaks,
    /// How a signal goes in a part of a phase.
    Course(&'a Signal, String),
}

struct Part<'a> {
    signal: &'a Signal,
    what: What<'a>,
    share: f64,
    comparison: Comparison,
}

/// The finding for what is seen of the cycle `now` and has been `since`.
pub(super) fn finding(signals: &[Signal], memory: &Memory, (since, now): (Timestamp, Timestamp)) -> Option<Finding> {
    let (cutter, usual) = memory.watching()?;
    let score = memory.trace.scores.last().copied().unwrap_or_default();
    let parts = parts(signals, cutter, usual);
    let first = parts.first()?;
    let p_value = usual.p_value();
    let mut evidence = vec![Evidence::Score {
        name: "deviation of the cycle over its limit".into(),
        times: memory.trace.times.clone(),
        scores: memory.trace.scores.clone(),
        limit: 1.0,
    }];
    evidence.extend(parts.iter().take(NAMED_MAX).map(|p| match p.what {
        What::Course(..) => Evidence::Comparison(p.comparison.clone()),
        _ => Evidence::Window { signal: p.signal.id, range: TimeRange::new(since, now), note: p.said() },
    }));
    Some(Finding {
        asset: first.signal.asset,
        key: "cycle".into(),
        kind: FindingKind::Anomaly,
        state: FindingState::Active,
        since,
        until: now,
        title: first.title(),
        explanation: explanation(&parts, (cutter, usual), (since, score)),
        p_value: Some(p_value),
        probability: sure(p_value),
        severity: (1.0 - 1.0 / score.max(1.0)).clamp(0.05, 1.0),
        contributions: contributions(&parts),
        evidence,
        failure_mode: None,
        prescription: vec![
            format!("compare {} over a few cycles now with a day before", label(first.signal)),
            "check whether product, recipe or set-points were changed at that time".into(),
            "inspect what moves, opens or closes in that phase".into(),
        ],
        rul: None,
        model: NAME.into(),
    })
}

fn parts<'a>(signals: &'a [Signal], cutter: &Cutter, usual: &Usual) -> Vec<Part<'a>> {
    let offsets = usual.offsets();
    let weight = |o: &Offset| ((o.measured - o.expected) / o.width).powi(2);
    let total: f64 = offsets.iter().map(weight).sum();
    let values = cutter.head() + cutter.bins() * cutter.kept().count();
    let judged: Vec<usize> = Memory::judged(cutter, values).collect();
    let part = |offset: &Offset| {
        let (signal, what) = what(signals, cutter, *judged.get(offset.column)?)?;
        let Offset { measured, expected, width, .. } = *offset;
        let comparison =
            Comparison { signal: signal.id, measured, expected, band: (expected - width, expected + width) };
        Some(Part { signal, what, share: if total > 0.0 { weight(offset) / total } else { 0.0 }, comparison })
    };
    let mut parts: Vec<Part<'a>> = offsets.iter().filter_map(part).collect();
    parts.sort_by(|a, b| b.share.total_cmp(&a.share));
    parts
}

fn what<'a>(signals: &'a [Signal], cutter: &Cutter, at: usize) -> Option<(&'a Signal, What<'a>)> {
    let clock = signals.get(cutter.clock().column)?;
    let phase = |place: usize| Some(name(clock, cutter.clock().phases.get(place)?.code));
    if at + 1 < cutter.head() {
        return Some((clock, What::Lasts(phase(at)?)));
    }
    let Some(mean) = at.checked_sub(cutter.head()) else { return Some((clock, What::Breaks)) };
    let (signal, bin) = (mean / cutter.bins().max(1), mean % cutter.bins().max(1));
    let signal = signals.get(cutter.kept().nth(signal)?)?;
    let (place, part) = (bin / cutter.parts(), bin % cutter.parts());
    let when = match (cutter.parts(), part) {
        (1, _) => String::new(),
        (_, 0) => "the beginning of ".into(),
        (parts, part) if part + 1 == parts => "the end of ".into(),
        _ => "the middle of ".into(),
    };
    Some((signal, What::Course(signal, format!("{when}{}", phase(place)?))))
}

/// A phase by its name: `"pressing"`, `high force`, `step 3 of sequence`.
fn name(clock: &Signal, code: i64) -> String {
    let plain = clock.name.replace(['_', '/'], " ");
    let named = usize::try_from(code).ok().and_then(|at| clock.states.get(at));
    match (clock.kind, named) {
        (SignalKind::State, Some(text)) => format!("\"{text}\""),
        (SignalKind::State, None) => format!("step {code} of {plain}"),
        (_, _) if code > 0 => format!("high {plain}"),
        _ => format!("low {plain}"),
    }
}

impl Part<'_> {
    fn title(&self) -> String {
        let more = self.comparison.measured >= self.comparison.expected;
        match &self.what {
            What::Lasts(phase) => {
                format!("Phase {phase} takes {} than usual", if more { "longer" } else { "less time" })
            }
            What::Breaks => "The order of phases is broken more often than usual".into(),
            What::Course(signal, when) => {
                format!("{} is {} than usual in {when}", label(signal), if more { "higher" } else { "lower" })
            }
        }
    }

    fn said(&self) -> String {
        let (c, unit) = (&self.comparison, self.signal.unit.symbol());
        let off = (c.measured - c.expected).abs();
        let said = |value: f64| number(value, off);
        let (measured, expected, low, high) = (said(c.measured), said(c.expected), said(c.band.0), said(c.band.1));
        match &self.what {
            What::Lasts(phase) => format!(
                "phase {phase} takes {measured} s instead of {expected} s, {:+.0} % ({low} to {high} s is usual)",
                (c.measured / c.expected - 1.0) * 100.0
            ),
            What::Breaks => {
                format!("{measured} times in a cycle the next phase is not the usual one ({expected} is usual)")
            }
            What::Course(signal, when) => format!(
                "{} in {when} is {measured} {unit} instead of {expected} {unit} ({low} to {high} {unit} is usual)",
                label(signal)
            ),
        }
    }
}

fn explanation(parts: &[Part<'_>], (cutter, usual): (&Cutter, &Usual), (since, score): (Timestamp, f64)) -> String {
    let named = parts.iter().take(NAMED_MAX).filter(|p| p.share >= SHARE_MIN);
    let said: Vec<String> = named.map(|p| format!("{}: {:.0} % of the deviation", p.said(), p.share * 100.0)).collect();
    let period = cutter.clock().period_us() as f64 / 1e6;
    let text = format!(
        "In the cycle of about {} s, {}. Since {}, {score:.1} times the limit for the mean of {} cycles or more. These \
         shares are contributions, not causes.",
        number(period, period / 10.0),
        said.join("; "),
        said_time(since),
        usual.window(),
    );
    text.replace("  ", " ").replace(" )", ")").replace(" ;", ";")
}

fn contributions(parts: &[Part<'_>]) -> Vec<Contribution> {
    let mut all: Vec<(SignalId, f64)> = Vec::new();
    for part in parts {
        match all.iter_mut().find(|(id, _)| *id == part.signal.id) {
            Some((_, share)) => *share += part.share,
            None => all.push((part.signal.id, part.share)),
        }
    }
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.into_iter().map(|(signal, share)| Contribution { signal, share }).collect()
}
