//! A report as tables.

use gemba_node::backtest::{BacktestReport, BacktestRun, EventOutcome, Fate, Verdict};

use crate::commands::span::show;
use crate::output::table;

/// False findings told one by one for each configuration.
const FALSE_TOLD: usize = 20;

pub(super) fn print(report: &BacktestReport) {
    let moment = |at: Option<gemba_node::Moment>| at.map_or_else(|| "nothing".to_owned(), |m| show(m.0));
    say!(
        "{} assets, {} to {}, horizon {}, Gemba {}",
        report.assets.len(),
        moment(report.from),
        moment(report.to),
        span(report.horizon_s as f64),
        report.version
    );
    say!("");
    figures(report);
    if !report.events.is_empty() {
        say!("");
        events(report);
    }
    for run in &report.runs {
        wrong(run);
    }
    for run in report.runs.iter().filter(|run| run.operator_faults > 0) {
        say!(
            "\n{}: operators failed {} times; what they would have found then is not told",
            run.name,
            run.operator_faults
        );
    }
}

fn figures(report: &BacktestReport) {
    let head: Vec<&str> = std::iter::once("").chain(report.runs.iter().map(|run| run.name.as_str())).collect();
    let row = |name: &str, of: &dyn Fn(&BacktestRun) -> String| {
        std::iter::once(name.to_owned()).chain(report.runs.iter().map(of)).collect::<Vec<_>>()
    };
    let rows = [
        row("known faults found", &|r| format!("{} of {}", r.summary.found, r.summary.events)),
        row("  failure mode named", &|r| format!("{} of {}", r.summary.named, r.summary.nameable)),
        row("  lead time, median", &|r| r.summary.lead_median_s.map_or_else(dash, lead)),
        row("  lead time, shortest", &|r| r.summary.lead_min_s.map_or_else(dash, lead)),
        row("findings", &|r| r.summary.findings.to_string()),
        row("  false", &|r| r.summary.false_alarms.to_string()),
        row("  false per machine and month", &|r| {
            r.summary.false_per_machine_month.map_or_else(dash, |n| format!("{n:.2}"))
        }),
        row("  precision", &|r| r.summary.precision.map_or_else(dash, |p| format!("{:.0} %", 100.0 * p))),
        row("  not counted", &|r| r.summary.excused.to_string()),
        row("watched, machine months", &|r| format!("{:.3}", r.summary.machine_months)),
        row("samples", &|r| r.samples.to_string()),
        row("took", &|r| span(r.took_s)),
        row("version", &|r| r.digest.clone()),
    ];
    table(&head, &rows);
}

fn events(report: &BacktestReport) {
    let names = report.runs.iter().map(|run| run.name.as_str());
    let head: Vec<&str> = ["BEGIN", "ASSET", "WHAT"].into_iter().chain(names).collect();
    let rows: Vec<Vec<String>> = report
        .events
        .iter()
        .enumerate()
        .map(|(index, event)| {
            let kind = format!("{:?}", event.label).to_lowercase();
            let what = event.failure_mode.clone().unwrap_or(kind);
            let fates = report.runs.iter().map(|run| run.events.get(index).map_or_else(dash, fate));
            [show(event.t_start.0), event.asset_path.clone(), what].into_iter().chain(fates).collect()
        })
        .collect();
    table(&head, &rows);
}

fn fate(outcome: &EventOutcome) -> String {
    match (outcome.fate, outcome.lead_s) {
        (Some(Fate::Found), Some(seconds)) => lead(seconds),
        (Some(Fate::Found), None) => "found".into(),
        (Some(Fate::Missed), _) => "MISSED".into(),
        (Some(Fate::WhileLearning), _) => "while learning".into(),
        (Some(Fate::NoData), _) => "no data".into(),
        (None, _) => dash(),
    }
}

fn wrong(run: &BacktestRun) {
    let all: Vec<_> = run.findings.iter().filter(|f| f.verdict == Verdict::False).collect();
    if all.is_empty() {
        return;
    }
    say!("\nwithout a known cause, {}: {} findings", run.name, run.summary.false_alarms);
    let rows: Vec<Vec<String>> =
        all.iter().take(FALSE_TOLD).map(|f| vec![show(f.found.0), f.asset_path.clone(), f.title.clone()]).collect();
    table(&["FOUND", "ASSET", "WHAT"], &rows);
}

fn dash() -> String {
    "–".into()
}

fn lead(seconds: f64) -> String {
    if seconds >= 0.0 { format!("{} before", span(seconds)) } else { format!("{} after it began", span(-seconds)) }
}

/// A span of time with two figures: `5.2 h`.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 90.0 * 60.0 => format!("{:.0} min", s / 60.0),
        s if s < 48.0 * 3_600.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_as_people_say_them() {
        let told: Vec<String> = [5.0, 120.0, 7_200.0, 300_000.0].into_iter().map(span).collect();
        assert_eq!(told, ["5 s", "2 min", "2.0 h", "3.5 d"]);
        assert_eq!((lead(7_200.0).as_str(), lead(-60.0).as_str()), ("2.0 h before", "60 s after it began"));
    }
}
