//! Ours, and what it must beat.

use std::collections::VecDeque;

use gemba_learn::random::Random;
use gemba_learn::record::RecordWatch;
use gemba_learn::shift::{SHIFT_VALUES, Shifts};
use gemba_learn::stats;
use statrs::distribution::{ContinuousCDF, Normal};

use super::corpus::Recording;
use crate::rig::Shipped;

/// A detector as it is scored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    /// The score of each row, said before the next is seen.
    pub(crate) scores: fn(&Recording) -> Vec<f64>,
    /// From which score on a row is flagged.
    pub(crate) threshold: Threshold,
}

/// How the one threshold for the corpus is chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Threshold {
    /// The best for the corpus and the profile, as the benchmark takes it: it looks at the labels.
    Best,
    /// Given.
    Fixed(f64),
    /// The lowest that flags at most this share of rows in the second halves of all probations: no label is seen.
    Budget(f64),
}

use Threshold::{Best, Budget, Fixed};

/// One false alarm in 500 rows of probation, where records are young and break often.
const BUDGET: f64 = 0.002;

/// Every method.
#[rustfmt::skip] // a line a method
pub(crate) const ALL: &[Method] = &[
    Method { name: "gemba", scores: gemba, threshold: Best },
    Method { name: "gemba_ten_percent", scores: gemba, threshold: Fixed(1.0) },
    Method { name: "gemba_budget", scores: gemba, threshold: Budget(BUDGET) },
    Method { name: "as_shipped", scores: as_shipped, threshold: Fixed(1.0) },
    Method { name: "shifts", scores: shifts, threshold: Fixed(1.0) },
    Method { name: "relative_entropy", scores: relative_entropy, threshold: Best },
    Method { name: "windowed_gaussian", scores: windowed_gaussian, threshold: Best },
    Method { name: "random", scores: random, threshold: Best },
    Method { name: "always", scores: |r| vec![1.0; r.values.len()], threshold: Fixed(1.0) },
    Method { name: "never", scores: |r| vec![0.0; r.values.len()], threshold: Fixed(1.0) },
];

fn gemba(recording: &Recording) -> Vec<f64> {
    match RecordWatch::new(recording.probation()) {
        Ok(mut watch) => recording.values.iter().map(|v| watch.step(*v)).collect(),
        Err(_) => vec![0.0; recording.values.len()], // too short a file to learn from
    }
}

/// Seconds from row to row of most recordings.
const STEP_S: f64 = 300.0;

/// What a user gets: every operator that a node makes; a row is flagged with which a finding begins.
fn as_shipped(recording: &Recording) -> Vec<f64> {
    let head = recording.values.iter().take(recording.probation()).map(|v| vec![*v]);
    let Ok(mut shipped) = Shipped::learned(1, STEP_S, head) else { return vec![0.0; recording.values.len()] };
    let mut before = false;
    let mut begins = |value: &f64| {
        let active = shipped.step(&[*value]).is_ok_and(|standing| standing.active);
        let was = std::mem::replace(&mut before, active);
        f64::from(u8::from(active && !was))
    };
    let probation = std::iter::repeat_n(0.0, recording.probation());
    probation.chain(recording.values.iter().skip(recording.probation()).map(&mut begins)).collect()
}

/// Lasting changes of level and noise and drifts, as they are marked on trends at one false one a month: a row is flagged with
/// which one is told, three windows of 100 values after its begin.
fn shifts(recording: &Recording) -> Vec<f64> {
    const MONTH_S: f64 = 30.0 * 86_400.0;
    let mut shifts = Shifts::new(SHIFT_VALUES as f64 * STEP_S / MONTH_S);
    let step = |(row, value): (i64, &f64)| f64::from(u8::from(shifts.step(row, *value).is_some()));
    (0..).zip(&recording.values).map(step).collect()
}

/// The seed of the row `random`.
const RANDOM_SEED: u64 = 2015;

fn random(recording: &Recording) -> Vec<f64> {
    let mut random = Random::new(RANDOM_SEED);
    recording.values.iter().map(|_| random.unit()).collect()
}

/// The benchmark's own baseline: the tail of a normal distribution of the last 6400 values, refreshed each 100
/// once the window is full.
fn windowed_gaussian(recording: &Recording) -> Vec<f64> {
    const WINDOW: usize = 6400;
    const STEP: usize = 100;
    let mut window: VecDeque<f64> = VecDeque::new();
    let mut waiting: Vec<f64> = Vec::new();
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut scores = Vec::with_capacity(recording.values.len());
    for value in &recording.values {
        let n = window.len().max(1) as f64;
        let deviation = (squares / n - (sum / n) * (sum / n)).max(0.0).sqrt().max(1e-6);
        let tail = Normal::new(0.0, 1.0).map_or(0.5, |normal| normal.cdf(-((value - sum / n) / deviation).abs()));
        scores.push(if window.is_empty() { 0.0 } else { 1.0 - tail });
        waiting.push(*value);
        if window.len() < WINDOW || waiting.len() >= STEP {
            for value in waiting.drain(..) {
                window.push_back(value);
                (sum, squares) = (sum + value, squares + value * value);
            }
            while window.len() > WINDOW {
                let old = window.pop_front().unwrap_or(0.0);
                (sum, squares) = (sum - old, squares - old * old);
            }
        }
    }
    scores
}

/// Distributions of windows that are like none seen before (Wang et al. 2011, with the benchmark's constants). Bins
/// span the range of the whole file, as the benchmark hands it to its detectors: not ours.
fn relative_entropy(recording: &Recording) -> Vec<f64> {
    const BINS: usize = 5;
    const WINDOW: usize = 52;
    /// χ² with four degrees of freedom, upper 1 %.
    const LIMIT: f64 = 13.276_704;
    let low = stats::quantile(&recording.values, 0.0);
    let step = (stats::quantile(&recording.values, 1.0) - low) / BINS as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bins")]
    let bin = |v: &f64| if step > 0.0 { ((v - low) / step).clamp(0.0, BINS as f64 - 1.0) as usize } else { 0 };
    let mut known: Vec<[f64; BINS]> = Vec::new();
    let score = |window: &[f64]| {
        let mut share = [0.0; BINS];
        for value in window {
            if let Some(place) = share.get_mut(bin(value)) {
                *place += 1.0 / WINDOW as f64;
            }
        }
        let part = |(a, b): (&f64, &f64)| a * (a.max(1e-9) / b.max(1e-9)).ln();
        let entropy = |p: &[f64; BINS]| -> f64 { share.iter().zip(p).map(part).sum() };
        let nearest = known.iter().map(|p| 2.0 * WINDOW as f64 * entropy(p)).fold(f64::INFINITY, f64::min);
        let new = nearest > LIMIT;
        if new {
            known.push(share);
        }
        f64::from(u8::from(new && known.len() > 1))
    };
    let head = vec![0.0; recording.values.len().min(WINDOW - 1)];
    head.into_iter().chain(recording.values.windows(WINDOW).map(score)).collect()
}
