//! Acceleration to velocity, in the frequency domain.

use super::Spectrum;

/// Periods of the lowest frequency that a block must hold, so that its lines can tell the band's edge.
const PERIODS_MIN: f64 = 4.0;
/// Samples for each period of the highest frequency: below it an anti-aliasing filter has begun to cut.
const SAMPLES_PER_PERIOD: f64 = 2.56;

/// The velocity spectrum, mm/s peak, of acceleration in m/s²: divided by jω inside the band `from..=to` Hz, nothing
/// outside. None when the block is shorter than four periods of `from`, sampled slower than 2.56 times `to`, or
/// not finite.
pub fn velocity(acceleration: &[f64], rate_hz: f64, (from_hz, to_hz): (f64, f64)) -> Option<Spectrum> {
    let long_enough = acceleration.len() as f64 * from_hz >= PERIODS_MIN * rate_hz;
    if !long_enough || rate_hz < SAMPLES_PER_PERIOD * to_hz {
        return None;
    }
    let mut spectrum = Spectrum::of(&straight(acceleration), rate_hz)?;
    let step = spectrum.step_hz;
    for (i, line) in spectrum.amplitudes.iter_mut().enumerate() {
        let hz = i as f64 * step;
        let inside = hz >= from_hz && hz <= to_hz;
        *line = if inside { 1000.0 * *line / (std::f64::consts::TAU * hz) } else { 0.0 };
    }
    Some(spectrum)
}

/// Velocity, mm/s r.m.s., of acceleration in m/s² within a band (ISO 10816-3: 10–1000 Hz). None as for [`velocity`].
pub fn velocity_rms(acceleration: &[f64], rate_hz: f64, band_hz: (f64, f64)) -> Option<f64> {
    Some(velocity(acceleration, rate_hz, band_hz)?.band_rms(band_hz))
}

/// The samples less the straight line that fits them best: a sensor's drift would leak into the lowest lines.
fn straight(samples: &[f64]) -> Vec<f64> {
    let n = samples.len() as f64;
    let (middle, mean) = ((n - 1.0) / 2.0, crate::stats::mean(samples));
    let place = |i: usize| i as f64 - middle;
    let (up, across) = samples
        .iter()
        .enumerate()
        .fold((0.0, 0.0), |(up, across), (i, v)| (up + place(i) * (v - mean), across + place(i) * place(i)));
    let slope = if across > 0.0 { up / across } else { 0.0 };
    samples.iter().enumerate().map(|(i, v)| v - mean - slope * place(i)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISO: (f64, f64) = (10.0, 1000.0);

    fn sine(hz: f64, amplitude: f64) -> Vec<f64> {
        (0..10_000).map(|i| amplitude * (std::f64::consts::TAU * hz * f64::from(i) / 10_000.0).sin()).collect()
    }

    #[test]
    fn acceleration_integrates_to_velocity() {
        // v = a / ω: 10 m/s² at 100 Hz is 15.915 mm/s peak, 11.254 mm/s r.m.s.
        let rms = velocity_rms(&sine(100.0, 10.0), 10_000.0, ISO).unwrap();
        assert!((rms - 11.254).abs() < 1e-2, "{rms}");
        assert!(velocity_rms(&sine(2000.0, 10.0), 10_000.0, ISO).unwrap() < 1e-3);
    }

    #[test]
    fn a_drifting_sensor_does_not_shake_the_machine() {
        let drift: Vec<f64> = (0..10_000).map(|i| 100.0 + f64::from(i) * 0.01).collect();
        assert!(velocity_rms(&drift, 10_000.0, ISO).unwrap() < 1e-6);
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        let one_second = sine(100.0, 1.0);
        assert!(velocity(&one_second[..3000], 10_000.0, ISO).is_none());
        assert!(velocity(&one_second, 2000.0, ISO).is_none());
        assert!(velocity(&one_second, 10_000.0, (2.0, 1000.0)).is_none());
    }
}
