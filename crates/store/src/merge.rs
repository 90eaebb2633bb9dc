//! Many sorted streams of samples as one, each key once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use gemba_plant::{Batch, BatchBuilder};

use crate::Error;
use crate::row::{BATCH_ROWS, Key};

/// A stream of batches, sorted by signal then time over all of them, each key once.
pub(crate) type Stream = Box<dyn Iterator<Item = Result<Batch, Error>> + Send>;

/// Merges streams. Where several have a row with one key, that of the later stream in the list is taken.
pub(crate) struct Merge {
    cursors: Vec<Cursor>,
    /// Next keys with their cursor; of equal keys the later stream comes first.
    heads: BinaryHeap<Reverse<(Key, Reverse<usize>)>>,
    fault: Option<Error>,
    taken: Option<Key>,
    /// Rows that were dropped because a later stream had their key.
    pub(crate) dropped: u64,
}

struct Cursor {
    stream: Stream,
    batch: Batch,
    row: usize,
}

impl Cursor {
    fn key(&self) -> Option<Key> {
        Some((*self.batch.signals().get(self.row)?, *self.batch.times().get(self.row)?))
    }

    /// Makes sure that there is a row, if the stream has one.
    fn fill(&mut self) -> Result<(), Error> {
        while self.row >= self.batch.len() {
            match self.stream.next() {
                Some(batch) => self.batch = batch?,
                None => break,
            }
            self.row = 0;
        }
        Ok(())
    }
}

impl Merge {
    pub(crate) fn new(streams: Vec<Stream>) -> Self {
        let empty = BatchBuilder::new().finish();
        let cursors = streams.into_iter().map(|stream| Cursor { stream, batch: empty.clone(), row: 0 }).collect();
        let mut merge = Self { cursors, heads: BinaryHeap::new(), fault: None, taken: None, dropped: 0 };
        for at in 0..merge.cursors.len() {
            merge.enter(at);
        }
        merge
    }

    /// Puts a cursor's next key among the heads.
    fn enter(&mut self, at: usize) {
        let Some(cursor) = self.cursors.get_mut(at) else { return };
        if let Err(fault) = cursor.fill() {
            self.fault = Some(fault);
            return;
        }
        if let Some(key) = cursor.key() {
            self.heads.push(Reverse((key, Reverse(at))));
        }
    }

    /// The rest of a batch as it is, when only one stream has rows left.
    fn whole(&mut self) -> Option<Batch> {
        let Reverse((key, Reverse(at))) = *self.heads.peek().filter(|_| self.heads.len() == 1)?;
        let cursor = self.cursors.get_mut(at).filter(|_| self.taken != Some(key))?;
        let batch = cursor.batch.slice(cursor.row, cursor.batch.len());
        cursor.row = cursor.batch.len();
        self.heads.clear();
        self.enter(at);
        Some(batch)
    }

    /// Takes rows from the cursor with the smallest key for as long as it has the smallest.
    fn take_run(&mut self, out: &mut BatchBuilder) {
        let Some(Reverse((_, Reverse(at)))) = self.heads.pop() else { return };
        let limit = self.heads.peek().map(|Reverse((key, _))| *key);
        let Some(cursor) = self.cursors.get_mut(at) else { return };
        let first = cursor.row;
        if self.taken.is_some() && self.taken == cursor.key() {
            self.dropped += 1;
            cursor.row += 1;
        } else {
            while cursor.row < cursor.batch.len()
                && cursor.row - first < BATCH_ROWS
                && (cursor.row == first || limit.is_none_or(|limit| cursor.key().is_some_and(|key| key < limit)))
            {
                self.taken = cursor.key();
                cursor.row += 1;
            }
            out.extend(&cursor.batch.slice(first, cursor.row - first));
        }
        self.enter(at);
    }
}

impl Iterator for Merge {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(batch) = self.whole() {
            return Some(Ok(batch));
        }
        let mut out = BatchBuilder::new();
        while out.len() < BATCH_ROWS && !self.heads.is_empty() && self.fault.is_none() {
            self.take_run(&mut out);
        }
        if let Some(fault) = self.fault.take() {
            self.heads.clear();
            return Some(Err(fault));
        }
        (!out.is_empty()).then(|| Ok(out.finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::{Sample, SignalId, Timestamp};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn stream(rows: &BTreeMap<Key, f64>) -> Stream {
        let rows: Vec<_> = rows
            .iter()
            .map(|((signal, time), value)| Sample::good(SignalId::new(*signal), Timestamp::from_micros(*time), *value))
            .collect();
        let batches: Vec<_> = rows.chunks(3).map(|rows| Ok(Batch::from_rows(rows))).collect();
        Box::new(batches.into_iter())
    }

    proptest! {
        #[test]
        fn the_later_stream_wins_and_order_is_kept(
            parts in prop::collection::vec(prop::collection::btree_map((0_u32..4, 0_i64..20), 0.0_f64..9.0, 0..30), 0..5)
        ) {
            let mut expected = BTreeMap::new();
            for part in &parts {
                expected.extend(part.clone());
            }
            let merged: Vec<_> = Merge::new(parts.iter().map(stream).collect()).flat_map(|batch| {
                batch.unwrap().rows().map(|row| ((row.signal.get(), row.time.micros()), row.value)).collect::<Vec<_>>()
            }).collect();
            prop_assert_eq!(merged, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
