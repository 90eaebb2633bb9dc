//! The hot buffer: what is durable in the log and not yet in the lake, signal by signal; and the last value of each.

use std::collections::BTreeMap;

use gemba_plant::{Batch, Sample, SignalId, TimeRange};

use crate::row::{Key, Row};

/// Signal numbers below this find their slot by one look into a vector (16 MiB at most); others by a tree.
const DENSE_SIGNALS: u32 = 1 << 22;
/// No slot yet.
const NONE: u32 = u32::MAX;

/// Rows in memory.
#[derive(Debug, Default)]
pub(crate) struct Hot {
    dense: Vec<u32>,
    sparse: BTreeMap<u32, u32>,
    slots: Vec<Slot>,
    /// Rows in the slots.
    rows: usize,
    /// Batches of which the signals were looked at.
    batches: u64,
    /// Rows of the signal at work that are older than its newest.
    strays: Vec<Row>,
    /// Rows not newer than their signal's mark: they may be in the lake already. Those of a signal in
    /// order of arrival.
    pub(crate) unresolved: Vec<(u32, Row)>,
    /// Rows that are known to replace others in the lake, or in a frozen buffer on its way there.
    pub(crate) corrections: BTreeMap<Key, Row>,
    pub(crate) duplicates: u64,
    pub(crate) replaced: u64,
}

/// One signal. What each row needs lies together.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Slot {
    /// Sorted by time, each time once.
    rows: Vec<Row>,
    /// No row of this signal is newer.
    newest: i64,
    /// The row with that time is the last of `rows`; else it is `last`.
    ends_newest: bool,
    signal: u32,
    /// The latest batch of which the signals were looked at that this one was met in.
    batch: u64,
    /// Nothing of this signal that is newer than this is in the lake or frozen.
    mark: i64,
    last: Option<Row>,
    /// How many rows the last freeze took: room for as many is made at once, …
    usual: usize,
    /// … or is here already, from a flush before.
    spare: Vec<Row>,
}

impl Slot {
    fn new(signal: u32) -> Self {
        let (rows, spare, newest) = (Vec::new(), Vec::new(), i64::MIN);
        Self { rows, newest, ends_newest: false, signal, batch: 0, mark: i64::MIN, last: None, usual: 0, spare }
    }

    /// The latest row by source time.
    fn last(&self) -> Option<&Row> {
        if self.ends_newest { self.rows.last() } else { self.last.as_ref() }
    }

    /// Makes room for some rows more.
    fn reserve(&mut self, more: usize) {
        if self.rows.is_empty() {
            self.rows = std::mem::take(&mut self.spare);
            self.rows.reserve(self.usual);
        }
        self.rows.reserve(more);
    }

    /// Takes a row that is newer than all; false: it is not.
    #[inline]
    fn push(&mut self, row: Row) -> bool {
        let newer = row.time > self.newest;
        if newer {
            self.newest = row.time;
            self.ends_newest = true;
            self.rows.push(row);
        }
        newer
    }

    /// Takes the rows out.
    fn take(&mut self) -> Vec<Row> {
        if self.ends_newest {
            self.last = self.rows.last().copied();
            self.ends_newest = false;
        }
        std::mem::take(&mut self.rows)
    }
}

/// A buffer on its way to the lake. Nothing is added to it any more.
#[derive(Debug, Default)]
pub(crate) struct Frozen {
    /// Signals in order, each with its rows in order.
    pub(crate) series: Vec<(u32, Vec<Row>)>,
    /// Rows that replace others in the lake, or may do.
    pub(crate) overlay: BTreeMap<Key, Row>,
    pub(crate) rows: usize,
}

impl Frozen {
    /// The row with this key. The overlay holds the newer.
    pub(crate) fn find(&self, key: Key) -> Option<&Row> {
        self.overlay.get(&key).or_else(|| {
            let at = self.series.binary_search_by_key(&key.0, |(signal, _)| *signal).ok()?;
            let (_, rows) = self.series.get(at)?;
            rows.get(rows.binary_search_by_key(&key.1, |row| row.time).ok()?)
        })
    }

    /// The rows of a signal in a range; not those of the overlay, which readers see once they are merged.
    pub(crate) fn range(&self, signal: u32, range: TimeRange) -> &[Row] {
        let found = self.series.binary_search_by_key(&signal, |(signal, _)| *signal);
        found.ok().and_then(|at| self.series.get(at)).map_or(&[], |(_, rows)| within(rows, range))
    }
}

/// The part of sorted rows that lies in a range.
pub(crate) fn within(rows: &[Row], range: TimeRange) -> &[Row] {
    let from = rows.partition_point(|row| row.time < range.from.micros());
    let to = rows.partition_point(|row| row.time < range.to.micros());
    rows.get(from..to).unwrap_or(&[])
}

impl Hot {
    /// Rows held, wherever they wait.
    pub(crate) fn len(&self) -> usize {
        self.rows + self.unresolved.len() + self.corrections.len()
    }

    /// Number of signals ever seen.
    pub(crate) fn signals(&self) -> usize {
        self.slots.len()
    }

    /// Takes a batch in: each (signal, time) once, the latest arrival wins, identical ones are counted.
    ///
    /// A machine's rows in the order in which they come, others signal by signal: the ends of rows of many signals are far
    /// apart in memory.
    pub(crate) fn apply(&mut self, batch: &Batch) {
        if let Some(slots) = self.steps(batch.signals()) {
            let mut others = Vec::new();
            for (at, row) in slots.iter().cycle().zip(Row::all(batch)) {
                if self.slots.get_mut(*at as usize).is_none_or(|slot| !slot.push(row)) {
                    others.push((*at, row));
                }
            }
            self.rows += batch.len() - others.len();
            // they are not newer than what was there, so their place in the order of arrival is the same behind it
            others.sort_by_key(|(at, _)| *at);
            for group in others.chunk_by(|(a, _), (b, _)| a == b) {
                let Some((at, _)) = group.first() else { continue };
                self.add(*at, group.iter().map(|(_, row)| *row));
            }
            return;
        }
        let key = |(row, signal): (u64, &u32)| (u64::from(*signal) << 32) | row;
        let mut order: Vec<u64> = (0..).zip(batch.signals()).map(key).collect();
        order.sort_by_key(|key| key >> 32);
        for group in order.chunk_by(|a, b| a >> 32 == b >> 32) {
            let at = self.slot_of(group.first().map_or(0, |key| low(key >> 32)));
            self.add(at, group.iter().filter_map(|key| Row::at(batch, low(*key) as usize)));
        }
    }

    /// The slots of some different signals, with room for their rows, if all that follows repeats them in the same order: a
    /// machine's signals, row by row.
    fn steps(&mut self, signals: &[u32]) -> Option<Vec<u32>> {
        let (first, others) = signals.split_first()?;
        let step = others.iter().position(|signal| signal == first).map_or(signals.len(), |at| at + 1);
        if signals.get(step..) != signals.get(..signals.len() - step) {
            return None;
        }
        self.batches += 1;
        let mut slots = Vec::with_capacity(step);
        for signal in signals.iter().take(step) {
            let at = self.slot_of(*signal);
            let slot = self.slots.get_mut(at as usize)?;
            if std::mem::replace(&mut slot.batch, self.batches) == self.batches {
                return None;
            }
            slot.reserve(signals.len().div_ceil(step));
            slots.push(at);
        }
        Some(slots)
    }

    /// Takes rows in that are known not to be in the lake although they are old.
    pub(crate) fn insert_fresh(&mut self, mut rows: Vec<(u32, Row)>) {
        rows.sort_by_key(|(signal, _)| *signal);
        for group in rows.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((signal, _)) = group.first() else { continue };
            self.strays.extend(group.iter().map(|(_, row)| *row));
            let at = self.slot_of(*signal);
            self.settle_strays(at);
        }
    }

    /// Takes rows of a slot's signal in, in the order of their arrival.
    fn add(&mut self, at: u32, rows: impl Iterator<Item = Row>) {
        let Some(slot) = self.slots.get_mut(at as usize) else { return };
        slot.reserve(rows.size_hint().0);
        let before = slot.rows.len();
        for row in rows {
            // one that is newer than all need not be held against the others, which are far away
            if slot.push(row) {
                continue;
            }
            if row.time == slot.newest && !slot.ends_newest {
                slot.last = Some(row);
            }
            match slot.rows.last_mut() {
                _ if row.time <= slot.mark => self.unresolved.push((slot.signal, row)),
                Some(end) if row.time < end.time => self.strays.push(row),
                Some(end) if row.time == end.time && end.same(&row) => self.duplicates += 1,
                Some(end) if row.time == end.time => {
                    *end = row;
                    self.replaced += 1;
                }
                _ => slot.rows.push(row),
            }
        }
        self.rows += slot.rows.len() - before;
        if !self.strays.is_empty() {
            self.settle_strays(at);
        }
    }

    /// Sorts the strays into their slot: one merge with the rows from the oldest stray on, however many there are.
    fn settle_strays(&mut self, at: u32) {
        let mut strays = std::mem::take(&mut self.strays);
        let oldest = strays.iter().map(|row| row.time).min();
        let (Some(slot), Some(oldest)) = (self.slots.get_mut(at as usize), oldest) else { return };
        let mut tail = slot.rows.split_off(slot.rows.partition_point(|row| row.time < oldest));
        let before = tail.len();
        tail.append(&mut strays);
        tail.sort_by_key(|row| row.time);
        let (duplicates, replaced) = keep_latest(&mut tail);
        self.duplicates += duplicates;
        self.replaced += replaced;
        self.rows += tail.len() - before;
        slot.rows.append(&mut tail);
        self.strays = strays;
    }

    fn slot_of(&mut self, signal: u32) -> u32 {
        let next = u32::try_from(self.slots.len()).unwrap_or(NONE);
        let found = if signal < DENSE_SIGNALS {
            let at = signal as usize;
            if self.dense.len() <= at {
                self.dense.resize((at + 1).next_power_of_two(), NONE);
            }
            let Some(slot) = self.dense.get_mut(at) else { return NONE };
            if *slot == NONE {
                *slot = next;
            }
            *slot
        } else {
            *self.sparse.entry(signal).or_insert(next)
        };
        if found == next {
            self.slots.push(Slot::new(signal));
        }
        found
    }

    fn find(&self, signal: u32) -> Option<&Slot> {
        let at = match self.dense.get(signal as usize) {
            Some(at) => at,
            None => self.sparse.get(&signal)?,
        };
        self.slots.get(*at as usize)
    }

    /// The latest sample of a signal by source time.
    pub(crate) fn last(&self, signal: SignalId) -> Option<Sample> {
        self.find(signal.get())?.last().map(|row| row.sample(signal.get()))
    }

    /// The latest sample of every signal, by signal.
    pub(crate) fn last_all(&self) -> Vec<Sample> {
        self.checkpoint().filter_map(|(signal, _, last)| last.map(|row| row.sample(signal))).collect()
    }

    /// Every signal with its mark and its last row, by signal: what a restart needs.
    pub(crate) fn checkpoint(&self) -> impl Iterator<Item = (u32, i64, Option<Row>)> + '_ {
        let dense = self.dense.iter().filter(|at| **at != NONE);
        let slots = dense.chain(self.sparse.values()).filter_map(|at| self.slots.get(*at as usize));
        slots.map(|slot| (slot.signal, slot.mark, slot.last().copied()))
    }

    /// Takes a line of a checkpoint back.
    pub(crate) fn restore(&mut self, signal: u32, mark: i64, last: Option<Row>) {
        let at = self.slot_of(signal);
        if let Some(slot) = self.slots.get_mut(at as usize) {
            slot.mark = mark;
            slot.newest = last.map_or(mark, |last| last.time.max(mark));
            slot.last = last;
        }
    }

    /// The rows of a signal in a range.
    pub(crate) fn range(&self, signal: u32, range: TimeRange) -> &[Row] {
        self.find(signal).map_or(&[], |slot| within(&slot.rows, range))
    }

    /// The signals with rows here, in order.
    pub(crate) fn with_rows(&self) -> Vec<u32> {
        let mut signals: Vec<_> =
            self.slots.iter().filter(|slot| !slot.rows.is_empty()).map(|slot| slot.signal).collect();
        signals.sort_unstable();
        signals
    }

    /// Takes everything out; the last values and the marks stay.
    pub(crate) fn freeze(&mut self) -> Frozen {
        let mut series = Vec::new();
        for slot in &mut self.slots {
            if let Some(newest) = slot.rows.last() {
                slot.mark = slot.mark.max(newest.time);
                slot.usual = slot.rows.len();
                series.push((slot.signal, slot.take()));
            } else {
                slot.spare = Vec::new();
            }
        }
        series.sort_by_key(|(signal, _)| *signal);
        let mut overlay = std::mem::take(&mut self.corrections);
        overlay.extend(self.unresolved.drain(..).map(|(signal, row)| ((signal, row.time), row)));
        let rows = self.rows + overlay.len();
        self.rows = 0;
        Frozen { series, overlay, rows }
    }

    /// Takes the memory of rows that are in the lake now for the next ones, while rows come fast.
    pub(crate) fn reuse(&mut self, frozen: &mut Frozen) {
        if self.rows < frozen.rows / 4 {
            return;
        }
        for (signal, rows) in &mut frozen.series {
            let at = self.slot_of(*signal);
            // what is mostly empty is not kept: signals may take turns in sending much
            if let Some(slot) = self.slots.get_mut(at as usize).filter(|_| rows.len() * 2 >= rows.capacity()) {
                slot.spare = std::mem::take(rows);
                slot.spare.clear();
            }
        }
    }
}

/// The lower half of a number.
#[allow(clippy::cast_possible_truncation, reason = "the half that is asked for")]
const fn low(key: u64) -> u32 {
    key as u32
}

/// Keeps of rows sorted by time (stable) the last of each time. Gives how many were identical, how many replaced.
fn keep_latest(rows: &mut Vec<Row>) -> (u64, u64) {
    let (mut duplicates, mut replaced) = (0, 0);
    rows.dedup_by(|later, kept| {
        if later.time != kept.time {
            return false;
        }
        if kept.same(later) {
            duplicates += 1;
        } else {
            *kept = *later;
            replaced += 1;
        }
        true
    });
    (duplicates, replaced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::Timestamp;

    fn sample(signal: u32, time: i64, value: f64) -> Sample {
        Sample::good(SignalId::new(signal), Timestamp::from_micros(time), value)
    }

    fn times(hot: &Hot, signal: u32) -> Vec<(i64, f64)> {
        hot.range(signal, TimeRange::ALL).iter().map(|row| (row.time, row.value)).collect()
    }

    #[test]
    fn rows_are_sorted_and_each_time_is_there_once() {
        let mut hot = Hot::default();
        let rows = [(5, 1.0), (3, 1.0), (3, 2.0), (5, 1.0), (9, 0.0), (4, 7.0), (5, 8.0)];
        hot.apply(&Batch::from_rows(&rows.map(|(time, value)| sample(1, time, value))));
        assert_eq!(times(&hot, 1), [(3, 2.0), (4, 7.0), (5, 8.0), (9, 0.0)]);
        assert_eq!((hot.duplicates, hot.replaced, hot.len()), (1, 2, 4));
        assert_eq!(hot.last(SignalId::new(1)).unwrap().time, Timestamp::from_micros(9));
    }

    #[test]
    fn what_is_not_newer_than_the_frozen_waits_to_be_looked_up() {
        let mut hot = Hot::default();
        hot.apply(&Batch::from_rows(&[sample(1, 5, 1.0), sample(2, 1, 1.0)]));
        let frozen = hot.freeze();
        assert_eq!((frozen.rows, hot.len()), (2, 0));
        hot.apply(&Batch::from_rows(&[sample(1, 5, 1.0), sample(1, 6, 1.0), sample(3, 0, 1.0)]));
        assert_eq!((hot.unresolved.len(), hot.len()), (1, 3));
        assert_eq!(frozen.find((1, 5)).map(|row| row.value), Some(1.0));
        assert!(frozen.find((1, 6)).is_none());
    }

    #[test]
    fn a_million_rows_in_reverse_settle_in_one_merge() {
        let rows: Vec<_> = (0..1_000_000).rev().map(|time| sample(1, time, 0.0)).collect();
        let mut hot = Hot::default();
        hot.apply(&Batch::from_rows(&rows));
        assert_eq!(hot.len(), 1_000_000);
        assert!(hot.range(1, TimeRange::ALL).is_sorted_by_key(|row| row.time));
    }

    #[test]
    fn late_rows_leave_the_older_ones_alone_and_replace_what_they_repeat() {
        let mut hot = Hot::default();
        hot.apply(&Batch::from_rows(&[1, 2, 5, 7].map(|time| sample(1, time, 0.0))));
        hot.apply(&Batch::from_rows(&[sample(2, 1, 0.0), sample(1, 5, 9.0), sample(1, 3, 3.0), sample(1, 2, 0.0)]));
        assert_eq!(times(&hot, 1), [(1, 0.0), (2, 0.0), (3, 3.0), (5, 9.0), (7, 0.0)]);
        assert_eq!((hot.duplicates, hot.replaced, hot.len()), (1, 1, 6));
        assert_eq!(hot.last(SignalId::new(1)).unwrap().time, Timestamp::from_micros(7));
    }

    #[test]
    fn memory_of_flushed_rows_serves_the_next_ones_only_while_rows_come_fast() {
        let rows = |from: i64, count: i64| {
            Batch::from_rows(&(from..from + count).map(|time| sample(1, time, 0.0)).collect::<Vec<_>>())
        };
        let mut hot = Hot::default();
        for (at, meanwhile, kept) in [(0, 0, 0), (100, 16, 64)] {
            hot.apply(&rows(at, 64));
            let mut frozen = hot.freeze();
            hot.apply(&rows(at + 64, meanwhile));
            hot.reuse(&mut frozen);
            assert_eq!(hot.slots[0].spare.capacity(), kept);
            drop(hot.freeze());
        }
        hot.apply(&rows(200, 1));
        assert_eq!((hot.slots[0].spare.capacity(), hot.slots[0].rows.capacity()), (0, 64));
        drop(hot.freeze());
        drop(hot.freeze());
        assert_eq!(times(&hot, 1), []);
    }

    #[test]
    fn very_large_signal_numbers_take_no_memory() {
        let mut hot = Hot::default();
        hot.apply(&Batch::from_rows(&[sample(u32::MAX, 1, 1.0), sample(u32::MAX - 1, 1, 2.0)]));
        assert_eq!(hot.last_all().len(), 2);
        assert!(hot.dense.is_empty());
    }
}
