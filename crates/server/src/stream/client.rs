//! One watcher.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use gemba_node::access::Credential;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::frame::{self, ROWS_MAX};
use super::latest::Wanted;
use super::{Hub, Seat};
use crate::app::App;

/// Between two frames of values: ten a second is as much as eyes take.
const FRAME_EVERY: Duration = Duration::from_millis(100);
/// Without news an empty frame says that the stream is alive.
const ALIVE_EVERY: Duration = Duration::from_secs(10);
/// Between two looks at whether the watcher may still watch.
const CHECK_EVERY: Duration = Duration::from_secs(30);
/// A watcher that takes nothing for this long is gone.
const SEND_TIME_MAX: Duration = Duration::from_secs(10);
/// The largest message from a watcher, in bytes: a list of 8 000 signals.
const MESSAGE_BYTES_MAX: usize = 64 << 10;
/// Bytes that may wait in the socket's own buffer before sending waits.
const WRITE_BUFFER_BYTES_MAX: usize = 4 << 20;

/// What a watcher sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    subscribe: Subscribe,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscribe {
    signals: Signals,
    #[serde(default)]
    events: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Signals {
    Some(Vec<u32>),
    Word(String),
}

/// Why a stream ends.
struct End {
    code: u16,
    why: &'static str,
}

const GONE: End = End { code: close_code::AWAY, why: "" };
const STOPPING: End = End { code: close_code::RESTART, why: "the server stops" };
const SIGNED_OUT: End = End { code: close_code::POLICY, why: "the session has ended" };

/// Answers the handshake and serves the stream until either side ends it.
pub(crate) fn watch(upgrade: WebSocketUpgrade, app: App, credential: Credential, seat: Seat) -> Response {
    upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .on_upgrade(move |socket| async move {
            let watcher = Watcher {
                socket,
                hub: app.hub.clone(),
                wanted: Wanted::Some(Vec::new()),
                seen: 0,
                events: None,
                alive: Instant::now(),
            };
            watcher.run(&app, &credential).await;
            drop(seat);
        })
}

struct Watcher {
    socket: WebSocket,
    hub: Hub,
    wanted: Wanted,
    seen: u64,
    events: Option<broadcast::Receiver<Utf8Bytes>>,
    /// When something was last sent.
    alive: Instant,
}

impl Watcher {
    async fn run(mut self, app: &App, credential: &Credential) {
        let mut frames = interval(FRAME_EVERY);
        frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut checks = interval(CHECK_EVERY);
        let end = loop {
            let step = tokio::select! {
                () = app.stop.cancelled() => Err(STOPPING),
                message = self.socket.recv() => self.heard(message),
                event = next_event(&mut self.events) => self.send(Message::Text(event)).await,
                _ = checks.tick() => if app.access().identify(credential).is_some() { Ok(()) } else { Err(SIGNED_OUT) },
                _ = frames.tick() => self.send_news().await,
            };
            if let Err(end) = step {
                break end;
            }
        };
        let frame = CloseFrame { code: end.code, reason: end.why.into() };
        // the watcher may be gone already
        drop(timeout(SEND_TIME_MAX, self.socket.send(Message::Close(Some(frame)))).await);
    }

    fn heard(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        match message {
            Some(Ok(Message::Text(text))) => self.subscribe(&text),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => Err(End { code: close_code::UNSUPPORTED, why: "only text is understood" }),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(GONE),
        }
    }

    fn subscribe(&mut self, text: &str) -> Result<(), End> {
        let bad = End {
            code: close_code::INVALID,
            why: "not of the form {\"subscribe\":{\"signals\":[1,2] or \"all\",\"events\":true}}",
        };
        let Ok(Ask { subscribe }) = serde_json::from_str(text) else { return Err(bad) };
        self.wanted = match subscribe.signals {
            Signals::Some(mut ids) => {
                ids.sort_unstable();
                ids.dedup();
                Wanted::Some(ids)
            }
            Signals::Word(word) if word == "all" => Wanted::All,
            Signals::Word(_) => return Err(bad),
        };
        self.seen = 0;
        self.events = subscribe.events.then(|| self.hub.events.subscribe());
        Ok(())
    }

    /// Sends what changed, or a sign of life when nothing did for a while.
    async fn send_news(&mut self) -> Result<(), End> {
        let (seen, rows) = self.hub.latest.since(self.seen, &self.wanted);
        self.seen = seen;
        if rows.is_empty() && self.alive.elapsed() < ALIVE_EVERY {
            return Ok(());
        }
        if rows.is_empty() {
            return self.send(Message::Binary(frame::newest(&rows).into())).await;
        }
        for part in rows.chunks(ROWS_MAX) {
            self.send(Message::Binary(frame::newest(part).into())).await?;
        }
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let sent = timeout(SEND_TIME_MAX, self.socket.send(message)).await;
        self.alive = Instant::now();
        if matches!(sent, Ok(Ok(()))) { Ok(()) } else { Err(GONE) }
    }
}

/// The next event; one that tells how many were missed when the watcher was too slow; never without a subscription.
async fn next_event(events: &mut Option<broadcast::Receiver<Utf8Bytes>>) -> Utf8Bytes {
    let Some(receiver) = events else { return std::future::pending().await };
    match receiver.recv().await {
        Ok(text) => text,
        Err(broadcast::error::RecvError::Lagged(missed)) => {
            json!({ "event": "lagged", "data": { "missed": missed } }).to_string().into()
        }
        Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
    }
}
