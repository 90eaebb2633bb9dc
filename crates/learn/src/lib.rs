//! Algorithms only: signal processing, detectors, calibration; fit, then score.

pub mod bits;
pub mod boost;
pub mod change;
pub mod committee;
pub mod conformal;
pub mod cva;
pub mod discriminant;
pub mod dynamic;
mod error;
pub mod fleet;
pub mod forest;
pub mod grid;
pub mod kmeans;
pub mod level;
pub mod life;
pub mod limits;
pub mod mlp;
pub mod normal;
pub mod pca;
pub mod peers;
pub mod random;
pub mod rank;
pub mod record;
pub mod regimes;
pub mod relate;
pub mod ridge;
pub mod sensor;
pub mod sliding;
pub mod stats;
pub mod survival;
pub mod traffic;
pub mod trend;
pub mod wave;

pub use error::Error;
