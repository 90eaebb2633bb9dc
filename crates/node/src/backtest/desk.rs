//! Backtests as jobs: one at a time, with progress, kept with their reports.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gemba_act::backtest::Summary;
use gemba_plant::port::told;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::report::BacktestReport;
use super::request::BacktestRequest;
use super::run;
use crate::node::{Core, blocking};
use crate::{Error, Moment};

/// Backtests that may wait or run at once.
const WAITING_MAX: usize = 16;
/// Parts of the whole in which progress is kept.
const PARTS: f64 = 1e6;

/// Where a backtest stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BacktestState {
    /// Waits for the one before it.
    Queued,
    /// Reads the past.
    Running,
    /// Its report is there.
    Done,
    /// Ended without a report.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl BacktestState {
    /// Whether it has yet to end.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// The figures of one configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunFigures {
    /// What people call the configuration.
    pub name: String,
    /// The version that it is; empty in reports of programs that named none.
    #[serde(default)]
    pub digest: String,
    /// The figures.
    pub summary: Summary,
}

/// A backtest as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BacktestEntry {
    /// Its number; grows, never reused.
    pub id: u64,
    /// When it was asked for.
    pub created: Moment,
    /// By whom.
    pub by: String,
    /// Where it stands.
    pub state: BacktestState,
    /// The share that is done, 0–1.
    pub progress: f64,
    /// Why it failed.
    pub why: Option<String>,
    /// When it ended.
    pub finished: Option<Moment>,
    /// What was asked for.
    pub request: BacktestRequest,
    /// The figures of each configuration, once it is done.
    pub figures: Vec<RunFigures>,
}

/// Those that wait or run.
#[derive(Debug)]
pub(crate) struct Desk {
    jobs: Mutex<BTreeMap<u64, Arc<Job>>>,
    turn: Semaphore,
}

impl Default for Desk {
    fn default() -> Self {
        Self { jobs: Mutex::default(), turn: Semaphore::new(1) }
    }
}

#[derive(Debug, Default)]
struct Job {
    parts: AtomicU32,
    cancel: AtomicBool,
}

impl Desk {
    fn jobs(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Job>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self, id: u64) -> f64 {
        self.jobs().get(&id).map_or(0.0, |job| f64::from(job.parts.load(Ordering::Relaxed)) / PARTS)
    }
}

/// Starts, lists and ends backtests.
#[derive(Clone, Debug)]
pub struct Backtests(pub(super) Arc<Core>);

impl Backtests {
    /// Asks for one; its number. It runs when those before it have ended.
    ///
    /// # Errors
    /// When the request names nothing, a configuration is none, or too many wait.
    pub async fn start(&self, request: BacktestRequest, by: &str) -> Result<u64, Error> {
        let core = Arc::clone(&self.0);
        let by = by.to_owned();
        let wanted = request.clone();
        let id = blocking(move || {
            run::recipes(&core, &wanted)?;
            run::configurations(&core, &wanted)?;
            let mut jobs = core.desk.jobs();
            if jobs.len() >= WAITING_MAX {
                return Err(Error::Refused {
                    what: format!("{WAITING_MAX} backtests wait already"),
                    cure: "wait for them, or stop some".into(),
                });
            }
            let id = core.state.put_backtest(&wanted, &by, core.clock.now())?;
            jobs.insert(id, Arc::default());
            Ok(id)
        })
        .await?;
        self.0.spawn(work(Arc::clone(&self.0), id, request));
        Ok(id)
    }

    /// Backtests, newest first. Blocks for the state.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn list(&self, before: Option<u64>, limit: usize) -> Result<Vec<BacktestEntry>, Error> {
        let mut all = self.0.state.backtests(before, limit)?;
        for entry in &mut all {
            self.fill(entry);
        }
        Ok(all)
    }

    /// One backtest, with its report when it is done. Blocks for the state.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn get(&self, id: u64) -> Result<Option<(BacktestEntry, Option<BacktestReport>)>, Error> {
        let Some((mut entry, report)) = self.0.state.backtest(id)? else { return Ok(None) };
        self.fill(&mut entry);
        Ok(Some((entry, report)))
    }

    /// Stops it when it waits or runs; else removes it with its report. Blocks for the state.
    ///
    /// # Errors
    /// When it is not there or the state cannot be written.
    pub fn end(&self, id: u64) -> Result<(), Error> {
        let job = self.0.desk.jobs().get(&id).cloned();
        if let Some(job) = job {
            job.cancel.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if self.0.state.remove_backtest(id)? {
            return Ok(());
        }
        Err(Error::NotFound { what: "backtest", name: id.to_string() })
    }

    fn fill(&self, entry: &mut BacktestEntry) {
        if entry.state.is_open() {
            entry.progress = self.0.desk.progress(entry.id);
        }
    }
}

/// Waits for its turn, runs, and keeps what came of it.
async fn work(core: Arc<Core>, id: u64, request: BacktestRequest) {
    let Some(job) = core.desk.jobs().get(&id).cloned() else { return };
    let turn = tokio::select! {
        turn = core.desk.turn.acquire() => turn.ok(),
        () = core.stopping() => None,
    };
    let (working, own) = (Arc::clone(&core), Arc::clone(&job));
    let outcome = blocking(move || judged(&working, &own, (id, &request))).await;
    // also of one that has panicked it is kept how it ended
    let ended = match outcome {
        Ok(report) => Ok(report),
        Err(_) if job.cancel.load(Ordering::Relaxed) => {
            Err((BacktestState::Cancelled, "somebody stopped it".to_owned()))
        }
        Err(_) if core.is_stopping() => Err((BacktestState::Failed, "Gemba was stopped meanwhile".to_owned())),
        Err(error) => Err((BacktestState::Failed, told(&error))),
    };
    let keeping = Arc::clone(&core);
    if let Err(error) = blocking(move || keeping.state.end_backtest(id, ended, keeping.clock.now())).await {
        tracing::error!(%error, id, "what came of a backtest could not be kept");
    }
    core.desk.jobs().remove(&id);
    drop(turn);
}

/// Runs it, unless it was stopped before its turn came.
fn judged(core: &Core, job: &Job, (id, request): (u64, &BacktestRequest)) -> Result<BacktestReport, Error> {
    let go_on = || !job.cancel.load(Ordering::Relaxed) && !core.is_stopping();
    if !go_on() {
        return Err(Error::Refused { what: "it never ran".into(), cure: "start it again".into() });
    }
    core.state.begin_backtest(id)?;
    run::run(core, request, &|share: f64| {
        // a share of 0 to 1 in millionths
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded in the line itself")]
        job.parts.store((share.clamp(0.0, 1.0) * PARTS) as u32, Ordering::Relaxed);
        go_on()
    })
}
