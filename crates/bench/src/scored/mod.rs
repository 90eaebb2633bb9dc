//! What the suites share that score every row of a recording: cases, methods, metrics as means over cases.

mod kmeans;
pub(crate) mod methods;
mod naive;
pub(crate) mod npy;
mod ours;
pub(crate) mod table;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;

use crate::metrics::{auroc, average_precision, best_f1, period, vus_pr};
use crate::report::{Report, Row, peak_mb};

use naive::naive;
pub(crate) use ours::head;

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
/// When there is no case, or a method fails on one.
pub(crate) fn report(
    suite: &str,
    data: &Path,
    (cases, skipped): (&[Case], usize),
    methods: &[(&str, Method)],
) -> anyhow::Result<Report> {
    anyhow::ensure!(!cases.is_empty(), "no labelled recording of {suite} was found below {}", data.display());
    let row = |(name, method): &(&str, Method)| row(name, *method, cases).with_context(|| format!("running {name}"));
    let rows = methods.iter().map(row).collect::<anyhow::Result<Vec<Row>>>()?;
    Ok(Report { suite: suite.into(), data: data.display().to_string(), files: cases.len(), skipped, rows })
}

fn row(name: &str, method: Method, cases: &[Case]) -> anyhow::Result<Row> {
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let (mut train_s, mut score_s, mut rows) = (0.0, 0.0, 0_usize);
    for case in cases {
        let said = method(case).with_context(|| case.name.clone())?;
        anyhow::ensure!(said.scores.len() == case.rows(), "{}: not a score for each row", case.name);
        for (metric, value) in metrics(case, &said) {
            let sum = sums.entry(metric).or_default();
            *sum = (sum.0 + value, sum.1 + 1.0);
        }
        train_s += said.train_s;
        score_s += said.score_s;
        rows += case.rows();
    }
    let metrics = sums.into_iter().map(|(metric, (sum, n))| (metric, sum / n)).collect();
    let score_us_per_sample = score_s * 1e6 / rows.max(1) as f64;
    Ok(Row { method: name.to_owned(), metrics, train_s, score_us_per_sample, peak_mb: peak_mb() })
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
    fn hit_rate_counts_the_guilty_among_one_and_a_half_times_as_many() {
        let case = Case { test: vec![vec![0.0; 4]; 5], guilty: vec![(1, 2, vec![0, 3])], ..Case::default() };
        let quiet = vec![0.0; 5];
        let contributions = vec![quiet.clone(), vec![0.0, 5.0, 4.0, 1.0, 0.0], vec![0.5, 0.0, 0.0, 2.0, 0.0], quiet];
        let said = Scored { contributions, ..Scored::default() };
        // the three largest are 1 (5), 2 (4), 3 (3): one of the two guilty ones
        assert!((hit_rate(&case, &said).unwrap() - 0.5).abs() < 1e-12);
    }
}
