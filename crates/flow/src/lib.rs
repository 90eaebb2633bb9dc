//! Runs operators over ordered samples.
//!
//! Way in: payloads as they become durable ([`Pipeline::push`], [`Runner::offer`]) or as they are read back
//! ([`replay`], [`read_on`], [`in_order`]). Way out: what the operators hand on, each with its asset and the operator's name. One
//! [`Pipeline`] is the whole logic, synchronous and without a clock; [`Runner`] puts several of them on threads.
//!
//! Each asset has a *lane*. A lane holds rows until its *watermark* (the latest source time seen, less the
//! lateness, or what its slowest signal lies behind) has passed them, then gives them to each of its operators
//! in event-time order, ticks in between.
//!
//! **Invariants:** per signal, an operator sees strictly growing times, each row at most once; ticks and rows come
//! in event-time order. What an operator sees does not depend on how payloads were cut, in which order rows
//! arrived within the lateness, or on a checkpoint and restore in between. An operator that fails or panics stops
//! alone and is restarted from its last checkpoint. Every row that nobody gets is counted ([`Counters`]).
//!
//! ```
//! use std::sync::Arc;
//! use gemba_flow::{FlowConfig, LaneSpec, Pipeline};
//! use gemba_plant::port::{BoxFault, Operator, Outlet, Output};
//! use gemba_plant::{AssetId, Batch, Payload, Sample, SignalId, Timestamp};
//!
//! struct Echo;
//! impl Operator for Echo {
//!     fn name(&self) -> &str {
//!         "echo/1"
//!     }
//!     fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
//!         out.send(Output::Samples(batch.clone()));
//!         Ok(())
//!     }
//! }
//!
//! let mut pipeline = Pipeline::new(FlowConfig { lateness_ms: 0, ..FlowConfig::default() });
//! let signal = SignalId::new(7);
//! let lane = LaneSpec { asset: AssetId::new(1), signals: vec![signal], make: Arc::new(|| vec![Box::new(Echo)]) };
//! pipeline.set_lane(&lane).unwrap();
//! let now = Timestamp::from_secs(5);
//! let out = pipeline.push(Payload::Samples(Batch::from_rows(&[Sample::good(signal, now, 1.0)])), now);
//! assert_eq!(out.len(), 1);
//! ```

mod behind;
mod by_signal;
mod bytes;
mod checkpoint;
mod config;
mod counters;
mod error;
mod lag;
mod lane;
mod lanes;
mod pipeline;
mod queue;
mod replay;
mod rest;
mod runner;
mod slot;

pub use behind::Parts;
pub use checkpoint::Checkpoint;
pub use config::{FlowConfig, LaneSpec, Make};
pub use counters::{Counters, Health};
pub use error::Error;
pub use pipeline::{Pipeline, Produced};
pub use replay::{Replayed, in_order, read_on, replay};
pub use runner::{Outlets, Runner};
