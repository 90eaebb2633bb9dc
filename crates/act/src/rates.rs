//! How well the alarm system serves its people (ISA-18.2 §16, EEMUA 191).

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_plant::{Alarm, AlarmState, AssetId, Priority, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AlarmConfig, JournalEntry};

/// The step of all figures.
const BIN: Duration = Duration::from_mins(10);
/// As many bins at most: four weeks.
const BINS_MAX: usize = 4 * 7 * 144;
/// As many sources are listed.
const TOP: usize = 10;
/// As many transitions …
const CHATTER: usize = 3;
/// … within this span are chattering.
const CHATTER_SPAN: Duration = Duration::from_mins(1);
/// An alarm that is active for longer is stale.
const STALE: Duration = Duration::from_hours(24);

/// An alarm definition and how often it spoke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The key below the asset.
    pub key: String,
    /// The asset.
    pub asset: AssetId,
    /// How many new alarms (`top`), or transitions in the worst minute (`chattering`).
    pub count: usize,
}

/// New alarms in ten minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bin {
    /// When the ten minutes begin.
    pub from: Timestamp,
    /// How many.
    pub count: usize,
}

/// The figures of a window of time. A new alarm is one that begins to call: raised, back from the shelf, sounded again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rates {
    /// New alarms in the last ten minutes. Target about 1, manageable 2.
    pub per_10min_now: usize,
    /// New alarms per hour, mean over the window, of an hour at least. Target about 6, overloaded from 30.
    pub per_hour: f64,
    /// Most new alarms in any ten minutes of the window.
    pub peak_10min: usize,
    /// Whether the last bin lies in a flood.
    pub flood_now: bool,
    /// Share of the window spent in floods, 0–1. Target below 0.01.
    pub flood_share: f64,
    /// The ten that spoke most often.
    pub top: Vec<Source>,
    /// Those with three or more transitions within a minute.
    pub chattering: Vec<Source>,
    /// Numbers of the alarms that are active for more than 24 hours.
    pub stale: Vec<u64>,
    /// New alarms by the highest priority that they reached. Target 80 % low and medium, 15 % high, 5 % emergency.
    pub by_priority: BTreeMap<String, usize>,
    /// New alarms in each ten minutes of the window.
    pub histogram: Vec<Bin>,
}

/// Works the figures out from the journal of `window` (ordered by time, four weeks at most) and the open alarms.
pub fn rates(journal: &[JournalEntry], open: &[Alarm], window: TimeRange, config: &AlarmConfig) -> Rates {
    let inside: Vec<&JournalEntry> = journal.iter().filter(|e| window.contains(e.time)).collect();
    let new: Vec<&JournalEntry> = inside.iter().copied().filter(|e| calls(e)).collect();
    let times: Vec<Timestamp> = new.iter().map(|e| e.time).collect();
    let histogram = histogram(&times, window);
    let floods = floods(&histogram, config);
    let hours = window.to.since(window.from).as_secs_f64() / 3600.0;
    Rates {
        per_10min_now: times.iter().filter(|t| window.to.since(**t) <= BIN).count(),
        per_hour: new.len() as f64 / hours.max(1.0),
        peak_10min: peak(&times, BIN),
        flood_now: floods.last().copied().unwrap_or(false),
        flood_share: floods.iter().filter(|f| **f).count() as f64 / floods.len().max(1) as f64,
        top: top(&new),
        chattering: chattering(&inside),
        stale: open.iter().filter(|a| stale(a, window.to)).map(|a| a.id).collect(),
        by_priority: by_priority(&inside),
        histogram,
    }
}

fn calls(entry: &JournalEntry) -> bool {
    entry.to == AlarmState::UnackActive && entry.from != AlarmState::UnackActive
}

fn histogram(times: &[Timestamp], window: TimeRange) -> Vec<Bin> {
    let bins = usize::try_from(window.to.since(window.from).as_micros().div_ceil(BIN.as_micros())).unwrap_or(BINS_MAX);
    let mut from = window.from;
    let mut all = Vec::with_capacity(bins.min(BINS_MAX));
    for _ in 0..bins.min(BINS_MAX) {
        let to = from.plus(BIN);
        let begin = times.partition_point(|t| *t < from);
        let end = times.partition_point(|t| *t < to);
        all.push(Bin { from, count: end.saturating_sub(begin) });
        from = to;
    }
    all
}

fn floods(histogram: &[Bin], config: &AlarmConfig) -> Vec<bool> {
    let mut flood = false;
    let mut each = Vec::with_capacity(histogram.len());
    for bin in histogram {
        let count = u32::try_from(bin.count).unwrap_or(u32::MAX);
        flood = count >= config.flood_begins || (flood && count >= config.flood_ends);
        each.push(flood);
    }
    each
}

/// The most times within any span, both ends included below the span.
fn peak(times: &[Timestamp], span: Duration) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (last, now) in times.iter().enumerate() {
        while times.get(first).is_some_and(|t| now.since(*t) >= span) {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

fn by_source<'a>(entries: &[&'a JournalEntry]) -> BTreeMap<(AssetId, &'a str), Vec<Timestamp>> {
    let mut sources = BTreeMap::<_, Vec<Timestamp>>::new();
    for entry in entries {
        sources.entry((entry.asset, entry.key.as_str())).or_default().push(entry.time);
    }
    sources
}

fn top(new: &[&JournalEntry]) -> Vec<Source> {
    let mut all: Vec<Source> = by_source(new)
        .into_iter()
        .map(|((asset, key), times)| Source { key: key.to_owned(), asset, count: times.len() })
        .collect();
    all.sort_by_key(|source| std::cmp::Reverse(source.count));
    all.truncate(TOP);
    all
}

fn chattering(inside: &[&JournalEntry]) -> Vec<Source> {
    let alive = |e: &&&JournalEntry| e.by.is_none() && e.from != e.to;
    let own: Vec<&JournalEntry> = inside.iter().filter(alive).copied().collect();
    by_source(&own)
        .into_iter()
        .map(|((asset, key), times)| Source { key: key.to_owned(), asset, count: peak(&times, CHATTER_SPAN) })
        .filter(|source| source.count >= CHATTER)
        .collect()
}

fn stale(alarm: &Alarm, now: Timestamp) -> bool {
    let active = [AlarmState::UnackActive, AlarmState::AckedActive].contains(&alarm.state);
    active && now.since(alarm.since) > STALE
}

fn by_priority(inside: &[&JournalEntry]) -> BTreeMap<String, usize> {
    let mut highest: Vec<Priority> = Vec::new();
    let mut places = BTreeMap::new();
    for entry in inside {
        if calls(entry) {
            places.insert(entry.alarm, highest.len());
            highest.push(entry.priority);
        } else if let Some(reached) = places.get(&entry.alarm).and_then(|place| highest.get_mut(*place)) {
            *reached = entry.priority.min(*reached);
        }
    }
    let all = [Priority::Emergency, Priority::High, Priority::Medium, Priority::Low];
    let word = |priority| match priority {
        Priority::Emergency => "emergency",
        Priority::High => "high",
        Priority::Medium => "medium",
        Priority::Low => "low",
    };
    all.map(|p| (word(p).to_owned(), highest.iter().filter(|reached| **reached == p).count())).into()
}
