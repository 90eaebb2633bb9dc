//! The link to a server: sign in, watch, hand over, back off, come back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::{Position, told};
use gemba_plant::{BatchBuilder, GapReason, Payload, Quality, Sample};
use opcua::types::{NotificationMessage, StatusCode};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::config::Config;
use super::decode::{NO_COMMUNICATION, Skew};
use super::limits::Limits;
use super::line::{Line, Quiet, dial};
use super::publish::{Message, Publisher, Receipts};
use super::roll::Roll;
use super::subscribe::{Order, Subscriptions, patience};
use crate::feed::Outlet;
use crate::report::Report;
use crate::{Backoff, Error, Setting};

/// How often refused nodes are tried again: a program that is loaded into the PLC may bring them.
const RETRY: Duration = Duration::from_mins(1);

/// Watches a server for ever; ends when nobody listens.
pub(super) async fn run(config: Arc<Config>, setting: Setting, outlet: Outlet) {
    let mut worker = Worker {
        receipts: Receipts::new(setting.clock.now()),
        committed: outlet.committed(),
        report: Report::new(&setting, NO_COMMUNICATION, outlet),
        pki: setting.pki.clone(),
        config,
        setting,
    };
    let mut backoff = Backoff::new(&worker.setting.name);
    while worker.visit(&mut backoff).await.is_some() {}
}

struct Worker {
    config: Arc<Config>,
    setting: Setting,
    pki: PathBuf,
    report: Report,
    receipts: Receipts,
    /// Up to where what was handed over is on disk.
    committed: watch::Receiver<Position>,
}

impl Worker {
    /// One session from sign-in to its loss, and the wait after it. None: nobody listens.
    async fn visit(&mut self, backoff: &mut Backoff) -> Option<()> {
        let error = match self.sign_in().await {
            Ok((line, watch)) => {
                backoff.reset();
                self.listen(line, watch).await?
            }
            Err(error) => error,
        };
        tracing::warn!(connection = %self.setting.name, error = told(&error), "link lost");
        self.report.lost(&error).await?;
        let until = Instant::now() + backoff.next_wait();
        while Instant::now() < until {
            sleep((until - Instant::now()).min(Duration::from_secs(1))).await;
            self.report.overdue().await?;
        }
        Some(())
    }

    async fn sign_in(&self) -> Result<(Line, Watch), Error> {
        let mut line = dial(&self.config, &self.pki, patience(&self.config), &mut Quiet).await?;
        let limits = Limits::ask(&mut line, self.config.max_per_request).await?;
        let session = Arc::clone(&line.session);
        let namespaces = line.ask("its namespaces", session.read_namespace_array()).await?;
        let since = self.report.lost_since();
        let roll = Roll::new(&self.setting, &self.config, &namespaces, since);
        let publisher = Publisher::new(Arc::clone(&line.session));
        Ok((line, Watch { limits, publisher, subscriptions: Subscriptions::default(), roll }))
    }

    /// Watches and hands over until the session is lost; gives why. None: nobody listens.
    async fn listen(&mut self, mut line: Line, mut watch: Watch) -> Option<Error> {
        let all = watch.roll.targets();
        match watch.add(&mut line, &self.config, &all).await {
            Ok(refused) => self.tell_refused(&mut watch, &refused).await?,
            Err(error) => return Some(error),
        }
        self.report.alive().await?;
        let patience = patience(&self.config);
        let (mut deadline, mut retry) = (Instant::now() + patience, Instant::now() + RETRY);
        loop {
            watch.publisher.fill(watch.subscriptions.count());
            let heard = tokio::select! {
                biased;
                event = line.next() => event.map(|()| None),
                heard = watch.publisher.next() => heard.map_err(|code| self.gone(code)),
                Ok(()) = self.committed.changed() => {
                    watch.publisher.books.synced(&self.receipts, &self.committed.borrow_and_update());
                    Ok(None)
                }
                // without a subscription (nothing imported yet) only the session itself gives signs of life
                () = sleep_until(deadline), if watch.subscriptions.count() > 0 => return Some(self.silent(patience)),
                () = sleep_until(retry) => {
                    retry = Instant::now() + RETRY;
                    if watch.subscriptions.count() == 0 {
                        deadline = Instant::now() + patience;
                    }
                    let missing = watch.roll.missing();
                    watch.add(&mut line, &self.config, &missing).await.map(|refused| {
                        watch.roll.found(&missing, &refused);
                        None
                    })
                }
            };
            match heard {
                Ok(Some(message)) => {
                    if let Some(error) = ended(&self.config, &message.body) {
                        return Some(error);
                    }
                    self.hand_over(&mut watch, message, line.skew()).await?;
                    self.report.alive().await?;
                    deadline = Instant::now() + patience;
                }
                Ok(None) => {}
                Err(error) => return Some(error),
            }
        }
    }

    /// One publish response is one arrival. It is acknowledged once that is on disk.
    async fn hand_over(&mut self, watch: &mut Watch, message: Message, skew: Skew) -> Option<()> {
        let Message { subscription, body, skipped } = message;
        let now = self.report.now();
        let sequence = body.sequence_number;
        let says_something = body.notification_data.as_ref().is_some_and(|data| !data.is_empty());
        let mut harvest = watch.roll.harvest(body, (now, skew));
        if skipped {
            let note = "the server's queue of messages ran over; values of all signals may be missing";
            harvest.gaps.push(self.report.gap((now, now), GapReason::Dropped, note.into()));
        }
        let mut payloads = harvest.waves;
        if !harvest.rows.is_empty() {
            payloads.push(Payload::Samples(harvest.rows));
        }
        if payloads.is_empty() && harvest.gaps.is_empty() {
            if says_something {
                watch.publisher.books.let_go(subscription, sequence);
            }
            return Some(());
        }
        let position = watch.publisher.books.hold(&mut self.receipts, subscription, sequence);
        self.report.deliver_at(payloads, harvest.gaps, position).await
    }

    /// Nodes that the server refuses are bad, with its status.
    async fn tell_refused(&mut self, watch: &mut Watch, refused: &BTreeMap<u32, StatusCode>) -> Option<()> {
        let now = self.report.now();
        let mut rows = BatchBuilder::new();
        for (signal, status) in watch.roll.refused(refused) {
            rows.push(Sample { quality: Quality::Bad, status, ..Sample::good(signal, now, f64::NAN) });
        }
        if rows.is_empty() {
            return Some(());
        }
        tracing::warn!(connection = %self.setting.name, refused = rows.len(), "the server refuses some nodes; they are tried again every minute");
        self.report.deliver(vec![Payload::Samples(rows.finish())], Vec::new(), None).await
    }

    fn gone(&self, code: StatusCode) -> Error {
        super::line::fault(&self.config.endpoint, "the subscription", code, code.sub_code().description())
    }

    fn silent(&self, patience: Duration) -> Error {
        Error::TimedOut {
            peer: self.config.endpoint.clone(),
            doing: "with a sign of life".into(),
            secs: patience.as_secs(),
        }
    }
}

/// What belongs to one session.
struct Watch {
    limits: Limits,
    publisher: Publisher,
    subscriptions: Subscriptions,
    roll: Roll,
}

impl Watch {
    async fn add(
        &mut self,
        line: &mut Line,
        config: &Config,
        targets: &BTreeMap<u32, super::subscribe::Target>,
    ) -> Result<BTreeMap<u32, StatusCode>, Error> {
        if targets.is_empty() {
            return Ok(BTreeMap::new());
        }
        let order = Order { config, limits: self.limits };
        self.subscriptions.watch(line, &order, targets).await
    }
}

/// Whether the server says that it has ended the subscription.
fn ended(config: &Config, message: &NotificationMessage) -> Option<Error> {
    let changes = message.notification_data.iter().flatten();
    let status = changes
        .filter_map(|data| data.inner_as::<opcua::types::StatusChangeNotification>())
        .map(|change| change.status);
    let code = status.into_iter().find(StatusCode::is_bad)?;
    Some(super::line::fault(&config.endpoint, "the subscription", code, "the server ended it"))
}
