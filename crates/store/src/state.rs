//! What readers see, always durable: hot rows, the lake's files, positions, gaps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8};
use std::time::Instant;

use gemba_plant::port::Position;
use gemba_plant::{Frame, Payload, SignalId, TimeRange, Waveform};

use crate::disk::Disk;
use crate::hot::{Frozen, Hot};
use crate::lake::media::Medium;
use crate::ledger::Ledger;
use crate::manifest::{Kind, Part};
use crate::record::Change;
use crate::row::{Batches, Key, Row};
use crate::view::{FileMeta, LiveFile, Snapshot};

/// All that changes with an append, behind one lock, so that data and position appear together.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) hot: Hot,
    pub(crate) waves: BTreeMap<Key, Waveform>,
    pub(crate) frames: BTreeMap<Key, Frame>,
    pub(crate) frozen: Option<Arc<Bundle>>,
    pub(crate) positions: BTreeMap<String, Position>,
    pub(crate) ledger: Ledger,
    pub(crate) held: Vec<Held>,
    /// Since when the oldest thing in memory is there.
    pub(crate) oldest: Option<Instant>,
    /// Grows when rows move towards the lake or files change: what was looked up before may not hold any more.
    pub(crate) epoch: u64,
    pub(crate) appended: u64,
}

/// Everything that a flush takes to the lake.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) samples: Frozen,
    pub(crate) waves: BTreeMap<Key, Waveform>,
    pub(crate) frames: BTreeMap<Key, Frame>,
    /// Once this is in the lake, the log is needed from this segment on.
    pub(crate) log_from: u64,
}

/// A live file.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) part: Part,
    pub(crate) meta: FileMeta,
}

impl Held {
    pub(crate) fn new(disk: &Arc<dyn Disk>, dir: &Path, part: Part) -> Self {
        let path = dir.join(&part.name);
        let live = LiveFile {
            path: path.clone(),
            crc: part.crc,
            disk: Arc::clone(disk),
            doomed: AtomicBool::new(false),
            checked: AtomicU8::new(0),
        };
        let meta = FileMeta {
            path,
            rows: part.rows,
            bytes: part.bytes,
            range: part.range,
            signal_min: part.signal_min,
            signal_max: part.signal_max,
            live: Arc::new(live),
        };
        Self { part, meta }
    }
}

impl State {
    /// Takes a durable change in.
    pub(crate) fn apply(&mut self, change: Change) {
        if !change.payloads.is_empty() && self.oldest.is_none() {
            self.oldest = Some(Instant::now());
        }
        for payload in change.payloads {
            self.appended += payload.len() as u64;
            match payload {
                Payload::Samples(batch) => self.hot.apply(&batch),
                Payload::Waveform(wave) => shelve(&mut self.waves, wave),
                Payload::Frame(frame) => shelve(&mut self.frames, frame),
            }
        }
        if !change.origin.connection.is_empty() {
            self.positions.insert(change.origin.connection, change.origin.position);
        }
        change.gaps.into_iter().for_each(|gap| self.ledger.note(gap));
    }

    /// The files of one kind, oldest first.
    pub(crate) fn files(&self, kind: Kind) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(move |held| held.part.kind == kind)
    }

    /// Rows of samples in memory.
    pub(crate) fn hot_rows(&self) -> usize {
        self.hot.len() + self.frozen.as_ref().map_or(0, |bundle| bundle.samples.rows)
    }

    /// Bytes of waveforms and pictures in memory.
    pub(crate) fn hot_media(&self) -> usize {
        let shelves = |waves: &BTreeMap<Key, Waveform>, frames: &BTreeMap<Key, Frame>| {
            waves.values().map(Medium::bytes).sum::<usize>() + frames.values().map(Medium::bytes).sum::<usize>()
        };
        let frozen = self.frozen.as_ref().map_or(0, |bundle| shelves(&bundle.waves, &bundle.frames));
        shelves(&self.waves, &self.frames) + frozen
    }

    /// Moves everything in memory into a bundle for the lake; the one from before when it has not got there yet.
    pub(crate) fn freeze(&mut self, log_from: u64) -> Option<Arc<Bundle>> {
        if self.frozen.is_none() && (self.hot.len() > 0 || !self.waves.is_empty() || !self.frames.is_empty()) {
            self.epoch += 1;
            self.oldest = None;
            self.frozen = Some(Arc::new(Bundle {
                samples: self.hot.freeze(),
                waves: std::mem::take(&mut self.waves),
                frames: std::mem::take(&mut self.frames),
                log_from,
            }));
        }
        self.frozen.clone()
    }

    /// The rows in memory and the files that may hold rows.
    pub(crate) fn snapshot(&self, signals: Option<&[SignalId]>, range: TimeRange) -> Snapshot {
        let files = self.files(Kind::Samples).filter(|held| held.meta.may_hold(signals, range));
        let files = files.map(|held| held.meta.clone()).collect();
        let frozen = self.frozen.as_ref().map(|bundle| &bundle.samples);
        let ids: BTreeSet<u32> = if let Some(ids) = signals {
            ids.iter().map(|id| id.get()).collect()
        } else {
            let frozen = frozen.iter().flat_map(|frozen| frozen.series.iter().map(|(signal, _)| *signal));
            self.hot.with_rows().into_iter().chain(frozen).collect()
        };
        let mut hot = Batches::default();
        for id in ids {
            let older = frozen.map_or(&[][..], |frozen| frozen.range(id, range));
            let newer = self.hot.range(id, range);
            if older.last().zip(newer.first()).is_none_or(|(a, b)| a.time < b.time) {
                hot.extend(id, older);
                hot.extend(id, newer);
            } else {
                merged(older, newer).for_each(|row| hot.push(id, row));
            }
        }
        Snapshot { hot: hot.finish(), files }
    }
}

/// Two sorted lists without common times as one.
fn merged<'a>(left: &'a [Row], right: &'a [Row]) -> impl Iterator<Item = Row> + 'a {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    std::iter::from_fn(move || match (left.peek(), right.peek()) {
        (Some(a), Some(b)) if b.time < a.time => right.next().copied(),
        (Some(_), _) => left.next().copied(),
        (None, _) => right.next().copied(),
    })
}

/// The latest arrival of a key stays.
fn shelve<M: Medium>(shelf: &mut BTreeMap<Key, M>, item: M) {
    let (signal, time, _) = item.facts();
    shelf.insert((signal, time), item);
}
