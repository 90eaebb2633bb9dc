//! `gemba run`: the node and its pages, until it is told to stop.

use std::path::Path;
use std::time::Duration;

use gemba_node::access::{NewToken, Role, Scope};
use gemba_node::{Node, Plan};

use crate::cli::Cli;
use crate::client::TOKEN_FILE;
use crate::exit::{Exit, Kind};

/// The user that the command line works as: no password, no door but the token.
const LOCAL_USER: &str = "local";
/// The name of the command line's own token.
const TOKEN_NAME: &str = "command-line";
/// The token is made anew at every start; a program that runs longer is asked to be started again.
const TOKEN_LIFE: Duration = Duration::from_hours(24 * 365);

pub(crate) async fn run(cli: &Cli) -> Result<(), Exit> {
    let plan = Plan::load(&cli.config)?;
    let node = Node::start(plan).await?;
    leave_token(&node).await?;
    let served = serve(&node).await?;
    println!("Gemba runs. Pages: {}", served.url());
    if node.access().needs_setup() {
        println!("First time: open the pages on this machine to make the administrator's account.");
    }
    until_told().await;
    println!("stopping");
    finish(node, served).await
}

/// Opens the door for people.
pub(crate) async fn serve(node: &Node) -> Result<gemba_server::Served, Exit> {
    gemba_server::serve(node.clone()).await.map_err(|error| Exit::new(Kind::Failed, error.to_string()))
}

/// Closes the door, then stops the node in the order of its data.
pub(crate) async fn finish(node: Node, served: gemba_server::Served) -> Result<(), Exit> {
    served.stop().await;
    node.stop().await?;
    remove_token(&node.plan().data_dir)
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

/// Leaves a token for the command line in the data folder, readable by this user only.
pub(crate) async fn leave_token(node: &Node) -> Result<(), Exit> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let failed = |error: gemba_node::access::Error| Exit::new(Kind::Auth, error.to_string());
    let access = node.access();
    access.ensure_user(LOCAL_USER, Role::Engineer).await.map_err(failed)?;
    for old in access.tokens().into_iter().filter(|t| t.name == TOKEN_NAME) {
        access.remove_token(old.id).await.map_err(failed)?;
    }
    let scopes = ["*:read", "*:write"].map(Scope::parse).into_iter().collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let new =
        NewToken { name: TOKEN_NAME.to_owned(), role: Role::Engineer, scopes, expires: node.now().plus(TOKEN_LIFE) };
    let (secret, _) = access.add_token(LOCAL_USER, new).await.map_err(failed)?;
    let path = node.plan().data_dir.join(TOKEN_FILE);
    remove_token(&node.plan().data_dir)?;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(file.write_all(secret.reveal().as_bytes())?)
}

fn remove_token(data_dir: &Path) -> Result<(), Exit> {
    match std::fs::remove_file(data_dir.join(TOKEN_FILE)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
