//! Time of day and of week as numbers that a level may depend on: the first harmonics of either.
//!
//! Nothing is known of time zones or shifts: the phases are learned. Whether a level depends on them is for the data
//! to show, on rows held back ([`normal`](crate::normal)).

use std::f64::consts::TAU;
use std::ops::Range;

/// A day and a week, µs.
const DAY: i64 = 86_400_000_000;
const WEEK: i64 = 7 * DAY;
/// Harmonics of each: down to eight hours, and down to a little more than two days.
const HARMONICS: usize = 3;
/// How many numbers tell the time.
pub const COLUMNS: usize = 4 * HARMONICS;
/// So many periods must have been seen before a course over one can be told from a drift.
const PERIODS_MIN: i64 = 3;

/// Sine and cosine of each harmonic of the day, then of the week.
pub fn numbers(time_us: i64) -> [f64; COLUMNS] {
    let mut numbers = [0.0; COLUMNS];
    let parts = [DAY, WEEK].into_iter().flat_map(|period| {
        let turn = TAU * time_us.rem_euclid(period) as f64 / period as f64;
        (1..=HARMONICS).flat_map(move |n| <[f64; 2]>::from((turn * n as f64).sin_cos()))
    });
    numbers.iter_mut().zip(parts).for_each(|(number, part)| *number = part);
    numbers
}

/// Which of the numbers can be believed after `span_us` µs: those of the day, then those of day and week.
pub fn groups(span_us: i64) -> Vec<Range<usize>> {
    let day = (span_us >= PERIODS_MIN * DAY).then_some(0..2 * HARMONICS);
    let both = (span_us >= PERIODS_MIN * WEEK).then_some(0..COLUMNS);
    day.into_iter().chain(both).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_hour_of_another_week_has_the_same_numbers_and_another_hour_has_not() {
        let hour = DAY / 24;
        for at in [0, 5 * hour, 3 * DAY + 7 * hour, -9 * hour] {
            let (a, b) = (numbers(at), numbers(at + 2 * WEEK));
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9));
            let tomorrow = numbers(at + DAY);
            assert!(a.iter().zip(tomorrow).take(6).all(|(a, b)| (a - b).abs() < 1e-9));
            assert!(a.iter().zip(tomorrow).skip(6).any(|(a, b)| (a - b).abs() > 0.1));
            assert!(a.iter().zip(numbers(at + hour)).take(6).any(|(a, b)| (a - b).abs() > 0.1));
        }
    }

    #[test]
    fn a_short_past_tells_no_course() {
        assert!(groups(DAY).is_empty());
        assert_eq!(groups(4 * DAY), vec![0..6, 0..12][..1]);
        assert_eq!(groups(30 * DAY), [0..6, 0..12]);
    }
}
