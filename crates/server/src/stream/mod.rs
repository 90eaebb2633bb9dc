//! The live stream: the newest value of each signal, at most ten times a second, to any number of watchers.
//!
//! One task takes every sample once and keeps the newest of each signal in [`latest::Latest`]. A watcher remembers
//! only how far it has seen; when it is slow it misses values in between, never the newest, and nothing piles up.

mod client;
mod frame;
mod latest;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::ws::Utf8Bytes;
use gemba_node::{Live, LiveEvent, Node};
use serde::Serialize;
use serde_json::json;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

pub(crate) use client::watch;
use latest::Latest;

use crate::views::{AlarmView, ConnectionView, FindingView, Names};

/// Watchers at the same time: each costs a task and a look at what changed ten times a second.
const CLIENTS_MAX: usize = 64;
/// Events kept for a slow watcher before it is told that it missed some.
const EVENTS_MAX: usize = 256;

/// Takes what happens from the node and hands it to watchers. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Hub {
    latest: Arc<Latest>,
    events: broadcast::Sender<Utf8Bytes>,
    clients: Arc<AtomicUsize>,
}

/// A watcher's place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat(Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self { latest: Arc::default(), events: broadcast::channel(EVENTS_MAX).0, clients: Arc::default() }
    }

    /// Watchers now.
    pub(crate) fn clients(&self) -> usize {
        self.clients.load(Ordering::Relaxed)
    }

    /// A place for one more watcher; none when all are taken.
    pub(crate) fn seat(&self) -> Option<Seat> {
        let take = |taken: usize| (taken < CLIENTS_MAX).then_some(taken + 1);
        self.clients.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        Some(Seat(Arc::clone(&self.clients)))
    }

    /// Takes events from the node until either side stops.
    pub(crate) async fn run(self, node: Node, stop: CancellationToken) {
        let mut live = node.live();
        while let Some(event) = next(&mut live, &stop).await {
            match event {
                LiveEvent::Samples(batch) => self.latest.put(&batch),
                LiveEvent::Lagged(missed) => {
                    metrics::counter!("gemba_stream_events_missed_total").increment(missed);
                    self.tell("lagged", &json!({ "missed": missed }));
                }
                LiveEvent::Finding(finding) => {
                    self.tell("finding", &FindingView::of(&finding, &Names(&node.catalogue())).brief());
                }
                LiveEvent::Alarm(alarm) => self.tell("alarm", &AlarmView::of(&alarm, &Names(&node.catalogue()))),
                LiveEvent::Connection(connection) => self.tell("connection", &ConnectionView::of(&connection)),
                LiveEvent::Catalogue => self.tell("catalogue", &json!({})),
            }
        }
    }

    fn tell(&self, event: &str, data: &impl Serialize) {
        match serde_json::to_string(&json!({ "event": event, "data": data })) {
            // nobody watching is fine
            Ok(text) => drop(self.events.send(text.into())),
            Err(error) => tracing::error!(event, %error, "an event could not be written as JSON"),
        }
    }
}

async fn next(live: &mut Live, stop: &CancellationToken) -> Option<LiveEvent> {
    tokio::select! {
        () = stop.cancelled() => None,
        event = live.next() => event,
    }
}
