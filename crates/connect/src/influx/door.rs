//! From a request's body to the house and back: written lines wait for their receipt.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};

use gemba_plant::Payload;
use gemba_plant::port::{Arrival, Clock, Directory, Link, Position, Source, Way};
use tokio::sync::{mpsc, oneshot};

use super::Precision;
use super::decode::{LineFault, Piece, Reader};
use super::known::{Known, heard};
use crate::mqtt::harvest::Rejects;
use crate::{Memory, Setting};

/// Pieces between writers and the connection's task, each of at most 16 384 rows and a line.
const QUEUE: usize = 8;

/// Where writers find the connections that take lines. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Door(Arc<Mutex<BTreeMap<String, Inlet>>>);

impl Door {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Inlet>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way into the connection of this name; none when it does not run or speaks another protocol.
    pub fn inlet(&self, connection: &str) -> Option<Inlet> {
        self.lock().get(connection).cloned()
    }
}

/// The way into a connection. Cheap to clone.
#[derive(Clone)]
pub struct Inlet(Arc<Inner>);

struct Inner {
    name: String,
    directory: Arc<dyn Directory>,
    clock: Arc<dyn Clock>,
    known: RwLock<Known>,
    memory: Memory,
    rejects: Mutex<Rejects>,
    pieces: mpsc::Sender<Delivery>,
}

impl std::fmt::Debug for Inlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inlet").field("name", &self.0.name).finish_non_exhaustive()
    }
}

/// An arrival, and whom to tell once it is durable.
#[derive(Debug)]
struct Delivery {
    arrival: Arrival,
    receipt: oneshot::Sender<()>,
}

/// What became of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Values that are durable now.
    pub values: usize,
    /// What could not be stored, in the order of lines within each piece; all else is.
    pub faults: Vec<LineFault>,
}

/// The connection was stopped before everything was durable: send it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection was stopped before everything was stored")]
pub struct Stopped;

impl Inlet {
    /// Stores the lines of a body; returns when they are durable. Waits while the store accepts nothing. Dropping the
    /// future may leave a part stored.
    ///
    /// # Errors
    /// When the connection is stopped meanwhile.
    pub async fn write(&self, body: &[u8], precision: Precision) -> Result<Written, Stopped> {
        let (mut written, mut receipts) = (Written::default(), Vec::new());
        let (mut rest, mut line) = (body, 0);
        while !rest.is_empty() {
            let (arrival, values) = self.piece((&mut rest, &mut line), precision, &mut written.faults);
            written.values += values;
            if arrival.payloads.is_empty() && arrival.gaps.is_empty() {
                continue;
            }
            let (receipt, stored) = oneshot::channel();
            self.0.pieces.send(Delivery { arrival, receipt }).await.map_err(|_closed| Stopped)?;
            receipts.push(stored);
        }
        for stored in receipts {
            stored.await.map_err(|_dropped| Stopped)?;
        }
        Ok(written)
    }

    /// Reads the next piece of a body.
    fn piece(
        &self,
        (rest, line): (&mut &[u8], &mut usize),
        precision: Precision,
        faults: &mut Vec<LineFault>,
    ) -> (Arrival, usize) {
        let inner = &self.0;
        let now = inner.clock.now();
        let reader = Reader { directory: inner.directory.as_ref(), precision, now: now.micros() };
        let mut piece = Piece::behind(*line, rest.len());
        let known = inner.known.read().unwrap_or_else(PoisonError::into_inner);
        *rest = reader.lines(&known, rest, &mut piece);
        drop(known);
        if !piece.fresh.is_empty() {
            let mut known = inner.known.write().unwrap_or_else(PoisonError::into_inner);
            let founds = known.learn(&inner.name, &piece.fresh, inner.directory.as_ref());
            for found in &founds {
                inner.memory.hear(now, &found.binding.address, || heard(found));
            }
            reader.again(&RwLockWriteGuard::downgrade(known), &mut piece);
        }
        *line = piece.line;
        let mut rejects = inner.rejects.lock().unwrap_or_else(PoisonError::into_inner);
        piece.faults.iter().for_each(|fault| rejects.add(now, &format!("line {}", fault.line), &fault.why));
        let gaps = rejects.due(now).into_iter().collect();
        drop(rejects);
        faults.append(&mut piece.faults);
        let batch = piece.batch(now.micros());
        let values = batch.len();
        let payloads = if values > 0 { vec![Payload::Samples(batch)] } else { Vec::new() };
        (Arrival { payloads, gaps, ..Arrival::default() }, values)
    }
}

/// The connection's end: takes pieces in the order in which they came, and tells their writers once they are durable.
pub(super) struct Mouth {
    name: String,
    door: Door,
    inlet: Inlet,
    pieces: mpsc::Receiver<Delivery>,
    /// Pieces handed over, by number, oldest first.
    waiting: VecDeque<(u64, oneshot::Sender<()>)>,
    next: u64,
}

impl Mouth {
    /// Opens the way in.
    pub(super) fn open(setting: Setting, door: &Door) -> Self {
        let (sender, pieces) = mpsc::channel(QUEUE);
        let inlet = Inlet(Arc::new(Inner {
            name: setting.name.clone(),
            directory: setting.directory,
            clock: setting.clock,
            known: RwLock::default(),
            rejects: Mutex::new(Rejects::new(&setting.name, setting.memory.clone())),
            memory: setting.memory,
            pieces: sender,
        }));
        door.lock().insert(setting.name.clone(), inlet.clone());
        Self { name: setting.name, door: door.clone(), inlet, pieces, waiting: VecDeque::new(), next: 0 }
    }
}

impl Drop for Mouth {
    /// Whoever still waits is told by the dropped receipts.
    fn drop(&mut self) {
        let mut inlets = self.door.lock();
        if inlets.get(&self.name).is_some_and(|now| Arc::ptr_eq(&now.0, &self.inlet.0)) {
            inlets.remove(&self.name);
        }
    }
}

impl Source for Mouth {
    fn next(&mut self) -> Way<'_, Option<Arrival>> {
        Box::pin(async {
            // the inlet holds a sender, so there is always one more to wait for
            let Some(Delivery { mut arrival, receipt }) = self.pieces.recv().await else { return Ok(None) };
            self.next += 1;
            self.waiting.push_back((self.next, receipt));
            arrival.position = Position(self.next.to_le_bytes().to_vec());
            Ok(Some(arrival))
        })
    }

    fn commit(&mut self, position: Position) -> Way<'_, ()> {
        let until = position.0.try_into().map_or(0, u64::from_le_bytes);
        while let Some((_, receipt)) = self.waiting.pop_front_if(|(number, _)| *number <= until) {
            if receipt.send(()).is_err() {
                tracing::debug!(
                    connection = self.name,
                    "a writer left before its lines were stored; they are all the same"
                );
            }
        }
        Box::pin(async { Ok(()) })
    }

    fn link(&self) -> Link {
        Link::Up
    }
}
