//! With how many decimals values were recorded, and rounding to fewer.

/// Decimals beyond which a number is taken as it is.
pub const DECIMALS_MAX: i32 = 9;
/// How far from a whole number of units a value may be, in units …
const OFF: f64 = 1e-3;
/// … and as a share of it: a number of 32 bits is no more exact.
const OFF_SHARE: f64 = 1.2e-7;

/// The fewest decimals, 0 to [`DECIMALS_MAX`], with which all usable values can be written.
pub fn of(values: &[f64]) -> i32 {
    let fits = |value: f64, decimals: i32| {
        let units = value * 10_f64.powi(decimals);
        (units - units.round()).abs() <= OFF.max(OFF_SHARE * units.abs()).min(0.1)
    };
    let usable = values.iter().filter(|v| v.is_finite());
    usable.fold(0, |most, value| (most..DECIMALS_MAX).find(|d| fits(*value, *d)).unwrap_or(DECIMALS_MAX))
}

/// The value with so many decimals; as it is from [`DECIMALS_MAX`] on.
pub fn rounded(value: f64, decimals: i32) -> f64 {
    let unit = 10_f64.powi(decimals);
    if decimals >= DECIMALS_MAX { value } else { (value * unit).round() / unit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn decimals_are_counted_and_taken_away() {
        let mut random = Random::new(1);
        let values: Vec<f64> = (0..50).map(|_| 40.0 + random.normal()).chain([f64::NAN, -7.0]).collect();
        assert_eq!(of(&values), DECIMALS_MAX);
        for decimals in 0..5 {
            let less: Vec<f64> = values.iter().map(|v| rounded(*v, decimals)).collect();
            assert_eq!(of(&less), decimals);
        }
        assert_eq!((of(&[1.0, 200.0, f64::NAN]), of(&[]), of(&[f64::from(2.98_f32), f64::from(36.47_f32)])), (0, 0, 2));
        assert!(
            (rounded(2.509_729_922, 2) - 2.51).abs() < 1e-12
                && (rounded(0.123_456_789_123, 9) - 0.123_456_789_123).abs() < 1e-15
        );
    }
}
