//! Any table from any machine, looked at without configuration. The file lives in memory for as long as that takes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::stream;
use gemba_node::analyze::{self, Analysis, Healthy, Report};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::app::Call;
use crate::input::{Accept, Args, Upload};
use crate::openapi::Operation;
use crate::output::{Output, Raw, Reply};
use crate::problem::{Kind, Problem};
use crate::table::{OPERATOR, Resource, Route};

/// Lines of progress that wait for the client; the next ones are left out.
const LINES_WAITING_MAX: usize = 64;
/// One JSON object a line: what is being done, then what came of it.
const LINES: &str = "application/x-ndjson";
/// The report as a page.
const PAGE: &str = "text/html";

pub(super) fn resource() -> Resource {
    Resource {
        name: "analyze",
        about: "Any table from any machine, looked at without configuration. Nothing is stored.",
        routes: vec![
            Route::post("/api/v1/analyze", OPERATOR, "Look at a table: what is normal, what is not, what drifts", look)
                .file()
                .long()
                .asks()
                .also(&[PAGE, LINES]),
        ],
    }
}

/// What is sent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    /// The file's name, for the report.
    name: String,
    /// The part that is known to be healthy: rows `1..400`, shares `0%..30%` or times `FROM..TO`; found when left out.
    healthy: Option<String>,
}

/// What was found in a table.
#[derive(Debug, Serialize, JsonSchema)]
struct AnalysisView {
    /// How the file is written, in words.
    told: String,
    /// The report.
    report: Report,
}

/// JSON, the report as a page, or lines of progress with both at the end: as the client accepts.
enum Answer {
    Json(Box<Reply<AnalysisView>>),
    Other(Raw),
}

impl Output for Answer {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_answer::<AnalysisView>(StatusCode::OK);
    }

    fn answer(self) -> Response {
        match self {
            Self::Json(reply) => (*reply).answer(),
            Self::Other(raw) => raw.answer(),
        }
    }
}

async fn look(
    call: Call,
    (Args(wanted), (Accept(accept), upload)): (Args<Wanted>, (Accept, Upload)),
) -> Result<Answer, Problem> {
    let healthy = wanted.healthy.as_deref().filter(|h| !h.is_empty()).map_or(Ok(Healthy::Detect), analyze::healthy)?;
    let name = if wanted.name.is_empty() { "table".to_owned() } else { wanted.name.chars().take(200).collect() };
    let places = Arc::clone(&call.app.analyses);
    let place = places.acquire_owned().await.map_err(|closed| Problem::internal(closed.to_string()))?;
    let limit = upload.limit();
    let bytes = upload
        .read()
        .await
        .map_err(|problem| if problem.kind == Kind::TOO_LARGE { too_large(limit) } else { problem })?;
    let (lines, taken) = mpsc::channel::<Value>(LINES_WAITING_MAX);
    let by_line = accept.contains(LINES);
    let work = tokio::task::spawn_blocking(move || {
        let seen = analyze::bytes(&name, bytes, healthy, &mut |doing| {
            if by_line {
                // a client that does not take them in time misses words, never the report
                lines.try_send(json!({ "doing": doing })).unwrap_or_default();
            }
        });
        if by_line {
            let last = seen.as_ref().map_or_else(failed, done);
            lines.blocking_send(last).unwrap_or_default();
        }
        drop(place);
        seen
    });
    if by_line {
        let body =
            stream::unfold(taken, async |mut taken| Some((Ok::<Bytes, Infallible>(line(&taken.recv().await?)), taken)));
        return Ok(Answer::Other(Raw::body(LINES, Body::from_stream(body))));
    }
    let Analysis { told, report } = work.await.map_err(|panicked| Problem::internal(panicked.to_string()))??;
    Ok(if accept.contains(PAGE) {
        Answer::Other(Raw::body("text/html; charset=utf-8", analyze::page(&report)))
    } else {
        Answer::Json(Box::new(Reply(AnalysisView { told, report })))
    })
}

fn line(value: &Value) -> Bytes {
    format!("{value}\n").into()
}

fn done(seen: &Analysis) -> Value {
    json!({ "done": { "told": seen.told, "report": seen.report }, "page": analyze::page(&seen.report) })
}

fn failed(error: &gemba_node::Error) -> Value {
    let (detail, cure) = match error {
        gemba_node::Error::Refused { what, cure } => (what.clone(), cure.as_str()),
        other => (other.to_string(), ""),
    };
    json!({ "failed": { "title": "The table cannot be looked at", "detail": detail, "code": "invalid", "cure": cure } })
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("the file is larger than {} MiB", limit >> 20);
    Problem::new(Kind::TOO_LARGE, detail, "cut it into parts, or run `gemba analyze FILE`, which has no such limit")
}
