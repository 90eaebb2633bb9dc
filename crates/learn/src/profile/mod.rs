//! Stretches that look alike: where else a shape stands, what recurs, and what stands alone (the matrix profile).
//!
//! Windows are compared by the Euclidean distance of their values about their own mean over their own spread, so that
//! neither level nor size counts, only shape. With several signals d² is the mean over them. For windows of m values
//! and a correlation r it is d² = 2m(1 − r) (Mueen et al., *The fastest similarity search algorithm for time series
//! subsequences under Euclidean distance*, 2017; Yeh et al., *Matrix Profile I*, ICDM 2016).
//!
//! A window in which any signal has a missing value is far from everything: gaps are never bridged. A signal that stays
//! constant in a window has no shape: it counts as r = 1 beside another such window, as r = ½ (d² = m) beside any other.

mod join;
mod mass;
mod pick;
mod window;

pub use join::Join;
pub use mass::{distances, strengths};
pub use pick::{Match, nearest};

/// The likeness of two windows of `rows` values at `distance`: the mean correlation of their signals, 1 for the same
/// shape, 0 for shapes that have nothing in common.
pub fn likeness(distance: f64, rows: usize) -> f64 {
    1.0 - distance * distance / (2.0 * rows.max(1) as f64)
}

/// The mean of squared distances over signals, from the mean of their correlations.
fn distance(correlation: f64, rows: usize) -> f64 {
    (2.0 * rows as f64 * (1.0 - correlation)).max(0.0).sqrt()
}

#[cfg(test)]
mod tests;
