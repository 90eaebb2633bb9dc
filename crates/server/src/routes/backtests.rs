//! Proof on the own past: what would have been found, how early, how often falsely.

use gemba_node::Node;
use gemba_node::backtest::{BacktestEntry, BacktestReport, BacktestRequest};
use gemba_node::models::RunStanding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::{Args, At, Sent};
use crate::output::{Done, List, Made, Reply};
use crate::problem::Problem;
use crate::table::{ENGINEER, Resource, Route, VIEWER};

/// Backtests on a page when nothing else is asked.
const LIMIT: usize = 50;
/// Backtests on a page at most.
const LIMIT_MAX: usize = 500;

pub(super) fn resource() -> Resource {
    Resource {
        name: "backtests",
        about: "Proof on the own past: the stored samples through the very same operators, judged by what is known.",
        routes: vec![
            Route::get("/api/v1/backtests", VIEWER, "Backtests with their figures, newest first", list),
            Route::post("/api/v1/backtests", ENGINEER, "Start a backtest; it runs as a job", start),
            Route::get("/api/v1/backtests/{id}", VIEWER, "A backtest: its progress, then its report", one),
            Route::delete("/api/v1/backtests/{id}", ENGINEER, "Stop a backtest that runs, or remove one", end),
        ],
    }
}

/// Which backtests.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    /// Where the page before ended.
    cursor: Option<u64>,
    /// Backtests on the page, 1 to 500; 50 when left out.
    limit: Option<usize>,
}

/// A backtest with its report.
#[derive(Debug, Serialize, JsonSchema)]
struct BacktestView {
    /// The backtest.
    #[serde(flatten)]
    entry: BacktestEntry,
    /// The report; none before it is done.
    report: Option<BacktestReport>,
    /// How each of its configurations stands to what is in service.
    standing: Vec<RunStanding>,
}

async fn list(call: Call, Args(filter): Args<Filter>) -> Result<Reply<List<BacktestEntry>>, Problem> {
    let limit = filter.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let items = call.app.blocking(move |node| node.backtests().list(filter.cursor, limit + 1)).await?;
    Ok(Reply(List::page(items, limit, |entry: &BacktestEntry| entry.id.to_string())))
}

fn view(node: &Node, id: u64) -> Result<BacktestView, Problem> {
    let (entry, report) = node.backtests().get(id)?.ok_or_else(|| Problem::missing("backtest", id))?;
    let standing = report.as_ref().map(|report| node.models().standings(report)).unwrap_or_default();
    Ok(BacktestView { entry, report, standing })
}

async fn one(call: Call, At(id): At<u64>) -> Result<Reply<BacktestView>, Problem> {
    Ok(Reply(call.app.blocking(move |node| view(node, id)).await?))
}

async fn start(call: Call, Sent(request): Sent<BacktestRequest>) -> Result<Made<BacktestView>, Problem> {
    let id = call.node().backtests().start(request, call.name()).await?;
    Ok(Made(call.app.blocking(move |node| view(node, id)).await?))
}

async fn end(call: Call, At(id): At<u64>) -> Result<Done, Problem> {
    call.app.blocking(move |node| node.backtests().end(id)).await?;
    Ok(Done)
}
