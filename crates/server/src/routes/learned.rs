//! What was learned of kinds of machines: versions, how they did on machines that they had not seen, out of service and back.

use gemba_node::models::ModelsView;
use gemba_node::{LearnedKind, LearnedPart};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::app::Call;
use crate::input::{At, Sent};
use crate::output::{List, Reply};
use crate::problem::Problem;
use crate::table::{ENGINEER, Route, VIEWER};

/// They belong to the resource of maintenance.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/maintenance/learned",
            VIEWER,
            "What was learned of how long kinds of machines last, with versions and proofs",
            learned,
        ),
        Route::post(
            "/api/v1/maintenance/learned/{kind}/withdraw",
            ENGINEER,
            "Take what was learned of a kind out of service, until it is put back",
            withdraw,
        ),
        Route::post(
            "/api/v1/maintenance/learned/{kind}/restore",
            ENGINEER,
            "Put what was learned of a kind back: it speaks where its proof says so",
            restore,
        ),
    ]
}

async fn learned(call: Call, (): ()) -> Result<Reply<List<LearnedKind>>, Problem> {
    Ok(Reply(List::whole(call.node().learned())))
}

/// What to take out of service.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Withdrawal {
    /// Lives, or chances.
    part: LearnedPart,
    /// Why, in your words.
    #[serde(default)]
    note: String,
}

async fn withdraw(
    call: Call,
    (At(kind), Sent(sent)): (At<String>, Sent<Withdrawal>),
) -> Result<Reply<ModelsView>, Problem> {
    let by = call.name().to_owned();
    let done = call.app.blocking(move |node| {
        node.models().withdraw(&kind, sent.part, (&by, &sent.note))?;
        node.models().view()
    });
    Ok(Reply(done.await?))
}

/// What to put back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Restoring {
    /// Lives, or chances.
    part: LearnedPart,
}

async fn restore(
    call: Call,
    (At(kind), Sent(sent)): (At<String>, Sent<Restoring>),
) -> Result<Reply<ModelsView>, Problem> {
    let done = call.app.blocking(move |node| {
        node.models().put_back(&kind, sent.part)?;
        node.models().view()
    });
    Ok(Reply(done.await?))
}
