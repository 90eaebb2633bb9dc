//! `gemba work life [ASSET]`: how long a machine lasts, and what was learned of its kind, in words.

use serde_json::Value;

use super::alarm::text;
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
    let kinds = answer.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if kinds.is_empty() {
        say!("nothing is recorded to learn from: note failures and replacements, or import them (gemba work import)");
    }
    for kind in kinds {
        for (what, proof) in [("lives", kind.pointer("/lives_proof/why")), ("chances", None)] {
            let state = kind.get(what).cloned().unwrap_or_default();
            let version = state.get("version").and_then(Value::as_str).map(|v| format!(" {v}")).unwrap_or_default();
            let why = proof.and_then(Value::as_str).map_or_else(|| text(&state, "why"), str::to_owned);
            say!("{} {what}{version}: {} {why}", text(kind, "kind"), text(&state, "state"));
        }
    }
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
