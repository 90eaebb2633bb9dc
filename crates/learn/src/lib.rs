//! Algorithms only: signal processing, detectors, calibration; fit, then score.

pub mod bits;
pub mod conformal;
pub mod cva;
pub mod discriminant;
pub mod dynamic;
mod error;
pub mod grid;
pub mod level;
pub mod life;
pub mod limits;
pub mod normal;
pub mod packed;
pub mod pca;
pub mod peers;
pub mod random;
pub mod rank;
pub mod regimes;
pub mod ridge;
pub mod sensor;
pub mod stats;
pub mod wave;

pub use error::Error;
