//! C-MAPSS: turbofans that ran to failure. Fitted on whole records of the training units, asked once a test unit at its
//! last cycle. `rmse_cap125` and `coverage90` hold against labels capped at 125 cycles, `rmse` and `phm08` against the
//! labels as they are; coverage in %. `cv_rmse_cap125` is the error on training units that the judging models had not seen, at cycles
//! drawn evenly over their lives: all that can be said where a subset has no test part.

mod matrices;
mod naive;
mod shipped;
mod subset;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use gemba_learn::fleet::{Config, Fleet, Judged, Life};

use crate::report::{Report, Row, peak_mb, say};
use subset::Subset;

/// Labels above this are all alike, in training and where the metric says so.
const CAP: f64 = 125.0;

/// Runs the suite over all subsets below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (subsets, files, skipped) = subset::find(data)?;
    anyhow::ensure!(!subsets.is_empty(), "no C-MAPSS subset was found below {}", data.display());
    let mut rows: Vec<Row> = Vec::new();
    for subset in &subsets {
        ours(subset, &mut rows).unwrap_or_else(|e| say(format!("ours is left out of {}: {e:#}", subset.name)));
        shipped::rows(subset, &mut rows);
        naive::rows(subset, &mut rows);
        matrices::rows(subset, &mut rows);
    }
    anyhow::ensure!(!rows.is_empty(), "no subset below {} is large enough to learn from", data.display());
    Ok(Report::new("cmapss", data, (files, skipped), rows))
}

/// Our ensemble, and each of its kinds alone.
fn ours(subset: &Subset, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let start = Instant::now();
    let fleet = Fleet::fit(&subset.train, &Config { cap: CAP, coverage: 0.9, ..Config::default() })?;
    let train_s = start.elapsed().as_secs_f64();
    let records = subset.test.as_ref().map_or(&[][..], |(records, _)| records);
    let start = Instant::now();
    let lives: Vec<Life> = records.iter().map(|r| fleet.predict(r)).collect();
    let cycles: usize = records.iter().map(gemba_learn::fleet::Record::cycles).sum();
    let score_us = start.elapsed().as_secs_f64() * 1e6 / cycles.max(1) as f64;
    let answers: Vec<Vec<f64>> = records.iter().map(|r| fleet.answers(r)).collect();
    let expected: Vec<f64> = lives.iter().map(|l| l.expected).collect();
    let mut metrics = Metrics::of(subset, &expected);
    metrics.add("cv_rmse_cap125", rmse(fleet.judged().iter().map(|j| (j.expected(), j.truth))));
    if let Some((_, left)) = &subset.test {
        let n = lives.len().max(1) as f64;
        let holds = |(life, left): (&Life, &f64)| (life.low..=life.high).contains(&left.min(CAP));
        metrics.add("coverage90", 100.0 * lives.iter().zip(left).filter(|p| holds(*p)).count() as f64 / n);
        metrics.add("width90", lives.iter().map(|l| l.high - l.low).sum::<f64>() / n);
    }
    put(rows, "gemba", metrics, (train_s, score_us));
    for (place, kind) in fleet.kinds().iter().enumerate() {
        let of = |answers: &Vec<f64>| answers.get(place).copied().unwrap_or_default();
        let mut metrics = Metrics::of(subset, &answers.iter().map(of).collect::<Vec<f64>>());
        let judged = |j: &Judged| (of(&j.answers), j.truth);
        metrics.add("cv_rmse_cap125", rmse(fleet.judged().iter().map(judged)));
        put(rows, &format!("gemba_{kind}"), metrics, (0.0, 0.0));
    }
    Ok(())
}

/// Adds a method's figures on one more subset to its row.
fn put(rows: &mut Vec<Row>, method: &str, metrics: Metrics, (train_s, score_us): (f64, f64)) {
    if let Some(row) = rows.iter_mut().find(|r| r.method == method) {
        row.metrics.extend(metrics.all);
        row.train_s += train_s;
        row.score_us_per_sample = row.score_us_per_sample.max(score_us);
        row.peak_mb = row.peak_mb.max(peak_mb());
        return;
    }
    let method = method.to_owned();
    rows.push(Row { method, metrics: metrics.all, train_s, score_us_per_sample: score_us, peak_mb: peak_mb() });
}

/// Figures on one subset.
struct Metrics {
    subset: String,
    all: BTreeMap<String, f64>,
}

impl Metrics {
    /// Of what was expected of each test unit; nothing where there is no test part.
    fn of(subset: &Subset, expected: &[f64]) -> Self {
        let mut metrics = Self { subset: subset.name.clone(), all: BTreeMap::new() };
        if let Some((_, left)) = &subset.test {
            let pairs = || expected.iter().copied().zip(left.iter().copied());
            metrics.add("rmse_cap125", rmse(pairs().map(|(e, l)| (e, l.min(CAP)))));
            metrics.add("rmse", rmse(pairs()));
            metrics.add("phm08", pairs().map(|(e, l)| phm08(e - l)).sum());
        }
        metrics
    }

    fn add(&mut self, name: &str, value: f64) {
        self.all.insert(format!("{}.{name}", self.subset), value);
    }
}

/// Of pairs of expected and true.
fn rmse(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, n) = pairs.fold((0.0, 0.0), |(sum, n), (e, t)| (sum + (e - t) * (e - t), n + 1.0));
    if n > 0.0 { (sum / n).sqrt() } else { f64::NAN }
}

/// The score of a unit, `late` cycles expected too many (Saxena et al. 2008).
fn phm08(late: f64) -> f64 {
    if late < 0.0 { (-late / 13.0).exp() - 1.0 } else { (late / 10.0).exp() - 1.0 }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of made-up data")]
mod tests {
    use super::*;
    use gemba_learn::random::Random;

    #[test]
    fn the_scores_are_those_of_the_definition() {
        assert!((rmse([(1.0, 3.0), (5.0, 5.0)].into_iter()) - 2.0_f64.sqrt()).abs() < 1e-12);
        assert!((phm08(10.0) - 1.718_28).abs() < 1e-4 && (phm08(-13.0) - 1.718_28).abs() < 1e-4);
        assert!(phm08(0.0).abs() < 1e-12);
    }

    /// `units` units whose second sensor falls by wear; whole, or cut off with what was left.
    fn lines(units: u32, seed: u64, cut: bool) -> (String, String) {
        use std::fmt::Write;
        let mut random = Random::new(seed);
        let (mut text, mut left) = (String::new(), String::new());
        for unit in 1..=units {
            let life = 130 + (60.0 * random.unit()) as u32;
            let end = if cut { life - 10 - (80.0 * random.unit()) as u32 } else { life };
            for cycle in 1..=end {
                let wear = (-f64::from(life - cycle) / 40.0).exp();
                let sensor = 600.0 - 20.0 * wear + random.normal();
                writeln!(text, "{unit} {cycle} 0.0 0.0 100 518.67 {sensor:.3} ").unwrap();
            }
            writeln!(left, "{}", life - end).unwrap();
        }
        (text, left)
    }

    #[test]
    fn a_folder_of_the_layout_is_scored_and_what_lacks_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("train_A.txt", &lines(12, 1, false).0);
        let (test, left) = lines(20, 2, true);
        write("test_A.txt", &test);
        write("RUL_A.txt", &left);
        write("train_B.txt", &lines(8, 3, false).0);
        let report = run(dir.path()).unwrap();
        assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (4, 2, "gemba"));
        let metric = |method: &str, name: &str| {
            report.rows.iter().find(|r| r.method == method).and_then(|r| r.metrics.get(name)).copied()
        };
        let ours = metric("gemba", "A.rmse_cap125").unwrap();
        assert!(ours < 0.7 * metric("mean", "A.rmse_cap125").unwrap(), "{ours}");
        assert!(metric("gemba", "B.cv_rmse_cap125").is_some() && metric("gemba", "B.rmse").is_none());
        assert!(metric("gemba", "A.coverage90").unwrap() >= 70.0);
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }
}
