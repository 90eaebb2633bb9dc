//! Reading a file of samples: only the pages that can hold what is asked.

use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int8Type, Int64Type, TimestampMicrosecondType, UInt8Type, UInt32Type};
use arrow_array::{Array, RecordBatch};
use bytes::Bytes;
use gemba_plant::{Batch, SignalId, TimeRange};
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::reader::{ChunkReader, Length};

use super::PAGE_ROWS;
use crate::disk::{Disk, Input};
use crate::row::{BATCH_ROWS, ingest_of};
use crate::view::{DAMAGED, FileMeta, LiveFile, SOUND};
use crate::{Error, decimal};

/// Bytes read at once when a file's checksum is taken.
const CHECK_BYTES: usize = 1 << 20;
const SIGNAL: usize = 0;
const TIME: usize = 1;

/// The rows of a lake file, as [`crate::Store::read_file`] finds them: sorted by signal then time.
#[derive(Debug)]
pub struct FileRows {
    reader: Option<ParquetRecordBatchReader>,
    wanted: Wanted,
    live: Arc<LiveFile>,
}

/// What is asked of a file.
#[derive(Clone, Debug)]
struct Wanted {
    /// Sorted; none: all.
    signals: Option<Vec<u32>>,
    range: TimeRange,
}

/// A file as the Parquet reader wants it.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    input: Arc<dyn Input>,
    length: u64,
}

/// Reads on from a place in a file.
#[derive(Debug)]
pub(crate) struct Cursor {
    input: Arc<dyn Input>,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read_at(self.at, buf)?;
        self.at += got as u64;
        Ok(got)
    }
}

impl Length for Chunk {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Chunk {
    type T = io::BufReader<Cursor>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(io::BufReader::new(Cursor { input: Arc::clone(&self.input), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut bytes = vec![0; length];
        let got = self.input.read_at(start, &mut bytes)?;
        if got < length {
            return Err(ParquetError::EOF(format!("{got} of {length} bytes at {start}")));
        }
        Ok(bytes.into())
    }
}

fn damaged(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::LakeFile { path: path.to_path_buf(), why: why.to_string() }
}

/// Compares a file with the checksum in the manifest, once for each start of the program.
pub(crate) fn check(live: &LiveFile) -> Result<(), Error> {
    match live.checked.load(Ordering::Acquire) {
        SOUND => Ok(()),
        DAMAGED => Err(damaged(&live.path, &"does not match its checksum")),
        _ => match crc_of(live.disk.as_ref(), &live.path) {
            Ok(crc) if crc == live.crc => {
                live.checked.store(SOUND, Ordering::Release);
                Ok(())
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::file("reading lake file", &live.path)(error))
            }
            gone => {
                live.checked.store(DAMAGED, Ordering::Release);
                let why = if gone.is_ok() { "does not match its checksum" } else { "is gone" };
                Err(damaged(&live.path, &why))
            }
        },
    }
}

fn crc_of(disk: &dyn Disk, path: &Path) -> io::Result<u32> {
    let input = disk.open(path)?;
    let mut buffer = vec![0; CHECK_BYTES];
    let (mut at, mut crc) = (0, 0);
    loop {
        let got = input.read_at(at, &mut buffer)?;
        crc = crc32c::crc32c_append(crc, buffer.get(..got).unwrap_or(&[]));
        at += got as u64;
        if got < buffer.len() {
            return Ok(crc);
        }
    }
}

/// A Parquet reader for a file whose checksum is right.
pub(crate) fn reader_of(live: &LiveFile) -> Result<ParquetRecordBatchReaderBuilder<Chunk>, Error> {
    check(live)?;
    let input = live.disk.open(&live.path).map_err(Error::file("opening lake file", &live.path))?;
    let length = input.len().map_err(Error::file("reading lake file", &live.path))?;
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    ParquetRecordBatchReaderBuilder::try_new_with_options(Chunk { input, length }, options)
        .map_err(|error| damaged(&live.path, &error))
}

/// Opens the rows of `file` that belong to `signals` (none: all) and lie in `range`.
pub(crate) fn open_rows(file: &FileMeta, signals: Option<&[SignalId]>, range: TimeRange) -> Result<FileRows, Error> {
    let signals = signals.map(|ids| {
        let mut ids: Vec<u32> = ids.iter().map(|id| id.get()).collect();
        ids.sort_unstable();
        ids
    });
    let wanted = Wanted { signals, range };
    let builder = reader_of(&file.live)?;
    let (groups, selection) = wanted.pages(builder.metadata());
    let reader = if groups.is_empty() {
        None
    } else {
        let builder = builder.with_batch_size(BATCH_ROWS).with_row_groups(groups).with_row_selection(selection);
        Some(builder.build().map_err(|error| damaged(&file.path, &error))?)
    };
    Ok(FileRows { reader, wanted, live: Arc::clone(&file.live) })
}

impl Iterator for FileRows {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let record = match self.reader.as_mut()?.next()? {
                Ok(record) => record,
                Err(error) => return Some(Err(damaged(&self.live.path, &error))),
            };
            match decode(&record).map(|batch| self.wanted.filter(&batch)) {
                None => return Some(Err(damaged(&self.live.path, &"has other columns than samples have"))),
                Some(batch) if batch.is_empty() => {}
                Some(batch) => return Some(Ok(batch)),
            }
        }
    }
}

impl Wanted {
    fn any_in(&self, low: u32, high: u32) -> bool {
        self.signals.as_ref().is_none_or(|ids| {
            let first = ids.partition_point(|id| *id < low);
            ids.get(first).is_some_and(|id| *id <= high)
        })
    }

    fn time_in(&self, low: i64, high: i64) -> bool {
        low < self.range.to.micros() && high >= self.range.from.micros()
    }

    /// The row groups, and the rows in them, that may hold what is wanted.
    fn pages(&self, metadata: &ParquetMetaData) -> (Vec<usize>, RowSelection) {
        let mut groups = Vec::new();
        let mut ranges = Vec::new();
        let mut offset = 0;
        for (group, facts) in metadata.row_groups().iter().enumerate() {
            let rows = usize::try_from(facts.num_rows()).unwrap_or(0);
            let selected = self.pages_of(metadata, group, rows);
            if selected.is_empty() {
                continue;
            }
            groups.push(group);
            ranges.extend(selected.into_iter().map(|range| range.start + offset..range.end + offset));
            offset += rows;
        }
        (groups, RowSelection::from_consecutive_ranges(ranges.into_iter(), offset))
    }

    fn pages_of(&self, metadata: &ParquetMetaData, group: usize, rows: usize) -> Vec<Range<usize>> {
        let by_signal = page_ranges(metadata, (group, SIGNAL), rows, |index, page| match index {
            ColumnIndexMetaData::INT32(index) => match (index.min_value(page), index.max_value(page)) {
                (Some(low), Some(high)) => self.any_in(low.cast_unsigned(), high.cast_unsigned()),
                _ => true,
            },
            _ => true,
        });
        let by_time = page_ranges(metadata, (group, TIME), rows, |index, page| match index {
            ColumnIndexMetaData::INT64(index) => match (index.min_value(page), index.max_value(page)) {
                (Some(low), Some(high)) => self.time_in(*low, *high),
                _ => true,
            },
            _ => true,
        });
        intersect(&by_signal, &by_time)
    }

    fn filter(&self, batch: &Batch) -> Batch {
        let inside = |time: i64| self.range.from.micros() <= time && time < self.range.to.micros();
        let asked = |id: u32| self.signals.as_ref().is_none_or(|ids| ids.binary_search(&id).is_ok());
        let mut keep = Vec::new();
        let mut from = 0;
        for run in batch.signals().chunk_by(|a, b| a == b) {
            let to = from + run.len();
            if run.first().is_some_and(|id| asked(*id)) {
                let times = batch.times().get(from..to).unwrap_or(&[]);
                // Within a signal the file is sorted by time.
                let low = from + times.partition_point(|time| *time < self.range.from.micros());
                let high = from + times.partition_point(|time| *time < self.range.to.micros());
                debug_assert!(times.iter().filter(|time| inside(**time)).count() == high - low, "sorted by time");
                keep.push(low..high);
            }
            from = to;
        }
        match keep.as_slice() {
            [all] => batch.slice(all.start, all.len()),
            _ => batch.take(&keep.into_iter().flatten().collect::<Vec<_>>()),
        }
    }
}

/// The row ranges of the pages of a column that pass.
fn page_ranges(
    metadata: &ParquetMetaData,
    (group, column): (usize, usize),
    rows: usize,
    pass: impl Fn(&ColumnIndexMetaData, usize) -> bool,
) -> Vec<Range<usize>> {
    let index = metadata.column_index().and_then(|groups| groups.get(group)?.get(column));
    let offsets = metadata.offset_index().and_then(|groups| groups.get(group)?.get(column));
    let (Some(index), Some(offsets)) = (index, offsets) else { return std::iter::once(0..rows).collect() };
    let first = |page: usize| {
        let location = offsets.page_locations().get(page);
        location.map_or(rows, |location| usize::try_from(location.first_row_index).unwrap_or(0))
    };
    (0..offsets.page_locations().len())
        .filter(|page| pass(index, *page))
        .map(|page| first(page)..first(page + 1))
        .collect()
}

/// What lies in both of two ordered lists of ranges.
fn intersect(left: &[Range<usize>], right: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut both = Vec::new();
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let (from, to) = (a.start.max(b.start), a.end.min(b.end));
        if from < to {
            both.push(from..to);
        }
        if a.end <= b.end {
            left.next()
        } else {
            right.next()
        };
    }
    both
}

/// A record of the file as a batch of samples.
fn decode(record: &RecordBatch) -> Option<Batch> {
    let [signal, time, lag, mantissa, decimals, value, quality, status] = record.columns() else { return None };
    let times = time.as_primitive_opt::<TimestampMicrosecondType>()?.values().to_vec();
    let lags = lag.as_primitive_opt::<Int64Type>()?.values();
    let ingests = times.iter().zip(lags).map(|(time, lag)| ingest_of(*time, *lag)).collect();
    let mantissas = mantissa.as_primitive_opt::<Int64Type>()?;
    let decimals = decimals.as_primitive_opt::<Int8Type>()?;
    let values = value.as_primitive_opt::<Float64Type>()?;
    let scaled = mantissas.values().iter().zip(decimals.values());
    let mut decoded: Vec<f64> = scaled.map(|(m, k)| decimal::unscale(*m, k.cast_unsigned())).collect();
    if mantissas.null_count() > 0 {
        for (row, place) in decoded.iter_mut().enumerate() {
            if mantissas.is_null(row) {
                *place = if values.is_null(row) { f64::NAN } else { values.value(row) };
            }
        }
    }
    Batch::from_columns(
        (signal.as_primitive_opt::<UInt32Type>()?.values().to_vec(), times, ingests),
        (
            decoded,
            quality.as_primitive_opt::<UInt8Type>()?.values().to_vec(),
            status.as_primitive_opt::<UInt32Type>()?.values().to_vec(),
        ),
    )
    .ok()
}

// A page must be readable at once.
const _: () = assert!(PAGE_ROWS <= BATCH_ROWS);
