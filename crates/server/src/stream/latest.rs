//! The newest value of each signal, with a count of changes that watchers compare with.

use std::sync::{PoisonError, RwLock};

use gemba_plant::Batch;

/// Signals that are followed at most: 64 MB. Numbers of signals are handed out one by one, so they stay small.
const SIGNALS_MAX: usize = 2_000_000;

/// The newest value of a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slot {
    /// The count of changes at which it changed last; 0: it never had a value.
    pub(super) change: u64,
    /// Source time, microseconds since the epoch.
    pub(super) time: i64,
    pub(super) value: f64,
    pub(super) quality: u8,
}

const EMPTY: Slot = Slot { change: 0, time: i64::MIN, value: f64::NAN, quality: 0 };

#[derive(Debug, Default)]
struct Table {
    /// By signal number.
    slots: Vec<Slot>,
    changes: u64,
}

/// Which signals a watcher wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    /// Sorted, each once.
    Some(Vec<u32>),
}

/// The newest value of every signal.
#[derive(Debug, Default)]
pub(super) struct Latest {
    table: RwLock<Table>,
}

impl Latest {
    /// Takes a batch. A value older than the one that is there changes nothing: late data is no news.
    pub(super) fn put(&self, batch: &Batch) {
        // slots are written one by one: a panic elsewhere leaves them whole
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.changes += 1;
        let change = table.changes;
        let rows = batch.signals().iter().zip(batch.times()).zip(batch.values()).zip(batch.qualities());
        for (((signal, time), value), quality) in rows {
            let index = *signal as usize;
            if index >= SIGNALS_MAX {
                continue;
            }
            if index >= table.slots.len() {
                table.slots.resize(index + 1, EMPTY);
            }
            if let Some(slot) = table.slots.get_mut(index).filter(|slot| slot.time <= *time) {
                *slot = Slot { change, time: *time, value: *value, quality: *quality };
            }
        }
    }

    /// What changed after `seen`, by signal, and the count to ask with next time.
    pub(super) fn since(&self, seen: u64, wanted: &Wanted) -> (u64, Vec<(u32, Slot)>) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        if table.changes == seen {
            return (seen, Vec::new());
        }
        let news = |(signal, slot): (u32, &Slot)| (slot.change > seen).then_some((signal, *slot));
        let rows = match wanted {
            Wanted::All => (0..).zip(&table.slots).filter_map(news).collect(),
            Wanted::Some(ids) => ids.iter().filter_map(|id| news((*id, table.slots.get(*id as usize)?))).collect(),
        };
        (table.changes, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::{Sample, SignalId, Timestamp};

    fn batch(rows: &[(u32, i64, f64)]) -> Batch {
        let row = |(signal, secs, value): &(u32, i64, f64)| {
            Sample::good(SignalId::new(*signal), Timestamp::from_secs(*secs), *value)
        };
        Batch::from_rows(&rows.iter().map(row).collect::<Vec<_>>())
    }

    fn values(rows: &[(u32, Slot)]) -> Vec<(u32, f64)> {
        rows.iter().map(|(signal, slot)| (*signal, slot.value)).collect()
    }

    #[test]
    fn a_slow_watcher_gets_the_newest_of_each_once() {
        let latest = Latest::default();
        for i in 0..1000 {
            latest.put(&batch(&[(3, i, i as f64), (5, i, 1.0)]));
        }
        let (seen, rows) = latest.since(0, &Wanted::All);
        assert_eq!(values(&rows), [(3, 999.0), (5, 1.0)]);
        assert_eq!(latest.since(seen, &Wanted::All).1, []);
        latest.put(&batch(&[(5, 2000, 2.0)]));
        assert_eq!(values(&latest.since(seen, &Wanted::All).1), [(5, 2.0)]);
    }

    #[test]
    fn late_data_is_no_news() {
        let latest = Latest::default();
        latest.put(&batch(&[(1, 100, 1.0)]));
        let (seen, _) = latest.since(0, &Wanted::All);
        latest.put(&batch(&[(1, 50, 2.0)]));
        assert_eq!(latest.since(seen, &Wanted::All).1, []);
    }

    #[test]
    fn only_what_is_wanted_comes() {
        let latest = Latest::default();
        latest.put(&batch(&[(1, 1, 1.0), (2, 1, 2.0), (u32::MAX, 1, 3.0)]));
        assert_eq!(values(&latest.since(0, &Wanted::Some(vec![2, 9, u32::MAX])).1), [(2, 2.0)]);
    }
}
