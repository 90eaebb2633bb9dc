//! The score of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015, arXiv 1510.03336; its published scorer).
//!
//! Every row outside probation has a value if it is flagged: in a window, from +1 at the left edge to 0 at the
//! right edge along a sigmoid; behind a window, from 0 down to the false-alarm weight; elsewhere that weight. Of a
//! window only its best flagged row counts, a window without one counts as missed. A row is flagged from a
//! threshold on, the same for all files; the benchmark takes the threshold that is best for the corpus. The sum is
//! scaled so that a silent detector has 0 and a perfect one 100.

use super::corpus::Recording;
use super::{Profile, scaled};

/// The sigmoid's argument per width of a window.
const STEEPNESS: f64 = 5.0;
/// From this many widths behind a window a false alarm has its full weight.
const FAR_BEHIND: f64 = 3.0;

/// The curve at `position`, in widths of the window from its right edge: −1 is its left edge.
fn sigmoid(position: f64) -> f64 {
    if position > FAR_BEHIND { -1.0 } else { 2.0 / (1.0 + (STEEPNESS * position).exp()) - 1.0 }
}

/// A row outside probation, as it counts when it is flagged.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// What the detector said.
    score: f64,
    /// What flagging it is worth.
    worth: f64,
    /// The window it lies in, counted over the corpus.
    window: Option<usize>,
}

/// Rows of all files added so far.
#[derive(Clone, Debug)]
pub(crate) struct Sweep {
    profile: Profile,
    rows: Vec<Row>,
    windows: usize,
}

/// The score at a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// 0 silent, 100 perfect.
    pub(crate) score: f64,
    /// The sum behind the score.
    pub(crate) sum: f64,
    /// Rows are flagged from this score on.
    pub(crate) threshold: f64,
    /// Windows with a flagged row.
    pub(crate) found: usize,
    /// Flagged rows outside windows.
    pub(crate) false_alarms: usize,
}

impl Sweep {
    /// Nothing added yet.
    pub(crate) fn new(profile: Profile) -> Self {
        Self { profile, rows: Vec::new(), windows: 0 }
    }

    /// Adds a file with a detector's score of each row.
    pub(crate) fn add(&mut self, recording: &Recording, scores: &[f64]) {
        let probation = recording.probation();
        let mut behind: Option<(usize, usize)> = None;
        let mut windows = recording.windows.iter().zip(self.windows..).peekable();
        for (i, score) in scores.iter().enumerate() {
            while let Some((window, _)) = windows.next_if(|((_, last), _)| *last < i) {
                behind = Some(*window);
            }
            let inside = windows.peek().filter(|((first, _), _)| *first <= i);
            let worth = match inside {
                Some((window, _)) => self.profile.hit * inside_worth(i, **window),
                None => -self.profile.false_alarm * behind_worth(i, behind),
            };
            if i >= probation {
                self.rows.push(Row { score: *score, worth, window: inside.map(|(_, id)| *id) });
            }
        }
        self.windows += recording.windows.len();
    }

    /// The best threshold for all that was added.
    pub(crate) fn best(&mut self) -> Outcome {
        let silent = self.silent(f64::INFINITY);
        self.outcomes().into_iter().fold(silent, |best, o| if o.score > best.score { o } else { best })
    }

    /// The score at a given threshold.
    pub(crate) fn at(&mut self, threshold: f64) -> Outcome {
        let silent = self.silent(threshold);
        self.outcomes().into_iter().take_while(|o| o.threshold >= threshold).last().unwrap_or(silent)
    }

    fn silent(&self, threshold: f64) -> Outcome {
        let sum = self.windows as f64 * self.profile.miss;
        Outcome { score: 0.0, sum, threshold, found: 0, false_alarms: 0 }
    }

    /// The outcome at each score that occurs, from the highest down.
    fn outcomes(&mut self) -> Vec<Outcome> {
        self.rows.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut best: Vec<Option<f64>> = vec![None; self.windows];
        let mut sum = self.windows as f64 * self.profile.miss;
        let (mut found, mut false_alarms) = (0, 0);
        let mut outcomes = Vec::new();
        let mut rows = self.rows.iter().peekable();
        while let Some(row) = rows.next() {
            if let Some(kept) = row.window.and_then(|id| best.get_mut(id)) {
                found += usize::from(kept.is_none());
                let before = kept.unwrap_or(self.profile.miss);
                *kept = Some(before.max(row.worth));
                sum += before.max(row.worth) - before;
            } else {
                false_alarms += 1;
                sum += row.worth;
            }
            if rows.peek().is_none_or(|next| next.score.total_cmp(&row.score).is_ne()) {
                let score = scaled(sum, self.windows as f64, self.profile);
                outcomes.push(Outcome { score, sum, threshold: row.score, found, false_alarms });
            }
        }
        outcomes
    }
}

/// 1 at the left edge of the window, near 0 at the right edge.
fn inside_worth(row: usize, (first, last): (usize, usize)) -> f64 {
    let width = (last - first + 1) as f64;
    sigmoid(-((last - row + 1) as f64) / width) / sigmoid(-1.0)
}

/// 0 right behind the window, −1 far behind it or where there is none before.
fn behind_worth(row: usize, window: Option<(usize, usize)>) -> f64 {
    window.map_or(-1.0, |(first, last)| sigmoid((row - last) as f64 / ((last - first).max(1)) as f64))
}

#[cfg(test)]
mod tests {
    use super::super::{LOW_FN, STANDARD};
    use super::*;

    /// 1000 rows, windows 400–499 and 700–799.
    fn recording() -> Recording {
        Recording { values: vec![0.0; 1000], windows: vec![(400, 499), (700, 799)], ..Recording::default() }
    }

    fn best(flagged: &[usize], profile: Profile) -> Outcome {
        let scores: Vec<f64> = (0..1000).map(|i| f64::from(u8::from(flagged.contains(&i)))).collect();
        let mut sweep = Sweep::new(profile);
        sweep.add(&recording(), &scores);
        sweep.at(1.0)
    }

    #[test]
    fn the_published_points_of_the_curve() {
        for (position, want) in [(-1.0, 0.98661), (-0.5, 0.84828), (0.0, 0.0), (1.0, -0.98661), (3.5, -1.0)] {
            assert!((sigmoid(position) - want).abs() < 1e-5, "{position}");
        }
    }

    #[test]
    fn silence_is_zero_and_perfection_a_hundred() {
        assert!(best(&[], STANDARD).score.abs() < 1e-9);
        assert!((best(&[400, 700], STANDARD).score - 100.0).abs() < 1e-9);
        assert!((best(&[400, 700], LOW_FN).score - 100.0).abs() < 1e-9);
    }

    #[test]
    fn each_alarm_has_its_worth() {
        // half of the windows, from the left edge on: one hit of +1, one miss of −1
        assert!((best(&[400, 410, 450], STANDARD).score - 50.0).abs() < 1e-9);
        // a false alarm before any window costs 0.11 of the 4 between silent and perfect
        assert!((best(&[400, 300], STANDARD).score - (50.0 - 100.0 * 0.11 / 4.0)).abs() < 1e-9);
        // one row behind a window of 100 rows: 1/99 of a width
        let near = 0.11 * sigmoid(1.0 / 99.0);
        assert!((best(&[400, 500], STANDARD).score - (50.0 + 100.0 * near / 4.0)).abs() < 1e-9);
        // in the middle of a window: sigmoid(−0.5)/sigmoid(−1)
        let middle = sigmoid(-0.5) / sigmoid(-1.0);
        assert!((best(&[450], STANDARD).score - 100.0 * (middle + 1.0) / 4.0).abs() < 1e-9);
        // rows of probation do not count
        assert!((best(&[100, 400, 700], STANDARD).score - 100.0).abs() < 1e-9);
    }

    #[test]
    fn the_best_threshold_leaves_out_what_costs() {
        let mut scores = vec![0.0; 1000];
        (scores[405], scores[705], scores[300]) = (0.9, 0.8, 0.7);
        let mut sweep = Sweep::new(STANDARD);
        sweep.add(&recording(), &scores);
        let best = sweep.best();
        assert!((best.threshold - 0.8).abs() < 1e-12);
        assert_eq!((best.found, best.false_alarms), (2, 0));
    }
}
