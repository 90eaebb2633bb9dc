use super::Spectrum;

/// Bands of the velocity in turns of the shaft, by what is heard in them (the split that analysts use): below the shaft
/// whirl and belts, at it unbalance, at twice misalignment, then looseness and blades, then gears.
pub const ORDER_BANDS: [(&str, f64, f64); 5] = [
    ("velocity_below_1x", 0.3, 0.8),
    ("velocity_1x", 0.8, 1.5),
    ("velocity_2x", 1.5, 2.5),
    ("velocity_3_to_10x", 2.5, 10.5),
    ("velocity_above_10x", 10.5, f64::INFINITY),
];

/// The r.m.s. of each of [`ORDER_BANDS`] of a spectrum, in its unit; none for a band that lies outside `band_hz`, or that
/// is narrower than two lines. Empty when the shaft stands.
pub fn order_bands(spectrum: &Spectrum, shaft_hz: f64, band_hz: (f64, f64)) -> Vec<(&'static str, f64)> {
    if shaft_hz.is_nan() || shaft_hz <= 0.0 {
        return Vec::new();
    }
    let edges = |from: f64, to: f64| (band_hz.0.max(from * shaft_hz), band_hz.1.min(to * shaft_hz));
    let inside = ORDER_BANDS.iter().map(|(name, from, to)| (*name, edges(*from, *to)));
    let wide = inside.filter(|(_, (from, to))| to - from >= 2.0 * spectrum.step_hz);
    wide.map(|(name, edges)| (name, rms(spectrum, edges))).collect()
}

/// A line on an edge belongs to the upper band, so that powers add up.
fn rms(spectrum: &Spectrum, (from, to): (f64, f64)) -> f64 {
    let lines = spectrum.frequencies().filter(|(hz, _)| *hz >= from && *hz < to);
    (lines.map(|(_, a)| a * a / 2.0).sum::<f64>() / spectrum.window.noise_lines()).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wave::velocity;

    const BAND: (f64, f64) = (10.0, 1000.0);

    #[test]
    fn each_line_lies_in_its_band_and_the_powers_add_up() {
        let wave = |hz: f64, mm_s: f64, i: u32| {
            let omega = std::f64::consts::TAU * hz;
            mm_s * 1e-3 * omega * (omega * f64::from(i) / 5120.0).cos()
        };
        let lines = [(20.0, 0.5), (40.0, 3.0), (80.0, 2.0), (200.0, 1.0), (600.0, 0.7)];
        let samples: Vec<f64> = (0..5120).map(|i| lines.iter().map(|(hz, v)| wave(*hz, *v, i)).sum()).collect();
        let speed = velocity(&samples, 5120.0, BAND).unwrap();
        let bands = order_bands(&speed, 40.0, BAND);
        for ((_, found), (_, peak)) in bands.iter().zip(lines) {
            assert!((found - peak / 2.0_f64.sqrt()).abs() < 0.02, "{bands:?}");
        }
        let sum: f64 = bands.iter().map(|(_, v)| v * v).sum();
        assert!((sum.sqrt() / speed.band_rms(BAND) - 1.0).abs() < 0.01);
        // at 10 Hz nothing below the shaft is inside the band; a shaft that stands has no orders
        assert_eq!(order_bands(&speed, 10.0, BAND).first().map(|b| b.0), Some("velocity_1x"));
        assert!(order_bands(&speed, 0.0, BAND).is_empty());
    }
}
