//! Findings and alarms as tables for SQL.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array};
use gemba_plant::{Alarm, Timestamp};

use crate::state::{AlarmFilter, FindingFilter, State, StoredFinding, word};

/// Rows of a small table that SQL sees: the newest.
const ROWS_MAX: usize = 100_000;

/// Reads the small tables for [`gemba_query`].
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) state: State,
    pub(crate) registry: Arc<crate::registry::Registry>,
}

impl Tables {
    fn asset_path(&self, id: gemba_plant::AssetId) -> String {
        self.registry.catalogue().asset(id).map(|a| a.path.to_string()).unwrap_or_default()
    }

    /// The table `findings`, newest first.
    pub(crate) fn findings(&self) -> Option<RecordBatch> {
        let rows = self.state.findings(&FindingFilter { limit: ROWS_MAX, ..FindingFilter::default() }).ok()?;
        let text = |of: &dyn Fn(&StoredFinding) -> String| -> ArrayRef { Arc::new(StringArray::from_iter_values(rows.iter().map(of))) };
        let time = |of: &dyn Fn(&StoredFinding) -> Timestamp| times(rows.iter().map(of));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(UInt64Array::from_iter_values(rows.iter().map(|r| r.id)))),
            ("asset", text(&|r| self.asset_path(r.finding.asset))),
            ("key", text(&|r| r.finding.key.clone())),
            ("kind", text(&|r| word(&r.finding.kind))),
            ("state", text(&|r| word(&r.finding.state))),
            ("since", time(&|r| r.finding.since)),
            ("until", time(&|r| r.finding.until)),
            ("created", time(&|r| r.created)),
            ("severity", Arc::new(Float64Array::from_iter_values(rows.iter().map(|r| r.finding.severity)))),
            ("probability", Arc::new(Float64Array::from_iter_values(rows.iter().map(|r| r.finding.probability)))),
            ("p_value", Arc::new(rows.iter().map(|r| r.finding.p_value).collect::<Float64Array>())),
            ("title", text(&|r| r.finding.title.clone())),
            ("explanation", text(&|r| r.finding.explanation.clone())),
            ("failure_mode", Arc::new(rows.iter().map(|r| r.finding.failure_mode.clone()).collect::<StringArray>())),
            ("model", text(&|r| r.finding.model.clone())),
        ];
        RecordBatch::try_from_iter(columns).ok()
    }

    /// The table `alarms`, newest first.
    pub(crate) fn alarms(&self) -> Option<RecordBatch> {
        let rows = self.state.alarms(&AlarmFilter { limit: ROWS_MAX, ..AlarmFilter::default() }).ok()?;
        let text = |of: &dyn Fn(&Alarm) -> String| -> ArrayRef { Arc::new(StringArray::from_iter_values(rows.iter().map(of))) };
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(UInt64Array::from_iter_values(rows.iter().map(|r| r.id)))),
            ("asset", text(&|r| self.asset_path(r.asset))),
            ("key", text(&|r| r.key.clone())),
            ("class", text(&|r| word(&r.class))),
            ("priority", text(&|r| word(&r.priority))),
            ("state", text(&|r| word(&r.state))),
            ("since", times(rows.iter().map(|r| r.since))),
            ("changed", times(rows.iter().map(|r| r.changed))),
            ("message", text(&|r| r.message.clone())),
            ("cause", text(&|r| r.cause.clone())),
            ("response", text(&|r| r.response.clone())),
            ("by", Arc::new(rows.iter().map(|r| r.by.clone()).collect::<StringArray>())),
            ("comment", Arc::new(rows.iter().map(|r| r.comment.clone()).collect::<StringArray>())),
        ];
        RecordBatch::try_from_iter(columns).ok()
    }
}

fn times(of: impl Iterator<Item = Timestamp>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(of.map(Timestamp::micros)).with_timezone("UTC"))
}
