//! The newest value of signals: straight from the table in memory, without SQL.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt8Array, UInt32Array,
};
use gemba_plant::SignalId;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::names::Names;
use crate::{Error, Query};

/// The newest values: columns of equal length, in order of signal or as asked for. A signal without a value is left out.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
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
    #[schemars(with = "Option<Vec<String>>")]
    pub name: Option<FullNames>,
}

/// The full names of some signals, in order. They stay where they are and are copied once: into the answer.
#[derive(Clone, Debug)]
pub struct FullNames {
    known: Arc<Names>,
    signals: Vec<u32>,
}

impl FullNames {
    /// One after the other; empty for a signal that the catalogue does not know.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.signals.iter().map(|signal| self.known.full_name(*signal))
    }
}

impl Serialize for FullNames {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl Query {
    /// The newest values of these signals, or of all; with their full names when `named`.
    pub fn latest(&self, signals: Option<&[SignalId]>, named: bool) -> Latest {
        let samples = match signals {
            Some(signals) => signals.iter().filter_map(|signal| self.store.last(*signal)).collect(),
            None => self.store.last_all(),
        };
        let signal: Vec<u32> = samples.iter().map(|s| s.signal.get()).collect();
        Latest {
            name: named.then(|| FullNames { known: self.names(), signals: signal.clone() }),
            signal,
            time: samples.iter().map(|s| s.time.micros()).collect(),
            value: samples.iter().map(|s| s.value.is_finite().then_some(s.value)).collect(),
            quality: samples.iter().map(|s| s.quality.code()).collect(),
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
            columns.push(("name", Arc::new(StringArray::from_iter_values(names.iter())), false));
        }
        let failed = |error: arrow_schema::ArrowError| Error::Write { why: error.to_string() };
        let batch = RecordBatch::try_from_iter_with_nullable(columns).map_err(failed)?;
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(to, &batch.schema()).map_err(failed)?;
        writer.write(&batch).map_err(failed)?;
        writer.finish().map_err(failed)
    }
}
