//! Failures that happened, and how well maintenance and monitoring do.

use gemba_act::work::{EventKind, Failure, Figures};
use gemba_node::FailureDraft;
use gemba_node::state::Removable;
use gemba_node::work::{MachineFigures, Scope};
use gemba_plant::{AssetId, AssetPath, Catalogue, TimeRange, Timestamp};
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
            "Note failures, such as those that nothing told of, replacements before one, and errors",
            note,
        )
        .large(),
        Route::delete("/api/v1/failures/{id}", ENGINEER, "Take a failure back", remove),
        Route::get("/api/v1/maintenance/figures", VIEWER, "How well maintenance and monitoring do", figures),
        Route::get(
            "/api/v1/maintenance/figures/machines",
            VIEWER,
            "The same for each machine, the one that stood longest first",
            by_machine,
        ),
    ]
}

/// A failure.
#[derive(Debug, Serialize, JsonSchema)]
struct FailureView {
    /// Its number.
    id: u64,
    /// Whether it failed, was replaced before, or told of an error.
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

/// From when to when, and what.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Span {
    /// Errors that machines told of and ran on, instead of failures and replacements.
    errors: bool,
    /// From when, RFC 3339 or microseconds since the epoch.
    from: Option<Moment>,
    /// Until when; now when left out.
    to: Option<Moment>,
}

async fn failures(call: Call, Args(span): Args<Span>) -> Result<Reply<List<FailureView>>, Problem> {
    let from = span.from.map_or(Timestamp::MIN, |m| m.0);
    let to = span.to.map_or(Timestamp::MAX, |m| m.0);
    let errors = span.errors;
    let read = move |node: &gemba_node::Node| {
        if errors { node.work().errors(from) } else { node.work().ends_of_use(from) }
    };
    let found = call.app.blocking(read).await?;
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
    /// `failure`; `replacement` when it was replaced, overhauled or put into service and had not failed; `error` when it told
    /// of something and ran on.
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

/// From when to when, and for which machines.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Wish {
    /// From when, RFC 3339 or microseconds since the epoch. The last 90 days when left out.
    from: Option<Moment>,
    /// Until when; now when left out.
    to: Option<Moment>,
    /// Machines at or below this asset only.
    asset: Option<u32>,
    /// Machines that follow this template only.
    template: Option<String>,
}

impl Wish {
    fn read(self, call: &Call) -> (TimeRange, Scope) {
        let to = self.to.map_or_else(|| call.node().now(), |m| m.0);
        let before = std::time::Duration::from_micros(FIGURES_DAYS * DAY_US);
        let from = self.from.map_or_else(|| to.minus(before), |m| m.0);
        (TimeRange::new(from, to), Scope { below: self.asset.map(AssetId::new), template: self.template })
    }
}

async fn figures(call: Call, Args(wish): Args<Wish>) -> Result<Reply<FiguresView>, Problem> {
    let (range, scope) = wish.read(&call);
    let figures = call.app.blocking(move |node| node.work().figures(range, &scope)).await?;
    Ok(Reply(FiguresView { from: range.from.into(), to: range.to.into(), figures }))
}

/// The figures of a machine.
#[derive(Debug, Serialize, JsonSchema)]
struct MachineFiguresView {
    /// The machine.
    asset: AssetId,
    /// Where it stands.
    asset_path: String,
    /// What people call it.
    asset_name: String,
    /// Since when there is data of it; null while there is none.
    since: Option<Moment>,
    /// The figures. What cannot be told is null.
    #[serde(flatten)]
    figures: Figures,
}

async fn by_machine(call: Call, Args(wish): Args<Wish>) -> Result<Reply<List<MachineFiguresView>>, Problem> {
    let (range, scope) = wish.read(&call);
    let found = call.app.blocking(move |node| node.work().figures_by_machine(range, &scope)).await?;
    let catalogue = call.node().catalogue();
    let view = |machine: MachineFigures| {
        let asset = catalogue.asset(machine.asset);
        MachineFiguresView {
            asset: machine.asset,
            asset_path: asset.map(|a| a.path.to_string()).unwrap_or_default(),
            asset_name: asset.map(|a| a.title().to_owned()).unwrap_or_default(),
            since: machine.since.map(Moment),
            figures: machine.figures,
        }
    };
    Ok(Reply(List::whole(found.into_iter().map(view).collect())))
}
