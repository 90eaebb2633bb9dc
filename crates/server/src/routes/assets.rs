//! The asset tree.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_node::config::LearningEntry;
use gemba_node::{AssetDraft, AssetReport, AssetState, MachineHealth, MachineLife, MachinePast, Node};
use gemba_plant::{AssetId, TimeRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::{Args, At, Sent};
use crate::moment::Moment;
use crate::output::{Done, List, Made, Reply};
use crate::problem::Problem;
use crate::table::{ENGINEER, Resource, Route, VIEWER};
use crate::views::{AssetView, SignalView};

/// How far back the past of a machine is told when nothing else is asked.
const PAST: Duration = Duration::from_hours(90 * 24);

pub(super) fn resource() -> Resource {
    Resource {
        name: "assets",
        about: "The machines of the plant and where they stand.",
        routes: vec![
            Route::get("/api/v1/assets", VIEWER, "All assets and how they are", list),
            Route::post("/api/v1/assets", ENGINEER, "Add an asset", add),
            Route::get("/api/v1/assets/{id}", VIEWER, "An asset with its signals", one),
            Route::get("/api/v1/assets/{id}/health", VIEWER, "How well a machine is, with the reasons", health),
            Route::get("/api/v1/assets/{id}/life", VIEWER, "How long a machine lasts, by condition and by age", life),
            Route::get("/api/v1/assets/{id}/past", VIEWER, "What happened to a machine, and how well it was", past),
            Route::get("/api/v1/assets/{id}/report", VIEWER, "The report on a machine once it was learned", report)
                .long(),
            Route::put("/api/v1/assets/{id}", ENGINEER, "Change an asset", change),
            Route::put(
                "/api/v1/assets/{id}/learning",
                ENGINEER,
                "Let a machine learn anew what is normal, from a time on",
                learn,
            ),
            Route::delete(
                "/api/v1/assets/{id}/learning",
                ENGINEER,
                "Let a machine learn from the first that is seen, as it does by itself",
                forget,
            ),
            Route::delete(
                "/api/v1/assets/{id}",
                ENGINEER,
                "Remove an asset with its signals; what is stored stays",
                remove,
            ),
        ],
    }
}

/// An asset with its signals.
#[derive(Debug, Serialize, JsonSchema)]
struct AssetDetail {
    /// The asset.
    #[serde(flatten)]
    asset: AssetView,
    /// Its own signals, without those of assets below it.
    signals: Vec<SignalView>,
}

async fn list(call: Call, (): ()) -> Result<Reply<List<AssetView>>, Problem> {
    let items = call
        .app
        .blocking(|node| {
            let (catalogue, states) = (node.catalogue(), node.asset_states()?);
            let view = |asset| AssetView::of(asset, states.get(&asset.id), &catalogue);
            Ok::<_, gemba_node::Error>(catalogue.assets().map(view).collect())
        })
        .await?;
    Ok(Reply(List::whole(items)))
}

async fn one(call: Call, At(id): At<u32>) -> Result<Reply<AssetDetail>, Problem> {
    Ok(Reply(call.app.blocking(move |node| detail(node, AssetId::new(id))).await?))
}

fn detail(node: &Node, id: AssetId) -> Result<AssetDetail, Problem> {
    let catalogue = node.catalogue();
    let asset = catalogue.asset(id).ok_or_else(|| Problem::missing("asset", id))?;
    let states: BTreeMap<AssetId, AssetState> = node.asset_states()?;
    let signal = |signal: &gemba_plant::Signal| SignalView::of(signal, node, &catalogue);
    Ok(AssetDetail {
        asset: AssetView::of(asset, states.get(&id), &catalogue),
        signals: catalogue.signals_of(id).map(signal).collect(),
    })
}

async fn health(call: Call, At(id): At<u32>) -> Result<Reply<MachineHealth>, Problem> {
    Ok(Reply(call.app.blocking(move |node| node.health(AssetId::new(id))).await?))
}

async fn life(call: Call, At(id): At<u32>) -> Result<Reply<MachineLife>, Problem> {
    Ok(Reply(call.app.blocking(move |node| node.life(AssetId::new(id))).await?))
}

/// From when to when.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct PastSpan {
    /// From when, RFC 3339 or microseconds since the epoch; 90 days before `to` when left out.
    from: Option<Moment>,
    /// Until when; now when left out.
    to: Option<Moment>,
}

async fn past(call: Call, (At(id), Args(span)): (At<u32>, Args<PastSpan>)) -> Result<Reply<MachinePast>, Problem> {
    let to = span.to.map_or_else(|| call.node().now(), |m| m.0);
    let from = span.from.map_or_else(|| to.minus(PAST), |m| m.0);
    if to <= from {
        return Err(Problem::argument("to: it is not after from"));
    }
    Ok(Reply(call.node().past(AssetId::new(id), TimeRange::new(from, to)).await?))
}

async fn report(call: Call, At(id): At<u32>) -> Result<Reply<AssetReport>, Problem> {
    Ok(Reply(call.node().report(AssetId::new(id)).await?))
}

async fn add(call: Call, Sent(draft): Sent<AssetDraft>) -> Result<Made<AssetDetail>, Problem> {
    let id = call.node().plant().put_asset(draft).await?;
    Ok(Made(call.app.blocking(move |node| detail(node, id)).await?))
}

/// What changes about an asset; what is left out stays. It cannot be moved: its path is its name in the store.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[derive(Default)]
struct AssetChange {
    /// Its level.
    level: Option<gemba_plant::Level>,
    /// What people call it.
    name: Option<String>,
    /// The machine template it follows; empty for none.
    template: Option<String>,
    /// What is written on it.
    nameplate: Option<gemba_plant::Nameplate>,
}

async fn change(
    call: Call,
    (At(id), Sent(change)): (At<u32>, Sent<AssetChange>),
) -> Result<Reply<AssetDetail>, Problem> {
    let id = AssetId::new(id);
    let asset = call.node().catalogue().asset(id).cloned().ok_or_else(|| Problem::missing("asset", id))?;
    let template = change.template.or(asset.template).filter(|template| !template.is_empty());
    let draft = AssetDraft {
        path: asset.path,
        level: change.level.unwrap_or(asset.level),
        name: change.name.unwrap_or(asset.name),
        template,
        nameplate: change.nameplate.unwrap_or(asset.nameplate),
    };
    let id = call.node().plant().put_asset(draft).await?;
    Ok(Reply(call.app.blocking(move |node| detail(node, id)).await?))
}

/// From when on a machine learns.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Learn {
    /// From when on, RFC 3339 or microseconds since the epoch; now when left out.
    from: Option<Moment>,
    /// How much healthy operation in each operating state, hours, above 0 and at most 168; as `maintenance.normal.learn_s` has it
    /// when left out.
    hours: Option<f64>,
}

async fn learn(call: Call, (At(id), Sent(learn)): (At<u32>, Sent<Learn>)) -> Result<Reply<AssetDetail>, Problem> {
    let id = AssetId::new(id);
    let from = learn.from.map_or_else(|| call.node().now(), |moment| moment.0);
    let from = Moment(from);
    call.node().plant().learn(id, Some(LearningEntry { from, hours: learn.hours })).await?;
    Ok(Reply(call.app.blocking(move |node| detail(node, id)).await?))
}

async fn forget(call: Call, At(id): At<u32>) -> Result<Reply<AssetDetail>, Problem> {
    let id = AssetId::new(id);
    call.node().plant().learn(id, None).await?;
    Ok(Reply(call.app.blocking(move |node| detail(node, id)).await?))
}

async fn remove(call: Call, At(id): At<u32>) -> Result<Done, Problem> {
    call.node().plant().remove_asset(AssetId::new(id)).await?;
    Ok(Done)
}
