//! What readers get: snapshots, file descriptions, figures.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use gemba_plant::port::Position;
use gemba_plant::{Batch, SignalId, TimeRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::disk::Disk;

/// Who an append comes from, and where that source goes on after a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The connection's configured name; empty for what Gemba computes itself.
    pub connection: String,
    /// Where the source goes on once this append is durable. Not kept when `connection` is empty.
    pub position: Position,
}

/// A consistent view of all samples of some signals in a range: no (signal, source time) is in it twice.
///
/// The files stay on disk as long as the snapshot, or a clone of their [`FileMeta`], lives.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Rows in memory that are in no file: sorted by signal then time, over all batches.
    pub hot: Vec<Batch>,
    /// The files that may hold rows asked for. Each is sorted by signal then time. No row is in two files or in
    /// a file and in `hot`; but the *ranges* of files may overlap.
    pub files: Vec<FileMeta>,
}

/// A file of samples in the lake.
#[derive(Clone, Debug)]
pub struct FileMeta {
    /// Where it is.
    pub path: PathBuf,
    /// Rows in it.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// From the earliest to just after the latest source time in it.
    pub range: TimeRange,
    /// The smallest signal number in it.
    pub signal_min: SignalId,
    /// The largest signal number in it.
    pub signal_max: SignalId,
    pub(crate) live: Arc<LiveFile>,
}

impl FileMeta {
    /// Whether it may hold a row of one of these signals in this range.
    pub fn may_hold(&self, signals: Option<&[SignalId]>, range: TimeRange) -> bool {
        let asked = |ids: &[SignalId]| ids.iter().any(|id| (self.signal_min..=self.signal_max).contains(id));
        self.range.overlaps(&range) && signals.is_none_or(asked)
    }
}

/// Keeps a file on disk while anybody can still read it.
#[derive(Debug)]
pub(crate) struct LiveFile {
    pub(crate) path: PathBuf,
    pub(crate) crc: u32,
    pub(crate) disk: Arc<dyn Disk>,
    /// Set once the manifest no longer names the file: the last reader removes it.
    pub(crate) doomed: AtomicBool,
    /// 0 until it was looked at, then [`SOUND`] or [`DAMAGED`].
    pub(crate) checked: AtomicU8,
}

/// The checksum of the file is right.
pub(crate) const SOUND: u8 = 1;
/// It is wrong, or the file is gone.
pub(crate) const DAMAGED: u8 = 2;

impl Drop for LiveFile {
    fn drop(&mut self) {
        if self.doomed.load(Ordering::Acquire)
            && let Err(error) = self.disk.remove(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "a lake file that is no longer needed stays until the next start");
        }
    }
}

/// Whether the store takes data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Yes.
    #[default]
    Accepting,
    /// No: less space than the reserve is left. Goes on by itself when there is space again.
    DiskFull,
    /// No: writing or syncing the log fails. It is tried again with every maintenance step.
    Faulted,
    /// No: closed.
    Closed,
}

/// Figures about the store, for health and the system page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stats {
    /// Rows of samples that can be read.
    pub samples: u64,
    /// Rows of samples in memory, not yet in the lake.
    pub hot_rows: u64,
    /// Signals that have a last value.
    pub signals: u64,
    /// Bytes of all lake files.
    pub bytes: u64,
    /// Number of lake files, waveforms and pictures included.
    pub files: u64,
    /// Bytes of the write-ahead log.
    pub wal_bytes: u64,
    /// Bytes free on the disk when last looked at.
    pub disk_free: u64,
    /// Whether data is taken.
    pub state: Condition,
    /// Why not, when it is not.
    pub why: Option<String>,
    /// Bytes of log accepted but not yet synced.
    pub unsynced: u64,
    /// Rows accepted since the start.
    pub appended: u64,
    /// Syncs of the log since the start.
    pub syncs: u64,
    /// Bytes of an unfinished record that were cut off the log's end when it was opened.
    pub torn_tail_bytes: u64,
    /// Damaged regions of log and lake that were set aside, since the store was opened.
    pub quarantined: u64,
    /// Rows dropped because the same row was there already, since the start.
    pub duplicates_dropped: u64,
    /// Rows that replaced an earlier value of the same signal and time, since the start.
    pub replaced: u64,
    /// Rows that correct what is in the lake, waiting for the next flush.
    pub corrections_pending: u64,
}
