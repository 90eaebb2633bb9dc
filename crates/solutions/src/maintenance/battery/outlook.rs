//! From capacities cycle by cycle to a range of cycles and days.

use gemba_act::work::Life;
use gemba_learn::life::{Fade, FadePath, Range};
use gemba_plant::{Finding, FindingState, PathPoint, RemainingLife, Signal, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::RemainingLifeConfig;
use super::super::reliability::Uncertain;
use super::{EndOfLife, words};

/// The key of the finding.
pub const CAPACITY_KEY: &str = "life:capacity";
/// Cycles from which anything is concluded, and earlier questions by which the range was found.
const CYCLES_MIN: usize = 30;
const TRIED_MIN: usize = 5;
/// Health below which it has left its best: before that there is no finding, only an outlook.
const WORN: f64 = 90.0;
/// A finding stays until the end is this many times beyond the horizon.
const STAYS: f64 = 1.25;
/// Cycles over which the pace is read, and those of the past in which it is looked at.
const PACE: usize = 30;
const PACES: usize = 300;
/// Points of a picture, and of the way ahead.
const SHOWN: usize = 240;
const AHEAD: u32 = 12;
const DAY_US: f64 = 86_400e6;

/// A battery from new, or from its replacement, cycle by cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct CapacityRun {
    /// Batteries of one group are treated alike; only those tell of each other.
    pub group: usize,
    /// The end of each cycle, ascending.
    pub times: Vec<Timestamp>,
    /// Its capacity.
    pub levels: Vec<f64>,
    /// Where it is at its end.
    pub end: EndOfLife,
}

impl CapacityRun {
    /// As a share of its whole, so that batteries of different size can be compared.
    fn path(&self) -> FadePath {
        FadePath { group: self.group, levels: self.levels.iter().map(|level| level / self.end.whole).collect() }
    }
}

/// How long a battery lasts by its capacity. Nothing in it is a bare number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityLife {
    /// From when on it counts, microseconds since the epoch: the end of the last cycle.
    pub from: i64,
    /// The unit of capacities, for people.
    pub unit: String,
    /// The capacity at the end of life.
    pub end: f64,
    /// Where that comes from.
    pub source: String,
    /// The capacity now: the median of the last cycles.
    pub level: f64,
    /// What is left of the way from whole to the end, 0–100.
    pub health: f64,
    /// Cycles that were counted since it was new or replaced.
    pub done: u32,
    /// Cycles that are left; the range holds the truth with the probability of `left`.
    pub cycles: Uncertain,
    /// The same in days, at the pace of the cycles so far.
    pub left: RemainingLife,
    /// Earlier questions, of this battery and others, from which the width of the range was learned, and the share of them
    /// that a range of ± 10 % would have held.
    pub tried: u32,
    /// That share; none when there was no question.
    pub held: Option<f64>,
    /// Ends of cycles, microseconds, for a picture.
    pub times: Vec<i64>,
    /// Capacities at them.
    pub values: Vec<f64>,
    /// The way to both ends of the range, straight on.
    pub ahead: Vec<PathPoint>,
    /// All of it in words.
    pub says: String,
}

/// What there is to say of a battery.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// How long it lasts; none while that cannot be told.
    pub life: Option<CapacityLife>,
    /// A finding that begins, goes on or is over.
    pub finding: Option<Finding>,
    /// Why nothing can be told; empty when something is.
    pub missing: String,
}

/// How long a battery lasts. `others` are other batteries, and what this one was before it was replaced; `open` is the
/// finding of [`CAPACITY_KEY`] that is open.
pub fn capacity_outlook(
    signal: &Signal,
    own: &CapacityRun,
    others: &[CapacityRun],
    (config, open): (&RemainingLifeConfig, Option<&Finding>),
) -> Told {
    match outlook(signal, own, others, config) {
        Ok(life) => {
            let finding = finding(signal, &life, (config, open));
            Told { life: Some(life), finding, missing: String::new() }
        }
        Err(missing) => Told { finding: open.map(|open| over(open, open.until)), missing, life: None },
    }
}

fn outlook(
    signal: &Signal,
    own: &CapacityRun,
    others: &[CapacityRun],
    config: &RemainingLifeConfig,
) -> Result<CapacityLife, String> {
    let count = own.levels.len();
    let Some(from) = own.times.last().filter(|_| count >= CYCLES_MIN) else {
        let counted = if count == 1 { "1 cycle was".to_owned() } else { format!("{count} cycles were") };
        return Err(format!("{counted} counted; from {CYCLES_MIN} on it is told how long the battery lasts"));
    };
    let path = own.path().until(count);
    let end = own.end.at / own.end.whole;
    // the own past is asked too: without others it is all there is to know how good the answer is
    let known: Vec<FadePath> = others.iter().chain([own]).map(CapacityRun::path).collect();
    let fade = Fade::learn(&known, config.level);
    let (tried, held) = fade.tried();
    let level = path.now();
    let range = if level <= end {
        Range { lo: 0.0, median: 0.0, hi: 0.0, level: config.level }
    } else if tried < TRIED_MIN {
        return Err(format!(
            "after {count} cycles {tried} of the {TRIED_MIN} earlier questions can be asked from which a range takes its width"
        ));
    } else {
        fade.left(&path, end).ok_or("the capacity does not fall, so there is no end to tell")?
    };
    let left = days(&range, &paces(&own.times));
    let level = level * own.end.whole;
    let step = count.div_ceil(SHOWN).max(1);
    let mut life = CapacityLife {
        from: from.micros(),
        unit: signal.unit.symbol().to_owned(),
        end: own.end.at,
        source: own.end.source.clone(),
        level,
        health: (100.0 * (level - own.end.at) / (own.end.whole - own.end.at)).clamp(0.0, 100.0),
        done: u32::try_from(count).unwrap_or(u32::MAX),
        cycles: range.into(),
        left,
        tried: u32::try_from(tried).unwrap_or(u32::MAX),
        held,
        times: own.times.iter().step_by(step).map(|t| t.micros()).collect(),
        values: own.levels.iter().step_by(step).copied().collect(),
        ahead: ahead(from.micros(), (level, own.end.at), &left),
        says: String::new(),
    };
    life.says = words::says(&life);
    Ok(life)
}

/// Days of a cycle: lately, and the shortest and longest mean of as many cycles in a row.
fn paces(times: &[Timestamp]) -> [f64; 3] {
    let recent = times.get(times.len().saturating_sub(PACES)..).unwrap_or_default();
    let mean = |part: &[Timestamp]| {
        let span = part.last().zip(part.first()).map_or(0, |(to, from)| to.micros() - from.micros());
        span as f64 / DAY_US / (part.len() - 1).max(1) as f64
    };
    let each: Vec<f64> = recent.windows((PACE + 1).min(recent.len().max(1))).map(mean).collect();
    let now = each.last().copied().unwrap_or_default();
    each.iter().fold([now, now, now], |[now, low, high], pace| [now, low.min(*pace), high.max(*pace)])
}

fn days(cycles: &Range, [now, fast, slow]: &[f64; 3]) -> RemainingLife {
    let hi = cycles.hi * slow;
    RemainingLife {
        days: cycles.median * now,
        lo: cycles.lo * fast,
        hi: hi.is_finite().then_some(hi),
        level: cycles.level,
    }
}

/// Straight on from the level now to its end, at both ends of the range and in the middle.
#[allow(clippy::cast_possible_truncation, reason = "days of a battery's life in microseconds")]
fn ahead(from: i64, (level, end): (f64, f64), left: &RemainingLife) -> Vec<PathPoint> {
    let until = left.hi.unwrap_or(2.0 * left.days);
    let at = |after: f64, days: f64| if days > 0.0 { (level - (level - end) * after / days).max(end) } else { end };
    let point = |k: u32| {
        let after = until * f64::from(k) / f64::from(AHEAD);
        PathPoint {
            time: from.saturating_add((after * DAY_US) as i64),
            lo: at(after, left.lo),
            median: at(after, left.days),
            hi: at(after, until),
        }
    };
    if until > 0.0 { (0..=AHEAD).map(point).collect() } else { Vec::new() }
}

/// A finding once the battery has left its best and the end lies within the horizon; or that what was found is over.
fn finding(
    signal: &Signal,
    life: &CapacityLife,
    (config, open): (&RemainingLifeConfig, Option<&Finding>),
) -> Option<Finding> {
    let horizon = config.horizon_days * if open.is_some() { STAYS } else { 1.0 };
    if life.health > WORN || life.left.days > horizon {
        return open.map(|open| over(open, Timestamp::from_micros(life.from)));
    }
    Some(words::finding(signal, life, (open, config.horizon_days)))
}

fn over(open: &Finding, now: Timestamp) -> Finding {
    Finding { state: FindingState::Cleared, until: now.max(open.until), ..open.clone() }
}

/// The chance that it ends within some days.
pub(in crate::maintenance) fn within(left: &RemainingLife, days: f64) -> f64 {
    let hi = left.hi.unwrap_or(left.days * left.days / left.lo.max(f64::MIN_POSITIVE));
    let hours = |days: f64| 24.0 * days;
    let life =
        Life { lo_h: hours(left.lo), median_h: hours(left.days), hi_h: hours(hi.max(left.days)), level: left.level };
    match left.days {
        over if over <= 0.0 => 1.0,
        _ if life.is_valid() => life.chance_within(hours(days)),
        median => f64::from(u8::from(median <= days)),
    }
}
