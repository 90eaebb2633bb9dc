//! Configuration: as typed ([`GembaFile`], [`PlantFile`]), then checked ([`Plan`]), with every [`Fault`] at once;
//! written back where it changed and nowhere else.

mod bands;
mod check;
mod fault;
mod modes;
mod near;
mod plan;
mod ranges;
mod raw;
mod schema;
mod write;

pub(crate) use check::refuse_faults;
pub use fault::{Fault, Source};
pub use modes::ModeEntry;
pub(crate) use modes::is_known;
pub use plan::Plan;
pub use raw::{AssetEntry, GembaFile, Http, LearningEntry, PlantFile, SignalEntry, Site};
pub use schema::{Schema, schema};
pub(crate) use write::save;
