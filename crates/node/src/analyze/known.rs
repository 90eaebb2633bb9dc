//! How what was found goes together with columns that mark what was wrong.

use super::page::table;
use super::{Marked, Report};

pub(super) fn section(html: &mut String, report: &Report) {
    if report.marked.is_empty() {
        return;
    }
    html.push_str(
        "<h2>Against what is known</h2><p class=\"dim\">These columns mark what was wrong. Nothing was learned from them; \
         counted is outside the healthy part.</p>",
    );
    let head =
        ["Column", "\tMarked", "\tFound of them", "\tFindings", "\tRight", "\tRows: precision", "\trecall", "\tfalse"];
    table(html, &head, report.marked.iter().map(row));
}

fn row(marked: &Marked) -> Vec<String> {
    let what = match (marked.moments, marked.periods) {
        (true, 1) => "moment",
        (true, _) => "moments",
        (false, 1) => "period",
        (false, _) => "periods",
    };
    let share =
        |share: Option<f64>| format!("\t{}", share.map_or_else(|| "–".into(), |s| format!("{:.0} %", s * 100.0)));
    vec![
        marked.column.clone(),
        format!("\t{} {what}", marked.periods),
        format!("\t{}", marked.periods_found),
        format!("\t{}", marked.found),
        format!("\t{}", marked.found_right),
        share(marked.precision),
        share(marked.recall),
        share(marked.false_alarm_share),
    ]
}
