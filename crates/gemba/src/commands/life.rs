//! `gemba work life ASSET`: how long a machine lasts, in words.

use serde_json::Value;

use super::alarm::text;
use crate::output::table;

pub(super) fn print(life: &Value) {
    if let Some(condition) = life.get("condition").filter(|condition| !condition.is_null()) {
        say!("by condition: {} (finding {})", text(condition, "title"), text(condition, "finding"));
    }
    let curves = life.get("curves").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for curve in curves {
        say!("by age: {}", text(curve, "says"));
    }
    let [missing, why] = ["missing", "why"].map(|key| text(life, key));
    for line in [missing, why].iter().filter(|line| !line.is_empty()) {
        say!("{line}");
    }
    let rows: Vec<Vec<String>> = curves.iter().flat_map(ahead).collect();
    if !rows.is_empty() {
        say!("");
        table(&["FAILURE MODE", "WITHIN", "CHANCE, 90 % RANGE"], &rows);
    }
}

/// The chances of a curve, a row each.
fn ahead(curve: &Value) -> Vec<Vec<String>> {
    let mode = curve.get("failure_mode").and_then(Value::as_str).unwrap_or("any");
    let all = curve.get("ahead").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let share = |chance: &Value, key: &str| 100.0 * chance.get(key).and_then(Value::as_f64).unwrap_or_default();
    let range = |chance: &Value| format!("{:.1} to {:.1} %", share(chance, "lo"), share(chance, "hi"));
    all.iter().map(|c| vec![mode.to_owned(), format!("{} days", text(c, "days")), range(c)]).collect()
}
