//! Configuration: as typed ([`GembaFile`], [`PlantFile`]), then checked ([`Plan`]), with every [`Fault`] at once.

mod fault;
mod plan;
mod raw;
mod schema;

pub use fault::{Fault, Source};
pub use plan::Plan;
pub use raw::{AssetEntry, GembaFile, Http, PlantFile, SignalEntry, Site};
pub use schema::{Schema, schema};
