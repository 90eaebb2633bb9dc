//! How far behind its newest row an asset's rows come.
//!
//! An asset may be read through two doors: one that stamps what it polls with the time of the poll, one whose device tells a
//! value a second after it was taken, or has a slower clock. Time is complete only when the slower one has spoken. How far
//! it lies behind is seen from its rows: by their own time, and by how long after the newest they came, for an asset that is
//! silent in between is not waited for by its time. It fades over an hour, for it may have been a disturbance.

use std::time::Duration;

use gemba_plant::Timestamp;

/// After this long what was seen counts no more.
const FADES: Duration = Duration::from_hours(1);

/// The longest lag seen, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lag {
    most: Duration,
    seen: Timestamp,
}

impl Default for Lag {
    fn default() -> Self {
        Self { most: Duration::ZERO, seen: Timestamp::MIN }
    }
}

impl Lag {
    /// Takes note of a row that came so far `behind` when the newest was of `latest`.
    pub(crate) fn see(&mut self, behind: Duration, latest: Timestamp) {
        if behind > self.left(latest) {
            *self = Self { most: behind, seen: latest };
        }
    }

    /// How long to wait for such rows, by the time of the newest row: a quarter longer than they were behind.
    pub(crate) fn wait(&self, latest: Timestamp) -> Duration {
        self.left(latest) * 5 / 4
    }

    /// What is left of the longest lag.
    fn left(&self, latest: Timestamp) -> Duration {
        let fresh = FADES.saturating_sub(latest.since(self.seen));
        self.most.mul_f64(fresh.as_secs_f64() / FADES.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_lag_counts_and_fades() {
        let ms = Timestamp::from_millis;
        let mut lag = Lag::default();
        assert_eq!(lag.wait(ms(5)), Duration::ZERO);
        lag.see(Duration::from_millis(400), ms(1_400));
        lag.see(Duration::from_millis(200), ms(1_500));
        assert!(lag.wait(ms(1_500)) > Duration::from_millis(499) && lag.wait(ms(1_500)) < Duration::from_millis(501));
        let half = lag.wait(ms(1_400 + 1_800_000));
        assert_eq!(half, Duration::from_millis(250));
        assert_eq!(lag.wait(ms(1_400 + 3_600_000)), Duration::ZERO);
    }
}
