//! One alarm definition (asset and key) with the facts from which its state follows.

use std::time::Duration;

use gemba_plant::{Alarm, AlarmClass, AlarmState, Priority, Timestamp};
use serde::{Deserialize, Serialize};

use crate::book::Place;
use crate::{AlarmRequest, JournalEntry};

/// A lower priority has lasted so long before it is taken over: how bad something is moves with its noise, and an alarm
/// that changes its priority every few seconds is not read.
const FALL: Duration = Duration::from_mins(1);

/// What the condition did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// It holds now, and did not before.
    Rise,
    /// It is over now, and was not before.
    Fall,
}

/// All that is known for one asset and key, to be kept and given back to [`crate::AlarmBook::resume`]. The shown state
/// is never set, it follows from the other fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts; the state is worked out from them in one place")]
pub struct Slot {
    /// What asked last.
    pub(crate) request: AlarmRequest,
    /// The condition as reported.
    reported: bool,
    /// When the report last changed.
    turned: Timestamp,
    /// When the priority asked for last changed.
    #[serde(default)]
    regraded: Timestamp,
    /// The condition after its delays.
    pub(crate) holds: bool,
    /// Set aside by logic.
    pub(crate) suppressed: bool,
    /// Set aside because a person has muted what is behind it.
    #[serde(default)]
    pub(crate) muted: bool,
    /// Whether the present event was already counted in the digest instead of raised.
    pub(crate) withheld: bool,
    /// The open alarm.
    pub(crate) open: Option<Open>,
}

/// An open alarm with what people did to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts; the state is worked out from them in one place")]
pub(crate) struct Open {
    pub(crate) alarm: Alarm,
    /// Somebody has seen it since it was last raised.
    pub(crate) seen: bool,
    /// The condition was over since it was raised: when it holds again, that is another event.
    pub(crate) over: bool,
    /// It waits for a reset.
    pub(crate) latched: bool,
    pub(crate) out_of_service: bool,
}

/// Everything that time alone can change in a slot.
type Mark = (bool, bool, bool, bool, Option<(u64, AlarmState, Priority, bool, bool, Option<Timestamp>)>);

impl Slot {
    /// Where it belongs.
    pub(crate) fn place(&self) -> Place {
        (self.request.asset, self.request.key.clone())
    }

    /// Its open alarm.
    pub fn alarm(&self) -> Option<&Alarm> {
        Some(&self.open.as_ref()?.alarm)
    }

    /// To see whether time has changed it.
    pub(crate) fn mark(&self) -> Mark {
        let open = self.open.as_ref();
        let open = open.map(|o| (o.alarm.id, o.alarm.state, o.alarm.priority, o.seen, o.over, o.alarm.shelved_until));
        (self.holds, self.suppressed, self.muted, self.withheld, open)
    }

    pub(crate) fn new(request: AlarmRequest, now: Timestamp) -> Self {
        Self {
            request,
            reported: false,
            turned: now,
            regraded: now,
            holds: false,
            suppressed: false,
            muted: false,
            withheld: false,
            open: None,
        }
    }

    /// Takes a report in.
    pub(crate) fn report(&mut self, request: &AlarmRequest, active: bool, now: Timestamp) {
        if request.priority != self.request.priority {
            self.regraded = now;
        }
        self.request = request.clone();
        if active != self.reported {
            self.reported = active;
            self.turned = now;
        }
    }

    /// Follows the report once it has lasted for the on or off delay.
    pub(crate) fn edge(&mut self, now: Timestamp) -> Option<Edge> {
        let due = self.turned.plus(self.request.behaviour.delay(self.reported));
        if self.reported == self.holds || now < due {
            return None;
        }
        self.holds = self.reported;
        Some(if self.holds { Edge::Rise } else { Edge::Fall })
    }

    /// Since when the condition holds, by source time.
    pub(crate) fn since(&self) -> Timestamp {
        self.request.since.unwrap_or(self.turned)
    }

    /// Whether it is muted, or the open alarm is shelved, suppressed or out of service.
    pub(crate) fn aside(&self) -> bool {
        self.muted
            || self
                .open
                .as_ref()
                .is_some_and(|o| self.suppressed || o.out_of_service || o.alarm.shelved_until.is_some())
    }

    /// Whether it is about the machine, and not about a sensor or the data.
    pub(crate) fn is_of_machine(&self) -> bool {
        matches!(self.request.class, AlarmClass::Process | AlarmClass::Ai)
    }

    /// Whether it calls for its machine now.
    pub(crate) fn calls(&self) -> bool {
        self.is_of_machine() && self.holds && !self.aside() && self.open.as_ref().is_some_and(|open| !open.over)
    }

    /// The state that follows from the facts.
    pub(crate) fn state(&self) -> AlarmState {
        let Some(open) = &self.open else { return AlarmState::Normal };
        if open.out_of_service {
            return AlarmState::OutOfService;
        }
        if self.suppressed {
            return AlarmState::SuppressedByDesign;
        }
        if self.muted || open.alarm.shelved_until.is_some() {
            return AlarmState::Shelved;
        }
        match (self.holds && !open.over, open.latched, open.seen) {
            (true, _, false) => AlarmState::UnackActive,
            (true, _, true) => AlarmState::AckedActive,
            (false, true, false) => AlarmState::LatchedUnack,
            (false, true, true) => AlarmState::LatchedAcked,
            (false, false, false) => AlarmState::RtnUnack,
            (false, false, true) => AlarmState::Normal,
        }
    }

    /// Follows the mute of the finding behind it: a shelf that a person ends at the finding.
    pub(crate) fn follow_mute(&mut self, now: Timestamp) -> Option<JournalEntry> {
        let goes_on = self.reported || self.holds;
        let mute = self.request.mute.clone().filter(|mute| mute.holds(goes_on, now));
        let until = mute.as_ref().and_then(|mute| mute.until);
        let shown = self.open.as_ref().and_then(|open| open.alarm.shelved_until);
        if self.muted == mute.is_some() && (mute.is_none() || shown == until) {
            return None;
        }
        self.muted = mute.is_some();
        let open = self.open.as_mut()?;
        open.alarm.shelved_until = until;
        open.seen = self.muted || open.over;
        match mute {
            Some(mute) => self.record(Some(&mute.by), &mute.reason, now),
            None => self.record(None, "the finding is no longer muted", now),
        }
    }

    /// Brings the shown state up to date and writes the line for it; closes the alarm when it is normal.
    pub(crate) fn record(&mut self, by: Option<&str>, comment: &str, now: Timestamp) -> Option<JournalEntry> {
        let to = self.state();
        let open = self.open.as_mut()?;
        let from = std::mem::replace(&mut open.alarm.state, to);
        if from != to {
            open.alarm.changed = now;
        }
        if let Some(who) = by {
            open.alarm.by = Some(who.to_owned());
            open.alarm.comment = Some(comment.to_owned());
        }
        let alarm = &open.alarm;
        let entry = JournalEntry {
            time: now,
            alarm: alarm.id,
            asset: alarm.asset,
            key: alarm.key.clone(),
            class: alarm.class,
            priority: alarm.priority,
            from,
            to,
            by: by.map(str::to_owned),
            comment: comment.to_owned(),
            shelved_until: alarm.shelved_until,
        };
        if to == AlarmState::Normal {
            self.open = None;
        }
        Some(entry)
    }

    /// As [`Slot::record`], but only when the state has changed.
    pub(crate) fn record_change(&mut self, comment: &str, now: Timestamp) -> Option<JournalEntry> {
        let shown = self.open.as_ref()?.alarm.state;
        if shown == self.state() { None } else { self.record(None, comment, now) }
    }

    /// Opens an alarm for the condition that holds.
    pub(crate) fn raise(&mut self, id: u64, now: Timestamp) -> Option<JournalEntry> {
        let request = &self.request;
        let alarm = Alarm {
            id,
            asset: request.asset,
            signal: request.signal,
            key: request.key.clone(),
            class: request.class,
            priority: request.priority,
            state: AlarmState::Normal,
            message: request.message.clone(),
            cause: request.cause.clone(),
            consequence: request.consequence.clone(),
            response: request.response.clone(),
            since: self.since(),
            changed: now,
            by: None,
            comment: None,
            shelved_until: None,
            finding: request.finding,
        };
        let latched = request.behaviour.latch;
        self.withheld = false;
        self.open = Some(Open { alarm, seen: false, over: false, latched, out_of_service: false });
        self.record(None, "raised", now)
    }

    /// Whether the finding of its open alarm, which was over and which nobody has seen yet, holds again: the same event.
    pub(crate) fn comes_back(&self) -> bool {
        let same = |open: &&Open| open.over && !open.seen && open.alarm.finding == self.request.finding;
        self.holds && self.request.finding.is_some() && !self.aside() && self.open.as_ref().is_some_and(|o| same(&o))
    }

    /// Makes the open alarm active again.
    pub(crate) fn resume(&mut self, now: Timestamp) -> Option<JournalEntry> {
        self.withheld = false;
        self.open.as_mut()?.over = false;
        self.record(None, "the condition came back", now)
    }

    /// Ends the open alarm whatever its state, because another event takes its place.
    pub(crate) fn supersede(&mut self, now: Timestamp) -> Option<JournalEntry> {
        let open = self.open.as_mut()?;
        (open.seen, open.over, open.latched) = (true, true, false);
        self.record(None, "the condition came back: a new alarm takes its place", now)
    }

    /// Takes newer texts over, and what they are about.
    pub(crate) fn refresh(&mut self) {
        let (request, holds) = (&self.request, self.holds);
        let Some(open) = self.open.as_mut().filter(|open| holds && !open.over) else { return };
        let alarm = &mut open.alarm;
        (alarm.signal, alarm.class) = (request.signal, request.class);
        alarm.message.clone_from(&request.message);
        alarm.cause.clone_from(&request.cause);
        alarm.consequence.clone_from(&request.consequence);
        alarm.response.clone_from(&request.response);
        alarm.finding = request.finding.or(alarm.finding);
    }

    /// Takes a newer priority over once it has lasted for the on delay, a lower one for the off delay and [`FALL`]; a rising
    /// priority wants to be seen again.
    pub(crate) fn regrade(&mut self, now: Timestamp) -> Option<JournalEntry> {
        let (wanted, holds) = (self.request.priority, self.holds);
        let open = self.open.as_mut().filter(|open| holds && !open.over && open.alarm.priority != wanted)?;
        let rises = wanted < open.alarm.priority;
        let delay = self.request.behaviour.delay(rises);
        if now < self.regraded.plus(if rises { delay } else { delay.max(FALL) }) {
            return None;
        }
        open.alarm.priority = wanted;
        if rises {
            open.seen = false;
        }
        self.record(None, if rises { "the priority rose" } else { "the priority fell" }, now)
    }

    /// Whether nothing needs to be remembered.
    pub(crate) fn idle(&self) -> bool {
        !self.reported && !self.holds && self.open.is_none()
    }
}
