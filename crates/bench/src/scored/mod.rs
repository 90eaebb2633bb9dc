//! What the suites share that score every row of a recording: cases, methods, metrics as means over cases.

mod budget;
mod kmeans;
pub(crate) mod methods;
mod naive;
pub(crate) mod npy;
mod ours;
mod peers;
pub(crate) mod table;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use crate::metrics::{auroc, average_precision, best_f1, period, vus_pr};
use crate::report::{self, Report, Row, peak_mb, say};

use naive::naive;
pub(crate) use ours::{head, head_of};

/// A recording to be scored, and what there is to learn from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    /// Its name, as in the file.
    pub(crate) name: String,
    /// Rows to learn from, a column a signal.
    pub(crate) train: Vec<Vec<f64>>,
    /// Rows to score, a column a signal.
    pub(crate) test: Vec<Vec<f64>>,
    /// The times of the rows to learn from, in any unit; empty when not known.
    pub(crate) train_times: Vec<f64>,
    /// The times of the rows to score.
    pub(crate) test_times: Vec<f64>,
    /// Whether each row to score is anomalous.
    pub(crate) truth: Vec<bool>,
    /// Rows, first and last, and the signals that were guilty then; empty when not known.
    pub(crate) guilty: Vec<(usize, usize, Vec<usize>)>,
    /// Seconds from row to row, where that is known.
    pub(crate) step_s: Option<f64>,
}

impl Case {
    /// How many rows are scored.
    pub(crate) fn rows(&self) -> usize {
        self.truth.len()
    }

    /// Whether rows, columns and labels fit together and there is something to find.
    ///
    /// # Errors
    /// With what does not fit.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.test.is_empty() && self.train.len() == self.test.len(), "columns differ");
        anyhow::ensure!(self.test.iter().all(|c| c.len() == self.rows()), "there is not a label for each row");
        anyhow::ensure!(self.truth.iter().any(|t| *t) && !self.truth.iter().all(|t| *t), "labels are of one kind");
        Ok(())
    }
}

/// The row `at` of a table of columns.
pub(crate) fn row_of(columns: &[Vec<f64>], at: usize) -> Vec<f64> {
    columns.iter().map(|c| c.get(at).copied().unwrap_or(f64::NAN)).collect()
}

/// What a method says about a case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scored {
    /// One score for each row, higher where more suspicious.
    pub(crate) scores: Vec<f64>,
    /// Each signal's part in each score, where the method tells.
    pub(crate) contributions: Vec<Vec<f64>>,
    /// Rows after which a row's score is told.
    pub(crate) lag: usize,
    /// Whether every row is an alarm or none is, of methods whose scores do not say so.
    pub(crate) constant: Option<bool>,
    /// Whether each row is an alarm, of methods that say so themselves.
    pub(crate) alarms: Option<Vec<bool>>,
    /// Seconds of fitting.
    pub(crate) train_s: f64,
    /// Seconds of scoring.
    pub(crate) score_s: f64,
}

/// Scores the rows of a case.
pub(crate) type Method = fn(&Case) -> anyhow::Result<Scored>;

/// Runs the methods over all cases: a row each, metrics as means over the cases.
///
/// # Errors
/// When there is no case, or no method can be run on any.
pub(crate) fn report(
    suite: &str,
    data: &Path,
    (cases, skipped): (&[Case], usize),
    methods: &[(&'static str, Method)],
) -> anyhow::Result<Report> {
    anyhow::ensure!(!cases.is_empty(), "no labelled recording of {suite} was found below {}", data.display());
    let rows = report::rows(methods.iter().copied(), |name, method| row(name, method, cases))?;
    Ok(Report::new(suite, data, (cases.len(), skipped), rows))
}

fn row(name: &str, method: Method, cases: &[Case]) -> anyhow::Result<Row> {
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let (mut train_s, mut score_s, mut rows, mut left_out) = (0.0, 0.0, 0_usize, 0_usize);
    for case in cases {
        let said = match run(method, case) {
            Ok(said) => said,
            Err(error) => {
                left_out += 1;
                let ours = name.starts_with(OURS);
                let then = if ours { "a simpler score takes its place" } else { "the file is left out of its row" };
                say(format!("{name} cannot be run on {}: {error:#}; {then}", case.name));
                if !ours {
                    continue;
                }
                ours::plain(case)
            }
        };
        let figures = metrics(case, &said).into_iter().chain(budget::figures(method, case, &said));
        for (metric, value) in figures.filter(|(_, value)| value.is_finite()) {
            let sum = sums.entry(metric).or_default();
            *sum = (sum.0 + value, sum.1 + 1.0);
        }
        train_s += said.train_s;
        score_s += said.score_s;
        rows += case.rows();
    }
    anyhow::ensure!(!sums.is_empty(), "there is no file that it can be run on");
    let mut metrics: BTreeMap<String, f64> = sums.into_iter().map(|(metric, (sum, n))| (metric, sum / n)).collect();
    if left_out > 0 {
        metrics.insert("not_run_on_files".to_owned(), left_out as f64);
    }
    let score_us_per_sample = score_s * 1e6 / rows.max(1) as f64;
    Ok(Row { method: name.to_owned(), metrics, train_s, score_us_per_sample, peak_mb: peak_mb() })
}

/// What the names of our own methods begin with.
const OURS: &str = "gemba";

fn run(method: Method, case: &Case) -> anyhow::Result<Scored> {
    let said = method(case)?;
    anyhow::ensure!(said.scores.len() == case.rows(), "it has not a score for each row");
    Ok(said)
}

fn metrics(case: &Case, said: &Scored) -> Vec<(String, f64)> {
    let buffer = period(case.test.first().map_or(&[], Vec::as_slice));
    let (truth, scores) = (&case.truth, &said.scores);
    let mut all = vec![
        ("vus_pr".to_owned(), vus_pr(truth, scores, buffer)),
        ("f1_best".to_owned(), best_f1(truth, scores)),
        ("ap".to_owned(), average_precision(truth, scores)),
        ("auroc".to_owned(), auroc(truth, scores)),
    ];
    all.extend(hit_rate(case, said).map(|rate| ("hit_rate_150".to_owned(), rate)));
    all
}

/// HitRate@150 % (Su et al., OmniAnomaly, KDD 2019), over whole anomalies: the share of guilty signals among the
/// 1.5 times as many that contributed most.
fn hit_rate(case: &Case, said: &Scored) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0.0);
    for (first, last, guilty) in &case.guilty {
        let rows = said.contributions.get(*first..=*last)?;
        let mut parts: Vec<(usize, f64)> = vec![0.0; case.test.len()].into_iter().enumerate().collect();
        for row in rows {
            parts.iter_mut().zip(row).for_each(|(part, c)| part.1 += c);
        }
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        let top = parts.iter().take(guilty.len() * 3 / 2);
        sum += top.filter(|(i, _)| guilty.contains(i)).count() as f64 / guilty.len().max(1) as f64;
        n += 1.0;
    }
    (n > 0.0).then(|| sum / n)
}

/// Times fitting and scoring.
#[derive(Debug)]
pub(crate) struct Watch(Instant);

impl Watch {
    /// Begins.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Seconds since it began, or since the last lap.
    pub(crate) fn lap(&mut self) -> f64 {
        let seconds = self.0.elapsed().as_secs_f64();
        self.0 = Instant::now();
        seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_run_on_a_file_costs_that_file_and_ours_goes_on_in_a_simpler_way() {
        let case = |rows: usize, name: &str| Case {
            name: name.to_owned(),
            train: vec![(0..rows).map(|i| (i % 7) as f64).collect(); 3],
            test: vec![(0..60).map(|i| if i == 50 { 40.0 } else { f64::from(i % 7) }).collect(); 3],
            truth: (0..60).map(|i| i == 50).collect(),
            ..Case::default()
        };
        // times are not known; three rows are too few for anything
        let cases = [case(80, "fine"), case(3, "short")];
        let report = report("some", Path::new("d"), (&cases, 0), &methods::runs()).unwrap();
        let row = |name: &str| &report.rows.iter().find(|r| r.method == name).unwrap().metrics;
        assert!((row("gemba")["not_run_on_files"] - 1.0).abs() < 1e-12 && row("gemba")["ap"] > 0.5);
        assert!((row("pca_error")["not_run_on_files"] - 1.0).abs() < 1e-12);
        assert!(!row("never").contains_key("not_run_on_files"));
        assert!(report.notes.iter().any(|n| n.starts_with("pca_error cannot be run on short")), "{:?}", report.notes);
        assert!(report.notes.iter().any(|n| n.starts_with("gemba cannot be run on short")), "{:?}", report.notes);
    }

    #[test]
    fn hit_rate_counts_the_guilty_among_one_and_a_half_times_as_many() {
        let case = Case { test: vec![vec![0.0; 4]; 5], guilty: vec![(1, 2, vec![0, 3])], ..Case::default() };
        let quiet = vec![0.0; 5];
        let contributions = vec![quiet.clone(), vec![0.0, 5.0, 4.0, 1.0, 0.0], vec![0.5, 0.0, 0.0, 2.0, 0.0], quiet];
        let said = Scored { contributions, ..Scored::default() };
        // the three largest are 1 (5), 2 (4), 3 (3): one of the two guilty ones
        assert!((hit_rate(&case, &said).unwrap() - 0.5).abs() < 1e-12);
    }
}
