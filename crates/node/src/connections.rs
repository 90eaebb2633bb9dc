//! Sources: opened, run, counted, restarted. One task a connection; what it delivers is durable before the
//! source is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, StreamExt};
use gemba_connect::Directory as _;
use gemba_connect::{Bound, ConnectionConfig, Memory, Rejected, Setting, Source};
use gemba_plant::port::{Arrival, Fault, Link, Position, Retry, told};
use gemba_plant::{Gap, GapReason, Payload, Signal, TimeRange, Timestamp};
use gemba_store::{Origin, Ticket};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::clockwork::revived;
use crate::filled::Filled;
use crate::node::Core;
use crate::paused::Paused;

/// Appends of one source that may wait for their sync: keeps the disk busy without holding much memory.
const UNSYNCED_MAX: usize = 64;
/// Between tries while the store accepts nothing (disk full).
const STORE_RETRY: Duration = Duration::from_secs(1);
/// How often a link is looked at while nothing arrives.
const LINK_LOOK: Duration = Duration::from_millis(500);
/// How long a source gets to hand over what it holds when it is stopped.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// Said of a connection whose task has ended by a panic.
const PANICKED: &str = "its source has failed by a fault of Gemba's, which the log tells of; it is opened again";
/// Span of the rate shown for a connection.
const RATE_SPAN_S: f64 = 10.0;

/// A connection as lists show it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConnectionStatus {
    /// Its configured name.
    pub name: String,
    /// Its protocol.
    pub protocol: String,
    /// How the link is.
    pub link: Link,
    /// Signals bound to it.
    pub signals: usize,
    /// Whether what it sends and nobody has bound becomes a signal.
    pub registers: bool,
    /// Samples per second over the last ten seconds.
    pub rate_per_s: f64,
    /// Samples since the start.
    pub received: u64,
    /// Messages and samples that could not be used since the start.
    pub rejected: u64,
    /// Why, the latest reason first.
    pub rejects: Vec<Rejected>,
    /// When it last delivered something.
    pub last_arrival: Option<Timestamp>,
    /// Gaps that are open now.
    pub gaps_open: usize,
    /// Its configuration; secrets are references, never the secret.
    pub config: ConnectionConfig,
}

/// Counters of a running connection.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    received: AtomicU64,
    memory: Memory,
    last_arrival: AtomicI64,
    link: Mutex<Option<Link>>,
    recent: Mutex<VecDeque<(Timestamp, u64)>>,
}

impl Counters {
    fn arrived(&self, now: Timestamp, samples: u64) {
        self.received.fetch_add(samples, Ordering::Relaxed);
        self.last_arrival.store(now.micros(), Ordering::Relaxed);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        match recent.back_mut() {
            Some((at, count)) if now.since(*at) < Duration::from_millis(500) => *count += samples,
            _ => recent.push_back((now, samples)),
        }
        while recent.front().is_some_and(|(at, _)| now.since(*at).as_secs_f64() > RATE_SPAN_S) {
            recent.pop_front();
        }
    }

    fn rate(&self, now: Timestamp) -> f64 {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = recent.iter().filter(|(at, _)| now.since(*at).as_secs_f64() <= RATE_SPAN_S);
        let total: u64 = fresh.clone().map(|(_, n)| n).sum();
        let span = fresh.clone().next().map_or(1.0, |(at, _)| now.since(*at).as_secs_f64().max(1.0));
        total as f64 / span
    }

    /// Whether nothing is read because a person said so: marks of that are no data.
    fn is_paused(&self) -> bool {
        *self.link.lock().unwrap_or_else(PoisonError::into_inner) == Some(Link::Paused)
    }

    /// Sets the link; true when it changed.
    fn link(&self, link: Link) -> bool {
        let mut held = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = held.as_ref() != Some(&link);
        *held = Some(link);
        changed
    }
}

/// A connection that runs.
struct Running {
    config: ConnectionConfig,
    counters: Arc<Counters>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// All connections of the node.
#[derive(Default)]
pub(crate) struct Board {
    running: Mutex<BTreeMap<String, Running>>,
    /// Which are held back.
    paused: Mutex<BTreeSet<String>>,
    /// Whether the node is about to end: links that are lost from now on are lost because of that.
    ending: AtomicBool,
    /// One start or stop at a time: two of one name would leave a task that nobody knows.
    turn: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Board")
    }
}

impl Board {
    /// No connection yet; those of these names will be held back.
    pub(crate) fn with_paused(names: &[String]) -> Self {
        Self { paused: Mutex::new(names.iter().cloned().collect()), ..Self::default() }
    }

    /// Whether a connection is held back, or will be when it is opened.
    pub(crate) fn is_paused(&self, name: &str) -> bool {
        self.paused.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    /// Holds a connection back, or no more, when it is opened next; what it was before.
    pub(crate) fn set_paused(&self, name: &str, on: bool) -> bool {
        let mut paused = self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        if on { !paused.insert(name.to_owned()) } else { paused.remove(name) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a connection; one of the same name is stopped first. When it cannot be opened the one before goes on.
    pub(crate) async fn start(&self, core: &Arc<Core>, name: &str, config: &ConnectionConfig) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let before = self.config(name);
        // what was counted and heard goes on, but not with another device
        let counters = self.end(name).await.filter(|_| before.as_ref() == Some(config)).unwrap_or_default();
        let Err(error) = self.begin(core, (name, &counters), config) else { return Ok(()) };
        if let Some(before) = before
            && let Err(error) = self.begin(core, (name, &counters), &before)
        {
            tracing::error!(connection = name, %error, "the connection of before cannot be opened again");
        }
        Err(error)
    }

    fn begin(
        &self,
        core: &Arc<Core>,
        (name, counters): (&str, &Arc<Counters>),
        config: &ConnectionConfig,
    ) -> Result<(), Error> {
        let source = open(core, (name, &counters.memory), config)?;
        counters.link(source.link());
        let stop = CancellationToken::new();
        let can_wait = matches!(config, ConnectionConfig::File(_));
        let lane = Lane { name: name.to_owned(), counters: Arc::clone(counters), can_wait, stop: stop.clone() };
        let task = tokio::spawn(live(Arc::clone(core), lane.clone(), (source, config.clone())));
        let running = Running { config: config.clone(), counters: Arc::clone(counters), stop, task };
        self.lock().insert(name.to_owned(), running);
        tell(core, &lane);
        Ok(())
    }

    /// Stops a connection and waits until what it delivered is durable. No effect when it does not run.
    pub(crate) async fn stop(&self, name: &str) {
        let _turn = self.turn.lock().await;
        self.end(name).await;
    }

    /// Stops a connection; its counters, which go on when it is opened again.
    async fn end(&self, name: &str) -> Option<Arc<Counters>> {
        let Running { stop, mut task, counters, .. } = self.lock().remove(name)?;
        stop.cancel();
        if tokio::time::timeout(STOP_PATIENCE, &mut task).await.is_err() {
            tracing::warn!(connection = name, "did not stop in time; what it was not told \"done\" of it sends again");
            task.abort();
            drop(task.await);
        }
        Some(counters)
    }

    /// From now on a link that is lost is no news.
    pub(crate) fn prepare_to_end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// Stops all, in the order of their names.
    pub(crate) async fn stop_all(&self) {
        let _turn = self.turn.lock().await;
        let names: Vec<String> = self.lock().keys().cloned().collect();
        futures_util::future::join_all(names.iter().map(|name| self.end(name))).await;
    }

    /// Whether a connection has come to the end of what it reads.
    pub(crate) fn has_ended(&self, name: &str) -> bool {
        let link = |running: &Running| running.counters.link.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.lock().get(name).and_then(link) == Some(Link::Ended)
    }

    /// The configuration of a running connection.
    pub(crate) fn config(&self, name: &str) -> Option<ConnectionConfig> {
        self.lock().get(name).map(|running| running.config.clone())
    }

    /// What the link of a running connection knows.
    pub(crate) fn memory(&self, name: &str) -> Option<Memory> {
        self.lock().get(name).map(|running| running.counters.memory.clone())
    }

    /// Connections whose link is lost now: each with why, and what to do.
    pub(crate) fn lost(&self) -> Vec<(String, String, String)> {
        let lost = |(name, running): (&String, &Running)| match &*running
            .counters
            .link
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
        {
            Some(Link::Down { why, cure }) => Some((name.clone(), why.clone(), cure.clone())),
            _ => None,
        };
        self.lock().iter().filter_map(lost).collect()
    }

    /// Every connection as it stands.
    pub(crate) fn list(&self, core: &Core) -> Vec<ConnectionStatus> {
        let catalogue = core.registry.catalogue();
        let now = core.clock.now();
        let open = open_gaps(core, now);
        let mut bound: BTreeMap<&str, usize> = BTreeMap::new();
        for binding in catalogue.signals().filter_map(|signal| signal.binding.as_ref()) {
            *bound.entry(&binding.connection).or_default() += 1;
        }
        let stands = |(name, running): (&String, &Running)| ConnectionStatus {
            gaps_open: open.get(name).copied().unwrap_or_default(),
            signals: bound.get(name.as_str()).copied().unwrap_or_default(),
            registers: core.registry.registers(name),
            ..status(name, &running.config, &running.counters, now)
        };
        self.lock().iter().map(stands).collect()
    }
}

/// How many gaps of each connection are open now.
fn open_gaps(core: &Core, now: Timestamp) -> BTreeMap<String, usize> {
    let mut open = BTreeMap::new();
    for gap in core.store.gaps(TimeRange::new(now, Timestamp::MAX)).into_iter().filter(Gap::is_open) {
        *open.entry(gap.connection).or_default() += 1;
    }
    open
}

fn open(
    core: &Arc<Core>,
    (name, memory): (&str, &Memory),
    config: &ConnectionConfig,
) -> Result<Box<dyn Source>, Error> {
    if core.board.is_paused(name) {
        return Ok(Box::new(Paused::new(core, name, config)));
    }
    let setting = Setting { memory: memory.clone(), ..setting(core, name) };
    let source = config.beside(core.plan.base()).open_at(setting, (core.embedded.get(), &core.writes));
    source.map_err(|e| Error::part("connect", &e))
}

fn setting(core: &Arc<Core>, name: &str) -> Setting {
    let catalogue = core.registry.catalogue();
    let bound = catalogue.signals().filter_map(|signal| {
        let binding = signal.binding.as_ref().filter(|b| b.connection == name)?;
        Some(Bound { signal: signal.id, address: binding.address.clone(), kind: signal.kind })
    });
    let directory: Arc<dyn gemba_connect::Directory> = Arc::<crate::registry::Registry>::clone(&core.registry);
    Setting {
        name: name.to_owned(),
        bound: bound.collect(),
        directory,
        clock: Arc::clone(&core.clock),
        position: core.store.positions().get(name).cloned().unwrap_or_default(),
        pki: core.plan.data_dir.join("pki"),
        bad_after: Duration::from_secs(core.plan.file.bad_after_s),
        memory: Memory::new(),
    }
}

/// How a connection stands by its own counters; its signals are not counted yet.
fn status(name: &str, config: &ConnectionConfig, counters: &Counters, now: Timestamp) -> ConnectionStatus {
    let link = counters.link.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or(Link::Connecting);
    let last = counters.last_arrival.load(Ordering::Relaxed);
    ConnectionStatus {
        name: name.to_owned(),
        protocol: config.protocol().to_owned(),
        gaps_open: usize::from(matches!(link, Link::Down { .. } | Link::Paused)),
        link,
        signals: 0,
        registers: false,
        rate_per_s: counters.rate(now),
        received: counters.received.load(Ordering::Relaxed),
        rejected: counters.memory.rejected_total(),
        rejects: counters.memory.rejected(),
        last_arrival: (last != 0).then(|| Timestamp::from_micros(last)),
        config: config.clone(),
    }
}

/// What a connection's task carries with it.
#[derive(Clone)]
struct Lane {
    name: String,
    counters: Arc<Counters>,
    /// Whether what it reads can wait until operators have room: a recording.
    can_wait: bool,
    stop: CancellationToken,
}

/// Appends that wait for their sync, oldest first: how each ended and what it lets the source commit.
type Unsynced = FuturesOrdered<Append>;
/// An append on its way to the disk.
type Append = Pin<Box<dyn Future<Output = Synced> + Send>>;
/// How an append ended.
type Synced = (Result<(), gemba_store::Error>, Position);

/// The life of a connection. A source that panics is told of as a link that is lost, and opened again.
async fn live(core: Arc<Core>, lane: Lane, (source, config): (Box<dyn Source>, ConnectionConfig)) {
    let mut opened = Some(source);
    let begin = || {
        let source = opened.take().map_or_else(
            || {
                close(&core, &lane.name);
                open(&core, (&lane.name, &lane.counters.memory), &config)
            },
            Ok,
        );
        let (core, lane) = (&core, &lane);
        async move {
            match source {
                Ok(source) => run(core, lane, source).await,
                Err(error) => tracing::error!(connection = lane.name, %error, "it cannot be opened again"),
            }
        }
    };
    let died = || {
        tracing::error!(connection = lane.name, "{PANICKED}");
        let from_now = TimeRange::new(core.clock.now(), Timestamp::MAX);
        noted(&lane.name, core.store.record_gap(Gap::new(&lane.name, from_now, GapReason::ConnectionLost, PANICKED)));
        tell_link(&core, &lane, Link::Down { why: PANICKED.to_owned(), cure: String::new() });
    };
    revived(&lane.stop, begin, died).await;
}

/// Runs a source until it ends or is stopped: append, look at, commit, in that order for each arrival.
async fn run(core: &Arc<Core>, lane: &Lane, mut source: Box<dyn Source>) {
    let mut unsynced = Unsynced::new();
    let mut filled = Filled::of(&lane.name, core.store.gaps(TimeRange::ALL), core.clock.now());
    loop {
        tell_link(core, lane, source.link());
        let full = unsynced.len() >= UNSYNCED_MAX;
        tokio::select! {
            biased;
            () = lane.stop.cancelled() => break,
            Some(synced) = unsynced.next() => commit(&mut unsynced, synced, (source.as_mut(), lane)).await,
            arrival = source.next(), if !full => match arrival {
                Ok(Some(mut arrival)) => {
                    filled.take(&mut arrival);
                    arrival.gaps.retain(|gap| !gap.is_open() || !core.board.ending.load(Ordering::Relaxed));
                    accept(core, lane, arrival).await.into_iter().for_each(|append| unsynced.push_back(append));
                }
                Ok(None) => break,
                Err(fault) => rest(core, lane, fault.as_ref()).await,
            },
            // a link that comes up, or cannot, is told also when nothing arrives
            () = tokio::time::sleep(LINK_LOOK) => {}
        }
    }
    while let Some(synced) = unsynced.next().await {
        commit(&mut unsynced, synced, (source.as_mut(), lane)).await;
    }
    tell_link(core, lane, source.link());
    drop(source);
    close(core, &lane.name);
}

/// A connection that ends leaves no gap open: from here on nothing is missed because of its link. While it is paused that goes on.
fn close(core: &Core, name: &str) {
    noted(name, core.store.close_gap(name, GapReason::ConnectionLost, core.clock.now()));
    if !core.board.is_paused(name) {
        noted(name, core.store.close_gap(name, GapReason::Paused, core.clock.now()));
    }
}

fn noted(name: &str, ticket: Result<Ticket, gemba_store::Error>) {
    if let Err(error) = ticket {
        tracing::warn!(connection = name, %error, "the ledger of gaps could not be written");
    }
}

/// Tells the source the newest position that is durable; appends that share a sync share the telling.
async fn commit(unsynced: &mut Unsynced, first: Synced, (source, lane): (&mut dyn Source, &Lane)) {
    let mut newest = None;
    let mut synced = Some(first);
    while let Some((outcome, position)) = synced {
        match outcome {
            Ok(()) => newest = Some(position),
            Err(error) => {
                tracing::error!(connection = lane.name, %error, "what arrived is not durable; the source is not told \"done\"");
            }
        }
        synced = unsynced.next().now_or_never().flatten();
    }
    if let Some(position) = newest
        && let Err(error) = source.commit(position).await
    {
        tracing::warn!(connection = lane.name, %error, "the source could not be told \"done\"");
    }
}

/// Appends an arrival, waiting as long as the store accepts nothing: the source is not asked for more meanwhile.
/// None when the connection was stopped before the store took it.
async fn accept(core: &Arc<Core>, lane: &Lane, arrival: Arrival) -> Option<Append> {
    let samples: usize = arrival.payloads.iter().chain(&arrival.backlog).map(Payload::len).sum();
    if !lane.counters.is_paused() {
        lane.counters.arrived(core.clock.now(), samples as u64);
    }
    loop {
        let origin = Origin { connection: lane.name.clone(), position: arrival.position.clone() };
        match core.append(origin, [arrival.payloads.as_slice(), &arrival.backlog].concat(), arrival.gaps.clone()) {
            Ok(ticket) => {
                core.deliver(arrival.payloads, lane.can_wait).await;
                return Some(Box::pin(async move { (ticket.await, arrival.position) }));
            }
            Err(error) => tracing::warn!(connection = lane.name, %error, "the store accepts nothing now; trying again"),
        }
        tokio::select! {
            () = lane.stop.cancelled() => return None,
            () = tokio::time::sleep(STORE_RETRY) => {}
        }
    }
}

/// A source that faults says whether trying again can help.
async fn rest(core: &Arc<Core>, lane: &Lane, fault: &dyn Fault) {
    tracing::warn!(connection = lane.name, error = told(fault), "the source faulted");
    tell_link(core, lane, Link::down(fault));
    let wait = match fault.retry() {
        Retry::After(wait) => wait,
        Retry::OnReconnect => Duration::from_secs(1),
        Retry::Never => Duration::from_hours(1),
    };
    tokio::select! {
        () = lane.stop.cancelled() => {}
        () = tokio::time::sleep(wait) => {}
    }
}

fn tell_link(core: &Core, lane: &Lane, link: Link) {
    if lane.counters.link(link) {
        tell(core, lane);
    }
}

/// Tells how a connection stands.
fn tell(core: &Core, lane: &Lane) {
    let Some(config) = core.board.config(&lane.name) else { return };
    let catalogue = core.registry.catalogue();
    let bound = |s: &&Signal| s.binding.as_ref().is_some_and(|b| b.connection == lane.name);
    let signals = catalogue.signals().filter(bound).count();
    let status = status(&lane.name, &config, &lane.counters, core.clock.now());
    let registers = core.registry.registers(&lane.name);
    core.connection_changed(ConnectionStatus { signals, registers, ..status });
}
