use super::{Spell, Weibull};
use crate::Error;
use crate::life::Range;

/// What spells leave open of Weibull's law: laws, each with how probable it is (Bayes' rule on a grid). From few failures
/// it is wide, from many it closes around the likeliest law ([`Weibull::fit`]).
///
/// Before anything is known the logarithm of the shape is normal around 1.5 (half of all below, nine in ten between 0.4 and
/// 5.6: early failures to hard wear), and every scale is as likely as any other, on a logarithmic axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    laws: Vec<(Weibull, f64)>,
}

/// The logarithm of the shape before anything is known: where it is centred, and its standard deviation.
const SHAPE_CENTRE: f64 = 1.5;
const SHAPE_SPREAD: f64 = 0.8;
/// Shapes that are considered, and how many of them.
const SHAPES: (f64, f64) = (0.2, 20.0);
const SHAPES_COUNT: u32 = 61;
/// So many standard deviations of the shape are considered in the end.
const DEVIATIONS: f64 = 5.0;
/// Scales for each shape, each as probable.
const SCALES_COUNT: u32 = 33;
/// Halvings while a quantile is sought.
const HALVINGS: u32 = 40;

impl Posterior {
    /// The fewest failures from which anything is said.
    pub const FAILURES_MIN: usize = super::weibull::FAILURES_MIN;

    /// From spells; those without failure count as lasting longer.
    ///
    /// # Errors
    /// When fewer than three ended with a failure, or a duration is not above 0.
    pub fn fit(spells: &[Spell]) -> Result<Self, Error> {
        let failures = super::weibull::usable(spells)? as f64;
        let longest = spells.iter().fold(0.0_f64, |most, s| most.max(s.duration));
        let logs: Vec<f64> = spells.iter().map(|s| (s.duration / longest).ln()).collect();
        let failed: f64 = spells.iter().zip(&logs).filter(|(s, _)| s.failed).map(|(_, l)| l).sum();
        let power = |shape: f64| logs.iter().map(|l| (shape * l).exp()).sum::<f64>();
        // the scale is integrated out: with scale^-shape it has a gamma distribution
        let weigh = |log_shape: f64| {
            let shape = log_shape.exp();
            let prior = -0.5 * ((log_shape - SHAPE_CENTRE.ln()) / SHAPE_SPREAD).powi(2);
            prior + (failures - 1.0) * log_shape + shape * failed - failures * power(shape).ln()
        };
        let wide = weighed(SHAPES.0.ln(), SHAPES.1.ln(), weigh);
        let centre: f64 = wide.iter().map(|(l, w)| l * w).sum();
        let spread = wide.iter().map(|(l, w)| w * (l - centre).powi(2)).sum::<f64>().sqrt();
        let step = (SHAPES.1 / SHAPES.0).ln() / f64::from(SHAPES_COUNT - 1);
        let reach = DEVIATIONS * spread.max(step);
        let rates: Vec<f64> =
            (0..SCALES_COUNT).map(|j| gamma(failures, (f64::from(j) + 0.5) / f64::from(SCALES_COUNT))).collect();
        let of_shape = |(log_shape, weight): (f64, f64)| {
            let (shape, rates) = (log_shape.exp(), &rates);
            let whole = power(shape);
            let law = move |rate: &f64| Weibull { shape, scale: longest * (whole / rate).powf(1.0 / shape) };
            rates.iter().map(move |rate| (law(rate), weight / f64::from(SCALES_COUNT)))
        };
        let fine = weighed(centre - reach, centre + reach, weigh);
        Ok(Self { laws: fine.into_iter().flat_map(of_shape).collect() })
    }

    /// What a figure of the law may be: its median, and the range that holds it with probability `level`.
    pub fn range(&self, level: f64, figure: impl Fn(&Weibull) -> f64) -> Range {
        let mut all: Vec<(f64, f64)> = self.laws.iter().map(|(law, weight)| (figure(law), *weight)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at = |share: f64| {
            let mut sum = 0.0;
            let reached = all.iter().find(|(_, weight)| {
                sum += weight;
                sum >= share
            });
            reached.or(all.last()).map_or(f64::NAN, |(value, _)| *value)
        };
        let outside = (1.0 - level) / 2.0;
        Range { lo: at(outside), median: at(0.5), hi: at(1.0 - outside), level }
    }

    /// How much longer something lasts that has lasted `age`: both chance and what is not known of the law are in it.
    pub fn lasts(&self, age: f64, level: f64) -> Range {
        let outside = (1.0 - level) / 2.0;
        let at = |share| self.lasts_longer(age, share);
        Range { lo: at(1.0 - outside), median: at(0.5), hi: at(outside), level }
    }

    /// How much longer the share `share` of those lasts that have lasted `age`; infinite when it is no time at all.
    fn lasts_longer(&self, age: f64, share: f64) -> f64 {
        let left = |time: f64| self.laws.iter().map(|(law, w)| w * (1.0 - law.fails_within(age, time))).sum::<f64>();
        let typical = self.range(0.5, |law| law.scale).median;
        let mut high = typical.max(f64::MIN_POSITIVE);
        while left(high) > share && high < typical * 1e9 {
            high *= 2.0;
        }
        let mut low = 0.0;
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            (low, high) = if left(middle) > share { (middle, high) } else { (low, middle) };
        }
        if high > typical * 1e8 { f64::INFINITY } else { high }
    }
}

/// Equal steps from `low` to `high`, each with its share of the weight, given as a logarithm.
fn weighed(low: f64, high: f64, weigh: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let at = |i: u32| low + (high - low) * f64::from(i) / f64::from(SHAPES_COUNT - 1);
    let logs: Vec<(f64, f64)> = (0..SHAPES_COUNT).map(|i| (at(i), weigh(at(i)))).collect();
    let top = logs.iter().fold(f64::NEG_INFINITY, |top, (_, log)| top.max(*log));
    let sum: f64 = logs.iter().map(|(_, log)| (log - top).exp()).sum();
    logs.into_iter().map(|(place, log)| (place, (log - top).exp() / sum)).collect()
}

/// A quantile of the gamma distribution of scale 1, by Wilson and Hilferty (1931): within 1 % from a shape of 3 on.
fn gamma(shape: f64, q: f64) -> f64 {
    let z = -std::f64::consts::SQRT_2 * statrs::function::erf::erfc_inv(2.0 * q);
    shape * (1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt())).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn life(random: &mut Random, law: &Weibull) -> f64 {
        law.scale * (-(1.0 - random.unit()).ln()).powf(1.0 / law.shape)
    }

    /// Uses until so many failed, of which about a third is cut short.
    fn spells(random: &mut Random, law: &Weibull, failures: usize) -> Vec<Spell> {
        let mut all = Vec::new();
        while all.iter().filter(|s: &&Spell| s.failed).count() < failures {
            let (life, looked) = (life(random, law), 2.5 * law.scale * random.unit() + 1e-3);
            all.push(Spell { duration: life.min(looked), failed: life <= looked });
        }
        all
    }

    #[test]
    fn ranges_hold_the_truth_as_often_as_they_say_from_a_handful_of_failures_on() {
        for (shape, failures) in [(0.8, 5), (1.5, 3), (1.5, 20), (3.0, 5), (3.0, 20)] {
            let law = Weibull { shape, scale: 100.0 };
            let mut random = Random::new(7);
            let (mut chance, mut life_held) = (0, 0);
            for _ in 0..200 {
                let found = Posterior::fit(&spells(&mut random, &law, failures)).unwrap();
                let told = found.range(0.9, |l| l.fails_within(60.0, 30.0));
                chance += u32::from(told.covers(law.fails_within(60.0, 30.0)));
                let fresh = life(&mut random, &law);
                life_held += u32::from(found.lasts(0.0, 0.9).covers(fresh));
            }
            assert!((160..=200).contains(&chance), "shape {shape}, {failures} failures: {chance} of 200");
            assert!((160..=200).contains(&life_held), "shape {shape}, {failures} failures: {life_held} of 200 lives");
        }
    }

    #[test]
    fn many_failures_close_around_the_likeliest_law() {
        let mut random = Random::new(1);
        let many = spells(&mut random, &Weibull { shape: 2.5, scale: 1000.0 }, 900);
        let (likeliest, found) = (Weibull::fit(&many).unwrap(), Posterior::fit(&many).unwrap());
        let (shape, scale) = (found.range(0.9, |l| l.shape), found.range(0.9, |l| l.scale));
        assert!(shape.covers(likeliest.shape) && shape.hi - shape.lo < 0.3, "{shape:?} {likeliest:?}");
        assert!(scale.covers(likeliest.scale) && scale.hi - scale.lo < 70.0, "{scale:?}");
        let few = Posterior::fit(&spells(&mut random, &Weibull { shape: 2.5, scale: 1000.0 }, 3)).unwrap();
        let wide = few.range(0.9, |l| l.shape);
        assert!(wide.hi - wide.lo > 5.0 * (shape.hi - shape.lo), "{wide:?}");
    }

    #[test]
    fn what_is_left_shrinks_with_age_and_too_few_failures_are_refused() {
        let mut random = Random::new(2);
        let found = Posterior::fit(&spells(&mut random, &Weibull { shape: 3.0, scale: 100.0 }, 40)).unwrap();
        let (young, old) = (found.lasts(5.0, 0.9), found.lasts(100.0, 0.9));
        assert!(young.lo < young.median && young.median < young.hi && old.median < 0.6 * young.median);
        let failed = Spell { duration: 5.0, failed: true };
        assert!(Posterior::fit(&[failed; 2]).is_err());
        assert!(Posterior::fit(&[failed, failed, Spell { duration: 0.0, failed: true }]).is_err());
    }
}
