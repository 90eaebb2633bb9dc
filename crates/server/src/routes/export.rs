//! Samples as files. Streams: memory does not grow with the range.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use futures_util::stream;
use gemba_node::Node;
use gemba_plant::TimeRange;
use gemba_query::Format;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::range::signal_ids;
use crate::app::Call;
use crate::input::Args;
use crate::moment::Moment;
use crate::output::Raw;
use crate::problem::{Kind, Problem};
use crate::table::{Resource, Route, VIEWER};

/// Parts of a file that wait for the client: with the one being filled half a megabyte.
const PARTS_WAITING_MAX: usize = 8;
/// Bytes of a part.
const PART_BYTES: usize = 64 << 10;

pub(super) fn resource() -> Resource {
    Resource {
        name: "export",
        about: "Samples as files for other programs.",
        routes: vec![
            Route::get("/api/v1/export", VIEWER, "Samples of signals as CSV or Parquet", export)
                .also(&["text/csv", "application/vnd.apache.parquet"]),
        ],
    }
}

/// What to export.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Numbers of signals, joined by commas.
    signals: String,
    /// From when, RFC 3339 or microseconds since the epoch.
    from: Moment,
    /// Until when.
    to: Moment,
    /// `csv` or `parquet`.
    format: Format,
}

type Part = io::Result<Bytes>;

async fn export(call: Call, Args(wanted): Args<Wanted>) -> Result<Raw, Problem> {
    let signals = signal_ids(&wanted.signals)?;
    let range = TimeRange::new(wanted.from.0, wanted.to.0);
    stream_file(&call, wanted.format, move |node: Node, to| async move {
        node.query().export(&signals, range, wanted.format, to).await
    })
}

/// A file that is written while it is sent, by `write`; gives how many rows there are, and the writer.
pub(super) fn stream_file<F>(
    call: &Call,
    format: Format,
    write: impl FnOnce(Node, Outgoing) -> F + Send + 'static,
) -> Result<Raw, Problem>
where
    F: Future<Output = Result<(u64, Outgoing), gemba_query::Error>> + Send + 'static,
{
    let busy =
        || Problem::new(Kind::TOO_MANY, "all places for exports are taken", "try again when another export is done");
    let place = Arc::clone(&call.app.exports).try_acquire_owned().map_err(|_none_left| busy())?;
    let (parts, taken) = mpsc::channel(PARTS_WAITING_MAX);
    let to = Outgoing { parts: parts.clone(), part: Vec::with_capacity(PART_BYTES) };
    tokio::spawn(finish(write(call.node().clone(), to), parts, place));
    let body = Body::from_stream(stream::unfold(taken, async |mut taken| Some((taken.recv().await?, taken))));
    let (media_type, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"gemba.csv\""),
        Format::Parquet => ("application/vnd.apache.parquet", "attachment; filename=\"gemba.parquet\""),
    };
    let mut raw = Raw::body(media_type, body);
    raw.0.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    Ok(raw)
}

/// Waits until the file is in the channel. A failure breaks the answer off, so that nobody takes half a file for a whole one.
async fn finish(
    written: impl Future<Output = Result<(u64, Outgoing), gemba_query::Error>>,
    parts: mpsc::Sender<Part>,
    place: OwnedSemaphorePermit,
) {
    let failed = match written.await {
        Ok((_, last)) => parts.send(Ok(last.part.into())).await.is_err(),
        Err(error) => {
            tracing::warn!(%error, "an export was broken off");
            parts.send(Err(io::Error::other("the export failed"))).await.is_err()
        }
    };
    if failed {
        tracing::debug!("the client of an export has left");
    }
    drop(place);
}

/// Collects parts and hands them on; waits while the client is slow, on the query's own thread.
pub(super) struct Outgoing {
    parts: mpsc::Sender<Part>,
    part: Vec<u8>,
}

impl Write for Outgoing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART_BYTES {
            let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART_BYTES));
            self.parts.blocking_send(Ok(part.into())).map_err(|_left| io::ErrorKind::BrokenPipe)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
