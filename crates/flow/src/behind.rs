//! Workers that do not keep up: whoever offers waits for one no longer than it likes. What it offers then passes that worker by,
//! until the worker was given from the store what it missed.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use gemba_plant::Payload;

use crate::runner::{Message, stopped};
use crate::{Error, Runner};

/// Parts of payloads, each for a worker that has not got it yet.
#[derive(Debug, Default)]
pub struct Parts(Vec<(usize, Payload)>);

impl Parts {
    /// Whether nobody waits for anything of it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Runner {
    /// The parts of payloads for their workers, but for those who are behind.
    pub fn parts(&self, payloads: &[Payload]) -> Parts {
        let all = payloads.iter().flat_map(|payload| self.split(payload));
        let kept_up = all.filter(|(_, worker, _)| !worker.queue.is_passing());
        Parts(kept_up.map(|(index, _, part)| (index, part)).collect())
    }

    /// As [`Runner::offer`], but waits no longer than `enough` does: what nobody had room for stays in `parts`. What is for a
    /// worker that is behind passes by.
    ///
    /// # Errors
    /// When the runner has stopped.
    pub async fn offer_until(&self, parts: &mut Parts, enough: impl Future<Output = ()>) -> Result<(), Error> {
        let (mut enough, mut full) = (pin!(enough), BTreeSet::new());
        for (index, part) in std::mem::take(&mut parts.0) {
            let worker = self.workers.get(index).ok_or(Error::Stopped)?;
            let over = !full.is_empty();
            if full.contains(&index) {
                parts.0.push((index, part)); // in the order in which it is to get them
                continue;
            }
            let mut offer = pin!(worker.queue.offer(Message::Data(vec![part.clone()])));
            let offered = poll_fn(|context| match offer.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if over => Poll::Ready(None),
                Poll::Pending => enough.as_mut().poll(context).map(|()| None),
            });
            if let Some(done) = offered.await {
                done.map_err(stopped)?;
            } else {
                full.insert(index);
                parts.0.push((index, part));
            }
        }
        Ok(())
    }

    /// The workers of these parts have fallen behind: what is offered passes them by until [`Runner::caught_up`], and our clock
    /// moves no asset of theirs. Whoever says so has stored what is in the parts, and gives it to them from there.
    pub fn fall_behind(&self, parts: &Parts) {
        for worker in parts.0.iter().filter_map(|(index, _)| self.workers.get(*index)) {
            worker.queue.pass_by(true);
        }
    }

    /// All have fallen behind, as [`Runner::fall_behind`]: for whoever could not even ask whose it is.
    pub fn fall_behind_all(&self) {
        self.workers.iter().for_each(|worker| worker.queue.pass_by(true));
    }

    /// Whether what is offered passes everybody by.
    pub fn is_all_behind(&self) -> bool {
        self.workers.iter().all(|worker| worker.queue.is_passing())
    }

    /// Who has fallen behind, see [`Runner::place_of`].
    pub fn behind(&self) -> BTreeSet<usize> {
        let behind = self.workers.iter().enumerate().filter(|(_, worker)| worker.queue.is_passing());
        behind.map(|(index, _)| index).collect()
    }

    /// What is offered from now on is for these workers again.
    pub fn caught_up(&self, workers: &BTreeSet<usize>) {
        for worker in workers.iter().filter_map(|index| self.workers.get(*index)) {
            worker.queue.pass_by(false);
        }
    }
}
