use std::time::Duration;

use gemba_act::Side;
use gemba_plant::{Evidence, Finding, FindingKind, FindingState, Signal, Timestamp};
use serde::{Deserialize, Serialize};

use super::watched::{Step, WatchedLimit};

/// While a condition goes on it is told again when the value has moved by this share of the way between the two limits
/// (of the limit itself when there is one), and not more often than this.
const MOVED: f64 = 0.1;
const MOVED_OF_ONE: f64 = 0.02;
const TELL_EVERY: Duration = Duration::from_mins(1);
/// Severity at the first limit, just before the outer one, and beyond it; and at a first limit without an outer one.
const SEVERITY: (f64, f64, f64) = (0.5, 0.79, 1.0);
const SEVERITY_ALONE: f64 = 0.6;

/// One signal against one side of its limits.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    signal: Signal,
    limit: WatchedLimit,
    pub(crate) memory: WatchMemory,
}

/// What is saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct WatchMemory {
    /// By step, newest reading first: beyond the limit, and back by the deadband.
    beyond: [u32; 2],
    back: [u32; 2],
    /// How many steps hold.
    held: usize,
    since: Option<Timestamp>,
    /// What was told last, and when.
    told: Option<(Timestamp, f64)>,
    /// The farthest value since then, and how many steps held at most.
    #[serde(default)]
    worst: Option<(f64, usize)>,
}

impl Watch {
    pub(crate) fn new(signal: Signal, limit: WatchedLimit) -> Self {
        Self { signal, limit, memory: WatchMemory::default() }
    }

    /// Whether the limit is passed.
    pub(crate) fn active(&self) -> bool {
        self.memory.since.is_some()
    }

    /// The key of its finding.
    pub(crate) fn key(&self) -> &str {
        &self.limit.key
    }

    /// Takes a reading; a finding when a limit is passed or left, and when the value has moved far since it was told.
    pub(crate) fn step(&mut self, time: Timestamp, value: f64, model: &str) -> Option<Finding> {
        if !value.is_finite() {
            return None;
        }
        let (before, was) = (self.memory.held.min(self.limit.steps.len()), self.memory.since);
        let held = self.look(value, before);
        self.memory.held = held;
        if held == 0 {
            let since = was?;
            (self.memory.since, self.memory.told) = (None, None);
            let worst = self.memory.worst.take().unwrap_or((value, before));
            return Some(self.finding((since, time), worst, FindingState::Cleared, model));
        }
        self.note((value, held));
        let since = was.unwrap_or(time);
        self.memory.since = Some(since);
        let moved = self
            .memory
            .told
            .is_none_or(|(at, told)| time.since(at) >= TELL_EVERY && (value - told).abs() >= self.far());
        if held == before && !moved {
            return None;
        }
        self.memory.told = Some((time, value));
        Some(self.finding((since, time), (value, held), FindingState::Active, model))
    }

    /// Keeps the farthest value: what is told of a limit that was left.
    fn note(&mut self, (value, held): (f64, usize)) {
        let (worst, most) = self.memory.worst.unwrap_or((value, held));
        let farther = if self.limit.side == Side::Above { worst.max(value) } else { worst.min(value) };
        self.memory.worst = Some((farther, most.max(held)));
    }

    /// How many steps hold now.
    fn look(&mut self, value: f64, before: usize) -> usize {
        let (seen, decide) = self.limit.readings;
        let mask = (1_u32 << seen) - 1;
        let mut held = before;
        let each = self.limit.steps.iter().zip(self.memory.beyond.iter_mut().zip(&mut self.memory.back));
        for (place, (step, (beyond, back))) in each.enumerate() {
            *beyond = (*beyond << 1 | u32::from(step.limit.holds(value, false))) & mask;
            *back = (*back << 1 | u32::from(!step.limit.holds(value, true))) & mask;
            if beyond.count_ones() >= decide && held <= place {
                (held, *back) = (place + 1, 0);
            } else if back.count_ones() >= decide && held > place {
                (held, *beyond) = (place, 0);
            }
        }
        held
    }

    /// A change of the value that is worth telling.
    fn far(&self) -> f64 {
        match self.limit.steps.as_slice() {
            [inner, outer, ..] => MOVED * (outer.limit.at - inner.limit.at).abs(),
            [one] => (MOVED_OF_ONE * one.limit.at.abs()).max(one.limit.deadband),
            [] => f64::INFINITY,
        }
    }

    fn severity(&self, step: &Step, value: f64) -> f64 {
        let (first, last, outer) = SEVERITY;
        if step.outer {
            return outer;
        }
        let next = self.limit.steps.iter().find(|s| s.outer).map(|s| s.limit.at);
        next.map_or(SEVERITY_ALONE, |at| {
            let share = (value - step.limit.at) / (at - step.limit.at);
            (first + (last - first) * share).clamp(first, last)
        })
    }

    /// With the value and how many steps it passed: the last, or the worst when the limit was left.
    fn finding(
        &self,
        (since, until): (Timestamp, Timestamp),
        (value, held): (f64, usize),
        state: FindingState,
        model: &str,
    ) -> Finding {
        let WatchedLimit { key, side, steps, prescription, decimals, .. } = &self.limit;
        let (name, unit) = (self.signal.name.replace(['_', '/'], " "), self.signal.unit.symbol());
        let reached = held.saturating_sub(1).min(steps.len().saturating_sub(1));
        let step = steps.get(reached).copied();
        let at = step.map_or(f64::NAN, |s| s.limit.at);
        let source = self.limit.source(step.is_some_and(|s| s.outer));
        let decimals = figures(value, at).max(*decimals);
        let beyond = if *side == Side::Above { "above" } else { "below" };
        let next = steps.iter().skip(reached + 1).find(|s| s.outer);
        let danger = match (step.is_some_and(|s| s.outer), next) {
            (true, _) => "; damage is likely here".to_owned(),
            (false, Some(next)) => format!("; from {} {unit} on damage is likely", next.limit.at),
            (false, None) => String::new(),
        };
        let is = match (state == FindingState::Active, side) {
            (true, _) => "is",
            (false, Side::Above) => "was at most",
            (false, Side::Below) => "was at least",
        };
        Finding {
            asset: self.signal.asset,
            key: key.clone(),
            kind: FindingKind::Limit,
            state,
            since,
            until,
            title: format!("{name} {beyond} {at} {unit}").trim_end().to_owned(),
            explanation: format!("{name} {is} {value:.decimals$} {unit}, the limit is {at} {unit} ({source}){danger}."),
            p_value: None,
            probability: 1.0,
            severity: step.map_or(SEVERITY_ALONE, |step| self.severity(&step, value)),
            contributions: Vec::new(),
            evidence: vec![Evidence::Limit { signal: self.signal.id, measured: value, limit: at, source }],
            failure_mode: None,
            prescription: vec![prescription.clone()],
            rul: None,
            model: model.to_owned(),
        }
    }
}

/// Decimals that show two figures of the larger of a value and its limit.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0–6")]
fn figures(value: f64, limit: f64) -> usize {
    let size = value.abs().max(limit.abs()).max(1e-9);
    (1.0 - size.log10().floor()).clamp(0.0, 6.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_limit_is_told_with_two_figures_and_an_ordinary_one_with_one_decimal() {
        assert_eq!([(0.021, 0.02), (0.5, 0.25), (3.9, 4.5), (95.0, 90.0)].map(|(v, at)| figures(v, at)), [3, 2, 1, 0]);
        assert_eq!(figures(f64::NAN, f64::NAN), 6);
    }
}
