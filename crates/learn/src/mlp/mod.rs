//! A small feed-forward network for regression: rectified layers, squared error, trained by Adam with decoupled decay
//! (Loshchilov and Hutter 2019) over shuffled batches, the rate falling to nothing as a cosine. One thread, seeded.

mod train;

use serde::{Deserialize, Serialize};

use crate::Error;

/// How a network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Neurons of each hidden layer.
    pub hidden: Vec<usize>,
    /// Passes over the rows.
    pub epochs: usize,
    /// Rows of a batch.
    pub batch: usize,
    /// The first step.
    pub rate: f64,
    /// Decay of the weights in a step of rate 1.
    pub decay: f64,
    /// The share of a hidden layer's outputs left out at random while training, 0 up to 1.
    pub dropout: f64,
    /// The seed of start, order and what is left out.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { hidden: vec![64, 32], epochs: 20, batch: 128, rate: 2e-3, decay: 1e-2, dropout: 0.1, seed: 1 }
    }
}

/// A trained network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mlp {
    #[serde(with = "crate::bits")]
    means: Vec<f64>,
    #[serde(with = "crate::bits")]
    scales: Vec<f64>,
    layers: Vec<Layer>,
    #[serde(with = "crate::bits::pair")]
    target: [f64; 2],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Layer {
    /// One row of inputs for each output.
    #[serde(with = "crate::bits")]
    weights: Vec<f64>,
    #[serde(with = "crate::bits")]
    bias: Vec<f64>,
}

/// Inputs count at most this many standard deviations: far outside of what was seen, the answer stays put.
const FAR: f64 = 4.0;

impl Mlp {
    /// Trains on rows of features, their targets and their weights (not negative).
    ///
    /// # Errors
    /// When there is no row, rows differ in length, or a number is not finite.
    pub fn fit(rows: &[&[f64]], targets: &[f64], weights: &[f64], config: &Config) -> Result<Self, Error> {
        const WHAT: &str = "a network";
        let width = rows.first().map_or(0, |r| r.len());
        if rows.is_empty() || width == 0 {
            return Err(Error::TooFewRows { what: WHAT, found: 0, needed: 1 });
        }
        if let Some(row) = rows.iter().find(|r| r.len() != width) {
            return Err(Error::Width { what: "a row", found: row.len(), expected: width });
        }
        if targets.len() != rows.len() || weights.len() != rows.len() {
            let found = targets.len().min(weights.len());
            return Err(Error::Width { what: "the target or the weights", found, expected: rows.len() });
        }
        let bad = rows.iter().copied().flatten().chain(targets).chain(weights).find(|v| !v.is_finite());
        if let Some(value) = bad {
            return Err(Error::OutOfRange { what: WHAT, name: "a value", value: *value, allowed: "finite numbers" });
        }
        let n = rows.len() as f64;
        let mut means = vec![0.0; width];
        let mut scales = vec![0.0; width];
        for row in rows {
            means.iter_mut().zip(*row).for_each(|(m, v)| *m += v / n);
        }
        for row in rows {
            scales.iter_mut().zip(*row).zip(&means).for_each(|((s, v), m)| *s += (v - m) * (v - m) / n);
        }
        for scale in &mut scales {
            *scale = if *scale > 0.0 { scale.sqrt() } else { 1.0 };
        }
        let centre = targets.iter().sum::<f64>() / n;
        let spread = (targets.iter().map(|y| (y - centre) * (y - centre)).sum::<f64>() / n).sqrt();
        let target = [centre, if spread > 0.0 { spread } else { 1.0 }];
        let mut network = Self { means, scales, layers: Vec::new(), target };
        let inputs: Vec<f32> = rows.iter().flat_map(|r| network.scaled(r)).map(train::narrow).collect();
        let outputs: Vec<f32> = targets.iter().map(|y| train::narrow((y - centre) / network.target_scale())).collect();
        let weights: Vec<f32> = weights.iter().map(|w| train::narrow(*w)).collect();
        network.layers = train::train(&train::Data { inputs, outputs, weights, width }, config);
        Ok(network)
    }

    fn target_scale(&self) -> f64 {
        self.target.last().copied().unwrap_or(1.0)
    }

    fn scaled(&self, row: &[f64]) -> Vec<f64> {
        let cells = row.iter().zip(&self.means).zip(&self.scales);
        cells.map(|((v, m), s)| ((v - m) / s).clamp(-FAR, FAR)).collect()
    }

    /// The answer for a row.
    pub fn predict(&self, row: &[f64]) -> f64 {
        let mut values = self.scaled(row);
        for (place, layer) in self.layers.iter().enumerate() {
            let last = place + 1 == self.layers.len();
            let of = |(weights, bias): (&[f64], &f64)| {
                let sum = bias + weights.iter().zip(&values).map(|(w, v)| w * v).sum::<f64>();
                if last { sum } else { sum.max(0.0) }
            };
            values = layer.weights.chunks(values.len().max(1)).zip(&layer.bias).map(of).collect();
        }
        let [centre, scale] = self.target;
        centre + scale * values.first().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn rows(n: usize, seed: u64) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut random = Random::new(seed);
        let rows: Vec<Vec<f64>> = (0..n).map(|_| vec![random.normal(), 100.0 * random.normal(), 7.0]).collect();
        let target = rows.iter().map(|r| 50.0 + 10.0 * (r[0] * r[1] / 100.0) + 5.0 * r[0].abs()).collect();
        (rows, target)
    }

    #[test]
    fn a_product_and_a_corner_are_learned() {
        let ((train, target), (unseen, truth)) = (rows(3000, 1), rows(500, 2));
        let borrowed: Vec<&[f64]> = train.iter().map(Vec::as_slice).collect();
        let config = Config { epochs: 30, dropout: 0.0, ..Config::default() };
        let network = Mlp::fit(&borrowed, &target, &vec![1.0; 3000], &config).unwrap();
        let wrong: f64 = unseen.iter().zip(&truth).map(|(r, y)| (network.predict(r) - y).powi(2)).sum();
        let spread: f64 = truth.iter().map(|y| (y - 54.0).powi(2)).sum();
        assert!(wrong < 0.03 * spread, "{}", wrong / spread);
        assert_eq!(network, Mlp::fit(&borrowed, &target, &vec![1.0; 3000], &config).unwrap());
        let kept: Mlp = serde_json::from_str(&serde_json::to_string(&network).unwrap()).unwrap();
        assert_eq!(kept, network);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let config = Config::default();
        assert!(Mlp::fit(&[], &[], &[], &config).is_err());
        assert!(Mlp::fit(&[&[1.0], &[1.0, 2.0]], &[1.0, 2.0], &[1.0, 1.0], &config).is_err());
        assert!(Mlp::fit(&[&[f64::NAN]], &[1.0], &[1.0], &config).is_err());
        assert!(Mlp::fit(&[&[1.0]], &[1.0, 2.0], &[1.0], &config).is_err());
    }
}
