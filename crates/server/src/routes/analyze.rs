//! Any table from any machine, looked at without configuration. The file lives in memory for as long as that takes.

use axum::http::StatusCode;
use axum::response::Response;
use gemba_node::analyze::{self, Analysis, Healthy, Report};
use gemba_node::{Error, Node};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::Call;
use crate::input::{Accept, Args, Upload};
use crate::lines::{self, LINES, Teller, Told};
use crate::openapi::Operation;
use crate::output::{Output, Raw, Reply};
use crate::problem::{Kind, Problem};
use crate::table::{OPERATOR, Resource, Route};

/// The report as a page.
const PAGE: &str = "text/html";

pub(super) fn resource() -> Resource {
    Resource {
        name: "analyze",
        about: "Any table from any machine, looked at without configuration. Nothing is stored; who goes ends the work.",
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
    /// The sheet of a workbook; its longest one when left out.
    sheet: Option<String>,
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
    let sheet = wanted.sheet.filter(|s| !s.is_empty());
    let place = lines::place(&call.app.analyses).await?;
    let limit = upload.limit();
    let bytes = upload
        .read()
        .await
        .map_err(|problem| if problem.kind == Kind::TOO_LARGE { too_large(limit) } else { problem })?;
    let look = move |_: &Node, teller: &Teller| {
        let seen = analyze::bytes(&name, bytes, sheet, healthy, &mut |doing| teller.tell(|| json!({ "doing": doing })));
        drop(place);
        seen
    };
    let last = |seen: Result<&Analysis, &Error>| match seen {
        Ok(seen) => json!({
            "done": { "told": seen.told, "report": seen.report },
            "page": analyze::page(&seen.report),
        }),
        Err(error) => lines::failed(error, "The table cannot be looked at"),
    };
    let Analysis { told, report } = match lines::told(&call, accept.contains(LINES), look, last).await? {
        Told::Whole(seen) => seen,
        Told::Lines(raw) => return Ok(Answer::Other(raw)),
    };
    Ok(if accept.contains(PAGE) {
        Answer::Other(Raw::body("text/html; charset=utf-8", analyze::page(&report)))
    } else {
        Answer::Json(Box::new(Reply(AnalysisView { told, report })))
    })
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("the file is larger than {} MiB", limit >> 20);
    Problem::new(Kind::TOO_LARGE, detail, "cut it into parts, or run `gemba analyze FILE`, which has no such limit")
}
