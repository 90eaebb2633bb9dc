//! How signals go together: rank correlation, and which one comes first.

use crate::stats;

/// Two signals that go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relation {
    /// Spearman's rank correlation at the best lag, −1 to 1.
    pub correlation: f64,
    /// By how many values the second follows the first; negative when it leads.
    pub lag: isize,
    /// Pairs of values behind it.
    pub pairs: usize,
    /// How likely two signals that have nothing to do with each other look like this at one lag: Student's *t* of the ranks, with
    /// as many pairs as are independent.
    pub p_value: f64,
}

/// The fewest pairs of values that are looked at: with fewer, not even a perfect order is beyond chance.
const PAIRS_MIN: usize = 8;

/// Ranks of the values, ties shared, scaled to mean 0; zero where there is no value.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> =
        values.iter().enumerate().filter(|(_, v)| v.is_finite()).map(|(i, v)| (*v, i)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let middle = (order.len().max(1) - 1) as f64 / 2.0;
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    for group in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let shared = from as f64 + (group.len() - 1) as f64 / 2.0 - middle;
        for (_, place) in group {
            if let Some(rank) = ranks.get_mut(*place) {
                *rank = shared;
            }
        }
        from += group.len();
    }
    ranks
}

/// How two signals, given as [`ranks`], go together at lags up to `lag_max` values to either side: the lag with the
/// largest correlation, the smallest of those nearly as good. None with too few values or one that never changes.
pub fn relate(first: &[f64], second: &[f64], lag_max: usize) -> Option<Relation> {
    let n = first.len().min(second.len());
    let reach = isize::try_from(lag_max.min(n / 4)).ok()?;
    let independent = independent(first, second);
    let at = |lag: isize| {
        let (a, b) = if lag >= 0 {
            (first.get(..n)?, second.get(lag.unsigned_abs()..n)?)
        } else {
            (first.get(lag.unsigned_abs()..n)?, second.get(..n)?)
        };
        let pairs = a.len().min(b.len());
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for (x, y) in a.iter().zip(b) {
            (ab, aa, bb) = (ab + x * y, aa + x * x, bb + y * y);
        }
        let correlation = ab / (aa * bb).sqrt();
        let p_value = chance(correlation, pairs as f64 * independent);
        (correlation.is_finite() && pairs >= PAIRS_MIN).then_some(Relation { correlation, lag, pairs, p_value })
    };
    let all: Vec<Relation> = (-reach..=reach).filter_map(at).collect();
    let best = stats::quantile(&all.iter().map(|r| r.correlation.abs()).collect::<Vec<_>>(), 1.0);
    all.into_iter().filter(|r| r.correlation.abs() >= best - 0.005).min_by_key(|r| r.lag.unsigned_abs())
}

/// The share of pairs that are independent when both signals remember: (1 − ab)/(1 + ab) of the correlations of neighbours
/// (Bartlett 1935).
fn independent(first: &[f64], second: &[f64]) -> f64 {
    let memory = |values: &[f64]| {
        let pairs: f64 = values.windows(2).filter_map(|w| Some(w.first()? * w.get(1)?)).sum();
        pairs / values.iter().map(|v| v * v).sum::<f64>()
    };
    let both = (memory(first) * memory(second)).clamp(0.0, 0.99);
    (1.0 - both) / (1.0 + both)
}

/// How likely a correlation this large is by chance, with so many independent pairs; 1 when there are too few to tell.
fn chance(correlation: f64, pairs: f64) -> f64 {
    let freedom = pairs - 2.0;
    let t = correlation.abs() * (freedom / (1.0 - correlation * correlation).max(1e-12)).sqrt();
    if freedom >= 1.0 && t.is_finite() { (2.0 * stats::student(-t, freedom)).min(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn noise(seed: u64, n: usize) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..n).map(|_| random.normal()).collect()
    }

    #[test]
    fn ranks_share_ties_and_pass_over_what_is_missing() {
        assert_eq!(ranks(&[5.0, f64::NAN, 1.0, 5.0]), [0.5, 0.0, -1.0, 0.5]);
    }

    #[test]
    fn who_follows_whom_is_found() {
        let cause = noise(1, 1000);
        let effect: Vec<f64> = (0..1000).map(|i| if i < 7 { 0.0 } else { -cause[i - 7].powi(3) }).collect();
        let found = relate(&ranks(&cause), &ranks(&effect), 20).unwrap();
        assert_eq!(found.lag, 7);
        assert!(found.correlation < -0.95, "{found:?}");
        assert_eq!(relate(&ranks(&effect), &ranks(&cause), 20).unwrap().lag, -7);
    }

    #[test]
    fn chance_is_told_of_few_pairs_and_of_signals_that_wander() {
        let wander = |seed, n| {
            let mut at = 0.0;
            noise(seed, n)
                .into_iter()
                .map(|step| {
                    at += step;
                    at
                })
                .collect::<Vec<f64>>()
        };
        let p = |a: &[f64], b: &[f64]| relate(&ranks(a), &ranks(b), 0).map_or(1.0, |r| r.p_value);
        let by_chance = |strangers: &dyn Fn(u64) -> f64| (0..400).filter(|seed| strangers(*seed) < 0.01).count();
        let few = by_chance(&|seed| p(&noise(seed, 12), &noise(seed + 1000, 12)));
        let wandering = by_chance(&|seed| p(&wander(seed, 60), &wander(seed + 1000, 60)));
        assert!(few <= 10 && wandering <= 16, "{few} and {wandering} of 400 at 1 in 100");
        let cause = noise(5, 12);
        let effect: Vec<f64> = cause.iter().zip(noise(6, 12)).map(|(c, n)| 3.0 * c + 0.3 * n).collect();
        assert!(p(&cause, &effect) < 1e-4 && relate(&ranks(&cause[..7]), &ranks(&effect[..7]), 0).is_none());
    }

    #[test]
    fn strangers_and_constants_are_told() {
        assert!(relate(&ranks(&noise(2, 2000)), &ranks(&noise(3, 2000)), 10).unwrap().correlation.abs() < 0.1);
        assert_eq!(relate(&ranks(&noise(2, 500)), &ranks(&[4.0; 500]), 10), None);
        assert_eq!(relate(&[], &[], 10), None);
    }
}
