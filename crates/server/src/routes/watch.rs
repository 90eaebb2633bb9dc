//! Looking at values of a device before they are signals: a stream of rounds that ends when the page is left.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use gemba_connect::{ConnectionConfig, ReadValue};
use gemba_plant::Quality;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::connections::{Look, probe};
use crate::app::Call;
use crate::input::Sent;
use crate::moment::Moment;
use crate::output::Raw;
use crate::problem::{Kind, Problem};
use crate::table::{ENGINEER, Route};

/// Addresses of one watch: what a person ticks and looks at, not a way to read a plant.
const WATCHED_MAX: usize = 200;
/// Rounds of values that wait for a client; when it takes none, the device is asked for none.
const ROUNDS_WAITING_MAX: usize = 2;
/// How long one watch may last; a page that is still looked at asks again.
const WATCH_TIME_MAX: Duration = Duration::from_mins(10);

/// The route of a watch.
pub(super) fn route() -> Route {
    Route::post("/api/v1/connections/watch", ENGINEER, "Values of a device as they are now, for a while", watch)
        .asks()
        .also(&["application/x-ndjson"])
}

/// What to look at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Watch {
    /// A connection that is there …
    #[serde(default)]
    name: Option<String>,
    /// … or a configuration that is not saved yet.
    #[serde(default)]
    config: Option<ConnectionConfig>,
    /// Addresses, at most 200.
    addresses: Vec<String>,
}

/// A value of a watch; a line of the answer holds a list of them.
#[derive(Debug, Serialize)]
struct Looked {
    address: String,
    value: Option<f64>,
    text: String,
    quality: Quality,
    time: Option<Moment>,
}

impl From<ReadValue> for Looked {
    fn from(read: ReadValue) -> Self {
        // JSON knows no NaN
        let value = read.value.filter(|value| value.is_finite());
        let time = read.time.and_then(Moment::known);
        Self { address: read.address, value, text: read.text, quality: read.quality, time }
    }
}

/// A line for each round of values, `{"values": […]}`; when it cannot go on a last one, `{"problem": {detail, cure}}`. Ends
/// when the client leaves, and by itself after a while.
async fn watch(call: Call, Sent(wanted): Sent<Watch>) -> Result<Raw, Problem> {
    if wanted.addresses.is_empty() || wanted.addresses.len() > WATCHED_MAX {
        return Err(Problem::argument(format!("addresses: 1 to {WATCHED_MAX} can be looked at together")));
    }
    let busy = || Problem::new(Kind::TOO_MANY, "all places for looking at devices are taken", "try again in a minute");
    let place = Arc::clone(&call.app.watches).try_acquire_owned().map_err(|_none_left| busy())?;
    let probe = probe(&call, &Look { name: wanted.name, config: wanted.config, at: None })?;
    let (rounds, taken) = mpsc::channel(ROUNDS_WAITING_MAX);
    let (ended, end) = oneshot::channel();
    tokio::spawn(async move {
        let outcome = tokio::time::timeout(WATCH_TIME_MAX, probe.watch(&wanted.addresses, rounds)).await;
        let problem = outcome.ok().and_then(Result::err).map(Problem::from);
        if ended.send(problem).is_err() {
            tracing::debug!("whoever looked at a device has left");
        }
        drop(place);
    });
    let lines = stream::unfold((taken, Some(end)), |(mut taken, end)| async move {
        if let Some(round) = taken.recv().await {
            let values: Vec<Looked> = round.into_iter().map(Looked::from).collect();
            return Some((json!({ "values": values }), (taken, end)));
        }
        let problem = end?.await.ok()??;
        Some((json!({ "problem": { "detail": problem.detail, "cure": problem.cure } }), (taken, None)))
    });
    let lines = lines.map(|told| Ok::<Bytes, Infallible>(format!("{told}\n").into()));
    Ok(Raw::body("application/x-ndjson", Body::from_stream(lines)))
}
