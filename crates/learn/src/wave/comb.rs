//! A family of lines, `f, 2f, 3f …`, tested as one.

use super::noise::Floored;

/// A line of a comb.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tooth {
    /// Which harmonic.
    pub order: u32,
    /// Where, Hz.
    pub hz: f64,
    /// Height above the local noise floor, dB.
    pub db: f64,
    /// How surprising under noise alone, nats (−ln p).
    pub surprise: f64,
}

/// A comb as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Comb {
    /// The fundamental that fits best, Hz.
    pub hz: f64,
    /// Its lines, those that other causes own left out.
    pub teeth: Vec<Tooth>,
    /// Sum of the teeth's surprises without the highest, nats: no single line, however high, makes a comb.
    pub evidence: f64,
    /// How surprising that is, with the search over fundamentals counted in, nats: −ln of the p-value.
    pub strength: f64,
    /// The chance that noise alone gives as much.
    pub p_value: f64,
}

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// Expected fundamental, Hz.
    pub hz: f64,
    /// How far the real one may lie off, as a share.
    pub slip: f64,
    /// How many harmonics.
    pub harmonics: u32,
    /// Lines at multiples of this have another cause (the shaft) and do not count, Hz; 0 for none.
    pub taken_hz: f64,
}

/// Lines closer than this many steps are one line.
const SAME_LINES: f64 = 2.0;

/// The comb near what is expected that surprises most; none when it lies outside the spectrum.
pub fn comb(spectrum: &Floored, search: &Search) -> Option<Comb> {
    let step = spectrum.step_hz;
    let top = f64::from(search.harmonics) * search.hz;
    // half a line at the highest harmonic
    let fine = step / 2.0 / f64::from(search.harmonics);
    let reach = search.hz * search.slip;
    let mut best: Option<Comb> = None;
    let mut hz = search.hz - reach;
    while hz <= search.hz + reach {
        let teeth = teeth(spectrum, hz, search);
        let evidence = without_highest(&teeth);
        if !teeth.is_empty() && best.as_ref().is_none_or(|b| evidence > b.evidence) {
            best = Some(Comb { hz, teeth, evidence, strength: 0.0, p_value: 1.0 });
        }
        hz += fine;
    }
    let mut best = best?;
    // what was tried that is not nearly the same: shifts of a line at the highest harmonic
    let tried = (2.0 * top * search.slip / step).max(1.0);
    best.strength = (surprise_of_sum(best.teeth.len() - 1, best.evidence) - tried.ln()).max(0.0);
    best.p_value = (-best.strength).exp();
    Some(best)
}

fn without_highest(teeth: &[Tooth]) -> f64 {
    let (sum, highest) = teeth.iter().fold((0.0, 0.0_f64), |(sum, high), t| (sum + t.surprise, high.max(t.surprise)));
    sum - highest
}

/// −ln of the chance that `n` surprises of noise, each exponential, add up to `sum`: gamma(n), in closed form. What
/// is left without the highest of n + 1 is less surprising than that, so the chance is told too high, not too low.
fn surprise_of_sum(n: usize, sum: f64) -> f64 {
    if n == 0 {
        return 0.0;
    }
    let mut term = 1.0;
    let mut series = 1.0;
    for k in 1..n {
        term *= sum / k as f64;
        series += term;
    }
    sum - f64::ln(series)
}

fn teeth(spectrum: &Floored, hz: f64, search: &Search) -> Vec<Tooth> {
    let near_taken = |at: f64| {
        let multiple = (at / search.taken_hz).round();
        search.taken_hz > 0.0
            && multiple > 0.0
            && (at - multiple * search.taken_hz).abs() < SAME_LINES * spectrum.step_hz
    };
    let orders = (1..=search.harmonics).map(|order| (order, f64::from(order) * hz)).filter(|(_, at)| !near_taken(*at));
    let tooth = |(order, at): (u32, f64)| {
        let ratio = spectrum.ratio(at)?;
        Some(Tooth {
            order,
            hz: at,
            db: 10.0 * ratio.max(f64::MIN_POSITIVE).log10(),
            surprise: spectrum.surprise(ratio),
        })
    };
    orders.filter_map(tooth).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Noise powers, and lines of 20 times the noise at multiples of `hz`; lines 1 Hz apart.
    fn spectrum(seed: u64, hz: f64, lines: u32) -> Floored {
        let mut random = Random::new(seed);
        let mut power: Vec<f64> = (0..1200).map(|_| -random.unit().max(1e-12).ln()).collect();
        (1..=lines).for_each(|k| power[nearest(f64::from(k) * hz)] += 20.0);
        Floored::of(&power, 1.0, 1.0).unwrap()
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a line's number")]
    fn nearest(hz: f64) -> usize {
        hz.round() as usize
    }

    const SEARCH: Search = Search { hz: 100.0, slip: 0.02, harmonics: 5, taken_hz: 0.0 };

    #[test]
    fn a_comb_is_found_where_it_lies() {
        let found = comb(&spectrum(1, 101.2, 5), &SEARCH).unwrap();
        assert!((found.hz - 101.2).abs() < 0.2 && found.p_value < 1e-4 && found.strength > 20.0, "{found:?}");
        assert!(comb(&spectrum(1, 100.0, 5), &Search { hz: 5000.0, ..SEARCH }).is_none());
    }

    #[test]
    fn one_line_alone_is_no_comb() {
        let one = comb(&spectrum(2, 101.0, 1), &SEARCH).unwrap();
        assert!(one.p_value > 1e-3, "{one:?}");
    }

    #[test]
    fn lines_of_the_shaft_do_not_count() {
        let taken = comb(&spectrum(3, 100.0, 5), &Search { taken_hz: 25.0, ..SEARCH }).unwrap();
        assert!(taken.p_value > 1e-3, "{taken:?}");
    }

    #[test]
    fn noise_is_as_rarely_a_comb_as_it_says() {
        let rare = (0..2000).filter(|seed| comb(&spectrum(*seed, 1.0, 0), &SEARCH).unwrap().p_value < 0.01);
        assert!(rare.count() <= 30);
    }
}
