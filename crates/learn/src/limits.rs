//! Limits of classical monitoring statistics.

use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

use crate::Error;

/// The upper limit of Hotelling's T² of a new row, at false-alarm level `alpha`: a model of `components`
/// components learned from `rows` rows: a(n² − 1)/(n(n − a)) · F(1 − α; a, n − a).
///
/// # Errors
/// When there are not more rows than components, or `alpha` does not lie between 0 and 1.
pub fn t2(rows: usize, components: usize, alpha: f64) -> Result<f64, Error> {
    let (n, a) = (rows as f64, components as f64);
    let fail = |name, value, allowed| Error::OutOfRange { what: "the limit of T²", name, value, allowed };
    if components == 0 || rows <= components {
        return Err(fail("the number of rows", n, "more than the number of components, which is at least 1"));
    }
    if alpha.is_nan() || alpha <= 0.0 || alpha >= 1.0 {
        return Err(fail("the level", alpha, "0 to 1, both excluded"));
    }
    let Ok(f) = FisherSnedecor::new(a, n - a) else { return Err(fail("the number of components", a, "1 or more")) };
    Ok(a * (n * n - 1.0) / (n * (n - a)) * f.inverse_cdf(1.0 - alpha))
}

/// The upper limit of the squared prediction error Q at level `alpha`, by matching the mean and variance of the
/// learned errors with g·χ²(h) (Box).
///
/// # Errors
/// When the errors do not vary.
pub fn q(errors: &[f64], alpha: f64) -> Result<f64, Error> {
    let (mean, variance) = (crate::stats::mean(errors), crate::stats::variance(errors));
    let fail =
        || Error::OutOfRange { what: "the limit of Q", name: "the variance", value: variance, allowed: "above 0" };
    if variance.is_nan() || variance <= 0.0 || mean <= 0.0 {
        return Err(fail());
    }
    let (g, h) = (variance / (2.0 * mean), 2.0 * mean * mean / variance);
    let Ok(chi2) = ChiSquared::new(h) else { return Err(fail()) };
    Ok(g * chi2.inverse_cdf(1.0 - alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t2_limit_of_the_golden_table() {
        assert!((t2(100, 3, 0.01).unwrap() - 12.339).abs() < 1e-3);
        assert!((t2(10_000_000, 3, 0.01).unwrap() - 11.345).abs() < 1e-2);
        assert!(t2(3, 3, 0.01).is_err() && t2(100, 3, 0.0).is_err());
    }

    #[test]
    fn q_of_chi_squared_errors_is_their_quantile() {
        let mut random = crate::random::Random::new(3);
        let errors: Vec<f64> = (0..20_000).map(|_| (0..4).map(|_| random.normal().powi(2)).sum()).collect();
        assert!((q(&errors, 0.01).unwrap() - 13.28).abs() < 0.4);
        assert!(q(&[1.0; 10], 0.01).is_err());
    }
}
