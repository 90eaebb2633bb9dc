//! All alarms of a plant.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use gemba_plant::{Alarm, AlarmClass, AlarmState, AssetId, Priority, Timestamp};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::slot::{Edge, Slot};
use crate::{AlarmConfig, AlarmRequest, Error, JournalEntry};

/// Over this span new alarms are counted for a flood (EEMUA 191).
const FLOOD_SPAN: Duration = Duration::from_mins(10);
/// Over this span alarms of class `ai` are counted for an asset.
const AI_SPAN: Duration = Duration::from_hours(1);
/// As many raised alarms are remembered for the flood: a bound on memory, a hundred times the worst limit.
const RAISED_MAX: usize = 100_000;

/// What a person does to an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// I have seen it.
    Ack,
    /// Not now: it comes back by itself.
    Shelve {
        /// When it comes back.
        until: Timestamp,
    },
    /// Back from the shelf.
    Unshelve,
    /// For maintenance, until it is returned.
    OutOfService,
    /// Back from maintenance.
    ReturnToService,
    /// Release the latch.
    Reset,
}

impl Act {
    const fn wish(self) -> &'static str {
        match self {
            Self::Ack => "acknowledge it",
            Self::Shelve { .. } => "shelve it",
            Self::Unshelve => "unshelve it",
            Self::OutOfService => "take it out of service",
            Self::ReturnToService => "return it to service",
            Self::Reset => "reset it",
        }
    }
}

/// Who does what, and what they say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish<'a> {
    /// What.
    pub act: Act,
    /// The user.
    pub by: &'a str,
    /// Their words; may be empty unless the alarm wants some.
    pub comment: &'a str,
}

/// Where an alarm belongs: the asset, and the key below it.
pub type Place = (AssetId, String);

/// An alarm that called, and how urgent it became.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Called {
    id: u64,
    at: Timestamp,
    priority: Priority,
}

/// What a book remembers besides its alarms. Small; nothing breaks when its last second is lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    last_id: u64,
    /// Alarms of class `ai` that called in the last hour.
    #[serde(default)]
    called: BTreeMap<AssetId, Vec<Called>>,
    digests: BTreeMap<AssetId, Digest>,
    raised: VecDeque<Timestamp>,
    flood: Option<Timestamp>,
    #[serde(default)]
    quiet: BTreeMap<AssetId, String>,
}

/// All alarms of a plant: told conditions, people's wishes and the time, answers with journal entries.
///
/// `now` is the caller's clock; it should not go back, and nothing breaks when it does. To keep a book, keep the slots
/// of [`AlarmBook::changed`] after every call, and [`AlarmBook::memory`] now and then.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmBook {
    config: AlarmConfig,
    memory: Memory,
    slots: BTreeMap<Place, Slot>,
    open: BTreeMap<u64, Place>,
    changed: BTreeSet<Place>,
}

impl AlarmBook {
    /// An empty book.
    pub fn new(config: AlarmConfig) -> Self {
        Self::resume(config, Memory::default(), [], 0)
    }

    /// A book as it was kept. No new alarm gets a number up to `last_id`.
    pub fn resume(config: AlarmConfig, memory: Memory, slots: impl IntoIterator<Item = Slot>, last_id: u64) -> Self {
        let slots: BTreeMap<Place, Slot> = slots.into_iter().map(|slot| (slot.place(), slot)).collect();
        let open: BTreeMap<u64, Place> =
            slots.iter().filter_map(|(place, slot)| Some((slot.open.as_ref()?.alarm.id, place.clone()))).collect();
        let highest = open.keys().next_back().copied().unwrap_or(0);
        let memory = Memory { last_id: memory.last_id.max(last_id).max(highest), ..memory };
        Self { config, memory, slots, open, changed: BTreeSet::new() }
    }

    /// What it remembers besides its alarms.
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Places that have changed since [`AlarmBook::kept`], with what is known of them; none when nothing is left to
    /// remember.
    pub fn changed(&self) -> impl Iterator<Item = (&Place, Option<&Slot>)> {
        self.changed.iter().map(|place| (place, self.slots.get(place)))
    }

    /// Says that what has changed is on disk.
    pub fn kept(&mut self) {
        self.changed.clear();
    }

    /// An open alarm.
    pub fn alarm(&self, id: u64) -> Option<&Alarm> {
        Some(&self.slots.get(self.open.get(&id)?)?.open.as_ref()?.alarm)
    }

    /// All open alarms, by number: whatever is not normal.
    pub fn alarms(&self) -> impl Iterator<Item = &Alarm> {
        self.open.keys().filter_map(|id| self.alarm(*id))
    }

    /// Since when there is a flood; none when there is none.
    pub const fn flood(&self) -> Option<Timestamp> {
        self.memory.flood
    }

    /// What was counted instead of raised in the last 24 hours, by asset.
    pub fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.memory.digests.values()
    }

    /// Says whether a condition holds. To be called on every change; calling it again changes nothing.
    pub fn condition(&mut self, request: &AlarmRequest, active: bool, now: Timestamp) -> Vec<JournalEntry> {
        let place = (request.asset, request.key.clone());
        if !active && !self.slots.contains_key(&place) {
            return Vec::new();
        }
        self.with(place, |book, slot, out| {
            slot.report(request, active, now);
            book.settle(slot, now, out);
            if active {
                slot.refresh();
            }
        })
        .unwrap_or_else(|| {
            let mut slot = Slot::new(request.clone(), now);
            slot.report(request, active, now);
            self.adopt(slot, now)
        })
    }

    /// Sets the alarms of an asset about its machine (classes `process` and `ai`) aside by logic: it stands still, say.
    /// None takes them back. Holds for alarms to come as well.
    pub fn suppress(&mut self, asset: AssetId, why: Option<&str>, now: Timestamp) -> Vec<JournalEntry> {
        let before = match why {
            Some(why) => self.memory.quiet.insert(asset, why.to_owned()),
            None => self.memory.quiet.remove(&asset),
        };
        if before.is_some() == why.is_some() {
            return Vec::new();
        }
        let own = self.slots.range((asset, String::new())..).take_while(|((of, _), _)| *of == asset);
        let places: Vec<Place> = own.map(|(place, _)| place.clone()).collect();
        let settle = |place| self.with(place, |book, slot, out| book.settle(slot, now, out));
        places.into_iter().filter_map(settle).flatten().collect()
    }

    /// Assets whose alarms are set aside by logic.
    pub fn quiet(&self) -> impl Iterator<Item = AssetId> {
        self.memory.quiet.keys().copied()
    }

    /// Does what a person wants.
    ///
    /// # Errors
    /// When the alarm is not open, its state does not allow it, the shelf is too long or a comment is missing.
    pub fn act(&mut self, id: u64, wish: &Wish<'_>, now: Timestamp) -> Result<Vec<JournalEntry>, Error> {
        let place = self.open.get(&id).cloned().ok_or(Error::NotOpen { id })?;
        let slot = self.slots.get(&place).ok_or(Error::NotOpen { id })?;
        self.allow(id, slot, wish, now)?;
        let done = self.with(place, |book, slot, out| {
            carry_out(slot, wish.act);
            out.extend(slot.record(Some(wish.by), wish.comment, now));
            book.settle(slot, now, out);
        });
        Ok(done.unwrap_or_default())
    }

    /// Lets time pass: delays, shelves, re-alarms, withheld alarms. To be called about once a second.
    pub fn tick(&mut self, now: Timestamp) -> Vec<JournalEntry> {
        let mut out = Vec::new();
        // one by one, so that each sees what calls beside it
        let places: Vec<Place> = self.slots.keys().cloned().collect();
        for place in places {
            let Some(mut slot) = self.slots.remove(&place) else { continue };
            let before = slot.mark();
            self.settle(&mut slot, now, &mut out);
            if slot.mark() != before {
                self.changed.insert(place.clone());
            }
            if !slot.idle() {
                self.slots.insert(place, slot);
            }
        }
        self.memory.digests.retain(|_, digest| digest.keep(now));
        self.index(&out);
        self.watch_flood(now);
        out
    }

    /// Whether the wish may be carried out.
    fn allow(&self, id: u64, slot: &Slot, wish: &Wish<'_>, now: Timestamp) -> Result<(), Error> {
        use AlarmState::{
            LatchedAcked, LatchedUnack, OutOfService, RtnUnack, Shelved, SuppressedByDesign, UnackActive,
        };
        let state = slot.state();
        let allowed = match wish.act {
            Act::Ack => [UnackActive, RtnUnack, LatchedUnack].contains(&state),
            Act::Shelve { .. } => ![OutOfService, SuppressedByDesign].contains(&state),
            Act::Unshelve => state == Shelved,
            Act::OutOfService => state != OutOfService,
            Act::ReturnToService => state == OutOfService,
            Act::Reset => [LatchedUnack, LatchedAcked].contains(&state),
        };
        if !allowed {
            return Err(Error::NotNow { id, wish: wish.act.wish(), state });
        }
        if slot.muted && matches!(wish.act, Act::Shelve { .. } | Act::Unshelve) {
            return Err(Error::Muted { id });
        }
        if let Act::Shelve { until } = wish.act {
            self.allow_shelf(id, until, now)?;
        }
        if slot.request.behaviour.requires_comment && wish.comment.trim().is_empty() {
            return Err(Error::CommentMissing { id, wish: wish.act.wish() });
        }
        Ok(())
    }

    fn allow_shelf(&self, id: u64, until: Timestamp, now: Timestamp) -> Result<(), Error> {
        if until <= now {
            return Err(Error::ShelfOver { id, until, now });
        }
        if until.since(now) > self.shelf_max() {
            let asked_min = until.since(now).as_secs().div_ceil(60);
            return Err(Error::ShelfTooLong { id, asked_min, limit_min: self.config.shelve_max_min });
        }
        Ok(())
    }

    fn shelf_max(&self) -> Duration {
        Duration::from_secs(self.config.shelve_max_min.saturating_mul(60))
    }

    /// Brings a slot to where the facts and the time want it.
    fn settle(&mut self, slot: &mut Slot, now: Timestamp, out: &mut Vec<JournalEntry>) {
        self.end_shelf(slot, now, out);
        self.follow_logic(slot, now, out);
        if slot.edge(now) == Some(Edge::Fall) {
            slot.withheld = false;
            if let Some(open) = &mut slot.open {
                open.over = true;
            }
            let held = held(now.since(slot.open.as_ref().map_or(now, |open| open.alarm.since)));
            out.extend(slot.record_change(&format!("it held for {held}"), now));
        }
        out.extend(slot.follow_mute(now));
        if slot.comes_back() {
            out.extend(slot.resume(now));
        }
        let wanted = slot.holds && !slot.aside() && slot.open.as_ref().is_none_or(|open| open.over);
        if wanted && self.may_raise(slot, now) {
            out.extend(slot.supersede(now));
            self.memory.last_id += 1;
            out.extend(slot.raise(self.memory.last_id, now));
            self.count(slot, now);
        }
        out.extend(slot.regrade(now));
        self.follow_priority(slot);
        out.extend(realarm(slot, now));
    }

    /// Whether the asset is quiet now decides, for alarms about its machine.
    fn follow_logic(&self, slot: &mut Slot, now: Timestamp, out: &mut Vec<JournalEntry>) {
        let why = self.memory.quiet.get(&slot.request.asset);
        let why = why.filter(|_| matches!(slot.request.class, AlarmClass::Process | AlarmClass::Ai));
        if slot.suppressed != why.is_some() {
            slot.suppressed = why.is_some();
            out.extend(slot.record_change(why.map_or("no longer suppressed", String::as_str), now));
        }
    }

    /// A shelf ends when it is due, and at once when the clock has jumped so far back that it would last too long.
    fn end_shelf(&self, slot: &mut Slot, now: Timestamp, out: &mut Vec<JournalEntry>) {
        let longest = self.shelf_max();
        let Some(open) = slot.open.as_mut().filter(|_| !slot.muted) else { return };
        if open.alarm.shelved_until.is_some_and(|until| until <= now || until.since(now) > longest) {
            open.alarm.shelved_until = None;
            open.seen = open.over;
            out.extend(slot.record(None, "the shelf ended", now));
        }
    }

    /// Whether a new alarm may call: always, but for one that another calls for already, and for class `ai` beyond its rate.
    /// Such are counted, once an event.
    fn may_raise(&mut self, slot: &mut Slot, now: Timestamp) -> bool {
        if slot.suppressed {
            return true;
        }
        if !self.is_told(slot) && (slot.request.class != AlarmClass::Ai || self.within_rate(&slot.request, now)) {
            return true;
        }
        let asset = slot.request.asset;
        let digest = self.memory.digests.entry(asset).or_insert_with(|| Digest::new(asset, now));
        if slot.withheld {
            digest.follow(&slot.request);
        } else {
            slot.withheld = true;
            digest.add(&slot.request, now);
        }
        false
    }

    /// Whether another alarm calls for the same machine, no less urgently: one fault shows in more than one way, and wants a
    /// person once. What a person set calls by itself.
    fn is_told(&self, slot: &Slot) -> bool {
        let asset = slot.request.asset;
        let own = self.slots.range((asset, String::new())..).take_while(|((of, _), _)| *of == asset);
        let mut calling = own.map(|(_, other)| other).filter(|other| other.calls());
        let led = |other: &Slot| other.request.priority <= slot.request.priority && other.place() != slot.place();
        slot.is_of_machine() && !slot.request.wanted && calling.any(led)
    }

    /// Whether one more alarm of class `ai` may call now: as often as an hour allows, and what is more urgent than all that
    /// called in it.
    fn within_rate(&mut self, request: &AlarmRequest, now: Timestamp) -> bool {
        let called = self.memory.called.entry(request.asset).or_default();
        called.retain(|one| one.at <= now && now.since(one.at) < AI_SPAN);
        let limit = usize::try_from(self.config.ai_per_asset_hour).unwrap_or(usize::MAX);
        called.len() < limit || called.iter().all(|one| request.priority < one.priority)
    }

    /// Counts the alarm that was just raised, if it is of class `ai` and calls.
    fn count(&mut self, slot: &Slot, now: Timestamp) {
        let calls = slot.request.class == AlarmClass::Ai && !slot.suppressed;
        if let Some(open) = slot.open.as_ref().filter(|_| calls) {
            let one = Called { id: open.alarm.id, at: now, priority: open.alarm.priority };
            self.memory.called.entry(slot.request.asset).or_default().push(one);
        }
    }

    /// An alarm that called has called as urgently as it became.
    fn follow_priority(&mut self, slot: &Slot) {
        let called = self.memory.called.get_mut(&slot.request.asset);
        if let (Some(called), Some(open)) = (called, &slot.open) {
            let own = called.iter_mut().filter(|one| one.id == open.alarm.id);
            own.for_each(|one| one.priority = one.priority.min(open.alarm.priority));
        }
    }

    /// Keeps the lookups in step with what was just written.
    fn index(&mut self, entries: &[JournalEntry]) {
        for entry in entries {
            if entry.to == AlarmState::Normal {
                self.open.remove(&entry.alarm);
            } else {
                self.open.insert(entry.alarm, (entry.asset, entry.key.clone()));
            }
            if entry.to == AlarmState::UnackActive && entry.from != entry.to && self.memory.raised.len() < RAISED_MAX {
                self.memory.raised.push_back(entry.time);
                self.watch_flood(entry.time);
            }
        }
    }

    fn watch_flood(&mut self, now: Timestamp) {
        self.memory.raised.retain(|t| *t <= now && now.since(*t) < FLOOD_SPAN);
        let count = u32::try_from(self.memory.raised.len()).unwrap_or(u32::MAX);
        if count >= self.config.flood_begins {
            self.memory.flood.get_or_insert(now);
        } else if count < self.config.flood_ends {
            self.memory.flood = None;
        }
    }

    /// Takes a slot out, works on it, puts it back unless nothing is left to remember; none when it is not there.
    fn with(
        &mut self,
        place: Place,
        work: impl FnOnce(&mut Self, &mut Slot, &mut Vec<JournalEntry>),
    ) -> Option<Vec<JournalEntry>> {
        let mut slot = self.slots.remove(&place)?;
        let before = slot.clone();
        let mut out = Vec::new();
        work(self, &mut slot, &mut out);
        self.index(&out);
        if slot != before {
            self.changed.insert(place.clone());
        }
        if !slot.idle() {
            self.slots.insert(place, slot);
        }
        Some(out)
    }

    fn adopt(&mut self, mut slot: Slot, now: Timestamp) -> Vec<JournalEntry> {
        let mut out = Vec::new();
        self.settle(&mut slot, now, &mut out);
        self.index(&out);
        self.changed.insert(slot.place());
        self.slots.insert(slot.place(), slot);
        out
    }
}

fn carry_out(slot: &mut Slot, act: Act) {
    let Some(open) = &mut slot.open else { return };
    match act {
        Act::Ack => open.seen = true,
        Act::Shelve { until } => (open.alarm.shelved_until, open.seen) = (Some(until), true),
        Act::OutOfService => (open.out_of_service, open.seen) = (true, true),
        Act::Unshelve => (open.alarm.shelved_until, open.seen) = (None, open.over),
        Act::ReturnToService => (open.out_of_service, open.seen) = (false, open.over),
        Act::Reset => open.latched = false,
    }
}

/// A time in the two largest of its units.
fn held(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// Sounds an acknowledged, still active alarm again.
fn realarm(slot: &mut Slot, now: Timestamp) -> Option<JournalEntry> {
    let after = slot.request.behaviour.realarm_after_ms;
    let state = slot.state();
    let open = slot.open.as_mut()?;
    let due = open.alarm.changed.plus(Duration::from_millis(after));
    if after == 0 || state != AlarmState::AckedActive || now < due {
        return None;
    }
    open.seen = false;
    slot.record_change("still active: sounded again", now)
}
