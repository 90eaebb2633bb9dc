//! What is made small: its gradients, its start, and the best value of a leaf.

use serde::{Deserialize, Serialize};

use super::histogram::Pair;

/// What a model is fitted for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Loss {
    /// The mean: squared error.
    Squared,
    /// A quantile (0–1): pinball loss.
    Quantile(f64),
    /// The log-odds of a target that is 0 or 1.
    Logistic,
    /// One score a class of a target 0, 1 … n − 1, whose softmax is the probability.
    Softmax(usize),
}

/// The smallest hessian of a row whose probability is all but certain.
const HESSIAN_MIN: f64 = 1e-6;

impl Loss {
    /// The best constant scores for targets with weights.
    pub(crate) fn start(self, targets: &[(f64, f64)]) -> Vec<f64> {
        let weight: f64 = targets.iter().map(|(_, w)| w).sum();
        let share = |of: &dyn Fn(f64) -> f64| targets.iter().map(|(y, w)| of(*y) * w).sum::<f64>() / weight;
        match self {
            Self::Squared => vec![share(&|y| y)],
            Self::Quantile(q) => vec![weighted_quantile(targets.to_vec(), q)],
            Self::Logistic => {
                let p = share(&|y| y).clamp(1e-6, 1.0 - 1e-6);
                vec![(p / (1.0 - p)).ln()]
            }
            Self::Softmax(classes) => {
                (0..classes).map(|k| share(&|y| f64::from(is_class(y, k))).max(1e-6).ln()).collect()
            }
        }
    }

    /// Gradient and hessian by output `k` of a row with these scores.
    #[allow(clippy::cast_possible_truncation, reason = "f32 gradients halve the memory that is walked")]
    pub(crate) fn pair(self, scores: &[f64], target: f64, weight: f64, k: usize) -> Pair {
        let score = scores.get(k).copied().unwrap_or_default();
        let (gradient, hessian) = match self {
            Self::Squared => (score - target, 1.0),
            Self::Quantile(q) => (if score > target { 1.0 - q } else { -q }, 1.0),
            Self::Logistic => {
                let p = sigmoid(score);
                (p - target, (p * (1.0 - p)).max(HESSIAN_MIN))
            }
            Self::Softmax(_) => {
                let p = softmax_at(scores, k);
                (p - f64::from(is_class(target, k)), (2.0 * p * (1.0 - p)).max(HESSIAN_MIN))
            }
        };
        ((gradient * weight) as f32, (hessian * weight) as f32)
    }

    /// The loss of a row.
    pub(crate) fn of(self, scores: &[f64], target: f64) -> f64 {
        let score = scores.first().copied().unwrap_or_default();
        match self {
            Self::Squared => (score - target).powi(2),
            Self::Quantile(q) => (target - score) * (q - f64::from(target < score)),
            Self::Logistic => {
                -(target * sigmoid(score).max(1e-15).ln()) - (1.0 - target) * (1.0 - sigmoid(score)).max(1e-15).ln()
            }
            Self::Softmax(classes) => {
                let own = (0..classes).find(|k| is_class(target, *k)).unwrap_or(0);
                -softmax_at(scores, own).max(1e-15).ln()
            }
        }
    }
}

fn is_class(target: f64, class: usize) -> bool {
    (target - class as f64).abs() < 0.5
}

/// The logistic function.
pub(crate) fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

fn softmax_at(scores: &[f64], k: usize) -> f64 {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = scores.iter().map(|s| (s - top).exp()).sum();
    scores.get(k).map_or(0.0, |s| (s - top).exp() / sum)
}

/// The smallest value that has at least the share `q` of the weight at or below it.
pub(crate) fn weighted_quantile(mut pairs: Vec<(f64, f64)>, q: f64) -> f64 {
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = q * pairs.iter().map(|(_, w)| w).sum::<f64>();
    let mut sum = 0.0;
    for (value, weight) in &pairs {
        sum += weight;
        if sum >= wanted {
            return *value;
        }
    }
    pairs.last().map_or(0.0, |(value, _)| *value)
}
