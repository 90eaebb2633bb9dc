//! The Fourier transforms that this crate uses. Any length will do; the caller bounds it.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;
use rustfft::FftPlanner;

/// The one-sided spectrum of real samples, not scaled. None with fewer than two samples, or when one is not finite.
pub(crate) fn forward(mut samples: Vec<f64>) -> Option<Vec<Complex<f64>>> {
    if samples.len() < 2 || samples.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let fft = RealFftPlanner::new().plan_fft_forward(samples.len());
    let mut lines = fft.make_output_vec();
    fft.process(&mut samples, &mut lines).ok()?;
    Some(lines)
}

/// Back from [`forward`] to `len` samples, scaled.
pub(crate) fn backward(mut lines: Vec<Complex<f64>>, len: usize) -> Option<Vec<f64>> {
    let fft = RealFftPlanner::new().plan_fft_inverse(len);
    if let Some(first) = lines.first_mut() {
        first.im = 0.0;
    }
    if let Some(last) = lines.last_mut().filter(|_| len.is_multiple_of(2)) {
        last.im = 0.0;
    }
    let mut samples = fft.make_output_vec();
    fft.process(&mut lines, &mut samples).ok()?;
    for sample in &mut samples {
        *sample /= len as f64;
    }
    Some(samples)
}

/// The complex inverse in place, not scaled.
pub(super) fn inverse(lines: &mut [Complex<f64>]) {
    FftPlanner::new().plan_fft_inverse(lines.len()).process(lines);
}

/// The smallest length of at least `least` that has no prime factor above 5, so that its transform is fast.
pub(crate) fn fast_length(least: usize) -> usize {
    let smooth = |mut n: usize| {
        for factor in [2, 3, 5] {
            while n.is_multiple_of(factor) {
                n /= factor;
            }
        }
        n == 1
    };
    // a power of two lies before twice the length
    let least = least.max(1);
    (least..=2 * least).find(|n| smooth(*n)).unwrap_or(least)
}

/// The line nearest to `hz`; 0 when that is no number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` takes a float to the nearest bound")]
pub(super) fn nearest(hz: f64, step_hz: f64) -> usize {
    (hz / step_hz).round() as usize
}

/// The samples about their mean.
pub(super) fn centred(samples: &[f64]) -> Vec<f64> {
    let mean = crate::stats::mean(samples);
    samples.iter().map(|v| v - mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_the_same() {
        for len in [2_usize, 7, 64, 97, 250] {
            let samples: Vec<f64> = (0..len).map(|i| ((i * i) as f64).sin()).collect();
            let back = backward(forward(samples.clone()).unwrap(), len).unwrap();
            assert!(samples.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-12), "{len}");
        }
        assert!(forward(vec![1.0]).is_none() && forward(vec![1.0, f64::NAN]).is_none());
    }

    #[test]
    fn fast_lengths_have_small_factors() {
        assert_eq!([1, 7, 11, 1000, 1001].map(fast_length), [1, 8, 12, 1000, 1024]);
    }
}
