use gemba_plant::{Evidence, Finding, FindingKind, FindingState, Signal, Timestamp};
use serde::{Deserialize, Serialize};

/// Readings that are looked at, and how many of them decide.
const READINGS: u32 = 5;
const DECIDE: u32 = 3;
/// A limit is left again below this share of it.
const BACK: f64 = 0.9;

/// A limit and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WatchedLimit {
    /// In the signal's unit.
    pub(crate) warn: f64,
    /// From here the machine may be damaged.
    pub(crate) danger: f64,
    /// With edition and group.
    pub(crate) source: String,
    /// What to do.
    pub(crate) prescription: &'static str,
}

/// One signal against one limit, three of five readings.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    signal: Signal,
    limit: WatchedLimit,
    pub(crate) memory: WatchMemory,
}

/// What is saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct WatchMemory {
    above: u32,
    below: u32,
    since: Option<Timestamp>,
}

impl Watch {
    pub(crate) fn new(signal: Signal, limit: WatchedLimit) -> Self {
        Self { signal, limit, memory: WatchMemory::default() }
    }

    /// Whether the limit is passed.
    pub(crate) fn active(&self) -> bool {
        self.memory.since.is_some()
    }

    /// Takes a reading; a finding when it begins, and when it ends.
    pub(crate) fn step(&mut self, time: Timestamp, value: f64, model: &str) -> Option<Finding> {
        if !value.is_finite() {
            return None;
        }
        let mask = (1 << READINGS) - 1;
        let memory = &mut self.memory;
        memory.above = (memory.above << 1 | u32::from(value > self.limit.warn)) & mask;
        memory.below = (memory.below << 1 | u32::from(value < self.limit.warn * BACK)) & mask;
        match memory.since {
            None if memory.above.count_ones() >= DECIDE => {
                memory.since = Some(time);
                memory.below = 0;
                Some(self.finding(time, time, value, FindingState::Active, model))
            }
            Some(since) if memory.below.count_ones() >= DECIDE => {
                memory.since = None;
                memory.above = 0;
                Some(Finding { since, ..self.finding(since, time, value, FindingState::Cleared, model) })
            }
            _ => None,
        }
    }

    #[allow(clippy::too_many_arguments, reason = "two times, a value, a state and a name: no natural group")]
    fn finding(&self, since: Timestamp, now: Timestamp, value: f64, state: FindingState, model: &str) -> Finding {
        let WatchedLimit { warn, danger, source, prescription } = &self.limit;
        let (name, unit) = (self.signal.name.replace(['_', '/'], " "), self.signal.unit.symbol());
        Finding {
            asset: self.signal.asset,
            key: format!("day0:{}", self.signal.name),
            kind: FindingKind::Limit,
            state,
            since,
            until: now,
            title: format!("{name} above {warn} {unit}"),
            explanation: format!(
                "{name} is {value:.1} {unit}, the limit is {warn} {unit} ({source}); from {danger} {unit} on damage is likely."
            ),
            p_value: None,
            probability: 1.0,
            severity: ((value - warn) / (danger - warn).max(f64::MIN_POSITIVE) * 0.5 + 0.5).clamp(0.1, 1.0),
            contributions: Vec::new(),
            evidence: vec![Evidence::Limit {
                signal: self.signal.id,
                measured: value,
                limit: *warn,
                source: source.clone(),
            }],
            failure_mode: None,
            prescription: vec![(*prescription).to_owned()],
            rul: None,
            model: model.to_owned(),
        }
    }
}
