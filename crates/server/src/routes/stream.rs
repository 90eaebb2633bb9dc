//! The live stream.

use axum::http::StatusCode;
use axum::response::Response;
use gemba_node::access::Credential;

use crate::app::Call;
use crate::gate;
use crate::input::{Credentials, FromOurPages, Upgrade};
use crate::openapi::Operation;
use crate::output::Output;
use crate::problem::{Kind, Problem};
use crate::stream::watch as serve;
use crate::table::{Resource, Route, VIEWER};

pub(super) fn resource() -> Resource {
    Resource {
        name: "stream",
        about: "New values and events as they come, over a WebSocket.",
        routes: vec![Route::get(
            "/api/v1/stream",
            VIEWER,
            "A WebSocket. Send {\"subscribe\":{\"signals\":[1,2] or \"all\",\"events\":true}}; binary frames bring the newest \
             value of each signal, text frames bring events",
            watch,
        )],
    }
}

/// The connection becomes a WebSocket.
struct Upgraded(Response);

impl Output for Upgraded {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_answer(StatusCode::SWITCHING_PROTOCOLS, "The connection becomes a WebSocket.");
    }

    fn answer(self) -> Response {
        self.0
    }
}

async fn watch(call: Call, input: (FromOurPages, (Credentials, Upgrade))) -> Result<Upgraded, Problem> {
    let (FromOurPages(ours), (Credentials(credential), Upgrade(upgrade))) = input;
    if !ours {
        return Err(gate::cross_site());
    }
    let credential: Credential =
        credential.ok_or_else(|| Problem::internal("a route for viewers was passed by nobody"))?;
    let busy =
        || Problem::new(Kind::TOO_MANY, "all places for live streams are taken", "close other pages and try again");
    let seat = call.app.hub.seat().ok_or_else(busy)?;
    Ok(Upgraded(serve(upgrade, call.app.clone(), credential, seat)))
}
