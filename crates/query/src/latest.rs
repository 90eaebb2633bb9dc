//! The newest value of signals: straight from the table in memory, without SQL.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt8Array, UInt32Array,
};
use gemba_plant::SignalId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Error, Query};

/// The newest values: columns of equal length, in order of signal or as asked for. A signal without a value is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Latest {
    /// Which signal.
    pub signal: Vec<u32>,
    /// Source time, microseconds since the epoch.
    pub time: Vec<i64>,
    /// The value; null when there is none.
    pub value: Vec<Option<f64>>,
    /// How far to trust it: 0 good, 1 uncertain, 2 stale, 3 bad.
    pub quality: Vec<u8>,
    /// The full name; only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Vec<String>>,
}

impl Query {
    /// The newest values of these signals, or of all; with their full names when `named`.
    pub fn latest(&self, signals: Option<&[SignalId]>, named: bool) -> Latest {
        let samples = match signals {
            Some(signals) => signals.iter().filter_map(|signal| self.store.last(*signal)).collect(),
            None => self.store.last_all(),
        };
        let known = self.names();
        Latest {
            signal: samples.iter().map(|s| s.signal.get()).collect(),
            time: samples.iter().map(|s| s.time.micros()).collect(),
            value: samples.iter().map(|s| s.value.is_finite().then_some(s.value)).collect(),
            quality: samples.iter().map(|s| s.quality.code()).collect(),
            name: named.then(|| samples.iter().map(|s| known.full_name(s.signal.get()).to_owned()).collect()),
        }
    }
}

impl Latest {
    /// Writes the columns as an Arrow IPC stream of one batch.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_arrow(self, to: &mut dyn Write) -> Result<(), Error> {
        let mut columns: Vec<(&str, ArrayRef, bool)> = vec![
            ("signal", Arc::new(UInt32Array::from(self.signal)), false),
            ("time", Arc::new(TimestampMicrosecondArray::from(self.time).with_timezone("UTC")), false),
            ("value", Arc::new(Float64Array::from(self.value)), true),
            ("quality", Arc::new(UInt8Array::from(self.quality)), false),
        ];
        if let Some(names) = self.name {
            columns.push(("name", Arc::new(StringArray::from(names)), false));
        }
        let failed = |error: arrow_schema::ArrowError| Error::Write { why: error.to_string() };
        let batch = RecordBatch::try_from_iter_with_nullable(columns).map_err(failed)?;
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(to, &batch.schema()).map_err(failed)?;
        writer.write(&batch).map_err(failed)?;
        writer.finish().map_err(failed)
    }
}
