//! The link to a device: connect, poll, back off, come back.

use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::{Arrival, Clock, Link, Position};
use gemba_plant::{Batch, Gap, GapReason, Payload, TimeRange, Timestamp};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::config::Config;
use super::link::Wire;
use super::poll::{NO_ANSWER, Poller};
use crate::feed::Outlet;
use crate::{Backoff, Error, Setting, Staleness};

/// A poll that takes longer than this many intervals makes values stale.
const OVERDUE: u32 = 3;

/// Polls a device for ever; ends when nobody listens.
pub(super) async fn run(config: Arc<Config>, setting: Setting, outlet: Outlet) {
    let interval = Duration::from_millis(config.poll_interval_ms);
    let mut worker = Worker {
        poller: Poller::new(&config, &setting.bound),
        report: Report {
            stale: Staleness::new(),
            lost_since: None,
            last: None,
            connection: setting.name.clone(),
            clock: Arc::clone(&setting.clock),
            bad_after: setting.bad_after,
            outlet,
        },
        interval,
        config,
    };
    let mut backoff = Backoff::new(&setting.name);
    while worker.visit(&mut backoff).await.is_some() {}
}

struct Worker {
    config: Arc<Config>,
    poller: Poller,
    report: Report,
    interval: Duration,
}

impl Worker {
    /// Connects and polls until that fails, says so, and waits. None: nobody listens.
    async fn visit(&mut self, backoff: &mut Backoff) -> Option<()> {
        let error = match Wire::open(&self.config).await {
            Ok(mut wire) => self.polls(&mut wire, backoff).await?,
            Err(error) => error,
        };
        tracing::warn!(connection = %self.report.connection, %error, "link lost");
        self.report.lost(&error).await?;
        let until = Instant::now() + backoff.next_wait();
        while Instant::now() < until {
            sleep((until - Instant::now()).min(Duration::from_secs(1))).await;
            self.report.overdue().await?;
        }
        Some(())
    }

    /// Polls until the link fails. None: nobody listens.
    async fn polls(&mut self, wire: &mut Wire, backoff: &mut Backoff) -> Option<Error> {
        let mut ticks = interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            let overdue = Instant::now() + self.interval * OVERDUE;
            let poll = self.poller.poll(wire, &self.config);
            tokio::pin!(poll);
            let answers = tokio::select! {
                answers = &mut poll => answers,
                () = sleep_until(overdue) => {
                    self.report.slow().await?;
                    poll.await
                }
            };
            match answers {
                Ok(answers) => {
                    backoff.reset();
                    let now = self.report.clock.now();
                    self.report.deliver(answers.batch(now), now, self.interval * OVERDUE).await?;
                }
                Err(error) => return Some(error),
            }
        }
    }
}

/// What the house is told about the link.
struct Report {
    stale: Staleness,
    lost_since: Option<Timestamp>,
    last: Option<Timestamp>,
    connection: String,
    clock: Arc<dyn Clock>,
    bad_after: Duration,
    outlet: Outlet,
}

impl Report {
    /// A poll succeeded: what it brought, and the gap before it, if there was one.
    async fn deliver(&mut self, batch: Batch, now: Timestamp, most: Duration) -> Option<()> {
        self.outlet.link(Link::Up);
        let mut gaps = Vec::new();
        if let Some(from) = self.lost_since.take() {
            gaps.push(self.gap(from, now, GapReason::ConnectionLost, "the device could not be read".into()));
        } else if let Some(last) = self.last.filter(|last| now.since(*last) > most) {
            gaps.push(self.gap(last, now, GapReason::Dropped, "polls were left out because data was not taken".into()));
        }
        self.last = Some(now);
        self.stale.seen(&batch);
        self.send(batch, gaps).await
    }

    /// A poll is overdue, the link may still be there.
    async fn slow(&mut self) -> Option<()> {
        let batch = self.stale.lost(self.clock.now(), NO_ANSWER);
        self.send(batch, Vec::new()).await
    }

    /// The link is lost: stale at once, and an open gap from the last good poll on.
    async fn lost(&mut self, error: &Error) -> Option<()> {
        self.outlet.link(Link::Down { why: error.to_string() });
        let now = self.clock.now();
        let mut gaps = Vec::new();
        if self.lost_since.is_none() {
            let from = self.last.unwrap_or(now);
            self.lost_since = Some(from);
            gaps.push(self.gap(from, Timestamp::MAX, GapReason::ConnectionLost, error.to_string()));
        }
        let batch = self.stale.lost(now, NO_ANSWER);
        self.send(batch, gaps).await
    }

    async fn overdue(&mut self) -> Option<()> {
        let batch = self.stale.overdue(self.clock.now(), self.bad_after, NO_ANSWER);
        self.send(batch, Vec::new()).await
    }

    fn gap(&self, from: Timestamp, to: Timestamp, reason: GapReason, note: String) -> Gap {
        let connection = self.connection.clone();
        Gap { connection, signal: None, range: TimeRange::new(from, to), reason, lost: 0, note }
    }

    async fn send(&self, batch: Batch, gaps: Vec<Gap>) -> Option<()> {
        if batch.is_empty() && gaps.is_empty() {
            return Some(());
        }
        let payloads = if batch.is_empty() { Vec::new() } else { vec![Payload::Samples(batch)] };
        self.outlet.send(Arrival { payloads, gaps, position: Position::default() }).await
    }
}
