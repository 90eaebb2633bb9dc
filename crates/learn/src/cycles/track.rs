//! One signal while a clock is looked for.

use serde::{Deserialize, Serialize};

use super::Phase;
use crate::stats;

/// Codes of a signal that are told apart; one with more is no clock.
const CODES_MAX: usize = 12;
/// How much the median moves with a duration beside it; more with the first ones, which find where it is.
const MEDIAN_STEP: f64 = 1.05;
const MEDIAN_FIRST: (u32, f64) = (10, 1.25);
/// A duration is near the median within this share of it.
const NEAR: f64 = 0.25;
/// The share of durations that must be near for a phase to be regular: of durations without memory it is 0.17, of
/// durations that may be anything up to a longest 0.25.
const REGULAR: f64 = 0.7;
/// The share of phases that must be followed by the same one.
const SURE: f64 = 0.75;
/// The share of phases seen that must belong to the cycle.
const COVERED: f64 = 0.8;
/// Times that each phase must have been seen whole.
const SEEN_MIN: u32 = 40;
/// A regular phase is at least so many times longer than the distance of two samples.
const SAMPLES_MIN: f64 = 2.5;
/// A gauge is high above this share of its range, low below the rest.
const HIGH: f64 = 2.0 / 3.0;

/// Makes codes of values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Coder {
    /// For a gauge: it is low below the one and high above the other.
    #[serde(with = "crate::bits::pair")]
    edges: [f64; 2],
    states: bool,
    code: Option<i64>,
}

impl Coder {
    pub(super) fn new(states: bool) -> Self {
        Self { edges: [f64::NAN; 2], states, code: None }
    }

    /// The code of the next value; none for one that is missing, and for a gauge that was neither low nor high yet.
    #[allow(clippy::cast_possible_truncation, reason = "codes of states are small whole numbers")]
    pub(super) fn next(&mut self, value: f64) -> Option<i64> {
        let [low, high] = self.edges;
        self.code = match self.code {
            _ if !value.is_finite() => None,
            _ if self.states => Some(value.round() as i64),
            _ if value >= high => Some(1),
            _ if value <= low => Some(0),
            held => held,
        };
        self.code
    }
}

/// What is known about one code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Lasted {
    code: i64,
    seen: u32,
    /// The median duration, µs, followed; and how many durations were near it, once it was found.
    #[serde(with = "crate::bits::one")]
    median: f64,
    near: u32,
    /// The code that follows most often (Boyer, Moore 1981), its votes, and how often it did.
    next: i64,
    votes: u32,
    agreed: u32,
}

impl Lasted {
    fn new(code: i64) -> Self {
        Self { code, seen: 0, median: 0.0, near: 0, next: code, votes: 0, agreed: 0 }
    }

    fn ended(&mut self, duration: f64, next: i64) {
        let (first, wide) = MEDIAN_FIRST;
        let step = if self.seen < first { wide } else { MEDIAN_STEP };
        if self.seen == 0 {
            self.median = duration;
        } else if duration > self.median * step {
            self.median *= step;
        } else if duration * step < self.median {
            self.median /= step;
        }
        let near = (duration - self.median).abs() <= NEAR * self.median;
        self.near += u32::from(near && self.seen >= first);
        self.seen = self.seen.saturating_add(1);
        if next == self.next {
            (self.votes, self.agreed) = (self.votes + 1, self.agreed + 1);
        } else if self.votes == 0 {
            (self.next, self.votes, self.agreed) = (next, 1, 1);
        } else {
            self.votes -= 1;
        }
    }

    /// The share of durations near the median.
    fn near(&self) -> f64 {
        f64::from(self.near) / f64::from(self.seen.saturating_sub(MEDIAN_FIRST.0).max(1))
    }

    /// The share of times that it was followed by `next`.
    fn sure(&self) -> f64 {
        f64::from(self.agreed) / f64::from(self.seen.max(1))
    }
}

/// One signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Track {
    pub(super) coder: Coder,
    /// The two values before, for a range that one spike does not widen.
    #[serde(with = "crate::bits::pair")]
    before: [f64; 2],
    #[serde(with = "crate::bits::pair")]
    range: [f64; 2],
    /// When the last sample was, and its code; the shortest distance of two samples of one code, 0 while unknown.
    last: i64,
    code: Option<i64>,
    apart: i64,
    /// Since when the code holds; none when its begin was not seen.
    since: Option<i64>,
    pub(super) changes: u32,
    codes: Vec<Lasted>,
}

impl Track {
    pub(super) fn new(states: bool) -> Self {
        Self {
            coder: Coder::new(states),
            before: [f64::NAN; 2],
            range: [f64::NAN; 2],
            last: i64::MIN,
            code: None,
            apart: 0,
            since: None,
            changes: 0,
            codes: Vec::new(),
        }
    }

    pub(super) fn states(&self) -> bool {
        self.coder.states
    }

    pub(super) fn push(&mut self, time: i64, value: f64) {
        if !self.coder.states && value.is_finite() {
            let [a, b] = self.before.map(|v| if v.is_nan() { value } else { v });
            let middle = stats::median3(a, b, value);
            self.before = [b, value];
            let [low, high] = self.range;
            self.range = [low.min(middle), high.max(middle)];
        }
        let code = self.coder.next(value);
        let apart = time.saturating_sub(self.last);
        if code == self.code && apart > 0 && self.last > i64::MIN {
            self.apart = if self.apart == 0 { apart } else { self.apart.min(apart) };
        }
        self.last = time;
        if code != self.code {
            self.change(time, code);
        }
    }

    fn change(&mut self, time: i64, code: Option<i64>) {
        if let (Some(since), Some(old), Some(new)) = (self.since, self.code, code)
            && let Some(known) = self.known(old)
        {
            known.ended(time.saturating_sub(since) as f64, new);
        }
        // the begin of the first code, and of one after a gap, was not seen
        self.since = self.code.and(code).map(|_| time);
        self.changes += u32::from(self.code.is_some() && code.is_some());
        self.code = code;
    }

    /// What is known of a code; of those beyond the most that are told apart nothing is.
    fn known(&mut self, code: i64) -> Option<&mut Lasted> {
        let place = self.codes.iter().position(|c| c.code == code);
        if place.is_none() && self.codes.len() <= CODES_MAX {
            self.codes.push(Lasted::new(code));
            return self.codes.last_mut();
        }
        self.codes.get_mut(place?)
    }

    /// The phases in their order, and how regular the most regular one is; none when there is no clear cycle.
    pub(super) fn cycle(&self) -> Option<(Vec<Phase>, f64)> {
        let all: u32 = self.codes.iter().map(|c| c.seen).sum();
        let mut members: Vec<&Lasted> = Vec::new();
        let mut at = self.codes.iter().max_by_key(|c| c.seen).filter(|_| self.codes.len() <= CODES_MAX)?;
        while members.first().is_none_or(|first| first.code != at.code) {
            let clear = at.seen >= SEEN_MIN && at.sure() >= SURE && at.median >= 1.0;
            if !clear || members.len() >= CODES_MAX {
                return None;
            }
            members.push(at);
            at = self.codes.iter().find(|c| c.code == at.next)?;
        }
        let covered = members.iter().map(|c| c.seen).sum::<u32>();
        let long = |c: &&Lasted| c.median >= SAMPLES_MIN * self.apart as f64;
        let best = members.iter().copied().filter(long).map(Lasted::near).fold(0.0, f64::max);
        if members.len() < 2 || f64::from(covered) < COVERED * f64::from(all) || best < REGULAR {
            return None;
        }
        // the phase that lasts as it likes, a wait, comes last
        let worst = (0..members.len()).min_by(|a, b| near(&members, *a).total_cmp(&near(&members, *b)))?;
        let count = members.len();
        members.rotate_left((worst + 1) % count);
        Some((members.iter().map(|c| phase(c)).collect(), best))
    }

    /// Another epoch: a gauge is now low and high by the range it had.
    pub(super) fn renew(&mut self) {
        let [low, high] = self.range;
        let edge = |share: f64| low + share * (high - low);
        let edges = if high > low { [edge(1.0 - HIGH), edge(HIGH)] } else { [f64::NAN; 2] };
        *self = Self { coder: Coder { edges, states: self.coder.states, code: None }, ..Self::new(self.coder.states) };
    }
}

fn near(members: &[&Lasted], place: usize) -> f64 {
    members.get(place).map_or(0.0, |c| c.near())
}

#[allow(clippy::cast_possible_truncation, reason = "a median of whole microseconds")]
fn phase(code: &Lasted) -> Phase {
    Phase { code: code.code, usual_us: code.median.round() as i64, regular: code.near() >= REGULAR }
}
