//! What happens now, for whoever is looking: a bounded broadcast.

use std::sync::Arc;

use gemba_plant::{Alarm, Batch};
use tokio::sync::broadcast;

use crate::connections::ConnectionStatus;
use crate::state::StoredFinding;

/// Events kept for a slow listener before it loses the oldest: about ten seconds of a busy plant.
const EVENTS_MAX: usize = 1_024;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum LiveEvent {
    /// Samples became durable.
    Samples(Arc<Batch>),
    /// A finding is new or changed.
    Finding(Arc<StoredFinding>),
    /// An alarm is new or changed.
    Alarm(Arc<Alarm>),
    /// A connection's link changed.
    Connection(Arc<ConnectionStatus>),
    /// Assets or signals changed: read the catalogue anew.
    Catalogue,
    /// The listener was too slow and lost this many events.
    Lagged(u64),
}

/// Where events are told.
#[derive(Clone, Debug)]
pub(crate) struct LiveHub {
    sender: broadcast::Sender<LiveEvent>,
}

impl LiveHub {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::channel(EVENTS_MAX).0 }
    }

    /// Tells everyone who listens; nobody listening is fine.
    pub(crate) fn tell(&self, event: LiveEvent) {
        drop(self.sender.send(event));
    }

    pub(crate) fn listen(&self) -> Live {
        Live { receiver: self.sender.subscribe() }
    }
}

/// A listener.
#[derive(Debug)]
pub struct Live {
    receiver: broadcast::Receiver<LiveEvent>,
}

impl Live {
    /// The next event; none once the node has stopped. Cancel-safe.
    pub async fn next(&mut self) -> Option<LiveEvent> {
        match self.receiver.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(lost)) => Some(LiveEvent::Lagged(lost)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
