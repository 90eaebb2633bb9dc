//! The live stream.

use gemba_node::access::Credential;

use crate::app::Call;
use crate::gate;
use crate::input::{Credentials, FromOurPages, Upgrade};
use crate::output::Raw;
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

async fn watch(call: Call, input: (FromOurPages, (Credentials, Upgrade))) -> Result<Raw, Problem> {
    let (FromOurPages(ours), (Credentials(credential), Upgrade(upgrade))) = input;
    if !ours {
        return Err(gate::cross_site());
    }
    let credential: Credential = credential.ok_or_else(|| Problem::internal("a route for viewers was passed by nobody"))?;
    let busy = || Problem::new(Kind::TOO_MANY, "all places for live streams are taken", "close other pages and try again");
    let seat = call.app.hub.seat().ok_or_else(busy)?;
    Ok(Raw(serve(upgrade, call.app.clone(), credential, seat)))
}
