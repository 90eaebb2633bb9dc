//! What SQL gives back, within bounds.

use std::io::Write;
use std::time::Duration;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use datafusion::arrow::compute::cast;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;

/// How much a query may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows of the answer; what is beyond is cut off and said so. Default 10 000.
    pub rows: usize,
    /// Bytes of the answer; what is beyond is cut off and said so. Default 64 000 000.
    pub bytes: usize,
    /// How long it may run, ms. Default 30 000.
    pub timeout_ms: u64,
    /// Memory for sorting, grouping and joining, bytes. Default 256 000 000.
    pub memory_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 10_000, bytes: 64_000_000, timeout_ms: 30_000, memory_bytes: 256_000_000 }
    }
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// `text`, `number`, `integer`, `boolean`, `time`, or the engine's own word.
    #[serde(rename = "type")]
    pub kind: String,
}

/// One value of an answer, as JSON shows it. Times are RFC 3339 texts; NaN and infinities are null.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// No value.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that is never negative.
    UInt(u64),
    /// A number.
    Float(f64),
    /// Anything else.
    Text(String),
}

/// An answer: columns of plain types (texts are `Utf8`), cut off at the limits.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The columns.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// Whether there was more than the limits allow.
    pub truncated: bool,
    /// How long it took.
    pub elapsed: Duration,
    /// How many lake files were opened for it.
    pub files: usize,
}

impl Answer {
    /// The columns by name and kind.
    pub fn columns(&self) -> Vec<Column> {
        columns_of(&self.schema)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All rows as cells.
    ///
    /// # Errors
    /// When a type cannot be shown.
    pub fn rows(&self) -> Result<Vec<Vec<Cell>>, Error> {
        let mut rows = Vec::with_capacity(self.len());
        for batch in &self.batches {
            let columns: Vec<Vec<Cell>> = batch.columns().iter().map(cells).collect::<Result<_, _>>().map_err(run)?;
            let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
            for _ in 0..batch.num_rows() {
                rows.push(columns.iter_mut().map(|column| column.next().unwrap_or(Cell::Null)).collect());
            }
        }
        Ok(rows)
    }

    /// Writes the answer as CSV (RFC 4180) with a header; null is empty.
    ///
    /// # Errors
    /// When writing fails or a type cannot be shown.
    pub fn write_csv(&self, to: &mut dyn Write) -> Result<(), Error> {
        let header: Vec<String> = self.schema.fields().iter().map(|field| field.name().clone()).collect();
        write_line(to, header.iter().map(String::as_str)).map_err(|error| Error::Write { why: error.to_string() })?;
        self.batches.iter().try_for_each(|batch| write_csv_rows(to, batch))
    }

    /// Writes the answer as an Arrow IPC stream.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_arrow(&self, to: &mut dyn Write) -> Result<(), Error> {
        let failed = |error: ArrowError| Error::Write { why: error.to_string() };
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(to, &self.schema).map_err(failed)?;
        self.batches.iter().try_for_each(|batch| writer.write(batch)).map_err(failed)?;
        writer.finish().map_err(failed)
    }
}

fn run(error: impl std::fmt::Display) -> Error {
    Error::Run { why: error.to_string() }
}

/// The columns of a schema by name and kind.
pub(crate) fn columns_of(schema: &Schema) -> Vec<Column> {
    let kind = |field: &Field| match field.data_type() {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "text".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Timestamp(..) => "time".to_owned(),
        whole if whole.is_integer() => "integer".to_owned(),
        number if number.is_numeric() => "number".to_owned(),
        other => other.to_string().to_lowercase(),
    };
    schema.fields().iter().map(|field| Column { name: field.name().clone(), kind: kind(field) }).collect()
}

/// The rows with views and dictionaries resolved, so that every reader of Arrow understands them, and nothing
/// larger than the rows is held.
pub(crate) fn plain(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View | DataType::Dictionary(..) | DataType::LargeUtf8 => cast(column, &DataType::Utf8),
        _ => Ok(ArrayRef::clone(column)),
    });
    RecordBatch::try_new_with_options(
        plain_schema(&batch.schema()),
        columns.collect::<Result<_, _>>()?,
        &arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows())),
    )
}

/// The columns of [`plain`].
pub(crate) fn plain_schema(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8View | DataType::Dictionary(..) | DataType::LargeUtf8 => {
            Field::new(field.name(), DataType::Utf8, field.is_nullable())
        }
        _ => field.as_ref().clone(),
    });
    std::sync::Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn cells(column: &ArrayRef) -> Result<Vec<Cell>, ArrowError> {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
    let rows = 0..column.len();
    let unless_null = |row: usize, cell: Cell| if column.is_null(row) { Cell::Null } else { cell };
    Ok(match column.data_type() {
        DataType::Null => rows.map(|_| Cell::Null).collect(),
        DataType::Boolean => rows.map(|row| unless_null(row, Cell::Bool(column.as_boolean().value(row)))).collect(),
        kind if kind.is_signed_integer() => {
            let whole = cast(column, &DataType::Int64)?;
            rows.map(|row| unless_null(row, Cell::Int(whole.as_primitive::<Int64Type>().value(row)))).collect()
        }
        kind if kind.is_unsigned_integer() => {
            let whole = cast(column, &DataType::UInt64)?;
            rows.map(|row| unless_null(row, Cell::UInt(whole.as_primitive::<UInt64Type>().value(row)))).collect()
        }
        kind if kind.is_numeric() => {
            let number = cast(column, &DataType::Float64)?;
            let values = number.as_primitive::<Float64Type>();
            rows.map(|row| unless_null(row, finite(values.value(row)))).collect()
        }
        _ => {
            let options = FormatOptions::default();
            let text = ArrayFormatter::try_new(column.as_ref(), &options)?;
            rows.map(|row| Ok(unless_null(row, Cell::Text(text.value(row).try_to_string()?))))
                .collect::<Result<_, ArrowError>>()?
        }
    })
}

fn finite(value: f64) -> Cell {
    if value.is_finite() { Cell::Float(value) } else { Cell::Null }
}

/// The rows of a batch as lines of CSV, without a header.
pub(crate) fn write_csv_rows(to: &mut dyn Write, batch: &RecordBatch) -> Result<(), Error> {
    let options = FormatOptions::default();
    let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
    let columns: Vec<ArrayFormatter<'_>> = columns.collect::<Result<_, _>>().map_err(run)?;
    for row in 0..batch.num_rows() {
        let texts: Vec<String> =
            columns.iter().map(|column| column.value(row).try_to_string()).collect::<Result<_, _>>().map_err(run)?;
        write_line(to, texts.iter().map(String::as_str)).map_err(|error| Error::Write { why: error.to_string() })?;
    }
    Ok(())
}

/// One line of CSV.
pub(crate) fn write_line<'a>(to: &mut dyn Write, texts: impl Iterator<Item = &'a str>) -> std::io::Result<()> {
    for (index, text) in texts.enumerate() {
        if index > 0 {
            to.write_all(b",")?;
        }
        if text.contains([',', '"', '\n', '\r']) {
            write!(to, "\"{}\"", text.replace('"', "\"\""))?;
        } else {
            to.write_all(text.as_bytes())?;
        }
    }
    to.write_all(b"\r\n")
}
