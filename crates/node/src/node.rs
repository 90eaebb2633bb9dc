//! The wiring: sources → store → flow → act → people, as a list of named steps.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use gemba_act::Worst;
use gemba_connect::ConnectionConfig;
use gemba_connect::broker::{Broker, Handle};
use gemba_connect::influx::Door;
use gemba_flow::Runner;
use gemba_plant::port::{Blame, Clock};
use gemba_plant::{AssetId, Catalogue, ChangePoint, Gap, Payload, Signal, Timestamp};
use gemba_query::Query;
use gemba_solutions::maintenance::{LimitLine, limit_lines};
use gemba_store::{Origin, Store, SystemDisk, Ticket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Access;
use crate::alarms::Alarms;
use crate::backtest::Desk;
use crate::config::{Plan, Site};
use crate::connect::Connections;
use crate::connections::{Board, ConnectionStatus};
use crate::findings::Findings;
use crate::glance::Glance;
use crate::labels::Labels;
use crate::lanes::aside::Aside;
use crate::live::{Live, LiveEvent, LiveHub};
use crate::models::{self, Models};
use crate::owed::Owed;
use crate::plant::Plant;
use crate::quiet::Quiet;
use crate::registry::Registry;
use crate::state::{ChangeFilter, State};
use crate::status::{AssetState, NodeStatus};
use crate::system::SystemAlarms;
use crate::tables::Tables;
use crate::work::{self, Work};
use crate::{Error, SystemClock, absence, clockwork, lanes, outlook};

/// How long what arrives waits for operators that have no room for it, or for lanes that change hands.
const PATIENCE: Duration = Duration::from_secs(1);

/// Everything that the parts of a running node share.
pub(crate) struct Core {
    pub(crate) plan: Plan,
    pub(crate) started: Timestamp,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) state: State,
    pub(crate) store: Store,
    pub(crate) query: Query,
    pub(crate) registry: Arc<Registry>,
    pub(crate) live: LiveHub,
    pub(crate) alarms: Alarms,
    pub(crate) owed: Owed,
    /// Held while reports of findings reach the disk and the alarm book, so that a mute does not come in between.
    pub(crate) concluding: Mutex<()>,
    /// What open findings leave behind.
    pub(crate) worst: Mutex<Worst>,
    pub(crate) system: SystemAlarms,
    pub(crate) quiet: Quiet,
    pub(crate) access: Access,
    pub(crate) board: Board,
    pub(crate) desk: Desk,
    pub(crate) models: models::Desk,
    pub(crate) aside: Aside,
    pub(crate) outlooks: outlook::Board,
    flow: RwLock<Option<Arc<Runner>>>,
    pub(crate) editing: tokio::sync::Mutex<()>,
    /// The site as it is called now; the plan holds what it was called at the start.
    site: RwLock<Site>,
    /// The way into the embedded broker, when it runs.
    pub(crate) embedded: OnceLock<Handle>,
    pub(crate) glance: Glance,
    /// Where writers of line protocol find their connection.
    pub(crate) writes: Door,
    broker: tokio::sync::Mutex<Option<Broker>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("name", &self.plan.file.name).finish_non_exhaustive()
    }
}

/// A running Gemba. Cheap to clone.
#[derive(Clone)]
pub struct Node(Arc<Core>);

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("name", &self.0.plan.file.name).finish_non_exhaustive()
    }
}

impl Node {
    /// Opens everything and starts: disk first, then what looks at data, then what brings it.
    ///
    /// # Errors
    /// When the data folder cannot be opened, or a connection's configuration cannot work.
    pub async fn start(plan: Plan) -> Result<Self, Error> {
        Self::start_by(plan, Arc::new(SystemClock)).await
    }

    /// The same by another clock than the machine's: for tests of what happens when clocks jump.
    ///
    /// # Errors
    /// As [`Node::start`].
    pub async fn start_by(plan: Plan, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let core = blocking(move || {
            let core = open(plan, clock)?;
            absence::note(&core)?;
            models::begin(&core)?;
            Ok(core)
        })
        .await?;
        lanes::start(&core).await?;
        core.tasks.spawn(clockwork::alarms(Arc::clone(&core)));
        core.tasks.spawn(clockwork::tidy(Arc::clone(&core)));
        core.tasks.spawn(work::follow(Arc::clone(&core)));
        core.tasks.spawn(outlook::follow(Arc::clone(&core), core.stop.clone()));
        core.tasks.spawn(lanes::behind::follow(Arc::clone(&core)));
        core.tasks.spawn(lanes::keep(Arc::clone(&core), core.stop.clone()));
        let broker = bind_broker(&core).await?;
        for (name, config) in &core.plan.file.connections {
            core.board.start(&core, name, config).await?;
        }
        // devices are let in once those who keep what they send are there
        if let Some(mut broker) = broker {
            broker.start();
            *core.broker.lock().await = Some(broker);
        }
        Ok(Self(core))
    }

    /// Opens the disk and nothing else: for commands that only read what is stored.
    ///
    /// # Errors
    /// When the data folder cannot be opened, for example because a running Gemba holds it.
    pub async fn offline(plan: Plan) -> Result<Self, Error> {
        Ok(Self(blocking(move || open(plan, Arc::new(SystemClock))).await?))
    }

    /// Stops in the order of the data: sources, then flow with a last checkpoint, then the store.
    ///
    /// # Errors
    /// When something could not be written.
    pub async fn stop(&self) -> Result<(), Error> {
        self.0.board.prepare_to_end();
        if let Some(broker) = self.0.broker.lock().await.take() {
            broker.stop().await;
        }
        self.0.board.stop_all().await;
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        let core = Arc::clone(&self.0);
        blocking(move || {
            lanes::stop(&core)?;
            core.store.close().map_err(|e| Error::part("store", &e))
        })
        .await
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.0
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The configuration it was started with.
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// The site as it is called now.
    pub fn site(&self) -> Site {
        self.0.site()
    }

    /// Names the site, in `gemba.toml` and at once.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn set_site(&self, site: Site) -> Result<(), Error> {
        let named = site.clone();
        self.connections().rewrite(move |file| file.site = named).await?;
        *self.0.site.write().unwrap_or_else(PoisonError::into_inner) = site;
        Ok(())
    }

    /// Assets and signals as they stand.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.0.registry.catalogue()
    }

    /// The limits that a signal is watched against, inner before outer; of what is computed only those that a person set.
    pub fn limit_lines(&self, signal: &Signal) -> Vec<LimitLine> {
        let catalogue = self.0.registry.catalogue();
        let asset = catalogue.asset(signal.asset).filter(|_| signal.binding.is_some() || signal.limits.is_some());
        asset.map(|asset| limit_lines(asset, signal, &self.0.settings().day_zero)).unwrap_or_default()
    }

    /// What keeps the data.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// What reads the data; it knows every signal by name, those of this moment too.
    pub fn query(&self) -> &Query {
        self.0.query.set_catalogue(self.0.registry.catalogue());
        &self.0.query
    }

    /// Users, sessions, tokens, audit.
    pub fn access(&self) -> &Access {
        &self.0.access
    }

    /// The alarms.
    pub fn alarms(&self) -> &Alarms {
        &self.0.alarms
    }

    /// Where programs that write line protocol find their connection.
    pub fn writes(&self) -> &Door {
        &self.0.writes
    }

    /// A new listener to what happens.
    pub fn live(&self) -> Live {
        self.0.live.listen()
    }

    /// Lasting changes of signals, newest first. Blocks for the state.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn changes(&self, filter: &ChangeFilter) -> Result<Vec<ChangePoint>, Error> {
        self.0.state.changes(filter)
    }

    /// The findings.
    pub fn findings(&self) -> Findings<'_> {
        Findings(&self.0)
    }

    /// The labels.
    pub fn labels(&self) -> Labels<'_> {
        Labels(&self.0)
    }

    /// The connections.
    pub fn connections(&self) -> Connections {
        Connections(Arc::clone(&self.0))
    }

    /// Which version watches, and what goes into service.
    pub fn models(&self) -> Models {
        Models(Arc::clone(&self.0))
    }

    /// Maintenance work.
    pub fn work(&self) -> Work {
        Work(Arc::clone(&self.0))
    }

    /// Edits of the plant.
    pub fn plant(&self) -> Plant {
        Plant(Arc::clone(&self.0))
    }

    /// How every asset is, by id. Blocks for the state.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn asset_states(&self) -> Result<BTreeMap<AssetId, AssetState>, Error> {
        self.0.asset_states()
    }

    /// Findings and lines of the alarm journal that wait for the disk, and how many were given up since the start.
    pub fn owed(&self) -> (usize, u64) {
        let (findings, lines) = (self.0.owed.counts(), self.0.alarms.owed());
        (findings.0 + lines.0, findings.1 + lines.1)
    }

    /// How the node is. Blocks for the state.
    pub fn status(&self) -> NodeStatus {
        self.0.status()
    }
}

impl Core {
    fn site(&self) -> Site {
        self.site.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs beside the rest; the node waits for it when it stops.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    /// Whether the node is about to end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Returns when the node is about to end.
    pub(crate) async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Hands an arrival to the store; blocks while there is no room, and only then moves other tasks off this thread.
    pub(crate) fn append(
        &self,
        origin: Origin,
        payloads: Vec<Payload>,
        gaps: Vec<Gap>,
    ) -> Result<Ticket, gemba_store::Error> {
        match self.store.try_append(origin.clone(), payloads.clone(), gaps.clone())? {
            Some(ticket) => Ok(ticket),
            None => tokio::task::block_in_place(|| self.store.append(origin, payloads, gaps)),
        }
    }

    /// Shows an arrival, which is appended, to whoever looks and to the operators. While those have no room, a source that
    /// can wait waits; for others they have fallen behind after [`PATIENCE`] and read it from the store
    /// ([`crate::lanes::behind`]): no operator holds back what is stored.
    pub(crate) async fn deliver(&self, payloads: Vec<Payload>, can_wait: bool) {
        for payload in &payloads {
            if let Payload::Samples(batch) = payload {
                self.live.tell(LiveEvent::Samples(Arc::new(batch.clone())));
            }
        }
        let Some(flow) = self.flow() else { return };
        let mut parts = None;
        while !flow.is_all_behind() {
            let mut enough = std::pin::pin!(tokio::time::sleep(PATIENCE));
            let open = tokio::select! {
                biased;
                open = self.models.gate.read() => open,
                () = &mut enough, if !can_wait => return flow.fall_behind_all(),
            };
            // whose it is changes only while the gate is closed
            let parts = parts.get_or_insert_with(|| flow.parts(&payloads));
            if flow.offer_until(parts, enough).await.is_err() {
                tracing::debug!(
                    "the operators have stopped; what arrives is stored and looked at after the next start"
                );
                return;
            }
            drop(open);
            if parts.is_empty() {
                return;
            }
            if !can_wait {
                return flow.fall_behind(parts);
            }
        }
    }

    /// The engine; none before it has started and after it has stopped.
    pub(crate) fn flow(&self) -> Option<Arc<Runner>> {
        self.flow.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets or takes the engine.
    pub(crate) fn set_flow(&self, flow: Option<Arc<Runner>>) -> Option<Arc<Runner>> {
        std::mem::replace(&mut *self.flow.write().unwrap_or_else(PoisonError::into_inner), flow)
    }

    /// Opens a connection again, after its signals changed.
    pub(crate) async fn restart_connection(self: &Arc<Self>, name: &str) -> Result<(), Error> {
        match self.board.config(name) {
            Some(config) => self.board.start(self, name, &config).await,
            None => Ok(()),
        }
    }

    /// Tells that a link changed; its alarm follows with the clock ([`crate::system`]).
    pub(crate) fn connection_changed(&self, status: ConnectionStatus) {
        tracing::info!(connection = status.name, link = ?status.link, "link");
        self.live.tell(LiveEvent::Connection(Arc::new(status)));
    }
}

/// Step by step, from the disk up.
fn open(plan: Plan, clock: Arc<dyn Clock>) -> Result<Arc<Core>, Error> {
    make_folder(&plan.data_dir)?;
    let state = State::open(&plan.data_dir.join("state.sqlite"))?;
    state.fail_cut_off_backtests(clock.now())?;
    let registry = Arc::new(Registry::new(state.clone(), plan.plant.clone(), &plan.file.register)?);
    let names = Arc::clone(&registry);
    let config =
        gemba_store::Config { dir: plan.data_dir.join("store").display().to_string(), ..plan.file.store.clone() };
    let decimals = Arc::new(move |signal| names.catalogue().signal(signal).and_then(|s| s.decimals));
    let store = Store::open(config, Arc::new(SystemDisk), Arc::clone(&clock), decimals)
        .map_err(|e| Error::part("store", &e))?;
    let records = Arc::new(Tables(state.clone()));
    let query = Query::start(store.clone(), registry.catalogue(), records).map_err(|e| Error::part("query", &e))?;
    let live = LiveHub::new();
    let alarms = Alarms::open(state.clone(), Arc::clone(&clock), live.clone(), plan.file.alarms.clone())?;
    let access = Access::open(state.clone(), Arc::clone(&clock)).map_err(|e| Error::part("access", &e))?;
    let site = RwLock::new(plan.file.site.clone());
    let models = models::Desk::open(&state, &plan.file.maintenance, clock.now())?;
    let board = Board::with_paused(&plan.file.paused);
    Ok(Arc::new(Core {
        started: clock.now(),
        plan,
        clock,
        state,
        store,
        query,
        registry,
        live,
        alarms,
        owed: Owed::default(),
        concluding: Mutex::default(),
        worst: Mutex::default(),
        system: SystemAlarms::default(),
        quiet: Quiet::default(),
        access,
        board,
        desk: Desk::default(),
        models,
        aside: Aside::default(),
        outlooks: outlook::Board::default(),
        flow: RwLock::new(None),
        editing: tokio::sync::Mutex::new(()),
        site,
        embedded: OnceLock::new(),
        glance: Glance::default(),
        writes: Door::default(),
        broker: tokio::sync::Mutex::new(None),
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
    }))
}

/// Opens the embedded broker's door when the configuration has one or a connection names it; nobody is served yet.
async fn bind_broker(core: &Core) -> Result<Option<Broker>, Error> {
    let wanted = core.plan.file.connections.values().any(ConnectionConfig::wants_broker);
    let config = match &core.plan.file.broker {
        Some(config) => config.beside(core.plan.base()),
        None if wanted => gemba_connect::broker::Config::default(),
        None => return Ok(None),
    };
    let broker =
        Broker::bind(&config, &core.plan.data_dir.join("broker")).await.map_err(|e| Error::part("broker", &e))?;
    tracing::info!(address = %broker.address(), "the embedded broker waits for devices");
    core.embedded.get_or_init(|| broker.handle());
    Ok(Some(broker))
}

fn make_folder(path: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(path).map_err(|source| Error::File {
        doing: "making",
        path: path.display().to_string(),
        source,
    })
}

/// Runs work that waits for a disk off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(join) => Err(Error::Part { part: "node", why: join.to_string(), cure: String::new(), blame: Blame::Bug }),
    }
}
