//! Writing a file of samples.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gemba_plant::{Batch, SignalId, TimeRange, Timestamp};
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;

use super::group::{Group, Span, wider};
use super::page::Page;
use super::{GROUP_ROWS, ZSTD_LEVEL, sample_schema};
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

/// The level of compression, as Parquet's metadata name it.
pub(super) fn zstd_level() -> ZstdLevel {
    ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default()
}

/// Settings that all files of the lake share.
pub(crate) fn base_properties() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(zstd_level()))
        .set_created_by(concat!("gemba ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
}

/// Writes a file of the rows that `feed` hands over, sorted by signal and time. Gives nothing when there is no row.
///
/// # Errors
/// When reading the rows, encoding, or the disk fails; the unfinished file is removed.
pub(crate) fn write_samples(
    disk: &dyn Disk,
    path: &Path,
    decimals: &Decimals,
    feed: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
) -> Result<Option<Finished>, Error> {
    whole_or_gone((disk, path), write_unchecked(disk, path, decimals, feed))
}

/// Removes the file unless it is finished.
pub(super) fn whole_or_gone(
    (disk, path): (&dyn Disk, &Path),
    written: Result<Option<Finished>, Error>,
) -> Result<Option<Finished>, Error> {
    if !matches!(written, Ok(Some(_))) && disk.remove(path).is_err() {
        tracing::debug!(path = %path.display(), "an unfinished file stays until the next start");
    }
    written
}

fn write_unchecked(
    disk: &dyn Disk,
    path: &Path,
    decimals: &Decimals,
    feed: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
) -> Result<Option<Finished>, Error> {
    let mut writer = Writer::new((disk, path), decimals)?;
    feed(&mut writer)?;
    let (pipe, extent) = writer.finish().map_err(encode_error(path))?;
    let Some((range, signal_min, signal_max)) = extent.facts() else { return Ok(None) };
    let (bytes, crc) = pipe.finish(path)?;
    Ok(Some(Finished { path: path.to_path_buf(), rows: extent.rows, bytes, crc, range, signal_min, signal_max }))
}

/// What is in a file.
#[derive(Debug, Default)]
struct Extent {
    rows: u64,
    times: Option<Span>,
    signals: Option<(u32, u32)>,
}

impl Extent {
    fn facts(&self) -> Option<(TimeRange, SignalId, SignalId)> {
        let ((from, to), (low, high)) = self.times.zip(self.signals)?;
        let range = TimeRange::new(Timestamp::from_micros(from), Timestamp::from_micros(to.saturating_add(1)));
        Some((range, SignalId::new(low), SignalId::new(high)))
    }
}

/// Turns rows into pages, pages into row groups, row groups into a file.
pub(crate) struct Writer<'a> {
    path: &'a Path,
    file: SerializedFileWriter<Pipe>,
    group: Group,
    page: Page,
    extent: Extent,
    decimals: &'a Decimals,
    /// The signal at work and its decimals, over the border of batches.
    signal: Option<(u32, u8)>,
}

impl<'a> Writer<'a> {
    fn new((disk, path): (&dyn Disk, &'a Path), decimals: &'a Decimals) -> Result<Self, Error> {
        let pipe = Pipe::create(disk, path)?;
        let open = || {
            let schema = ArrowSchemaConverter::new().convert(&sample_schema())?;
            let mut properties = base_properties().build();
            add_encoded_arrow_schema_to_metadata(&sample_schema(), &mut properties);
            let file = SerializedFileWriter::new(pipe, schema.root_schema_ptr(), Arc::new(properties))?;
            Ok((file, Group::new(&schema)?))
        };
        let (file, group) = open().map_err(encode_error(path))?;
        Ok(Self { path, file, group, page: Page::default(), extent: Extent::default(), decimals, signal: None })
    }

    /// Appends rows behind those before, by signal and time.
    ///
    /// # Errors
    /// When encoding or the disk fails.
    pub(crate) fn add(&mut self, batch: &Batch) -> Result<(), Error> {
        let mut from = 0;
        for run in batch.signals().chunk_by(|a, b| a == b) {
            let Some(signal) = run.first() else { continue };
            let to = from + run.len();
            let values = batch.values().get(from..to).unwrap_or(&[]);
            let decimals = self.decimals_of(*signal, values.iter().copied());
            while from < to {
                let end = to.min(from + self.page.room());
                self.page.add(batch, &(from..end), decimals);
                self.turn_full_page()?;
                from = end;
            }
        }
        Ok(())
    }

    /// Appends rows of a signal as they stand in memory.
    ///
    /// # Errors
    /// When encoding or the disk fails.
    pub(crate) fn add_rows(&mut self, signal: u32, rows: &[Row]) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let decimals = self.decimals_of(signal, rows.iter().map(|row| row.value));
        let mut rest = rows;
        while let (some, behind) = rest.split_at(self.page.room().min(rest.len()))
            && !some.is_empty()
        {
            self.page.add_rows(signal, some, decimals);
            self.turn_full_page()?;
            rest = behind;
        }
        Ok(())
    }

    fn turn_full_page(&mut self) -> Result<(), Error> {
        if self.page.room() == 0 { self.turn_page().map_err(encode_error(self.path)) } else { Ok(()) }
    }

    fn turn_page(&mut self) -> Result<(), ParquetError> {
        self.extent.rows += self.page.rows() as u64;
        self.extent.times = wider(self.extent.times, self.group.put(&mut self.page)?);
        if self.group.rows() >= GROUP_ROWS { self.group.finish(&mut self.file) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<(Pipe, Extent), ParquetError> {
        if self.page.rows() > 0 {
            self.turn_page()?;
        }
        if self.group.rows() > 0 {
            self.group.finish(&mut self.file)?;
        }
        Ok((self.file.into_inner()?, self.extent))
    }

    /// As declared; otherwise what the values need, which within a signal only grows from batch to batch.
    fn decimals_of(&mut self, signal: u32, values: impl ExactSizeIterator<Item = f64>) -> u8 {
        let declared = (self.decimals)(SignalId::new(signal)).filter(|d| *d <= decimal::DECIMALS_MAX);
        let decimals = declared.unwrap_or_else(|| {
            let step = values.len().div_ceil(DETECT_VALUES).max(1);
            let needed = decimal::detect(values.step_by(step));
            self.signal.filter(|(at, _)| *at == signal).map_or(needed, |(_, before)| before.max(needed))
        });
        let low = self.extent.signals.map_or(signal, |(low, _)| low);
        self.extent.signals = Some((low, signal));
        self.signal = Some((signal, decimals));
        decimals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemDisk;
    use gemba_plant::Sample;

    #[test]
    fn a_signal_that_needs_more_decimals_later_gets_them_and_what_is_no_decimal_stands_beside() {
        let dir = tempfile::tempdir().unwrap();
        let (path, none): (_, Decimals) = (dir.path().join("part.parquet"), Arc::new(|_| None));
        let mut writer = Writer::new((&SystemDisk, &path), &none).unwrap();
        let mut codes = |values: &[f64]| {
            let rows: Vec<_> =
                values.iter().map(|value| Sample::good(SignalId::new(1), Timestamp::from_secs(1), *value)).collect();
            writer.add(&Batch::from_rows(&rows)).unwrap();
            let page = std::mem::take(&mut writer.page);
            (page.decimals, page.mantissas, page.odd, page.values)
        };
        assert_eq!(codes(&[60.0]), (vec![0], vec![60], vec![], vec![]));
        assert_eq!(codes(&[60.25, 61.0]), (vec![2; 2], vec![6_025, 6_100], vec![], vec![]));
        assert_eq!(codes(&[60.0, f64::NAN, 1.0 / 3.0]), (vec![2; 3], vec![6_000], vec![1, 2], vec![1.0 / 3.0]));
    }
}
