//! The store: how it is opened, appended to, read and closed.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gemba_plant::port::{Clock, Position};
use gemba_plant::{Frame, Gap, GapReason, Payload, Sample, SignalId, TimeRange, Timestamp, Waveform};

use crate::house::House;
use crate::lake::media::Medium;
use crate::lake::{FileRows, media, open_rows};
use crate::log::Log;
use crate::manifest::Kind;
use crate::queue::{Entry, Queue};
use crate::record::{self, Change};
use crate::row::Key;
use crate::state::State;
use crate::{Condition, Config, Disk, Error, FileMeta, Origin, Snapshot, Stats, Ticket};

/// How many decimal digits a signal resolves, as the catalogue knows it; none: found from the values.
pub type Decimals = Arc<dyn Fn(SignalId) -> Option<u8> + Send + Sync>;

/// How long to wait before a failing log, or a thread that panicked, is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// The figure of how long writing and syncing a group of appends takes.
const SYNC_SECONDS: &str = "gemba_store_sync_seconds";

/// Durable time series. Cheap to clone; all clones are the same store. The last one dropped closes it.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

/// The threads and what they share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) inner: Arc<Inner>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Everything of one store.
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) dir: PathBuf,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) decimals: Decimals,
    pub(crate) queue: Queue,
    pub(crate) writer: Mutex<Writer>,
    pub(crate) state: RwLock<State>,
    pub(crate) house: Mutex<House>,
    pub(crate) figures: Figures,
    /// Since when the disk is full, as long as the ledger may not have it.
    pub(crate) full_since: Mutex<Option<Timestamp>>,
    /// Held so that no second program writes to the folder.
    pub(crate) _lock: Box<dyn Send + Sync>,
}

/// The log and what it has not yet synced.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) log: Log,
    pub(crate) backlog: Vec<Entry>,
}

/// Figures for [`Stats`], which waits for no disk.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) syncs: AtomicU64,
    pub(crate) disk_free: AtomicU64,
    pub(crate) wal_bytes: AtomicU64,
    pub(crate) torn: AtomicU64,
    pub(crate) quarantined: AtomicU64,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in `config.dir` and recovers: what was acknowledged is there, an unfinished record at the log's
    /// end is cut off and counted, damage is set aside and noted in the gap ledger.
    ///
    /// Starts two threads, `store-log` and `store-keep`; none when both intervals of the configuration are 0.
    ///
    /// # Errors
    /// When a setting is out of range, the folder is in use, the disk fails, or both copies of the manifest are damaged.
    pub fn open(config: Config, disk: Arc<dyn Disk>, clock: Arc<dyn Clock>, decimals: Decimals) -> Result<Self, Error> {
        let inner = Arc::new(crate::open::open(config, disk, clock, decimals)?);
        let mut threads = Vec::new();
        if inner.config.sync_interval_ms > 0 {
            threads.push(spawn("store-log", &inner, Inner::write_loop)?);
        }
        if inner.config.maintain_every_ms > 0 {
            threads.push(spawn("store-keep", &inner, Inner::keep_loop)?);
        }
        Ok(Self { shared: Arc::new(Shared { inner, threads: Mutex::new(threads) }) })
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.shared.inner
    }

    /// Takes data in, with the place where its source goes on. Readers see all of it together with the position, once
    /// it is durable. Blocks while memory is full.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::Faulted`], [`Error::Busy`], [`Error::TooLarge`], [`Error::Closed`]: then nothing of
    /// it was accepted.
    pub fn append(&self, origin: Origin, payloads: Vec<Payload>, gaps: Vec<Gap>) -> Result<Ticket, Error> {
        let inner = self.inner();
        let (ticket, entry) = entry_of(Change { origin, payloads, gaps })?;
        inner.queue.push(entry, |waiting| inner.refusal(waiting.condition, waiting.why.as_deref()))?;
        if inner.config.sync_interval_ms == 0 {
            inner.commit();
        }
        Ok(ticket)
    }

    /// As [`Store::append`], without ever waiting: none when it would have to, and then nothing was accepted.
    ///
    /// # Errors
    /// As [`Store::append`].
    pub fn try_append(&self, origin: Origin, payloads: Vec<Payload>, gaps: Vec<Gap>) -> Result<Option<Ticket>, Error> {
        let inner = self.inner();
        if inner.config.sync_interval_ms == 0 {
            return Ok(None); // each append syncs on the thread that calls it
        }
        let (ticket, entry) = entry_of(Change { origin, payloads, gaps })?;
        let pushed = inner.queue.try_push(entry, |waiting| inner.refusal(waiting.condition, waiting.why.as_deref()))?;
        Ok(pushed.then_some(ticket))
    }

    /// Where each source goes on after a restart.
    pub fn positions(&self) -> BTreeMap<String, Position> {
        self.inner().read().positions.clone()
    }

    /// The sample of a signal with the latest source time.
    pub fn last(&self, signal: SignalId) -> Option<Sample> {
        self.inner().read().hot.last(signal)
    }

    /// The same for every signal that ever had one, in order of signal.
    pub fn last_all(&self) -> Vec<Sample> {
        self.inner().read().hot.last_all()
    }

    /// A consistent view: rows in memory, and the files to read. Signals none: all.
    ///
    /// A row that corrects one in the lake is seen once the next flush has merged it; until then the earlier value is.
    ///
    /// # Errors
    /// When rows that came late cannot be compared with the lake because the disk cannot be read.
    pub fn snapshot(&self, signals: Option<&[SignalId]>, range: TimeRange) -> Result<Snapshot, Error> {
        self.inner().resolve_late()?;
        Ok(self.inner().read().snapshot(signals, range))
    }

    /// The rows of a file of a snapshot: sorted by signal then time, in batches of bounded size. Only the pages that may
    /// hold what is asked are read. The file's checksum is compared before its first use.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn read_file(
        &self,
        file: &FileMeta,
        signals: Option<&[SignalId]>,
        range: TimeRange,
    ) -> Result<FileRows, Error> {
        open_rows(file, signals, range)
    }

    /// The first `limit` waveforms of a signal that start in a range, in order of time.
    ///
    /// # Errors
    /// When a file cannot be read or is damaged.
    pub fn waveforms(&self, signal: SignalId, range: TimeRange, limit: usize) -> Result<Vec<Waveform>, Error> {
        self.media(Kind::Waveforms, (signal, range, limit), |state| {
            let frozen = state.frozen.iter().flat_map(|bundle| bundle.waves.values());
            frozen.chain(state.waves.values()).cloned().collect()
        })
    }

    /// The first `limit` pictures of a signal in a range, in order of time.
    ///
    /// # Errors
    /// When a file cannot be read or is damaged.
    pub fn frames(&self, signal: SignalId, range: TimeRange, limit: usize) -> Result<Vec<Frame>, Error> {
        self.media(Kind::Frames, (signal, range, limit), |state| {
            let frozen = state.frozen.iter().flat_map(|bundle| bundle.frames.values());
            frozen.chain(state.frames.values()).cloned().collect()
        })
    }

    /// Media from the lake and from memory; where one was delivered again the latest counts.
    fn media<M: Medium>(
        &self,
        kind: Kind,
        (signal, range, limit): (SignalId, TimeRange, usize),
        hot: impl Fn(&State) -> Vec<M>,
    ) -> Result<Vec<M>, Error> {
        let (files, hot) = {
            let state = self.inner().read();
            let files = state.files(kind).filter(|held| held.meta.may_hold(Some(&[signal]), range));
            (files.map(|held| held.meta.clone()).collect::<Vec<_>>(), hot(&state))
        };
        let mut found: BTreeMap<Key, M> = BTreeMap::new();
        let mut keep = |item: M| {
            let (id, time, _) = item.facts();
            found.insert((id, time), item);
            while found.len() > limit {
                found.pop_last();
            }
        };
        for file in &files {
            media::read_media(file, Some(signal), range, &mut keep)?;
        }
        for item in hot {
            let (id, time, _) = item.facts();
            if id == signal.get() && range.contains(Timestamp::from_micros(time)) {
                keep(item);
            }
        }
        Ok(found.into_values().collect())
    }

    /// The gaps that touch a range, in order of begin.
    pub fn gaps(&self, range: TimeRange) -> Vec<Gap> {
        self.inner().read().ledger.in_range(range)
    }

    /// Notes a gap. A second note with the same connection, signal, reason and begin replaces the first.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn record_gap(&self, gap: Gap) -> Result<Ticket, Error> {
        self.inner().note(vec![gap])
    }

    /// Closes the open gaps of a connection and reason at `at`.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn close_gap(&self, connection: &str, reason: GapReason, at: Timestamp) -> Result<Ticket, Error> {
        let closed = self.inner().read().ledger.closed(connection, reason, at);
        self.inner().note(closed)
    }

    /// One step of keeping house: tries a failing log again, looks at free space, flushes, merges small files, applies
    /// retention, sets damaged files aside. The thread `store-keep` calls it.
    ///
    /// # Errors
    /// The first thing that failed; it is tried again with the next step.
    pub fn maintain(&self) -> Result<(), Error> {
        self.inner().maintain()
    }

    /// Takes what is in memory to the lake now.
    ///
    /// # Errors
    /// When the disk fails; what is in memory stays there, and in the log.
    pub fn flush(&self) -> Result<(), Error> {
        self.inner().flush()
    }

    /// Figures.
    pub fn stats(&self) -> Stats {
        self.inner().stats()
    }

    /// Syncs what was appended and stops. What is only in the log is read from there at the next start. Appends that
    /// could not be synced are told so.
    ///
    /// # Errors
    /// When a last sync failed.
    pub fn close(&self) -> Result<(), Error> {
        self.shared.close()
    }
}

impl Shared {
    fn close(&self) -> Result<(), Error> {
        if self.inner.queue.lock().condition == Condition::Closed {
            return Ok(());
        }
        self.inner.commit();
        self.inner.queue.set(Condition::Closed, None);
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            drop(thread.join()); // panics are caught and told of where they happen
        }
        self.inner.commit();
        let left = std::mem::take(&mut self.inner.writer().backlog);
        self.inner.queue.done(&left);
        let lost = !left.is_empty();
        for entry in left {
            entry.promise.settle(Err(Error::Closed));
        }
        if lost { Err(Error::Faulted { why: "closed before the last data was synced".to_owned() }) } else { Ok(()) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::error!(%error, "closing the store");
        }
    }
}

/// Starts a thread; what panics in it is told of and begins again.
fn spawn(name: &'static str, inner: &Arc<Inner>, run: fn(&Inner)) -> Result<JoinHandle<()>, Error> {
    let inner = Arc::clone(inner);
    let life = move || {
        while catch_unwind(AssertUnwindSafe(|| run(&inner))).is_err() {
            tracing::error!(thread = name, "a thread of the store has panicked; it begins again");
            inner.queue.pause(RETRY);
        }
    };
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(life);
    thread.map_err(|source| Error::Thread { name, source: Arc::new(source) })
}

/// A change ready for the log, and its ticket.
pub(crate) fn entry_of(change: Change) -> Result<(Ticket, Entry), Error> {
    let bytes = record::frames_of(&change)?;
    let (ticket, promise) = Ticket::new();
    Ok((ticket, Entry { bytes, change, promise }))
}

impl Inner {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refusal(&self, condition: Condition, why: Option<&str>) -> Option<Error> {
        match condition {
            Condition::Accepting => None,
            Condition::Closed => Some(Error::Closed),
            Condition::Faulted => Some(Error::Faulted { why: why.unwrap_or_default().to_owned() }),
            Condition::DiskFull => Some(Error::DiskFull {
                dir: self.dir.clone(),
                free: self.figures.disk_free.load(Ordering::Acquire),
                reserve: self.reserve(),
            }),
        }
    }

    pub(crate) fn reserve(&self) -> u64 {
        self.config.reserve_mb.saturating_mul(1_000_000)
    }

    /// Puts lines into the gap ledger, through the log, also while nothing else is accepted.
    pub(crate) fn note(&self, gaps: Vec<Gap>) -> Result<Ticket, Error> {
        let (ticket, entry) = entry_of(Change { gaps, ..Change::default() })?;
        if self.queue.lock().condition == Condition::Closed {
            return Err(Error::Closed);
        }
        self.queue.push_own(entry);
        if self.config.sync_interval_ms == 0 {
            self.commit();
        }
        Ok(ticket)
    }

    /// Makes everything queued durable and visible, with one sync. Gives whether nothing is left over.
    pub(crate) fn commit(&self) -> bool {
        let mut writer = self.writer();
        let taken = self.queue.take();
        writer.backlog.extend(taken);
        if writer.backlog.is_empty() {
            return true;
        }
        let Writer { log, backlog } = &mut *writer;
        let parts: Vec<&[u8]> = backlog.iter().map(|entry| entry.bytes.as_slice()).collect();
        let begun = Instant::now();
        let committed = log.commit(&parts);
        self.figures.wal_bytes.store(log.bytes(), Ordering::Relaxed);
        if let Err(error) = committed {
            drop(writer);
            self.log_failed(&error);
            return false;
        }
        self.figures.syncs.fetch_add(1, Ordering::Relaxed);
        metrics::histogram!(SYNC_SECONDS).record(begun.elapsed().as_secs_f64());
        let mut entries = std::mem::take(backlog);
        let mut state = self.write();
        self.queue.done(&entries);
        for entry in &mut entries {
            state.apply(std::mem::take(&mut entry.change));
        }
        self.count(&state);
        let flush_due = self.flush_due(&state);
        drop(state);
        drop(writer);
        if flush_due {
            self.queue.nudge();
        }
        for entry in entries {
            entry.promise.settle(Ok(()));
        }
        if self.queue.lock().condition == Condition::Faulted {
            self.queue.set(Condition::Accepting, None);
        }
        true
    }

    /// Tells the queue how full memory is.
    pub(crate) fn count(&self, state: &State) {
        self.queue.hot_rows.store(state.hot_rows(), Ordering::Release);
        self.queue.hot_media.store(state.hot_media(), Ordering::Release);
    }

    fn log_failed(&self, error: &Error) {
        let condition = if error.is_full() { Condition::DiskFull } else { Condition::Faulted };
        if condition == Condition::DiskFull {
            self.begin_full_spell(self.clock.now());
        }
        let before = self.queue.set(condition, Some(error.to_string()));
        if before != condition {
            tracing::error!(%error, "the log cannot be written; nothing is acknowledged, and it is tried again");
        }
    }

    /// The life of the thread `store-log`.
    fn write_loop(&self) {
        let interval = Duration::from_millis(self.config.sync_interval_ms);
        let mut last = None;
        while self.queue.wait_for_work() {
            if let Some(left) = last.map(|at: Instant| interval.saturating_sub(at.elapsed())) {
                self.queue.pause(left);
            }
            let sound = self.commit();
            last = Some(Instant::now());
            if !sound {
                self.queue.pause(RETRY);
            }
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        let (bytes, state, why) = {
            let waiting = self.queue.lock();
            (waiting.bytes as u64, waiting.condition, waiting.why.clone())
        };
        let data = self.read();
        let cold: u64 = data.files(Kind::Samples).map(|held| held.part.rows).sum();
        let corrections = data.hot.corrections.len() + data.frozen.as_ref().map_or(0, |b| b.samples.overlay.len());
        let hot_rows = data.hot_rows() as u64;
        Stats {
            samples: cold + hot_rows.saturating_sub(corrections as u64),
            hot_rows,
            signals: data.hot.signals() as u64,
            bytes: data.held.iter().map(|held| held.part.bytes).sum(),
            files: data.held.len() as u64,
            wal_bytes: self.figures.wal_bytes.load(Ordering::Relaxed),
            disk_free: self.figures.disk_free.load(Ordering::Acquire),
            state,
            why,
            unsynced: bytes,
            appended: data.appended,
            syncs: self.figures.syncs.load(Ordering::Relaxed),
            torn_tail_bytes: self.figures.torn.load(Ordering::Relaxed),
            quarantined: self.figures.quarantined.load(Ordering::Relaxed),
            duplicates_dropped: data.hot.duplicates,
            replaced: data.hot.replaced,
            corrections_pending: corrections as u64,
        }
    }
}
