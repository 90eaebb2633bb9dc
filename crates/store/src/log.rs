//! The write-ahead log: segments of framed records, written by one thread at a time.
//!
//! A segment is `wal/<number>.wal`. Its first record says how long the earlier segments are that are still needed: what
//! lies beyond was never acknowledged. After any failure the segment is given up and everything not yet synced is
//! written again to a new one; a failed sync is never repeated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;
use crate::disk::{Disk, Output, read_all};
use crate::record::{self, Change, Record};

/// Bytes handed to the disk at once.
const WRITE_BYTES: usize = 1 << 20;

/// The end of the log that is written.
#[derive(Debug)]
pub(crate) struct Log {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    segment_bytes: u64,
    /// The number of the next segment.
    next: u64,
    current: Option<Segment>,
    /// Length of the segments that are complete.
    sealed: BTreeMap<u64, u64>,
    /// What is handed to the disk at once.
    piece: Vec<u8>,
}

#[derive(Debug)]
struct Segment {
    number: u64,
    output: Box<dyn Output>,
    synced: u64,
}

impl Log {
    pub(crate) fn new(disk: Arc<dyn Disk>, dir: PathBuf, segment_bytes: u64, found: &Found) -> Self {
        let next = found.lengths.keys().max().map_or(0, |number| number + 1).max(found.next);
        let sealed = found.lengths.clone();
        Self { disk, dir, segment_bytes, next, current: None, sealed, piece: Vec::new() }
    }

    /// Writes and syncs these bytes; on failure once more to a new segment.
    ///
    /// # Errors
    /// When both fail. Nothing of it may then be acknowledged, and all of it must be given again.
    pub(crate) fn commit(&mut self, parts: &[&[u8]]) -> Result<(), Error> {
        if self.current.is_some() && self.try_commit(parts).is_ok() {
            return Ok(());
        }
        self.try_commit(parts)
    }

    fn try_commit(&mut self, parts: &[&[u8]]) -> Result<(), Error> {
        let mut segment = match self.current.take() {
            Some(segment) => segment,
            None => self.begin()?,
        };
        match write_synced(segment.output.as_mut(), parts, &mut self.piece) {
            Ok(written) => segment.synced += written,
            Err(source) => {
                self.sealed.insert(segment.number, segment.synced);
                self.drop_empty(segment.number);
                return Err(Error::file("syncing the log", &self.path(segment.number))(source));
            }
        }
        if segment.synced >= self.segment_bytes {
            self.sealed.insert(segment.number, segment.synced);
        } else {
            self.current = Some(segment);
        }
        Ok(())
    }

    /// Creates a segment. Its head is synced with the first records.
    fn begin(&mut self) -> Result<Segment, Error> {
        let number = self.next;
        self.next += 1;
        let path = self.path(number);
        let sealed: Vec<_> = self.sealed.iter().map(|(number, length)| (*number, *length)).collect();
        let head = record::frame_of_head(&sealed);
        let create = || {
            let mut output = self.disk.create(&path)?;
            output.write(&head)?;
            self.disk.sync_dir(&self.dir)?;
            Ok(output)
        };
        match create() {
            Ok(output) => Ok(Segment { number, output, synced: 0 }),
            Err(source) => {
                self.sealed.insert(number, 0);
                self.drop_empty(number);
                Err(Error::file("creating log segment", &path)(source))
            }
        }
    }

    /// Removes a segment of which nothing was acknowledged, so that a long failure leaves no heap of them.
    fn drop_empty(&mut self, number: u64) {
        if self.sealed.get(&number) == Some(&0) && self.disk.remove(&self.path(number)).is_ok() {
            self.sealed.remove(&number);
        }
    }

    /// Ends the current segment; the next record goes to the segment with the returned number or a later one.
    pub(crate) fn seal(&mut self) -> u64 {
        if let Some(segment) = self.current.take() {
            self.sealed.insert(segment.number, segment.synced);
        }
        self.next
    }

    /// Removes the segments before `number`: their content is in the lake.
    pub(crate) fn remove_before(&mut self, number: u64) {
        while let Some((oldest, length)) = self.sealed.pop_first() {
            if oldest >= number {
                self.sealed.insert(oldest, length);
                break;
            }
            let path = self.path(oldest);
            if let Err(error) = self.disk.remove(&path) {
                tracing::warn!(path = %path.display(), %error, "an old log segment stays until the next start");
            }
        }
    }

    /// Bytes of the log that are still needed.
    pub(crate) fn bytes(&self) -> u64 {
        self.sealed.values().sum::<u64>() + self.current.as_ref().map_or(0, |segment| segment.synced)
    }

    fn path(&self, number: u64) -> PathBuf {
        path_of(&self.dir, number)
    }
}

fn path_of(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:012}.wal"))
}

fn number_of(path: &Path) -> Option<u64> {
    path.extension().filter(|extension| *extension == "wal")?;
    path.file_stem()?.to_str()?.parse().ok()
}

/// Writes the parts in large pieces, then syncs. Gives the bytes written.
fn write_synced(output: &mut dyn Output, parts: &[&[u8]], piece: &mut Vec<u8>) -> std::io::Result<u64> {
    let mut written = 0;
    piece.clear();
    piece.shrink_to(WRITE_BYTES);
    for part in parts {
        written += part.len() as u64;
        piece.extend_from_slice(part);
        if piece.len() >= WRITE_BYTES {
            output.write(piece)?;
            piece.clear();
        }
    }
    if !piece.is_empty() {
        output.write(piece)?;
    }
    output.sync()?;
    Ok(written)
}

/// What a log held when it was opened.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The latest ingest time of the change that was read last, µs.
    latest: Option<i64>,
    /// Bytes behind the last sound record, cut off.
    pub(crate) torn_bytes: u64,
    /// Damaged regions with sound records behind them.
    pub(crate) damaged: Vec<Damage>,
    /// The sound length of every segment.
    pub(crate) lengths: BTreeMap<u64, u64>,
    /// The number of the next segment, at least.
    next: u64,
}

/// Acknowledged bytes that are not what was written.
#[derive(Debug)]
pub(crate) struct Damage {
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
    /// The latest ingest time of what was read before it and the earliest of what stands behind, µs.
    pub(crate) between: (Option<i64>, Option<i64>),
}

/// Reads the segments from `first` on, hands each change on in order, and removes the segments before.
///
/// # Errors
/// When the disk cannot be read.
pub(crate) fn recover(
    disk: &dyn Disk,
    (dir, first): (&Path, u64),
    mut take: impl FnMut(Change),
) -> Result<Found, Error> {
    let mut found = Found { next: first, ..Found::default() };
    let mut segments = BTreeMap::new();
    for path in disk.list(dir).map_err(Error::file("listing", dir))? {
        let Some(number) = number_of(&path) else { continue };
        if number < first {
            disk.remove(&path).map_err(Error::file("removing old log segment", &path))?;
            continue;
        }
        segments.insert(number, read_all(disk, &path).map_err(Error::file("reading log segment", &path))?);
    }
    let sealed = sealed_lengths(&segments);
    let last = segments.keys().max().copied();
    for (number, _) in sealed.iter().filter(|(number, length)| **number >= first && **length > 0) {
        // A segment that is gone is damage like any other.
        segments.entry(*number).or_default();
    }
    for (number, bytes) in &segments {
        let limit = sealed.get(number).copied();
        found.scan((*number, bytes), limit, &mut take);
        if Some(*number) == last && limit.is_none() {
            let path = path_of(dir, *number);
            disk.sync_file(&path).map_err(Error::file("syncing log segment", &path))?;
        }
    }
    Ok(found)
}

/// What the heads say about the length of the segments before them; `synced` lengths do not count the head.
fn sealed_lengths(segments: &BTreeMap<u64, Vec<u8>>) -> BTreeMap<u64, u64> {
    let mut sealed = BTreeMap::new();
    for bytes in segments.values() {
        if let Some((Record::Head(lengths), _)) = record::read_frame(bytes) {
            sealed.extend(lengths);
        }
    }
    sealed
}

impl Found {
    /// Reads one segment. `acknowledged`: bytes behind the head that were acknowledged, when a later head says so.
    fn scan(&mut self, (segment, bytes): (u64, &[u8]), acknowledged: Option<u64>, take: &mut impl FnMut(Change)) {
        let (head, sound) = match record::read_frame(bytes) {
            Some((Record::Head(_), length)) => (length, true),
            _ => (0, false),
        };
        let wanted = acknowledged.and_then(|length| usize::try_from(length).ok()).map(|length| head + length);
        let end = wanted.filter(|_| sound).map_or(bytes.len(), |end| end.min(bytes.len()));
        if wanted.is_some_and(|wanted| wanted > bytes.len()) {
            self.damaged(segment, bytes.len(), &[]);
        }
        let mut rest = bytes.get(head..end).unwrap_or(&[]);
        while !rest.is_empty() {
            if let Some((record, used)) = record::read_frame(rest) {
                if let Record::Change(change) = record {
                    self.pass(&change);
                    take(change);
                }
                rest = rest.get(used..).unwrap_or(&[]);
                continue;
            }
            let bad = match (record::find_frame(rest), acknowledged) {
                (Some(bad), _) => bad,
                (None, Some(_)) => rest.len(),
                (None, None) => break,
            };
            let (damaged, behind) = rest.split_at_checked(bad).unwrap_or((rest, &[]));
            self.damaged(segment, end - rest.len(), damaged);
            rest = behind;
        }
        self.torn_bytes += rest.len() as u64;
        self.lengths.insert(segment, (end - rest.len()).saturating_sub(head) as u64);
    }

    fn damaged(&mut self, segment: u64, offset: usize, bytes: &[u8]) {
        let between = (self.latest, None);
        self.damaged.push(Damage { segment, offset: offset as u64, bytes: bytes.to_vec(), between });
    }

    /// Remembers where in time the log stands.
    fn pass(&mut self, change: &Change) {
        let Some((earliest, latest)) = record::ingest_span(change) else { return };
        self.latest = Some(latest);
        for damage in &mut self.damaged {
            damage.between.1.get_or_insert(earliest);
        }
    }
}
