//! How well findings would have served: what was known to happen against what would have been found.
//!
//! A finding is a hit when it is reported within a known fault or at most the horizon before it begins; the earliest
//! such fault takes it. A finding that was standing since before the horizon is no warning of that fault: an alarm that
//! never ends must not find everything. What falls into maintenance counts neither way, everything else is false.
//! Figures: recall, precision, lead time (IEEE 1856 §5: prognostic horizon), false alarms in a month of 30 days of
//! watched time of one machine.

mod episode;

use std::collections::BTreeSet;
use std::time::Duration;

use gemba_plant::{AssetId, FindingKind, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::LabelKind;

pub use episode::{Episode, Episodes};

/// Seconds of the month that false alarms are told for: 30 days, as budgets are.
const MONTH_S: f64 = 30.0 * 86_400.0;

/// Something that is known to have happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The assets whose findings may tell of it.
    pub assets: BTreeSet<AssetId>,
    /// From when to when; both ends belong to it.
    pub range: TimeRange,
    /// What it was.
    pub kind: LabelKind,
    /// Its failure mode, as far as known.
    pub failure_mode: Option<String>,
}

/// For how long an asset was looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watched {
    /// The asset.
    pub asset: AssetId,
    /// From its first sample to its last.
    pub range: TimeRange,
    /// Seconds of that with data and after learning.
    pub seconds: f64,
    /// When its monitor had learned; [`Timestamp::MAX`] when it never had; none without a monitor.
    pub learned: Option<Timestamp>,
}

/// What a finding was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "FindingVerdict")]
pub enum Verdict {
    /// It told of something known.
    Hit,
    /// Nothing known was there.
    False,
    /// People were at work on the machine: it counts neither way.
    Excused,
    /// It is about the data itself, not about machine or sensor: it counts neither way.
    Aside,
}

/// What became of a known fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Found.
    Found,
    /// Not found.
    Missed,
    /// Not found: it was over before the monitor had learned.
    WhileLearning,
    /// There is no data of it: it counts neither way.
    NoData,
}

/// A known event with what was found of it.
#[derive(Clone, Debug, PartialEq)]
pub struct EventScore {
    /// What became of it; none for what is no fault.
    pub fate: Option<Fate>,
    /// When it was first found.
    pub found: Option<Timestamp>,
    /// Seconds from that to its begin; negative when it had begun before.
    pub lead_s: Option<f64>,
    /// Whether a finding named its failure mode; none when either side has none.
    pub named: Option<bool>,
    /// The episodes that told of it, by index.
    pub by: Vec<usize>,
}

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BacktestSummary")]
pub struct Summary {
    /// Known faults with data.
    pub events: usize,
    /// Of those found.
    pub found: usize,
    /// Found ÷ events; none without events.
    pub recall: Option<f64>,
    /// Findings that count: hits and false ones.
    pub findings: usize,
    /// Findings where nothing known was.
    pub false_alarms: usize,
    /// Findings that count neither way.
    pub excused: usize,
    /// Hits ÷ findings that count; none without any.
    pub precision: Option<f64>,
    /// Watched time of all machines, in months of 30 days.
    pub machine_months: f64,
    /// False alarms ÷ machine months; none when nothing was watched.
    pub false_per_machine_month: Option<f64>,
    /// Median of the lead times of found faults, s; negative when they had begun before.
    pub lead_median_s: Option<f64>,
    /// The shortest lead time of a found fault, s.
    pub lead_min_s: Option<f64>,
    /// Found faults whose failure mode was named rightly, of those where both sides name one.
    pub named: usize,
    /// Found faults where both sides name a failure mode.
    pub nameable: usize,
}

/// The outcome, in the order of what was given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// A verdict for each episode, and the event that it told of.
    pub verdicts: Vec<(Verdict, Option<usize>)>,
    /// What became of each event.
    pub events: Vec<EventScore>,
    /// The figures.
    pub summary: Summary,
}

/// Judges `episodes` by `events`. `horizon` is how long before an event a finding may be its warning.
pub fn score(events: &[Event], episodes: &[Episode], watched: &[Watched], horizon: Duration) -> Score {
    let verdicts: Vec<(Verdict, Option<usize>)> = episodes.iter().map(|e| judge(e, events, horizon)).collect();
    let scores: Vec<EventScore> = events
        .iter()
        .enumerate()
        .map(|(index, event)| {
            let tells = |told: usize| told == index || events.get(told).is_some_and(|other| same(event, other));
            let by = verdicts.iter().enumerate().filter(|(_, (_, told))| told.is_some_and(tells)).map(|(i, _)| i);
            event_score(event, by.collect(), (episodes, watched, horizon))
        })
        .collect();
    let summary = summary(&verdicts, &scores, watched);
    Score { verdicts, events: scores, summary }
}

fn judge(episode: &Episode, events: &[Event], horizon: Duration) -> (Verdict, Option<usize>) {
    let concerns = |event: &Event| event.assets.contains(&episode.asset);
    if episode.kind == FindingKind::DataQuality {
        return (Verdict::Aside, None);
    }
    let faults = events.iter().enumerate().filter(|(_, e)| e.kind == LabelKind::Fault && concerns(e));
    let told = faults
        .filter(|(_, e)| e.range.from.minus(horizon) <= episode.found && episode.found <= e.range.to)
        .min_by_key(|(index, e)| (e.range.from, *index));
    if let Some((index, _)) = told {
        return (Verdict::Hit, Some(index));
    }
    let excused = |e: &Event| {
        matches!(e.kind, LabelKind::Maintenance | LabelKind::Other)
            && concerns(e)
            && e.range.from <= episode.found
            && episode.found <= e.range.to
    };
    (if events.iter().any(excused) { Verdict::Excused } else { Verdict::False }, None)
}

/// Whether two faults are one incident that is known twice, such as by a label and by a failure.
fn same(a: &Event, b: &Event) -> bool {
    let faults = a.kind == LabelKind::Fault && b.kind == LabelKind::Fault;
    let overlap = a.range.from <= b.range.to && b.range.from <= a.range.to;
    faults && overlap && !a.assets.is_disjoint(&b.assets)
}

fn event_score(
    event: &Event,
    by: Vec<usize>,
    (episodes, watched, horizon): (&[Episode], &[Watched], Duration),
) -> EventScore {
    if event.kind != LabelKind::Fault {
        return EventScore { fate: None, found: None, lead_s: None, named: None, by };
    }
    let mine: Vec<&Episode> = by.iter().filter_map(|i| episodes.get(*i)).collect();
    let found = mine.iter().map(|e| e.found).min();
    let modes: Vec<&String> = mine.iter().filter_map(|e| e.failure_mode.as_ref()).collect();
    let named = event.failure_mode.as_ref().filter(|_| !modes.is_empty());
    EventScore {
        fate: Some(if found.is_some() { Fate::Found } else { unfound(event, watched, horizon) }),
        found,
        lead_s: found.map(|at| event.range.from.micros().saturating_sub(at.micros()) as f64 / 1e6),
        named: named.map(|mode| modes.iter().any(|m| m.eq_ignore_ascii_case(mode))),
        by,
    }
}

fn unfound(event: &Event, watched: &[Watched], horizon: Duration) -> Fate {
    let reach = TimeRange::new(event.range.from.minus(horizon), event.range.to.plus(Duration::from_micros(1)));
    let mut seen = watched.iter().filter(|w| event.assets.contains(&w.asset) && w.range.overlaps(&reach)).peekable();
    if seen.peek().is_none() {
        return Fate::NoData;
    }
    let learning = |w: &Watched| w.learned.is_some_and(|at| event.range.to <= at);
    if seen.all(learning) { Fate::WhileLearning } else { Fate::Missed }
}

fn summary(verdicts: &[(Verdict, Option<usize>)], events: &[EventScore], watched: &[Watched]) -> Summary {
    let count = |verdict: Verdict| verdicts.iter().filter(|(v, _)| *v == verdict).count();
    let with = |fate: Fate| events.iter().filter(|e| e.fate == Some(fate)).count();
    let (hits, wrong) = (count(Verdict::Hit), count(Verdict::False));
    let found = with(Fate::Found);
    let known = found + with(Fate::Missed) + with(Fate::WhileLearning);
    let machine_months = watched.iter().map(|w| w.seconds).sum::<f64>() / MONTH_S;
    let mut leads: Vec<f64> = events.iter().filter_map(|e| e.lead_s).collect();
    leads.sort_by(f64::total_cmp);
    Summary {
        events: known,
        found,
        recall: share(found, known),
        findings: hits + wrong,
        false_alarms: wrong,
        excused: count(Verdict::Excused) + count(Verdict::Aside),
        precision: share(hits, hits + wrong),
        machine_months,
        false_per_machine_month: (machine_months > 0.0).then(|| wrong as f64 / machine_months),
        lead_median_s: median(&leads),
        lead_min_s: leads.first().copied(),
        named: events.iter().filter(|e| e.named == Some(true)).count(),
        nameable: events.iter().filter(|e| e.named.is_some()).count(),
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The middle of what is sorted; none when there is nothing.
pub(crate) fn median(sorted: &[f64]) -> Option<f64> {
    let (low, high) = (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}
