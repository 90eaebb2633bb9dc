//! Messages that devices wait for, until our sources have stored them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

/// Who listens, and which messages are on their way. At most one message waits for each client of the broker.
#[derive(Debug)]
pub(crate) struct Receipts {
    nonce: String,
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    closed: bool,
    places: BTreeMap<u64, Place>,
    waiting: BTreeMap<u64, Waiting>,
}

#[derive(Debug)]
struct Place {
    client_id: String,
    filters: Vec<String>,
    ready: bool,
}

#[derive(Debug)]
struct Waiting {
    missing: BTreeSet<u64>,
    done: oneshot::Sender<()>,
}

/// A message on its way to our sources.
pub(crate) struct Pending {
    /// What to write into the user property.
    pub(crate) id: String,
    /// Comes once every source that listens has stored it, or is gone.
    pub(crate) done: oneshot::Receiver<()>,
}

/// A source's place at the embedded broker; given back when dropped.
#[derive(Debug)]
pub struct Registration {
    place: u64,
    receipts: Arc<Receipts>,
}

impl Receipts {
    /// Nobody listens. `nonce` tells receipts of this run from those that an earlier one left in the broker.
    pub(crate) fn new(nonce: &str) -> Self {
        Self { nonce: nonce.into(), inner: Mutex::default(), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a source that will come in as `client_id` and listen to `filters`.
    pub(crate) fn register(self: &Arc<Self>, client_id: &str, filters: &[String]) -> Registration {
        let mut inner = self.lock();
        inner.next += 1;
        let place = inner.next;
        inner.places.insert(place, Place { client_id: client_id.into(), filters: filters.to_vec(), ready: false });
        Registration { place, receipts: Arc::clone(self) }
    }

    /// Whether a client identifier belongs to one of our sources.
    pub(crate) fn is_ours(&self, client_id: &str) -> bool {
        self.lock().places.values().any(|place| place.client_id == client_id)
    }

    /// Opens a receipt for a message once every source that listens to `topic` has its subscription; none when no
    /// source listens.
    pub(crate) async fn open(&self, topic: &str) -> Option<Pending> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Ok(pending) = self.try_open(topic) {
                return pending;
            }
            changed.await;
        }
    }

    /// As [`Receipts::open`], or an error while a source is not ready.
    fn try_open(&self, topic: &str) -> Result<Option<Pending>, ()> {
        let mut inner = self.lock();
        if inner.closed {
            return Ok(None);
        }
        let listens = |place: &Place| place.filters.iter().any(|filter| mqtt5::topic_matches_filter(topic, filter));
        let listening = || inner.places.iter().filter(|(_, place)| listens(place));
        if listening().any(|(_, place)| !place.ready) {
            return Err(());
        }
        let missing: BTreeSet<u64> = listening().map(|(number, _)| *number).collect();
        if missing.is_empty() {
            return Ok(None);
        }
        inner.next += 1;
        let number = inner.next;
        let (done, wait) = oneshot::channel();
        inner.waiting.insert(number, Waiting { missing, done });
        Ok(Some(Pending { id: format!("{}-{number}", self.nonce), done: wait }))
    }

    /// Nobody waits any more: the broker is about to write what it holds for our sources into its folder and to end.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        let waiting = std::mem::take(&mut inner.waiting);
        drop(inner);
        for (_, message) in waiting {
            message.finish();
        }
        self.changed.notify_waiters();
    }

    fn stored(&self, place: u64, id: &str) {
        let number = id.strip_prefix(&self.nonce).and_then(|rest| rest.strip_prefix('-')?.parse().ok());
        let mut inner = self.lock();
        if let Some(number) = number {
            inner.give_back(place, number);
        }
    }

    fn leave(&self, place: u64) {
        let mut inner = self.lock();
        inner.places.remove(&place);
        let numbers: Vec<u64> = inner.waiting.keys().copied().collect();
        for number in numbers {
            inner.give_back(place, number);
        }
        drop(inner);
        self.changed.notify_waiters();
    }
}

impl Inner {
    fn give_back(&mut self, place: u64, number: u64) {
        let Some(waiting) = self.waiting.get_mut(&number) else { return };
        waiting.missing.remove(&place);
        if waiting.missing.is_empty()
            && let Some(waiting) = self.waiting.remove(&number)
        {
            waiting.finish();
        }
    }
}

impl Waiting {
    fn finish(self) {
        if self.done.send(()).is_err() {
            tracing::debug!("a device left before its message was stored; it is stored all the same");
        }
    }
}

impl Registration {
    /// The source has its subscription: messages may be routed to it.
    pub(crate) fn ready(&self) {
        if let Some(place) = self.receipts.lock().places.get_mut(&self.place) {
            place.ready = true;
        }
        self.receipts.changed.notify_waiters();
    }

    /// The source has stored the message with this receipt.
    pub(crate) fn stored(&self, id: &str) {
        self.receipts.stored(self.place, id);
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.receipts.leave(self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(filter: &str) -> Vec<String> {
        vec![filter.to_owned()]
    }

    #[tokio::test]
    async fn a_device_waits_for_every_source_that_listens() {
        let receipts = Arc::new(Receipts::new("n"));
        let (one, two) = (receipts.register("1", &filters("a/#")), receipts.register("2", &filters("a/b")));
        assert!(receipts.open("other").await.is_none());
        assert!(receipts.try_open("a/b").is_err(), "nobody is ready");
        one.ready();
        two.ready();
        let mut pending = receipts.open("a/b").await.unwrap();
        one.stored(&pending.id);
        two.stored("older-7");
        assert!(pending.done.try_recv().is_err());
        two.stored(&pending.id);
        assert!(pending.done.try_recv().is_ok());
        assert!(receipts.lock().waiting.is_empty());
    }

    #[tokio::test]
    async fn a_source_that_leaves_holds_nobody_up() {
        let receipts = Arc::new(Receipts::new("n"));
        let one = receipts.register("1", &filters("#"));
        one.ready();
        let mut pending = receipts.open("a").await.unwrap();
        drop(one);
        assert!(pending.done.try_recv().is_ok());
        assert!(receipts.open("a").await.is_none());
    }
}
