//! As many points as pixels, without losing a peak: M4 (Jugel et al., VLDB 2014).

use gemba_plant::{Gap, Quality, Sample, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// A signal or a formula over time, in at most as many buckets as asked for.
///
/// All columns are of equal length, buckets without a sample are left out. In a raw series each entry is one sample.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Series {
    /// Whether each entry is one sample; then min, max, first and last are its value.
    pub raw: bool,
    /// The width of a bucket, µs; 0 when raw.
    pub bucket_us: i64,
    /// Where each bucket begins, or the source time of each sample, µs.
    pub times: Vec<i64>,
    /// The smallest value; NaN when the bucket has none.
    pub min: Vec<f64>,
    /// The largest value.
    pub max: Vec<f64>,
    /// The value that came first.
    pub first: Vec<f64>,
    /// The value that came last.
    pub last: Vec<f64>,
    /// How many samples, with and without a value.
    pub count: Vec<u64>,
    /// The worst quality ([`Quality::code`]).
    pub quality: Vec<u8>,
    /// The holes that touch the range.
    pub gaps: Vec<Gap>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    min: f64,
    max: f64,
    first: (i64, f64),
    last: (i64, f64),
    count: u64,
    worst: Quality,
}

/// Collects samples, in any order.
#[derive(Debug)]
pub(crate) struct M4 {
    range: TimeRange,
    bucket_us: i64,
    buckets: Vec<Option<Bucket>>,
    /// The samples themselves, while they are few.
    raw: Option<Vec<Sample>>,
}

impl M4 {
    /// `width` buckets at most over `range`, which must be bounded.
    pub(crate) fn new(range: TimeRange, width: usize) -> Self {
        let span = range.to.micros().saturating_sub(range.from.micros()).max(1);
        let width_us = i64::try_from(width.max(1)).unwrap_or(i64::MAX);
        let bucket_us = span / width_us + i64::from(span % width_us != 0);
        let buckets = usize::try_from(span / bucket_us + i64::from(span % bucket_us != 0)).unwrap_or(width);
        Self { range, bucket_us, buckets: vec![None; buckets], raw: Some(Vec::new()) }
    }

    /// Takes a sample in; one outside the range is passed over.
    pub(crate) fn add(&mut self, row: Sample) {
        if !self.range.contains(row.time) {
            return;
        }
        let offset = row.time.micros().saturating_sub(self.range.from.micros());
        let place = usize::try_from(offset / self.bucket_us).unwrap_or(usize::MAX);
        if let Some(slot) = self.buckets.get_mut(place) {
            slot.get_or_insert_with(Bucket::empty).add(&row);
        }
        match &mut self.raw {
            Some(raw) if raw.len() < self.buckets.len() => raw.push(row),
            _ => self.raw = None,
        }
    }

    /// The series: the samples themselves when there are no more of them than buckets.
    pub(crate) fn finish(self, gaps: Vec<Gap>) -> Series {
        let mut series = Series {
            raw: self.raw.is_some(),
            bucket_us: if self.raw.is_some() { 0 } else { self.bucket_us },
            times: Vec::new(),
            min: Vec::new(),
            max: Vec::new(),
            first: Vec::new(),
            last: Vec::new(),
            count: Vec::new(),
            quality: Vec::new(),
            gaps,
        };
        if let Some(mut raw) = self.raw {
            raw.sort_by_key(|row| row.time);
            for row in &raw {
                series.push(row.time, &Bucket::of(row));
            }
            return series;
        }
        for (bucket, number) in self.buckets.iter().zip(0_i64..) {
            let begins = Timestamp::from_micros(self.range.from.micros().saturating_add(number * self.bucket_us));
            if let Some(bucket) = bucket {
                series.push(begins, bucket);
            }
        }
        series
    }
}

impl Bucket {
    fn empty() -> Self {
        let none = f64::NAN;
        let (first, last) = ((i64::MAX, none), (i64::MIN, none));
        Self { min: none, max: none, first, last, count: 0, worst: Quality::Good }
    }

    fn of(row: &Sample) -> Self {
        let mut bucket = Self::empty();
        bucket.add(row);
        bucket
    }

    fn add(&mut self, row: &Sample) {
        self.count += 1;
        self.worst = self.worst.max(row.quality);
        let (time, value) = (row.time.micros(), row.value);
        if value.is_nan() {
            return;
        }
        (self.min, self.max) = (self.min.min(value), self.max.max(value));
        if time < self.first.0 {
            self.first = (time, value);
        }
        if time > self.last.0 || self.last.1.is_nan() {
            self.last = (time, value);
        }
    }
}

impl Series {
    fn push(&mut self, time: Timestamp, bucket: &Bucket) {
        self.times.push(time.micros());
        self.min.push(bucket.min);
        self.max.push(bucket.max);
        self.first.push(bucket.first.1);
        self.last.push(bucket.last.1);
        self.count.push(bucket.count);
        self.quality.push(bucket.worst.code());
    }
}
