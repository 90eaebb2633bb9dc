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

use std::sync::Arc;
use std::time::Duration;

use gemba_plant::{AssetId, FindingState};
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::node::{Core, blocking};
use crate::state::{FindingFilter, StoredFinding};
pub(crate) use board::Board;
pub use board::{LearnState, Learned};
pub(crate) use learn::follow as learn;

/// Between two looks.
const EVERY: Duration = Duration::from_hours(1);
/// Open findings of an asset.
const OPEN_MAX: usize = 1_000;

/// Looks every hour, and when something new was learned, until the node stops.
pub(crate) async fn follow(core: Arc<Core>, stop: CancellationToken) {
    let mut every = tokio::time::interval(EVERY);
    let mut known = (index::Levels::new(), sparse::Sparse::default());
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => {}
            () = core.outlooks.learned() => {}
        }
        let looking = Arc::clone(&core);
        let mut with = std::mem::take(&mut known);
        let round = blocking(move || {
            looking.look_ahead(&mut with)?;
            with.1.forget();
            Ok(with)
        });
        match round.await {
            Ok(with) => known = with,
            Err(error) => tracing::error!(%error, "looking how long machines last"),
        }
    }
}

impl Core {
    fn look_ahead(&self, (levels, sparse): &mut (index::Levels, sparse::Sparse)) -> Result<(), Error> {
        if !self.plan.file.maintenance.watch {
            return Ok(());
        }
        let events = self.ends_of_use()?;
        self.look_at_paths(levels, &events, sparse)?;
        self.look_at_batteries(&events)?;
        self.look_at_risks(&events, sparse)
    }

    /// The open finding of an asset with a key.
    fn open_with(&self, asset: AssetId, key: &str) -> Result<Option<StoredFinding>, Error> {
        let filter = FindingFilter {
            asset: Some(asset),
            state: Some(FindingState::Active),
            limit: OPEN_MAX,
            ..FindingFilter::default()
        };
        Ok(self.state.findings(&filter)?.into_iter().find(|stored| stored.finding.key == key))
    }
}
