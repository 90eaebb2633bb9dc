//! The store as a whole: against a model, and against a disk that fails.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests are tests"
)]

mod crash;
mod full;
mod keep;
mod model;
mod plant;
mod rot;
mod values;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gemba_plant::port::{Clock, Position};
use gemba_plant::{Batch, Payload, Sample, SignalId, TimeRange, Timestamp};
use gemba_store::fault::FaultDisk;
use gemba_store::{Config, Disk, Error, Origin, Store};

pub(crate) const DAY: i64 = 86_400;

/// A clock that the test sets.
#[derive(Debug)]
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn at(seconds: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(seconds)))
    }

    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// No thread: every append is synced on the spot, and the test keeps house.
pub(crate) fn quiet() -> Config {
    Config {
        dir: "store".into(),
        sync_interval_ms: 0,
        maintain_every_ms: 0,
        append_wait_ms: 0,
        compact_files: 3,
        reserve_mb: 1,
        ..Config::default()
    }
}

pub(crate) fn open_with(config: Config, disk: &FaultDisk) -> Result<Store, Error> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Store::open(config, disk, Hand::at(20_000 * DAY), Arc::new(|_| None))
}

pub(crate) fn open(disk: &FaultDisk) -> Result<Store, Error> {
    open_with(quiet(), disk)
}

pub(crate) fn sample(signal: u32, seconds: i64, value: f64) -> Sample {
    Sample::good(SignalId::new(signal), Timestamp::from_secs(seconds), value)
}

pub(crate) fn samples(rows: &[Sample]) -> Vec<Payload> {
    vec![Payload::Samples(Batch::from_rows(rows))]
}

pub(crate) fn origin(number: u64) -> Origin {
    Origin { connection: "plc".into(), position: Position(number.to_le_bytes().to_vec()) }
}

/// Appends and says whether it was acknowledged. Never waits: a failing disk may never acknowledge.
pub(crate) fn append(store: &Store, number: u64, rows: &[Sample]) -> bool {
    let ticket = store.append(origin(number), samples(rows), vec![]);
    ticket.is_ok_and(|ticket| ticket.outcome().is_some_and(|outcome| outcome.is_ok()))
}

/// Everything that a reader finds; panics when a key is there twice or out of order.
pub(crate) fn read(store: &Store) -> BTreeMap<(u32, i64), (u64, u8, u32)> {
    let snapshot = store.snapshot(None, TimeRange::ALL).unwrap();
    let mut found = BTreeMap::new();
    let mut add = |batches: Vec<Batch>| {
        let mut before = None;
        for row in batches.iter().flat_map(Batch::rows) {
            let key = (row.signal.get(), row.time.micros());
            assert!(before < Some(key), "sorted by signal and time: {before:?} before {key:?}");
            before = Some(key);
            let facts = (row.value.to_bits(), row.quality.code(), row.status);
            assert_eq!(found.insert(key, facts), None, "{key:?} is there twice");
        }
    };
    add(snapshot.hot);
    for file in &snapshot.files {
        add(store.read_file(file, None, TimeRange::ALL).unwrap().collect::<Result<_, _>>().unwrap());
    }
    found
}

/// The files of the log, oldest first.
pub(crate) fn log_files(disk: &FaultDisk) -> Vec<PathBuf> {
    disk.files().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "wal")).collect()
}

/// The Parquet files.
pub(crate) fn lake_files(disk: &FaultDisk) -> Vec<PathBuf> {
    disk.files().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "parquet")).collect()
}
