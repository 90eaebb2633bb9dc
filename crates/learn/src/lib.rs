//! Algorithms only: signal processing, detectors, calibration; fit, then score.

pub mod bits;
pub mod change;
pub mod conformal;
pub mod cva;
pub mod deviation;
pub mod discriminant;
pub mod dynamic;
mod error;
pub mod grid;
pub mod level;
pub mod life;
pub mod limits;
pub mod normal;
pub mod pca;
pub mod peers;
pub mod phases;
pub mod random;
pub mod rank;
pub mod record;
pub mod regimes;
pub mod relate;
pub mod ridge;
pub mod score;
pub mod sensor;
pub mod sliding;
pub mod stats;
pub mod traffic;
pub mod trend;
pub mod wave;
pub mod windows;

pub use error::Error;
