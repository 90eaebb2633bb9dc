//! `gemba label …`: what is known to have happened, in the running Gemba.

use clap::ValueEnum;
use gemba_plant::Timestamp;
use gemba_plant::port::Clock;
use serde_json::{Value, json};

use super::alarm::{items, text};
use super::span::{point, when};
use crate::cli::{Cli, Label, LabelWord};
use crate::client::Client;
use crate::exit::{Exit, Kind};
use crate::output::table;

pub(crate) fn run(cli: &Cli, label: &Label) -> Result<(), Exit> {
    let client = Client::of(cli)?;
    let now = gemba_node::SystemClock.now();
    let answer: Value = match label {
        Label::List { asset, kind, from, to, limit } => {
            let asset = asset.as_deref().map(|path| asset_number(&client, path)).transpose()?;
            let mut query = format!("?limit={limit}");
            let mut with = |key: &str, value: Option<String>| {
                query.extend(value.map(|value| format!("&{key}={value}")));
            };
            with("asset", asset.map(|id| format!("{id}&below=true")));
            with("label", kind.map(word));
            with("from", micros(from.as_deref(), now)?);
            with("to", micros(to.as_deref(), now)?);
            client.get(&format!("/labels{query}"))?
        }
        Label::Add { asset, from, to, kind, failure_mode, component, note } => {
            let begin = point(from, now)?.micros();
            let end = to.as_deref().map(|to| point(to, now)).transpose()?.map_or(begin, Timestamp::micros);
            let new = json!({
                "asset_path": asset, "t_start": begin, "t_end": end, "label": word(*kind), "failure_mode": failure_mode,
                "component": component, "note": note,
            });
            client.post("/labels", &new)?
        }
        Label::Remove { ids } => {
            for id in ids {
                let _nothing: Value = client.delete(&format!("/labels/{id}"))?;
            }
            json!({ "removed": ids })
        }
    };
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    match label {
        Label::List { .. } => print_list(&answer),
        Label::Add { .. } => note!(cli, "label {} written", text(&answer, "id")),
        Label::Remove { ids } => note!(cli, "{} removed", ids.len()),
    }
    Ok(())
}

fn word(kind: LabelWord) -> String {
    kind.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn micros(when: Option<&str>, now: Timestamp) -> Result<Option<String>, Exit> {
    when.map(|text| Ok(point(text, now)?.micros().to_string())).transpose()
}

/// The number of the asset at a path.
pub(super) fn asset_number(client: &Client, path: &str) -> Result<u64, Exit> {
    let assets: Value = client.get("/assets")?;
    let found = items(&assets).iter().find(|asset| asset.get("path").and_then(Value::as_str) == Some(path));
    found.and_then(|asset| asset.get("id")?.as_u64()).ok_or_else(|| {
        Exit::new(Kind::NotFound, format!("there is no asset \"{path}\""))
            .cure("`gemba query \"SELECT path FROM assets\"` lists them")
    })
}

fn print_list(answer: &Value) {
    let row = |l: &Value| {
        let [id, kind, asset, mode, by, note] =
            ["id", "label", "asset_path", "failure_mode", "user", "note"].map(|key| text(l, key));
        vec![id, kind, when(l, "t_start"), when(l, "t_end"), asset, mode, by, note]
    };
    let rows: Vec<Vec<String>> = items(answer).iter().map(row).collect();
    if rows.is_empty() {
        say!("no labels");
        return;
    }
    table(&["ID", "KIND", "BEGIN", "END", "ASSET", "FAILURE MODE", "BY", "NOTE"], &rows);
}
