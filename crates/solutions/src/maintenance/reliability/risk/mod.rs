//! The chance that a machine fails in the days ahead, from its age and from what happened at it: what was mended when, what
//! was told, what its counters counted. Learned from machines of its kind, tried on machines that it had not seen, and used
//! only where it is better there than age alone.

mod facts;
mod proof;
mod words;

use gemba_act::work::{EventKind, Failure};
use gemba_learn::survival::{Landmark, Told};
use gemba_plant::{AssetId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LEVEL, MODES_MAX, Uncertain, uses};
use facts::{Fact, Machine};
pub use proof::ChanceProof;

/// Days ahead that people plan for; tomorrow, because a warning speaks of it.
pub const AHEAD_DAYS: [u32; 4] = [1, 7, 30, 90];
/// Machines of a kind that are needed at least: what was learned is tried on a fifth of them each time.
pub const MACHINES_MIN: usize = 5;
/// Failures, of any kind or of one mode, that are needed at least.
pub const FAILURES_MIN: usize = 10;
/// Moments that are learned from at most; of more, every k-th day is taken.
const MOMENTS_MAX: usize = 20_000;
/// Facts that are named as what moves a chance, and the share of it by which each must.
const REASONS_MAX: usize = 3;
const MOVES: f64 = 0.1;

/// What is known of machines of a kind.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// The machines.
    pub kind: &'a [AssetId],
    /// Failures, and replacements before one.
    pub events: &'a [Failure],
    /// What was told of machines that ran on.
    pub notices: &'a [Notice],
    /// Counters of machines.
    pub meters: &'a [Meter],
    /// Until when it is known.
    pub now: Timestamp,
}

/// Something that happened at a machine and is no failure: an error, an alarm, work that renewed nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The machine.
    pub asset: AssetId,
    /// When.
    pub at: Timestamp,
    /// What: the same name for the same thing at all machines.
    pub what: String,
}

/// A count that only grows: hours run, starts, strokes.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    /// The machine.
    pub asset: AssetId,
    /// What it counts: the same name at all machines.
    pub what: String,
    /// When it was read, and what had been counted by then, ascending.
    pub points: Vec<(Timestamp, f64)>,
}

/// The chance of one failure mode, or of any failure, within so many days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Risk {
    /// The failure mode; none for a failure of any kind.
    pub failure_mode: Option<String>,
    /// Days from now.
    pub days: u32,
    /// The chance, 0–1, and the range that holds it with 90 % probability: how often machines failed at moments at which
    /// about as much was expected of them.
    #[serde(flatten)]
    pub chance: Uncertain,
    /// What moves it most now, in words; contribution, not cause.
    pub because: Vec<String>,
    /// How it did on machines that it had not seen.
    pub proof: ChanceProof,
}

/// How one chance did on machines that it had not seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskProof {
    /// The failure mode; none for a failure of any kind.
    pub failure_mode: Option<String>,
    /// Days ahead.
    pub days: u32,
    /// How it did.
    #[serde(flatten)]
    pub proof: ChanceProof,
}

/// What was learned of a kind.
#[derive(Clone, Debug)]
pub struct RiskModel {
    facts: Vec<Fact>,
    heads: Vec<Head>,
}

/// What was learned for one failure mode and time ahead.
#[derive(Clone, Debug)]
struct Head {
    mode: Option<String>,
    days: u32,
    model: Landmark,
    told: Told,
    proof: ChanceProof,
}

/// Why nothing was learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlearned {
    /// Too little is recorded: what is missing, in words.
    Missing(String),
    /// Whoever watches the progress wanted it to end.
    Stopped,
}

impl RiskModel {
    /// Learns from a history, for so many days ahead each. `progress` is told the share that is done, and answers whether to
    /// go on.
    ///
    /// # Errors
    /// When too little is recorded, or it was stopped.
    pub fn learn(history: &History<'_>, ahead: &[u32], progress: &dyn Fn(f64) -> bool) -> Result<Self, Unlearned> {
        let facts = facts::facts(history);
        let all = history.kind.iter().map(|asset| Machine::of(history, *asset, &facts));
        let machines: Vec<Machine> = all.filter(Machine::is_recorded).collect();
        let modes = modes(history);
        let begins = facts::begins(history).filter(|_| machines.len() >= MACHINES_MIN && !modes.is_empty());
        let Some(begins) = begins else { return Err(Unlearned::Missing(words::missing(history, machines.len()))) };
        let now = history.now.micros();
        let moments = proof::Moments::of(&machines, &facts, (begins, now));
        let wanted: Vec<(Option<String>, u32)> =
            modes.iter().flat_map(|mode| ahead.iter().map(move |days| (mode.clone(), *days))).collect();
        let mut heads = Vec::new();
        for (done, (mode, days)) in wanted.iter().enumerate() {
            if !progress(done as f64 / wanted.len() as f64) {
                return Err(Unlearned::Stopped);
            }
            heads.extend(proof::head(&machines, &moments, (mode.as_deref(), *days), now));
        }
        if heads.is_empty() {
            return Err(Unlearned::Missing(words::missing(history, machines.len())));
        }
        Ok(Self { facts, heads })
    }

    /// The chances of a machine at the end of a history, any failure first. None is told of a machine of which nothing is
    /// recorded.
    pub fn of(&self, machine: AssetId, history: &History<'_>) -> Vec<Risk> {
        let own = Machine::of(history, machine, &self.facts);
        if !own.is_recorded() {
            return Vec::new();
        }
        let known = own.known(&self.facts, history.now.micros());
        self.heads.iter().map(|head| self.risk(head, &known)).collect()
    }

    /// How each chance did on machines that it had not seen.
    pub fn proofs(&self) -> Vec<RiskProof> {
        let of =
            |head: &Head| RiskProof { failure_mode: head.mode.clone(), days: head.days, proof: head.proof.clone() };
        self.heads.iter().map(of).collect()
    }

    fn risk(&self, head: &Head, known: &[f64]) -> Risk {
        let chance = head.told.share(head.model.fails(known), LEVEL).into();
        let because = self.because(head, known);
        Risk { failure_mode: head.mode.clone(), days: head.days, chance, because, proof: head.proof.clone() }
    }

    /// What moves a chance most: what it would be if one thing were not known.
    fn because(&self, head: &Head, known: &[f64]) -> Vec<String> {
        let told = head.model.fails(known);
        let moved = |place: usize| {
            let mut without = known.to_vec();
            *without.get_mut(place)? = f64::NAN;
            Some(told - head.model.fails(&without))
        };
        let places = known.iter().enumerate().filter(|(_, value)| value.is_finite());
        let mut all: Vec<(usize, f64)> = places.filter_map(|(place, _)| Some((place, moved(place)?))).collect();
        all.retain(|(_, by)| by.abs() > MOVES * told);
        all.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let say = |(place, by): &(usize, f64)| words::because(self.facts.get(*place)?, *known.get(*place)?, *by > 0.0);
        all.iter().take(REASONS_MAX).filter_map(say).collect()
    }
}

/// Any failure, then each failure mode with failures enough, the most first.
fn modes(history: &History<'_>) -> Vec<Option<String>> {
    let failures = history.events.iter().filter(|e| e.kind == EventKind::Failure && e.at <= history.now);
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let mut all = 0;
    for failure in failures.filter(|e| history.kind.contains(&e.asset)) {
        *counts.entry(uses::mode(failure)).or_default() += 1;
        all += 1;
    }
    if all < FAILURES_MIN {
        return Vec::new();
    }
    let enough = |(mode, n): &(String, usize)| !mode.is_empty() && *n >= FAILURES_MIN && *n < all;
    let mut modes: Vec<(String, usize)> = counts.into_iter().filter(enough).collect();
    modes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    std::iter::once(None).chain(modes.into_iter().take(MODES_MAX).map(|(mode, _)| Some(mode))).collect()
}
