//! The alarm desk: the pure alarm book, its journal on disk, and whoever is looking. An alarm is on disk
//! before anybody is told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gemba_act::{Act, AlarmBook, AlarmConfig, AlarmRequest, Digest, JournalEntry, Memory, Rates, Slot, Wish};
use gemba_plant::port::Clock;
use gemba_plant::{Alarm, AssetId, TimeRange, Timestamp};

use crate::live::{LiveEvent, LiveHub};
use crate::state::{AlarmChange, AlarmFilter, State};
use crate::{Error, absence};

/// The window of the alarm figures.
const RATES_SPAN: Duration = Duration::from_hours(24);
/// Alarms read at once for the figures.
const OPEN_MAX: usize = 10_000;

/// The name of the alarm book's memory in the small state.
const MEMORY: &str = "alarm-memory";

/// All alarms of the node.
pub struct Alarms {
    state: State,
    clock: Arc<dyn Clock>,
    live: LiveHub,
    config: AlarmConfig,
    book: Mutex<Kept>,
}

/// Journal lines that wait for the disk at most; beyond that the oldest are given up, and counted.
const OWED_MAX: usize = 10_000;

/// The book, its memory as it is on disk, and the journal lines that could not be written yet.
struct Kept {
    book: AlarmBook,
    memory: Memory,
    owed: Vec<JournalEntry>,
    lost: u64,
}

impl std::fmt::Debug for Alarms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Alarms").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Alarms {
    /// Takes the book back from the disk, or begins an empty one.
    pub(crate) fn open(state: State, clock: Arc<dyn Clock>, live: LiveHub, config: AlarmConfig) -> Result<Self, Error> {
        let memory = state.kept(MEMORY)?.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default();
        let book = AlarmBook::resume(config.clone(), memory, state.alarm_slots()?, state.last_alarm()?);
        let kept = Kept { memory: book.memory().clone(), book, owed: Vec::new(), lost: 0 };
        Ok(Self { state, clock, live, config, book: Mutex::new(kept) })
    }

    /// Alarms, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn list(&self, filter: &AlarmFilter) -> Result<Vec<Alarm>, Error> {
        self.state.alarms(filter)
    }

    /// One alarm.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn get(&self, id: u64) -> Result<Option<Alarm>, Error> {
        self.state.alarm(id)
    }

    /// The alarms that are open now, by number; read from memory.
    pub fn open_now(&self) -> Vec<Alarm> {
        self.lock().book.alarms().cloned().collect()
    }

    /// Learned alarms of the last 24 hours that were counted instead of raised, by asset; read from memory.
    pub fn digests(&self) -> Vec<Digest> {
        self.lock().book.digests().cloned().collect()
    }

    /// What happened to an alarm, oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn journal(&self, id: u64) -> Result<Vec<JournalEntry>, Error> {
        self.state.alarm_journal(id)
    }

    /// Does to each of `ids` what `by` wants. The first refusal ends it; what was done before stays done.
    ///
    /// # Errors
    /// When an alarm's state does not allow it, a comment is missing or the state cannot be written.
    pub fn act(&self, ids: &[u64], act: Act, by: &str, comment: &str) -> Result<Vec<Alarm>, Error> {
        let mut changed = Vec::new();
        for &id in ids {
            let kept = &mut *self.lock();
            let wish = Wish { act, by, comment };
            let entries = kept.book.act(id, &wish, self.clock.now())?;
            changed.extend(self.write(kept, entries)?);
        }
        Ok(changed)
    }

    /// The alarm figures of the last 24 hours, or since the first start when that is less.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn rates(&self) -> Result<Rates, Error> {
        let now = self.clock.now();
        let from = now.minus(RATES_SPAN).max(absence::began(&self.state)?.unwrap_or(Timestamp::MIN)).min(now);
        let journal = self.state.alarm_journal_since(from)?;
        let open = self.list(&AlarmFilter { open_only: true, limit: OPEN_MAX, ..AlarmFilter::default() })?;
        Ok(gemba_act::rates(&journal, &open, TimeRange::new(from, now), &self.config))
    }

    /// Says of each condition whether it holds; all of it is on disk together when this returns.
    pub(crate) fn conditions(&self, each: &[(AlarmRequest, bool)]) -> Result<Vec<Alarm>, Error> {
        let kept = &mut *self.lock();
        let now = self.clock.now();
        let (mut alarms, mut entries, mut places) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (request, active) in each {
            // an alarm that comes and goes leaves the book: it is written in between
            if !places.insert((request.asset, &request.key)) {
                alarms.extend(self.write(kept, std::mem::take(&mut entries))?);
                places = BTreeSet::from([(request.asset, &request.key)]);
            }
            entries.extend(kept.book.condition(request, *active, now));
        }
        alarms.extend(self.write(kept, entries)?);
        Ok(alarms)
    }

    /// Sets the alarms of these assets aside, each with its reason, and takes all others back.
    pub(crate) fn quieten(&self, quiet: &BTreeMap<AssetId, String>) -> Result<(), Error> {
        let kept = &mut *self.lock();
        let assets: BTreeSet<AssetId> = kept.book.quiet().chain(quiet.keys().copied()).collect();
        let now = self.clock.now();
        let each =
            assets.into_iter().map(|asset| kept.book.suppress(asset, quiet.get(&asset).map(String::as_str), now));
        let entries = each.flatten().collect();
        self.write(kept, entries).map(drop)
    }

    /// How alarms call for people.
    pub(crate) const fn config(&self) -> &AlarmConfig {
        &self.config
    }

    /// Journal lines that wait for the disk, and how many were given up since the start.
    pub(crate) fn owed(&self) -> (usize, u64) {
        let kept = self.lock();
        (kept.owed.len(), kept.lost)
    }

    /// Lets time pass.
    pub(crate) fn tick(&self) -> Result<(), Error> {
        let kept = &mut *self.lock();
        let entries = kept.book.tick(self.clock.now());
        self.write(kept, entries)?;
        if *kept.book.memory() != kept.memory {
            self.state.keep_soon(MEMORY, &serde_json::to_vec(kept.book.memory()).unwrap_or_default())?;
            kept.memory.clone_from(kept.book.memory());
        }
        Ok(())
    }

    /// Writes what changed, then tells it. What cannot be written is kept in the book, its lines here: the next call, the
    /// clock's at the latest, writes both.
    fn write(&self, kept: &mut Kept, entries: Vec<JournalEntry>) -> Result<Vec<Alarm>, Error> {
        let Kept { book, owed, lost, .. } = kept;
        owed.extend(entries);
        let beyond = owed.len().saturating_sub(OWED_MAX);
        owed.drain(..beyond);
        *lost += beyond as u64;
        let slots: Vec<_> = book.changed().collect();
        if owed.is_empty() && slots.is_empty() {
            return Ok(Vec::new());
        }
        let mut told = BTreeMap::new();
        for entry in owed.iter() {
            let alarm = match book.alarm(entry.alarm) {
                Some(alarm) => Some(alarm.clone()),
                // gone from the book: back to normal
                None => self.state.alarm(entry.alarm)?.map(|last| Alarm {
                    state: entry.to,
                    changed: entry.time,
                    shelved_until: None,
                    ..last
                }),
            };
            told.extend(alarm.map(|alarm| (alarm.id, alarm)));
        }
        // newer words of an alarm are no event, and are kept and shown all the same
        let open = slots.iter().filter_map(|(_, slot)| slot.and_then(Slot::alarm));
        let reworded: Vec<Alarm> = open.filter(|alarm| !told.contains_key(&alarm.id)).cloned().collect();
        let alarms = told.values().chain(&reworded).cloned().collect();
        self.state.put_alarms(&AlarmChange { alarms, journal: owed, slots })?;
        book.kept();
        owed.clear();
        for alarm in told.values().chain(&reworded) {
            self.live.tell(LiveEvent::Alarm(Arc::new(alarm.clone())));
        }
        Ok(told.into_values().collect())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
