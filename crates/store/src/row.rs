//! A row as it stands in memory, and the conversion to batches.

use gemba_plant::{Batch, Quality, Sample, SignalId, Timestamp};

/// A sample without its signal: 32 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
    pub(crate) time: i64,
    /// When it arrived, µs; readers see [`Row::ingest`].
    pub(crate) arrived: i64,
    pub(crate) value: f64,
    pub(crate) status: u32,
    pub(crate) quality: u8,
}

/// What identifies a row: signal and source time.
pub(crate) type Key = (u32, i64);

/// The lake keeps the delay between source and ingest time in whole ms.
const MICROS_PER_MILLI: i64 = 1_000;

/// Ingest minus source time in ms, rounded down.
pub(crate) fn lag_ms(time: i64, ingest: i64) -> i64 {
    ingest.saturating_sub(time).div_euclid(MICROS_PER_MILLI)
}

/// The ingest time behind a source time and the delay that [`lag_ms`] kept.
pub(crate) fn ingest_of(time: i64, lag_ms: i64) -> i64 {
    time.saturating_add(lag_ms.saturating_mul(MICROS_PER_MILLI))
}

impl Row {
    /// The row of a batch at a place, as the store keeps it; none beyond the end.
    #[inline]
    pub(crate) fn at(batch: &Batch, row: usize) -> Option<Self> {
        Some(Self {
            time: (*batch.times().get(row)?).min(TIME_MAX),
            arrived: *batch.ingests().get(row)?,
            value: *batch.values().get(row)?,
            status: *batch.statuses().get(row)?,
            quality: *batch.qualities().get(row)?,
        })
    }

    /// The rows of a batch as the store keeps them, in order.
    #[inline]
    pub(crate) fn all(batch: &Batch) -> impl Iterator<Item = Self> {
        let facts = batch.values().iter().zip(batch.statuses()).zip(batch.qualities());
        let rows = batch.times().iter().zip(batch.ingests()).zip(facts);
        rows.map(|((time, arrived), ((value, status), quality))| Self {
            time: (*time).min(TIME_MAX),
            arrived: *arrived,
            value: *value,
            status: *status,
            quality: *quality,
        })
    }

    /// When it arrived, as the lake will give it back: the source time plus a whole number of ms, so that a row
    /// reads the same from memory and from a file.
    pub(crate) fn ingest(&self) -> i64 {
        ingest_of(self.time, self.lag())
    }

    /// The delay between source and ingest time in ms, rounded down.
    pub(crate) fn lag(&self) -> i64 {
        lag_ms(self.time, self.arrived)
    }

    /// Whether `other` says the same: when it arrived does not matter.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.value.to_bits() == other.value.to_bits() && self.quality == other.quality && self.status == other.status
    }

    /// With its signal.
    pub(crate) fn sample(self, signal: u32) -> Sample {
        Sample {
            signal: SignalId::new(signal),
            time: Timestamp::from_micros(self.time),
            ingest: Timestamp::from_micros(self.ingest()),
            value: self.value,
            quality: Quality::from_code(self.quality),
            status: self.status,
        }
    }
}

/// The latest source time that a half-open range can hold; a device that claims a later one is filed here.
const TIME_MAX: i64 = i64::MAX - 1;

/// The rows of a batch with their signals.
pub(crate) fn rows_of(batch: &Batch) -> impl Iterator<Item = (u32, Row)> + '_ {
    batch.signals().iter().copied().zip(Row::all(batch))
}

/// Rows in a batch that the store hands out: a page of the lake, and what a processor's own memory holds.
pub(crate) const BATCH_ROWS: usize = 8_192;

/// Collects rows into batches of bounded size, column by column.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    ids: (Vec<u32>, Vec<i64>, Vec<i64>),
    facts: (Vec<f64>, Vec<u8>, Vec<u32>),
    done: Vec<Batch>,
}

impl Batches {
    /// Appends rows of one signal.
    pub(crate) fn extend(&mut self, signal: u32, rows: &[Row]) {
        let mut rest = rows;
        while !rest.is_empty() {
            let room = BATCH_ROWS.saturating_sub(self.ids.0.len());
            let (some, behind) = rest.split_at(room.min(rest.len()));
            self.ids.0.resize(self.ids.0.len() + some.len(), signal);
            self.ids.1.extend(some.iter().map(|row| row.time));
            self.ids.2.extend(some.iter().map(Row::ingest));
            self.facts.0.extend(some.iter().map(|row| row.value));
            self.facts.1.extend(some.iter().map(|row| row.quality));
            self.facts.2.extend(some.iter().map(|row| row.status));
            rest = behind;
            if self.ids.0.len() >= BATCH_ROWS {
                self.end(BATCH_ROWS);
            }
        }
    }

    pub(crate) fn push(&mut self, signal: u32, row: Row) {
        self.extend(signal, &[row]);
    }

    /// The batches that are full.
    pub(crate) fn full(&mut self) -> Vec<Batch> {
        std::mem::take(&mut self.done)
    }

    pub(crate) fn finish(mut self) -> Vec<Batch> {
        self.end(0);
        self.done
    }

    /// Ends the batch at work and begins one with room for so many rows.
    fn end(&mut self, room: usize) {
        let ids = (Vec::with_capacity(room), Vec::with_capacity(room), Vec::with_capacity(room));
        let facts = (Vec::with_capacity(room), Vec::with_capacity(room), Vec::with_capacity(room));
        let columns = (std::mem::replace(&mut self.ids, ids), std::mem::replace(&mut self.facts, facts));
        // the columns are filled together
        self.done.extend(Batch::from_columns(columns.0, columns.1).ok().filter(|batch| !batch.is_empty()));
    }
}
