//! `gemba alarm …`: the alarm list of the running Gemba.

use gemba_node::Plan;
use serde_json::{Value, json};

use super::span::show;
use crate::cli::{Alarm, Cli};
use crate::client::Client;
use crate::exit::Exit;
use crate::output::table;

pub(crate) fn run(cli: &Cli, alarm: &Alarm) -> Result<(), Exit> {
    let client = Client::of(&Plan::load(&cli.config)?)?;
    let answer: Value = match alarm {
        Alarm::List { all } => client.get(&format!("/alarms?state={}&limit=200", if *all { "all" } else { "open" }))?,
        Alarm::Ack { ids, comment } => client.post("/alarms/ack", &json!({ "ids": ids, "comment": comment }))?,
        Alarm::Shelve { id, minutes, comment } => {
            client.post(&format!("/alarms/{id}/shelve"), &json!({ "minutes": minutes, "comment": comment }))?
        }
        Alarm::Unshelve { id } => client.post(&format!("/alarms/{id}/unshelve"), &json!({}))?,
        Alarm::Journal { id } => client.get(&format!("/alarms/{id}/journal"))?,
        Alarm::Rates => client.get("/alarms/rates")?,
    };
    if cli.json || matches!(alarm, Alarm::Rates) {
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    match alarm {
        Alarm::List { .. } => print_list(&answer),
        Alarm::Journal { .. } => print_journal(&answer),
        _ => println!("done"),
    }
    Ok(())
}

pub(super) fn text(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

pub(super) fn items(answer: &Value) -> &[Value] {
    answer.get("items").or(Some(answer)).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn print_list(answer: &Value) {
    let rows: Vec<Vec<String>> = items(answer)
        .iter()
        .map(|a| ["id", "priority", "state", "asset_path", "message"].iter().map(|k| text(a, k)).collect())
        .collect();
    if rows.is_empty() {
        println!("no alarms");
        return;
    }
    table(&["ID", "PRIORITY", "STATE", "ASSET", "MESSAGE"], &rows);
}

fn print_journal(answer: &Value) {
    let when = |entry: &Value| match entry.get("time").and_then(Value::as_i64) {
        Some(micros) => show(gemba_plant::Timestamp::from_micros(micros)),
        None => text(entry, "time"),
    };
    let rows: Vec<Vec<String>> = items(answer)
        .iter()
        .map(|e| vec![when(e), text(e, "from"), text(e, "to"), text(e, "by"), text(e, "comment")])
        .collect();
    table(&["TIME", "FROM", "TO", "BY", "COMMENT"], &rows);
}
