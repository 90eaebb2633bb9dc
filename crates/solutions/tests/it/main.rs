//! Operators of maintenance on synthetic machines with known faults.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests are tests")]

mod changes;
mod cycles;
mod golden;
mod life;
mod limits;
mod maintenance;
mod programme;
mod records;
mod reliability;
mod sensors;
mod waves;
