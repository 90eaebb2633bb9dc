//! The promise that an append will be durable.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::Error;

/// Resolves once the append is on disk. Await it, or [`Ticket::wait`] on a thread that may block.
#[derive(Debug)]
#[must_use = "the data is durable only once the ticket has resolved"]
pub struct Ticket(Arc<Promise>);

/// The other end: kept by the writer of the log.
#[derive(Debug, Default)]
pub(crate) struct Promise {
    outcome: Mutex<Outcome>,
    settled: Condvar,
}

#[derive(Debug, Default)]
struct Outcome {
    result: Option<Result<(), Error>>,
    waker: Option<Waker>,
}

impl Ticket {
    /// A ticket and the promise behind it.
    pub(crate) fn new() -> (Self, Arc<Promise>) {
        let promise = Arc::new(Promise::default());
        (Self(Arc::clone(&promise)), promise)
    }

    /// How it came out, if it has; never waits.
    pub fn outcome(&self) -> Option<Result<(), Error>> {
        self.0.outcome.lock().unwrap_or_else(PoisonError::into_inner).result.clone()
    }

    /// Blocks until the append is on disk.
    ///
    /// # Errors
    /// [`Error::Closed`] when the store was closed before; the data is then not acknowledged.
    pub fn wait(self) -> Result<(), Error> {
        let mut outcome = self.0.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(result) = &outcome.result {
                return result.clone();
            }
            outcome = self.0.settled.wait(outcome).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Future for Ticket {
    type Output = Result<(), Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut outcome = self.0.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(result) = &outcome.result {
            return Poll::Ready(result.clone());
        }
        outcome.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Promise {
    /// Settles it; the first call counts.
    pub(crate) fn settle(&self, result: Result<(), Error>) {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        if outcome.result.is_none() {
            outcome.result = Some(result);
        }
        let waker = outcome.waker.take();
        drop(outcome);
        self.settled.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_outcome_counts() {
        let (ticket, promise) = Ticket::new();
        promise.settle(Ok(()));
        promise.settle(Err(Error::Closed));
        assert!(ticket.wait().is_ok());
    }

    #[test]
    fn a_waiting_future_is_woken() {
        let (mut ticket, promise) = Ticket::new();
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut ticket).poll(&mut context).is_pending());
        promise.settle(Err(Error::Closed));
        assert!(matches!(Pin::new(&mut ticket).poll(&mut context), Poll::Ready(Err(Error::Closed))));
    }
}
