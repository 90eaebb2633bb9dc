//! How far a level may be judged: by how many values it was learned from that say something of their own.
//!
//! A machine that comes back to an operating state need not find every signal where it was left: a drive is held by another
//! current each time, a time is set now and then. A value that stands is then one value, however long it stands: a level has
//! no more degrees of freedom than it made moves, and one that never moved is not judged there. And what visits differ by
//! beyond what their windows do (the between-group component of one-way analysis of variance) is known from as few values
//! as there were visits: scale and degrees of freedom are those of both parts together (Satterthwaite 1946). Visits that
//! are alike change nothing.

use serde::{Deserialize, Serialize};

use crate::level::Level;
use crate::swing::Swing;
use crate::{Error, stats};

/// A level with the limit, in its scales, that the budget gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Judged {
    pub(super) level: Level,
    /// Rows of the windows whose means are judged …
    pub(super) window: usize,
    /// … which hold whole periods of a swing: shorter ones may be back for a while only.
    pub(super) whole: bool,
    #[serde(with = "crate::bits::one")]
    pub(super) limit: f64,
}

impl Judged {
    /// Learns from a head that goes on, of which `slow` is the share of slow variance.
    ///
    /// # Errors
    /// As [`Level::fit`].
    pub(super) fn fit(values: &[f64], window: usize, slow: f64) -> Result<Self, Error> {
        let level = Level::fit(values, window, slow)?;
        Ok(Self { level, window, whole: false, limit: f64::INFINITY })
    }

    /// The same for a head that swings: it was seen no more often than it came back.
    #[must_use]
    pub(super) fn swinging(mut self, swing: Swing, whole: bool) -> Self {
        self.level.freedom = self.level.freedom.min(swing.seen - 1.0);
        Self { whole, ..self }
    }

    /// The same for a head in which missing values part visits to an operating state.
    #[must_use]
    pub(super) fn visited(mut self, values: &[f64]) -> Self {
        let level = &mut self.level;
        if let Some(visits) = Visits::of(values, self.window) {
            level.scale *= visits.wider();
            level.freedom = level.freedom.min(visits.freedom());
        }
        level.freedom = level.freedom.min(moves(values) as f64);
        self
    }
}

/// How often the usable values change.
fn moves(values: &[f64]) -> usize {
    let usable = stats::finite(values);
    usable.windows(2).filter(|pair| pair.first() < pair.last() || pair.first() > pair.last()).count()
}

/// What the means of windows do within visits, and from visit to visit.
#[derive(Debug)]
struct Visits {
    count: f64,
    windows: f64,
    /// The variance of the means of windows within visits …
    within: f64,
    /// … and that of the means of visits beyond what it makes of them.
    between: f64,
}

impl Visits {
    /// None with fewer than two visits that hold a window, or one window in each.
    fn of(values: &[f64], window: usize) -> Option<Self> {
        let window = window.max(1);
        let visits = values.split(|v| !v.is_finite()).filter(|visit| visit.len() >= window);
        let visits: Vec<Vec<f64>> = visits.map(|v| v.chunks_exact(window).map(stats::mean).collect()).collect();
        let (count, windows) = (visits.len() as f64, visits.iter().map(Vec::len).sum::<usize>() as f64);
        if visits.len() < 2 || windows <= count {
            return None;
        }
        let centres: Vec<f64> = visits.iter().map(|v| stats::mean(v)).collect();
        let squares = |(visit, centre): (&Vec<f64>, &f64)| visit.iter().map(|m| (m - centre).powi(2)).sum::<f64>();
        let within = visits.iter().zip(&centres).map(squares).sum::<f64>() / (windows - count);
        let alone = within * visits.iter().map(|v| 1.0 / v.len() as f64).sum::<f64>() / count;
        let between = (stats::variance(&centres) - alone).max(0.0);
        Some(Self { count, windows, within, between })
    }

    /// By how much the spread of a window in another visit is wider than that of windows in these.
    fn wider(&self) -> f64 {
        let all = self.within + self.between;
        if all > 0.0 { (1.0 + self.between / self.count / all).sqrt() } else { 1.0 }
    }

    /// The degrees of freedom of both parts together.
    fn freedom(&self) -> f64 {
        let parts = self.within.powi(2) / (self.windows - self.count) + self.between.powi(2) / (self.count - 1.0);
        if parts > 0.0 { (self.within + self.between).powi(2) / parts } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Visits of 120 rows at these levels, with noise.
    fn visits(levels: &[f64], noise: f64) -> Vec<f64> {
        let mut random = Random::new(4);
        let mut visit = |level: &f64| {
            let rows: Vec<f64> = (0..120).map(|_| level + noise * random.normal()).chain([f64::NAN]).collect();
            rows
        };
        levels.iter().flat_map(&mut visit).collect()
    }

    fn judged(values: &[f64]) -> Level {
        Judged::fit(values, 10, 0.0).unwrap().visited(values).level
    }

    #[test]
    fn visits_that_are_alike_count_their_windows_and_others_themselves() {
        let alike = judged(&visits(&[5.0; 6], 0.1));
        assert!(alike.freedom > 40.0, "{alike:?}");
        let apart = judged(&visits(&[5.0, 6.0, 5.4, 4.7, 6.1, 5.2], 0.1));
        assert!(apart.freedom < 6.0 && apart.limit(1e-6) > 3.0 * alike.limit(1e-6), "{apart:?}");
    }

    #[test]
    fn a_value_that_stands_is_one_value() {
        let set = visits(&[200.0, 200.0, 180.0, 180.0, 200.0], 0.0);
        assert!((judged(&set).freedom - 2.0).abs() < 1e-12);
        let never = judged(&visits(&[1.0; 5], 0.0));
        assert!(never.limit(1e-6).is_infinite() && (never.p_value(1e9) - 1.0).abs() < 1e-12, "{never:?}");
    }
}
