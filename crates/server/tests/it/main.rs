//! The server over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests"
)]

mod abuse;
mod analyze;
mod cases;
mod client;
mod house;
mod lives;
mod maintenance;
mod matrix;
mod models;
mod openapi;
mod pages;
mod problems;
mod records;
mod runs;
mod signin;
mod stream;
mod tls;
mod waves;
mod work;
mod write;
