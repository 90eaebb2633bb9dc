//! Total life from a few records of runs to failure: which life, long or short, fits what was seen so far best, when
//! the index is compared at the same share of life (Bayes' rule over total lives).

use crate::{Error, stats};

/// Shares of life between which the index is summed up: nothing happens for long, and much at the end.
const EDGES: [f64; 8] = [0.0, 0.25, 0.5, 0.7, 0.85, 0.93, 0.98, 1.0];
const BINS: usize = EDGES.len() - 1;
/// The smallest spread of an index between records that is believed, and the smallest of the logarithm of life: a few
/// records that agree do so by luck.
const LEAST_SPREAD: f64 = 0.3;
const LEAST_LIFE_SPREAD: f64 = 0.4;
/// Total lives that are considered: up to so many times the age, so many of them.
const LIVES: (f64, u32) = (30.0, 600);

/// A run to failure.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When the index was taken, from the beginning of life; ascending.
    pub times: Vec<f64>,
    /// The index; logarithms of vibration are good ones.
    pub index: Vec<f64>,
    /// When it failed.
    pub life: f64,
}

/// What records of runs to failure tell.
#[derive(Clone, Debug, PartialEq)]
pub struct LifeFraction {
    bins: Vec<Option<(f64, f64)>>,
    log_life: (f64, f64),
}

impl LifeFraction {
    /// Learns from records. Of a single one only the least spreads that are believed are known.
    ///
    /// # Errors
    /// When there is none.
    pub fn fit(records: &[Record]) -> Result<Self, Error> {
        if records.is_empty() {
            return Err(Error::TooFewRows { what: "a course of life", found: 0, needed: 1 });
        }
        let spread = |values: &[f64], least: f64| {
            // the next one differs from the mean of n by more than they do from theirs
            (stats::variance(values) * (1.0 + 1.0 / values.len() as f64)).sqrt().max(least)
        };
        let sums: Vec<[Option<f64>; BINS]> = records.iter().map(|r| binned(&r.times, &r.index, r.life)).collect();
        let bin = |b: usize| {
            let values: Vec<f64> = sums.iter().filter_map(|s| s.get(b).copied().flatten()).collect();
            (!values.is_empty()).then(|| (stats::mean(&values), spread(&values, LEAST_SPREAD)))
        };
        let lives: Vec<f64> = records.iter().map(|r| r.life.ln()).collect();
        let log_life = (stats::mean(&lives), spread(&lives, LEAST_LIFE_SPREAD));
        Ok(Self { bins: (0..BINS).map(bin).collect(), log_life })
    }

    /// Total lives after `times` and `index` were seen, each with its probability. The age is the last time; that it
    /// was looked at any time of its life with the same chance makes a long life at a given age less likely.
    pub fn lives(&self, times: &[f64], index: &[f64]) -> Vec<(f64, f64)> {
        let Some(age) = times.last().copied().filter(|age| *age > 0.0) else { return Vec::new() };
        let life = |k: u32| age * (1.0 + (LIVES.0 - 1.0) * (f64::from(k) / f64::from(LIVES.1)).powi(3));
        let candidates: Vec<f64> = (1..=LIVES.1).map(life).collect();
        let mut last = age;
        let mut logs = Vec::with_capacity(candidates.len());
        for life in &candidates {
            // the prior of life itself, over steps that are not equally wide
            let (mean, spread) = self.log_life;
            let prior = -0.5 * ((life.ln() - mean) / spread).powi(2) - life.ln();
            let width = (life - last) / life;
            last = *life;
            logs.push(prior + width.ln() + self.likelihood(times, index, *life));
        }
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logs.iter().map(|l| (l - top).exp()).sum();
        candidates.into_iter().zip(logs).map(|(life, log)| (life, (log - top).exp() / sum)).collect()
    }

    /// Each part of life counts once, however many points it has: neighbours know each other.
    fn likelihood(&self, times: &[f64], index: &[f64], life: f64) -> f64 {
        let seen = binned(times, index, life);
        let terms = seen.iter().zip(&self.bins).filter_map(|(seen, known)| {
            let (mean, spread) = (*known)?;
            Some(-0.5 * (((*seen)? - mean) / spread).powi(2) - spread.ln())
        });
        terms.sum()
    }
}

fn binned(times: &[f64], index: &[f64], life: f64) -> [Option<f64>; BINS] {
    let mut sums = [(0.0, 0_u32); BINS];
    for (time, value) in times.iter().zip(index).filter(|(_, v)| v.is_finite()) {
        let bin = EDGES.iter().skip(1).position(|edge| time / life <= *edge);
        if let Some((sum, count)) = bin.and_then(|b| sums.get_mut(b)) {
            (*sum, *count) = (*sum + value, *count + 1);
        }
    }
    sums.map(|(sum, count)| (count > 0).then(|| sum / f64::from(count)))
}

/// The value at which equally spaced quantiles of weighted `lives` lie: `count` equally likely lives.
pub fn equally_likely(lives: &[(f64, f64)], count: u32) -> Vec<f64> {
    let mut sorted = lives.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut all, mut reached) = (sorted.iter(), 0.0);
    let mut now = 0.0;
    let mut take = |k: u32| {
        let wanted = (f64::from(k) + 0.5) / f64::from(count);
        while reached < wanted {
            let Some((life, weight)) = all.next() else { break };
            (now, reached) = (*life, reached + weight);
        }
        now
    };
    (0..count).map(&mut take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::Range;
    use crate::random::Random;

    /// Flat for nine tenths of life, then steep.
    fn record(seed: u64, life: f64, until: f64) -> Record {
        let mut random = Random::new(seed);
        let times: Vec<f64> = (1..=400).map(|i| f64::from(i) * life / 400.0).filter(|t| *t <= until).collect();
        let value = |t: &f64| ((t / life - 0.9).max(0.0) * 30.0) + 0.1 * random.normal();
        let index = times.iter().map(value).collect();
        Record { times, index, life }
    }

    #[test]
    fn near_the_end_the_index_tells_and_before_the_records_do() {
        let records: Vec<Record> =
            (0..5_u32).map(|k| record(u64::from(k), 800.0 + 100.0 * f64::from(k), f64::MAX)).collect();
        let model = LifeFraction::fit(&records).unwrap();
        let range = |life: f64, until: f64| {
            let seen = record(9, life, until);
            let left: Vec<f64> =
                equally_likely(&model.lives(&seen.times, &seen.index), 500).iter().map(|l| l - until).collect();
            Range::of(&left, 0.9)
        };
        let late = range(2000.0, 1980.0);
        assert!(late.covers(20.0) && late.hi < 150.0, "{late:?}");
        let early = range(1000.0, 500.0);
        assert!(early.covers(500.0) && early.lo > 20.0 && early.hi < 2500.0, "{early:?}");
        assert!(LifeFraction::fit(&records[..1]).is_ok() && LifeFraction::fit(&[]).is_err());
        assert!(model.lives(&[], &[]).is_empty());
    }

    #[test]
    fn weights_become_equally_likely_values() {
        let drawn = equally_likely(&[(1.0, 0.25), (2.0, 0.75)], 8);
        assert_eq!(drawn, [1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
    }
}
