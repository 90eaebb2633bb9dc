//! A row group: eight column chunks, filled page by page.

use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Compression, Encoding, Type};
use parquet::column::page::{CompressedPage, Page as Written, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
use zstd::bulk::Compressor;

use super::packed::{put_deltas, put_levels, put_split};
use super::page::Page;
use super::write::{Pipe, zstd_level};
use super::{COLUMNS, ZSTD_LEVEL};

/// The row group at work.
pub(super) struct Group {
    chunks: [Chunk; COLUMNS],
    press: Press,
    rows: usize,
}

/// One column of it: its pages, and what its readers are told about them.
struct Chunk {
    column: ColumnDescPtr,
    encoding: Encoding,
    /// How its pages lie, where readers are told each page's extent.
    order: Option<BoundaryOrder>,
    bytes: TrackedWrite<Vec<u8>>,
    places: OffsetIndexBuilder,
    pages: Option<ColumnIndexBuilder>,
    raw: usize,
    span: Option<Span>,
    nulls: usize,
}

/// The smallest and the largest number of a column or page.
pub(super) type Span = (i64, i64);

/// The compressor, and the page it is given.
struct Press {
    zstd: Compressor<'static>,
    raw: Vec<u8>,
}

impl Group {
    pub(super) fn new(schema: &SchemaDescriptor) -> Result<Self, ParquetError> {
        let deltas = Encoding::DELTA_BINARY_PACKED;
        let chunk = |at, encoding, order| Chunk::new(schema.column(at), encoding, order);
        Ok(Self {
            chunks: [
                chunk(0, deltas, Some(BoundaryOrder::ASCENDING)),
                chunk(1, deltas, Some(BoundaryOrder::UNORDERED)),
                chunk(2, deltas, None),
                chunk(3, deltas, None),
                chunk(4, deltas, None),
                chunk(5, Encoding::BYTE_STREAM_SPLIT, None),
                chunk(6, deltas, None),
                chunk(7, deltas, None),
            ],
            press: Press { zstd: Compressor::new(ZSTD_LEVEL)?, raw: Vec::new() },
            rows: 0,
        })
    }

    /// Appends a page, which is empty afterwards; gives the extent of its times.
    pub(super) fn put(&mut self, page: &mut Page) -> Result<Option<Span>, ParquetError> {
        let (rows, press) = (page.rows(), &mut self.press);
        let [signal, time, lag, mantissa, decimals, value, quality, status] = &mut self.chunks;
        // a page is sorted by signal
        let signals = page.signals.first().zip(page.signals.last()).map(|(low, high)| ((*low).into(), (*high).into()));
        let times = span(&page.times);
        signal.put(press, (rows, 0, signals), |out| put_deltas(out, &page.signals))?;
        time.put(press, (rows, 0, times), |out| put_deltas(out, &page.times))?;
        lag.put(press, (rows, 0, None), |out| put_deltas(out, &page.lags))?;
        mantissa.put(press, (rows, page.odd.len(), None), |out| {
            put_levels(out, rows, (&page.odd, true));
            put_deltas(out, &page.mantissas);
        })?;
        decimals.put(press, (rows, 0, span(&page.decimals)), |out| put_deltas(out, &page.decimals))?;
        value.put(press, (rows, rows - page.values.len(), None), |out| {
            put_levels(out, rows, (&page.valued, false));
            put_split(out, &page.values);
        })?;
        quality.put(press, (rows, 0, span(&page.qualities)), |out| put_deltas(out, &page.qualities))?;
        status.put(press, (rows, 0, span(&page.statuses)), |out| put_deltas(out, &page.statuses))?;
        self.rows += rows;
        page.clear();
        Ok(times)
    }

    /// Rows in it so far.
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Puts the group into the file and begins the next one.
    pub(super) fn finish(&mut self, file: &mut SerializedFileWriter<Pipe>) -> Result<(), ParquetError> {
        let rows = std::mem::take(&mut self.rows);
        let mut group = file.next_row_group()?;
        for chunk in &mut self.chunks {
            let next = chunk.next();
            std::mem::replace(chunk, next).finish(rows, &mut group)?;
        }
        group.close().map(drop)
    }
}

/// Around both.
pub(super) fn wider(a: Option<Span>, b: Option<Span>) -> Option<Span> {
    a.zip(b).map_or(a.or(b), |((low, high), (from, to))| Some((low.min(from), high.max(to))))
}

fn span<T: Copy + Ord + Into<i64>>(numbers: &[T]) -> Option<Span> {
    let (low, high) = numbers.iter().fold(None, |span: Option<(T, T)>, number| {
        span.map_or(Some((*number, *number)), |(low, high)| Some((low.min(*number), high.max(*number))))
    })?;
    Some((low.into(), high.into()))
}

impl Chunk {
    fn new(column: ColumnDescPtr, encoding: Encoding, order: Option<BoundaryOrder>) -> Self {
        let pages = order.map(|order| {
            let mut pages = ColumnIndexBuilder::new(column.physical_type());
            pages.set_boundary_order(order);
            pages
        });
        let bytes = TrackedWrite::new(Vec::new());
        Self { column, encoding, order, bytes, places: OffsetIndexBuilder::new(), pages, raw: 0, span: None, nulls: 0 }
    }

    /// An empty one of the same kind.
    fn next(&self) -> Self {
        Self::new(ColumnDescPtr::clone(&self.column), self.encoding, self.order)
    }

    /// Appends a page of so many rows and nulls, which `fill` writes.
    fn put(
        &mut self,
        press: &mut Press,
        (rows, nulls, span): (usize, usize, Option<Span>),
        fill: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), ParquetError> {
        press.raw.clear();
        fill(&mut press.raw);
        let page = Written::DataPage {
            buf: press.zstd.compress(&press.raw)?.into(),
            num_values: u32::try_from(rows)?,
            encoding: self.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let put = SerializedPageWriter::new(&mut self.bytes).write_page(CompressedPage::new(page, press.raw.len()))?;
        self.places.append_row_count(i64::try_from(rows)?);
        self.places.append_offset_and_size(i64::try_from(put.offset)?, i32::try_from(put.compressed_size)?);
        if let (Some(pages), Some(span)) = (&mut self.pages, span) {
            let [low, high] = [span.0, span.1].map(|edge| plain(self.column.physical_type(), edge));
            pages.append(false, low, high, 0);
        }
        self.raw += put.uncompressed_size;
        self.nulls += nulls;
        self.span = wider(self.span, span);
        Ok(())
    }

    fn finish(self, rows: usize, group: &mut SerializedRowGroupWriter<'_, Pipe>) -> Result<(), ParquetError> {
        let (length, statistics) = (self.bytes.bytes_written(), self.statistics());
        let metadata = ColumnChunkMetaData::builder(self.column)
            .set_compression(Compression::ZSTD(zstd_level()))
            .set_encodings(vec![Encoding::RLE, self.encoding])
            .set_num_values(i64::try_from(rows)?)
            .set_total_compressed_size(i64::try_from(length)?)
            .set_total_uncompressed_size(i64::try_from(self.raw)?)
            .set_statistics(statistics)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: length as u64,
            rows_written: rows as u64,
            metadata,
            bloom_filter: None,
            column_index: self.pages.map(ColumnIndexBuilder::build).transpose()?,
            offset_index: Some(self.places.build()),
        };
        group.append_column(&Bytes::from(self.bytes.into_inner()?), close)
    }

    fn statistics(&self) -> Statistics {
        let (nulls, (low, high)) = (Some(self.nulls as u64), self.span.unzip());
        match self.column.physical_type() {
            Type::INT32 => Statistics::int32(low.map(half), high.map(half), None, nulls, false),
            Type::DOUBLE => Statistics::double(None, None, None, nulls, false),
            _ => Statistics::int64(low, high, None, nulls, false),
        }
    }
}

/// A number as its column stores it.
fn plain(stored: Type, number: i64) -> Vec<u8> {
    if stored == Type::INT32 { half(number).to_le_bytes().to_vec() } else { number.to_le_bytes().to_vec() }
}

/// The bits that a column of 32 keeps, of signed and unsigned numbers alike.
#[allow(clippy::cast_possible_truncation, reason = "the number is one of 32 bits")]
const fn half(number: i64) -> i32 {
    number as i32
}
