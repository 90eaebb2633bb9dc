//! Questions to a real store in a temporary folder.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests are tests")]

mod export;
mod formula;
mod guard;
mod plant;
mod series;
mod sql;
