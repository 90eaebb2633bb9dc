//! Health for watchdogs, figures for collectors, the description of the API for programs.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use gemba_node::Check;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::Call;
use crate::openapi::Operation;
use crate::output::{Output, Raw, Reply};
use crate::problem::Problem;
use crate::table::{Needs, Resource, Route};

pub(super) fn resource() -> Resource {
    Resource {
        name: "health",
        about: "Health, figures, and this description.",
        routes: vec![
            Route::get("/healthz", Needs::Nobody, "Whether every check is well", healthz),
            Route::get("/readyz", Needs::Nobody, "Whether it answers", readyz),
            Route::get("/metrics", Needs::ViewerOrLocal, "Figures in Prometheus' text format", figures)
                .also(&["text/plain"]),
            Route::get("/api/v1/openapi.json", Needs::Nobody, "This description", description)
                .also(&["application/json"]),
        ],
    }
}

/// How the program is.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    /// `ok` or `failing`.
    status: &'static str,
    /// Check by check.
    checks: Vec<CheckView>,
}

/// A check. What was seen in detail is for those who are signed in (`/api/v1/system`).
#[derive(Debug, Serialize, JsonSchema)]
struct CheckView {
    /// `disk`, `state` …
    name: String,
    /// Whether it is well.
    ok: bool,
}

/// 200 when all is well, 503 otherwise.
struct Told(Health);

impl Output for Told {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_answer::<Health>(StatusCode::OK);
        operation.json_answer::<Health>(StatusCode::SERVICE_UNAVAILABLE);
    }

    fn answer(self) -> axum::response::Response {
        let status = if self.0.status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, axum::Json(self.0)).into_response()
    }
}

async fn healthz(call: Call, (): ()) -> Result<Told, Problem> {
    let checks = call.app.blocking(|node| Ok::<_, Problem>(node.status().checks)).await?;
    let status = if checks.iter().all(|check| check.ok) { "ok" } else { "failing" };
    let view = |Check { name, ok, .. }| CheckView { name, ok };
    Ok(Told(Health { status, checks: checks.into_iter().map(view).collect() }))
}

/// An answer by itself.
#[derive(Debug, Serialize, JsonSchema)]
struct Ready {
    /// `ready`.
    status: &'static str,
}

async fn readyz(_: Call, (): ()) -> Result<Reply<Ready>, Problem> {
    Ok(Reply(Ready { status: "ready" }))
}

async fn figures(call: Call, (): ()) -> Result<Raw, Problem> {
    let (scrape, hub) = (call.app.scrape.clone(), call.app.hub.clone());
    let text = call.app.blocking(move |node| Ok::<_, Problem>(scrape.text(node, &hub))).await?;
    Ok(Raw::body("text/plain; version=0.0.4; charset=utf-8", text))
}

async fn description(call: Call, (): ()) -> Result<Raw, Problem> {
    Ok(Raw::body("application/json", call.app.openapi.clone()))
}
