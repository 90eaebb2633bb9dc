//! Rows that are not newer than what the lake may hold: are they there already?

use std::collections::{BTreeMap, BTreeSet};

use gemba_plant::{SignalId, TimeRange, Timestamp};

use crate::Error;
use crate::lake::open_rows;
use crate::manifest::Kind;
use crate::row::{Key, Row, rows_of};
use crate::store::Inner;
use crate::view::FileMeta;

/// Which of these keys are in which of these files (by index), with their rows.
pub(crate) fn look_up(files: &[FileMeta], keys: &BTreeSet<Key>) -> Result<BTreeMap<Key, (usize, Row)>, Error> {
    let mut found = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        let (low, high) = ((file.signal_min.get(), i64::MIN), (file.signal_max.get(), i64::MAX));
        let inside = |key: &&Key| file.range.contains(Timestamp::from_micros(key.1));
        let asked: Vec<Key> = keys.range(low..=high).filter(inside).copied().collect();
        let Some(from) = asked.iter().map(|key| key.1).min() else { continue };
        let to = asked.iter().map(|key| key.1).max().unwrap_or(from);
        let range = TimeRange::new(Timestamp::from_micros(from), Timestamp::from_micros(to.saturating_add(1)));
        let mut signals: Vec<_> = asked.iter().map(|key| SignalId::new(key.0)).collect();
        signals.dedup();
        for batch in open_rows(file, Some(&signals), range)? {
            let batch = batch?;
            let hits = rows_of(&batch).filter(|(signal, row)| keys.contains(&(*signal, row.time)));
            found.extend(hits.map(|(signal, row)| ((signal, row.time), (at, row))));
        }
    }
    Ok(found)
}

impl Inner {
    /// Sorts out the rows that came late: those in the lake already are dropped and counted, those that differ from the
    /// lake wait as corrections, the others join the hot rows.
    pub(crate) fn resolve_late(&self) -> Result<(), Error> {
        loop {
            let (epoch, count, keys, files) = {
                let state = self.read();
                if state.hot.unresolved.is_empty() {
                    return Ok(());
                }
                let keys: BTreeSet<Key> =
                    state.hot.unresolved.iter().map(|(signal, row)| (*signal, row.time)).collect();
                let files: Vec<_> = state.files(Kind::Samples).map(|held| held.meta.clone()).collect();
                (state.epoch, state.hot.unresolved.len(), keys, files)
            };
            let found = look_up(&files, &keys)?;
            if self.settle_late(epoch, count, &found) {
                return Ok(());
            }
        }
    }

    /// Applies what was looked up, unless rows have moved meanwhile.
    fn settle_late(&self, epoch: u64, count: usize, found: &BTreeMap<Key, (usize, Row)>) -> bool {
        let mut guard = self.write();
        let state = &mut *guard;
        if state.epoch != epoch || state.hot.unresolved.len() < count {
            return false;
        }
        let frozen = state.frozen.as_ref().map(|bundle| &bundle.samples);
        let mut fresh = Vec::new();
        let late: Vec<_> = state.hot.unresolved.drain(..count).collect();
        for (signal, row) in late {
            let key = (signal, row.time);
            let pending = state.hot.corrections.get(&key);
            let known =
                pending.or_else(|| frozen.and_then(|f| f.find(key))).or_else(|| found.get(&key).map(|(_, row)| row));
            match known {
                None => fresh.push((signal, row)),
                Some(known) if known.same(&row) => state.hot.duplicates += 1,
                Some(_) => {
                    state.hot.corrections.insert(key, row);
                    state.hot.replaced += 1;
                }
            }
        }
        state.hot.insert_fresh(fresh);
        self.count(state);
        true
    }
}
