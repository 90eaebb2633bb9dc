//! Operators of maintenance on synthetic machines with known faults.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests are tests")]

mod battery;
mod changes;
mod cycles;
mod doubt;
mod fleet;
mod golden;
mod healthy;
mod life;
mod limits;
mod lively;
mod maintenance;
mod programme;
mod records;
mod reliability;
mod risk;
mod sensors;
mod waves;
