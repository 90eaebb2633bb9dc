/// Features of a block of samples about its mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Features {
    /// Root mean square, in the samples' unit.
    pub rms: f64,
    /// The largest absolute value, in the samples' unit.
    pub peak: f64,
    /// Peak over r.m.s.: 1.41 for a sine, about 4 for noise, more for impacts.
    pub crest: f64,
    /// Kurtosis: 3 for Gaussian noise, 1.5 for a sine, more for impacts.
    pub kurtosis: f64,
    /// Skewness: 0 for symmetric signals.
    pub skew: f64,
    /// R.m.s. over the mean absolute value: 1.11 for a sine, 1.25 for noise.
    pub shape: f64,
    /// Peak over the mean absolute value.
    pub impulse: f64,
    /// Peak over the square of the mean square root of the absolute values; the first to rise with a small pit.
    pub clearance: f64,
}

/// The features of a block; none when it is empty, constant or not finite. Two passes, nothing allocated.
pub fn features(samples: &[f32]) -> Option<Features> {
    let n = samples.len() as f64;
    let mean = samples.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let (mut powers, mut peak, mut absolute, mut root) = ([0.0_f64; 3], 0.0_f64, 0.0, 0.0);
    for sample in samples {
        let d = f64::from(*sample) - mean;
        let (height, square) = (d.abs(), d * d);
        peak = peak.max(height);
        absolute += height;
        root += height.sqrt();
        powers.iter_mut().zip([square, square * d, square * square]).for_each(|(sum, p)| *sum += p);
    }
    let [second, third, fourth] = powers.map(|sum| sum / n);
    if !fourth.is_finite() || second <= 0.0 {
        return None;
    }
    let (rms, absolute, root) = (second.sqrt(), absolute / n, root / n);
    Some(Features {
        rms,
        peak,
        crest: peak / rms,
        kurtosis: fourth / (second * second),
        skew: third / (rms * second),
        shape: rms / absolute,
        impulse: peak / absolute,
        clearance: peak / (root * root),
    })
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
        // a sine's mean absolute value is 2/π of its peak, its mean square root 0.7628
        assert!((f.shape - 1.1107).abs() < 1e-3 && (f.impulse - std::f64::consts::FRAC_PI_2).abs() < 1e-2);
        assert!((f.clearance - 1.7187).abs() < 1e-2, "{}", f.clearance);
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert!(features(&[]).is_none() && features(&[3.0; 50]).is_none() && features(&[f32::NAN; 9]).is_none());
    }
}
