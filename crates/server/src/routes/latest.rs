//! The newest values, lean: from the table in memory.

use gemba_query::Latest;
use schemars::JsonSchema;
use serde::Deserialize;

use super::range::signal_ids;
use crate::app::Call;
use crate::input::{Accept, Args};
use crate::openapi::Operation;
use crate::output::{Output, Raw, Reply};
use crate::problem::Problem;
use crate::table::{Resource, Route, VIEWER};

const ARROW: &str = "application/vnd.apache.arrow.stream";

pub(super) fn resource() -> Resource {
    Resource {
        name: "latest",
        about: "The newest values and nothing else.",
        routes: vec![
            Route::get("/api/v1/latest", VIEWER, "The newest values of signals, as columns", latest).also(&[ARROW]),
        ],
    }
}

/// Which signals.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    /// Numbers of signals, joined by commas; all when left out.
    signals: Option<String>,
    /// Whether full names come too.
    names: bool,
}

/// The newest values in the form asked for.
enum Told {
    Json(Reply<Latest>),
    Arrow(Raw),
}

impl Output for Told {
    fn describe(operation: &mut Operation<'_>) {
        Reply::<Latest>::describe(operation);
    }

    fn answer(self) -> axum::response::Response {
        match self {
            Self::Json(reply) => reply.answer(),
            Self::Arrow(raw) => raw.answer(),
        }
    }
}

async fn latest(call: Call, (Args(wanted), Accept(accept)): (Args<Wanted>, Accept)) -> Result<Told, Problem> {
    let signals = wanted.signals.as_deref().map(signal_ids).transpose()?;
    let latest = call.node().query().latest(signals.as_deref(), wanted.names);
    if accept.contains(ARROW) {
        let mut bytes = Vec::new();
        latest.write_arrow(&mut bytes)?;
        return Ok(Told::Arrow(Raw::body(ARROW, bytes)));
    }
    Ok(Told::Json(Reply(latest)))
}
