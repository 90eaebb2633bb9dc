//! What was known of a machine at a moment, as a row of numbers.

use std::collections::BTreeMap;

use gemba_act::work::{EventKind, Failure};
use gemba_plant::{AssetId, Timestamp};

use super::super::uses::{self, End};
use super::History;

pub(super) const DAY_US: f64 = 86_400e6;
/// What happened longer ago is forgotten, days: a warning of last season speaks of nothing.
const MEMORY: f64 = 30.0;
/// The days over which what a counter has lately counted is told.
const LATELY: f64 = 7.0;
/// Failure modes, kinds of notices and counters that are known at most: those that occur most.
const MODES_MAX: usize = 12;
const NOTICES_MAX: usize = 20;
const METERS_MAX: usize = 4;

/// One thing that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// Days since a part failed or was replaced; of any part with none.
    Since(Option<String>),
    /// Days since something was told.
    Notice(String),
    /// What a counter has counted since a part failed or was replaced.
    Used(String, Option<String>),
    /// What it has counted lately.
    Lately(String),
}

/// A machine, ready to be asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    /// The ends of uses by mode; of any part under no name.
    ends: BTreeMap<String, Vec<End>>,
    /// Times of each kind of notice, microseconds, ascending.
    notices: BTreeMap<String, Vec<i64>>,
    /// Points of each counter, ascending.
    meters: BTreeMap<String, Vec<(i64, f64)>>,
}

/// What is known of all machines of a kind: which facts there are. They depend on what is recorded, not on who fails.
pub(super) fn facts(history: &History<'_>) -> Vec<Fact> {
    let ours = |asset: &AssetId| history.kind.contains(asset);
    let modes = history.events.iter().filter(|e| ours(&e.asset)).map(uses::mode).filter(|mode| !mode.is_empty());
    let modes: Vec<Option<String>> =
        std::iter::once(None).chain(most(modes, MODES_MAX).into_iter().map(Some)).collect();
    let notices = most(history.notices.iter().filter(|n| ours(&n.asset)).map(|n| n.what.clone()), NOTICES_MAX);
    let meters = most(history.meters.iter().filter(|m| ours(&m.asset)).map(|m| m.what.clone()), METERS_MAX);
    let used = |meter: &String| {
        let since = modes.iter().map(|mode| Fact::Used(meter.clone(), mode.clone()));
        std::iter::once(Fact::Lately(meter.clone())).chain(since).collect::<Vec<Fact>>()
    };
    let since = modes.iter().cloned().map(Fact::Since);
    since.chain(notices.into_iter().map(Fact::Notice)).chain(meters.iter().flat_map(used)).collect()
}

/// The names that occur most, in the order of names.
fn most(names: impl Iterator<Item = String>, max: usize) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    let mut all: Vec<(String, usize)> = counts.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut names: Vec<String> = all.into_iter().take(max).map(|(name, _)| name).collect();
    names.sort();
    names
}

impl Machine {
    /// A machine, with what the facts ask for.
    pub(super) fn of(history: &History<'_>, asset: AssetId, facts: &[Fact]) -> Self {
        let mut machine = Self::default();
        let own = || history.events.iter().filter(|e| e.asset == asset && e.at <= history.now);
        for fact in facts {
            match fact {
                Fact::Since(mode) => {
                    machine.ends.insert(mode.clone().unwrap_or_default(), uses::ends(own(), mode.as_deref()));
                }
                Fact::Notice(what) => {
                    let own = history.notices.iter().filter(|n| n.asset == asset && n.what == *what);
                    let mut times: Vec<i64> = own.map(|n| n.at.micros()).collect();
                    times.sort_unstable();
                    machine.notices.insert(what.clone(), times);
                }
                Fact::Lately(what) => {
                    let own = history.meters.iter().find(|m| m.asset == asset && m.what == *what);
                    let points = own.map(|m| m.points.iter().map(|(t, v)| (t.micros(), *v)).collect());
                    machine.meters.insert(what.clone(), points.unwrap_or_default());
                }
                Fact::Used(..) => {}
            }
        }
        machine
    }

    /// Whether anything is recorded of it that ends a use.
    pub(super) fn is_recorded(&self) -> bool {
        self.ends.values().any(|ends| !ends.is_empty())
    }

    /// What was known at a moment, a number a fact; NaN where it was not, or too long ago.
    pub(super) fn known(&self, facts: &[Fact], at: i64) -> Vec<f64> {
        let days = |from: i64| (at.saturating_sub(from) as f64 / DAY_US).max(0.0);
        let begun = |mode: &Option<String>| last(self.ends(mode.as_deref()), |end| end.at <= at).map(|end| end.again);
        let value = |fact: &Fact| match fact {
            Fact::Since(mode) => begun(mode).map(days),
            Fact::Notice(what) => {
                let told = self.notices.get(what).and_then(|times| last(times, |time| **time <= at));
                told.map(|time| days(*time)).filter(|days| *days < MEMORY)
            }
            Fact::Lately(what) => self.counted(what, shift(at, -LATELY), at),
            Fact::Used(what, mode) => begun(mode).and_then(|from| self.counted(what, from, at)),
        };
        facts.iter().map(|fact| value(fact).unwrap_or(f64::NAN)).collect()
    }

    /// What a counter counted between two moments; none when it was not read at one of them.
    fn counted(&self, what: &str, from: i64, to: i64) -> Option<f64> {
        let points = self.meters.get(what)?;
        let read = |at: i64| last(points, |(time, _)| *time <= at).map(|(_, value)| *value);
        Some((read(to)? - read(from)?).max(0.0))
    }

    /// Whether a part fails within days after a moment; none when that is not known by `now`, or it stood for repair.
    pub(super) fn fails(&self, mode: Option<&str>, at: i64, days: f64, now: i64) -> Option<bool> {
        let ends = self.ends(mode);
        let until = shift(at, days);
        if until > now || last(ends, |end| end.at <= at).is_some_and(|end| at < end.again) {
            return None;
        }
        let next = ends.get(ends.partition_point(|end| end.at <= at));
        Some(next.is_some_and(|end| end.failed && end.at <= until))
    }

    /// The ends of its uses of a part.
    pub(super) fn ends(&self, mode: Option<&str>) -> &[End] {
        self.ends.get(mode.unwrap_or_default()).map(Vec::as_slice).unwrap_or_default()
    }
}

/// When the record of failures and notices begins, microseconds: replacements are often entered from long before.
pub(super) fn begins(history: &History<'_>) -> Option<i64> {
    let failed = |e: &&Failure| e.kind == EventKind::Failure && history.kind.contains(&e.asset) && e.at <= history.now;
    let failures = history.events.iter().filter(failed).map(|e| e.at);
    let notices = history.notices.iter().filter(|n| history.kind.contains(&n.asset)).map(|n| n.at);
    failures.chain(notices).min().map(Timestamp::micros)
}

/// The last of those at the beginning of a list for which something holds.
fn last<T>(of: &[T], holds: impl Fn(&&T) -> bool) -> Option<&T> {
    of.get(of.partition_point(|one| holds(&one)).checked_sub(1)?)
}

#[allow(clippy::cast_possible_truncation, reason = "days of a plant's life in microseconds")]
pub(super) fn shift(at: i64, days: f64) -> i64 {
    at.saturating_add((days * DAY_US) as i64)
}
