//! Which version watches, what waits, and the way into service and back.

use gemba_node::models::ModelsView;

use crate::app::Call;
use crate::input::At;
use crate::output::Reply;
use crate::problem::Problem;
use crate::table::{ENGINEER, Resource, Route, VIEWER};

pub(super) fn resource() -> Resource {
    Resource {
        name: "models",
        about: "The version of settings and operators that watches. Another one goes into service only with a backtest's report.",
        routes: vec![
            Route::get("/api/v1/models", VIEWER, "What is in service, what waits and what was", view),
            Route::post(
                "/api/v1/models/{digest}/release",
                ENGINEER,
                "Put a version that a backtest has proved into service",
                release,
            ),
            Route::post("/api/v1/models/back", ENGINEER, "Put the version before back into service", back),
            Route::delete("/api/v1/models/switching", ENGINEER, "Stop what is on its way into service", stop),
            Route::delete(
                "/api/v1/models/candidate",
                ENGINEER,
                "Drop what waits: gemba.toml asks for what is in service again",
                drop_candidate,
            ),
        ],
    }
}

async fn told(call: &Call) -> Result<Reply<ModelsView>, Problem> {
    Ok(Reply(call.app.blocking(|node| node.models().view()).await?))
}

async fn view(call: Call, (): ()) -> Result<Reply<ModelsView>, Problem> {
    told(&call).await
}

async fn release(call: Call, At(digest): At<String>) -> Result<Reply<ModelsView>, Problem> {
    call.node().models().release(&digest, call.name()).await?;
    told(&call).await
}

async fn back(call: Call, (): ()) -> Result<Reply<ModelsView>, Problem> {
    call.node().models().back(call.name()).await?;
    told(&call).await
}

async fn stop(call: Call, (): ()) -> Result<Reply<ModelsView>, Problem> {
    call.node().models().stop()?;
    told(&call).await
}

async fn drop_candidate(call: Call, (): ()) -> Result<Reply<ModelsView>, Problem> {
    call.node().models().drop_candidate().await?;
    told(&call).await
}
