//! How the rows of a table lie in time.

use gemba_learn::stats;
use gemba_plant::{Timestamp, civil_from_days};

use super::report::{Clock, Gap, Moment, Stretch};

/// A gap is longer than so many steps.
const GAP_STEPS: f64 = 5.0;
/// Gaps that are listed.
const GAPS_MAX: usize = 20;
/// A column of times must be readable in this share of the rows, and go forwards in this share of the steps.
const GOOD_SHARE: f64 = 0.9;
/// Numbers up to this many seconds after 1970 count from a start, not from a date: ten years.
const ELAPSED_MAX_US: i64 = 315_360_000_000_000;

/// The times of the rows, filled, and how to say them.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    /// µs of each row; empty without usable times.
    micros: Vec<i64>,
    /// Whether they count from a start.
    elapsed: bool,
}

impl Times {
    /// Looks at the times of a table of `rows` rows. The note says why times were not used.
    pub(super) fn of(times: &[Option<i64>], rows: usize) -> (Self, Clock, Option<String>) {
        let mut clock = Clock { unreadable: times.iter().filter(|t| t.is_none()).count(), ..Clock::default() };
        let known: Vec<i64> = times.iter().flatten().copied().collect();
        let steps: Vec<f64> = known.windows(2).filter_map(|w| Some((w.get(1)? - w.first()?) as f64 / 1e6)).collect();
        clock.backwards = steps.iter().filter(|s| **s < 0.0).count();
        let step = stats::median(&steps);
        let readable = known.len() as f64 >= GOOD_SHARE * rows as f64;
        let forwards = steps.len() as f64 * (1.0 - GOOD_SHARE) >= clock.backwards as f64;
        let moves = known.first() != known.last();
        if times.is_empty() || !readable || !forwards || !moves {
            let why = match (times.is_empty(), readable, forwards) {
                (true, ..) => None,
                (_, false, _) => Some("the times could not be read in more than a tenth of the rows"),
                (_, _, false) => Some("the times go backwards too often"),
                _ => Some("all rows have the same time"),
            };
            return (Self::default(), Clock::default(), why.map(|w| format!("Rows stand for time, because {w}.")));
        }
        let mut last = known.first().copied().unwrap_or(0);
        let fill = |time: &Option<i64>| {
            last = time.unwrap_or(last);
            last
        };
        let micros: Vec<i64> = times.iter().map(fill).collect();
        let elapsed = micros.iter().all(|t| t.abs() < ELAPSED_MAX_US);
        let times = Self { micros, elapsed };
        clock.timed = true;
        clock.step_s = Some(step).filter(|s| s.is_finite());
        clock.gaps = times.gaps(step);
        (times, clock, None)
    }

    fn gaps(&self, step: f64) -> Vec<Gap> {
        let pairs = self.micros.windows(2).enumerate();
        let gap = |(row, pair): (usize, &[i64])| {
            let seconds = (pair.get(1)? - pair.first()?) as f64 / 1e6;
            let stretch = || self.stretch(row, row + 1);
            (step > 0.0 && seconds > GAP_STEPS * step).then(|| Gap { stretch: stretch(), seconds })
        };
        let mut gaps: Vec<Gap> = pairs.filter_map(gap).collect();
        gaps.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        gaps.truncate(GAPS_MAX);
        gaps
    }

    /// Whether there are times.
    pub(super) fn timed(&self) -> bool {
        !self.micros.is_empty()
    }

    /// Hours from the first row to this one; the row itself without times.
    pub(super) fn hours(&self, row: usize) -> f64 {
        match (self.micros.first(), self.micros.get(row)) {
            (Some(first), Some(time)) => (time - first) as f64 / 3.6e9,
            _ => row as f64,
        }
    }

    /// The first row that is not before `micros`.
    pub(super) fn row_at(&self, micros: i64) -> usize {
        self.micros.iter().position(|t| *t >= micros).unwrap_or(self.micros.len())
    }

    /// The row as a moment, `row` from 0.
    pub(super) fn moment(&self, row: usize) -> Moment {
        Moment { row: row + 1, time: self.micros.get(row).map(|t| say(*t, self.elapsed)) }
    }

    /// A stretch of rows, both ends included, from 0.
    pub(super) fn stretch(&self, from: usize, to: usize) -> Stretch {
        Stretch { from: self.moment(from), to: self.moment(to) }
    }
}

/// `2020-03-09T12:14:36Z`; for a time that counts from a start, or a time of day without a date, `234.5 s`, from an hour on
/// `43234 s (12:00:34)`.
fn say(micros: i64, elapsed: bool) -> String {
    let (days, rest) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
    let seconds = Timestamp::from_micros(rest).millis() / 1000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if elapsed {
        let beside = match days {
            0 if hour == 0 => String::new(),
            0 => format!(" ({hour:02}:{minute:02}:{second:02})"),
            _ => format!(" ({days} d {hour:02}:{minute:02}:{second:02})"),
        };
        return format!("{} s{beside}", micros as f64 / 1e6);
    }
    let (year, month, day) = civil_from_days(days);
    let fraction = match rest % 1_000_000 {
        0 => String::new(),
        part if part % 1000 == 0 => format!(".{:03}", part / 1000),
        part => format!(".{part:06}"),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_gaps_and_faults_are_counted() {
        let base = 1_583_756_076_000_000;
        let mut times: Vec<Option<i64>> = (0..100).map(|i| Some(base + i * 1_000_000)).collect();
        times[50] = None;
        (70..100).for_each(|i| times[i] = times[i].map(|t| t + 60_000_000));
        times[90] = Some(base);
        let (times, clock, note) = Times::of(&times, 100);
        assert_eq!((note, clock.timed, clock.step_s), (None, true, Some(1.0)));
        assert_eq!((clock.unreadable, clock.backwards), (1, 1));
        assert_eq!((clock.gaps.len(), clock.gaps[1].stretch.from.row), (2, 70));
        assert_eq!(times.moment(0).time.as_deref(), Some("2020-03-09T12:14:36Z"));
        assert!((times.hours(36) - 0.01).abs() < 1e-12);
    }

    #[test]
    fn without_usable_times_rows_stand_for_time() {
        let (times, clock, note) = Times::of(&[], 10);
        assert_eq!((times.timed(), clock.timed, note), (false, false, None));
        assert_eq!((times.moment(3), times.hours(3)), (Moment { row: 4, time: None }, 3.0));
        let same: Vec<Option<i64>> = vec![Some(5); 10];
        assert!(Times::of(&same, 10).2.unwrap().contains("same time"));
    }

    #[test]
    fn times_are_said_as_they_are_meant() {
        assert_eq!(say(1_500_000, true), "1.5 s");
        assert_eq!(say(43_234_000_000, true), "43234 s (12:00:34)");
        assert_eq!(say(180_000_000_000, true), "180000 s (2 d 02:00:00)");
        assert_eq!(say(951_782_400_250_000, false), "2000-02-29T00:00:00.250Z");
    }
}
