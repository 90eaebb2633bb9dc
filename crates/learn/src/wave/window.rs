/// How a block is faded in and out before it is transformed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// Not at all: for signals that fit the block exactly, such as whole revolutions.
    Rectangular,
    /// The common choice: narrow lines, little leakage.
    #[default]
    Hann,
    /// Amplitudes true to 0.1 % wherever a tone lies between two lines, at the price of broad lines (ISO 18431-2).
    FlatTop,
}

/// The coefficients of the flat-top window, alternating in sign.
const FLAT_TOP: [f64; 5] = [0.215_578_95, 0.416_631_58, 0.277_263_158, 0.083_578_947, 0.006_947_368];

impl Window {
    /// The weight of sample `i` of a block of `n`.
    pub fn weight(self, i: usize, n: usize) -> f64 {
        let angle = std::f64::consts::TAU * i as f64 / n as f64;
        match self {
            Self::Rectangular => 1.0,
            Self::Hann => 0.5 - 0.5 * angle.cos(),
            Self::FlatTop => FLAT_TOP
                .iter()
                .enumerate()
                .map(|(k, a)| if k % 2 == 0 { a * (angle * k as f64).cos() } else { -a * (angle * k as f64).cos() })
                .sum(),
        }
    }

    /// The mean weight: amplitudes are divided by it.
    pub const fn gain(self) -> f64 {
        match self {
            Self::Rectangular => 1.0,
            Self::Hann => 0.5,
            Self::FlatTop => FLAT_TOP[0],
        }
    }

    /// Correlation of the powers of two parts of noise that overlap by half: the square of that of the faded parts
    /// (Welch 1967).
    pub fn overlap_correlation(self) -> f64 {
        const N: usize = 1024;
        let weight = |i| self.weight(i, N);
        let both: f64 = (0..N / 2).map(|i| weight(i) * weight(i + N / 2)).sum();
        let own: f64 = (0..N).map(|i| weight(i).powi(2)).sum();
        (both / own).powi(2)
    }

    /// Equivalent noise bandwidth in lines: noise power adds up over this many.
    pub fn noise_lines(self) -> f64 {
        match self {
            Self::Rectangular => 1.0,
            Self::Hann => 1.5,
            Self::FlatTop => {
                let [a0, rest @ ..] = FLAT_TOP;
                (a0 * a0 + rest.iter().map(|a| a * a / 2.0).sum::<f64>()) / (a0 * a0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gain_and_noise_bandwidth_are_those_of_the_weights() {
        for window in [Window::Rectangular, Window::Hann, Window::FlatTop] {
            let weights: Vec<f64> = (0..1000).map(|i| window.weight(i, 1000)).collect();
            let mean = weights.iter().sum::<f64>() / 1000.0;
            let square = weights.iter().map(|w| w * w).sum::<f64>() / 1000.0;
            assert!((mean - window.gain()).abs() < 1e-9, "{window:?}");
            assert!((square / mean / mean - window.noise_lines()).abs() < 1e-6, "{window:?}");
        }
        assert!((Window::Hann.overlap_correlation() - 1.0 / 36.0).abs() < 1e-6);
        assert!((Window::Rectangular.overlap_correlation() - 0.25).abs() < 1e-6);
    }
}
