//! Waveforms and pictures in the lake.

use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, Float32Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt32Type};
use arrow_array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use gemba_plant::{Frame, FrameFormat, SignalId, TimeRange, Timestamp, Waveform};
use parquet::arrow::ArrowWriter;
use parquet::basic::Encoding;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::write::{base_properties, encode_error, whole_or_gone};
use super::{Finished, Pipe, reader_of, time_type};
use crate::Error;
use crate::disk::Disk;
use crate::row::{ingest_of, lag_ms};
use crate::view::FileMeta;

/// Waveforms or pictures encoded or decoded at once: bounds memory.
const AT_ONCE: usize = 32;

/// What waveforms and pictures have in common, so that one way leads both to the lake and back.
pub(crate) trait Medium: Clone + Send + Sync {
    fn schema() -> SchemaRef;
    fn properties() -> WriterProperties;
    /// Signal, source time, ingest time, in µs.
    fn facts(&self) -> (u32, i64, i64);
    fn bytes(&self) -> usize;
    /// The columns behind `lag_ms`.
    fn columns(items: &[&Self]) -> Vec<ArrayRef>;
    fn decode(facts: (SignalId, Timestamp, Timestamp), record: &RecordBatch, row: usize) -> Option<Self>;
}

fn schema_with(own: Vec<Field>) -> SchemaRef {
    let mut fields = vec![
        Field::new("signal", DataType::UInt32, false),
        Field::new("time", time_type(), false),
        Field::new("lag_ms", DataType::Int64, false),
    ];
    fields.extend(own);
    Arc::new(Schema::new(fields))
}

impl Medium for Waveform {
    fn schema() -> SchemaRef {
        let item = Arc::new(Field::new("item", DataType::Float32, false));
        schema_with(vec![
            Field::new("rate_hz", DataType::Float64, false),
            Field::new("samples", DataType::List(item), false),
        ])
    }

    fn properties() -> WriterProperties {
        let samples = ColumnPath::new(["samples", "list", "item"].map(str::to_owned).to_vec());
        base_properties()
            .set_column_dictionary_enabled(samples.clone(), false)
            .set_column_encoding(samples, Encoding::BYTE_STREAM_SPLIT)
            .build()
    }

    fn facts(&self) -> (u32, i64, i64) {
        (self.signal.get(), self.start.micros(), self.ingest.micros())
    }

    fn bytes(&self) -> usize {
        self.samples.len() * 4
    }

    fn columns(items: &[&Self]) -> Vec<ArrayRef> {
        let field = Arc::new(Field::new("item", DataType::Float32, false));
        let mut lists = ListBuilder::new(Float32Builder::new()).with_field(field);
        for item in items {
            lists.values().append_slice(&item.samples);
            lists.append(true);
        }
        let rates = items.iter().map(|item| item.rate_hz).collect::<Vec<_>>();
        vec![Arc::new(Float64Array::from(rates)), Arc::new(lists.finish())]
    }

    fn decode(
        (signal, start, ingest): (SignalId, Timestamp, Timestamp),
        record: &RecordBatch,
        row: usize,
    ) -> Option<Self> {
        let rate_hz = record.column(3).as_primitive_opt::<Float64Type>()?.value(row);
        let list = record.column(4).as_list_opt::<i32>()?.value(row);
        let samples = list.as_primitive_opt::<Float32Type>()?.values().iter().copied().collect();
        Some(Self { signal, start, ingest, rate_hz, samples })
    }
}

impl Medium for Frame {
    fn schema() -> SchemaRef {
        schema_with(vec![Field::new("format", DataType::Utf8, false), Field::new("bytes", DataType::Binary, false)])
    }

    fn properties() -> WriterProperties {
        base_properties().set_column_dictionary_enabled("bytes".into(), false).build()
    }

    fn facts(&self) -> (u32, i64, i64) {
        (self.signal.get(), self.time.micros(), self.ingest.micros())
    }

    fn bytes(&self) -> usize {
        self.bytes.len()
    }

    fn columns(items: &[&Self]) -> Vec<ArrayRef> {
        let word = |format| match format {
            FrameFormat::Jpeg => "jpeg",
            FrameFormat::Png => "png",
        };
        let formats = items.iter().map(|item| word(item.format)).collect::<Vec<_>>();
        let mut bytes = BinaryBuilder::new();
        for item in items {
            bytes.append_value(&item.bytes);
        }
        vec![Arc::new(StringArray::from(formats)), Arc::new(bytes.finish())]
    }

    fn decode(
        (signal, time, ingest): (SignalId, Timestamp, Timestamp),
        record: &RecordBatch,
        row: usize,
    ) -> Option<Self> {
        let format = match record.column(3).as_string_opt::<i32>()?.value(row) {
            "jpeg" => FrameFormat::Jpeg,
            "png" => FrameFormat::Png,
            _ => return None,
        };
        let bytes = record.column(4).as_binary_opt::<i32>()?.value(row).into();
        Some(Self { signal, time, ingest, format, bytes })
    }
}

/// Writes media in the order given. Gives nothing when there is none.
///
/// # Errors
/// When encoding or the disk fails; the unfinished file is removed.
pub(crate) fn write_media<M: Medium>(disk: &dyn Disk, path: &Path, items: &[&M]) -> Result<Option<Finished>, Error> {
    let Some(extent) = extent_of(items) else { return Ok(None) };
    whole_or_gone((disk, path), write_unchecked(disk, path, items, extent).map(Some))
}

fn write_unchecked<M: Medium>(disk: &dyn Disk, path: &Path, items: &[&M], extent: Extent) -> Result<Finished, Error> {
    let pipe = Pipe::create(disk, path)?;
    let mut writer = ArrowWriter::try_new(pipe, M::schema(), Some(M::properties())).map_err(encode_error(path))?;
    for some in items.chunks(AT_ONCE) {
        let record = record_of(some).map_err(|error| encode_error(path)(error.into()))?;
        writer.write(&record).map_err(encode_error(path))?;
    }
    let (bytes, crc) = writer.into_inner().map_err(encode_error(path))?.finish(path)?;
    let (range, signal_min, signal_max) = extent;
    Ok(Finished { path: path.to_path_buf(), rows: items.len() as u64, bytes, crc, range, signal_min, signal_max })
}

/// The times in a file, its smallest and its largest signal.
type Extent = (TimeRange, SignalId, SignalId);

fn extent_of<M: Medium>(items: &[&M]) -> Option<Extent> {
    let facts = || items.iter().map(|item| item.facts());
    let range = TimeRange::new(
        Timestamp::from_micros(facts().map(|(_, time, _)| time).min()?),
        Timestamp::from_micros(facts().map(|(_, time, _)| time).max()?.saturating_add(1)),
    );
    let signals = || facts().map(|(signal, _, _)| signal);
    Some((range, SignalId::new(signals().min()?), SignalId::new(signals().max()?)))
}

fn record_of<M: Medium>(items: &[&M]) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let facts = items.iter().map(|item| item.facts()).collect::<Vec<_>>();
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(facts.iter().map(|(signal, _, _)| *signal).collect::<UInt32Array>()),
        Arc::new(
            TimestampMicrosecondArray::from_iter_values(facts.iter().map(|(_, time, _)| *time)).with_timezone("UTC"),
        ),
        Arc::new(facts.iter().map(|(_, time, ingest)| lag_ms(*time, *ingest)).collect::<Int64Array>()),
    ];
    columns.extend(M::columns(items));
    RecordBatch::try_new(M::schema(), columns)
}

/// Calls `each` with the media of a file, of one signal or of all, in a range.
///
/// # Errors
/// When the file cannot be read or is damaged.
pub(crate) fn read_media<M: Medium>(
    file: &FileMeta,
    signal: Option<SignalId>,
    range: TimeRange,
    mut each: impl FnMut(M),
) -> Result<(), Error> {
    let damaged = |why: String| Error::LakeFile { path: file.path.clone(), why };
    let reader = reader_of(&file.live)?.with_batch_size(AT_ONCE).build().map_err(|error| damaged(error.to_string()))?;
    for record in reader {
        let record = record.map_err(|error| damaged(error.to_string()))?;
        for row in 0..record.num_rows() {
            let facts = facts_of(&record, row).ok_or_else(|| damaged("has other columns".to_owned()))?;
            if !range.contains(facts.1) || signal.is_some_and(|signal| signal != facts.0) {
                continue;
            }
            each(M::decode(facts, &record, row).ok_or_else(|| damaged("has other columns".to_owned()))?);
        }
    }
    Ok(())
}

fn facts_of(record: &RecordBatch, row: usize) -> Option<(SignalId, Timestamp, Timestamp)> {
    let [signal, time, lag, _, _] = record.columns() else { return None };
    let signal = signal.as_primitive_opt::<UInt32Type>()?.value(row);
    let time = time.as_primitive_opt::<TimestampMicrosecondType>()?.value(row);
    let lag = lag.as_primitive_opt::<Int64Type>()?.value(row);
    let ingest = Timestamp::from_micros(ingest_of(time, lag));
    Some((SignalId::new(signal), Timestamp::from_micros(time), ingest))
}
