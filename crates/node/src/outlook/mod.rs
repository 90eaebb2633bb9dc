//! Looks now and then how long machines last: by the course of their deviation from normal, by what was learned of machines
//! of their kind that ran to failure, by the capacity of batteries, by what happened at them.

mod board;
mod capacity;
mod fleet;
mod index;
mod learn;
mod past;
mod risk;
mod sparse;
mod withdraw;

use std::sync::Arc;
use std::time::Duration;

use gemba_plant::{AssetId, FindingState};
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::clockwork::report;
use crate::node::{Core, blocking};
use crate::state::{FindingFilter, StoredFinding};
pub(crate) use board::Board;
pub use board::{LearnState, Learned};
pub use withdraw::{LearnedPart, Withdrawn};

/// Between two looks at everything.
const EVERY: Duration = Duration::from_hours(1);
/// Between two looks whether a battery has come through another cycle.
const CYCLES_EVERY: Duration = Duration::from_mins(1);
/// Open findings of an asset.
const OPEN_MAX: usize = 1_000;

/// What was read so far, so that it is not read again.
#[derive(Default)]
struct Known {
    levels: index::Levels,
    sparse: sparse::Sparse,
    cycles: capacity::Cycles,
}

/// Brings back what was learned before, then learns and looks until the node stops.
pub(crate) async fn follow(core: Arc<Core>, stop: CancellationToken) {
    let before = Arc::clone(&core);
    report("bringing back what was learned of how long machines last", blocking(move || before.take_kept()).await);
    tokio::join!(learn::follow(Arc::clone(&core), stop.clone()), look(core, stop));
}

/// Looks every hour, and when something new was learned; at batteries after each of their cycles.
async fn look(core: Arc<Core>, stop: CancellationToken) {
    let mut every = tokio::time::interval(EVERY);
    let mut cycles = tokio::time::interval(CYCLES_EVERY);
    let mut known = Known::default();
    loop {
        let whole = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            _ = every.tick() => true,
            () = core.outlooks.learned() => true,
            _ = cycles.tick() => false,
        };
        let looking = Arc::clone(&core);
        let mut with = std::mem::take(&mut known);
        let round = blocking(move || {
            looking.look_ahead(&mut with, whole)?;
            Ok(with)
        });
        match round.await {
            Ok(with) => known = with,
            Err(error) => tracing::error!(%error, "looking how long machines last"),
        }
    }
}

impl Core {
    fn look_ahead(&self, known: &mut Known, whole: bool) -> Result<(), Error> {
        if !self.plan.file.maintenance.watch {
            return Ok(());
        }
        if whole {
            let events = self.ends_of_use()?;
            self.look_at_paths(&mut known.levels, &events, &mut known.sparse)?;
            self.look_at_risks(&events, &mut known.sparse)?;
            known.sparse.forget();
            known.cycles.clear();
        }
        self.look_at_batteries(&mut known.cycles)
    }

    /// The open finding of an asset with a key.
    fn open_with(&self, asset: AssetId, key: &str) -> Result<Option<StoredFinding>, Error> {
        let filter = FindingFilter {
            assets: Some(vec![asset]),
            state: Some(FindingState::Active),
            limit: OPEN_MAX,
            ..FindingFilter::default()
        };
        Ok(self.state.findings(&filter)?.into_iter().find(|stored| stored.finding.key == key))
    }
}
