//! What one repair of a sensor would be: a reading on another scale, or two that were exchanged.

use serde::{Deserialize, Serialize};

/// What would make the rows fit again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Repair {
    /// The column reads `gain` · truth + `offset`.
    Scaled {
        /// Which.
        column: usize,
        /// The factor.
        #[serde(with = "crate::bits::one")]
        gain: f64,
        /// What is added.
        #[serde(with = "crate::bits::one")]
        offset: f64,
    },
    /// Each of the two columns reads what the other should.
    Exchanged {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
}

impl Repair {
    /// The row as it would be with it.
    pub fn repaired(&self, row: &[f64]) -> Vec<f64> {
        let mut row = row.to_vec();
        match *self {
            Self::Scaled { column, gain, offset } => {
                row.get_mut(column).into_iter().for_each(|v| *v = (*v - offset) / gain);
            }
            Self::Exchanged { first, second } if first.max(second) < row.len() => row.swap(first, second),
            Self::Exchanged { .. } => {}
        }
        row
    }

    /// The columns that it is about.
    pub fn columns(&self) -> Vec<usize> {
        match *self {
            Self::Scaled { column, .. } => vec![column],
            Self::Exchanged { first, second } => vec![first, second],
        }
    }
}

/// Who may be suspected of what.
pub struct Suspects<'a> {
    /// Columns of sensors, not of what somebody wants.
    pub sensors: &'a [usize],
    /// Whether two columns measure the same kind of quantity.
    pub alike: &'a dyn Fn(usize, usize) -> bool,
    /// Other scales that are known for a column, gain and offset, besides powers of ten. Where nothing is added, the inverse
    /// is one too.
    pub scales: &'a dyn Fn(usize) -> &'static [(f64, f64)],
    /// Whether any other factor may be a scale of a column: one above 1, or below.
    pub any: &'a dyn Fn(usize, bool) -> bool,
}

impl std::fmt::Debug for Suspects<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suspects").field("sensors", &self.sensors).finish_non_exhaustive()
    }
}
