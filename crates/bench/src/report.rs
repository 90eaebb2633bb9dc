//! What every suite prints.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use crate::peers;

/// The most notes that a report keeps.
const NOTES_MAX: usize = 100;

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
    /// What was left out and why, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
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
    /// The most memory the process has held since the row before (with the files that were read), MiB; since its begin
    /// where the system cannot forget, zero where it does not tell.
    pub peak_mb: f64,
}

impl Report {
    /// A report with all that was [said](say) since the last one.
    pub(crate) fn new(suite: &str, data: &Path, (files, skipped): (usize, usize), mut rows: Vec<Row>) -> Self {
        compare(&mut rows);
        let data = data.display().to_string();
        Self { suite: suite.to_owned(), data, files, skipped, rows, notes: NOTES.take() }
    }

    /// The rows as a Markdown table, and the notes.
    pub fn table(&self) -> String {
        let names: BTreeSet<&String> = self.rows.iter().flat_map(|r| r.metrics.keys()).collect();
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
        text.push_str(if self.notes.is_empty() { "" } else { "\n" });
        self.notes.iter().for_each(|note| text.extend(["\n- ", note.as_str()]));
        text
    }
}

/// The names under which a peer's times over ours stand among its metrics.
const TRAIN_RATIO: &str = "train_over_gemba";
const SCORE_RATIO: &str = "score_over_gemba";

/// Whether a metric is a peer's time over ours.
pub(crate) fn is_ratio(metric: &str) -> bool {
    [TRAIN_RATIO, SCORE_RATIO].contains(&metric)
}

/// Beside each peer's figures how many times as long as ours (the first row) it took to train and to score.
fn compare(rows: &mut [Row]) {
    let Some((ours, others)) = rows.split_first_mut() else { return };
    for peer in others.iter_mut().filter(|row| peers::is_peer(&row.method)) {
        let ratios = [
            (TRAIN_RATIO, peer.train_s / ours.train_s),
            (SCORE_RATIO, peer.score_us_per_sample / ours.score_us_per_sample),
        ];
        let known = ratios.into_iter().filter(|(_, ratio)| ratio.is_finite());
        peer.metrics.extend(known.map(|(name, ratio)| (name.to_owned(), ratio)));
    }
}

thread_local! {
    static NOTES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Says something that belongs beside the figures: at once on the standard error stream, and in the next report.
pub(crate) fn say(note: String) {
    NOTES.with_borrow_mut(|notes| {
        if notes.len() < NOTES_MAX && !notes.contains(&note) {
            writeln!(std::io::stderr(), "{note}").unwrap_or_default(); // nobody listens: the report still has it
            notes.push(note);
        }
    });
}

/// A row for each method. One that cannot be run is left out and said.
///
/// # Errors
/// When none can be run: why the first could not.
pub(crate) fn rows<N: AsRef<str>, M>(
    methods: impl IntoIterator<Item = (N, M)>,
    mut run: impl FnMut(&str, M) -> anyhow::Result<Row>,
) -> anyhow::Result<Vec<Row>> {
    let (mut rows, mut failed) = (Vec::new(), None);
    for (name, method) in methods {
        let name = name.as_ref();
        match run(name, method).with_context(|| format!("running {name}")) {
            Ok(row) => rows.push(row),
            Err(error) => {
                say(format!("{name} is left out: {error:#}"));
                failed.get_or_insert(error);
            }
        }
    }
    match failed {
        Some(error) if rows.is_empty() => Err(error),
        _ => Ok(rows),
    }
}

/// The most memory this process has held since this was last asked, MiB: see [`Row::peak_mb`]. Where a peer was asked since,
/// that of the peer's process.
pub(crate) fn peak_mb() -> f64 {
    let own = own_peak_mb();
    peers::take_peak_mb().unwrap_or(own)
}

fn own_peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    // proc(5): a 5 sets the mark back to what is held now
    let forget = std::fs::OpenOptions::new().write(true).open("/proc/self/clear_refs");
    forget.and_then(|mut file| file.write_all(b"5")).unwrap_or_default();
    kib.unwrap_or(0.0) / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(method: &str, metric: &str) -> Row {
        let metrics = BTreeMap::from([(metric.to_owned(), 0.5)]);
        Row { method: method.to_owned(), metrics, train_s: 0.0, score_us_per_sample: 0.0, peak_mb: 0.0 }
    }

    #[test]
    fn a_method_that_cannot_be_run_is_said_and_costs_itself_only() {
        let run = |name: &str, fine: bool| if fine { Ok(row(name, name)) } else { anyhow::bail!("too few rows") };
        let made = rows([("gemba", true), ("pca", false), ("never", true)], run).unwrap();
        let report = Report::new("some", Path::new("d"), (1, 0), made);
        assert_eq!(report.notes, ["pca is left out: running pca: too few rows"]);
        let table = report.table();
        assert!(
            table.contains("| gemba | never |") && table.ends_with("\n- pca is left out: running pca: too few rows")
        );
        assert!(rows([("gemba", false), ("never", false)], run).unwrap_err().to_string().contains("gemba"));
        assert_eq!(Report::new("some", Path::new("d"), (1, 0), Vec::new()).notes.len(), 2);
        assert!(Report::new("some", Path::new("d"), (1, 0), Vec::new()).notes.is_empty());
    }

    #[test]
    fn beside_a_peer_stands_how_long_it_took_by_our_time() {
        let timed =
            |method: &str, train_s, score_us_per_sample| Row { train_s, score_us_per_sample, ..row(method, "ap") };
        let rows = vec![timed("gemba", 0.5, 2.0), timed("pca", 1.0, 1.0), timed("sklearn PCA", 2.0, 1.0)];
        let rows = Report::new("some", Path::new("d"), (1, 0), rows).rows;
        let ratio = |name: &str| rows[2].metrics[name];
        assert!((ratio(TRAIN_RATIO) - 4.0).abs() < 1e-12 && (ratio(SCORE_RATIO) - 0.5).abs() < 1e-12);
        assert_eq!(rows[1].metrics.len(), 1);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_next_row_does_not_inherit_the_memory_of_the_last() {
        peak_mb();
        let held = vec![1_u8; 64 << 20];
        let large = peak_mb();
        assert!(held.iter().all(|b| *b == 1));
        drop(held);
        peak_mb();
        assert!(peak_mb() + 32.0 < large, "{large}");
    }
}
