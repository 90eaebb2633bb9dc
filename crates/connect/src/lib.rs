//! Protocols: how machines speak to Gemba.
//!
//! One folder a protocol, the same files in each: `config.rs` (what a person writes), `source.rs` (the
//! link: connect, back off, resume), `decode.rs` (bytes to columns, pure) and `probe.rs` (test, browse, read).
//!
//! The way in is [`ConnectionConfig`]: [`ConnectionConfig::open`] gives a [`Source`] that connects by itself and
//! never gives up, [`ConnectionConfig::probe`] gives a [`Probe`] for the wizard and the command line. The way out
//! is [`gemba_plant::port::Arrival`].
//!
//! **Invariants:** nothing is decided here; a name becomes a signal only through [`Directory`]; a device is
//! told "done" only in [`Source::commit`]; a lost link marks its signals stale at once and bad after
//! [`Setting::bad_after`]; bad input costs one message, never the link and never a neighbour.

mod address;
mod backoff;
mod beside;
pub mod broker;
mod config;
mod error;
mod feed;
pub mod file;
pub mod ical;
pub mod influx;
mod memory;
pub mod modbus;
pub mod mqtt;
pub mod opcua;
pub mod postgres;
mod probe;
mod report;
mod setting;
pub mod sparkplug;
mod stale;

pub use address::HostPort;
pub use backoff::Backoff;
pub use config::{ConfigFault, ConnectionConfig, SecretRef};
pub use error::Error;
pub use gemba_plant::port::{Directory, Source};
pub use memory::{Memory, Rejected};
pub use probe::{Ask, BrowseNode, Probe, ReadValue, Rounds, Step, TestReport};
pub use setting::{Bound, Setting};
pub use stale::Staleness;
