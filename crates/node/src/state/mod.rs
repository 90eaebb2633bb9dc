//! The small state: ids, findings, alarms, users, audit. One SQLite file beside the lake.
//!
//! Calls block for a disk write; async callers go through a blocking thread.

mod alarms;
mod backtests;
mod changes;
mod findings;
mod ids;
mod imports;
mod labels;
mod lanes;
mod migrations;
mod mutes;
mod ranks;
mod releases;
mod work;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};

pub use alarms::{AlarmChange, AlarmFilter};
pub use changes::ChangeFilter;
pub(crate) use findings::word;
pub use findings::{FindingFilter, StoredFinding};
pub use imports::{ImportStep, KeyedWindow, WindowImport};
pub use labels::{LabelFilter, StoredLabel};
pub(crate) use releases::{Handover, NewRelease, in_service};
pub use work::{NumberedWindow, Removable};

use crate::Error;

/// Whoever writes takes SQLite's log over into the file at so many pages of 4 KiB, should nobody have done it: 64 MiB.
const LOG_PAGES_MAX: u32 = 16_384;

/// The SQLite file. Cheap to clone; those who write take turns, and so do those who read.
#[derive(Clone)]
pub struct State {
    path: PathBuf,
    writer: Arc<Mutex<Connection>>,
    /// Of its own, so that an alarm does not wait for a page that reads thousands of findings.
    reader: Arc<Mutex<Connection>>,
    /// Writes since the log was tidied.
    writes: Arc<AtomicU32>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Users, hashes of their passwords and the audit log stand in it: for the program's own user only. What SQLite writes beside
/// it has the same rights.
fn private(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(path).map_err(|source| Error::File {
        doing: "opening",
        path: path.display().to_string(),
        source,
    })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // one written before was open to all; who does not own it cannot change that
        let open = file.metadata().is_ok_and(|about| about.permissions().mode() & 0o077 != 0);
        if open && let Err(error) = file.set_permissions(std::fs::Permissions::from_mode(0o600)) {
            tracing::warn!(path = %path.display(), %error, "others may read the state");
        }
    }
    Ok(())
}

impl State {
    /// Opens the file, makes it when it is not there, and brings it to the newest layout.
    ///
    /// # Errors
    /// When the file cannot be opened, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let fail = |doing| move |source| Error::State { doing, path: path.display().to_string(), source };
        private(path)?;
        let connection = Connection::open(path).map_err(fail("opening the state"))?;
        // FULL: what is acknowledged (an alarm, a user) survives a power cut
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;")
            .and_then(|()| connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES_MAX))
            .map_err(fail("setting up the state"))?;
        let reader =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
                .map_err(fail("opening the state to read"))?;
        reader.execute_batch("PRAGMA busy_timeout = 5000").map_err(fail("setting up the state"))?;
        let [writer, reader] = [connection, reader].map(|connection| Arc::new(Mutex::new(connection)));
        let mut state = Self { path: path.to_owned(), writer, reader, writes: Arc::default() };
        migrations::run(&mut state)?;
        Ok(state)
    }

    /// Runs `work` with the connection that writes to itself; on the disk when it returns. Keep it short.
    ///
    /// # Errors
    /// Whatever SQLite says, with `doing` in front.
    pub fn with<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        work(&mut lock(&self.writer)).map_err(|source| self.failed(doing, source))
    }

    /// Runs `work`, which only reads: it sees all that was written before, and nobody who writes waits for it.
    ///
    /// # Errors
    /// Whatever SQLite says, with `doing` in front.
    pub fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        work(&lock(&self.reader)).map_err(|source| self.failed(doing, source))
    }

    /// As [`State::with`], but returns before the disk has synced: for what can be worked out again, and for what the next
    /// call of [`State::with`] makes durable anyway. SQLite's log is written in order, so nothing later survives without it.
    ///
    /// # Errors
    /// Whatever SQLite says, with `doing` in front.
    pub fn soon<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        self.with(doing, |c| {
            c.execute_batch("PRAGMA synchronous = NORMAL")?;
            let done = work(c);
            c.execute_batch("PRAGMA synchronous = FULL")?;
            done
        })
    }

    /// Takes what stands in SQLite's log over into the file, if there were at least so many writes since the last time: beside those who
    /// write, one of whom would wait some 10 ms for it.
    ///
    /// # Errors
    /// Whatever SQLite says.
    pub(crate) fn tidy_after(&self, least: u32) -> Result<(), Error> {
        if self.writes.load(Ordering::Relaxed) < least {
            return Ok(());
        }
        self.writes.store(0, Ordering::Relaxed);
        let tidied = Connection::open(&self.path)
            .and_then(|own| own.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())));
        tidied.map_err(|source| self.failed("tidying the state's log", source))
    }

    fn failed(&self, doing: &'static str, source: rusqlite::Error) -> Error {
        Error::State { doing, path: self.path.display().to_string(), source }
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // a panic while holding the lock leaves SQLite in a rolled-back, usable state
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}
