//! Normal behaviour of a machine: learned from a healthy head, then followed row by row.
//!
//! Judged are *features*: the level of each signal, freed from what its drivers (load, speed, set-points) explain, and
//! the time of day and week where the healthy rows show that they do;
//! for each signal that the others predict well, what it is off their prediction; and what always held between the
//! signals and their last rows, however far they wander together ([`Cva`](crate::cva::Cva)). Of every feature the
//! means over a short and a long window are compared with their learned [`Level`](crate::level::Level). The score is
//! the largest deviation over its limit. The limits share one false-alarm level `alpha`, and all of them are widened
//! until the healthy rows themselves keep it ([`conformal`](crate::conformal)).
//!
//! While nothing is wrong the expectation follows slow drift. Once the score passes 1 it is frozen, and the
//! condition lasts until most of the deviation is gone. What then remains is no new condition unless it rises again.
//! What has ended ends by the short window: the long one, which may have raised it, would remember it for long.
//!
//! A [`Watch`] holds one monitor for each operating state that the healthy rows fell into by themselves.

mod beyond;
mod calibrate;
mod fit;
mod follow;
mod judged;
mod relation;
mod watch;

pub use beyond::Stray;
pub use fit::{Feature, FeatureKind, Guides, Normal, Tuning};
pub use follow::{Monitor, Verdict};
pub use watch::Watch;

#[cfg(test)]
mod tests;
