//! Small robust statistics over slices. What is not finite is left out everywhere.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The finite values, in order.
pub fn finite(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|v| v.is_finite()).collect()
}

/// The mean of the finite values; NaN when there is none.
pub fn mean(values: &[f64]) -> f64 {
    let (sum, n) = values.iter().filter(|v| v.is_finite()).fold((0.0, 0_u32), |(sum, n), v| (sum + v, n + 1));
    sum / f64::from(n)
}

/// The sample variance (n − 1) of the finite values; zero with fewer than two.
pub fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    let (sum, n) = values
        .iter()
        .filter(|v| v.is_finite())
        .fold((0.0, 0_u32), |(sum, n), v| (sum + (v - centre) * (v - centre), n + 1));
    if n < 2 { 0.0 } else { sum / f64::from(n - 1) }
}

/// The quantile `q` (0–1) of the finite values, by linear interpolation; NaN when there is none.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = finite(values);
    sorted.sort_unstable_by(f64::total_cmp);
    quantile_sorted(&sorted, q)
}

/// As [`quantile`], of values that are finite and ascending already.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position inside a slice, not negative")]
pub fn quantile_sorted(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = q.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (position.floor() as usize, position.ceil() as usize);
    match (sorted.get(low), sorted.get(high)) {
        (Some(a), Some(b)) => a + (b - a) * (position - low as f64),
        _ => f64::NAN,
    }
}

/// The median of the finite values; NaN when there is none.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The median absolute deviation times 1.4826: the standard deviation of a normal sample, robustly.
pub fn mad_sigma(values: &[f64]) -> f64 {
    let centre = median(values);
    let deviations: Vec<f64> = values.iter().map(|v| (v - centre).abs()).collect();
    1.4826 * median(&deviations)
}

/// The probability that a Student t variable is at most `t`; a half where either number is none, so that what was not measured
/// is no evidence.
pub fn student(t: f64, freedom: f64) -> f64 {
    let law = StudentsT::new(0.0, 1.0, freedom).ok().filter(|_| !t.is_nan());
    law.map_or(0.5, |law| law.cdf(t))
}

/// The middle one of three.
pub fn median3(a: f64, b: f64, c: f64) -> f64 {
    a.max(b).min(a.min(b).max(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_left_out() {
        let values = [1.0, f64::NAN, 3.0, f64::INFINITY, 5.0];
        assert!((mean(&values) - 3.0).abs() < 1e-12);
        assert!((variance(&values) - 4.0).abs() < 1e-12);
        assert!((median(&values) - 3.0).abs() < 1e-12);
        assert!(median(&[f64::NAN]).is_nan());
    }

    #[test]
    fn one_wild_value_does_not_move_the_robust_scale() {
        let mut values: Vec<f64> = (0..101).map(f64::from).collect();
        let calm = mad_sigma(&values);
        values.push(1e9);
        assert!((mad_sigma(&values) / calm - 1.0).abs() < 0.05);
    }

    #[test]
    fn what_was_not_measured_is_no_evidence() {
        for (t, freedom) in [(f64::NAN, 5.0), (1.0, f64::NAN), (1.0, 0.0)] {
            assert!((student(t, freedom) - 0.5).abs() < 1e-12, "{t} {freedom}");
        }
        // a table's value, and the ends
        assert!((student(2.571, 5.0) - 0.975).abs() < 1e-4);
        assert!((student(f64::NEG_INFINITY, 5.0), 1.0 - student(f64::INFINITY, 5.0)) == (0.0, 0.0));
    }

    #[test]
    fn the_middle_one_of_three() {
        for (a, b, c) in [(1.0, 2.0, 3.0), (3.0, 1.0, 2.0), (2.0, 3.0, 1.0), (3.0, 2.0, 1.0)] {
            assert!((median3(a, b, c) - 2.0).abs() < 1e-12);
        }
    }
}
