//! How often something happens, from how often it did.

use statrs::distribution::{ContinuousCDF, Gamma};

/// Events for each unit of `exposure`, as a range that holds the true rate with probability `level` (0–1): exact for events by
/// chance (Garwood 1936, by the gamma distribution). The low end is 0 without events. None without exposure.
///
/// ```
/// let (lo, hi) = gemba_learn::rate::range(4, 2.0, 0.9).unwrap();
/// assert!((lo - 0.683).abs() < 1e-3 && (hi - 4.577).abs() < 1e-3);
/// ```
pub fn range(events: u32, exposure: f64, level: f64) -> Option<(f64, f64)> {
    let tail = (1.0 - level) / 2.0;
    let quantile = |shape: f64, p: f64| Gamma::new(shape, 1.0).ok().map(|d| d.inverse_cdf(p) / exposure);
    let count = f64::from(events);
    let lo = if events == 0 { 0.0 } else { quantile(count, tail)? };
    (exposure > 0.0).then_some((lo, quantile(count + 1.0, 1.0 - tail)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_that_of_the_tables_and_is_none_without_exposure() {
        // Garwood's table for a level of 95 %
        for (events, lo, hi) in [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39), (100, 81.36, 121.6)] {
            let told = range(events, 1.0, 0.95).unwrap();
            assert!((told.0 - lo).abs() <= 2e-4 * hi && (told.1 - hi).abs() <= 5e-4 * hi, "{events}: {told:?}");
        }
        assert_eq!(range(3, 0.0, 0.9), None);
    }
}
