//! Failures that happened, and how well maintenance and monitoring do.

use gemba_act::work::{EventKind, Failure, Figures};
use gemba_node::FailureDraft;
use gemba_node::state::Removable;
use gemba_plant::{AssetPath, Catalogue, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::{Args, At, Sent};
use crate::moment::Moment;
use crate::output::{Done, List, Reply};
use crate::problem::Problem;
use crate::table::{ENGINEER, OPERATOR, Route, VIEWER};

/// Failures that can be noted at once.
const FAILURES_MAX: usize = 10_000;
/// The span of the figures when nothing else is asked, days.
const FIGURES_DAYS: u64 = 90;
/// Microseconds in a day.
const DAY_US: u64 = 86_400_000_000;

/// They belong to the resource of cases.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/failures",
            VIEWER,
            "Failures that happened and replacements before one, oldest first",
            failures,
        ),
        Route::post(
            "/api/v1/failures",
            OPERATOR,
            "Note failures, such as those that nothing told of, and replacements before one",
            note,
        )
        .large(),
        Route::delete("/api/v1/failures/{id}", ENGINEER, "Take a failure back", remove),
        Route::get("/api/v1/maintenance/figures", VIEWER, "How well maintenance and monitoring do", figures),
    ]
}

/// A failure.
#[derive(Debug, Serialize, JsonSchema)]
struct FailureView {
    /// Its number.
    id: u64,
    /// Whether it failed, or was replaced before.
    kind: EventKind,
    /// The machine.
    asset_path: String,
    /// When it failed, or was replaced.
    at: Moment,
    /// When it ran again; none when nobody has said.
    repaired: Option<Moment>,
    /// The failure mode; empty when nobody knows.
    failure_mode: String,
    /// The finding that told of it; none for one that was missed.
    finding: Option<u64>,
    /// What happened.
    note: String,
}

impl FailureView {
    fn of(failure: Failure, catalogue: &Catalogue) -> Self {
        Self {
            id: failure.id,
            kind: failure.kind,
            asset_path: catalogue.asset(failure.asset).map(|a| a.path.to_string()).unwrap_or_default(),
            at: failure.at.into(),
            repaired: failure.repaired.map(Moment),
            failure_mode: failure.failure_mode,
            finding: failure.finding,
            note: failure.note,
        }
    }
}

/// From when to when.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Span {
    /// From when, RFC 3339 or microseconds since the epoch.
    from: Option<Moment>,
    /// Until when; now when left out.
    to: Option<Moment>,
}

async fn failures(call: Call, Args(span): Args<Span>) -> Result<Reply<List<FailureView>>, Problem> {
    let from = span.from.map_or(Timestamp::MIN, |m| m.0);
    let to = span.to.map_or(Timestamp::MAX, |m| m.0);
    let found = call.app.blocking(move |node| node.work().ends_of_use(from)).await?;
    let catalogue = call.node().catalogue();
    let within = found.into_iter().filter(|failure| failure.at < to);
    Ok(Reply(List::whole(within.map(|failure| FailureView::of(failure, &catalogue)).collect())))
}

/// Failures to note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Noted {
    /// At most 10 000.
    failures: Vec<NotedFailure>,
}

/// A failure to note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NotedFailure {
    /// `failure`, or `replacement` when it was replaced, overhauled or put into service and had not failed.
    #[serde(default)]
    kind: EventKind,
    /// The machine.
    asset_path: AssetPath,
    /// When it failed, or was replaced.
    at: Moment,
    /// When it ran again.
    #[serde(default)]
    repaired: Option<Moment>,
    /// The failure mode; empty when nobody knows.
    #[serde(default)]
    failure_mode: String,
    /// The finding that told of it.
    #[serde(default)]
    finding: Option<u64>,
    /// What happened.
    #[serde(default)]
    note: String,
}

/// How many are new.
#[derive(Debug, Serialize, JsonSchema)]
struct Added {
    /// Those that were not there before (same machine, time, kind and failure mode).
    added: usize,
}

async fn note(call: Call, Sent(noted): Sent<Noted>) -> Result<Reply<Added>, Problem> {
    if noted.failures.len() > FAILURES_MAX {
        return Err(Problem::argument(format!("failures: at most {FAILURES_MAX} at once")));
    }
    let draft = |failure: NotedFailure| FailureDraft {
        kind: failure.kind,
        asset: failure.asset_path,
        at: failure.at.0,
        repaired: failure.repaired.map(|m| m.0),
        failure_mode: failure.failure_mode,
        finding: failure.finding,
        note: failure.note,
    };
    let drafts: Vec<FailureDraft> = noted.failures.into_iter().map(draft).collect();
    Ok(Reply(Added { added: call.app.blocking(move |node| node.work().add_failures(&drafts)).await? }))
}

async fn remove(call: Call, At(id): At<u64>) -> Result<Done, Problem> {
    call.app.blocking(move |node| node.work().remove(Removable::Failure, &id.to_string())).await?;
    Ok(Done)
}

/// Figures of a span.
#[derive(Debug, Serialize, JsonSchema)]
struct FiguresView {
    /// From when.
    from: Moment,
    /// Until when.
    to: Moment,
    /// The figures. What cannot be told is null.
    #[serde(flatten)]
    figures: Figures,
}

async fn figures(call: Call, Args(span): Args<Span>) -> Result<Reply<FiguresView>, Problem> {
    let to = span.to.map_or_else(|| call.node().now(), |m| m.0);
    let from = span.from.map_or_else(|| to.minus(std::time::Duration::from_micros(FIGURES_DAYS * DAY_US)), |m| m.0);
    let figures = call.app.blocking(move |node| node.work().figures(TimeRange::new(from, to))).await?;
    Ok(Reply(FiguresView { from: from.into(), to: to.into(), figures }))
}
