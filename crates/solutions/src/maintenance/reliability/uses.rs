//! Failures and replacements as uses that ended, and uses that go on.

use std::collections::BTreeSet;

use gemba_act::work::{EventKind, Failure};
use gemba_learn::survival::Spell;
use gemba_plant::{AssetId, Timestamp};

use super::LifeData;

const DAY_US: f64 = 86_400e6;
/// A replacement so soon after a failure is its repair, and what is entered twice so soon after is one event: a day.
const SAME_US: i64 = 86_400_000_000;

/// Uses of machines of a kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Uses {
    /// Days each.
    pub(super) spells: Vec<Spell>,
    /// Uses that go on; among the spells.
    pub(super) running: usize,
    /// Machines of which something is recorded.
    pub(super) machines: BTreeSet<AssetId>,
    /// Failures of the machine that is asked about, among the spells.
    pub(super) own: usize,
    /// Days since that machine failed or was replaced last.
    pub(super) age: Option<f64>,
}

/// The end of a use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    /// Microseconds.
    pub(super) at: i64,
    /// When the next use began.
    pub(super) again: i64,
    pub(super) failed: bool,
}

/// A use of a machine, from its begin to its end or until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it began: after a failure or a replacement.
    pub from: Timestamp,
    /// When it ended, or now.
    pub to: Timestamp,
    /// Whether it ended with a failure.
    pub failed: bool,
    /// Whether it goes on.
    pub running: bool,
}

/// The uses of a machine, oldest first, the one that goes on last; those that failures of one mode end and what renews it,
/// or any. What came before the first recorded end is no use: nobody knows when it began.
pub fn spans(events: &[Failure], machine: AssetId, (wanted, now): (Option<&str>, Timestamp)) -> Vec<Span> {
    let ends = ends(events.iter().filter(|e| e.asset == machine && e.at <= now), wanted);
    let span = |from: i64, to: i64, failed, running| Span {
        from: Timestamp::from_micros(from),
        to: Timestamp::from_micros(to),
        failed,
        running,
    };
    let ended = ends.iter().zip(ends.iter().skip(1)).map(|(begin, end)| span(begin.again, end.at, end.failed, false));
    let on = ends.last().map(|last| span(last.again, now.micros(), false, true));
    ended.chain(on).filter(|span| span.from < span.to).collect()
}

/// A failure mode as it is compared: however it was typed.
pub(super) fn mode(event: &Failure) -> String {
    event.failure_mode.trim().to_lowercase().replace([' ', '-'], "_")
}

/// The uses that end with failures of one mode, or of any. Begins that are not recorded are not guessed: a use counts from
/// the failure or the replacement before it.
pub(super) fn uses(data: &LifeData<'_>, wanted: Option<&str>) -> Uses {
    let mut found = Uses::default();
    for machine in data.kind {
        let own = data.events.iter().filter(|e| e.asset == *machine && e.at <= data.now);
        let ends = ends(own, wanted);
        let Some(last) = ends.last() else { continue };
        found.machines.insert(*machine);
        let days = |from: i64, to: i64| (to.saturating_sub(from)) as f64 / DAY_US;
        let ended = ends
            .iter()
            .zip(ends.iter().skip(1))
            .map(|(begin, end)| Spell { duration: days(begin.again, end.at), failed: end.failed });
        let before = found.spells.len();
        found.spells.extend(ended.filter(|spell| spell.duration > 0.0));
        let age = days(last.again, data.now.micros());
        if *machine == data.machine {
            found.own = found.spells.iter().skip(before).filter(|spell| spell.failed).count();
            found.age = (age >= 0.0).then_some(age);
        }
        if age > 0.0 {
            found.spells.push(Spell { duration: age, failed: false });
            found.running += 1;
        }
    }
    found
}

/// The ends of a machine's uses, oldest first: by failures of one mode and what renews it, or by any.
pub(super) fn ends<'a>(events: impl Iterator<Item = &'a Failure>, wanted: Option<&str>) -> Vec<End> {
    let renews = |event: &&Failure| {
        let mode = mode(event);
        if event.kind == EventKind::Error {
            return false;
        }
        wanted.is_none_or(|wanted| mode == wanted || mode.is_empty() && event.kind == EventKind::Replacement)
    };
    let mut events: Vec<&Failure> = events.filter(renews).collect();
    events.sort_by_key(|event| (event.at, event.kind));
    let mut ends: Vec<End> = Vec::new();
    for event in events {
        let failed = event.kind == EventKind::Failure;
        let at = event.at.micros();
        let again = event.repaired.map_or(at, |repaired| repaired.micros().max(at));
        match ends.last_mut() {
            // a failure soon after a replacement is a failure of what is new
            Some(last) if at.saturating_sub(last.again) < SAME_US && (last.failed || !failed) => {
                last.again = last.again.max(again);
            }
            _ => ends.push(End { at, again, failed }),
        }
    }
    ends
}
