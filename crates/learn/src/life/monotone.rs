//! Paths that only go one way.

/// The nearest rising path in least squares, by pooling adjacent violators (Robertson, Wright and Dykstra 1988). It
/// looks at the whole path, so it is for records; while a path grows, take its running maximum.
pub fn rising(path: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for value in path {
        pools.push((*value, 1));
        while let [.., (a, n), (b, m)] = pools.as_slice()
            && a > b
        {
            let pooled = ((a * *n as f64 + b * *m as f64) / (n + m) as f64, n + m);
            pools.truncate(pools.len() - 2);
            pools.push(pooled);
        }
    }
    pools.into_iter().flat_map(|(value, count)| std::iter::repeat_n(value, count)).collect()
}

/// The nearest falling path, as [`rising`].
pub fn falling(path: &[f64]) -> Vec<f64> {
    let mirrored: Vec<f64> = path.iter().map(|v| -v).collect();
    rising(&mirrored).iter().map(|v| -v).collect()
}

/// How much of its variance a path keeps when it is made to rise: 1 for a path that only rises, about 0 for noise or
/// one that falls. Of several features, the one that keeps most is the best index of wear.
pub fn monotonicity(path: &[f64]) -> f64 {
    let whole = crate::stats::variance(path);
    if whole > 0.0 { crate::stats::variance(&rising(path)) / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn what_goes_the_wrong_way_is_pooled() {
        assert_eq!(falling(&[3.0, 1.0, 2.0, 0.5]), [3.0, 1.5, 1.5, 0.5]);
        assert_eq!(rising(&[0.0, 2.0, 1.0]), [0.0, 1.5, 1.5]);
        assert!(rising(&[]).is_empty());
    }

    #[test]
    fn wear_is_told_from_noise() {
        let mut random = Random::new(6);
        let noise: Vec<f64> = (0..300).map(|_| random.normal()).collect();
        let wear: Vec<f64> = noise.iter().enumerate().map(|(i, n)| i as f64 * 0.05 + n).collect();
        let falls: Vec<f64> = wear.iter().map(|v| -v).collect();
        assert!(monotonicity(&wear) > 0.8 && monotonicity(&noise) < 0.15 && monotonicity(&falls) < 0.05);
        assert!(monotonicity(&[1.0; 5]).abs() < 1e-12);
    }
}
