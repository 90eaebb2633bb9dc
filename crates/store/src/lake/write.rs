//! Writing a file of samples.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float64Array, Int8Array, Int64Array, RecordBatch, TimestampMicrosecondArray, UInt8Array, UInt32Array,
};
use gemba_plant::{Batch, SignalId, TimeRange, Timestamp};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::{GROUP_ROWS, PAGE_ROWS, ZSTD_LEVEL, sample_schema};
use crate::disk::{Disk, Output};
use crate::row::Row;
use crate::store::Decimals;
use crate::{Error, decimal};

/// Values looked at to find a signal's decimals when the catalogue does not know them.
const DETECT_VALUES: usize = 256;

/// A file that is complete and synced, not yet in the manifest.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) path: PathBuf,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) crc: u32,
    pub(crate) range: TimeRange,
    pub(crate) signal_min: SignalId,
    pub(crate) signal_max: SignalId,
}

/// Between the Parquet writer and the disk: counts and sums the bytes.
#[derive(Debug)]
pub(crate) struct Pipe {
    output: Box<dyn Output>,
    bytes: u64,
    crc: u32,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)?;
        self.bytes += bytes.len() as u64;
        self.crc = crc32c::crc32c_append(self.crc, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pipe {
    pub(crate) fn create(disk: &dyn Disk, path: &Path) -> Result<Self, Error> {
        let output = disk.create(path).map_err(Error::file("creating", path))?;
        Ok(Self { output, bytes: 0, crc: 0 })
    }

    /// Syncs; gives length and checksum.
    pub(crate) fn finish(mut self, path: &Path) -> Result<(u64, u32), Error> {
        self.output.sync().map_err(Error::file("syncing", path))?;
        Ok((self.bytes, self.crc))
    }
}

/// What the Parquet writer says, as ours: a full disk must be recognised.
pub(crate) fn encode_error(path: &Path) -> impl FnOnce(ParquetError) -> Error {
    let path = path.to_path_buf();
    move |error| match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(source) => Error::File { doing: "writing", path, source: Arc::new(*source) },
            Err(other) => Error::Encode { path, why: other.to_string() },
        },
        other => Error::Encode { path, why: other.to_string() },
    }
}

/// Settings that all files of the lake share.
pub(crate) fn base_properties() -> WriterPropertiesBuilder {
    let zstd = ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default();
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(zstd))
        .set_created_by(concat!("gemba ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
}

fn sample_properties() -> WriterProperties {
    // the last three are constant over long stretches: as differences they take nothing, and no value is hashed
    let packed = ["signal", "time", "lag_ms", "mantissa", "decimals", "quality", "status"];
    let mut builder = base_properties().set_data_page_row_count_limit(PAGE_ROWS).set_write_batch_size(PAGE_ROWS);
    for column in packed {
        let path = ColumnPath::from(column);
        builder = builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    let value = ColumnPath::from("value");
    builder
        .set_column_dictionary_enabled(value.clone(), false)
        .set_column_encoding(value, Encoding::BYTE_STREAM_SPLIT)
        .set_column_statistics_enabled("signal".into(), EnabledStatistics::Page)
        .set_column_statistics_enabled("time".into(), EnabledStatistics::Page)
        .build()
}

/// Writes rows that come sorted by signal and time. Gives nothing when there is no row.
///
/// # Errors
/// When reading the rows, encoding, or the disk fails; the unfinished file is removed.
pub(crate) fn write_samples(
    disk: &dyn Disk,
    path: &Path,
    decimals: &Decimals,
    rows: impl Iterator<Item = Result<Batch, Error>>,
) -> Result<Option<Finished>, Error> {
    let written = write_unchecked(disk, path, decimals, rows);
    if !matches!(written, Ok(Some(_))) && disk.remove(path).is_err() {
        tracing::debug!(path = %path.display(), "an unfinished file stays until the next start");
    }
    written
}

fn write_unchecked(
    disk: &dyn Disk,
    path: &Path,
    decimals: &Decimals,
    rows: impl Iterator<Item = Result<Batch, Error>>,
) -> Result<Option<Finished>, Error> {
    let pipe = Pipe::create(disk, path)?;
    let mut writer =
        ArrowWriter::try_new(pipe, sample_schema(), Some(sample_properties())).map_err(encode_error(path))?;
    let mut scaler = Scaler { decimals, signal: None };
    let mut extent = Extent::default();
    for batch in rows {
        let batch = batch?;
        extent.add(&batch);
        let record = scaler.record(&batch).map_err(|error| encode_error(path)(error.into()))?;
        writer.write(&record).map_err(encode_error(path))?;
    }
    let Some((range, signal_min, signal_max)) = extent.facts() else { return Ok(None) };
    let pipe = writer.into_inner().map_err(encode_error(path))?;
    let (bytes, crc) = pipe.finish(path)?;
    Ok(Some(Finished { path: path.to_path_buf(), rows: extent.rows, bytes, crc, range, signal_min, signal_max }))
}

/// What is in a file.
#[derive(Debug, Default)]
struct Extent {
    rows: u64,
    times: Option<(i64, i64)>,
    signals: Option<(u32, u32)>,
}

fn wider<T: Ord + Copy>(span: Option<(T, T)>, values: &[T]) -> Option<(T, T)> {
    let (low, high) = (*values.iter().min()?, *values.iter().max()?);
    Some(span.map_or((low, high), |(from, to)| (from.min(low), to.max(high))))
}

impl Extent {
    fn add(&mut self, batch: &Batch) {
        if !batch.is_empty() {
            self.rows += batch.len() as u64;
            self.times = wider(self.times, batch.times());
            self.signals = wider(self.signals, batch.signals());
        }
    }

    fn facts(&self) -> Option<(TimeRange, SignalId, SignalId)> {
        let ((from, to), (low, high)) = self.times.zip(self.signals)?;
        let range = TimeRange::new(Timestamp::from_micros(from), Timestamp::from_micros(to.saturating_add(1)));
        Some((range, SignalId::new(low), SignalId::new(high)))
    }
}

/// Turns values into scaled integers, signal by signal.
struct Scaler<'a> {
    decimals: &'a Decimals,
    /// The signal at work and its decimals, over the border of batches.
    signal: Option<(u32, u8)>,
}

impl Scaler<'_> {
    fn record(&mut self, batch: &Batch) -> Result<RecordBatch, arrow_schema::ArrowError> {
        let mut columns = Columns::with_capacity(batch.len());
        let mut from = 0;
        for run in batch.signals().chunk_by(|a, b| a == b) {
            let Some(signal) = run.first() else { continue };
            let values = batch.values().get(from..from + run.len()).unwrap_or(&[]);
            columns.add(values, self.decimals_of(*signal, values));
            from += run.len();
        }
        let lags = batch.times().iter().zip(batch.ingests()).map(|(time, ingest)| Row::lag_ms(*time, *ingest));
        let (mantissas, decimals, values) = columns.finish();
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(batch.signals().to_vec())),
            Arc::new(TimestampMicrosecondArray::from(batch.times().to_vec()).with_timezone("UTC")),
            Arc::new(Int64Array::from(lags.collect::<Vec<_>>())),
            Arc::new(mantissas),
            Arc::new(decimals),
            Arc::new(values),
            Arc::new(UInt8Array::from(batch.qualities().to_vec())),
            Arc::new(UInt32Array::from(batch.statuses().to_vec())),
        ];
        RecordBatch::try_new(sample_schema(), arrays)
    }

    /// As declared; otherwise what the values need, which within a signal only grows from batch to batch.
    fn decimals_of(&mut self, signal: u32, values: &[f64]) -> u8 {
        let declared = (self.decimals)(SignalId::new(signal)).filter(|d| *d <= decimal::DECIMALS_MAX);
        let decimals = declared.unwrap_or_else(|| {
            let step = values.len().div_ceil(DETECT_VALUES).max(1);
            let needed = decimal::detect(values.iter().step_by(step).copied());
            self.signal.filter(|(at, _)| *at == signal).map_or(needed, |(_, before)| before.max(needed))
        });
        self.signal = Some((signal, decimals));
        decimals
    }
}

/// Values as scaled integers; those that are none stand beside with their row.
struct Columns {
    mantissas: Vec<i64>,
    decimals: Vec<i8>,
    odd: Vec<(usize, f64)>,
}

impl Columns {
    fn with_capacity(rows: usize) -> Self {
        Self { mantissas: Vec::with_capacity(rows), decimals: Vec::with_capacity(rows), odd: Vec::new() }
    }

    fn add(&mut self, values: &[f64], decimals: u8) {
        let code = i8::try_from(decimals).unwrap_or(0);
        self.decimals.resize(self.decimals.len() + values.len(), code);
        for value in values {
            let mantissa = decimal::mantissa(*value, decimals);
            if mantissa.is_none() {
                self.odd.push((self.mantissas.len(), *value));
            }
            self.mantissas.push(mantissa.unwrap_or(0));
        }
    }

    fn finish(self) -> (Int64Array, Int8Array, Float64Array) {
        let rows = self.mantissas.len();
        if self.odd.is_empty() {
            return (self.mantissas.into(), self.decimals.into(), Float64Array::new_null(rows));
        }
        let (mut whole, mut values) = (vec![true; rows], vec![None; rows]);
        for (row, value) in self.odd {
            if let (Some(whole), Some(place)) = (whole.get_mut(row), values.get_mut(row)) {
                *whole = false;
                let plain_nan = value.to_bits() == f64::NAN.to_bits();
                *place = (!plain_nan).then_some(value);
            }
        }
        (Int64Array::new(self.mantissas.into(), Some(whole.into())), self.decimals.into(), values.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::Sample;

    #[test]
    fn a_signal_that_needs_more_decimals_later_gets_them_and_what_is_no_decimal_stands_beside() {
        let none: Decimals = Arc::new(|_| None);
        let mut scaler = Scaler { decimals: &none, signal: None };
        let mut codes = |values: &[f64]| {
            let rows: Vec<_> =
                values.iter().map(|value| Sample::good(SignalId::new(1), Timestamp::from_secs(1), *value)).collect();
            let record = scaler.record(&Batch::from_rows(&rows)).unwrap();
            let nulls = |column: usize| record.column(column).null_count();
            let decimals = record.column(4).as_any().downcast_ref::<Int8Array>().unwrap().value(0);
            (decimals, nulls(3), nulls(5))
        };
        assert_eq!(codes(&[60.0]), (0, 0, 1));
        assert_eq!(codes(&[60.25, 61.0]), (2, 0, 2));
        assert_eq!(codes(&[60.0, f64::NAN, 1.0 / 3.0]), (2, 2, 2));
    }
}
