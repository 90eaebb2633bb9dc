use crate::stats;

/// Features of a block of samples about its mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Features {
    /// Root mean square, in the samples' unit.
    pub rms: f64,
    /// The largest absolute value, in the samples' unit.
    pub peak: f64,
    /// Peak over r.m.s.
    pub crest: f64,
    /// Kurtosis: 3 for Gaussian noise, 1.5 for a sine, more for impacts.
    pub kurtosis: f64,
    /// Skewness: 0 for symmetric signals.
    pub skew: f64,
}

/// The features of a block; none when it is empty, constant or not finite.
pub fn features(samples: &[f32]) -> Option<Features> {
    let values: Vec<f64> = samples.iter().map(|v| f64::from(*v)).collect();
    let mean = stats::mean(&values);
    let n = values.len() as f64;
    let mut powers = [0.0_f64; 3];
    let mut peak = 0.0_f64;
    for value in &values {
        let d = value - mean;
        peak = peak.max(d.abs());
        powers.iter_mut().zip([d * d, d * d * d, d * d * d * d]).for_each(|(sum, p)| *sum += p);
    }
    let [second, third, fourth] = powers.map(|sum| sum / n);
    if !second.is_finite() || second <= 0.0 {
        return None;
    }
    let rms = second.sqrt();
    Some(Features { rms, peak, crest: peak / rms, kurtosis: fourth / (second * second), skew: third / (rms * second) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_has_the_features_of_a_sine() {
        let sine: Vec<f32> = (0..10_000).map(|i| 5.0 + 2.0 * (i as f32 * 0.062_831_86).sin()).collect();
        let f = features(&sine).unwrap();
        assert!((f.rms - 2.0_f64.sqrt()).abs() < 1e-3 && (f.crest - 2.0_f64.sqrt()).abs() < 1e-2);
        assert!((f.kurtosis - 1.5).abs() < 1e-2 && f.skew.abs() < 1e-2);
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert!(features(&[]).is_none() && features(&[3.0; 50]).is_none() && features(&[f32::NAN; 9]).is_none());
    }
}
