//! `gemba connect list`, `pause`, `resume`: how connections do, and holding one back.

use serde_json::{Value, json};

use super::alarm::{items, text};
use super::span::when;
use crate::cli::Cli;
use crate::client::{Client, Reach};
use crate::exit::Exit;
use crate::output::table;

/// Every connection, and below them why something was rejected.
pub(super) fn list(cli: &Cli) -> Result<(), Exit> {
    let answer: Value = Client::of(cli)?.get("/connections")?;
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    let all = items(&answer);
    if all.is_empty() {
        say!("no connection is configured");
        return Ok(());
    }
    let row = |c: &Value| {
        let link = c.get("link").map(|link| text(link, "state")).unwrap_or_default();
        let rate = c.get("rate_per_s").and_then(Value::as_f64).unwrap_or_default();
        let [name, protocol, signals, received, rejected] =
            ["name", "protocol", "signals", "received", "rejected"].map(|key| text(c, key));
        vec![name, protocol, link, signals, format!("{rate:.1}"), received, rejected, when(c, "last_arrival")]
    };
    let head = ["NAME", "PROTOCOL", "LINK", "SIGNALS", "PER SECOND", "RECEIVED", "REJECTED", "LAST ARRIVAL"];
    table(&head, &all.iter().map(row).collect::<Vec<_>>());
    all.iter().for_each(troubles);
    Ok(())
}

/// What is wrong with a connection, as far as it is known: its link, and what it could not take.
fn troubles(connection: &Value) {
    let name = text(connection, "name");
    if let Some(link) = connection.get("link").filter(|link| text(link, "state") == "down") {
        say!("");
        say!("{name} is down: {}", text(link, "why"));
        cure(&text(link, "cure"));
    }
    let rejects = connection.get("rejects").map_or(&[][..], items);
    if rejects.is_empty() {
        return;
    }
    say!("");
    say!("{name} rejected:");
    for reject in rejects {
        let [count, why, example] = ["count", "why", "example"].map(|key| text(reject, key));
        say!("{count:>8}  {why} ({example}; last {})", when(reject, "last"));
        cure(&text(reject, "cure"));
    }
}

fn cure(cure: &str) {
    if !cure.is_empty() {
        say!("          → {cure}");
    }
}

/// Holds a connection back, or lets it go on: in the Gemba that runs, else in its file.
pub(super) fn set_paused(cli: &Cli, connection: &str, on: bool) -> Result<(), Exit> {
    match Reach::of(cli)? {
        Reach::Running(client) => {
            let word = if on { "pause" } else { "resume" };
            client.post::<Value>(&format!("/connections/{connection}/{word}"), &json!({}))?;
        }
        Reach::Folder(plan) => plan.set_paused(connection, on)?,
    }
    if cli.json {
        say!("{}", json!({ "name": connection, "paused": on }));
    } else {
        note!(cli, "{connection} {}", if on { "is paused; `gemba connect resume` lets it go on" } else { "goes on" });
    }
    Ok(())
}
