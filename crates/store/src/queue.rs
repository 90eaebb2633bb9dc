//! Between those who append and the one who writes: bounded, in order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::record::Change;
use crate::ticket::Promise;
use crate::{Condition, Config, Error};

/// Bytes of log that may wait for the disk.
const UNSYNCED_MAX: usize = 64 << 20;

/// An append on its way to the log.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) bytes: Vec<u8>,
    pub(crate) change: Change,
    pub(crate) promise: Arc<Promise>,
}

impl Drop for Entry {
    /// Nobody waits for ever: what is given up unsettled, as by a panic, was not acknowledged.
    fn drop(&mut self) {
        self.promise.settle(Err(Error::Closed));
    }
}

/// The queue and the two bounds: bytes not synced, rows in memory.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    /// Somebody has appended, or the end has come.
    work: Condvar,
    /// The end has come.
    end: Condvar,
    /// There may be room again.
    room: Condvar,
    /// There is something to do for the thread that keeps house.
    keep: Condvar,
    /// Rows and media bytes applied and not yet in the lake.
    pub(crate) hot_rows: AtomicUsize,
    pub(crate) hot_media: AtomicUsize,
    rows_max: usize,
    media_max: usize,
    wait: Duration,
}

/// What is queued, and what the writer has taken and not yet synced.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    pub(crate) entries: Vec<Entry>,
    pub(crate) bytes: usize,
    rows: usize,
    media: usize,
    pub(crate) condition: Condition,
    pub(crate) why: Option<String>,
    nudged: bool,
}

impl Queue {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            waiting: Mutex::default(),
            work: Condvar::new(),
            end: Condvar::new(),
            room: Condvar::new(),
            keep: Condvar::new(),
            hot_rows: AtomicUsize::new(0),
            hot_media: AtomicUsize::new(0),
            rows_max: config.hot_rows_max,
            media_max: config.flush_media_bytes.saturating_mul(4),
            wait: Duration::from_millis(config.append_wait_ms),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an entry; waits for room, and asks for housekeeping when there is none.
    ///
    /// # Errors
    /// When the store does not accept (the caller's `refuse` says how), or no room came up in time.
    pub(crate) fn push(&self, entry: Entry, refuse: impl Fn(&Waiting) -> Option<Error>) -> Result<(), Error> {
        let begun = Instant::now();
        let mut waiting = self.lock();
        loop {
            if let Some(error) = refuse(&waiting) {
                return Err(error);
            }
            if self.has_room(&waiting, &entry) {
                break;
            }
            waiting.nudged = true;
            self.keep.notify_all();
            let left = self.wait.saturating_sub(begun.elapsed());
            if left.is_zero() {
                let rows = waiting.rows + self.hot_rows.load(Ordering::Acquire);
                let waited_ms = u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX);
                return Err(Error::Busy { rows, bytes: waiting.bytes, waited_ms });
            }
            waiting = self.room.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        waiting.add(entry);
        self.work.notify_one();
        Ok(())
    }

    /// Queues an entry if there is room now; gives whether there was.
    ///
    /// # Errors
    /// When the store does not accept.
    pub(crate) fn try_push(&self, entry: Entry, refuse: impl Fn(&Waiting) -> Option<Error>) -> Result<bool, Error> {
        let mut waiting = self.lock();
        if let Some(error) = refuse(&waiting) {
            return Err(error);
        }
        let room = self.has_room(&waiting, &entry);
        if room {
            waiting.add(entry);
            self.work.notify_one();
        }
        Ok(room)
    }

    /// Queues what the store itself has to note, whatever the condition.
    pub(crate) fn push_own(&self, entry: Entry) {
        self.lock().add(entry);
        self.work.notify_one();
    }

    /// An empty store takes one entry of any size; otherwise the bounds hold.
    fn has_room(&self, waiting: &Waiting, entry: &Entry) -> bool {
        let bytes = waiting.bytes == 0 || waiting.bytes + entry.bytes.len() <= UNSYNCED_MAX;
        let rows = waiting.rows + self.hot_rows.load(Ordering::Acquire) < self.rows_max;
        let media = waiting.media + self.hot_media.load(Ordering::Acquire) < self.media_max;
        bytes && rows && media
    }

    /// Waits until there is work or the end; gives whether it goes on.
    pub(crate) fn wait_for_work(&self) -> bool {
        let mut waiting = self.lock();
        while waiting.bytes == 0 && waiting.condition != Condition::Closed {
            waiting = self.work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.condition != Condition::Closed
    }

    /// Sleeps, unless the end comes first: no append wakes who waits for the time of the next sync.
    pub(crate) fn pause(&self, span: Duration) {
        let begun = Instant::now();
        let mut waiting = self.lock();
        while waiting.condition != Condition::Closed {
            let left = span.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            waiting = self.end.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Asks for housekeeping now.
    pub(crate) fn nudge(&self) {
        self.lock().nudged = true;
        self.keep.notify_all();
    }

    /// Waits until somebody asks for housekeeping, or for this long; gives whether it goes on.
    pub(crate) fn wait_for_keeping(&self, span: Duration) -> bool {
        let begun = Instant::now();
        let mut waiting = self.lock();
        loop {
            let left = span.saturating_sub(begun.elapsed());
            if waiting.condition == Condition::Closed || std::mem::take(&mut waiting.nudged) || left.is_zero() {
                return waiting.condition != Condition::Closed;
            }
            waiting = self.keep.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What is queued. It counts as waiting until [`Queue::done`].
    pub(crate) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut self.lock().entries)
    }

    /// These entries wait no more.
    pub(crate) fn done(&self, entries: &[Entry]) {
        let mut waiting = self.lock();
        for entry in entries {
            waiting.bytes = waiting.bytes.saturating_sub(entry.bytes.len());
            waiting.rows = waiting.rows.saturating_sub(entry.change.rows());
            waiting.media = waiting.media.saturating_sub(entry.change.media_bytes());
        }
        drop(waiting);
        self.wake();
    }

    /// Wakes those who wait for room.
    pub(crate) fn wake(&self) {
        self.room.notify_all();
    }

    /// Changes the condition; gives the one before. Closed stays closed.
    pub(crate) fn set(&self, condition: Condition, why: Option<String>) -> Condition {
        let mut waiting = self.lock();
        let before = waiting.condition;
        if before != Condition::Closed {
            waiting.condition = condition;
            waiting.why = why;
        }
        drop(waiting);
        self.work.notify_all();
        self.end.notify_all();
        self.keep.notify_all();
        self.wake();
        before
    }
}

impl Waiting {
    fn add(&mut self, entry: Entry) {
        self.bytes += entry.bytes.len();
        self.rows += entry.change.rows();
        self.media += entry.change.media_bytes();
        self.entries.push(entry);
    }
}
