//! A production plan as a file: sent, and what became of it.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::{Value, json};

use super::alarm::text;
use super::span::when;
use crate::cli::Windows;
use crate::client::Client;
use crate::exit::{Exit, Kind};
use crate::output::table;

/// Sends the plan, or takes an import back.
pub(super) fn send(client: &Client, wish: &Windows) -> Result<Value, Exit> {
    if let Some(import) = wish.undo {
        let _nothing: Value = client.delete(&format!("/maintenance/windows/imports/{import}"))?;
        return Ok(json!({ "undone": import }));
    }
    let file = wish.file.as_deref().unwrap_or_else(|| std::path::Path::new(""));
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let plan = json!({
        "source": wish.source.clone().unwrap_or(name), "text": String::from_utf8_lossy(&bytes), "scope": wish.scope,
        "loss_per_hour": wish.loss_per_hour, "crew_hours": crew(&wish.crew)?, "replace": wish.replace, "dry_run": wish.dry_run,
    });
    client.post("/maintenance/windows/import", &plan)
}

/// `mechanic=16`, each once.
fn crew(words: &[String]) -> Result<BTreeMap<String, f64>, Exit> {
    let one = |word: &String| {
        let (skill, hours) = word.split_once('=')?;
        Some((skill.trim().to_owned(), hours.trim().parse().ok()?))
    };
    let wrong = |word: &String| {
        Exit::new(Kind::Usage, format!("--crew \"{word}\" is no skill with hours")).cure("write mechanic=16")
    };
    words.iter().map(|word| one(word).ok_or_else(|| wrong(word))).collect()
}

/// What became of it.
pub(super) fn show(answer: &Value) {
    if let Some(import) = answer.get("undone") {
        say!("import {import} is taken back");
        return;
    }
    let list = |key: &str| answer.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let row = |w: &Value| vec![text(w, "fate"), when(w, "from"), when(w, "to"), text(w, "name"), text(w, "scope")];
    let rows: Vec<Vec<String>> = list("windows").iter().map(row).collect();
    if !rows.is_empty() {
        table(&["", "FROM", "TO", "WINDOW", "SCOPE"], &rows);
    }
    for row in list("refused") {
        say!("line {}: {} ({})", text(row, "line"), text(row, "what"), text(row, "cure"));
    }
    let count = |key: &str| text(answer, key);
    let done = if answer.get("import").is_some_and(|import| !import.is_null()) {
        format!("; take it back with gemba work windows --undo {}", count("import"))
    } else {
        "; nothing was written".to_owned()
    };
    say!(
        "{} new, {} changed, {} as before, {} gone, {} over or too far ahead, {} refused{done}",
        count("added"),
        count("changed"),
        count("kept"),
        count("removed"),
        count("outside"),
        list("refused").len()
    );
}
