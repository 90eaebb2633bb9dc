//! The protocols against real peers: of the protocol crates, hand-made bad ones, and ones that are not ours.

mod file;
mod modbus;
mod support;
