//! The peer that machines working in steps are measured by: k-means on windows, as TSB-AD's KMeansAD. Each window of all
//! signals is brought to mean 0 and spread 1 as a whole; its score is the distance to the nearest of ten centres.

use gemba_learn::random::Random;

use super::{Case, Scored, Watch};

/// Centres.
const CENTRES: usize = 10;
/// Passes after which it ends, settled or not.
const PASSES_MAX: usize = 50;
/// The seed of the first centres.
const SEED: u64 = 2_024;

/// Scores each row with the mean of the `rows`-row windows that hold it; learned from the rows to learn from.
pub(super) fn windows(case: &Case, rows: usize) -> Scored {
    let mut watch = Watch::start();
    let learned: Vec<Vec<f64>> = starts(&case.train, rows).map(|at| window(&case.train, at, rows)).collect();
    let centres = centres(&learned);
    let train_s = watch.lap();
    let of = |at| nearest(&centres, &window(&case.test, at, rows)).1.sqrt();
    let distances: Vec<f64> = starts(&case.test, rows).map(of).collect();
    let mean = |row: usize| {
        let from = row.saturating_sub(rows - 1).min(distances.len());
        let held = distances.get(from..(row + 1).min(distances.len())).unwrap_or_default();
        held.iter().sum::<f64>() / held.len().max(1) as f64
    };
    Scored { scores: (0..case.rows()).map(mean).collect(), train_s, score_s: watch.lap(), ..Scored::default() }
}

fn starts(columns: &[Vec<f64>], rows: usize) -> std::ops::Range<usize> {
    0..(columns.first().map_or(0, Vec::len) + 1).saturating_sub(rows)
}

/// A window, one signal after the other, about its mean and over its spread.
fn window(columns: &[Vec<f64>], at: usize, rows: usize) -> Vec<f64> {
    let mut window: Vec<f64> =
        columns.iter().flat_map(|c| c.get(at..at + rows).unwrap_or_default().iter().copied()).collect();
    let n = window.len().max(1) as f64;
    let mean = window.iter().sum::<f64>() / n;
    let spread = (window.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
    let spread = if spread > 0.0 { spread } else { 1.0 };
    for v in &mut window {
        *v = (*v - mean) / spread;
    }
    window
}

/// The nearest centre and the squared distance to it.
fn nearest(centres: &[Vec<f64>], window: &[f64]) -> (usize, f64) {
    let squared = |c: &Vec<f64>| c.iter().zip(window).map(|(c, v)| (c - v) * (c - v)).sum::<f64>();
    centres.iter().map(squared).enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
}

/// Centres by Lloyd's passes from a start that is drawn with a chance in proportion to the squared distance (k-means++,
/// Arthur and Vassilvitskii 2007).
fn centres(windows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut random = Random::new(SEED);
    let mut centres: Vec<Vec<f64>> = windows.first().cloned().into_iter().collect();
    let mut far: Vec<f64> = windows.iter().map(|w| nearest(&centres, w).1).collect();
    while centres.len() < CENTRES.min(windows.len()) {
        let mut left = random.unit() * far.iter().sum::<f64>();
        let drawn = far.iter().position(|d| {
            left -= d;
            left < 0.0
        });
        let Some(next) = drawn.and_then(|i| windows.get(i)) else { break };
        let next = [next.clone()];
        far.iter_mut().zip(windows).for_each(|(d, w)| *d = d.min(nearest(&next, w).1));
        centres.extend(next);
    }
    let mut before = Vec::new();
    for _ in 0..PASSES_MAX {
        let places: Vec<usize> = windows.iter().map(|w| nearest(&centres, w).0).collect();
        if places == before {
            break;
        }
        for (group, centre) in centres.iter_mut().enumerate() {
            let own = || windows.iter().zip(&places).filter(|(_, p)| **p == group).map(|(w, _)| w);
            let n = own().count() as f64;
            if n > 0.0 {
                centre.fill(0.0);
                own().for_each(|w| centre.iter_mut().zip(w).for_each(|(c, v)| *c += v / n));
            }
        }
        before = places;
    }
    centres
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_never_seen_lies_far_from_the_centres() {
        let wave = |i: usize| (std::f64::consts::TAU * i as f64 / 16.0).sin();
        let mut test: Vec<f64> = (0..400).map(wave).collect();
        test[200..210].iter_mut().for_each(|v| *v *= -2.0);
        let case = Case {
            train: vec![(0..400).map(wave).collect()],
            truth: (0..400).map(|i| (200..210).contains(&i)).collect(),
            test: vec![test],
            ..Case::default()
        };
        let said = windows(&case, 12).scores;
        let calm = said[..180].iter().copied().fold(0.0, f64::max);
        assert!(said.len() == 400 && said[205] > 1.5 * calm, "{} after {calm}", said[205]);
        assert!(windows(&Case::default(), 12).scores.is_empty());
    }
}
