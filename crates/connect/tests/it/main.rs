//! The protocols against real peers: of the protocol crates, hand-made bad ones, and ones that are not ours.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::float_cmp,
    clippy::zombie_processes,
    unreachable_pub,
    reason = "helpers of tests are tests; values travel bit by bit; peers end with their guard"
)]

mod broker;
mod file;
mod modbus;
mod mosquitto;
mod mqtt;
mod opcua;
mod opcua_user;
mod postgres;
mod sparkplug;
mod support;
