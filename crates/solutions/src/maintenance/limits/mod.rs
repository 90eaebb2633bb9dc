//! Limits that a person sets, or else those of standards and good practice: they protect from the first day, and go on
//! when models have learned.

pub mod iso10816;
mod operator;
mod watch;
mod watched;

pub(in crate::maintenance) use operator::NAME;
pub use operator::{DayZeroConfig, DayZeroLimits};
pub(crate) use watch::{Watch, WatchMemory};
pub use watched::{LimitLine, limit_keys, limit_lines};
pub(crate) use watched::{WatchedLimit, life_key, limits_of};
