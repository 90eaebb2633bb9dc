//! Long work: told line by line to a client that accepts that, and ended when the client goes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::stream;
use gemba_node::Node;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::app::Call;
use crate::openapi::Operation;
use crate::output::{Output, Raw};
use crate::problem::Problem;

/// One JSON object a line: what is being done, then what came of it.
pub(crate) const LINES: &str = "application/x-ndjson";
/// Lines of progress that wait for the client; the next ones are left out.
const LINES_WAITING_MAX: usize = 64;

/// What long work tells while it lasts.
pub(crate) struct Teller {
    lines: Option<mpsc::Sender<Value>>,
    gone: CancellationToken,
}

impl Teller {
    /// Tells how far the work is, and answers whether anybody still waits for it.
    pub(crate) fn tell(&self, line: impl FnOnce() -> Value) -> bool {
        if let Some(lines) = &self.lines {
            // a client that does not take them in time misses words, never what comes of it
            lines.try_send(line()).unwrap_or_default();
        }
        !self.gone.is_cancelled()
    }
}

/// What came of long work: itself, or the lines that end with it.
pub(crate) enum Told<T> {
    Whole(T),
    Lines(Raw),
}

impl<T: Output> Output for Told<T> {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
    }

    fn answer(self) -> Response {
        match self {
            Self::Whole(whole) => whole.answer(),
            Self::Lines(raw) => raw.answer(),
        }
    }
}

/// A place among those that may work at once, waited for.
pub(crate) async fn place(of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(of).acquire_owned().await.map_err(|closed| Problem::internal(closed.to_string()))
}

/// Runs long work off the async threads. `last` writes the last line. When the request is dropped, the next
/// [`Teller::tell`] answers that nobody waits.
pub(crate) async fn told<T: Send + 'static>(
    call: &Call,
    by_line: bool,
    work: impl FnOnce(&Node, &Teller) -> Result<T, gemba_node::Error> + Send + 'static,
    last: impl FnOnce(Result<&T, &gemba_node::Error>) -> Value + Send + 'static,
) -> Result<Told<T>, Problem> {
    let gone = CancellationToken::new();
    let leaving = gone.clone().drop_guard();
    let (lines, taken) = mpsc::channel::<Value>(LINES_WAITING_MAX);
    let teller = Teller { lines: by_line.then_some(lines), gone };
    let node = call.app.node.clone();
    let work = tokio::task::spawn_blocking(move || {
        let done = work(&node, &teller);
        if let Some(lines) = &teller.lines {
            lines.blocking_send(last(done.as_ref())).unwrap_or_default();
        }
        done
    });
    if by_line {
        let body = stream::unfold((taken, leaving), async |(mut taken, leaving)| {
            let line = Bytes::from(format!("{}\n", taken.recv().await?));
            Some((Ok::<Bytes, Infallible>(line), (taken, leaving)))
        });
        return Ok(Told::Lines(Raw::body(LINES, Body::from_stream(body))));
    }
    let done = work.await.map_err(|panicked| Problem::internal(panicked.to_string()))?;
    drop(leaving);
    Ok(Told::Whole(done?))
}

/// The last line of work that failed.
pub(crate) fn failed(error: &gemba_node::Error, title: &str) -> Value {
    let (detail, cure) = match error {
        gemba_node::Error::Refused { what, cure } => (what.clone(), cure.as_str()),
        other => (other.to_string(), ""),
    };
    json!({ "failed": { "title": title, "detail": detail, "code": "invalid", "cure": cure } })
}
