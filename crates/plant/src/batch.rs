//! The one currency of the house: columns of samples.

use arrow_array::{Float64Array, TimestampMicrosecondArray, UInt8Array, UInt32Array};

use crate::{Quality, SignalId, TimeRange, Timestamp};

/// One row of a [`Batch`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Which signal.
    pub signal: SignalId,
    /// When it was measured, by the source's clock.
    pub time: Timestamp,
    /// When it reached Gemba.
    pub ingest: Timestamp,
    /// The value in the signal's unit; NaN where there is none (quality is then not good).
    pub value: f64,
    /// How far to trust it.
    pub quality: Quality,
    /// The protocol's own status, as it came.
    pub status: u32,
}

impl Sample {
    /// A good sample that arrived when it was measured.
    pub const fn good(signal: SignalId, time: Timestamp, value: f64) -> Self {
        Self { signal, time, ingest: time, value, quality: Quality::Good, status: 0 }
    }
}

/// Why columns do not make a [`Batch`].
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The columns differ in length.
    #[error("columns of a batch differ in length: {lengths:?}")]
    Lengths {
        /// The length of each, in schema order.
        lengths: [usize; 6],
    },
}

/// Samples of any number of signals, as Arrow columns of equal length without nulls.
///
/// Columns, in this order: `signal` (u32), `time` and `ingest` (timestamp, µs, UTC), `value` (f64, NaN
/// = no value), `quality` (u8, [`Quality::code`]) and `status` (u32). Cloning is cheap: columns are shared.
#[derive(Clone, Debug)]
pub struct Batch {
    signals: UInt32Array,
    times: TimestampMicrosecondArray,
    ingests: TimestampMicrosecondArray,
    values: Float64Array,
    qualities: UInt8Array,
    statuses: UInt32Array,
}

impl Batch {
    /// Samples given as a slice of rows: for tests and rims, not for the hot path.
    pub fn from_rows(rows: &[Sample]) -> Self {
        let mut builder = BatchBuilder::with_capacity(rows.len());
        for row in rows {
            builder.push(*row);
        }
        builder.finish()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.signals.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `signal` column: raw ids.
    pub fn signals(&self) -> &[u32] {
        self.signals.values()
    }

    /// The `time` column: microseconds since the epoch, the source's clock.
    pub fn times(&self) -> &[i64] {
        self.times.values()
    }

    /// The `ingest` column: microseconds since the epoch, our clock.
    pub fn ingests(&self) -> &[i64] {
        self.ingests.values()
    }

    /// The `value` column.
    pub fn values(&self) -> &[f64] {
        self.values.values()
    }

    /// The `quality` column: [`Quality::code`].
    pub fn qualities(&self) -> &[u8] {
        self.qualities.values()
    }

    /// The `status` column: the protocols' own codes.
    pub fn statuses(&self) -> &[u32] {
        self.statuses.values()
    }

    /// One row; none beyond the end.
    pub fn row(&self, index: usize) -> Option<Sample> {
        Some(Sample {
            signal: SignalId::new(*self.signals().get(index)?),
            time: Timestamp::from_micros(*self.times().get(index)?),
            ingest: Timestamp::from_micros(*self.ingests().get(index)?),
            value: *self.values().get(index)?,
            quality: Quality::from_code(*self.qualities().get(index)?),
            status: *self.statuses().get(index)?,
        })
    }

    /// All rows in order: for rims and operators of low rate.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Sample> + '_ {
        (0..self.len()).map(|i| Sample {
            signal: SignalId::new(self.signals.value(i)),
            time: Timestamp::from_micros(self.times.value(i)),
            ingest: Timestamp::from_micros(self.ingests.value(i)),
            value: self.values.value(i),
            quality: Quality::from_code(self.qualities.value(i)),
            status: self.statuses.value(i),
        })
    }

    /// Rows `offset .. offset + len`, sharing the columns. Clamped to the batch.
    #[must_use]
    pub fn slice(&self, offset: usize, len: usize) -> Self {
        let offset = offset.min(self.len());
        let len = len.min(self.len() - offset);
        Self {
            signals: self.signals.slice(offset, len),
            times: self.times.slice(offset, len),
            ingests: self.ingests.slice(offset, len),
            values: self.values.slice(offset, len),
            qualities: self.qualities.slice(offset, len),
            statuses: self.statuses.slice(offset, len),
        }
    }

    /// The rows at `indices`, in that order. An index beyond the end is skipped.
    #[must_use]
    pub fn take(&self, indices: &[usize]) -> Self {
        let mut builder = BatchBuilder::with_capacity(indices.len());
        for row in indices.iter().filter_map(|&i| self.row(i)) {
            builder.push(row);
        }
        builder.finish()
    }

    /// From the earliest to just after the latest source time; none when empty.
    pub fn time_range(&self) -> Option<TimeRange> {
        let from = self.times().iter().min()?;
        let to = self.times().iter().max()?;
        Some(TimeRange::new(Timestamp::from_micros(*from), Timestamp::from_micros(to.saturating_add(1))))
    }

    /// Bytes held by the columns.
    pub fn bytes(&self) -> usize {
        self.len() * (4 + 8 + 8 + 8 + 1 + 4)
    }
}

impl PartialEq for Batch {
    /// Equal bit for bit, so that NaN equals itself.
    fn eq(&self, other: &Self) -> bool {
        self.signals == other.signals
            && self.times.values() == other.times.values()
            && self.ingests.values() == other.ingests.values()
            && self.qualities == other.qualities
            && self.statuses == other.statuses
            && self.values.len() == other.values.len()
            && self.values().iter().zip(other.values()).all(|(a, b)| a.to_bits() == b.to_bits())
    }
}

/// Collects rows or columns into a [`Batch`].
#[derive(Clone, Debug, Default)]
pub struct BatchBuilder {
    signals: Vec<u32>,
    times: Vec<i64>,
    ingests: Vec<i64>,
    values: Vec<f64>,
    qualities: Vec<u8>,
    statuses: Vec<u32>,
}

impl BatchBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty builder with room for `rows`.
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            signals: Vec::with_capacity(rows),
            times: Vec::with_capacity(rows),
            ingests: Vec::with_capacity(rows),
            values: Vec::with_capacity(rows),
            qualities: Vec::with_capacity(rows),
            statuses: Vec::with_capacity(rows),
        }
    }

    /// Appends a row.
    pub fn push(&mut self, row: Sample) {
        self.signals.push(row.signal.get());
        self.times.push(row.time.micros());
        self.ingests.push(row.ingest.micros());
        self.values.push(row.value);
        self.qualities.push(row.quality.code());
        self.statuses.push(row.status);
    }

    /// Appends all rows of a batch, column by column.
    pub fn extend(&mut self, batch: &Batch) {
        self.signals.extend_from_slice(batch.signals());
        self.times.extend_from_slice(batch.times());
        self.ingests.extend_from_slice(batch.ingests());
        self.values.extend_from_slice(batch.values());
        self.qualities.extend_from_slice(batch.qualities());
        self.statuses.extend_from_slice(batch.statuses());
    }

    /// Number of rows so far.
    pub fn len(&self) -> usize {
        self.signals.len()
    }

    /// Whether no row was pushed.
    pub fn is_empty(&self) -> bool {
        self.signals.is_empty()
    }

    /// Drops all rows but the first `len`.
    pub fn truncate(&mut self, len: usize) {
        self.signals.truncate(len);
        self.times.truncate(len);
        self.ingests.truncate(len);
        self.values.truncate(len);
        self.qualities.truncate(len);
        self.statuses.truncate(len);
    }

    /// The batch; the builder is empty afterwards.
    pub fn finish(&mut self) -> Batch {
        let rows = std::mem::take(self);
        Batch {
            signals: rows.signals.into(),
            times: rows.times.into(),
            ingests: rows.ingests.into(),
            values: rows.values.into(),
            qualities: rows.qualities.into(),
            statuses: rows.statuses.into(),
        }
    }
}

/// Columns as plain vectors, for decoders that fill whole columns at once.
impl Batch {
    /// Builds a batch from columns in schema order: signal, time, ingest, value, quality, status.
    ///
    /// # Errors
    /// When the columns differ in length.
    pub fn from_columns(
        (signals, times, ingests): (Vec<u32>, Vec<i64>, Vec<i64>),
        (values, qualities, statuses): (Vec<f64>, Vec<u8>, Vec<u32>),
    ) -> Result<Self, BatchError> {
        let lengths = [signals.len(), times.len(), ingests.len(), values.len(), qualities.len(), statuses.len()];
        if lengths.iter().any(|len| *len != signals.len()) {
            return Err(BatchError::Lengths { lengths });
        }
        Ok(Self {
            signals: signals.into(),
            times: times.into(),
            ingests: ingests.into(),
            values: values.into(),
            qualities: qualities.into(),
            statuses: statuses.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Batch {
        let at = |i: i64| Timestamp::from_secs(i);
        Batch::from_rows(&[
            Sample::good(SignalId::new(1), at(3), 1.0),
            Sample {
                quality: Quality::Bad,
                status: 0x808A_0000,
                value: f64::NAN,
                ..Sample::good(SignalId::new(2), at(1), 0.0)
            },
            Sample::good(SignalId::new(1), at(2), -0.0),
        ])
    }

    #[test]
    fn slices_and_takes_are_clamped() {
        let batch = three();
        assert_eq!(batch.slice(1, 99).len(), 2);
        assert_eq!(batch.slice(99, 1).len(), 0);
        assert_eq!(batch.take(&[2, 0, 77]).times(), &[2_000_000, 3_000_000]);
    }

    #[test]
    fn the_range_covers_the_latest_row() {
        let range = three().time_range().unwrap();
        assert!(range.contains(Timestamp::from_secs(3)));
        assert!(!range.contains(Timestamp::from_secs(4)));
    }
}
