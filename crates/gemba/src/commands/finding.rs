//! `gemba finding …`: what the running Gemba has concluded.

use serde_json::{Value, json};

use super::alarm::{items, text};
use super::label::asset_number;
use super::span::when;
use crate::cli::{Cli, Finding, FindingWord};
use crate::client::Client;
use crate::exit::Exit;
use crate::output::table;

/// Findings that are asked for at once; the server gives no more.
const PAGE: usize = 1_000;

pub(crate) fn run(cli: &Cli, finding: &Finding) -> Result<(), Exit> {
    let client = Client::of(cli)?;
    let answer: Value = match finding {
        Finding::List { asset, state, severity, muted, limit, before } => {
            let asset = asset.as_deref().map(|path| asset_number(&client, path)).transpose()?;
            let state = match state {
                FindingWord::Active => Some("active"),
                FindingWord::Over => Some("cleared"),
                FindingWord::All => None,
            };
            let filter: String = [
                asset.map(|id| format!("&asset={id}&below=true")),
                state.map(|word| format!("&state={word}")),
                severity.map(|percent| format!("&severity={}", f64::from(percent) / 100.0)),
                muted.then(|| "&muted=true".to_owned()),
            ]
            .into_iter()
            .flatten()
            .collect();
            list(&client, &filter, (*limit).max(1), *before)?
        }
        Finding::Show { id } => client.get(&format!("/findings/{id}"))?,
        Finding::Mute { ids, reason, minutes } => {
            each(&client, ids, "mute", &json!({ "reason": reason, "minutes": minutes }))?
        }
        Finding::Unmute { ids } => each(&client, ids, "unmute", &json!({}))?,
    };
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    match finding {
        Finding::List { .. } => print_list(&answer),
        Finding::Show { .. } => print_one(&answer),
        Finding::Mute { .. } | Finding::Unmute { .. } => note!(cli, "done"),
    }
    Ok(())
}

/// Does the same to finding after finding; the first refusal ends it, what was done before stays done.
fn each(client: &Client, ids: &[u64], what: &str, body: &Value) -> Result<Value, Exit> {
    let done: Result<Vec<Value>, Exit> =
        ids.iter().map(|id| client.post(&format!("/findings/{id}/{what}"), body)).collect();
    Ok(json!({ "items": done? }))
}

/// Page after page until there are as many as wanted; `next` says where to go on when there are more.
fn list(client: &Client, filter: &str, limit: usize, before: Option<u64>) -> Result<Value, Exit> {
    let (mut found, mut next) = (Vec::new(), before.map(|id| id.to_string()));
    loop {
        let cursor = next.map(|id| format!("&cursor={id}")).unwrap_or_default();
        let page = (limit - found.len()).min(PAGE);
        let answer: Value = client.get(&format!("/findings?brief=true{filter}&limit={page}{cursor}"))?;
        found.extend_from_slice(items(&answer));
        next = answer.get("next").and_then(Value::as_str).map(str::to_owned);
        if next.is_none() || found.len() >= limit {
            return Ok(json!({ "items": found, "next": next }));
        }
    }
}

fn percent(of: &Value, key: &str) -> String {
    of.get(key).and_then(Value::as_f64).map(|share| format!("{:.0} %", 100.0 * share)).unwrap_or_default()
}

/// How bad: of what was learned how many times its limit, of all else in percent.
fn bad(finding: &Value) -> String {
    match finding.get("beyond").and_then(Value::as_f64) {
        Some(times) if times < 10.0 => format!("{times:.1} ×"),
        Some(times) => format!("{times:.0} ×"),
        None => percent(finding, "severity"),
    }
}

/// Of what that is a figure.
fn bad_of(finding: &Value) -> &'static str {
    let life = finding.get("rul").is_some_and(Value::is_object);
    match (text(finding, "kind").as_str(), finding.get("beyond").is_some_and(Value::is_number)) {
        ("anomaly", true) => "the limit of what was learned, at most; how far that is from a stop is not known",
        ("anomaly", false) => "unlike what was learned; how far that is from a stop is not known",
        ("limit", _) => "of the way to the limit that stops the machine",
        ("degradation", _) if life => "of the way to its end",
        ("degradation", _) => "of severe damage",
        _ => "bad for what is known of the machine, not for the machine",
    }
}

fn state(finding: &Value) -> &'static str {
    match finding.get("state").and_then(Value::as_str) {
        Some("active") if muted(finding).is_some() => "muted",
        Some("active") => "active",
        _ => "over",
    }
}

fn muted(finding: &Value) -> Option<&Value> {
    finding.get("mute").filter(|mute| !mute.is_null())
}

fn print_list(answer: &Value) {
    let row = |f: &Value| {
        let [id, asset, title] = ["id", "asset_path", "title"].map(|key| text(f, key));
        vec![id, bad(f), percent(f, "probability"), state(f).to_owned(), when(f, "since"), asset, title]
    };
    let rows: Vec<Vec<String>> = items(answer).iter().map(row).collect();
    if rows.is_empty() {
        say!("no findings");
        return;
    }
    table(&["ID", "HOW BAD", "HOW SURE", "STATE", "SINCE", "ASSET", "WHAT"], &rows);
    if let Some(next) = answer.get("next").and_then(Value::as_str) {
        say!("there are more: add --limit N for more at once, or --before {next} for the next");
    }
}

/// One finding as its page tells it.
fn print_one(finding: &Value) {
    say!("{}: {}", text(finding, "asset_path"), text(finding, "title"));
    let last = if state(finding) == "over" { "over" } else { "last seen" };
    say!("  since {}, {last} {}", when(finding, "since"), when(finding, "until"));
    let alarm = finding.get("alarm").and_then(Value::as_u64).map(|id| format!(", alarm {id}")).unwrap_or_default();
    say!("  {} {}", bad(finding), bad_of(finding));
    say!("  {} sure{alarm}", percent(finding, "probability"));
    if let Some(mute) = muted(finding) {
        let until = Some(when(mute, "until")).filter(|time| !time.is_empty()).unwrap_or_else(|| "it ends".to_owned());
        say!("  muted by {} until {until}: {}", text(mute, "by"), text(mute, "reason"));
    }
    say!("\n{}", text(finding, "explanation"));
    let contributions = list_of(finding, "contributions");
    if !contributions.is_empty() {
        say!("");
        let name = |c: &Value| {
            let signal = text(c, "signal");
            finding.pointer(&format!("/signals/{signal}")).map_or(signal, |named| text(named, "full_name"))
        };
        let rows: Vec<Vec<String>> = contributions.iter().map(|c| vec![name(c), percent(c, "share")]).collect();
        table(&["SIGNAL", "SHARE"], &rows);
    }
    let steps = list_of(finding, "prescription");
    if !steps.is_empty() {
        say!("\nwhat to do:");
    }
    for (place, step) in steps.iter().enumerate() {
        say!("  {}. {}", place + 1, step.as_str().unwrap_or_default());
    }
}

fn list_of<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
