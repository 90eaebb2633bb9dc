//! What can go wrong in the store.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::{Blame, Fault, Retry};

/// Why the store could not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is out of range.
    #[error("store setting {field} {why}")]
    Config {
        /// The field.
        field: &'static str,
        /// What is wrong and what to write instead.
        why: String,
    },
    /// Another program has the folder.
    #[error("another program uses the folder {}", dir.display())]
    Taken {
        /// The store's folder.
        dir: PathBuf,
    },
    /// A file operation failed.
    #[error("{doing} {}: {source}", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// Too little space is left; nothing of the append was accepted.
    #[error("disk of {} has {free} bytes free, {reserve} are kept in reserve: free some space, or set retention_gb", dir.display())]
    DiskFull {
        /// The store's folder.
        dir: PathBuf,
        /// Bytes free.
        free: u64,
        /// Bytes kept in reserve.
        reserve: u64,
    },
    /// Writing or syncing the log has failed; the store keeps trying by itself.
    #[error("writing the log fails ({why}); nothing is accepted until it works again")]
    Faulted {
        /// What the last attempt said.
        why: String,
    },
    /// Memory for unsynced or unflushed data stayed full; nothing of the append was accepted.
    #[error("{rows} rows and {bytes} bytes wait for the disk, no room within {waited_ms} ms: send less, or later")]
    Busy {
        /// Rows in memory.
        rows: usize,
        /// Bytes of log not yet synced.
        bytes: usize,
        /// How long it was waited.
        waited_ms: u64,
    },
    /// One payload is larger than a log record may be.
    #[error("a payload of {bytes} bytes is larger than a log record may be ({limit}): split it")]
    TooLarge {
        /// Its size when encoded.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Neither copy of the manifest can be read.
    #[error("manifest {}: {why}; restore the folder from a backup", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The bytes of a lake file are not those that were written; it is set aside by the next maintenance.
    #[error("lake file {}: {why}", path.display())]
    LakeFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Encoding for the lake failed.
    #[error("encoding {}: {why}", path.display())]
    Encode {
        /// The file being written.
        path: PathBuf,
        /// What the encoder said.
        why: String,
    },
    /// A thread could not be started.
    #[error("starting thread {name}: {source}")]
    Thread {
        /// Its name.
        name: &'static str,
        /// What the system said.
        source: Arc<io::Error>,
    },
}

impl Error {
    /// A closure that wraps an I/O error with what was being done on which path.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { doing, path, source: Arc::new(source) }
    }

    /// Whether the cause is a disk without space.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::File { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            Self::DiskFull { .. } => true,
            _ => false,
        }
    }
}

/// How long to wait before trying a full or failing disk again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::Config { .. } => Blame::Config,
            Self::TooLarge { .. } => Blame::Data,
            Self::Closed | Self::Encode { .. } | Self::Thread { .. } => Blame::Bug,
            _ => Blame::Disk,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::File { .. } | Self::DiskFull { .. } | Self::Faulted { .. } | Self::Busy { .. } => {
                Retry::After(RETRY_AFTER)
            }
            _ => Retry::Never,
        }
    }

    fn cure(&self) -> String {
        match self {
            Self::Taken { .. } => "stop the Gemba that runs with it, or name another data_dir".into(),
            // their texts say it
            _ => String::new(),
        }
    }
}
