//! Work as people read it in a terminal: an order, an FMEA table, figures.

use serde_json::Value;

use super::alarm::{items, text};
use super::span::when;
use crate::output::table;

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn number(value: &Value, key: &str) -> Option<f64> {
    value.get(key).and_then(Value::as_f64)
}

/// A number with its unit; a dash for what cannot be told.
fn told(value: Option<f64>, digits: usize, unit: &str) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{v:.digits$} {unit}").trim_end().to_owned())
}

/// An order with its parts, and doing beside waiting.
pub(super) fn order(order: &Value) {
    say!("{} on {}", text(order, "title"), text(order, "asset_path"));
    let crew = format!("{} × {}", text(order, "people"), text(order, "skill"));
    say!("  {}, due {}, {} h, {crew}", text(order, "state"), when(order, "due"), text(order, "hours"));
    for (place, step) in list(order, "steps").iter().enumerate() {
        say!("  {}. {}", place + 1, step.as_str().unwrap_or_default());
    }
    for part in list(order, "supply") {
        say!("  part {}", supply(part));
    }
    let Some(worth) = order.get("worth") else { return };
    say!("  doing costs {}", text(worth, "doing_words"));
    say!("  waiting risks {}", text(worth, "waiting_words"));
    for missing in list(worth, "missing") {
        say!("  not known: {}", missing.as_str().unwrap_or_default());
    }
}

/// Where a part is, in one line.
fn supply(part: &Value) -> String {
    let (wanted, on_hand) = (told(number(part, "wanted"), 0, ""), told(number(part, "on_hand"), 0, ""));
    let day = |text: String| text.get(..10).map(str::to_owned);
    let by = day(text(part, "there_by"));
    let name =
        [text(part, "number"), text(part, "name")].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", ");
    let where_it_is = match text(part, "state").as_str() {
        "unnumbered" => {
            "nobody has said which one: write its number into the order, or for all into the plant file".to_owned()
        }
        "not_kept" => "its stock is not kept here, so it counts as there".to_owned(),
        "on_hand" => format!("{on_hand} on hand"),
        "coming" => format!("{on_hand} on hand, enough by {}", by.unwrap_or_default()),
        _ => {
            let then = by.map_or_else(
                || "nobody has said how long a delivery takes".to_owned(),
                |by| format!("by {by} when ordered now"),
            );
            format!("MISSING {}: {then}", told(number(part, "short"), 0, ""))
        }
    };
    format!("{wanted} × {name}: {where_it_is}")
}

/// The FMEA table of a machine.
pub(super) fn fmea(health: &Value) {
    let modes = list(health, "modes");
    if modes.is_empty() {
        say!("no failure modes: the machine follows no template");
        return;
    }
    let row = |mode: &Value| {
        let ranking = mode.get("ranking").filter(|ranking| !ranking.is_null());
        let rank = |key: &str| ranking.map_or_else(|| "-".to_owned(), |ranking| text(ranking, key));
        let mut cells = vec![text(mode, "id"), text(mode, "state")];
        cells.extend(["severity", "occurrence", "detection", "rpn", "priority", "ranked_by"].map(rank));
        cells
    };
    let rows: Vec<Vec<String>> = modes.iter().map(row).collect();
    table(&["FAILURE MODE", "STATE", "S", "O", "D", "RPN", "ACTION", "RANKED BY"], &rows);
    say!("\n{}", text(health, "ranking_formula"));
}

/// The figures of a span.
pub(super) fn figures(of: &Value) {
    let counted = |key: &str| told(number(of, key), 0, "");
    say!("from {} to {}", when(of, "from"), when(of, "to"));
    let percent = |key: &str| told(number(of, key).map(|share| 100.0 * share), 2, "%");
    let lines = [
        ("machines", counted("machines")),
        ("watched", told(number(of, "watched_h"), 1, "machine hours since their first data")),
        ("of these with gaps", told(number(of, "gaps_h"), 1, "h")),
        ("failures", counted("failures")),
        ("before it was watched", counted("unwatched")),
        ("missed", counted("missed")),
        ("MTBF", told(number(of, "mtbf_h"), 1, "h")),
        ("MTTR", told(number(of, "mttr_h"), 1, "h")),
        ("availability", percent("availability")),
        ("findings", counted("findings")),
        ("checked", counted("checked")),
        ("precision", percent("precision")),
        ("lead time", told(number(of, "lead_time_h"), 1, "h")),
        ("false alarms", told(number(of, "false_alarms_per_machine_month"), 2, "a machine and month")),
    ];
    let rows: Vec<Vec<String>> = lines.into_iter().map(|(what, value)| vec![what.to_owned(), value]).collect();
    table(&["", ""], &rows);
}

/// The same for each machine.
pub(super) fn machines(answer: &Value) {
    let row = |of: &Value| {
        vec![
            text(of, "asset_path"),
            text(of, "failures"),
            told(number(of, "downtime_h"), 1, ""),
            told(number(of, "mtbf_h"), 1, ""),
            told(number(of, "mttr_h"), 1, ""),
            told(number(of, "availability").map(|share| 100.0 * share), 2, ""),
            text(of, "missed"),
            told(number(of, "false_alarms_per_machine_month"), 2, ""),
            text(of, "since").get(..10).unwrap_or("no data").to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = items(answer).iter().map(row).collect();
    if rows.is_empty() {
        say!("no machines");
        return;
    }
    let head = ["MACHINE", "FAILURES", "DOWN h", "MTBF h", "MTTR h", "AVAIL %", "MISSED", "FALSE/MONTH", "SINCE"];
    table(&head, &rows);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_part_says_where_it_is() {
        let part = |state: &str, by: Value| {
            supply(
                &json!({ "number": "6205", "name": "bearing", "wanted": 2.0, "on_hand": 1.0, "short": 1.0, "state": state, "there_by": by }),
            )
        };
        assert_eq!(part("on_hand", Value::Null), "2 × 6205, bearing: 1 on hand");
        assert_eq!(part("coming", json!("2026-12-03T00:00:00Z")), "2 × 6205, bearing: 1 on hand, enough by 2026-12-03");
        assert_eq!(
            part("missing", json!("2026-12-03T00:00:00Z")),
            "2 × 6205, bearing: MISSING 1: by 2026-12-03 when ordered now"
        );
        assert!(part("missing", Value::Null).contains("nobody has said"));
    }

    #[test]
    fn what_cannot_be_told_is_a_dash() {
        assert_eq!(
            (told(None, 1, "h"), told(Some(2.0), 1, "h"), told(Some(3.0), 0, "")),
            ("-".into(), "2.0 h".into(), "3".into())
        );
    }
}
