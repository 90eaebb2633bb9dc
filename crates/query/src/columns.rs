//! Samples as the columns of the table `samples`.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float64Array, RecordBatch, RecordBatchOptions, StringViewArray, TimestampMicrosecondArray, UInt32Array,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow_select::take::take;
use gemba_plant::{Batch, Quality};

use crate::names::Names;

/// Points in time, everywhere.
pub(crate) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The columns of `samples`.
pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("signal", DataType::Utf8View, true),
        Field::new("signal_id", DataType::UInt32, false),
        Field::new("asset", DataType::Utf8View, true),
        Field::new("time", time_type(), false),
        Field::new("ingest", time_type(), false),
        Field::new("value", DataType::Float64, true),
        Field::new("quality", DataType::Utf8View, false),
        Field::new("status", DataType::UInt32, false),
    ]))
}

/// A batch as the wanted columns of `samples`.
pub(crate) fn record(
    batch: &Batch,
    names: &Names,
    wanted: &[usize],
    schema: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let columns = wanted.iter().map(|column| one(batch, names, *column)).collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.len()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

fn one(batch: &Batch, names: &Names, column: usize) -> Result<ArrayRef, ArrowError> {
    let time = |micros: &[i64]| TimestampMicrosecondArray::from(micros.to_vec()).with_timezone("UTC");
    Ok(match column {
        0 => names.signals_of(batch.signals())?,
        1 => Arc::new(UInt32Array::from(batch.signals().to_vec())),
        2 => names.assets_of(batch.signals())?,
        3 => Arc::new(time(batch.times())),
        4 => Arc::new(time(batch.ingests())),
        5 => Arc::new(batch.values().iter().map(|v| (!v.is_nan()).then_some(*v)).collect::<Float64Array>()),
        6 => words(batch.qualities())?,
        _ => Arc::new(UInt32Array::from(batch.statuses().to_vec())),
    })
}

/// The columns of a formula's outcomes.
pub(crate) fn formula_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("formula", DataType::Utf8View, false),
        Field::new("time", time_type(), false),
        Field::new("value", DataType::Float64, true),
        Field::new("quality", DataType::Utf8View, false),
    ]))
}

/// Outcomes of a formula as the columns of [`formula_schema`].
pub(crate) fn formula_record(text: &str, batch: &Batch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let texts: StringViewArray = std::iter::repeat_n(Some(text), batch.len()).collect();
    let time = TimestampMicrosecondArray::from(batch.times().to_vec()).with_timezone("UTC");
    let values: Float64Array = batch.values().iter().map(|v| (!v.is_nan()).then_some(*v)).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(texts), Arc::new(time), Arc::new(values), words(batch.qualities())?];
    RecordBatch::try_new(Arc::clone(schema), columns)
}

fn words(codes: &[u8]) -> Result<ArrayRef, ArrowError> {
    let all = [Quality::Good, Quality::Uncertain, Quality::Stale, Quality::Bad];
    let words: StringViewArray = all.iter().map(|quality| Some(quality.as_str())).collect();
    let rows: UInt32Array = codes.iter().map(|code| Some(u32::from(Quality::from_code(*code).code()))).collect();
    take(&words, &rows, None)
}
