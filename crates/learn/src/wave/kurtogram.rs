use super::Analytic;

/// A frequency band and how impulsive it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Lower and upper edge, Hz.
    pub hz: (f64, f64),
    /// Kurtosis of its complex envelope, less 2.
    pub kurtosis: f64,
    /// How many standard deviations of Gaussian noise that is above 0.
    pub sigmas: f64,
}

/// Bands in each level of the 1/3-binary tree: 1, 2, 3, 4, 6, 8, 12 … (Antoni 2007).
const DIVISIONS: [u32; 11] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48];

/// The kurtogram: the whole range cut into ever narrower bands, not narrower than `narrowest_hz`, with the
/// kurtosis of each band's envelope. Level by level, from low to high (Antoni 2007, "Fast computation of the
/// kurtogram"; here the bands are cut out of one transform instead of filtered).
pub fn kurtogram(signal: &Analytic, narrowest_hz: f64) -> Vec<Band> {
    let (top, mut bands) = (signal.top_hz(), Vec::new());
    for parts in DIVISIONS.into_iter().filter(|parts| top / f64::from(*parts) >= narrowest_hz) {
        let width = top / f64::from(parts);
        for part in 0..parts {
            let hz = (width * f64::from(part), width * f64::from(part + 1));
            let Some(envelope) = signal.band(hz) else { continue };
            let kurtosis = envelope.kurtosis();
            // the squared magnitude of complex noise is exponential: its kurtosis scatters by √(4/n), n the number
            // of independent values, which is the number of lines in the band
            let independent = (width / signal.step_hz()).max(1.0);
            bands.push(Band { hz, kurtosis, sigmas: kurtosis * (independent / 4.0).sqrt() });
        }
    }
    bands
}

/// The most impulsive band of a kurtogram; none when it is empty.
pub fn most_impulsive(bands: &[Band]) -> Option<Band> {
    bands.iter().copied().max_by(|a, b| a.kurtosis.total_cmp(&b.kurtosis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_band_of_a_ringing_is_found() {
        let mut random = Random::new(5);
        let samples: Vec<f64> = (0..20_000)
            .map(|i| {
                let since = (f64::from(i) / 20_000.0 * 50.0).fract() / 50.0;
                let ring = (-since * 1500.0).exp() * (std::f64::consts::TAU * 6200.0 * since).sin();
                3.0 * ring + random.normal()
            })
            .collect();
        let signal = Analytic::of(&samples, 20_000.0).unwrap();
        let bands = kurtogram(&signal, 400.0);
        let best = most_impulsive(&bands).unwrap();
        assert!(best.hz.0 < 6200.0 && best.hz.1 > 6200.0 && best.sigmas > 5.0, "{best:?}");
        assert!(bands.iter().all(|b| b.hz.1 - b.hz.0 >= 400.0));
    }

    #[test]
    fn noise_has_no_impulsive_band() {
        let mut random = Random::new(6);
        let noise: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let bands = kurtogram(&Analytic::of(&noise, 20_000.0).unwrap(), 400.0);
        let beyond = bands.iter().filter(|b| b.sigmas.abs() > 3.5).count();
        assert!(beyond <= bands.len() / 50, "{beyond} of {}", bands.len());
    }
}
