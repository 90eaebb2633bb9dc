//! The alarm desk: the pure alarm book, its journal on disk, and whoever is looking. An alarm is on disk
//! before anybody is told of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gemba_act::{Act, AlarmBook, AlarmConfig, AlarmRequest, Digest, JournalEntry, Rates, Wish};
use gemba_plant::port::Clock;
use gemba_plant::{Alarm, TimeRange};

use crate::Error;
use crate::live::{LiveEvent, LiveHub};
use crate::state::{AlarmFilter, State};

/// The window of the alarm figures.
const RATES_SPAN: Duration = Duration::from_hours(24);
/// Alarms read at once for the figures.
const OPEN_MAX: usize = 10_000;

/// The name of the alarm book in the small state.
const BOOK: &str = "alarm-book";

/// All alarms of the node.
pub struct Alarms {
    state: State,
    clock: Arc<dyn Clock>,
    live: LiveHub,
    config: AlarmConfig,
    book: Mutex<AlarmBook>,
}

impl std::fmt::Debug for Alarms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Alarms").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Alarms {
    /// Takes the book back from the disk, or begins an empty one.
    pub(crate) fn open(state: State, clock: Arc<dyn Clock>, live: LiveHub, config: AlarmConfig) -> Result<Self, Error> {
        let kept = state.kept(BOOK)?.and_then(|body| serde_json::from_slice::<AlarmBook>(&body).ok());
        let mut book = kept.unwrap_or_else(|| AlarmBook::new(config.clone()));
        book.configure(config.clone());
        Ok(Self { state, clock, live, config, book: Mutex::new(book) })
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
        self.lock().alarms().cloned().collect()
    }

    /// Learned alarms of the last 24 hours that were counted instead of raised, by asset; read from memory.
    pub fn digests(&self) -> Vec<Digest> {
        self.lock().digests().cloned().collect()
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
            let mut book = self.lock();
            let wish = Wish { act, by, comment };
            let entries = book.act(id, &wish, self.clock.now()).map_err(|e| Error::Refused {
                what: e.to_string(),
                cure: "look at the alarm's state and try again".into(),
            })?;
            changed.extend(self.write(&book, &entries)?);
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
        let mut book = self.lock();
        let counted = |book: &AlarmBook| book.digests().map(|digest| digest.count).sum::<u64>();
        let before = counted(&book);
        let entries = book.condition(request, active, self.clock.now());
        if entries.is_empty() && counted(&book) != before {
            self.state.keep(BOOK, &serde_json::to_vec(&*book).unwrap_or_default())?;
        }
        self.write(&book, &entries)
    }

    /// Lets time pass.
    pub(crate) fn tick(&self) -> Result<(), Error> {
        let mut book = self.lock();
        let entries = book.tick(self.clock.now());
        self.write(&book, &entries).map(drop)
    }

    /// Writes what changed, then tells it.
    fn write(&self, book: &AlarmBook, entries: &[JournalEntry]) -> Result<Vec<Alarm>, Error> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let mut changed = BTreeMap::new();
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
            changed.extend(alarm.map(|alarm| (alarm.id, alarm)));
        }
        let alarms: Vec<Alarm> = changed.into_values().collect();
        let body = serde_json::to_vec(book).unwrap_or_default();
        self.state.put_alarms(&alarms, entries, &body)?;
        for alarm in &alarms {
            self.live.tell(LiveEvent::Alarm(Arc::new(alarm.clone())));
        }
        Ok(alarms)
    }

    fn lock(&self) -> MutexGuard<'_, AlarmBook> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
