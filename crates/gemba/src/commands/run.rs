//! `gemba run`: the node and its pages, until it is told to stop.

use std::time::Duration;

use gemba_node::access::{NewToken, Role, Scope};
use gemba_node::{Node, Plan};
use serde_json::json;

use crate::cli::Cli;
use crate::client::{Door, clear};
use crate::exit::{Exit, Kind};

/// The user that the command line works as: no password, no door but the token.
const LOCAL_USER: &str = "local";
/// The name of the command line's own token.
const TOKEN_NAME: &str = "command-line";
/// The token is made anew at every start; a program that runs longer is asked to be started again.
const TOKEN_LIFE: Duration = Duration::from_hours(24 * 365);

pub(crate) async fn run(cli: &Cli) -> Result<(), Exit> {
    let plan = Plan::load(&cli.config)?;
    plan.warnings.iter().for_each(|odd| tracing::warn!("{odd}"));
    let node = Node::start(plan).await?;
    let served = serve(&node).await?;
    let first_time = node.access().needs_setup();
    if cli.json {
        let certificate = served.fingerprint();
        say!("{}", json!({ "url": served.url(), "certificate_sha256": certificate, "first_time": first_time }));
    } else {
        note!(cli, "Gemba runs. Pages: {}", served.url());
        if first_time {
            note!(cli, "First time: open the pages on this machine to make the administrator's account.");
        }
    }
    until_told().await;
    if !cli.json {
        note!(cli, "stopping");
    }
    finish(node, served).await
}

/// Opens the door for people, and leaves a key to it for the command line.
pub(crate) async fn serve(node: &Node) -> Result<gemba_server::Served, Exit> {
    let served = gemba_server::serve(node.clone()).await.map_err(|error| Exit::of(Kind::Failed, &error))?;
    leave_key(node, &served).await?;
    Ok(served)
}

/// Closes the door, then stops the node in the order of its data.
pub(crate) async fn finish(node: Node, served: gemba_server::Served) -> Result<(), Exit> {
    served.stop().await;
    node.stop().await?;
    Ok(clear(&node.plan().data_dir)?)
}

/// Returns on Ctrl-C or a request of the system to end.
pub(crate) async fn until_told() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // without a handler Ctrl-C is still heard
        drop(tokio::signal::ctrl_c().await);
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Leaves a token for the command line in the data folder, and where this Gemba is found.
async fn leave_key(node: &Node, served: &gemba_server::Served) -> Result<(), Exit> {
    let failed = |error: gemba_node::access::Error| Exit::of(Kind::Auth, &error);
    let access = node.access();
    access.ensure_user(LOCAL_USER, Role::Engineer).await.map_err(failed)?;
    for old in access.tokens().into_iter().filter(|t| t.name == TOKEN_NAME) {
        access.remove_token(old.id).await.map_err(failed)?;
    }
    let scopes = ["*:read", "*:write"].map(Scope::parse).into_iter().collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let new =
        NewToken { name: TOKEN_NAME.to_owned(), role: Role::Engineer, scopes, expires: node.now().plus(TOKEN_LIFE) };
    let (secret, _) = access.add_token(LOCAL_USER, new).await.map_err(failed)?;
    let url = served.url().trim_end_matches('/').to_owned();
    let door = Door { url, fingerprint: served.fingerprint().map(str::to_owned) };
    Ok(door.leave(&node.plan().data_dir, secret.reveal())?)
}
