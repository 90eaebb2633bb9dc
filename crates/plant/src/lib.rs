//! Values and contracts of a plant.
//!
//! Everything that crosses a crate border in Gemba is defined here: what a plant is made of
//! ([`Asset`], [`Signal`], [`Catalogue`]), what travels ([`Batch`], [`Waveform`], [`Frame`]), what is
//! concluded ([`Finding`], [`Alarm`]) and the traits in [`port`] in which
//! the other crates meet.
//!
//! **Invariant:** no I/O, no clock, no thread, no randomness, no protocol and no file format. The
//! same input gives the same output, byte for byte.
//!
//! ```
//! use gemba_plant::{BatchBuilder, Quality, Sample, SignalId, Timestamp};
//!
//! let mut rows = BatchBuilder::new();
//! rows.push(Sample::good(SignalId::new(7), Timestamp::from_millis(1_000), 4.5));
//! let batch = rows.finish();
//! assert_eq!(batch.len(), 1);
//! assert_eq!(batch.row(0).map(|s| s.quality), Some(Quality::Good));
//! ```

mod alarm;
mod asset;
mod band;
mod batch;
mod catalogue;
mod change;
mod finding;
mod gap;
mod id;
mod limits;
mod nameplate;
mod payload;
pub mod port;
mod quality;
mod signal;
mod template;
mod time;
mod unit;
mod unit_name;

pub use alarm::{Alarm, AlarmClass, AlarmState, Priority};
pub use asset::{Asset, AssetPath, Learning, Level, PathError};
pub use band::{Band, BandQuantity, BandUnit};
pub use batch::{Batch, BatchBuilder, BatchError, Sample};
pub use catalogue::{Catalogue, CatalogueError};
pub use change::{ChangeKind, ChangePoint};
pub use finding::{
    Comparison, Contribution, Evidence, Finding, FindingKind, FindingState, Joins, PathPoint, RETURNS_WITHIN,
    RemainingLife, Spell,
};
pub use gap::{Gap, GapReason};
pub use id::{AssetId, SignalId};
pub use limits::Limits;
pub use nameplate::{BearingGeometry, BearingOrders, GearStage, Nameplate, Support};
pub use payload::{Frame, FrameFormat, Payload, Waveform};
pub use quality::Quality;
pub use signal::{Binding, Range, Role, Signal, SignalKind};
pub use template::{
    ActionPriority, BEARING, DayZeroLimit, Direction, Effect, ExpectedSignal, FailureMode, LimitRule, NEVER_SEEN,
    Ranks, Repair, Spare, Symptom, Template,
};
pub use time::{TimeRange, Timestamp, civil_from_days, days_from_civil};
pub use unit::Unit;
