use nalgebra::DMatrix;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Variates that are summed side by side: a sum alone waits for each of its additions.
const SIDE_BY_SIDE: usize = 8;

/// What each value of a window weighs in each variate, of which there are as many. Saved as one row of weights for each
/// variate.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Weights {
    size: usize,
    /// For each group of variates that are summed side by side, for each value of a window, the weights.
    groups: Vec<[f64; SIDE_BY_SIDE]>,
}

impl Weights {
    /// A variate for each column.
    pub(super) fn new(weights: &DMatrix<f64>) -> Self {
        let size = weights.nrows();
        let weight = |value: usize, variate: usize| weights.get((value, variate)).copied().unwrap_or(0.0);
        let group = |first: usize| (0..size).map(move |value| std::array::from_fn(|i| weight(value, first + i)));
        Self { size, groups: (0..size).step_by(SIDE_BY_SIDE).flat_map(group).collect() }
    }

    /// How many variates there are.
    pub(super) fn len(&self) -> usize {
        self.size
    }

    /// The weights of one variate.
    pub(super) fn of(&self, variate: usize) -> impl Iterator<Item = f64> + '_ {
        let group = self.groups.chunks_exact(self.size.max(1)).nth(variate / SIDE_BY_SIDE).unwrap_or_default();
        group.iter().filter_map(move |weights| weights.get(variate % SIDE_BY_SIDE).copied())
    }

    /// Shows the variates of a window.
    pub(super) fn project(&self, window: &[f64], mut see: impl FnMut(f64)) {
        let mut left = self.size;
        for group in self.groups.chunks_exact(self.size.max(1)) {
            for variate in sums(group, window).into_iter().take(left) {
                see(variate);
            }
            left = left.saturating_sub(SIDE_BY_SIDE);
        }
    }
}

fn sums(group: &[[f64; SIDE_BY_SIDE]], window: &[f64]) -> [f64; SIDE_BY_SIDE] {
    let mut sums = [0.0; SIDE_BY_SIDE];
    for (weights, value) in group.iter().zip(window) {
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += weight * value;
        }
    }
    sums
}

impl Serialize for Weights {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let all: Vec<f64> = (0..self.size).flat_map(|variate| self.of(variate)).collect();
        crate::bits::serialize(&all, to)
    }
}

impl<'de> Deserialize<'de> for Weights {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let all = crate::bits::deserialize(from)?;
        let size = all.len().isqrt();
        if size * size != all.len() {
            return Err(serde::de::Error::custom("there is not one weight for each value and variate"));
        }
        Ok(Self::new(&DMatrix::from_vec(size, size, all)))
    }
}
