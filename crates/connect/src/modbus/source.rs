//! The link to a device: connect, poll, back off, come back.

use std::sync::Arc;
use std::time::Duration;

use gemba_plant::Payload;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::config::Config;
use super::link::Wire;
use super::poll::{NO_ANSWER, Poller};
use crate::feed::Outlet;
use crate::report::Report;
use crate::{Backoff, Error, Setting};

/// A poll that takes longer than this many intervals makes values stale.
const OVERDUE: u32 = 3;

/// Polls a device for ever; ends when nobody listens.
pub(super) async fn run(config: Arc<Config>, setting: Setting, outlet: Outlet) {
    let mut worker = Worker {
        poller: Poller::new(&config, &setting.bound),
        report: Report::new(&setting, NO_ANSWER, outlet),
        interval: Duration::from_millis(config.poll_interval_ms),
        name: setting.name.clone(),
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
    name: String,
}

impl Worker {
    /// Connects and polls until that fails, says so, and waits. None: nobody listens.
    async fn visit(&mut self, backoff: &mut Backoff) -> Option<()> {
        let error = match Wire::open(&self.config).await {
            Ok(mut wire) => self.polls(&mut wire, backoff).await?,
            Err(error) => error,
        };
        tracing::warn!(connection = %self.name, %error, "link lost");
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
        let most = self.interval * OVERDUE;
        let mut ticks = interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            let overdue = Instant::now() + most;
            let poll = self.poller.poll(wire, &self.config);
            tokio::pin!(poll);
            let answers = tokio::select! {
                answers = &mut poll => answers,
                () = sleep_until(overdue) => {
                    self.report.slow().await?;
                    poll.await
                }
            };
            let batch = match answers {
                Ok(answers) => answers.batch(self.report.now()),
                Err(error) => return Some(error),
            };
            backoff.reset();
            let payloads = if batch.is_empty() { Vec::new() } else { vec![Payload::Samples(batch)] };
            self.report.deliver(payloads, Vec::new(), Some(most)).await?;
        }
    }
}
