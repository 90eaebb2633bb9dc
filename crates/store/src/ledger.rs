//! The gap ledger: every hole in the record, by connection, signal, reason and begin.

use std::collections::BTreeMap;

use gemba_plant::{Gap, GapReason, TimeRange, Timestamp};

/// Entries kept. Beyond it the oldest two of a kind become one that covers both, so that no hole goes unnoted.
const ENTRIES_MAX: usize = 10_000;

/// What makes two notes the same gap: connection and its part, signal, reason, begin.
type GapKey = (String, String, Option<u32>, &'static str, i64);

/// All gaps known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(BTreeMap<GapKey, Gap>);

fn key_of(gap: &Gap) -> GapKey {
    let signal = gap.signal.map(gemba_plant::SignalId::get);
    (gap.connection.clone(), gap.part.clone(), signal, gap.reason.as_str(), gap.range.from.micros())
}

impl Ledger {
    pub(crate) fn new(gaps: Vec<Gap>) -> Self {
        Self(gaps.into_iter().map(|gap| (key_of(&gap), gap)).collect())
    }

    /// Notes a gap, or replaces the note on the same gap: that is how an open one is closed.
    pub(crate) fn note(&mut self, gap: Gap) {
        self.0.insert(key_of(&gap), gap);
        if self.0.len() > ENTRIES_MAX {
            self.merge_oldest();
        }
    }

    /// The open gaps of a connection and reason, closed at `at`.
    pub(crate) fn closed(&self, connection: &str, reason: GapReason, at: Timestamp) -> Vec<Gap> {
        let open = self.0.values().filter(|gap| gap.connection == connection && gap.reason == reason && gap.is_open());
        open.map(|gap| Gap { range: TimeRange::new(gap.range.from, at.max(gap.range.from)), ..gap.clone() }).collect()
    }

    /// The gaps that touch a range, in order of begin.
    pub(crate) fn in_range(&self, range: TimeRange) -> Vec<Gap> {
        let mut gaps: Vec<_> = self.0.values().filter(|gap| touches(gap.range, range)).cloned().collect();
        gaps.sort_by_key(|gap| gap.range.from);
        gaps
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Gap> {
        self.0.values().cloned().collect()
    }

    /// The neighbours of one kind that are oldest become one.
    fn merge_oldest(&mut self) {
        let pairs = self.0.iter().zip(self.0.iter().skip(1));
        let alike = pairs.filter(|((a, _), (b, _))| (&a.0, &a.1, a.2, a.3) == (&b.0, &b.1, b.2, b.3));
        let Some((first, second)) = alike.min_by_key(|((a, _), _)| a.4).map(|((a, _), (b, _))| (a.clone(), b.clone()))
        else {
            return;
        };
        let Some(later) = self.0.remove(&second) else { return };
        if let Some(gap) = self.0.get_mut(&first) {
            gap.range.to = gap.range.to.max(later.range.to);
            gap.lost = gap.lost.saturating_add(later.lost);
            gap.filled = gap.filled.saturating_add(later.filled);
            "several gaps, merged because the ledger is full".clone_into(&mut gap.note);
        }
    }
}

/// Also a gap of no length, at an instant inside the range, is one.
fn touches(gap: TimeRange, range: TimeRange) -> bool {
    gap.overlaps(&range) || range.contains(gap.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(from: i64, to: Timestamp) -> Gap {
        let range = TimeRange::new(Timestamp::from_secs(from), to);
        Gap { lost: 1, ..Gap::new("plc", range, GapReason::ConnectionLost, "") }
    }

    #[test]
    fn an_open_gap_is_closed_by_a_second_note() {
        let mut ledger = Ledger::default();
        ledger.note(gap(1, Timestamp::MAX));
        let closed = ledger.closed("plc", GapReason::ConnectionLost, Timestamp::from_secs(9));
        for gap in closed {
            ledger.note(gap);
        }
        assert_eq!(ledger.all(), [gap(1, Timestamp::from_secs(9))]);
        assert!(ledger.closed("plc", GapReason::ConnectionLost, Timestamp::from_secs(10)).is_empty());
    }

    #[test]
    fn a_full_ledger_still_covers_every_hole() {
        let mut ledger = Ledger::default();
        for from in 0..=10_000 {
            ledger.note(gap(from * 10, Timestamp::from_secs(from * 10 + 5)));
        }
        let gaps = ledger.all();
        assert_eq!(gaps.len(), ENTRIES_MAX);
        assert_eq!(gaps.iter().map(|gap| gap.lost).sum::<u64>(), 10_001);
        assert_eq!(gaps[0].range, TimeRange::new(Timestamp::from_secs(0), Timestamp::from_secs(15)));
    }
}
