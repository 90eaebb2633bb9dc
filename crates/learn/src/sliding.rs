//! Statistics of the last values of a stream, kept up value by value.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The median of the last values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlidingMedian {
    window: usize,
    recent: VecDeque<u64>,
    #[serde(with = "crate::bits")]
    sorted: Vec<f64>,
}

impl SlidingMedian {
    /// Of the last `window` values, one at least.
    pub fn new(window: usize) -> Self {
        Self { window: window.max(1), ..Self::default() }
    }

    /// Takes the next value, which must not be NaN.
    pub fn push(&mut self, value: f64) {
        self.sorted.insert(self.place(value), value);
        self.recent.push_back(value.to_bits());
        if self.recent.len() > self.window
            && let Some(old) = self.recent.pop_front()
        {
            let place = self.place(f64::from_bits(old));
            if place < self.sorted.len() {
                self.sorted.remove(place);
            }
        }
    }

    fn place(&self, value: f64) -> usize {
        self.sorted.partition_point(|v| v.total_cmp(&value).is_lt())
    }

    /// The median; NaN before the first value.
    pub fn median(&self) -> f64 {
        crate::stats::quantile_sorted(&self.sorted, 0.5)
    }
}

/// The mean of the last values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlidingMean {
    window: usize,
    recent: VecDeque<u64>,
}

impl SlidingMean {
    /// Of the last `window` values, one at least. For short windows: the sum is taken anew each time, so that no
    /// error adds up.
    pub fn new(window: usize) -> Self {
        Self { window: window.max(1), ..Self::default() }
    }

    /// Takes the next value and gives the mean; none before the window is full.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        self.recent.push_back(value.to_bits());
        if self.recent.len() > self.window {
            self.recent.pop_front();
        }
        let sum: f64 = self.recent.iter().map(|bits| f64::from_bits(*bits)).sum();
        (self.recent.len() == self.window).then(|| sum / self.window as f64)
    }
}

/// The largest of the last values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlidingMax {
    window: usize,
    count: usize,
    /// Falling values with their places: each is the largest of all that came after the one before it.
    falling: VecDeque<(usize, u64)>,
}

impl SlidingMax {
    /// Of the last `window` values, one at least.
    pub fn new(window: usize) -> Self {
        Self { window: window.max(1), ..Self::default() }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) {
        while self.falling.back().is_some_and(|(_, last)| f64::from_bits(*last) <= value) {
            self.falling.pop_back();
        }
        self.falling.push_back((self.count, value.to_bits()));
        self.count += 1;
        while self.falling.front().is_some_and(|(place, _)| place + self.window < self.count) {
            self.falling.pop_front();
        }
    }

    /// The largest; none before the first value.
    pub fn max(&self) -> Option<f64> {
        self.falling.front().map(|(_, bits)| f64::from_bits(*bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::stats;

    #[test]
    fn they_agree_with_what_they_stand_for() {
        let mut random = Random::new(4);
        let values: Vec<f64> = (0..500).map(|_| (random.normal() * 4.0).round()).collect();
        let (mut median, mut mean, mut max) = (SlidingMedian::new(20), SlidingMean::new(20), SlidingMax::new(20));
        for (i, value) in values.iter().enumerate() {
            median.push(*value);
            max.push(*value);
            let window = &values[(i + 1).saturating_sub(20)..=i];
            assert!((median.median() - stats::median(window)).abs() < 1e-12, "{i}");
            assert_eq!(max.max(), Some(stats::quantile(window, 1.0)), "{i}");
            match mean.push(*value) {
                Some(m) => assert!((m - stats::mean(window)).abs() < 1e-12),
                None => assert!(i < 19),
            }
        }
        assert!(SlidingMedian::new(3).median().is_nan() && SlidingMax::new(3).max().is_none());
    }
}
