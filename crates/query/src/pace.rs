//! How far apart the samples of a series usually are, and where it is silent for longer.

use gemba_plant::{TimeRange, Timestamp};

use crate::Series;

/// Distances of samples that are needed to say what is usual.
const DISTANCES_MIN: usize = 8;
/// Samples come at a pace when nine of ten distances are at most so many times the one that one of ten is below; what is
/// told when it changes has no pace.
const EVEN: i64 = 3;
/// A series is silent where nothing comes for longer than so many times its usual distance.
const SILENT: i64 = 4;

impl Series {
    /// The usual distance of two samples, µs: the median. None where there are too few to say, and where they come as it
    /// happens to change.
    pub fn pace_us(&self) -> Option<i64> {
        let mut apart = self.distances();
        if apart.len() < DISTANCES_MIN {
            return None;
        }
        apart.sort_unstable();
        let part = |tenths: usize| apart.get((apart.len() - 1) * tenths / 10).copied();
        let (low, middle, high) = (part(1)?, part(5)?, part(9)?);
        (low > 0 && high <= low.saturating_mul(EVEN)).then_some(middle)
    }

    /// Distances of samples that follow each other; of buckets what they are in each on the average.
    fn distances(&self) -> Vec<i64> {
        if self.raw {
            return self.times.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
        }
        let mean = |count: &u64| self.bucket_us / i64::try_from(*count).unwrap_or(i64::MAX).max(1);
        self.count.iter().filter(|count| **count > 0).map(mean).collect()
    }

    /// Stretches between two samples in which it is silent for longer than its pace allows: from the end of what stands
    /// before to the begin of what comes next. None without a pace.
    pub fn silences(&self) -> Vec<TimeRange> {
        let Some(pace) = self.pace_us() else { return Vec::new() };
        let pairs = self.times.windows(2).filter_map(|w| Some((w.first()?.saturating_add(self.bucket_us), *w.get(1)?)));
        let silent = pairs.filter(|(from, to)| to - from > pace.saturating_mul(SILENT));
        silent.map(|(from, to)| TimeRange::new(Timestamp::from_micros(from), Timestamp::from_micros(to))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn series(raw: bool, bucket_us: i64, at: &[(i64, u64)]) -> Series {
        let n = at.len();
        Series {
            raw,
            bucket_us,
            times: at.iter().map(|(time, _)| *time).collect(),
            min: vec![1.0; n],
            max: vec![1.0; n],
            first: vec![1.0; n],
            last: vec![1.0; n],
            count: at.iter().map(|(_, count)| *count).collect(),
            quality: vec![0; n],
            gaps: Vec::new(),
        }
    }

    fn hours(range: &TimeRange) -> (i64, i64) {
        (range.from.micros() / HOUR, range.to.micros() / HOUR)
    }

    #[test]
    fn a_value_every_six_hours_is_silent_where_days_are_missing_and_not_where_one_is() {
        let days = |from: i64, to: i64| (from * 4..to * 4).map(|i| (i * 6 * HOUR, 1));
        let mut at: Vec<(i64, u64)> = days(0, 10).chain(days(29, 40)).collect();
        at.remove(5);
        let slow = series(true, 0, &at);
        assert_eq!(slow.pace_us(), Some(6 * HOUR));
        assert_eq!(slow.silences().iter().map(hours).collect::<Vec<_>>(), [(10 * 24 - 6, 29 * 24)]);
    }

    #[test]
    fn buckets_know_the_pace_by_their_counts_and_an_empty_one_is_no_silence_by_itself() {
        // 8 hours a bucket and a value every 6: one or two in each
        let at: Vec<(i64, u64)> = (0..40).map(|i| (i * 8 * HOUR, 1 + u64::from(i % 3 == 0))).collect();
        let mut whole = series(false, 8 * HOUR, &at);
        assert!(whole.pace_us().is_some() && whole.silences().is_empty());
        for column in [&mut whole.min, &mut whole.max, &mut whole.first, &mut whole.last] {
            column.drain(20..30);
        }
        whole.times.drain(20..30);
        whole.count.drain(20..30);
        whole.quality.drain(20..30);
        assert_eq!(whole.silences().iter().map(hours).collect::<Vec<_>>(), [(160, 240)]);
    }

    #[test]
    fn what_is_told_when_it_changes_and_what_is_too_little_has_no_pace() {
        let seconds: i64 = 1_000_000;
        let changes: Vec<(i64, u64)> =
            [0, 1, 2, 900, 901, 5_000, 5_001, 5_060, 9_000, 9_001, 20_000].map(|s| (s * seconds, 1)).into();
        assert_eq!(series(true, 0, &changes).pace_us(), None);
        assert!(series(true, 0, &changes).silences().is_empty());
        assert_eq!(series(true, 0, &[(0, 1), (HOUR, 1), (2 * HOUR, 1)]).pace_us(), None);
    }
}
