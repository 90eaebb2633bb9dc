//! InfluxDB line protocol in: programs such as Telegraf write, over the server's HTTP door.
//!
//! `measurement,tag=value field=1.5,other=3i 1700000000000000000`. A connection of this protocol is what a writer calls its
//! database or bucket. An address is `measurement,tag=value field` with the tags in order. [`Inlet::write`] reads the
//! lines into columns and returns when they are durable: the receipt is [`Source::commit`]. A line that cannot be read
//! costs that line; the writer is told which and why.
//!
//! Numbers of any kind become doubles (whole numbers beyond 2⁵³ are rounded), `true` is 1, a text is a state.

mod config;
mod decode;
mod door;
mod known;
mod precision;
mod probe;
mod scan;
#[cfg(test)]
mod tests;

pub use config::Config;
pub use decode::LineFault;
pub use door::{Door, Inlet, Stopped, Written};
pub use precision::Precision;

use std::sync::Arc;

use gemba_plant::port::Source;

use crate::{Memory, Probe, Setting};

/// A source of what writers bring through `door`.
pub fn open(setting: Setting, door: &Door) -> Box<dyn Source> {
    Box::new(door::Mouth::open(setting, door))
}

/// Tells how writers come in, and which series came.
pub fn probe(config: &Config, memory: &Memory) -> Arc<dyn Probe> {
    Arc::new(probe::Waiter::of(config, memory))
}
