//! Change-point scoring after the benchmark, in the form that SKAB publishes its figures in
//! (tsad 0.19, `evaluating(metric="nab")` with its defaults): a window to the right of each change point; the
//! first detection in it scores between +1 at its left edge and the false-alarm weight at its right edge, along
//! a hyperbolic tangent; an empty window −1; each detection outside a window the false-alarm weight.
//! The sum over all files is scaled so that a silent detector has 0 and a perfect one 100.

use super::{Profile, scaled};

/// Points on the curve between the window's edges, as in the published code.
const CURVE_POINTS: usize = 1000;

/// Sums over files.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    score: f64,
    windows: f64,
}

impl Tally {
    /// Adds a file: `changes` and `detections` are ascending times, `width` is the window's length in the
    /// same unit.
    pub(crate) fn add(&mut self, changes: &[i64], detections: &[i64], width: i64, profile: Profile) {
        let windows = windows(changes, width);
        for (from, to) in &windows {
            let first = detections.iter().find(|t| *from <= **t && **t <= *to);
            self.score += first.map_or(profile.miss, |first| curve(*from, *first, *to, profile));
        }
        let outside = detections.iter().filter(|t| !windows.iter().any(|(from, to)| from <= *t && *t <= to));
        self.score += profile.false_alarm * outside.count() as f64;
        self.windows += windows.len() as f64;
    }

    /// The scaled score: 0 silent, 100 perfect.
    pub(crate) fn scaled(&self, profile: Profile) -> f64 {
        scaled(self.score, self.windows, profile)
    }
}

/// A window right of each change; where two overlap, the later one begins where the earlier one ends.
fn windows(changes: &[i64], width: i64) -> Vec<(i64, i64)> {
    let mut windows: Vec<(i64, i64)> = Vec::with_capacity(changes.len());
    for change in changes {
        let from = windows.last().map_or(*change, |(_, end)| if end >= change { *end } else { *change });
        windows.push((from, change + width));
    }
    windows
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 0–1 times 1000")]
fn curve(from: i64, at: i64, to: i64, profile: Profile) -> f64 {
    use std::f64::consts::PI;
    let share = if to > from { (at - from) as f64 / (to - from) as f64 } else { 0.0 };
    let point = ((share * CURVE_POINTS as f64) as usize).min(CURVE_POINTS - 1);
    let x = -PI / 2.0 + PI * point as f64 / (CURVE_POINTS - 1) as f64;
    let half = (profile.hit - profile.false_alarm) / 2.0;
    -half * x.tanh() / (PI / 2.0).tanh() + half + profile.false_alarm
}

#[cfg(test)]
mod tests {
    use super::super::STANDARD;
    use super::*;

    fn score(changes: &[i64], detections: &[i64]) -> f64 {
        let mut tally = Tally::default();
        tally.add(changes, detections, 60, STANDARD);
        tally.scaled(STANDARD)
    }

    #[test]
    fn silence_is_zero_and_perfection_a_hundred() {
        assert!(score(&[100, 500], &[]).abs() < 1e-9);
        assert!((score(&[100, 500], &[100, 500]) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn late_is_worth_less_and_a_false_alarm_costs() {
        assert!(score(&[100], &[110]) > score(&[100], &[150]));
        assert!((score(&[100], &[100, 300]) - (100.0 - 5.5)).abs() < 1e-9);
        // at the right edge a hit is worth as much as a false alarm
        assert!((score(&[100], &[160]) - 100.0 * (1.0 - 0.11) / 2.0).abs() < 1e-9);
    }

    #[test]
    fn overlapping_windows_are_cut_on_the_left() {
        assert_eq!(windows(&[100, 130], 60), vec![(100, 160), (160, 190)]);
        assert_eq!(windows(&[100, 160], 60), vec![(100, 160), (160, 220)]);
    }
}
