//! The virtual plant from outside: what it computes, and what real clients hear at its doors.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests are tests"
)]

mod doors;
mod physics;
mod seeds;
mod support;
