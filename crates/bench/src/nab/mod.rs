//! The Numenta Anomaly Benchmark: single signals, streaming. A detector learns from the first 15 % of a file (750
//! rows at most), sees each value once and says a score before it sees the next. One threshold for all files.

pub(crate) mod changes;
mod corpus;
mod methods;
mod peers;
mod score;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use crate::peers::{DETECTORS, there};
use crate::report::{Report, Row, peak_mb, say};
use corpus::Corpus;
use methods::{Method, Threshold};
use peers::Said;
use score::Sweep;

/// The weights of a profile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profile {
    /// A detection at the left edge of a window.
    pub(crate) hit: f64,
    /// A detection outside all windows.
    pub(crate) false_alarm: f64,
    /// A window without detection.
    pub(crate) miss: f64,
}

/// The standard profile.
pub(crate) const STANDARD: Profile = Profile { hit: 1.0, false_alarm: -0.11, miss: -1.0 };
/// The profile that punishes false alarms twice as hard.
pub(crate) const LOW_FP: Profile = Profile { hit: 1.0, false_alarm: -0.22, miss: -1.0 };
/// The profile that punishes misses twice as hard.
pub(crate) const LOW_FN: Profile = Profile { hit: 1.0, false_alarm: -0.11, miss: -2.0 };

/// A sum of `windows` windows, scaled: 0 silent, 100 perfect.
pub(crate) fn scaled(sum: f64, windows: f64, profile: Profile) -> f64 {
    let (silent, perfect) = (windows * profile.miss, windows * profile.hit);
    100.0 * (sum - silent) / (perfect - silent)
}

/// Runs the suite over all labelled files below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let corpus = corpus::find(data)?;
    anyhow::ensure!(!corpus.recordings.is_empty(), "no labelled file was found below {}", data.display());
    let mut rows: Vec<Row> = methods::ALL.iter().map(|method| row(method, &corpus)).collect();
    for peer in there(&DETECTORS) {
        match peers::ask(peer, &corpus) {
            Ok(said) => rows.push(judged(peer.name, Threshold::Best, &corpus, said)),
            Err(error) => say(format!("{} is left out: {error:#}", peer.name)),
        }
    }
    let (files, skipped) = (corpus.recordings.len(), corpus.skipped);
    Ok(Report::new("nab", data, (files, skipped), rows))
}

/// A method learns as it goes on: its time is that of scoring.
fn row(method: &Method, corpus: &Corpus) -> Row {
    let start = Instant::now();
    let scores: Vec<Vec<f64>> = corpus.recordings.iter().map(method.scores).collect();
    let said = Said { scores, train_s: 0.0, score_s: start.elapsed().as_secs_f64() };
    judged(method.name, method.threshold, corpus, said)
}

fn judged(name: &str, threshold: Threshold, corpus: &Corpus, said: Said) -> Row {
    let Said { scores, train_s, score_s } = said;
    let mut metrics = BTreeMap::new();
    for (metric, profile) in ["standard", "low_fp", "low_fn"].into_iter().zip(corpus.profiles) {
        let mut sweep = Sweep::new(profile);
        corpus.recordings.iter().zip(&scores).for_each(|(recording, scores)| sweep.add(recording, scores));
        let outcome = match threshold {
            Threshold::Best => sweep.best(),
            Threshold::Fixed(given) => sweep.at(given),
            Threshold::Budget(share) => sweep.at(budgeted(corpus, &scores, share)),
        };
        metrics.insert(metric.to_owned(), outcome.score);
        if metric == "standard" {
            if matches!(threshold, Threshold::Best) {
                metrics.insert("standard_left_out".to_owned(), left_out(corpus, &scores, profile));
            }
            metrics.insert("threshold".to_owned(), outcome.threshold.min(1e9));
            metrics.insert("windows_found".to_owned(), outcome.found as f64);
            metrics.insert("false_alarms".to_owned(), outcome.false_alarms as f64);
        }
    }
    let rows: usize = scores.iter().map(Vec::len).sum();
    let score_us_per_sample = score_s * 1e6 / rows.max(1) as f64;
    Row { method: name.to_owned(), metrics, train_s, score_us_per_sample, peak_mb: peak_mb() }
}

/// The score when each group is flagged from the threshold that is best for the other groups: what a choice is worth
/// on signals of a kind that was not looked at.
fn left_out(corpus: &Corpus, scores: &[Vec<f64>], profile: Profile) -> f64 {
    let groups: BTreeSet<&str> = corpus.recordings.iter().map(|r| r.group.as_str()).collect();
    let sweep = |wanted: &dyn Fn(&str) -> bool| {
        let mut sweep = Sweep::new(profile);
        let files = corpus.recordings.iter().zip(scores).filter(|(r, _)| wanted(&r.group));
        files.for_each(|(recording, scores)| sweep.add(recording, scores));
        sweep
    };
    let outcome = |group: &&str| {
        let threshold = sweep(&|g| g != *group).best().threshold;
        sweep(&|g| g == *group).at(threshold).sum
    };
    let windows: usize = corpus.recordings.iter().map(|r| r.windows.len()).sum();
    scaled(groups.iter().map(outcome).sum(), windows as f64, profile)
}

/// The lowest threshold that flags at most `share` of the rows in the second halves of all probations.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a row count")]
fn budgeted(corpus: &Corpus, scores: &[Vec<f64>], share: f64) -> f64 {
    let half = |(r, s): (&corpus::Recording, &Vec<f64>)| -> Vec<f64> {
        s.get(r.probation() / 2..r.probation()).unwrap_or_default().to_vec()
    };
    let mut healthy: Vec<f64> = corpus.recordings.iter().zip(scores).flat_map(half).collect();
    healthy.sort_by(|a, b| b.total_cmp(a));
    let allowed = (healthy.len() as f64 * share).floor() as usize;
    healthy.get(allowed).map_or(1.0, |score| score * (1.0 + 1e-9))
}
