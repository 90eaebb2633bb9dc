//! A streaming detector for a single signal of any kind: it asks whether a value breaks a record.
//!
//! Two deviations are followed, each upwards and downwards by itself: of the value from the median of what came just
//! before, and of a short mean from the level of a longer time. Whatever their distribution is, in a stream that
//! goes on as before a deviation larger than all of the last m has a probability of 1/m: a signal that is always
//! spiky does not alarm by spiking, one that swings each day does not alarm by swinging, and no shape is assumed.
//! The score is how far the record is broken, as the logarithm of the ratio: 1 is ten percent beyond. For a while
//! after a score only a higher one is let through, so that an event is one alarm and not hundreds. Constant memory,
//! below a microsecond or so a value.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::sliding::{SlidingMax, SlidingMean, SlidingMedian};
use crate::{Error, stats};

/// The fewest values to learn from.
const LEARN_MIN: usize = 100;
/// The near past, as a part of the values learned from: what a value is compared with …
const NEAR: usize = 10;
/// … the short mean …
const SHORT: usize = 50;
/// … the longer time that it is compared with …
const LONG: usize = 2;
/// … how long a score silences lower ones.
const REST: usize = 5;
/// How long a record stands, as a multiple of the values learned from.
const MEMORY: usize = 6;
/// The smallest deviation that means anything, as a share of the largest one learned.
const FLOOR: f64 = 0.01;
/// The ratio to the record that scores 1.
const BREAK: f64 = 1.1;
/// Two deviations, each in two directions.
const SIDES: usize = 4;

/// A record that was broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Break {
    /// How far: 1 at ten percent beyond the record.
    pub score: f64,
    /// Whether a value is off what came just before; else a short mean is off the level of a longer time.
    pub sudden: bool,
    /// That value or mean, and what it is off.
    pub measured: f64,
    /// See [`Break::measured`].
    pub expected: f64,
    /// How far off it has been in this direction, at most.
    pub record: f64,
}

/// Follows one signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordWatch {
    learn: usize,
    count: usize,
    near: SlidingMedian,
    short: SlidingMean,
    /// Short means that are too young to be compared with: they overlap the present one.
    young: VecDeque<u64>,
    long: SlidingMedian,
    sides: [Side; SIDES],
    rest: SlidingMax,
}

impl RecordWatch {
    /// Learns from the first `learn` values, 100 at least, and scores from their half on; all its times follow from
    /// that number.
    ///
    /// # Errors
    /// When `learn` is too small.
    pub fn new(learn: usize) -> Result<Self, Error> {
        if learn < LEARN_MIN {
            return Err(Error::TooFewRows { what: "a signal's records", found: learn, needed: LEARN_MIN });
        }
        Ok(Self {
            learn,
            count: 0,
            near: SlidingMedian::new(learn / NEAR),
            short: SlidingMean::new(learn / SHORT),
            young: VecDeque::new(),
            long: SlidingMedian::new(learn / LONG),
            sides: std::array::from_fn(|_| Side::new(learn)),
            rest: SlidingMax::new(learn / REST),
        })
    }

    /// Takes the next value and says how far it breaks a record: 0 when it breaks none, 1 at ten percent beyond the
    /// record. What is not finite is passed over.
    pub fn step(&mut self, value: f64) -> f64 {
        self.judge(value).map_or(0.0, |broken| broken.score)
    }

    /// As [`step`](Self::step), with the record; none when none is broken.
    pub fn judge(&mut self, value: f64) -> Option<Break> {
        if !value.is_finite() {
            return None;
        }
        let near = self.near.median();
        self.near.push(value);
        let (mean, long) = self.level(value);
        let stage = Stage::of(self.count, self.learn);
        self.count += 1;
        let mut most: Option<Break> = None;
        let pairs = [(value, near, 1.0), (value, near, -1.0), (mean, long, 1.0), (mean, long, -1.0)];
        for (place, (side, (measured, expected, way))) in self.sides.iter_mut().zip(pairs).enumerate() {
            let off = (measured - expected) * way;
            let (score, record) = side.step(if off > 0.0 { off } else { 0.0 }, stage);
            if score > most.map_or(0.0, |m| m.score) {
                most = Some(Break { score, sudden: place < SIDES / 2, measured, expected, record });
            }
        }
        let score = most.map_or(0.0, |m| m.score);
        let silenced = self.rest.max().is_some_and(|highest| score <= highest);
        self.rest.push(score);
        most.filter(|_| !silenced)
    }

    /// How many values a score silences lower ones for.
    pub fn rest(&self) -> usize {
        (self.learn / REST).max(1)
    }

    /// How many values a record stands for.
    pub fn memory(&self) -> usize {
        MEMORY * self.learn
    }

    /// The probability that a value of a stream that goes on as before scores as high: a record of the last m values is broken
    /// with a probability of 1/m, and where tails are exponential (heavier ones than most have) an r times higher one comes
    /// with m^(−r).
    pub fn p_value(&self, score: f64) -> f64 {
        let ratio = (score.max(0.0) * BREAK.ln()).exp();
        (SIDES as f64 * (self.memory() as f64).powf(-ratio)).min(1.0)
    }

    /// The score that has this probability; at least 0.
    pub fn limit(&self, alpha: f64) -> f64 {
        let ratio = (SIDES as f64 / alpha.max(f64::MIN_POSITIVE)).ln() / (self.memory() as f64).ln();
        ratio.max(1.0).ln() / BREAK.ln()
    }

    /// The short mean, and the median of earlier ones.
    fn level(&mut self, value: f64) -> (f64, f64) {
        let Some(mean) = self.short.push(value) else { return (f64::NAN, f64::NAN) };
        self.young.push_back(mean.to_bits());
        if self.young.len() > (self.learn / SHORT).max(1)
            && let Some(old) = self.young.pop_front()
        {
            self.long.push(f64::from_bits(old));
        }
        (mean, self.long.median())
    }
}

/// How far learning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The medians are not yet worth anything.
    Filling,
    /// Records are kept, the floor is learned.
    Learning,
    /// Scoring.
    Watching,
}

impl Stage {
    fn of(count: usize, learn: usize) -> Self {
        match count {
            n if n < learn / 8 => Self::Filling,
            n if n < learn / 2 => Self::Learning,
            _ => Self::Watching,
        }
    }
}

/// One deviation in one direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Side {
    records: SlidingMax,
    #[serde(with = "crate::bits")]
    learned: Vec<f64>,
    #[serde(with = "crate::bits::one")]
    floor: f64,
}

impl Side {
    fn new(learn: usize) -> Self {
        Self { records: SlidingMax::new(MEMORY * learn), learned: Vec::new(), floor: 0.0 }
    }

    /// The score, and the record that it is of.
    fn step(&mut self, deviation: f64, stage: Stage) -> (f64, f64) {
        let (mut score, mut record) = (0.0, 0.0);
        match stage {
            Stage::Filling => return (score, record),
            Stage::Learning => self.learned.push(deviation),
            Stage::Watching => {
                if !self.learned.is_empty() {
                    let largest = stats::quantile(&self.learned, 1.0);
                    self.floor = stats::median(&self.learned).max(FLOOR * largest).max(1e-9);
                    self.learned = Vec::new();
                }
                record = self.records.max().unwrap_or(0.0);
                score = ((deviation + self.floor) / (record + self.floor)).ln().max(0.0) / BREAK.ln();
            }
        }
        self.records.push(deviation);
        (score, record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Rows whose score is 1 and more.
    fn alarms(values: impl IntoIterator<Item = f64>) -> Vec<usize> {
        let mut watch = RecordWatch::new(500).unwrap();
        values.into_iter().enumerate().filter(|(_, v)| watch.step(*v) >= 1.0).map(|(i, _)| i).collect()
    }

    fn noise(seed: u64, n: usize) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..n).map(|_| 50.0 + random.normal()).collect()
    }

    #[test]
    fn a_spike_is_one_alarm_and_a_second_like_it_is_none() {
        let mut values = noise(1, 4000);
        values[2000] += 20.0;
        values[3000] += 20.0;
        let found = alarms(values);
        assert!(found.contains(&2000) && !found.contains(&3000), "{found:?}");
        assert_eq!(found.iter().filter(|i| (2000..2200).contains(*i)).count(), 1, "{found:?}");
    }

    #[test]
    fn a_small_step_is_seen_in_the_level() {
        let values = noise(2, 3000).into_iter().enumerate().map(|(i, v)| if i >= 2000 { v + 3.0 } else { v });
        assert!(alarms(values).iter().any(|i| (2000..2020).contains(i)));
    }

    #[test]
    fn a_signal_that_swings_may_go_on_swinging() {
        let mut random = Random::new(3);
        let day = |i: u32| 10.0 * (f64::from(i) * std::f64::consts::TAU / 288.0).sin();
        let swing: Vec<f64> = (0..5000).map(|i| day(i) + random.normal()).collect();
        assert!(alarms(swing).len() <= 3);
        assert_eq!(alarms((0..5000).map(day)), vec![0; 0]);
        assert_eq!(alarms(vec![7.0; 3000]), vec![0; 0]);
    }

    #[test]
    fn false_alarms_are_rare_whatever_the_distribution() {
        let (mut normal, mut heavy) = (0, 0);
        for seed in 0..20 {
            let values = noise(seed, 10_000);
            heavy += alarms(values.iter().map(|v| (v - 50.0).powi(3).exp().min(1e6))).len();
            normal += alarms(values).len();
        }
        // 20 times 9750 judged values, records of four deviations that stand for 3000
        assert!(normal <= 200, "{normal} of 195000");
        assert!(heavy <= 300, "{heavy} of 195000");
    }

    #[test]
    fn the_limit_of_a_level_keeps_it() {
        let watch = RecordWatch::new(500).unwrap();
        assert!((watch.p_value(watch.limit(1e-5)) / 1e-5 - 1.0).abs() < 1e-9);
        // 100 times 4000 judged values with exponential tails, one in 2000 is allowed
        let limit = watch.limit(5e-4);
        let mut found = 0;
        for seed in 0..100 {
            let mut random = Random::new(seed);
            let mut watch = watch.clone();
            found += (0..7000).filter(|i| watch.step(-(1.0 - random.unit()).ln()) >= limit && *i >= 3000).count();
        }
        assert!(found <= 300, "{found} where 200 are allowed");
    }

    #[test]
    fn a_break_says_what_is_off_what() {
        let mut watch = RecordWatch::new(500).unwrap();
        for value in noise(4, 2000) {
            watch.step(value);
        }
        let broken = watch.judge(70.0).unwrap();
        assert!(broken.sudden && (broken.measured - 70.0).abs() < 1e-12 && (broken.expected - 50.0).abs() < 0.5);
        assert!((2.0..6.0).contains(&broken.record) && watch.p_value(broken.score) < 1e-9);
    }

    #[test]
    fn too_little_to_learn_from_is_refused_and_gaps_are_passed_over() {
        assert!(RecordWatch::new(10).is_err());
        let mut watch = RecordWatch::new(300).unwrap();
        assert!(watch.step(f64::NAN).abs() < 1e-12);
        assert_eq!(watch, RecordWatch::new(300).unwrap());
    }
}
