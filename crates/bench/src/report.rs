//! What every suite prints.

use std::collections::BTreeMap;

use serde::Serialize;

/// The outcome of a suite.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The suite.
    pub suite: String,
    /// The folder that was read.
    pub data: String,
    /// Files that were scored.
    pub files: usize,
    /// Files of the layout that could not be read or scored.
    pub skipped: usize,
    /// One line per method, ours first.
    pub rows: Vec<Row>,
}

/// One method's figures.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// `gemba` is ours; the others are what it must beat.
    pub method: String,
    /// The suite's metrics by name.
    pub metrics: BTreeMap<String, f64>,
    /// Seconds spent on fitting, all files together.
    pub train_s: f64,
    /// Microseconds of scoring for each row of all signals.
    pub score_us_per_sample: f64,
    /// The most memory the process has held so far, MiB; zero where the system does not tell.
    pub peak_mb: f64,
}

impl Report {
    /// The rows as a Markdown table.
    pub fn table(&self) -> String {
        let names: Vec<&String> = self.rows.first().map(|r| r.metrics.keys().collect()).unwrap_or_default();
        let mut text =
            format!("{} on {}: {} files, {} skipped\n\n| method |", self.suite, self.data, self.files, self.skipped);
        for name in &names {
            text.extend([" ", name.as_str(), " |"]);
        }
        text += " train s | µs/sample | peak MiB |\n|---|";
        text += &"---|".repeat(names.len() + 3);
        for row in &self.rows {
            text.extend(["\n| ", row.method.as_str(), " |"]);
            for name in &names {
                text += &row.metrics.get(*name).map_or(" – |".to_owned(), |v| format!(" {v:.3} |"));
            }
            let cost = format!(" {:.3} | {:.2} | {:.0} |", row.train_s, row.score_us_per_sample, row.peak_mb);
            text.push_str(&cost);
        }
        text
    }
}

/// The most memory this process has held, MiB; zero where the system does not tell.
pub(crate) fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
