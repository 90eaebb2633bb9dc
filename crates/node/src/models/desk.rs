//! The handle on versions: which is in service, what goes into service, and the way back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use gemba_flow::Checkpoint;
use gemba_plant::port::told;
use gemba_plant::{AssetId, Timestamp};
use gemba_solutions::maintenance;

use super::service::{self, Begin};
use super::{ModelsView, Reason, Release, RunStanding, Version, changes, view};
use crate::backtest::BacktestReport;
use crate::config::GembaFile;
use crate::connect::Connections;
use crate::lanes::Recipe;
use crate::node::{Core, blocking};
use crate::state::{NewRelease, State};
use crate::{Error, Moment};

/// Parts of the whole in which progress is kept.
const PARTS: f64 = 1e6;

/// Which version is in service, and what is being changed about that.
#[derive(Debug)]
pub(crate) struct Desk {
    in_service: RwLock<Release>,
    job: Mutex<Option<Arc<Job>>>,
    failed: Mutex<Option<String>>,
    lanes: Mutex<BTreeMap<AssetId, Recipe>>,
    /// Deliveries to operators hold it open; it is closed for the moment in which one version takes over from another.
    pub(crate) gate: tokio::sync::RwLock<()>,
}

/// A version on its way into service.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) new: NewRelease,
    parts: AtomicU32,
    cancel: AtomicBool,
}

impl Job {
    /// The share of the past that was read, 0–1.
    pub(super) fn progress(&self) -> f64 {
        f64::from(self.parts.load(Ordering::Relaxed)) / PARTS
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// What is in service by the state; what `gemba.toml` asks for where nothing is noted yet.
    pub(crate) fn open(state: &State, asked: &maintenance::Config, now: Timestamp) -> Result<Self, Error> {
        let noted = state.releases(1)?.pop();
        let in_service = noted.unwrap_or_else(|| Release {
            id: 0,
            at: Moment(now),
            by: String::new(),
            reason: Reason::First,
            version: Version::of(asked),
            whole: true,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            backtest: None,
        });
        Ok(Self {
            in_service: RwLock::new(in_service),
            job: Mutex::default(),
            failed: Mutex::default(),
            lanes: Mutex::default(),
            gate: tokio::sync::RwLock::default(),
        })
    }

    pub(super) fn in_service(&self) -> Release {
        self.in_service.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, release: Release) {
        *self.in_service.write().unwrap_or_else(PoisonError::into_inner) = release;
    }

    /// One at a time builds lanes or keeps what they have learned: what they are built from. Taken before the gate is closed.
    pub(crate) fn lanes_turn(&self) -> MutexGuard<'_, BTreeMap<AssetId, Recipe>> {
        locked(&self.lanes)
    }

    pub(super) fn job(&self) -> Option<Arc<Job>> {
        locked(&self.job).clone()
    }

    pub(super) fn failed(&self) -> Option<String> {
        locked(&self.failed).clone()
    }
}

impl Core {
    /// The settings in service; whether anything is watched at all says `gemba.toml`.
    pub(crate) fn settings(&self) -> maintenance::Config {
        let watch = self.plan.file.maintenance.watch;
        maintenance::Config { watch, ..self.models.in_service().version.settings }
    }
}

/// At the start: what `gemba.toml` asks for goes into service without ceremony where nothing is noted, nothing is stored that
/// it could be proved on, or the plant is the virtual one; else what is in service stays, and it is said what waits.
pub(crate) fn begin(core: &Core) -> Result<(), Error> {
    let asked = Version::of(&core.plan.file.maintenance);
    let own = core.models.in_service();
    let free = core.plan.demo || core.store.last_all().is_empty();
    let new = |version: Version| NewRelease { version, reason: Reason::First, backtest: None, by: String::new() };
    if own.id == 0 {
        core.models.set(core.state.put_release(&new(asked), None, core.clock.now())?);
        return Ok(());
    }
    if free && own.version != asked {
        return service::put_at_rest(core, &new(asked));
    }
    if let Some(why) = view::unproved(&own) {
        tracing::warn!(version = own.version.digest, "{why}; `gemba backtest` tests it");
    }
    let waiting: Vec<String> =
        changes(&own.version.settings, &asked.settings).iter().map(ToString::to_string).collect();
    if !waiting.is_empty() {
        tracing::warn!(
            asked = asked.digest,
            in_service = own.version.digest,
            "gemba.toml asks for {}: not in service before a backtest has proved it. `gemba backtest` tests it, `gemba model release` puts it into service",
            waiting.join(", ")
        );
    }
    Ok(())
}

/// Says which version is in service, puts another one there, goes back.
#[derive(Clone, Debug)]
pub struct Models(pub(crate) Arc<Core>);

impl Models {
    /// What is in service, what waits, what was. Blocks for the state.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn view(&self) -> Result<ModelsView, Error> {
        view::view(&self.0)
    }

    /// How each configuration of a report stands to what is in service.
    pub fn standings(&self, report: &BacktestReport) -> Vec<RunStanding> {
        view::standings(&self.0, report)
    }

    /// Puts the version with this digest into service, on the word of the newest report that proves it. The operators read
    /// the past again from where that report began, beside those that run, and take over when they have come to now.
    ///
    /// # Errors
    /// When no report proves it, with what is missing; or another version is on its way.
    pub async fn release(&self, digest: &str, by: &str) -> Result<(), Error> {
        let (core, digest, by) = (Arc::clone(&self.0), digest.to_owned(), by.to_owned());
        let (new, begin) = blocking(move || {
            let (id, report, index) = view::proving(&core, &digest)?;
            let run = report.runs.get(index).ok_or(Error::NotFound { what: "version", name: digest })?;
            let version = Version::of(&run.config);
            let same = version.settings == core.models.in_service().version.settings;
            let from = report.from.map_or(Timestamp::MIN, |from| from.0);
            let begin = if same { Begin::AsItIs } else { Begin::Past(from) };
            Ok((NewRelease { version, reason: Reason::Proved, backtest: Some(id), by }, begin))
        })
        .await?;
        self.start(new, begin)
    }

    /// Puts the version before the present one back into service, with what it had learned.
    ///
    /// # Errors
    /// When there is none, its operators are no longer in this program, or another version is on its way.
    pub async fn back(&self, by: &str) -> Result<(), Error> {
        let (core, by) = (Arc::clone(&self.0), by.to_owned());
        let (new, begin) = blocking(move || {
            let former = view::former(&core)?.ok_or(Error::NotFound { what: "version", name: "former".into() })?;
            if let Some(what) = former.hindrance {
                return Err(Error::Refused { what, cure: "prove its settings with a backtest instead".into() });
            }
            let kept = core.state.learned(former.release.id)?;
            let begin = kept
                .and_then(|(bytes, open)| Some((Checkpoint::from_bytes(&bytes).ok()?, open)))
                .filter(|(learned, _)| !learned.is_empty())
                .map_or(Begin::Past(Timestamp::MIN), |(learned, open)| Begin::Kept(learned, open));
            let Release { version, backtest, .. } = former.release;
            Ok((NewRelease { version, reason: Reason::Back, backtest, by }, begin))
        })
        .await?;
        self.start(new, begin)
    }

    /// Stops what is on its way into service; what is in service stays.
    ///
    /// # Errors
    /// When nothing is on its way.
    pub fn stop(&self) -> Result<(), Error> {
        let job = self.0.models.job();
        let job = job.ok_or(Error::NotFound { what: "version on its way into service", name: String::new() })?;
        job.cancel.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Drops the candidate: `gemba.toml` asks for what is in service again.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn drop_candidate(&self) -> Result<(), Error> {
        write_settings(&self.0).await
    }

    fn start(&self, new: NewRelease, begin: Begin) -> Result<(), Error> {
        let job = Arc::new(Job { new, parts: AtomicU32::default(), cancel: AtomicBool::default() });
        {
            let mut slot = locked(&self.0.models.job);
            if slot.is_some() {
                return Err(Error::Refused {
                    what: "another version is being put into service".into(),
                    cure: "wait for it, or stop it".into(),
                });
            }
            *slot = Some(Arc::clone(&job));
        }
        *locked(&self.0.models.failed) = None;
        self.0.spawn(work(Arc::clone(&self.0), job, begin));
        Ok(())
    }
}

/// Puts it into service and says how that went.
async fn work(core: Arc<Core>, job: Arc<Job>, begin: Begin) {
    let (at, working) = (Arc::clone(&core), Arc::clone(&job));
    let done = blocking(move || {
        service::put(&at, &working.new, begin, &|share: f64| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded in the line itself")]
            working.parts.store((share.clamp(0.0, 1.0) * PARTS) as u32, Ordering::Relaxed);
            !working.cancel.load(Ordering::Relaxed) && !at.is_stopping()
        })
    })
    .await;
    match done {
        Ok(()) => {
            tracing::info!(version = job.new.version.digest, by = job.new.by, "in service");
            if let Err(error) = write_settings(&core).await {
                tracing::warn!(%error, "gemba.toml still asks for the settings before");
            }
        }
        Err(_) if job.cancel.load(Ordering::Relaxed) => {}
        Err(error) => {
            tracing::error!(%error, version = job.new.version.digest, "not put into service");
            *locked(&core.models.failed) = Some(told(&error));
        }
    }
    *locked(&core.models.job) = None;
}

/// `gemba.toml` asks for what is in service.
async fn write_settings(core: &Arc<Core>) -> Result<(), Error> {
    let settings = core.models.in_service().version.settings;
    let file = Connections(Arc::clone(core));
    let write = move |file: &mut GembaFile| {
        file.maintenance = maintenance::Config { watch: file.maintenance.watch, ..settings };
    };
    file.rewrite(write).await
}
