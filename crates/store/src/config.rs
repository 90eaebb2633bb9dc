//! What a store can be told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a [`crate::Store`]; everything has a default but is best given at least `dir`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The folder that holds everything: `wal/`, `lake/`, `manifest.json`, `quarantine/`. Created when missing. A node sets it
    /// below its own data folder, so no configuration file names it.
    #[serde(skip_serializing)]
    #[schemars(skip)]
    pub dir: String,
    /// Shortest time between two syncs of the write-ahead log, in ms (0–1000). An append after a quiet spell
    /// is synced at once; under load all appends of this span share one sync. 0: each append is written and
    /// synced by itself, on the thread that calls it. Default 5.
    pub sync_interval_ms: u64,
    /// A segment of the write-ahead log is closed when it has grown past this, in bytes (at least 64 KiB).
    /// Default 64 MiB.
    pub segment_bytes: u64,
    /// Rows in memory that start a flush to the lake (at least 1). Default 1 000 000, about 32 MB.
    pub flush_rows: usize,
    /// Age of the oldest row in memory that starts a flush, in s (at least 1). Default 600.
    pub flush_after_s: u64,
    /// Appends wait once this many rows are in memory (at least `flush_rows`). Default 3 000 000.
    pub hot_rows_max: usize,
    /// Bytes of waveforms and pictures in memory that start a flush. Default 64 MiB; appends wait at four
    /// times this.
    pub flush_media_bytes: usize,
    /// How long an append waits for room before it fails as busy, in ms. Default 30 000.
    pub append_wait_ms: u64,
    /// How often the background thread looks for something to do, in ms (at least 1). Default 1000. In a program that calls
    /// `Store::maintain` itself 0: never.
    pub maintain_every_ms: u64,
    /// Files of one day and size class that are merged into one (2–64). Default 8.
    pub compact_files: usize,
    /// Files larger than this are not merged further, in bytes. Default 256 MiB.
    pub compact_bytes_max: u64,
    /// Days to keep; none keeps everything. Default none.
    pub retention_days: Option<u32>,
    /// Size of the lake above which the oldest days are removed, in 10⁹ bytes; none keeps everything.
    /// Default none.
    pub retention_gb: Option<u32>,
    /// Free space at which the store stops accepting, in 10⁶ bytes: what is left is for the manifest, the gap
    /// ledger, and for flushing what is in memory. Default 256.
    pub reserve_mb: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dir: "data".to_owned(),
            sync_interval_ms: 5,
            segment_bytes: 64 << 20,
            flush_rows: 1_000_000,
            flush_after_s: 600,
            hot_rows_max: 3_000_000,
            flush_media_bytes: 64 << 20,
            append_wait_ms: 30_000,
            maintain_every_ms: 1_000,
            compact_files: 8,
            compact_bytes_max: 256 << 20,
            retention_days: None,
            retention_gb: None,
            reserve_mb: 256,
        }
    }
}

impl Config {
    /// The defaults in this folder.
    pub fn at(dir: impl Into<String>) -> Self {
        Self { dir: dir.into(), ..Self::default() }
    }

    /// Everything that is wrong, as `(field, what is wrong and what to write instead)`.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut want = |ok: bool, field, text: String| {
            if !ok {
                faults.push((field, text));
            }
        };
        want(!self.dir.is_empty(), "dir", "is empty; name a folder".to_owned());
        want(
            self.sync_interval_ms <= 1_000,
            "sync_interval_ms",
            format!("is {}; write 0 to 1000", self.sync_interval_ms),
        );
        want(
            self.segment_bytes >= 64 << 10,
            "segment_bytes",
            format!("is {}; write at least 65536", self.segment_bytes),
        );
        want(self.flush_rows >= 1, "flush_rows", "is 0; write at least 1".to_owned());
        want(self.flush_after_s >= 1, "flush_after_s", "is 0; write at least 1".to_owned());
        want(
            self.hot_rows_max >= self.flush_rows,
            "hot_rows_max",
            format!("is {}, below flush_rows ({}); write at least that", self.hot_rows_max, self.flush_rows),
        );
        want(self.flush_media_bytes >= 1, "flush_media_bytes", "is 0; write at least 1".to_owned());
        want(
            (2..=64).contains(&self.compact_files),
            "compact_files",
            format!("is {}; write 2 to 64", self.compact_files),
        );
        want(self.retention_days != Some(0), "retention_days", "is 0; leave it out to keep everything".to_owned());
        want(self.retention_gb != Some(0), "retention_gb", "is 0; leave it out to keep everything".to_owned());
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_legal_and_every_fault_is_told() {
        assert_eq!(Config::default().faults(), vec![]);
        let bad = Config { dir: String::new(), flush_rows: 0, compact_files: 1, ..Config::default() };
        let fields: Vec<_> = bad.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["dir", "flush_rows", "compact_files"]);
    }
}
