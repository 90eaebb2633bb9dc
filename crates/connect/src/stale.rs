//! What happens to values when a link is lost: stale at once, bad after a while.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_plant::{Batch, BatchBuilder, Quality, Sample, SignalId, Timestamp};

/// Remembers the last value of each signal of a connection and marks it when the link is lost.
///
/// Marks are samples at the time of the loss with the last value and quality stale, later bad. They
/// are made once each, however long the link stays away.
#[derive(Debug, Default)]
pub struct Staleness {
    last: BTreeMap<SignalId, f64>,
    lost_at: Option<Timestamp>,
    marked_bad: bool,
}

impl Staleness {
    /// Nothing known, nothing lost.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes what arrived: the link is up.
    pub fn seen(&mut self, batch: &Batch) {
        for (signal, value) in batch.signals().iter().zip(batch.values()) {
            self.last.insert(SignalId::new(*signal), *value);
        }
        self.lost_at = None;
        self.marked_bad = false;
    }

    /// The link is lost: every signal is stale from `now` on. Empty when that was said before.
    pub fn lost(&mut self, now: Timestamp, status: u32) -> Batch {
        if self.lost_at.is_some() {
            return BatchBuilder::new().finish();
        }
        self.lost_at = Some(now);
        self.mark(now, Quality::Stale, status)
    }

    /// Called now and then while the link is away: bad once `bad_after` has passed, empty otherwise.
    pub fn overdue(&mut self, now: Timestamp, bad_after: Duration, status: u32) -> Batch {
        match self.lost_at {
            Some(lost) if !self.marked_bad && now.since(lost) >= bad_after => {
                self.marked_bad = true;
                self.mark(now, Quality::Bad, status)
            }
            _ => BatchBuilder::new().finish(),
        }
    }

    fn mark(&self, now: Timestamp, quality: Quality, status: u32) -> Batch {
        let mut rows = BatchBuilder::with_capacity(self.last.len());
        for (&signal, &value) in &self.last {
            rows.push(Sample { quality, status, ..Sample::good(signal, now, value) });
        }
        rows.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_link_goes_stale_once_then_bad_once() {
        let at = |s| Timestamp::from_secs(s);
        let mut stale = Staleness::new();
        stale.seen(&Batch::from_rows(&[Sample::good(SignalId::new(1), at(0), 5.0)]));
        let marks = stale.lost(at(10), 7);
        assert_eq!(marks.row(0).map(|r| (r.quality, r.value, r.status)), Some((Quality::Stale, 5.0, 7)));
        assert!(stale.lost(at(11), 7).is_empty());
        assert!(stale.overdue(at(12), Duration::from_secs(30), 7).is_empty());
        assert_eq!(stale.overdue(at(40), Duration::from_secs(30), 7).row(0).map(|r| r.quality), Some(Quality::Bad));
        assert!(stale.overdue(at(99), Duration::from_secs(30), 7).is_empty());
    }
}
