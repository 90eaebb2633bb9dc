//! What a source needs from the house to be opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::{Clock, Directory, Position};
use gemba_plant::{SignalId, SignalKind};

use crate::Memory;

/// A signal that the catalogue binds to an address of this connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The signal.
    pub signal: SignalId,
    /// The address in the protocol's words.
    pub address: String,
    /// How it behaves.
    pub kind: SignalKind,
}

/// What a source is opened with.
#[derive(Clone)]
pub struct Setting {
    /// The connection's configured name.
    pub name: String,
    /// Signals that are to be read; publish-subscribe protocols may meet more and ask the directory.
    pub bound: Vec<Bound>,
    /// Names to signals.
    pub directory: Arc<dyn Directory>,
    /// The clock for ingest times and time-outs that end up in data.
    pub clock: Arc<dyn Clock>,
    /// Where the source stood when its data was last durable.
    pub position: Position,
    /// The folder of certificates: `own`, `trusted`, `issuer`, `rejected`.
    pub pki: PathBuf,
    /// How long after the loss of a link its signals go from stale to bad.
    pub bad_after: Duration,
    /// Where the link keeps what it hears and rejects, for whoever looks at it.
    pub memory: Memory,
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setting").field("name", &self.name).field("bound", &self.bound.len()).finish_non_exhaustive()
    }
}
