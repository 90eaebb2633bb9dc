//! From what was typed to a request.

use std::path::Path;

use gemba_node::Moment;
use gemba_node::backtest::{BacktestRequest, KnownFault, Variant};
use gemba_plant::Timestamp;
use serde_json::{Map, Value};

use crate::cli::Backtest;
use crate::commands::span::point;
use crate::exit::{Exit, Kind};

pub(super) fn request(wanted: &Backtest, newest: Timestamp) -> Result<BacktestRequest, Exit> {
    let at = |text: &Option<String>| text.as_deref().map(|t| point(t, newest).map(Moment)).transpose();
    let horizon: jiff::SignedDuration = wanted.horizon.parse().map_err(|e| {
        Exit::new(Kind::Usage, format!("\"{}\" is no time span: {e}", wanted.horizon)).cure("write 24h or 30m")
    })?;
    let mut variants = Vec::new();
    if !wanted.against.is_empty() {
        variants.push(Variant { name: "running".into(), ..Variant::default() });
    }
    for text in &wanted.against {
        variants.push(variant(text)?);
    }
    Ok(BacktestRequest {
        name: wanted.name.clone(),
        assets: wanted.assets.clone(),
        from: at(&wanted.from)?,
        to: at(&wanted.to)?,
        horizon_s: horizon.unsigned_abs().as_secs(),
        variants,
        labels: !wanted.no_labels,
        events: wanted.events.as_deref().map(events).transpose()?.unwrap_or_default(),
    })
}

/// Hex digits that name a version.
const DIGEST_LEN: usize = 12;

/// A version's digest, a TOML file with a table `[maintenance]`, or `normal.learn_s=600,sensors.…=…`.
fn variant(text: &str) -> Result<Variant, Exit> {
    if text.len() == DIGEST_LEN && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(Variant { version: Some(text.to_lowercase()), ..Variant::default() });
    }
    if !text.contains('=') {
        let body =
            std::fs::read_to_string(text).map_err(|e| Exit::new(Kind::Failed, format!("reading {text}: {e}")))?;
        let table: Value = toml::from_str(&body).map_err(|e| Exit::new(Kind::Config, format!("{text}: {e}")))?;
        let maintenance = table.get("maintenance").cloned().ok_or_else(|| {
            Exit::new(Kind::Config, format!("{text} has no table [maintenance]"))
                .cure("write what differs below [maintenance.normal] and the like")
        })?;
        let name = Path::new(text).file_stem().map_or_else(|| text.to_owned(), |n| n.to_string_lossy().into_owned());
        return Ok(Variant { name, maintenance, ..Variant::default() });
    }
    let mut maintenance = Map::new();
    for pair in text.split(',') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = serde_json::from_str(value.trim()).unwrap_or_else(|_| Value::String(value.trim().to_owned()));
        set(&mut maintenance, key.trim(), value);
    }
    Ok(Variant { name: text.to_owned(), maintenance: Value::Object(maintenance), ..Variant::default() })
}

fn set(into: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            into.insert(key.to_owned(), value);
        }
        Some((head, rest)) => {
            let inner = into.entry(head.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

/// A CSV file with a head: `asset` and `t_start`, and what else is known of `t_end`, `label`, `failure_mode`, `component`, `note`.
fn events(path: &Path) -> Result<Vec<KnownFault>, Exit> {
    let wrong = |why: String| Exit::new(Kind::Failed, format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| wrong(e.to_string()))?;
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, head) = lines.next().ok_or_else(|| wrong("it is empty".into()))?;
    let head: Vec<String> = fields(head);
    let mut all = Vec::new();
    for (number, line) in lines {
        let pairs = head.iter().zip(fields(line)).filter(|(_, value)| !value.is_empty());
        let object: Map<String, Value> = pairs.map(|(key, value)| (key.clone(), Value::String(value))).collect();
        let event =
            serde_json::from_value(Value::Object(object)).map_err(|e| wrong(format!("line {}: {e}", number + 1)))?;
        all.push(event);
    }
    Ok(all)
}

/// The fields of a line of RFC 4180; a field does not go on over lines.
fn fields(line: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.trim().chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                push(&mut all, '"');
            }
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => all.push(String::new()),
            letter => push(&mut all, letter),
        }
    }
    all.into_iter().map(|field| field.trim().to_owned()).collect()
}

fn push(all: &mut [String], letter: char) {
    if let Some(last) = all.last_mut() {
        last.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_typed_as_pairs() {
        let variant = variant("normal.learn_s=600, normal.step_ms=500,x=word").unwrap();
        let former = super::variant("0123456789AB").unwrap();
        assert_eq!((former.version.as_deref(), former.name.as_str()), (Some("0123456789ab"), ""));
        assert_eq!(
            variant.maintenance,
            serde_json::json!({ "normal": { "learn_s": 600, "step_ms": 500 }, "x": "word" })
        );
    }

    #[test]
    fn events_are_read_from_a_table() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("orders.csv");
        let text = "asset,t_start,t_end,failure_mode,note\nacme/pump-1,2026-03-01T08:00:00Z,,bearing wear,\"order 7, \"\"urgent\"\"\"\n";
        std::fs::write(&file, text).unwrap();
        let all = events(&file).unwrap();
        assert_eq!((all.len(), all[0].asset.as_str(), all[0].note.as_str()), (1, "acme/pump-1", "order 7, \"urgent\""));
        assert_eq!((all[0].t_end, all[0].failure_mode.as_deref()), (None, Some("bearing wear")));
        std::fs::write(&file, "asset,t_start\nacme/pump-1,soon\n").unwrap();
        assert!(format!("{:?}", events(&file).unwrap_err()).contains("line 2"));
    }
}
