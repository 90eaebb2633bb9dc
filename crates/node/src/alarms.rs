//! The alarm desk: the pure alarm book, its journal on disk, and whoever is looking. An alarm is on disk
//! before anybody is told of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gemba_act::{Act, AlarmBook, AlarmConfig, AlarmRequest, Digest, JournalEntry, Memory, Rates, Slot, Wish};
use gemba_plant::port::Clock;
use gemba_plant::{Alarm, TimeRange};

use crate::Error;
use crate::live::{LiveEvent, LiveHub};
use crate::state::{AlarmChange, AlarmFilter, State};

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

/// The book, and its memory as it is on disk.
struct Kept {
    book: AlarmBook,
    memory: Memory,
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
        let kept = Kept { memory: book.memory().clone(), book };
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
            let book = &mut self.lock().book;
            let wish = Wish { act, by, comment };
            let entries = book.act(id, &wish, self.clock.now()).map_err(|e| Error::Refused {
                what: e.to_string(),
                cure: "look at the alarm's state and try again".into(),
            })?;
            changed.extend(self.write(book, &entries)?);
        }
        Ok(changed)
    }

    /// The alarm figures of the last 24 hours.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn rates(&self) -> Result<Rates, Error> {
        let now = self.clock.now();
        let journal = self.state.alarm_journal_since(now.minus(RATES_SPAN))?;
        let open = self.list(&AlarmFilter { open_only: true, limit: OPEN_MAX, ..AlarmFilter::default() })?;
        Ok(gemba_act::rates(&journal, &open, TimeRange::new(now.minus(RATES_SPAN), now), &self.config))
    }

    /// Says whether a condition holds.
    pub(crate) fn condition(&self, request: &AlarmRequest, active: bool) -> Result<Vec<Alarm>, Error> {
        let book = &mut self.lock().book;
        let entries = book.condition(request, active, self.clock.now());
        self.write(book, &entries)
    }

    /// Lets time pass.
    pub(crate) fn tick(&self) -> Result<(), Error> {
        let Kept { book, memory } = &mut *self.lock();
        let entries = book.tick(self.clock.now());
        self.write(book, &entries)?;
        if book.memory() != memory {
            self.state.keep_soon(MEMORY, &serde_json::to_vec(book.memory()).unwrap_or_default())?;
            memory.clone_from(book.memory());
        }
        Ok(())
    }

    /// Writes what changed, then tells it.
    fn write(&self, book: &mut AlarmBook, entries: &[JournalEntry]) -> Result<Vec<Alarm>, Error> {
        let slots: Vec<_> = book.changed().collect();
        if entries.is_empty() && slots.is_empty() {
            return Ok(Vec::new());
        }
        let mut told = BTreeMap::new();
        for entry in entries {
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
        // newer words of an alarm are no event, and are kept all the same
        let open = slots.iter().filter_map(|(_, slot)| slot.and_then(Slot::alarm));
        let reworded = open.filter(|alarm| !told.contains_key(&alarm.id)).cloned();
        let alarms = told.values().cloned().chain(reworded).collect();
        self.state.put_alarms(&AlarmChange { alarms, journal: entries, slots })?;
        book.kept();
        for alarm in told.values() {
            self.live.tell(LiveEvent::Alarm(Arc::new(alarm.clone())));
        }
        Ok(told.into_values().collect())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
