//! Findings and alarms for SQL.

use gemba_plant::{Alarm, Finding};
use gemba_query::Records;

use crate::Error;
use crate::state::{AlarmFilter, FindingFilter, State};

/// Rows of a small table that SQL sees: the newest.
const ROWS_MAX: usize = 100_000;

/// Reads the small tables for [`gemba_query`].
#[derive(Debug)]
pub(crate) struct Tables(pub(crate) State);

impl Records for Tables {
    fn findings(&self) -> Vec<(u64, Finding)> {
        let rows = self.0.findings(&FindingFilter { limit: ROWS_MAX, ..FindingFilter::default() });
        or_empty(rows).into_iter().map(|row| (row.id, row.finding)).collect()
    }

    fn alarms(&self) -> Vec<Alarm> {
        or_empty(self.0.alarms(&AlarmFilter { limit: ROWS_MAX, ..AlarmFilter::default() }))
    }
}

fn or_empty<T>(rows: Result<Vec<T>, Error>) -> Vec<T> {
    rows.unwrap_or_else(|error| {
        tracing::error!(%error, "SQL sees no rows of a small table");
        Vec::new()
    })
}
