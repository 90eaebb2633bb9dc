//! A row as it stands in memory, and the conversion to batches.

use gemba_plant::{Batch, BatchBuilder, Quality, Sample, SignalId, Timestamp};

/// A sample without its signal: 32 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
    pub(crate) time: i64,
    pub(crate) ingest: i64,
    pub(crate) value: f64,
    pub(crate) status: u32,
    pub(crate) quality: u8,
}

/// What identifies a row: signal and source time.
pub(crate) type Key = (u32, i64);

/// The lake keeps the delay between source and ingest time in whole ms.
const MICROS_PER_MILLI: i64 = 1_000;

impl Row {
    /// The ingest time as the lake will give it back: the source time plus a whole number of ms, so that a row
    /// reads the same from memory and from a file.
    pub(crate) fn ingest_kept(time: i64, ingest: i64) -> i64 {
        time.saturating_add(Self::lag_ms(time, ingest).saturating_mul(MICROS_PER_MILLI))
    }

    /// Ingest minus source time in ms, rounded down.
    pub(crate) fn lag_ms(time: i64, ingest: i64) -> i64 {
        ingest.saturating_sub(time).div_euclid(MICROS_PER_MILLI)
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
            ingest: Timestamp::from_micros(self.ingest),
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
    let times = batch.times().iter().zip(batch.ingests());
    let facts = batch.values().iter().zip(batch.qualities()).zip(batch.statuses());
    batch.signals().iter().zip(times).zip(facts).map(|((signal, (time, ingest)), ((value, quality), status))| {
        let time = (*time).min(TIME_MAX);
        let ingest = Row::ingest_kept(time, *ingest);
        (*signal, Row { time, ingest, value: *value, status: *status, quality: *quality })
    })
}

/// Collects rows into batches of bounded size.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    builder: BatchBuilder,
    done: Vec<Batch>,
}

/// Rows in a batch that the store hands out.
pub(crate) const BATCH_ROWS: usize = 65_536;

impl Batches {
    pub(crate) fn push(&mut self, signal: u32, row: Row) {
        self.builder.push(row.sample(signal));
        if self.builder.len() >= BATCH_ROWS {
            self.done.push(self.builder.finish());
        }
    }

    pub(crate) fn finish(mut self) -> Vec<Batch> {
        if !self.builder.is_empty() {
            self.done.push(self.builder.finish());
        }
        self.done
    }
}
