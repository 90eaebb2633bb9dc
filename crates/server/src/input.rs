//! What a handler is given: path, arguments, body. Each knows how to describe itself, so that the OpenAPI
//! document cannot say something else than the code.

use std::future::Future;
use std::time::Duration;

use axum::RequestPartsExt as _;
use axum::body::{Body, Bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, Query};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use futures_util::StreamExt as _;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use gemba_node::access::Credential;

use crate::gate;
use crate::openapi::Operation;
use crate::problem::{Kind, Problem};

/// How long a body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(20);
/// So much of a body that is too large is read and dropped, in bytes.
const DROPPED_MAX: usize = 64 << 20;
/// How long a file may take to arrive: 64 MiB over a slow line of a plant.
const FILE_TIME_MAX: Duration = Duration::from_secs(100);

/// A request as it is taken apart.
pub(crate) struct Taken {
    pub(crate) parts: Parts,
    pub(crate) body: Body,
    pub(crate) body_bytes_max: usize,
}

/// A whole body, which must come in time and not be too large.
async fn read(body: Body, declared: Option<usize>, limit: usize) -> Result<Bytes, Problem> {
    read_within(BODY_TIME_MAX, body, declared, limit).await
}

async fn read_within(time: Duration, body: Body, declared: Option<usize>, limit: usize) -> Result<Bytes, Problem> {
    if declared.is_some_and(|length| length > limit.saturating_add(DROPPED_MAX)) {
        return Err(too_large(limit));
    }
    let kept = if declared.is_some_and(|length| length > limit) { 0 } else { limit };
    timeout(time, gather(body, (kept, limit))).await.map_err(|_elapsed| too_slow(time))?
}

/// What arrives, up to `kept` bytes. The rest of a body that is too large is dropped as it comes, up to a bound: who is cut
/// off while sending (HTTP/2) never sees the answer.
async fn gather(body: Body, (kept, limit): (usize, usize)) -> Result<Bytes, Problem> {
    let (mut body, mut bytes, mut dropped) = (body.into_data_stream(), Vec::new(), 0);
    while let Some(part) = body.next().await {
        let part = part.map_err(|_broken| Problem::argument("the body broke off before its end"))?;
        if dropped == 0 && bytes.len() + part.len() <= kept {
            bytes.extend_from_slice(&part);
            continue;
        }
        bytes.clear();
        dropped += part.len();
        if dropped > DROPPED_MAX {
            break;
        }
    }
    if dropped > 0 || kept < limit { Err(too_large(limit)) } else { Ok(bytes.into()) }
}

pub(crate) fn too_large(limit: usize) -> Problem {
    Problem::new(Kind::TOO_LARGE, format!("the body is larger than {limit} bytes"), "send less at once")
}

/// Something that a handler takes from the request.
pub(crate) trait Input: Sized + Send {
    /// Adds it to the description of the operation.
    fn describe(operation: &mut Operation<'_>);

    /// Takes it.
    fn take(from: &mut Taken) -> impl Future<Output = Result<Self, Problem>> + Send;
}

/// Nothing is taken.
impl Input for () {
    fn describe(_: &mut Operation<'_>) {}

    async fn take(_: &mut Taken) -> Result<Self, Problem> {
        Ok(())
    }
}

/// The one parameter in the path: `{id}`, `{name}`.
#[derive(Debug)]
pub(crate) struct At<P>(pub(crate) P);

impl<P: DeserializeOwned + JsonSchema + Send + 'static> Input for At<P> {
    fn describe(operation: &mut Operation<'_>) {
        operation.path_parameter::<P>();
    }

    async fn take(from: &mut Taken) -> Result<Self, Problem> {
        let Path(value) = from
            .parts
            .extract::<Path<P>>()
            .await
            .map_err(|e| Problem::argument(format!("the path: {}", own_words(&e.body_text()))))?;
        Ok(Self(value))
    }
}

/// The arguments behind `?`, as a structure.
#[derive(Debug)]
pub(crate) struct Args<Q>(pub(crate) Q);

impl<Q: DeserializeOwned + JsonSchema + Send> Input for Args<Q> {
    fn describe(operation: &mut Operation<'_>) {
        operation.query_parameters::<Q>();
    }

    async fn take(from: &mut Taken) -> Result<Self, Problem> {
        let Query(value) =
            Query::try_from_uri(&from.parts.uri).map_err(|e| Problem::argument(own_words(&e.body_text())))?;
        Ok(Self(value))
    }
}

/// The body, as JSON.
#[derive(Debug)]
pub(crate) struct Sent<B>(pub(crate) B);

impl<B: DeserializeOwned + JsonSchema + Send> Input for Sent<B> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_body::<B>();
    }

    async fn take(from: &mut Taken) -> Result<Self, Problem> {
        check_media_type(&from.parts)?;
        let body = std::mem::replace(&mut from.body, Body::empty());
        let bytes = read(body, declared_length(&from.parts), from.body_bytes_max).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|e| not_that_json(&e))
    }
}

/// What the framework says of an argument, without its name for the place.
fn own_words(text: &str) -> &str {
    ["Failed to deserialize query string: ", "Invalid URL: "]
        .iter()
        .find_map(|own| text.strip_prefix(own))
        .unwrap_or(text)
}

fn too_slow(time: Duration) -> Problem {
    let detail = format!("the body did not arrive within {} s", time.as_secs());
    Problem::new(Kind::TOO_SLOW, detail, "try again on a better line")
}

fn declared_length(parts: &Parts) -> Option<usize> {
    parts.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn check_media_type(parts: &Parts) -> Result<(), Problem> {
    let given = parts.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = format!("the body is declared as \"{}\"", given.chars().take(80).collect::<String>());
    Err(Problem::new(Kind::MEDIA_TYPE, detail, "send JSON with the header Content-Type: application/json"))
}

fn not_that_json(error: &serde_json::Error) -> Problem {
    // serde_json's text ends in the position; it is told apart for people who count lines
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    let detail = format!("line {}, column {}: {what}", error.line(), error.column());
    Problem::new(Kind::BAD_JSON, detail, "see /api/v1/openapi.json for what is accepted")
}

/// A body of lines that is not read yet, so that a handler can wait for a place first.
#[derive(Debug)]
pub(crate) struct Lines {
    body: Body,
    declared: Option<usize>,
    limit: usize,
    packed: bool,
}

impl Lines {
    /// Whether it is packed with gzip.
    pub(crate) const fn packed(&self) -> bool {
        self.packed
    }

    /// How large it may be, packed or not.
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// How much memory it may take.
    pub(crate) fn bytes_max(&self) -> usize {
        self.declared.filter(|_| !self.packed).unwrap_or(self.limit).min(self.limit)
    }

    /// Reads it.
    pub(crate) async fn read(self) -> Result<Bytes, Problem> {
        read(self.body, self.declared, self.limit).await
    }
}

impl Input for Lines {
    fn describe(operation: &mut Operation<'_>) {
        operation.text_body(
            "`measurement,tag=value field=1.5,other=3i 1700000000000000000`, a line each; gzip is unpacked.",
        );
    }

    async fn take(from: &mut Taken) -> Result<Self, Problem> {
        let encoding = from.parts.headers.get(CONTENT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
        Ok(Self {
            body: std::mem::replace(&mut from.body, Body::empty()),
            declared: declared_length(&from.parts),
            limit: from.body_bytes_max,
            packed: encoding.trim().eq_ignore_ascii_case("gzip"),
        })
    }
}

/// A file as the body, of any type, that is not read yet, so that a handler can wait for a place first.
#[derive(Debug)]
pub(crate) struct Upload {
    body: Body,
    declared: Option<usize>,
    limit: usize,
}

impl Upload {
    /// How large it may be.
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// Reads it.
    pub(crate) async fn read(self) -> Result<Bytes, Problem> {
        read_within(FILE_TIME_MAX, self.body, self.declared, self.limit).await
    }
}

impl Input for Upload {
    fn describe(operation: &mut Operation<'_>) {
        operation.file_body("The bytes of the file.");
    }

    async fn take(from: &mut Taken) -> Result<Self, Problem> {
        Ok(Self {
            body: std::mem::replace(&mut from.body, Body::empty()),
            declared: declared_length(&from.parts),
            limit: from.body_bytes_max,
        })
    }
}

/// A connection that becomes a WebSocket.
pub(crate) struct Upgrade(pub(crate) WebSocketUpgrade);

impl Input for Upgrade {
    fn describe(_: &mut Operation<'_>) {}

    async fn take(from: &mut Taken) -> Result<Self, Problem> {
        let upgrade = from.parts.extract::<WebSocketUpgrade>().await;
        upgrade.map(Self).map_err(|e| Problem::argument(format!("this is a WebSocket: {}", e.body_text())))
    }
}

/// Headers that change the answer.
pub(crate) struct Accept(pub(crate) String);

impl Input for Accept {
    fn describe(_: &mut Operation<'_>) {}

    async fn take(from: &mut Taken) -> Result<Self, Problem> {
        let accept = from.parts.headers.get(axum::http::header::ACCEPT).and_then(|v| v.to_str().ok());
        Ok(Self(accept.unwrap_or_default().to_owned()))
    }
}

impl<A: Input, B: Input> Input for (A, B) {
    fn describe(operation: &mut Operation<'_>) {
        A::describe(operation);
        B::describe(operation);
    }

    async fn take(from: &mut Taken) -> Result<Self, Problem> {
        Ok((A::take(from).await?, B::take(from).await?))
    }
}

/// What the request brought to show who asks.
pub(crate) struct Credentials(pub(crate) Option<Credential>);

impl Input for Credentials {
    fn describe(_: &mut Operation<'_>) {}

    async fn take(from: &mut Taken) -> Result<Self, Problem> {
        Ok(Self(gate::credential(&from.parts.headers)))
    }
}

/// Whether the page that asks, if a page asks, is one of ours.
pub(crate) struct FromOurPages(pub(crate) bool);

impl Input for FromOurPages {
    fn describe(_: &mut Operation<'_>) {}

    async fn take(from: &mut Taken) -> Result<Self, Problem> {
        Ok(Self(gate::origin_is_ours(&from.parts.uri, &from.parts.headers)))
    }
}
