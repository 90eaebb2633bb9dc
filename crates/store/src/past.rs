//! Stored samples in order of time: how replay, backtest and fitting read.

use std::time::Duration;

use gemba_plant::port::{BoxFault, Past};
use gemba_plant::{Batch, SignalId, TimeRange, Timestamp, Waveform};

use crate::lake::open_rows;
use crate::row::{BATCH_ROWS, Batches, rows_of};
use crate::waves::Waves;
use crate::{Error, Snapshot, Store};

/// Rows that one window of time should hold: bounds memory, at about 40 bytes a row.
const WINDOW_ROWS: usize = 500_000;
/// The first window; the following are longer or shorter as it turns out.
const WINDOW_FIRST: Duration = Duration::from_hours(1);
const WINDOW_LEAST: Duration = Duration::from_secs(1);
const WINDOW_MOST: Duration = Duration::from_hours(24 * 365);

/// Walks through a snapshot, window by window.
struct Walk {
    signals: Vec<SignalId>,
    snapshot: Snapshot,
    at: Timestamp,
    end: Timestamp,
    width: Duration,
    ready: std::vec::IntoIter<Batch>,
}

impl Past for Store {
    fn samples(
        &self,
        signals: &[SignalId],
        range: TimeRange,
    ) -> Result<Box<dyn Iterator<Item = Result<Batch, BoxFault>> + Send + '_>, BoxFault> {
        let snapshot = self.snapshot(Some(signals), range)?;
        let mut walk = Walk {
            signals: signals.to_vec(),
            snapshot,
            at: range.from,
            end: range.to,
            width: WINDOW_FIRST,
            ready: Vec::new().into_iter(),
        };
        Ok(Box::new(std::iter::from_fn(move || walk.next_batch().map_err(BoxFault::from).transpose())))
    }

    fn waveforms(
        &self,
        signals: &[SignalId],
        range: TimeRange,
    ) -> Result<Box<dyn Iterator<Item = Result<Waveform, BoxFault>> + Send + '_>, BoxFault> {
        let mut waves = Waves::new(self, signals, range);
        Ok(Box::new(std::iter::from_fn(move || waves.next_wave().map_err(BoxFault::from).transpose())))
    }
}

impl Walk {
    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        loop {
            if let Some(batch) = self.ready.next() {
                return Ok(Some(batch));
            }
            let Some(from) = self.next_data() else { return Ok(None) };
            let to = from.plus(self.width).min(self.end);
            let rows = self.read(TimeRange::new(from, to))?;
            self.at = to;
            self.adapt(rows.iter().map(Batch::len).sum());
            self.ready = rows.into_iter();
        }
    }

    /// Where there may be data, at or after where we stand.
    fn next_data(&self) -> Option<Timestamp> {
        if self.at >= self.end {
            return None;
        }
        let rest = TimeRange::new(self.at, self.end);
        let hot = self.snapshot.hot.iter().filter_map(Batch::time_range);
        let ranges = self.snapshot.files.iter().map(|file| file.range).chain(hot);
        ranges.filter(|range| range.overlaps(&rest)).map(|range| range.from.max(self.at)).min()
    }

    fn adapt(&mut self, rows: usize) {
        if rows > WINDOW_ROWS {
            self.width = (self.width / 2).max(WINDOW_LEAST);
        } else if rows < WINDOW_ROWS / 4 {
            self.width = (self.width * 2).min(WINDOW_MOST);
        }
    }

    /// All rows of a window, ordered by time then signal.
    fn read(&self, window: TimeRange) -> Result<Vec<Batch>, Error> {
        let mut rows = Vec::new();
        for file in self.snapshot.files.iter().filter(|file| file.may_hold(Some(&self.signals), window)) {
            for batch in open_rows(file, Some(&self.signals), window)? {
                rows.extend(rows_of(&batch?));
            }
        }
        for batch in self.snapshot.hot.iter().filter(|b| b.time_range().is_some_and(|range| range.overlaps(&window))) {
            let inside = |row: &(u32, crate::row::Row)| window.contains(Timestamp::from_micros(row.1.time));
            rows.extend(rows_of(batch).filter(inside));
        }
        rows.sort_unstable_by_key(|(signal, row)| (row.time, *signal));
        let mut batches = Batches::default();
        for (signal, row) in rows {
            batches.push(signal, row);
        }
        Ok(batches.finish())
    }
}

// A window of the usual size is a few batches.
const _: () = assert!(WINDOW_ROWS > BATCH_ROWS);
