//! Normal behaviour of a machine: learned from a healthy head, then followed row by row.
//!
//! Judged are *features*: the level of each signal, freed from what its drivers (load, speed, set-points) explain;
//! and, for each signal that the others predict well, what it is off their prediction. Of every feature the means
//! over a short and a long window are compared with their learned [`Level`](crate::level::Level). The score is the
//! largest deviation over its limit, and the limits share one false-alarm level `alpha`.
//!
//! While nothing is wrong the expectation follows slow drift. Once the score passes 1 it is frozen, and the
//! condition lasts until most of the deviation is gone. What then remains is no new condition unless it rises again.

mod fit;
mod follow;

pub use fit::{Feature, FeatureKind, Normal, Tuning};
pub use follow::{Monitor, Verdict};

#[cfg(test)]
mod tests;
