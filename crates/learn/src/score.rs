//! What a detector says about a row, and the mean over the last of them.

use serde::{Deserialize, Serialize};

/// A score with its reasons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// How unusual the row is: higher is more unusual; only the order has a meaning.
    pub score: f64,
    /// Each signal's part, as far as the score can be divided among signals; all are 0 or more.
    pub contributions: Vec<f64>,
}

/// The mean over the last `width` values.
///
/// Given out for the newest of them it is causal; given out for the middle one, `width / 2` values later, it is the
/// centred mean with a fixed lag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrailingMean {
    #[serde(with = "crate::bits")]
    ring: Vec<f64>,
    width: usize,
    at: usize,
    #[serde(with = "crate::bits::one")]
    sum: f64,
}

impl TrailingMean {
    /// Over `width` values, at least one.
    pub fn new(width: usize) -> Self {
        let width = width.max(1);
        Self { ring: Vec::with_capacity(width), width, at: 0, sum: 0.0 }
    }

    /// How many values it is over.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Takes a value and gives the mean of those there are; what is not finite counts as 0.
    pub fn push(&mut self, value: f64) -> f64 {
        let value = if value.is_finite() { value } else { 0.0 };
        if let Some(oldest) = self.ring.get_mut(self.at) {
            self.sum += value - *oldest;
            *oldest = value;
        } else {
            self.ring.push(value);
            self.sum += value;
        }
        self.at = (self.at + 1) % self.width;
        if self.at == 0 {
            self.sum = self.ring.iter().sum(); // so that rounding never adds up
        }
        self.mean()
    }

    /// The mean of the values there are; 0 before the first.
    pub fn mean(&self) -> f64 {
        self.sum / self.ring.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_over_what_there_is_and_then_over_the_last() {
        let mut mean = TrailingMean::new(3);
        let means: Vec<f64> = [3.0, 5.0, 1.0, 0.0, f64::NAN, 8.0].iter().map(|v| mean.push(*v)).collect();
        let want = [3.0, 4.0, 3.0, 2.0, 1.0 / 3.0, 8.0 / 3.0];
        assert!(means.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{means:?}");
        assert!((TrailingMean::new(0).push(7.0) - 7.0).abs() < 1e-12);
    }
}
