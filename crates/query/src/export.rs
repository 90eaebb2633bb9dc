//! Samples as files for other programs.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use gemba_plant::port::Past;
use gemba_plant::{Batch, SignalId, TimeRange};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{plain, plain_schema, write_csv_rows, write_line};
use crate::names::Names;
use crate::{Error, Formula, Query, columns};

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
            let mut file = File::new(format, &columns::schema(), to)?;
            for batch in batches {
                file.write(&batch?)?;
            }
            file.finish()
        })
        .await
    }

    /// Writes a formula over signals as [`Query::export`] writes signals, with columns formula, time, value (empty: none) and
    /// quality.
    ///
    /// # Errors
    /// When the text is no formula, the store cannot be read or the writer fails.
    pub async fn export_formula<W: Write + Send + 'static>(
        &self,
        text: &str,
        range: TimeRange,
        format: Format,
        to: W,
    ) -> Result<(u64, W), Error> {
        let (store, names, text) = (self.store.clone(), self.names(), text.to_owned());
        self.blocking(move || {
            let formula = Formula::read(&text, &names.catalogue)?;
            let schema = columns::formula_schema();
            let mut file = File::new(format, &schema, to)?;
            formula.batches((&store, &names.catalogue), range, |batch| {
                let record = columns::formula_record(&formula.text, &batch, &schema).and_then(|record| plain(&record));
                file.write(&record.map_err(|error| Error::Run { why: error.to_string() })?)
            })?;
            file.finish()
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

/// A file that is being written.
enum File<W: Write + Send> {
    Csv { to: W, rows: u64 },
    Parquet { writer: Box<ArrowWriter<W>>, rows: u64 },
}

impl<W: Write + Send> File<W> {
    fn new(format: Format, schema: &SchemaRef, mut to: W) -> Result<Self, Error> {
        if format == Format::Csv {
            write_line(&mut to, schema.fields().iter().map(|field| field.name().as_str())).map_err(unwritable)?;
            return Ok(Self::Csv { to, rows: 0 });
        }
        let options = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(to, plain_schema(schema), Some(options)).map_err(unwritable)?;
        Ok(Self::Parquet { writer: Box::new(writer), rows: 0 })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let (Self::Csv { rows, .. } | Self::Parquet { rows, .. }) = self;
        *rows += batch.num_rows() as u64;
        match self {
            Self::Csv { to, .. } => write_csv_rows(to, batch),
            Self::Parquet { writer, .. } => writer.write(batch).map_err(unwritable),
        }
    }

    /// The rows that were written, and the writer.
    fn finish(self) -> Result<(u64, W), Error> {
        match self {
            Self::Csv { mut to, rows } => to.flush().map(|()| (rows, to)).map_err(unwritable),
            Self::Parquet { writer, rows } => Ok((rows, writer.into_inner().map_err(unwritable)?)),
        }
    }
}
