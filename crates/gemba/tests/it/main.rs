//! Faults that the real program survives: killed, cut off, full, lied to. Each test starts `gemba` as a person does,
//! but for those of the simulator's sensors, which go straight through the operators.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "helpers of tests are tests; they count in small whole numbers and throw random bytes"
)]

mod away;
mod battery;
mod clock;
mod commands;
mod device;
mod disk;
mod door;
mod house;
mod kill;
mod lies;
mod model;
mod noise;
mod plc;
mod products;
mod repair;
mod rims;
mod sensors;
mod work;
