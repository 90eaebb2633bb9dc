//! Findings that could not be written, because the disk is full, say: kept in their order until there is room again.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gemba_plant::Finding;

use crate::Error;

/// As many findings wait at most; beyond that the oldest is given up, and counted. About 10 MB.
const WAITING_MAX: usize = 5_000;

/// What waits, and how much was given up.
#[derive(Debug, Default)]
pub(crate) struct Owed(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    findings: VecDeque<Finding>,
    lost: u64,
}

impl Owed {
    /// How many wait, and how many were given up since the start.
    pub(crate) fn counts(&self) -> (usize, u64) {
        let waiting = self.lock();
        (waiting.findings.len(), waiting.lost)
    }

    /// Writes findings together, or lets them wait: also those of which an older one of the same key waits, for their order says
    /// what holds.
    pub(crate) fn take(&self, findings: Vec<Finding>, write: impl FnOnce(&[Finding]) -> Result<(), Error>) {
        let (later, now): (Vec<Finding>, Vec<Finding>) = {
            let waiting = self.lock();
            findings.into_iter().partition(|finding| waiting.has(finding))
        };
        let mut left = later;
        if !now.is_empty()
            && let Err(error) = write(&now)
        {
            tracing::error!(%error, count = now.len(), "findings cannot be written now; they wait");
            left.extend(now);
        }
        let mut waiting = self.lock();
        for finding in left {
            waiting.push(finding);
        }
    }

    /// Writes what waits, oldest first and one by one, until that fails again.
    pub(crate) fn settle(&self, write: impl Fn(&[Finding]) -> Result<(), Error>) {
        let mut waiting = self.lock();
        while let Some(finding) = waiting.findings.front() {
            if write(std::slice::from_ref(finding)).is_err() {
                return;
            }
            waiting.findings.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn has(&self, finding: &Finding) -> bool {
        self.findings.iter().any(|other| same(other, finding))
    }

    /// The newest of a condition stands for those before it, as long as it neither begins nor ends.
    fn push(&mut self, finding: Finding) {
        let last = self.findings.iter_mut().rev().find(|other| same(other, &finding));
        match last {
            Some(last) if last.state == finding.state => *last = finding,
            _ => self.findings.push_back(finding),
        }
        if self.findings.len() > WAITING_MAX {
            self.findings.pop_front();
            self.lost += 1;
        }
    }
}

fn same(one: &Finding, other: &Finding) -> bool {
    one.asset == other.asset && one.key == other.key
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::{AssetId, FindingKind, FindingState, Timestamp};
    use std::cell::RefCell;

    fn finding(key: &str, state: FindingState, severity: f64) -> Finding {
        Finding {
            asset: AssetId::new(1),
            key: key.into(),
            kind: FindingKind::Limit,
            state,
            since: Timestamp::from_secs(0),
            until: Timestamp::from_secs(0),
            title: String::new(),
            explanation: String::new(),
            p_value: None,
            probability: 1.0,
            severity,
            contributions: Vec::new(),
            evidence: Vec::new(),
            failure_mode: None,
            prescription: Vec::new(),
            rul: None,
            model: String::new(),
        }
    }

    #[test]
    fn what_cannot_be_written_waits_in_its_order_and_newest_words_win() {
        use FindingState::{Active, Cleared};
        let full = |_: &[Finding]| Err(Error::NotFound { what: "room", name: "disk".into() });
        let owed = Owed::default();
        owed.take(vec![finding("a", Active, 0.5)], full);
        owed.take(vec![finding("b", Active, 0.5)], full);
        owed.take(vec![finding("a", Active, 0.9)], full);
        // there is room again for a moment: what waits comes first all the same
        owed.take(vec![finding("a", Cleared, 0.9)], |_| panic!("out of order"));
        owed.settle(full);
        assert_eq!(owed.counts(), (3, 0));
        let written = RefCell::new(Vec::new());
        owed.settle(|findings| {
            written.borrow_mut().extend(findings.iter().map(|f| (f.key.clone(), f.state, f.severity > 0.6)));
            Ok(())
        });
        let expected = [("a".into(), Active, true), ("b".into(), Active, false), ("a".into(), Cleared, true)];
        assert_eq!((written.into_inner().as_slice(), owed.counts()), (&expected[..], (0, 0)));
    }

    #[test]
    fn a_bounded_number_waits_and_the_rest_is_counted() {
        let owed = Owed::default();
        for i in 0..WAITING_MAX + 3 {
            owed.take(vec![finding(&i.to_string(), FindingState::Active, 0.5)], |_| {
                Err(Error::NotFound { what: "room", name: "disk".into() })
            });
        }
        assert_eq!(owed.counts(), (WAITING_MAX, 3));
    }
}
