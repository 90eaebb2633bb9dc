//! One number for how far a machine has gone from its healthy head.

use serde::{Deserialize, Serialize};

use crate::{Error, stats};

/// The fewest healthy rows that are learned from.
const ROWS_MIN: usize = 6;

/// The distance of a row of features from the healthy head, in its robust standard deviations: zero is healthy. Only
/// features that rise count, for damage adds; give the negative of one that falls. Features that span decades, such as
/// energies, are best given as logarithms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HealthIndex {
    #[serde(with = "crate::bits")]
    centres: Vec<f64>,
    #[serde(with = "crate::bits")]
    scales: Vec<f64>,
}

impl HealthIndex {
    /// Learns from healthy rows, each with one value a feature. `least` is the smallest spread that is believed, in
    /// the features' unit: what a perfectly steady head cannot tell.
    ///
    /// # Errors
    /// When there are fewer than six rows, or rows of different length.
    pub fn fit(healthy: &[Vec<f64>], least: f64) -> Result<Self, Error> {
        let width = healthy.first().map_or(0, Vec::len);
        if healthy.len() < ROWS_MIN {
            return Err(Error::TooFewRows { what: "a health index", found: healthy.len(), needed: ROWS_MIN });
        }
        if let Some(row) = healthy.iter().find(|r| r.len() != width) {
            return Err(Error::Width { what: "a row", found: row.len(), expected: width });
        }
        let column = |j: usize| healthy.iter().filter_map(|r| r.get(j).copied()).collect::<Vec<f64>>();
        let centres = (0..width).map(|j| stats::median(&column(j))).collect();
        let scales = (0..width).map(|j| stats::mad_sigma(&column(j)).max(least)).collect();
        Ok(Self { centres, scales })
    }

    /// The index of a row: the root mean square of the deviations upwards. A feature that is missing is left out; NaN
    /// when all are.
    pub fn of(&self, row: &[f64]) -> f64 {
        let deviations = row.iter().zip(&self.centres).zip(&self.scales).map(|((v, c), s)| ((v - c) / s).max(0.0));
        // `max` takes NaN for nothing, so what is missing is told apart first
        let squares: Vec<f64> = deviations.zip(row).filter(|(_, v)| v.is_finite()).map(|(d, _)| d * d).collect();
        stats::mean(&squares).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn damage_counts_and_the_other_way_does_not() {
        let mut random = Random::new(1);
        let healthy: Vec<Vec<f64>> = (0..100).map(|_| vec![1.0 + 0.1 * random.normal(), random.normal()]).collect();
        let index = HealthIndex::fit(&healthy, 1e-3).unwrap();
        assert!(index.of(&[1.0, 0.0]) < 0.5 && index.of(&[0.5, -3.0]) < 0.2);
        let worn = index.of(&[2.0, 0.0]);
        assert!((5.0..9.0).contains(&worn), "{worn}");
        assert!(index.of(&[2.0, f64::NAN]) > worn && index.of(&[f64::NAN; 2]).is_nan());
        assert!(HealthIndex::fit(&healthy[..3], 1e-3).is_err());
    }
}
