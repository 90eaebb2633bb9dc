//! From one operating state to another, and what is told of one that was never seen.

use gemba_learn::grid::Grid;
use gemba_learn::normal::Verdict;
use gemba_plant::port::Outlet;
use gemba_plant::{Contribution, Finding, FindingKind, FindingState, Signal, Timestamp};

use super::shown::Shown;
use super::state::{Memory, Phase, Trace};
use super::words::label;
use super::{NAME, NormalBehaviour, STATE_VERSION};
use crate::maintenance::frame;

/// Operating states that are told apart; all further ones together are one.
const STATES_MAX: usize = 16;
/// An asset is in commissioning until it was watched for so many times what it learned from …
const COMMISSION_LEARNS: u64 = 10;
/// … and for a day, s. A new operating state is no news before.
const COMMISSION_S: u64 = 86_400;
/// Rows with values but without the state after which it is taken for what it was: the long window.
const BLIND_ROWS: usize = 40;
/// How bad it is that a state is new: worth a look.
const SEVERITY: f64 = 0.1;

/// How far the operating state of a row is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// It is known, or never was.
    Known,
    /// It was known, and is not now.
    Lost,
    /// It has not been told for long, though values have come: it is what it was.
    AsBefore,
}

impl NormalBehaviour {
    /// Tells of an operating state that first shows after the commissioning, until it is left or learned.
    pub(super) fn tell_unseen(&mut self, time: i64, fresh: bool, out: &mut Outlet) {
        let now = Timestamp::from_micros(time);
        let current = self.memory.current;
        if let Some((state, mut finding)) = self.memory.unseen.take() {
            let learned = matches!(self.memory.states.get(state), Some((_, Phase::Watching { .. })));
            if current == Some(state) && !learned {
                self.memory.unseen = Some((state, finding));
                return;
            }
            (finding.state, finding.until) = (FindingState::Cleared, now);
            if learned {
                finding
                    .explanation
                    .push_str(" It has been learned as normal since: if it was a fault, label it as one.");
            }
            out.finding(*finding);
        }
        let rows_a_day = COMMISSION_S.saturating_mul(1000) / self.config.step_ms.max(1);
        let commission = rows_a_day.max(COMMISSION_LEARNS.saturating_mul(self.config.rows() as u64));
        if !fresh || self.memory.watched < commission {
            return;
        }
        let Some((state, key)) = current.and_then(|i| Some((i, &self.memory.states.get(i)?.0))) else { return };
        let finding = unseen(&self.parts, key, &self.memory.states, now);
        if let Some(finding) = finding {
            self.memory.unseen = Some((state, Box::new(finding.clone())));
            out.finding(finding);
        }
    }
}

fn unseen(parts: &[Signal], key: &[i64], states: &[(Vec<i64>, Phase)], now: Timestamp) -> Option<Finding> {
    let first = parts.first()?;
    let code = |signal: &Signal, code: i64| {
        let named = usize::try_from(code).ok().and_then(|i| signal.states.get(i));
        named.cloned().unwrap_or_else(|| code.to_string())
    };
    let is = |(signal, value): (&Signal, &i64)| format!("{} = {}", label(signal), code(signal, *value));
    // the signals whose own value is new; none when only the combination is
    let before = |place: usize, value: i64| {
        states.iter().filter(|(other, _)| other.as_slice() != key).any(|(other, _)| other.get(place) == Some(&value))
    };
    let new: Vec<(&Signal, &i64)> =
        parts.iter().zip(key).enumerate().filter(|(i, (_, v))| !before(*i, **v)).map(|(_, pair)| pair).collect();
    let named: Vec<(&Signal, &i64)> = if new.is_empty() { parts.iter().zip(key).collect() } else { new };
    let share = 1.0 / named.len().max(1) as f64;
    let words = if key.is_empty() {
        "one of many that are too rare to be told apart".to_owned()
    } else {
        named.iter().copied().map(is).collect::<Vec<_>>().join(", ")
    };
    Some(Finding {
        asset: first.asset,
        key: "operating-state".into(),
        kind: FindingKind::DataQuality,
        state: FindingState::Active,
        since: now,
        until: now,
        title: format!("An operating state that was not seen before: {words}"),
        explanation: format!(
            "The asset is in an operating state that did not occur while it was learned and watched: {words}. What is \
             normal in it is learned now; until then only limits from the first day protect it."
        ),
        p_value: None,
        probability: 1.0,
        severity: SEVERITY,
        contributions: named.iter().map(|(s, _)| Contribution { signal: s.id, share }).collect(),
        evidence: Vec::new(),
        failure_mode: None,
        prescription: vec![
            "If it is a new operation: nothing to do, it is learned.".into(),
            "If it is a fault: label it, and mend it before it is learned as normal.".into(),
        ],
        rul: None,
        model: NAME.into(),
    })
}

impl frame::Memory for Memory {
    fn like(&self, other: &Self) -> bool {
        (self.version, self.grid.width()) == (other.version, other.grid.width())
    }
}

impl Memory {
    pub(super) fn new(grid: Grid) -> Self {
        Self {
            version: STATE_VERSION,
            grid,
            states: Vec::new(),
            current: None,
            score: 0.0,
            active: false,
            watching_since: None,
            trace: Trace::default(),
            finding: None,
            shown: Shown::default(),
            moved: false,
            blind: 0,
            calm: 0,
            lasted: 0,
            shifts: Vec::new(),
            watched: 0,
            unseen: None,
            last_drift: i64::MIN,
            last_row: i64::MIN,
            last_sample: i64::MIN,
            last_update: i64::MIN,
        }
    }

    /// How far the operating state of a row is known. One that was known and is not any more, because the link is lost, say, is no
    /// other operating state. What is measured meanwhile belongs to none, until that has lasted: where states are told only when
    /// they change, it is still the one that it was.
    pub(super) fn sight(&mut self, parts: &[f64], values: &[f64]) -> Sight {
        let current = self.current.and_then(|i| self.states.get_mut(i));
        let Some((key, phase)) = current else { return Sight::Known };
        if key.iter().zip(parts).all(|(code, part)| *code == i64::MIN || part.is_finite()) {
            self.blind = 0;
            return Sight::Known;
        }
        if let (0, Phase::Watching { watch, .. }) = (self.blind, phase) {
            watch.rest();
        }
        self.blind += usize::from(self.blind == 0 || values.iter().any(|value| value.is_finite()));
        if self.blind > BLIND_ROWS { Sight::AsBefore } else { Sight::Lost }
    }

    /// Goes to the operating state that the state signals name; a new one is learned from now on. Whether it is new.
    #[allow(clippy::cast_possible_truncation, reason = "codes of states are small whole numbers")]
    pub(super) fn enter(&mut self, parts: &[f64], width: usize) -> bool {
        let codes = parts.iter().map(|v| if v.is_finite() { v.round() as i64 } else { i64::MIN });
        if self.current.and_then(|i| self.states.get(i)).is_some_and(|(key, _)| codes.clone().eq(key.iter().copied())) {
            return false;
        }
        let mut key: Vec<i64> = codes.collect();
        let mut place = self.states.iter().position(|(k, _)| *k == key);
        if place.is_none() && self.states.len() + 1 >= STATES_MAX {
            // all further states together are learned and watched as one
            key.clear();
            place = self.states.iter().position(|(k, _)| k.is_empty());
        }
        if place.is_some() && place == self.current {
            return false;
        }
        let fresh = place.is_none();
        if fresh {
            self.states.push((key, Phase::learning(width)));
        }
        self.current = place.or(self.states.len().checked_sub(1));
        if let Some((_, Phase::Watching { watch, .. })) = self.current.and_then(|i| self.states.get_mut(i)) {
            watch.rest();
        }
        // what was found is not over by that: it was found in the state that was left
        (self.score, self.active, self.moved) = (0.0, self.finding.is_some(), true);
        fresh
    }

    /// A verdict by which a condition begins when it has lasted for `enough` rows.
    pub(super) fn lasting(&mut self, verdict: Verdict, enough: usize) -> Verdict {
        let told = self.lasted > enough;
        self.lasted = if verdict.active { self.lasted.saturating_add(1) } else { 0 };
        let active = self.lasted > enough;
        Verdict { active, changed: active != told, ..verdict }
    }

    /// Whether a condition holds after a row was judged.
    ///
    /// Where it was found it ends by the monitor's own hysteresis. After a change of the operating state (another product,
    /// another load) the monitor has seen nothing of it: the condition holds until `enough` rows in a row were judged and
    /// found as they should be, in whichever states.
    pub(super) fn hold(&mut self, verdict: Verdict, enough: usize) -> bool {
        if verdict.active {
            (self.moved, self.calm) = (false, 0);
            return true;
        }
        // it ended with a row that was not judged: within the operating state another was entered
        self.moved |= verdict.changed && !verdict.known;
        self.calm += usize::from(verdict.known);
        self.finding.is_some() && (!verdict.known || self.moved && self.calm < enough)
    }
}
