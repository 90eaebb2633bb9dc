//! Limits of standards and good practice: they protect from the first day, and go on when models have learned.

pub mod iso10816;
mod operator;
mod watch;

pub(in crate::maintenance) use operator::NAME;
pub(crate) use operator::limit_of;
pub use operator::{DayZeroConfig, DayZeroLimits};
pub(crate) use watch::{Watch, WatchMemory, WatchedLimit};
