//! Algorithms only: signal processing, detectors, calibration; fit, then score.

mod bits;
pub mod conformal;
mod error;
pub mod grid;
pub mod level;
pub mod normal;
pub mod random;
pub mod ridge;
pub mod stats;

pub use error::Error;
