//! The production plan as a file: shown, taken over as maintenance windows, taken back.

use std::collections::BTreeMap;

use gemba_act::work::Window;
use gemba_node::state::WindowImport;
use gemba_node::work::{PlanFile, RefusedRow, Taken, WindowFate, WindowTerms};
use gemba_plant::AssetPath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::planning::WindowFacts;
use crate::app::Call;
use crate::input::{At, Sent};
use crate::moment::Moment;
use crate::output::{Done, List, Reply};
use crate::problem::Problem;
use crate::table::{ENGINEER, Route, VIEWER};

/// They belong to the resource of maintenance.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post(
            "/api/v1/maintenance/windows/import",
            ENGINEER,
            "Take a production plan over, a calendar (iCalendar) or a table (CSV)",
            import,
        )
        .large(),
        Route::get(
            "/api/v1/maintenance/windows/imports",
            VIEWER,
            "Production plans that were taken over, newest first",
            imports,
        ),
        Route::delete("/api/v1/maintenance/windows/imports/{id}", ENGINEER, "Take an import back as a whole", undo),
    ]
}

/// A production plan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlanDraft {
    /// What people call the plan, such as its file's name: the next import under this name changes its windows.
    source: String,
    /// What stands in the file: a calendar that begins with BEGIN:VCALENDAR, or a table with the columns from, to, name and, as
    /// far as known, scope, loss_per_hour, crew (`mechanic=16; electrician=8`), id.
    text: String,
    /// Machines at or below this place, where the plan names none; all when left out.
    #[serde(default)]
    scope: Option<AssetPath>,
    /// Production lost for each hour that a machine stands still, where the plan says nothing.
    #[serde(default)]
    loss_per_hour: f64,
    /// Hours of work there are in each window, by skill, where the plan says nothing.
    #[serde(default)]
    crew_hours: BTreeMap<String, f64>,
    /// Whether windows of this plan that the file does not name any more are taken away.
    #[serde(default)]
    replace: bool,
    /// Whether to tell only what would be done.
    #[serde(default)]
    dry_run: bool,
}

/// A window of the plan and what becomes of it.
#[derive(Debug, Serialize, JsonSchema)]
struct FateView {
    /// What becomes of it.
    fate: WindowFate,
    /// What is known of it.
    #[serde(flatten)]
    facts: WindowFacts,
}

impl From<(WindowFate, Window)> for FateView {
    fn from((fate, window): (WindowFate, Window)) -> Self {
        Self { fate, facts: window.into() }
    }
}

/// A row that could not be taken.
#[derive(Debug, Serialize, JsonSchema)]
struct RefusedView {
    /// The line, from 1.
    line: usize,
    /// What is wrong.
    what: String,
    /// What to do about it.
    cure: String,
}

/// What taking a plan over did, or would do.
#[derive(Debug, Serialize, JsonSchema)]
struct TakenView {
    /// The number to take it back by; null when nothing was written.
    import: Option<u64>,
    /// Windows that are new.
    added: usize,
    /// Windows that are others now.
    changed: usize,
    /// Windows that were there already.
    kept: usize,
    /// Windows that the plan does not name any more.
    removed: usize,
    /// Rows of windows that are over, or lie more than 400 days ahead.
    outside: usize,
    /// Every window.
    windows: Vec<FateView>,
    /// What could not be taken; it costs no other window.
    refused: Vec<RefusedView>,
}

impl From<Taken> for TakenView {
    fn from(taken: Taken) -> Self {
        let count = |wanted: WindowFate| taken.windows.iter().filter(|(fate, _)| *fate == wanted).count();
        let row = |row: RefusedRow| RefusedView { line: row.line, what: row.what, cure: row.cure };
        Self {
            import: taken.import,
            added: count(WindowFate::Added),
            changed: count(WindowFate::Changed),
            kept: count(WindowFate::Kept),
            removed: count(WindowFate::Removed),
            outside: taken.outside,
            windows: taken.windows.into_iter().map(FateView::from).collect(),
            refused: taken.refused.into_iter().map(row).collect(),
        }
    }
}

async fn import(call: Call, Sent(draft): Sent<PlanDraft>) -> Result<Reply<TakenView>, Problem> {
    let (by, dry_run) = (call.name().to_owned(), draft.dry_run);
    let terms = WindowTerms { scope: draft.scope, loss_per_hour: draft.loss_per_hour, crew_hours: draft.crew_hours };
    let plan = PlanFile { source: draft.source, text: draft.text, terms, replace: draft.replace };
    let taken = call.app.blocking(move |node| node.work().import_plan(&plan, dry_run, &by)).await?;
    Ok(Reply(taken.into()))
}

/// A plan that was taken over.
#[derive(Debug, Serialize, JsonSchema)]
struct ImportView {
    /// Its number.
    id: u64,
    /// When.
    at: Moment,
    /// Who.
    by: String,
    /// What people call the plan.
    source: String,
}

async fn imports(call: Call, (): ()) -> Result<Reply<List<ImportView>>, Problem> {
    let found = call.app.blocking(move |node| node.work().imports()).await?;
    let view = |(id, import): (u64, WindowImport)| ImportView {
        id,
        at: import.at.into(),
        by: import.by,
        source: import.source,
    };
    Ok(Reply(List::whole(found.into_iter().map(view).collect())))
}

async fn undo(call: Call, At(id): At<u64>) -> Result<Done, Problem> {
    call.app.blocking(move |node| node.work().undo_import(id)).await?;
    Ok(Done)
}
