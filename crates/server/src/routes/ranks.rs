//! Ranks of failure modes (FMEA): given for some machines, with a history and the way back.

use gemba_node::{GivenRanks, ModeRanks, RankChange, RankDraft, RankScope};
use gemba_plant::{AssetId, AssetPath};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::app::Call;
use crate::input::{Args, At, Sent};
use crate::output::{List, Reply};
use crate::problem::Problem;
use crate::table::{ENGINEER, Route, VIEWER};

/// Changes that are told when nothing else is asked, and at most.
const LIMIT: usize = 100;
const LIMIT_MAX: usize = 5_000;

/// They belong to the resource of maintenance.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/maintenance/ranks",
            VIEWER,
            "Where the ranks of a machine's failure modes come from, and how often its kind failed in each way",
            ranks,
        ),
        Route::put(
            "/api/v1/maintenance/ranks",
            ENGINEER,
            "Give ranks of a failure mode for some machines, in the plant files",
            put,
        ),
        Route::get("/api/v1/maintenance/ranks/changes", VIEWER, "Changes of ranks, newest first", changes),
        Route::post("/api/v1/maintenance/ranks/changes/{id}/undo", ENGINEER, "Take a change of ranks back", undo),
    ]
}

/// Of which machine.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Machine {
    /// Its number.
    asset: u32,
}

async fn ranks(call: Call, Args(machine): Args<Machine>) -> Result<Reply<List<ModeRanks>>, Problem> {
    let found = call.app.blocking(move |node| node.ranks(AssetId::new(machine.asset))).await?;
    Ok(Reply(List::whole(found)))
}

/// Ranks that are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RanksDraft {
    /// The failure mode's id.
    mode: String,
    /// For machines that follow this template only; all when left out.
    #[serde(default)]
    template: Option<String>,
    /// For machines at or below this place only; all when left out.
    #[serde(default)]
    asset: Option<AssetPath>,
    /// How bad it is, 1–10; as for more machines, in the end as the template has it, when left out.
    #[serde(default)]
    severity: Option<u8>,
    /// How often, 1–10; likewise.
    #[serde(default)]
    occurrence: Option<u8>,
    /// How surely it is seen before, 1–10; likewise.
    #[serde(default)]
    detection: Option<u8>,
    /// Why, in your words.
    #[serde(default)]
    note: String,
}

async fn put(call: Call, Sent(draft): Sent<RanksDraft>) -> Result<Reply<RankChange>, Problem> {
    let RanksDraft { mode, template, asset, severity, occurrence, detection, note } = draft;
    let scope = RankScope { template: template.filter(|template| !template.is_empty()), asset };
    let draft = RankDraft { mode, scope, ranks: GivenRanks { severity, occurrence, detection }, note };
    Ok(Reply(call.node().plant().put_ranks(draft, call.name()).await?))
}

/// Which changes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    /// Of this failure mode only.
    mode: Option<String>,
    /// The newest so many, 1 to 5 000; 100 when left out.
    limit: Option<usize>,
}

async fn changes(call: Call, Args(filter): Args<Filter>) -> Result<Reply<List<RankChange>>, Problem> {
    let limit = filter.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let found = call.app.blocking(move |node| node.plant().rank_changes(filter.mode.as_deref(), limit)).await?;
    Ok(Reply(List::whole(found)))
}

async fn undo(call: Call, At(id): At<u64>) -> Result<Reply<RankChange>, Problem> {
    Ok(Reply(call.node().plant().undo_ranks(id, call.name()).await?))
}
