//! Rows of a Parquet file.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch};
use gemba_plant::Timestamp;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::ChunkReader;

use super::cell::Cell;

/// Rows that are decoded at once.
const ROWS: usize = 4096;

/// A reader and the rows that it decoded last.
pub(super) struct ParquetRows {
    reader: ParquetRecordBatchReader,
    batch: Option<RecordBatch>,
    at: usize,
}

impl ParquetRows {
    /// Opens a file `skip` rows in; gives the names of its columns and the number of rows too.
    pub(super) fn open(file: impl ChunkReader + 'static, skip: u64) -> Result<(Self, Vec<String>, i64), String> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| e.to_string())?;
        unpackable(builder.metadata())?;
        let names = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        let count = builder.metadata().file_metadata().num_rows();
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let reader = builder.with_batch_size(ROWS).with_offset(skip).build().map_err(|e| e.to_string())?;
        Ok((Self { reader, batch: None, at: 0 }, names, count))
    }

    /// Reads the next row into `row`. False at the end.
    pub(super) fn next(&mut self, row: &mut Vec<Cell>) -> Result<bool, String> {
        loop {
            if let Some(batch) = self.batch.as_ref().filter(|batch| self.at < batch.num_rows()) {
                row.extend(batch.columns().iter().map(|column| cell(column.as_ref(), self.at)));
                self.at += 1;
                return Ok(true);
            }
            let Some(batch) = self.reader.next() else { return Ok(false) };
            (self.batch, self.at) = (Some(batch.map_err(|e| e.to_string())?), 0);
        }
    }
}

/// The codecs that are seldom met are left out of the program: said at once, not in the middle of the file.
fn unpackable(meta: &ParquetMetaData) -> Result<(), String> {
    let strange = |codec: &Compression| matches!(codec, Compression::BROTLI(_) | Compression::LZO);
    let mut codecs = meta.row_groups().iter().flat_map(RowGroupMetaData::columns).map(ColumnChunkMetaData::compression);
    match codecs.find(strange) {
        Some(codec) => Err(format!("it is compressed with {codec}; write it again with zstd, snappy, gzip or lz4")),
        None => Ok(()),
    }
}

fn cell(column: &dyn Array, at: usize) -> Cell {
    if column.is_null(at) {
        return Cell::Empty;
    }
    time(column, at).or_else(|| number(column, at)).or_else(|| text(column, at)).unwrap_or(Cell::Empty)
}

fn native<T: ArrowPrimitiveType>(column: &dyn Array, at: usize) -> Option<T::Native> {
    column.as_primitive_opt::<T>().map(|values| values.value(at))
}

fn time(column: &dyn Array, at: usize) -> Option<Cell> {
    let micros = native::<TimestampMicrosecondType>(column, at)
        .or_else(|| native::<TimestampMillisecondType>(column, at).map(|t| t.saturating_mul(1_000)))
        .or_else(|| native::<TimestampNanosecondType>(column, at).map(|t| t.div_euclid(1_000)))
        .or_else(|| native::<TimestampSecondType>(column, at).map(|t| t.saturating_mul(1_000_000)))
        .or_else(|| native::<Date32Type>(column, at).map(|d| i64::from(d).saturating_mul(86_400_000_000)))?;
    Some(Cell::Time(Timestamp::from_micros(micros)))
}

fn number(column: &dyn Array, at: usize) -> Option<Cell> {
    let value = native::<Float64Type>(column, at)
        .or_else(|| native::<Float32Type>(column, at).map(f64::from))
        .or_else(|| native::<Int64Type>(column, at).map(|x| x as f64))
        .or_else(|| native::<Int32Type>(column, at).map(f64::from))
        .or_else(|| native::<Int16Type>(column, at).map(f64::from))
        .or_else(|| native::<Int8Type>(column, at).map(f64::from))
        .or_else(|| native::<UInt64Type>(column, at).map(|x| x as f64))
        .or_else(|| native::<UInt32Type>(column, at).map(f64::from))
        .or_else(|| native::<UInt16Type>(column, at).map(f64::from))
        .or_else(|| native::<UInt8Type>(column, at).map(f64::from))
        .or_else(|| column.as_boolean_opt().map(|values| f64::from(u8::from(values.value(at)))))?;
    Some(if value.is_nan() { Cell::Empty } else { Cell::Number(value) })
}

fn text(column: &dyn Array, at: usize) -> Option<Cell> {
    let text = column
        .as_string_opt::<i32>()
        .map(|values| values.value(at))
        .or_else(|| column.as_string_opt::<i64>().map(|values| values.value(at)))
        .or_else(|| column.as_string_view_opt().map(|values| values.value(at)));
    if let Some(text) = text {
        return Some(Cell::Text(text.to_owned()));
    }
    let keys = column.as_any_dictionary_opt()?;
    let key = keys.normalized_keys().get(at).copied()?;
    Some(cell(keys.values().as_ref(), key))
}
