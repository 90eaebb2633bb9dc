//! `gemba work life [ASSET]`: how long a machine lasts, and what was learned of its kind, in words.

use serde_json::Value;

use super::alarm::text;
use super::span::when;
use crate::output::table;

pub(super) fn print(life: &Value) {
    if let Some(condition) = life.get("condition").filter(|condition| !condition.is_null()) {
        say!("by condition: {} (finding {})", text(condition, "title"), text(condition, "finding"));
    }
    if let Some(capacity) = life.get("capacity").filter(|capacity| !capacity.is_null()) {
        say!("by capacity: {}", text(capacity, "says"));
    }
    let told = life.pointer("/learned/life/says").and_then(Value::as_str);
    let proof = life.pointer("/learned/proof/why").and_then(Value::as_str);
    if let Some((told, proof)) = told.zip(proof) {
        say!("by what was learned of its kind: {told} {proof}");
    }
    let curves = life.get("curves").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for curve in curves {
        say!("by age: {}", text(curve, "says"));
    }
    let [capacity, missing, why] = ["capacity_missing", "missing", "why"].map(|key| text(life, key));
    for line in [capacity, missing, why].iter().filter(|line| !line.is_empty()) {
        say!("{line}");
    }
    let rows: Vec<Vec<String>> = curves.iter().flat_map(ahead).collect();
    if !rows.is_empty() {
        say!("");
        table(&["FAILURE MODE", "WITHIN", "CHANCE BY AGE, 90 % RANGE"], &rows);
    }
    let risks = life.pointer("/chances/ahead").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if !risks.is_empty() {
        say!("");
        let rows: Vec<Vec<String>> = risks.iter().map(risk).collect();
        table(&["FAILURE MODE", "WITHIN", "CHANCE BY WHAT HAPPENED, 90 % RANGE", "SPEAKS", "BECAUSE"], &rows);
    }
}

/// What was learned of each kind, and how it did on machines that it had not seen.
pub(super) fn learned(answer: &Value) {
    let kinds = list(answer, "items");
    if kinds.is_empty() {
        say!("nothing is recorded to learn from: note failures and replacements, or import them (gemba work import)");
    }
    for (kind, part, state) in parts(kinds) {
        let version = state.get("version").and_then(Value::as_str).map(|v| format!(" {v}")).unwrap_or_default();
        let proof = kind.pointer("/lives_proof/why").and_then(Value::as_str).filter(|_| part == "lives");
        let why = proof.map_or_else(|| text(state, "why"), str::to_owned);
        say!("{} {part}{version}: {} {why}{}", text(kind, "kind"), text(state, "state"), withdrawn(state));
    }
}

/// The same as a table beside the versions of settings, with batteries; nothing where nothing is recorded.
pub(super) fn known(models: &Value) {
    let rows: Vec<Vec<String>> =
        parts(list(models, "learned")).map(|(kind, part, state)| row(kind, part, state)).collect();
    if !rows.is_empty() {
        say!("\nhow long machines last, learned by kind:");
        table(&["KIND", "WHAT", "VERSION", "RUNS", "ERROR", "NAIVE", "HELD", "IN SERVICE"], &rows);
    }
    for (kind, part, state) in parts(list(models, "learned")) {
        let said = [text(state, "why"), withdrawn(state)].concat();
        if !said.is_empty() {
            say!("  {} {part}: {}", text(kind, "kind"), said.trim_start_matches([' ', ';']));
        }
    }
    let battery = |battery: &Value| {
        let held = battery.get("held").and_then(Value::as_f64).map(percent).unwrap_or_default();
        ["path", "cycles", "tried"]
            .map(|key| text(battery, key))
            .into_iter()
            .chain([held, text(battery, "why")])
            .collect()
    };
    let rows: Vec<Vec<String>> = list(models, "batteries").iter().map(battery).collect();
    if !rows.is_empty() {
        say!("\nhow long batteries last, by the capacity of each:");
        table(&["BATTERY", "CYCLES", "QUESTIONS", "WITHIN 10 %", "MISSING"], &rows);
    }
}

fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice)
}

/// Each part of each kind, with its state.
fn parts(kinds: &[Value]) -> impl Iterator<Item = (&Value, &'static str, &Value)> {
    kinds
        .iter()
        .flat_map(|kind| ["lives", "chances"].into_iter().filter_map(move |part| Some((kind, part, kind.get(part)?))))
}

fn withdrawn(state: &Value) -> String {
    let Some(withdrawn) = state.get("withdrawn").filter(|w| !w.is_null()) else { return String::new() };
    let ([by, note], at) = (["by", "note"].map(|key| text(withdrawn, key)), when(withdrawn, "at"));
    let note = if note.is_empty() { note } else { format!(": {note}") };
    format!("; taken out of service by {by} at {at}{note}")
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// A row of what was learned: how it did beside the naive answer, and whether it speaks.
fn row(kind: &Value, part: &str, state: &Value) -> Vec<String> {
    let out = state.get("withdrawn").is_some_and(|w| !w.is_null());
    let proof = kind.get("lives_proof").filter(|proof| part == "lives" && !proof.is_null());
    let figure = |key: &str| proof.and_then(|proof| proof.get(key)?.as_f64());
    let days = |key: &str| figure(key).map(|days| format!("{days:.1} days")).unwrap_or_default();
    let heads = list(kind, "chances_proof");
    let speak = heads.iter().filter(|head| head.get("speaks") == Some(&Value::Bool(true))).count();
    let service = match (text(state, "version").is_empty(), out, proof) {
        (true, ..) => text(state, "state"),
        (_, true, _) => "withdrawn".to_owned(),
        (_, _, Some(proof)) if proof.get("speaks") == Some(&Value::Bool(true)) => "yes".to_owned(),
        (_, _, Some(_)) => "no: too little better".to_owned(),
        (_, _, None) => format!("{speak} of {} chances", heads.len()),
    };
    let runs = proof.map(|proof| text(proof, "runs")).unwrap_or_default();
    let held = figure("held_widened").map(percent).unwrap_or_default();
    vec![
        text(kind, "kind"),
        part.to_owned(),
        text(state, "version"),
        runs,
        days("error_days"),
        days("naive_days"),
        held,
        service,
    ]
}

/// A chance by what happened, a row.
fn risk(risk: &Value) -> Vec<String> {
    let mut row = ahead_row(risk.get("failure_mode").and_then(Value::as_str).unwrap_or("any"), risk);
    let speaks = risk.pointer("/proof/speaks").and_then(Value::as_bool).unwrap_or_default();
    row.push(if speaks { "yes" } else { "age speaks" }.to_owned());
    let because = risk.get("because").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    row.push(because.iter().filter_map(Value::as_str).collect::<Vec<&str>>().join("; "));
    row
}

/// The chances of a curve, a row each.
fn ahead(curve: &Value) -> Vec<Vec<String>> {
    let mode = curve.get("failure_mode").and_then(Value::as_str).unwrap_or("any");
    let all = curve.get("ahead").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    all.iter().map(|chance| ahead_row(mode, chance)).collect()
}

fn ahead_row(mode: &str, chance: &Value) -> Vec<String> {
    let share = |key: &str| 100.0 * chance.get(key).and_then(Value::as_f64).unwrap_or_default();
    let range = format!("{:.1} to {:.1} %", share("lo"), share("hi"));
    vec![mode.to_owned(), format!("{} days", text(chance, "days")), range]
}
