//! A path asked about its own past.

use super::{Course, Cover, Range};

/// Shares of the path after which it is asked when it will come to where it is now.
const ASKED: [f64; 5] = [0.4, 0.5, 0.6, 0.7, 0.8];
/// Futures drawn each time.
const FUTURES: usize = 200;

/// What ranges of a rising path were worth so far: at several earlier points it is asked when the path would come to
/// where it stands now (`whole`, fitted to all of it), which is known. Points from which it was there already are left out.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
pub fn own_past(whole: &Course, (times, values): (&[f64], &[f64]), level: f64, seed: u64) -> Cover {
    let mut cover = Cover::default();
    let (Some(now), reached) = (times.last(), whole.level()) else { return cover };
    for share in ASKED {
        let cut = (times.len() as f64 * share) as usize;
        let (Some(times), Some(values)) = (times.get(..cut), values.get(..cut)) else { continue };
        let (Ok(path), Some(then)) = (Course::fit(times, values), times.last()) else { continue };
        if path.level() < reached {
            cover.add(&Range::of(&path.futures(reached, FUTURES, seed), level), now - then);
        }
    }
    cover
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Wear in jumps of random size (a gamma process, seen through noise) up to a share of the way to 10, and how many
    /// steps the rest took.
    fn worn(seed: u64, until: f64) -> (Vec<f64>, Vec<f64>, f64) {
        let mut random = Random::new(seed);
        let (mut at, mut step, mut path) = (1.0, 0.0, (Vec::new(), Vec::new()));
        let rate = 0.02 + 0.1 * random.unit();
        while at < 10.0 {
            if at < until {
                path.0.push(step);
                path.1.push(at + 0.1 * random.normal());
            }
            at += rate * (-random.unit().max(1e-12).ln());
            step += 1.0;
        }
        let rest = step - path.0.last().copied().unwrap_or_default();
        (path.0, path.1, rest)
    }

    #[test]
    fn widened_by_their_own_past_ranges_cover_as_they_say_on_wear_of_another_kind() {
        let (mut covered, mut all) = (0.0, 0.0);
        for seed in 0..120 {
            let (times, values, rest) = worn(seed, 5.0);
            let path = Course::fit(&times, &values).unwrap();
            let range = Range::of(&path.futures(10.0, FUTURES, seed), 0.9);
            let wide = range.widened(own_past(&path, (&times, &values), 0.9, seed).factor(0.9));
            covered += f64::from(u8::from(wide.covers(rest)));
            all += 1.0;
        }
        assert!((0.85..=1.0).contains(&(covered / all)), "{covered} of {all}");
    }

    #[test]
    fn a_path_that_sped_up_says_so() {
        let days: Vec<f64> = (0..100).map(f64::from).collect();
        let wobble = |d: &f64| 0.02 * (d * 1.7).sin();
        let steady: Vec<f64> = days.iter().map(|d| 1.0 + 0.05 * d + wobble(d)).collect();
        let rushed: Vec<f64> = days.iter().map(|d| 1.0 + 0.01 * d + (d - 75.0).max(0.0) * 0.3 + wobble(d)).collect();
        let of = |days: &[f64], values: &[f64]| own_past(&Course::fit(days, values).unwrap(), (days, values), 0.9, 1);
        assert!(of(&days, &steady).len() >= 4);
        assert!(of(&days, &rushed).factor(0.9) > 2.0 * of(&days, &steady).factor(0.9));
        assert!(of(&days[..9], &steady[..9]).is_empty(), "too short to be asked earlier");
    }
}
