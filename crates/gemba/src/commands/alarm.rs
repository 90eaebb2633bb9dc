//! `gemba alarm …`: the alarm list of the running Gemba.

use serde_json::{Value, json};

use super::span::when;
use crate::cli::{Alarm, Cli, Said};
use crate::client::Client;
use crate::exit::Exit;
use crate::output::table;

/// Alarms that are asked for at once; the server gives no more.
const PAGE: usize = 2_000;

pub(crate) fn run(cli: &Cli, alarm: &Alarm) -> Result<(), Exit> {
    let client = Client::of(cli)?;
    let answer: Value = match alarm {
        Alarm::List { all, limit, before } => list(&client, *all, (*limit).max(1), *before)?,
        Alarm::Ack(Said { ids, comment }) => client.post("/alarms/ack", &json!({ "ids": ids, "comment": comment }))?,
        Alarm::Shelve { minutes, said } => each(&client, "shelve", said, Some(*minutes))?,
        Alarm::Unshelve(said) => each(&client, "unshelve", said, None)?,
        Alarm::OutOfService(said) => each(&client, "out-of-service", said, None)?,
        Alarm::Return(said) => each(&client, "return-to-service", said, None)?,
        Alarm::Reset(said) => each(&client, "reset", said, None)?,
        Alarm::Journal { id } => client.get(&format!("/alarms/{id}/journal"))?,
        Alarm::Rates => client.get("/alarms/rates")?,
    };
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    match alarm {
        Alarm::List { .. } => print_list(&answer),
        Alarm::Journal { .. } => print_journal(&answer),
        Alarm::Rates => print_rates(&answer),
        _ => note!(cli, "done"),
    }
    Ok(())
}

/// Page after page until there are as many as wanted; `next` says where to go on when there are more.
fn list(client: &Client, all: bool, limit: usize, before: Option<u64>) -> Result<Value, Exit> {
    let state = if all { "all" } else { "open" };
    let (mut found, mut next) = (Vec::new(), before.map(|id| id.to_string()));
    loop {
        let cursor = next.map(|id| format!("&cursor={id}")).unwrap_or_default();
        let page = (limit - found.len()).min(PAGE);
        let answer: Value = client.get(&format!("/alarms?state={state}&limit={page}{cursor}"))?;
        found.extend_from_slice(items(&answer));
        next = answer.get("next").and_then(Value::as_str).map(str::to_owned);
        if next.is_none() || found.len() >= limit {
            return Ok(json!({ "items": found, "next": next }));
        }
    }
}

/// Does the same to alarm after alarm; the first refusal ends it, what was done before stays done.
fn each(client: &Client, what: &str, said: &Said, minutes: Option<u64>) -> Result<Value, Exit> {
    let body = match minutes {
        Some(minutes) => json!({ "minutes": minutes, "comment": said.comment }),
        None => json!({ "comment": said.comment }),
    };
    let done: Result<Vec<Value>, Exit> =
        said.ids.iter().map(|id| client.post(&format!("/alarms/{id}/{what}"), &body)).collect();
    Ok(json!({ "items": done? }))
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
        .map(|a| {
            let [id, priority, state, asset, message] =
                ["id", "priority", "state", "asset_path", "message"].map(|key| text(a, key));
            vec![id, priority, state, when(a, "since"), asset, message]
        })
        .collect();
    if rows.is_empty() {
        say!("no alarms");
        return;
    }
    table(&["ID", "PRIORITY", "STATE", "SINCE", "ASSET", "MESSAGE"], &rows);
    if let Some(next) = answer.get("next").and_then(Value::as_str) {
        say!("there are more: add --limit N for more at once, or --before {next} for the next");
    }
}

fn print_journal(answer: &Value) {
    let rows: Vec<Vec<String>> = items(answer)
        .iter()
        .map(|e| vec![when(e, "time"), text(e, "from"), text(e, "to"), text(e, "by"), text(e, "comment")])
        .collect();
    table(&["TIME", "FROM", "TO", "BY", "COMMENT"], &rows);
}

fn print_rates(rates: &Value) {
    let share = rates.get("flood_share").and_then(Value::as_f64).unwrap_or_default();
    let hourly = rates.get("per_hour").and_then(Value::as_f64).unwrap_or_default();
    let flooded = rates.get("flood_now").and_then(Value::as_bool).unwrap_or_default();
    let row = |what: &str, value: String, target: &str| vec![what.to_owned(), value, target.to_owned()];
    let mut rows = vec![
        row("new in the last 10 minutes", text(rates, "per_10min_now"), "about 1"),
        row("new an hour, mean", format!("{hourly:.1}"), "about 6"),
        row("most in 10 minutes", text(rates, "peak_10min"), "at most 10"),
        row("time in floods", format!("{:.1} %", 100.0 * share), "below 1 %"),
        row("a flood now", if flooded { "yes" } else { "no" }.to_owned(), "no"),
    ];
    for (priority, count) in rates.get("by_priority").and_then(Value::as_object).into_iter().flatten() {
        rows.push(row(&format!("new, priority {priority}"), count.to_string(), ""));
    }
    table(&["LAST 24 HOURS", "IS", "TARGET"], &rows);
    for (key, title) in [("top", "SPOKE MOST"), ("chattering", "CHATTERING"), ("stale", "ACTIVE FOR MORE THAN A DAY")] {
        let speakers = rates.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if !speakers.is_empty() {
            say!("");
            let row = |s: &Value| vec![text(s, "asset_name"), text(s, "key"), text(s, "count")];
            table(&[title, "WHAT", "TIMES"], &speakers.iter().map(row).collect::<Vec<_>>());
        }
    }
}
