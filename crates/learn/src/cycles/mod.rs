//! Machines that repeat a cycle: a press, a conveyor with gaps, a compressor that switches on and off.
//!
//! One signal is the *clock*: its values come in the same order again and again, and at least one of them lasts about
//! equally long each time. The [`Finder`] looks for it on the stream, label-free, in a few words of memory a signal: for
//! each code of a signal (a state's number; high or low of a gauge) it follows the median of its duration, the share of
//! durations near that median, and the code that follows most often. A machine without a clear cycle has no clock.
//!
//! The [`Cutter`] turns the stream into one row a cycle: how long each phase lasted, how often the order was broken,
//! and for signals that [take part](taking_part) their mean in each part of each phase. Such rows are what any model of
//! rows learns from ([`normal::Watch`](crate::normal::Watch)).
//!
//! [`phases`](crate::phases) is for tables at a fixed step with many signals of two values: it keeps a course row by row.

mod cut;
mod find;
mod track;
mod usual;

use serde::{Deserialize, Serialize};

pub use cut::{Cutter, Row, taking_part};
pub use find::Finder;
pub use usual::{Offset, Usual};

/// A phase of the cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// The clock's code: the number of a state, or 0 for low and 1 for high.
    pub code: i64,
    /// How long it usually lasts, µs, > 0.
    pub usual_us: i64,
    /// Whether it lasts about equally long each time; a wait does not.
    pub regular: bool,
}

/// The signal that tells the phases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// Its column.
    pub column: usize,
    /// The phases in their order.
    pub phases: Vec<Phase>,
    /// Columns of states that stay for many cycles: a product, a recipe.
    pub contexts: Vec<usize>,
    coder: track::Coder,
}

impl Clock {
    /// How long a cycle usually takes, µs.
    pub fn period_us(&self) -> i64 {
        self.phases.iter().map(|p| p.usual_us).sum()
    }
}

#[cfg(test)]
mod tests;
