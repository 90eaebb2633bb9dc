//! The program itself.

use std::time::Duration;

use gemba_node::{Check, FlowCounters};
use gemba_plant::Template;
use gemba_store::Stats;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::Call;
use crate::output::{List, Reply};
use crate::problem::Problem;
use crate::table::{Resource, Route, VIEWER};

pub(super) fn resource() -> Resource {
    Resource {
        name: "system",
        about: "The program itself: version, store, memory, health; what it knows about machines.",
        routes: vec![
            Route::get("/api/v1/system", VIEWER, "How the program is", system),
            Route::get("/api/v1/templates", VIEWER, "Machine templates and how many assets follow each", templates),
        ],
    }
}

/// How the program is.
#[derive(Debug, Serialize, JsonSchema)]
struct System {
    /// The program's version.
    version: &'static str,
    /// Seconds since the start.
    uptime_s: u64,
    /// The store's figures.
    store: Stats,
    /// Resident memory, bytes; 0 where the system does not tell.
    memory_bytes: u64,
    /// Signals in the catalogue.
    signals: usize,
    /// Assets in the catalogue.
    assets: usize,
    /// Samples per second over all connections.
    rate_per_s: f64,
    /// What became of rows on their way to the operators; all 0 while nothing is watched.
    flow: FlowCounters,
    /// Live streams that are open.
    streams: usize,
    /// Where the configuration comes from.
    config_origin: String,
    /// Health, check by check.
    checks: Vec<Check>,
}

async fn system(call: Call, (): ()) -> Result<Reply<System>, Problem> {
    let streams = call.app.hub.clients();
    let status = call.app.blocking(|node| Ok::<_, Problem>(node.status())).await?;
    let uptime: Duration = call.node().now().since(status.started);
    Ok(Reply(System {
        version: status.version,
        uptime_s: uptime.as_secs(),
        store: status.store,
        memory_bytes: status.memory_bytes,
        signals: status.signals,
        assets: status.assets,
        rate_per_s: status.rate_per_s,
        flow: status.flow,
        streams,
        config_origin: call.node().plan().origin.display().to_string(),
        checks: status.checks,
    }))
}

/// A machine template.
#[derive(Debug, Serialize, JsonSchema)]
struct TemplateView {
    /// Assets that follow it.
    assets: usize,
    /// Expected signals, failure modes and limits.
    #[serde(flatten)]
    template: &'static Template,
}

/// Every machine template, and how many assets follow it.
async fn templates(call: Call, (): ()) -> Result<Reply<List<TemplateView>>, Problem> {
    let catalogue = call.node().catalogue();
    let followers = |name: &str| catalogue.assets().filter(|asset| asset.template.as_deref() == Some(name)).count();
    let items = Template::all().iter().map(|template| TemplateView { assets: followers(template.name), template });
    Ok(Reply(List::whole(items.collect())))
}
