//! How far each of some models is believed: stacking (Wolpert 1992) with weights that are not negative (Breiman 1996), by the
//! squared error of the probabilities (Ting and Witten 1999) of rows that none of the models had seen.

/// Rounds at most, and the change of a weight below which it ends.
const ROUNDS: (usize, f64) = (1000, 1e-9);

/// What models said of rows that they had not seen, summed up.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Sums of products of what two models said.
    products: Vec<Vec<f64>>,
    /// Sums of the probability of what came true.
    right: Vec<f64>,
}

impl Pool {
    /// Of so many models. One more row, on which each of them was as wrong as the next and in a way of its own, is taken as
    /// seen: few rows leave the weights about equal.
    pub fn new(models: usize) -> Self {
        let own = |i: usize| (0..models).map(|j| f64::from(u8::from(i == j))).collect();
        Self { products: (0..models).map(own).collect(), right: vec![0.0; models] }
    }

    /// Adds a row of a class: what each model said of every class.
    pub fn add(&mut self, said: &[Vec<f64>], class: usize) {
        for ((products, right), own) in self.products.iter_mut().zip(&mut self.right).zip(said) {
            *right += own.get(class).copied().unwrap_or_default();
            for (product, other) in products.iter_mut().zip(said) {
                *product += own.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
            }
        }
    }

    /// Weights, not negative, of sum 1, with the least squared error: as long as it helps, weight moves from one model to
    /// another, for each two as far as is best.
    pub fn weights(&self) -> Vec<f64> {
        let models = self.right.len();
        let mut weights = vec![1.0 / models as f64; models];
        for _ in 0..ROUNDS.0 {
            let mut moved = 0.0_f64;
            for to in 0..models {
                for from in 0..to {
                    moved = moved.max(self.exchange(&mut weights, to, from).abs());
                }
            }
            if moved < ROUNDS.1 {
                break;
            }
        }
        weights
    }

    fn exchange(&self, weights: &mut [f64], to: usize, from: usize) -> f64 {
        let product = |i: usize, j: usize| self.products.get(i).and_then(|p| p.get(j)).copied().unwrap_or_default();
        let slope = |i: usize| {
            let said: f64 = weights.iter().enumerate().map(|(j, w)| w * product(i, j)).sum();
            said - self.right.get(i).copied().unwrap_or_default()
        };
        let bend = product(to, to) + product(from, from) - 2.0 * product(to, from);
        let (Some(own), Some(other)) = (weights.get(to).copied(), weights.get(from).copied()) else { return 0.0 };
        let step = ((slope(from) - slope(to)) / bend.max(f64::MIN_POSITIVE)).clamp(-own, other);
        for (place, step) in [(to, step), (from, -step)] {
            if let Some(weight) = weights.get_mut(place) {
                *weight = (*weight + step).max(0.0);
            }
        }
        step
    }
}

/// Rows of each class, in their order, in as many stretches as `folds`: neighbours stay together, and each class is in each
/// fold as far as it has rows.
pub fn stretches(labels: &[usize], folds: usize) -> Vec<usize> {
    let classes = labels.iter().max().map_or(0, |last| last + 1);
    let count = |class: usize| labels.iter().filter(|l| **l == class).count();
    let counts: Vec<usize> = (0..classes).map(count).collect();
    let mut seen = vec![0_usize; classes];
    let fold = |label: &usize| {
        let (Some(seen), Some(all)) = (seen.get_mut(*label), counts.get(*label)) else { return 0 };
        *seen += 1;
        (*seen - 1) * folds / all.max(&1)
    };
    labels.iter().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn weights_are_those_of_the_least_squared_error() {
        // the truth is a mix of 7 parts of the first and 3 of the second; the third says nothing
        let mut random = Random::new(1);
        let mut pool = Pool::new(3);
        for _ in 0..50_000 {
            let (a, b) = (random.unit(), random.unit());
            let class = usize::from(random.unit() < 0.7 * a + 0.3 * b);
            pool.add(&[vec![1.0 - a, a], vec![1.0 - b, b], vec![0.5, 0.5]], class);
        }
        let weights = pool.weights();
        assert!((weights[0] - 0.7).abs() < 0.03 && (weights[1] - 0.3).abs() < 0.03 && weights[2] < 0.03, "{weights:?}");
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn who_is_always_wrong_gets_nothing_and_few_rows_say_little() {
        let mut pool = Pool::new(2);
        assert_eq!(pool.weights(), [0.5, 0.5]);
        pool.add(&[vec![0.9, 0.1], vec![0.1, 0.9]], 0);
        assert!(pool.weights()[0] > 0.6 && pool.weights()[0] < 0.9, "{:?}", pool.weights());
        (0..100).for_each(|_| pool.add(&[vec![0.9, 0.1], vec![0.1, 0.9]], 0));
        assert!(pool.weights()[0] > 0.98, "{:?}", pool.weights());
    }

    #[test]
    fn stretches_hold_neighbours_and_every_class() {
        let labels = [0, 0, 0, 0, 1, 1, 1, 1, 2];
        assert_eq!(stretches(&labels, 2), [0, 0, 1, 1, 0, 0, 1, 1, 0]);
        assert!(stretches(&[], 3).is_empty());
    }
}
