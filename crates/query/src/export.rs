//! Samples as files for other programs.

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use gemba_plant::port::Past;
use gemba_plant::{Batch, SignalId, TimeRange};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{plain, plain_schema, write_csv_rows, write_line};
use crate::names::Names;
use crate::{Error, Query, columns};

/// Rows of a row group in an exported Parquet file.
const GROUP_ROWS: usize = 1 << 18;

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated, RFC 4180, with a header.
    Csv,
    /// Parquet with zstd.
    Parquet,
}

impl Query {
    /// Writes the samples of signals, ordered by time then signal, with the columns of the table `samples`; gives the
    /// number of rows. Streams: memory does not grow with the range. The writer comes back, so that what it holds can
    /// be used.
    ///
    /// # Errors
    /// When the store cannot be read or the writer fails.
    pub async fn export<W: Write + Send + 'static>(
        &self,
        signals: &[SignalId],
        range: TimeRange,
        format: Format,
        to: W,
    ) -> Result<(u64, W), Error> {
        let (store, names, signals) = (self.store.clone(), self.names(), signals.to_vec());
        self.blocking(move || {
            let past = store.samples(&signals, range).map_err(Error::Past)?;
            let batches = past.map(|batch| record(&batch.map_err(Error::Past)?, &names));
            match format {
                Format::Csv => csv(batches, to),
                Format::Parquet => parquet(batches, to),
            }
        })
        .await
    }
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::Write { why: error.to_string() }
}

fn record(batch: &Batch, names: &Names) -> Result<RecordBatch, Error> {
    let schema = columns::schema();
    let all: Vec<usize> = (0..schema.fields().len()).collect();
    let record = columns::record(batch, names, &all, &schema).and_then(|record| plain(&record));
    record.map_err(|error| Error::Run { why: error.to_string() })
}

fn csv<W: Write>(batches: impl Iterator<Item = Result<RecordBatch, Error>>, mut to: W) -> Result<(u64, W), Error> {
    let schema = columns::schema();
    write_line(&mut to, schema.fields().iter().map(|field| field.name().as_str())).map_err(unwritable)?;
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        write_csv_rows(&mut to, &batch)?;
    }
    to.flush().map_err(unwritable)?;
    Ok((rows, to))
}

fn parquet<W: Write + Send>(
    batches: impl Iterator<Item = Result<RecordBatch, Error>>,
    to: W,
) -> Result<(u64, W), Error> {
    let options = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .build();
    let schema = plain_schema(&columns::schema());
    let mut writer = ArrowWriter::try_new(to, Arc::clone(&schema), Some(options)).map_err(unwritable)?;
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(unwritable)?;
    }
    let to = writer.into_inner().map_err(unwritable)?;
    Ok((rows, to))
}
