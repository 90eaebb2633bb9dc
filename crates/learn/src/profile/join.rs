//! The matrix profile: of every window the distance to the nearest other one.

use super::window::Windows;
use super::{Match, distance, nearest};
use crate::Error;

/// The fewest values that have a shape.
const ROWS_MIN: usize = 4;
/// Diagonals between two tellings of the progress.
const TOLD_EVERY: usize = 64;
/// Windows that share more than this part of their rows are the same event.
const APART: usize = 2;

/// Each window's nearest other one.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    rows: usize,
    /// The distance of each window to its nearest; infinite where a value is missing or nothing else is there.
    pub distances: Vec<f64>,
    /// Where that begins.
    pub nearest: Vec<usize>,
}

impl Join {
    /// Compares all windows of `rows` values with each other, except those that share half of them or more. Time grows
    /// with the square of the length, memory with the length: covariances are carried on along each diagonal
    /// (Zhu et al., *Matrix Profile II*, ICDM 2016, with the updates of Zimmerman et al., *Matrix Profile XIV*, 2019).
    ///
    /// # Errors
    /// When there are fewer than four rows to a window, or fewer than two windows.
    pub fn of(series: &[Vec<f64>], rows: usize) -> Result<Self, Error> {
        Self::watched(series, rows, &|_| true)
    }

    /// The same. `progress` is told the share of the work that is done, 0–1, and answers whether to go on.
    ///
    /// # Errors
    /// As [`Join::of`], and when `progress` says stop.
    pub fn watched(series: &[Vec<f64>], rows: usize, progress: &dyn Fn(f64) -> bool) -> Result<Self, Error> {
        let length = series.iter().map(Vec::len).min().unwrap_or(0);
        let needed = 2 * rows.max(ROWS_MIN);
        if rows < ROWS_MIN || length < needed {
            return Err(Error::TooFewRows { what: "a matrix profile", found: length, needed });
        }
        let signals: Vec<Carried> =
            series.iter().map(|s| Carried::of(s.get(..length).unwrap_or_default(), rows)).collect();
        let places = length + 1 - rows;
        let whole: Vec<bool> =
            (0..places).map(|i| signals.iter().all(|s| s.windows.whole.get(i) == Some(&true))).collect();
        let mut best = vec![(f64::NEG_INFINITY, 0); places];
        let least = rows.div_ceil(APART);
        for apart in least..places {
            if apart % TOLD_EVERY == 0 && !progress(share_done(apart, least, places)) {
                return Err(Error::Stopped { what: "a matrix profile" });
            }
            let mut correlations = vec![0.0; places - apart];
            for signal in &signals {
                signal.add_diagonal(apart, &mut correlations);
            }
            for (i, sum) in correlations.into_iter().enumerate() {
                if whole.get(i) == Some(&true) && whole.get(i + apart) == Some(&true) {
                    better(&mut best, i, (sum, i + apart));
                    better(&mut best, i + apart, (sum, i));
                }
            }
        }
        let count = signals.len() as f64;
        let far = |sum: f64| if sum.is_finite() { distance(sum / count, rows) } else { f64::INFINITY };
        let (distances, nearest) = best.into_iter().map(|(sum, place)| (far(sum), place)).unzip();
        Ok(Self { rows, distances, nearest })
    }

    /// The windows that are farthest from everything else, the farthest first; none overlaps another.
    pub fn discords(&self, count: usize) -> Vec<Match> {
        let away: Vec<f64> = self.distances.iter().map(|d| if d.is_finite() { -d } else { f64::INFINITY }).collect();
        let found = nearest(&away, self.rows, &[], count);
        found.into_iter().map(|m| Match { place: m.place, distance: -m.distance }).collect()
    }

    /// The pairs of windows that are nearest to each other, the nearest first: what recurs. No window overlaps one that
    /// was named before.
    pub fn motifs(&self, count: usize) -> Vec<(Match, usize)> {
        let mut taken: Vec<usize> = Vec::new();
        let mut found = Vec::new();
        while found.len() < count {
            let Some(one) = nearest(&self.distances, self.rows, &taken, 1).pop() else { break };
            let Some(other) = self.nearest.get(one.place).copied() else { break };
            let fresh = taken.iter().all(|t| t.abs_diff(other) >= self.rows);
            taken.extend([one.place, other]);
            found.extend(fresh.then_some((one, other)));
        }
        found
    }
}

/// The share of all pairs of windows that are nearer than `apart`.
fn share_done(apart: usize, least: usize, places: usize) -> f64 {
    let left = (places - apart) as f64 / (places - least).max(1) as f64;
    1.0 - left * left
}

fn better(best: &mut [(f64, usize)], place: usize, offer: (f64, usize)) {
    if let Some(now) = best.get_mut(place).filter(|now| offer.0 > now.0) {
        *now = offer;
    }
}

/// A signal with what carries a covariance from one pair of windows to the next.
struct Carried {
    windows: Windows,
    rows: usize,
    /// Half of what comes in less what goes out.
    half: Vec<f64>,
    /// What comes in about the new mean, and what goes out about the old one.
    both: Vec<f64>,
}

impl Carried {
    fn of(series: &[f64], rows: usize) -> Self {
        let windows = Windows::of(series, rows);
        let steps = windows.values.iter().skip(rows).zip(&windows.values);
        let half = steps.clone().map(|(new, old)| f64::midpoint(*new, -old));
        let means = windows.means.iter().skip(1).zip(&windows.means);
        let both = steps.clone().zip(means).map(|((new, old), (now, before))| (new - now) + (old - before));
        let (half, both) = (std::iter::once(0.0).chain(half).collect(), std::iter::once(0.0).chain(both).collect());
        Self { windows, rows, half, both }
    }

    /// Adds the correlation of each window with the one `apart` places later.
    fn add_diagonal(&self, apart: usize, correlations: &mut [f64]) {
        let w = &self.windows;
        let part = |from: usize| w.values.get(from..from + self.rows).unwrap_or_default();
        let mean = |place: usize| w.means.get(place).copied().unwrap_or(0.0);
        let (here, there) = (mean(0), mean(apart));
        let mut covariance: f64 = part(0).iter().zip(part(apart)).map(|(a, b)| (a - here) * (b - there)).sum();
        // nothing comes in before the first pair, so its own step is 0
        let first = self.half.iter().zip(&self.both).zip(&w.norms);
        let second = self.half.iter().zip(&self.both).zip(&w.norms).skip(apart);
        for (sum, (((df, dg), a), ((df2, dg2), b))) in correlations.iter_mut().zip(first.zip(second)) {
            covariance += df * dg2 + df2 * dg;
            *sum += match (*a > 0.0, *b > 0.0) {
                (true, true) => (covariance / (a * b)).clamp(-1.0, 1.0),
                (false, false) => 1.0,
                _ => 0.5,
            };
        }
    }
}
