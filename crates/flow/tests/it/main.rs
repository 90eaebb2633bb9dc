//! The engine from outside.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::needless_for_each,
    reason = "helpers of tests are tests"
)]

mod order;
mod pipeline;
mod props;
mod replay;
mod runner;
mod support;
