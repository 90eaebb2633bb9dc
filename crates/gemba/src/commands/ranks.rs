//! `gemba work ranks …`: ranks of failure modes given, told with their history, taken back.

use serde_json::{Value, json};

use super::alarm::{items, text};
use super::label::asset_number;
use crate::cli::Ranks;
use crate::client::Client;
use crate::exit::Exit;
use crate::output::table;

const RANKS: [&str; 3] = ["severity", "occurrence", "detection"];

pub(super) fn send(client: &Client, wish: &Ranks) -> Result<Value, Exit> {
    match wish {
        Ranks::Set { mode, template, asset, severity, occurrence, detection, note } => client.put(
            "/maintenance/ranks",
            &json!({
                "mode": mode, "template": template, "asset": asset, "severity": severity, "occurrence": occurrence,
                "detection": detection, "note": note,
            }),
        ),
        Ranks::Show { asset } => client.get(&format!("/maintenance/ranks?asset={}", asset_number(client, asset)?)),
        Ranks::History { mode } => {
            let of = mode.as_ref().map_or_else(String::new, |mode| format!("?mode={mode}"));
            client.get(&format!("/maintenance/ranks/changes{of}"))
        }
        Ranks::Undo { change } => client.post(&format!("/maintenance/ranks/changes/{change}/undo"), &json!({})),
    }
}

pub(super) fn print(wish: &Ranks, answer: &Value) {
    match wish {
        Ranks::Show { .. } => show(answer),
        Ranks::History { .. } => history(answer),
        Ranks::Set { .. } | Ranks::Undo { .. } => {
            let [mode, machines, id] = ["mode", "machines", "id"].map(|key| text(answer, key));
            say!("{mode} of {machines}: {}; take it back with gemba work ranks undo {id}", step(answer));
        }
    }
}

/// What changed, such as `occurrence 4 → 7`; a dash for what is as for more machines.
fn step(change: &Value) -> String {
    let of = |side: &str, rank: &str| {
        let told = change.get(side).map(|ranks| text(ranks, rank)).filter(|told| !told.is_empty());
        told.unwrap_or_else(|| "-".to_owned())
    };
    let steps = RANKS.iter().map(|rank| (rank, of("before", rank), of("after", rank)));
    let steps: Vec<String> =
        steps.filter(|(_, before, after)| before != after).map(|(rank, a, b)| format!("{rank} {a} → {b}")).collect();
    steps.join(", ")
}

fn history(answer: &Value) {
    let row = |change: &Value| {
        let [id, at, by, mode, machines, note] =
            ["id", "at", "by", "mode", "machines", "note"].map(|key| text(change, key));
        let note = match text(change, "undoes").as_str() {
            "" => note,
            undoes => format!("takes {undoes} back"),
        };
        vec![id, at, by, mode, machines, step(change), note]
    };
    let rows: Vec<Vec<String>> = items(answer).iter().map(row).collect();
    if rows.is_empty() {
        say!("nobody has changed ranks here; what stands in the plant files by hand has no history here");
        return;
    }
    table(&["CHANGE", "AT", "BY", "FAILURE MODE", "MACHINES", "RANKS", "WHY"], &rows);
}

/// Severity, occurrence and detection as far as they are given.
fn three(ranks: &Value) -> String {
    let cells = RANKS.map(|rank| text(ranks, rank)).map(|cell| if cell.is_empty() { "-".to_owned() } else { cell });
    cells.join(" ")
}

fn show(answer: &Value) {
    let row = |mode: &Value| {
        let template = mode.get("template").filter(|ranks| !ranks.is_null()).map_or_else(|| "-".to_owned(), three);
        let given = mode.get("given").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let given: Vec<String> = given.iter().map(|at| format!("{} ({})", three(at), text(at, "machines"))).collect();
        let seen = mode.get("seen").filter(|seen| !seen.is_null()).map_or_else(String::new, seen);
        vec![text(mode, "mode"), template, given.join("; "), seen]
    };
    let rows: Vec<Vec<String>> = items(answer).iter().map(row).collect();
    if rows.is_empty() {
        say!("no failure modes: the machine follows no template");
        return;
    }
    table(&["FAILURE MODE", "TEMPLATE S O D", "GIVEN S O D, THE LAST HOLDS", "OCCURRENCE AS RECORDED"], &rows);
}

fn seen(seen: &Value) -> String {
    let range = seen.get("range").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let range: Vec<String> = range.iter().map(Value::to_string).collect();
    let hours = seen.get("mtbf_h").and_then(Value::as_f64).unwrap_or_default();
    let [rank, failures, machines] = ["rank", "failures", "machines"].map(|key| text(seen, key));
    format!("{rank} ({}): {failures} failures of {machines} machines, one in {hours:.0} h", range.join(" to "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_what_it_changes() {
        let change = json!({ "before": { "severity": null, "occurrence": 4, "detection": 2 }, "after": { "severity": 9, "occurrence": null, "detection": 2 } });
        assert_eq!(step(&change), "severity - → 9, occurrence 4 → -");
        let told = json!({ "rank": 4, "range": [3, 5], "failures": 2, "machines": 1, "mtbf_h": 4800.4 });
        assert_eq!(seen(&told), "4 (3 to 5): 2 failures of 1 machines, one in 4800 h");
    }
}
