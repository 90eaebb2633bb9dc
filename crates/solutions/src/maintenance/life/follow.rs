//! One signal on its way to its limit.

use gemba_learn::life::{Course, Range, own_past};
use gemba_learn::stats;
use gemba_plant::{Finding, FindingState, Signal, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::limits::{WatchedLimit, life_key};
use super::words::{self, End, Outlook};
use super::{RemainingLifeConfig, condition};

/// Points that a path keeps at most, and the fewest from which anything is concluded: two days of hours, so that a
/// day's swing was seen.
const POINTS_MAX: usize = 240;
pub(super) const POINTS_MIN: usize = 48;
/// Health below which it has left its best: before that a rise is no wear.
const WORN: f64 = 90.0;
/// A limit that was reached counts as left again above this health.
const LEFT: f64 = 10.0;
/// How sure it must be that the path goes towards the limit.
const TOWARDS: f64 = 0.99;
/// Points that are looked at, and how many must agree.
pub(super) const LOOKED_AT: u32 = 5;
pub(super) const AGREE: u32 = 3;
/// Futures that are drawn.
const FUTURES: usize = 300;
const DAY_US: f64 = 86_400e6;
/// Values that one point is made of at most; more are thinned.
const VALUES_MAX: usize = 4096;

/// What is remembered of a path.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct FollowMemory {
    /// Length of a point, µs; 0 before the first.
    point_us: i64,
    times: Vec<i64>,
    #[serde(with = "gemba_learn::bits")]
    values: Vec<f64>,
    /// The point that is being filled.
    since: i64,
    #[serde(with = "gemba_learn::bits")]
    open: Vec<f64>,
    /// By point, newest first, whether the limit was in reach.
    reached: u32,
    finding: Option<Box<Finding>>,
}

/// Follows a signal that a limit holds for.
#[derive(Clone, Debug)]
pub(crate) struct Follow {
    signal: Signal,
    end: End,
    config: RemainingLifeConfig,
    pub(crate) memory: FollowMemory,
}

impl Follow {
    pub(crate) fn new(signal: Signal, limit: &WatchedLimit, config: RemainingLifeConfig) -> Self {
        let end = End {
            key: life_key(&signal, limit.side),
            at: limit.failed(),
            levels: vec![limit.failed()],
            side: limit.side,
            failed: limit.steps.iter().any(|step| step.outer),
            source: limit.source(limit.steps.last().is_some_and(|step| step.outer)),
            prescription: limit.prescription.clone(),
        };
        Self::to(signal, end, (config, FollowMemory::default()))
    }

    /// A path that ends there, as far as it is remembered.
    pub(super) fn to(signal: Signal, end: End, (config, memory): (RemainingLifeConfig, FollowMemory)) -> Self {
        Self { signal, end, config, memory }
    }

    /// The key of its finding.
    pub(crate) fn key(&self) -> &str {
        &self.end.key
    }

    /// Takes a value; a finding when one begins, goes on with a new point, or is over.
    pub(crate) fn step(&mut self, time: Timestamp, value: f64, model: &str) -> Option<Finding> {
        if !value.is_finite() {
            return None;
        }
        let (memory, now) = (&mut self.memory, time.micros());
        if memory.point_us == 0 {
            memory.point_us = i64::from(self.config.point_s).max(1) * 1_000_000;
            memory.since = now;
        }
        let full = now.saturating_sub(memory.since) >= memory.point_us;
        if full {
            memory.close(now);
        }
        if memory.open.len() < VALUES_MAX {
            memory.open.push(value);
        }
        if full && self.memory.times.len() >= POINTS_MIN { self.conclude(model) } else { None }
    }

    fn conclude(&mut self, model: &str) -> Option<Finding> {
        let outlook = self.outlook();
        let memory = &mut self.memory;
        memory.reached = (memory.reached << 1 | u32::from(outlook.is_some())) & ((1 << LOOKED_AT) - 1);
        match outlook {
            Some(outlook) if memory.reached.count_ones() >= AGREE || memory.finding.is_some() => {
                let since = memory.finding.as_ref().map_or(outlook.now, |f| f.since);
                let finding = words::finding(&self.signal, &self.end, &outlook, (since, model));
                self.memory.finding = Some(Box::new(finding.clone()));
                Some(finding)
            }
            None if memory.reached == 0 => {
                let now = *memory.times.last()?;
                let mut finding = *memory.finding.take()?;
                (finding.state, finding.until) = (FindingState::Cleared, Timestamp::from_micros(now));
                Some(finding)
            }
            _ => None,
        }
    }

    /// When the limit will be reached; none while there is no trend or it lies beyond the horizon. A limit that was on its
    /// way and is reached stays so until the value has left it.
    pub(super) fn outlook(&self) -> Option<Outlook> {
        let FollowMemory { times, values, .. } = &self.memory;
        let (first, now) = (*times.first()?, *times.last()?);
        let days: Vec<f64> = times.iter().map(|t| (t - first) as f64 / DAY_US).collect();
        // towards the limit is up
        let up: Vec<f64> = values.iter().map(|v| self.end.up(*v)).collect();
        let path = Course::fit(&days, &up).ok()?;
        let mut sorted = up.clone();
        sorted.sort_by(f64::total_cmp);
        let healthy = stats::median(sorted.get(..sorted.len() / 4)?);
        let failed = self.end.up(self.end.at);
        let health = condition(path.level(), healthy, failed);
        // the seed is the time: another point, other futures, the same after a restart
        let seed = u64::try_from(now).unwrap_or(0);
        let told = |finding: &Finding| finding.rul.is_some_and(|life| life.days <= 0.0);
        let was_reached = self.memory.finding.as_deref().is_some_and(told);
        let beyond = self.memory.finding.is_some() && path.level() >= failed;
        let reached = beyond || was_reached && health.is_some_and(|health| health < LEFT);
        let health = if reached { 0.0 } else { health? };
        let (range, within) = if reached {
            (Range { lo: 0.0, median: 0.0, hi: 0.0, level: self.config.level }, 1.0)
        } else {
            self.arrival(&path, &up, health, seed)?
        };
        let past = own_past(&path, (&days, &up), self.config.level, seed);
        Some(Outlook {
            now: Timestamp::from_micros(now),
            range: range.widened(past.factor(self.config.level)),
            path,
            health,
            healthy: self.end.up(healthy),
            within,
            asked: (past.len(), past.share()),
            times: times.clone(),
            values: values.clone(),
        })
    }

    /// When the path arrives, and which share of its futures do so within the horizon.
    fn arrival(&self, path: &Course, up: &[f64], health: f64, seed: u64) -> Option<(Range, f64)> {
        // what was seen before, and came back, is a swing: the level must be beyond all of the first two thirds
        let before = up.get(..up.len() * 2 / 3)?.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let failed = self.end.up(self.end.at);
        if path.rising() < TOWARDS || path.level() >= failed || path.level() <= before || health > WORN {
            return None;
        }
        let each = FUTURES.div_ceil(self.end.levels.len().max(1));
        let futures: Vec<f64> =
            self.end.levels.iter().flat_map(|level| path.futures(self.end.up(*level), each, seed)).collect();
        let range = Range::of(&futures, self.config.level);
        let within = futures.iter().filter(|t| **t <= self.config.horizon_days).count();
        let near = range.median.is_finite() && range.median <= self.config.horizon_days;
        near.then(|| (range, within as f64 / futures.len() as f64))
    }
}

/// The middle of one or two times.
fn middle_of(times: &[i64]) -> i64 {
    match times {
        [a, b] => a.midpoint(*b),
        [a, ..] => *a,
        [] => 0,
    }
}

impl FollowMemory {
    /// A path as it is known, with the finding that is open.
    pub(super) fn of(times: Vec<i64>, values: Vec<f64>, open: Option<&Finding>) -> Self {
        Self { times, values, finding: open.cloned().map(Box::new), ..Self::default() }
    }

    /// Closes the open point and begins the one that `now` lies in; joins neighbours when there are too many.
    fn close(&mut self, now: i64) {
        let values = std::mem::take(&mut self.open);
        let middle = self.since.saturating_add(self.point_us / 2);
        if !values.is_empty() {
            self.times.push(middle);
            self.values.push(stats::median(&values));
        }
        let past = now.saturating_sub(self.since) / self.point_us;
        self.since = self.since.saturating_add(past.saturating_mul(self.point_us));
        if self.times.len() > POINTS_MAX {
            self.times = self.times.chunks(2).map(middle_of).collect();
            self.values = self.values.chunks(2).map(stats::mean).collect();
            self.point_us = self.point_us.saturating_mul(2);
        }
    }
}
