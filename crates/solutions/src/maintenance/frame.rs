//! What the operators that learn have in common: a memory that is kept, rows out of a grid, and findings that end.

use gemba_learn::grid::Grid;
use gemba_plant::port::{BoxFault, Outlet};
use gemba_plant::{Batch, Finding, FindingState, Quality, SignalId, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::normal::Trace;
use crate::Error;

/// Everything that changes while an operator runs. It is kept whole, with its version.
pub(super) trait Memory: Serialize + DeserializeOwned {
    /// Whether the other one is of the same version and signals.
    fn like(&self, other: &Self) -> bool;

    /// As it is kept.
    fn keep(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Goes on with what `operator` kept.
    ///
    /// # Errors
    /// When it cannot be read, or is of another version or asset.
    fn recall(&mut self, operator: &'static str, kept: &[u8]) -> Result<(), BoxFault> {
        let fail = |why: String| BoxFault::from(Error::State { operator, why });
        let kept: Self = serde_json::from_slice(kept).map_err(|e| fail(e.to_string()))?;
        if !kept.like(self) {
            return Err(fail("it is of another version or asset".into()));
        }
        *self = kept;
        Ok(())
    }
}

/// Looks at an asset row by row.
pub(super) trait Rowwise {
    /// Where samples become rows.
    fn grid(&mut self) -> &mut Grid;

    /// Memory for the row that is looked at, so that none is asked for a row.
    fn spare(&mut self) -> &mut Vec<f64>;

    /// The column of a signal; none when it is not looked at.
    fn column(&self, signal: SignalId) -> Option<usize>;

    /// Looks at the row of `time`, µs.
    fn row(&mut self, time: i64, row: &[f64], out: &mut Outlet);

    /// Takes samples, and looks at the rows that are complete by them. What is not good is no value.
    fn take(&mut self, batch: &Batch, out: &mut Outlet) {
        for sample in batch.rows() {
            let Some(column) = self.column(sample.signal) else { continue };
            let (time, good) = (sample.time.micros(), sample.quality == Quality::Good);
            self.grid().arrive(time);
            self.rows(time.saturating_sub(1), out);
            self.grid().put(time, column, if good { sample.value } else { f64::NAN });
        }
    }

    /// Looks at the rows that are complete up to `until`, µs.
    fn rows(&mut self, until: i64, out: &mut Outlet) {
        while let Some(time) = self.grid().next_row(until) {
            let mut row = std::mem::take(self.spare());
            row.clear();
            row.extend_from_slice(self.grid().row());
            self.row(time, &row, out);
            *self.spare() = row;
        }
    }
}

/// Ends at `time`, µs, what was found, if anything was.
pub(super) fn end(finding: &mut Option<Box<Finding>>, trace: &mut Trace, time: i64, out: &mut Outlet) {
    if let Some(mut finding) = finding.take() {
        finding.state = FindingState::Cleared;
        finding.until = Timestamp::from_micros(time);
        trace.reset_pace();
        out.finding(*finding);
    }
}
