//! A whole node on recorded files: stored, looked at, restarted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail the test")]

mod alarms;
mod backtest;
mod config;
mod files;
mod lanes;
mod models;
mod patterns;
mod paused;
