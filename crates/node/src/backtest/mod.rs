//! Proof on the own past: what is stored goes through the very same operators, and what they would have found is
//! judged by what is known to have happened.

mod desk;
mod events;
mod past;
mod report;
mod request;
mod run;

pub use desk::{BacktestEntry, BacktestState, Backtests, RunFigures};
pub use gemba_act::backtest::{Fate, Summary, Verdict};
pub use report::{BacktestReport, BacktestRun, EventOrigin, EventOutcome, JudgedFinding, KnownEvent, WatchedAsset};
pub use request::{BacktestRequest, KnownFault, Variant};

pub(crate) use desk::Desk;
pub use past::Progress;
pub(crate) use past::{Watched, stopped};

use std::sync::Arc;

use crate::node::blocking;
use crate::{Error, Node};

impl Node {
    /// Runs a backtest here and now. `progress` is told the share that is done, 0–1, and answers whether to go on.
    ///
    /// # Errors
    /// When the request names nothing, a configuration is none, `progress` says stop or the store cannot be read.
    pub async fn backtest(
        &self,
        request: BacktestRequest,
        progress: impl Fn(f64) -> bool + Send + Sync + 'static,
    ) -> Result<BacktestReport, Error> {
        let core = Arc::clone(self.core());
        blocking(move || run::run(&core, &request, &progress)).await
    }

    /// Backtests that were asked for, and their reports.
    pub fn backtests(&self) -> Backtests {
        Backtests(Arc::clone(self.core()))
    }
}
