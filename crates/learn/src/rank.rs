//! Comparing two samples by ranks: no law is assumed, one wild value does not count more than another.

use statrs::distribution::{ContinuousCDF, Normal};

/// The two-sided p-value of the Wilcoxon–Mann–Whitney test that `a` and `b` come from the same law, by the normal
/// approximation with ties corrected (Mann and Whitney 1947; Lehmann 1975). What is not finite is left out; 1 when a side
/// is empty or all values are equal.
///
/// The values must be independent: thin samples of a slow signal first.
pub fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    let side = |values: &[f64], first: bool| {
        values.iter().copied().filter(|v| v.is_finite()).map(move |v| (v, first)).collect::<Vec<_>>()
    };
    let mut all = side(a, true);
    let first = all.len() as f64;
    all.extend(side(b, false));
    let (n, second) = (all.len() as f64, all.len() as f64 - first);
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut rank_sum, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|x, y| x.0.total_cmp(&y.0).is_eq()) {
        let t = equal.len() as f64;
        let ours = equal.iter().filter(|(_, first)| *first).count() as f64;
        rank_sum += ours * (before + f64::midpoint(t, 1.0));
        ties += t * t * t - t;
        before += t;
    }
    let variance = first * second / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)).max(1.0));
    if first == 0.0 || second == 0.0 || variance <= 0.0 {
        return 1.0;
    }
    let u = rank_sum - first * (first + 1.0) / 2.0;
    let off = ((u - first * second / 2.0).abs() - 0.5).max(0.0);
    2.0 * Normal::standard().sf(off / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_shift_is_seen_and_equal_laws_are_not() {
        let mut random = Random::new(3);
        let mut draw = |n: usize, mean: f64| (0..n).map(|_| mean + random.normal()).collect::<Vec<f64>>();
        assert!(mann_whitney(&draw(40, 0.0), &draw(40, 1.5)) < 1e-4);
        let small = (0..400).filter(|_| mann_whitney(&draw(20, 0.0), &draw(25, 0.0)) < 0.05).count();
        assert!((8..36).contains(&small), "{small} of 400 at 5 %");
    }

    #[test]
    fn a_textbook_value_and_the_edges() {
        // u = 0 of 25: z = (12.5 − 0.5) / √(25·11/12) = 2.507
        let p = mann_whitney(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 7.0, 8.0, 9.0, 10.0]);
        assert!((p - 0.0122).abs() < 1e-3, "{p}");
        assert!((mann_whitney(&[1.0, 1.0], &[1.0, 1.0, f64::NAN]) - 1.0).abs() < 1e-12);
        assert!((mann_whitney(&[], &[1.0]) - 1.0).abs() < 1e-12);
    }
}
