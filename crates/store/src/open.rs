//! Opening a store: manifest, last rows, log; what a crash has left behind is put in order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, RwLock, mpsc};

use gemba_plant::port::Clock;
use gemba_plant::{Gap, GapReason, TimeRange, Timestamp};

use crate::believe::Believed;
use crate::disk::{read_all, replace};
use crate::house::House;
use crate::lake::{self, open_rows};
use crate::ledger::Ledger;
use crate::log::{self, Damage, Found, Log};
use crate::manifest::{Kind, Manifest, last_lines};
use crate::queue::Queue;
use crate::row::rows_of;
use crate::state::{Held, State};
use crate::store::{Decimals, Figures, Inner, Writer};
use crate::{Config, Disk, Error};

/// The folders of the lake, by kind.
pub(crate) const fn folder(kind: Kind) -> &'static str {
    match kind {
        Kind::Samples => "lake/samples",
        Kind::Waveforms => "lake/waveforms",
        Kind::Frames => "lake/frames",
    }
}

/// The thread that reads the log at the start.
const READER: &str = "store-open";
/// Changes of the log that may be read and not yet applied.
const CHANGES_READ: usize = 16;

const KINDS: [Kind; 3] = [Kind::Samples, Kind::Waveforms, Kind::Frames];

/// Opens without starting a thread.
pub(crate) fn open(
    config: Config,
    disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    decimals: Decimals,
) -> Result<Inner, Error> {
    if let Some((field, why)) = config.faults().into_iter().next() {
        return Err(Error::Config { field, why });
    }
    let dir = PathBuf::from(&config.dir);
    make_folders(disk.as_ref(), &dir)?;
    let lock = disk.lock(&dir).map_err(|error| match error.kind() {
        std::io::ErrorKind::WouldBlock => Error::Taken { dir: dir.clone() },
        _ => Error::file("taking the folder", &dir)(error),
    })?;
    let manifest = read_manifest(disk.as_ref(), &dir)?;
    remove_orphans(disk.as_ref(), &dir, &manifest)?;

    let mut state = State {
        positions: manifest.positions.clone(),
        ledger: Ledger::new(manifest.gaps.clone()),
        held: manifest.parts.iter().map(|part| Held::new(&disk, &dir, part.clone())).collect(),
        ..State::default()
    };
    restore_last(disk.as_ref(), &dir, &manifest, &mut state);
    let found = replay(disk.as_ref(), (&dir.join("wal"), manifest.log_from), &mut state)?;
    let gaps = set_aside(disk.as_ref(), &dir, &found, clock.now())?;

    let log = Log::new(Arc::clone(&disk), dir.join("wal"), config.segment_bytes, &found);
    let figures = Figures::default();
    figures.wal_bytes.store(log.bytes(), Ordering::Relaxed);
    figures.torn.store(found.torn_bytes, Ordering::Relaxed);
    figures.quarantined.store(found.damaged.len() as u64, Ordering::Relaxed);
    if found.torn_bytes > 0 {
        tracing::warn!(bytes = found.torn_bytes, "an unfinished record at the end of the log was cut off");
    }
    let believed = Believed::new(Timestamp::from_micros(manifest.believed_now));
    let inner = Inner {
        queue: Queue::new(&config),
        writer: Mutex::new(Writer { log, backlog: Vec::new() }),
        house: Mutex::new(House::new(manifest, believed)),
        state: RwLock::new(state),
        figures,
        full_since: Mutex::default(),
        config,
        dir,
        disk,
        clock,
        decimals,
        _lock: lock,
    };
    inner.count(&inner.read());
    inner.look_at_space();
    if !gaps.is_empty() {
        drop(inner.note(gaps)?);
    }
    Ok(inner)
}

fn make_folders(disk: &dyn Disk, dir: &Path) -> Result<(), Error> {
    let below = KINDS.map(folder).into_iter().chain(["wal", "quarantine"]);
    for path in below.map(|name| dir.join(name)) {
        disk.create_dir_all(&path).map_err(Error::file("creating folder", &path))?;
    }
    for path in [dir.to_path_buf(), dir.join("lake")] {
        disk.sync_dir(&path).map_err(Error::file("syncing folder", &path))?;
    }
    Ok(())
}

/// The manifest; in a new folder an empty one is written at once, so that later a missing one is known to be lost.
fn read_manifest(disk: &dyn Disk, dir: &Path) -> Result<Manifest, Error> {
    if let Some(manifest) = Manifest::read(disk, dir)? {
        return Ok(manifest);
    }
    let wal = dir.join("wal");
    if !disk.list(&wal).map_err(Error::file("listing", &wal))?.is_empty() {
        let why = "is missing although there is a log".to_owned();
        return Err(Error::Manifest { path: dir.join("manifest.json"), why });
    }
    let readme = dir.join("lake/README.md");
    replace(disk, &readme, lake::README.as_bytes()).map_err(Error::file("writing", &readme))?;
    let mut manifest = Manifest::default();
    manifest.stage(disk, dir)?;
    Manifest::swap(disk, dir)?;
    Ok(manifest)
}

/// Removes files that no manifest names: a crash came before their manifest, or before they were removed.
fn remove_orphans(disk: &dyn Disk, dir: &Path, manifest: &Manifest) -> Result<(), Error> {
    let live: BTreeSet<PathBuf> = manifest.parts.iter().map(|part| dir.join(&part.name)).collect();
    let list = |path: &Path| disk.list(path).map_err(Error::file("listing", path));
    for path in list(dir)?.iter().filter(|path| manifest.is_stray_last(path)) {
        disk.remove(path).map_err(Error::file("removing old last values", path))?;
    }
    for kind in KINDS {
        for day in list(&dir.join(folder(kind)))? {
            for path in list(&day)? {
                let ours = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
                    name.starts_with("part-") && path.extension().is_some_and(|extension| extension == "parquet")
                });
                if ours && !live.contains(&path) {
                    disk.remove(&path).map_err(Error::file("removing unfinished file", &path))?;
                }
            }
        }
    }
    Ok(())
}

/// Reads the table of last rows; when it is damaged, finds them in the lake again.
fn restore_last(disk: &dyn Disk, dir: &Path, manifest: &Manifest, state: &mut State) {
    let Some((name, crc)) = &manifest.last else { return };
    let bytes = read_all(disk, &dir.join(name)).ok().filter(|bytes| crc32c::crc32c(bytes) == *crc);
    if let Some(lines) = bytes.as_deref().and_then(last_lines) {
        for (signal, mark, last) in lines {
            state.hot.restore(signal, mark, last);
        }
        return;
    }
    tracing::error!(file = %name, "the table of last values is damaged; it is rebuilt from the lake");
    let files: Vec<_> = state.files(Kind::Samples).map(|held| held.meta.clone()).collect();
    for file in files {
        let batches = open_rows(&file, None, TimeRange::ALL).into_iter().flatten();
        for batch in batches.map_while(Result::ok) {
            for (signal, row) in rows_of(&batch) {
                let newest = state.hot.last(gemba_plant::SignalId::new(signal));
                if newest.is_none_or(|newest| newest.time.micros() <= row.time) {
                    state.hot.restore(signal, row.time, Some(row));
                }
            }
        }
    }
}

/// Takes what the log holds into memory: one thread reads, another one applies.
fn replay(disk: &dyn Disk, log: (&Path, u64), state: &mut State) -> Result<Found, Error> {
    std::thread::scope(|scope| {
        let (sender, changes) = mpsc::sync_channel(CHANGES_READ);
        // nobody hears of what is read after a panic here, and nothing is lost by it
        let read = move || log::recover(disk, log, |change| drop(sender.send(change)));
        let reading = std::thread::Builder::new().name(READER.to_owned()).spawn_scoped(scope, read);
        let reading = reading.map_err(|source| Error::Thread { name: READER, source: Arc::new(source) })?;
        for change in changes {
            state.apply(change);
        }
        reading.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))
    })
}

/// Keeps damaged bytes of the log for whoever wants to look, and says where data is missing.
fn set_aside(disk: &dyn Disk, dir: &Path, found: &Found, now: Timestamp) -> Result<Vec<Gap>, Error> {
    let mut gaps = Vec::new();
    for damage in &found.damaged {
        let name = format!("wal-{:012}-{}.bin", damage.segment, damage.offset);
        let path = dir.join("quarantine").join(&name);
        replace(disk, &path, &damage.bytes).map_err(Error::file("setting aside damaged log", &path))?;
        tracing::error!(file = %path.display(), bytes = damage.bytes.len(), "damaged log set aside");
        let (bytes, segment) = (damage.bytes.len(), damage.segment);
        let note = format!("{bytes} bytes of log segment {segment} did not match their checksum");
        gaps.push(Gap::new("", damaged_range(damage, now), GapReason::Corrupt, note));
    }
    Ok(gaps)
}

/// Between the ingest times of what was read before and behind the damage.
fn damaged_range(damage: &Damage, now: Timestamp) -> TimeRange {
    let at = |micros: Option<i64>| micros.map_or(now, Timestamp::from_micros);
    let (from, to) = (at(damage.between.0), at(damage.between.1));
    TimeRange::new(from.min(to), to.max(from))
}
