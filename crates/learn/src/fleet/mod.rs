//! Remaining life, learned from machines of one kind that ran to failure: whole records in, for any later record of
//! such a machine a range of remaining cycles out.
//!
//! Signals are compared within their own operating regime ([`Normal`]), brought together into what of them wears
//! ([`Features`]), and read by models of different kinds, whose mean is the answer. Each model has seen all machines but
//! a share; what it then misses on those gives the range ([`Fleet`]).

mod features;
mod model;
mod normal;

pub use features::Features;
pub use model::{Config, Fleet, Judged, Life};
pub use normal::Normal;

/// What a machine showed from its first cycle on, a value a cycle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// What it was set to: columns, none at all where nothing is set.
    pub settings: Vec<Vec<f64>>,
    /// What was measured: columns.
    pub signals: Vec<Vec<f64>>,
}

impl Record {
    /// Cycles that all columns have.
    pub fn cycles(&self) -> usize {
        self.signals.iter().chain(&self.settings).map(Vec::len).min().unwrap_or(0)
    }

    /// The record as it was after its first `cycles`.
    #[must_use]
    pub fn until(&self, cycles: usize) -> Self {
        let cut = |columns: &[Vec<f64>]| columns.iter().map(|c| c.iter().copied().take(cycles).collect()).collect();
        Self { settings: cut(&self.settings), signals: cut(&self.signals) }
    }
}

#[cfg(test)]
mod tests;
