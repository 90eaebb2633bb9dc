//! A source that works in a task of its own, with a bounded queue between.
//!
//! Clients that must answer keep-alives, or are in the middle of a request, cannot be stopped whenever the
//! reader of [`Source::next`] is cancelled. Here the reader only takes from a queue, so nothing is lost, and
//! a full queue makes the task wait: memory stays flat.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use gemba_plant::port::{Arrival, Link, Position, Source, Way};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::Error;

/// Arrivals between the task and the reader. Each is bounded by its protocol.
const QUEUE: usize = 8;
/// Pause before a task that ended unexpectedly is started again.
const RESTART: Duration = Duration::from_secs(1);

/// What the task does: one future, made anew if it ends unexpectedly.
pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The reader's end.
pub(crate) struct Feed {
    name: String,
    work: Box<dyn Fn(Outlet) -> Work + Send + Sync>,
    task: Option<Task>,
    /// When a task that ended unexpectedly is started again; a deadline, because readers cancel.
    again: Option<Instant>,
    link: watch::Sender<Link>,
    committed: watch::Sender<Position>,
}

/// The task's end.
#[derive(Clone)]
pub(crate) struct Outlet {
    arrivals: mpsc::Sender<Result<Arrival, Error>>,
    link: watch::Sender<Link>,
    committed: watch::Receiver<Position>,
}

struct Task {
    arrivals: mpsc::Receiver<Result<Arrival, Error>>,
    handle: AbortHandle,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

impl Outlet {
    /// Hands something over, waiting while the queue is full. None: nobody reads any more, so end.
    pub(crate) async fn send(&self, arrival: Arrival) -> Option<()> {
        self.arrivals.send(Ok(arrival)).await.ok()
    }

    /// Tells the reader about an error that ends the source.
    pub(crate) async fn fail(&self, error: Error) {
        self.link.send_replace(Link::down(&error));
        drop(self.arrivals.send(Err(error)).await);
    }

    /// Up to where what was handed over is on disk; changes with every [`Source::commit`].
    pub(crate) fn committed(&self) -> watch::Receiver<Position> {
        self.committed.clone()
    }

    /// Says how the link is.
    pub(crate) fn link(&self, link: Link) {
        self.link.send_replace(link);
    }
}

impl Feed {
    /// A source that begins `work` when it is first read.
    pub(crate) fn new(name: &str, work: impl Fn(Outlet) -> Work + Send + Sync + 'static) -> Self {
        let (link, _) = watch::channel(Link::Connecting);
        let (committed, _) = watch::channel(Position::default());
        Self { name: name.into(), work: Box::new(work), task: None, again: None, link, committed }
    }

    fn start(&mut self) -> &mut Task {
        let Self { work, link, committed, task, .. } = self;
        task.get_or_insert_with(|| {
            let (sender, arrivals) = mpsc::channel(QUEUE);
            let outlet = Outlet { arrivals: sender, link: link.clone(), committed: committed.subscribe() };
            Task { arrivals, handle: tokio::spawn(work(outlet)).abort_handle() }
        })
    }

    async fn take(&mut self) -> Result<Option<Arrival>, Error> {
        if *self.link.borrow() == Link::Ended && self.task.is_none() {
            return Ok(None);
        }
        if let Some(again) = self.again {
            tokio::time::sleep_until(again).await;
            self.again = None;
        }
        match self.start().arrivals.recv().await {
            Some(arrival) => arrival.map(Some),
            None => self.ended(),
        }
    }

    fn ended(&mut self) -> Result<Option<Arrival>, Error> {
        self.task = None;
        if *self.link.borrow() == Link::Ended {
            return Ok(None);
        }
        self.again = Some(Instant::now() + RESTART);
        let why = "its task ended unexpectedly and is started again".to_owned();
        self.link.send_replace(Link::Down { why: why.clone(), cure: String::new() });
        Err(Error::Connect { peer: self.name.clone(), why })
    }
}

impl Source for Feed {
    fn next(&mut self) -> Way<'_, Option<Arrival>> {
        Box::pin(async { Ok(self.take().await?) })
    }

    fn commit(&mut self, position: Position) -> Way<'_, ()> {
        self.committed.send_replace(position);
        Box::pin(async { Ok(()) })
    }

    fn link(&self) -> Link {
        self.link.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Arrival {
        Arrival::default()
    }

    async fn count_to_hundred(outlet: &Outlet) {
        for i in 0..100_u8 {
            outlet.send(Arrival { position: Position(vec![i]), ..empty() }).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_full_queue_makes_the_task_wait_and_cancelling_loses_nothing() {
        let mut feed = Feed::new("x", |outlet| {
            Box::pin(async move {
                count_to_hundred(&outlet).await;
                outlet.link(Link::Ended);
            })
        });
        for i in 0..100_u8 {
            drop(tokio::time::timeout(Duration::ZERO, std::future::pending::<()>()).await);
            drop(feed.next());
            assert_eq!(feed.next().await.unwrap().unwrap().position, Position(vec![i]));
        }
        assert!(feed.next().await.unwrap().is_none());
        assert!(feed.next().await.unwrap().is_none());
        assert_eq!(feed.link(), Link::Ended);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_told_and_started_again() {
        let first = std::sync::atomic::AtomicBool::new(true);
        let mut feed = Feed::new("x", move |outlet| {
            let fresh = first.swap(false, std::sync::atomic::Ordering::SeqCst);
            Box::pin(async move {
                assert!(!fresh, "the first one panics");
                outlet.send(empty()).await;
                std::future::pending::<()>().await;
            })
        });
        assert!(feed.next().await.is_err());
        // a reader that cancels, as the house does to look at the link
        let mut came = false;
        for _ in 0..5 {
            let next = tokio::time::timeout(RESTART / 3, feed.next()).await;
            came |= next.is_ok_and(|arrival| arrival.unwrap().is_some());
        }
        assert!(came);
    }
}
