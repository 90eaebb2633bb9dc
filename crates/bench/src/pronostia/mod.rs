//! PRONOSTIA (PHM 2012 challenge): bearings under accelerated load. Learning bearings run to failure, test bearings
//! end early; their remaining life is predicted at the last snapshot. `score` is the mean of the challenge's A over
//! the test bearings whose answer is known; where there is none, over the learning bearings, each cut off at several
//! shares of its life and predicted from the others (`score_learning`, printed always).

mod bearing;
mod methods;
mod peers;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use gemba_learn::stats;

use crate::report::{Report, Row, peak_mb, say};
use bearing::Bearing;
use methods::{Said, Seen};

/// The level of the range.
const LEVEL: f64 = 0.9;
/// Learning bearings of which each can be asked by what at least two others tell.
const RECORDS_WANTED: usize = 3;
/// Shares of life at which learning bearings are cut off.
const CUTS: [f64; 8] = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

/// The score A of a prediction: 1 when right, a half when 20 % early or 5 % late.
fn score(left: f64, guess: f64) -> f64 {
    let percent = 100.0 * (left - guess) / left;
    let halves = if percent <= 0.0 { -percent / 5.0 } else { percent / 20.0 };
    if halves.is_nan() { 0.0 } else { 0.5_f64.powf(halves) }
}

/// Runs the suite over all bearings below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (bearings, skipped) = bearing::find(data)?;
    anyhow::ensure!(!bearings.is_empty(), "no PRONOSTIA bearing was found below {}", data.display());
    let learning = bearings.iter().filter(|b| b.learning).count();
    if learning < RECORDS_WANTED {
        say(format!(
            "{learning} bearings to learn from: ranges are not checked by others, with none only the age counts"
        ));
    }
    let mut rows: Vec<Row> = methods::ALL.iter().map(|(name, method)| row(name, *method, &bearings)).collect();
    rows.extend(peers::rows(&bearings));
    Ok(Report::new("pronostia", data, (bearings.len(), skipped), rows))
}

/// What is asked: what was seen, the bearings to learn from, and the truth, seconds.
type Question<'a> = (Seen<'a>, Vec<&'a Bearing>, f64);

/// What is asked of the test bearings, and of the learning ones cut off.
fn questions(bearings: &[Bearing]) -> (Vec<Question<'_>>, Vec<Question<'_>>) {
    let learning: Vec<&Bearing> = bearings.iter().filter(|b| b.learning).collect();
    let tests = bearings.iter().filter(|b| !b.learning).filter_map(|b| question(b, &learning)).collect();
    (tests, learning.iter().flat_map(|b| cut_off(b, &learning)).collect())
}

/// A method learns anew for each question: its time is that of answering.
fn row(name: &str, method: methods::Method, bearings: &[Bearing]) -> Row {
    let (tests, cuts) = questions(bearings);
    let start = Instant::now();
    let answered = |questions: &[Question<'_>]| Tally::of(questions, method);
    let tallies = (answered(&tests), answered(&cuts));
    row_of(name, (&tallies.0, &tallies.1), (0.0, start.elapsed().as_secs_f64()))
}

fn row_of(name: &str, (by_test, by_cut): (&Tally, &Tally), (train_s, score_s): (f64, f64)) -> Row {
    let (tests, cuts) = (by_test.scores.len(), by_cut.scores.len());
    let shown = if tests == 0 { by_cut } else { by_test };
    let mut metrics = BTreeMap::from([
        ("score".to_owned(), stats::mean(&shown.scores)),
        ("score_learning".to_owned(), stats::mean(&by_cut.scores)),
        ("early".to_owned(), f64::from(shown.early)),
        ("late".to_owned(), f64::from(shown.late)),
        ("coverage90".to_owned(), 100.0 * stats::mean(&shown.covered)),
        ("width_over_truth".to_owned(), stats::median(&shown.widths)),
        ("test_bearings".to_owned(), tests as f64),
    ]);
    metrics.retain(|_, value| value.is_finite());
    let score_us_per_sample = score_s * 1e6 / (tests + cuts).max(1) as f64;
    Row { method: name.to_owned(), metrics, train_s, score_us_per_sample, peak_mb: peak_mb() }
}

fn question<'a>(bearing: &'a Bearing, learning: &[&'a Bearing]) -> Option<Question<'a>> {
    Some((bearing.until(1.0).0, learning.to_vec(), bearing.left?))
}

fn cut_off<'a>(bearing: &'a Bearing, learning: &[&'a Bearing]) -> Vec<Question<'a>> {
    let others: Vec<&Bearing> = learning.iter().copied().filter(|b| b.name != bearing.name).collect();
    let cut = |share: f64| {
        let (seen, left) = bearing.until(share);
        (seen, others.clone(), left)
    };
    CUTS.into_iter().map(cut).filter(|(_, _, left)| *left > 0.0).collect()
}

#[derive(Debug, Default)]
struct Tally {
    scores: Vec<f64>,
    covered: Vec<f64>,
    widths: Vec<f64>,
    early: u32,
    late: u32,
}

impl Tally {
    fn of(questions: &[Question<'_>], method: methods::Method) -> Self {
        let mut tally = Self::default();
        for (seen, learning, left) in questions {
            tally.take(method(seen, learning).as_ref(), *left);
        }
        tally
    }

    /// What says nothing has the score 0.
    fn take(&mut self, said: Option<&Said>, left: f64) {
        match said {
            Some(said) => self.add(said, left),
            None => self.scores.push(0.0),
        }
    }

    fn add(&mut self, said: &Said, left: f64) {
        self.scores.push(score(left, said.guess));
        self.covered.push(f64::from(u8::from(said.range.covers(left))));
        self.widths.push((said.range.hi - said.range.lo) / left);
        self.early += u32::from(said.guess < left);
        self.late += u32::from(said.guess > left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_learn::random::Random;
    use std::fmt::Write as _;

    #[test]
    fn a_heavier_load_uses_life_up_faster() {
        let pace = |name: &str| bearing::pace(name);
        assert!((pace("1_7") - 1.0).abs() < 1e-12 && (pace("9_1") - 1.0).abs() < 1e-12);
        assert!((pace("3_1") - 1500.0 * 125.0 / (1800.0 * 64.0)).abs() < 1e-12);
    }

    #[test]
    fn late_costs_four_times_as_much_as_early() {
        for (guess, want) in [(100.0, 1.0), (80.0, 0.5), (105.0, 0.5), (60.0, 0.25), (110.0, 0.25)] {
            assert!((score(100.0, guess) - want).abs() < 1e-12, "{guess}");
        }
        assert!(score(100.0, f64::INFINITY).abs() < 1e-12);
    }

    fn bearing(folder: &Path, seed: u64, (snapshots, life): (u32, u32), separator: char) {
        std::fs::create_dir_all(folder).unwrap();
        let mut random = Random::new(seed);
        for i in 1..=snapshots {
            let share = f64::from(i) / f64::from(life);
            let size = 0.5 + ((share - 0.8).max(0.0) * 15.0).exp() - 1.0;
            let mut text = String::new();
            for _ in 0..40 {
                let mut value = || size * random.normal();
                writeln!(text, "9,1,2,3.5,{:.3},{:.3}", value(), value()).unwrap();
            }
            let text = text.replace(',', &separator.to_string());
            std::fs::write(folder.join(format!("acc_{:05}.csv", i * 10)), text).unwrap();
        }
    }

    #[test]
    fn a_folder_of_the_layout_is_scored() {
        let dir = tempfile::tempdir().unwrap();
        let learn = dir.path().join("Learning_set");
        for (k, life) in [60_u32, 70, 80].into_iter().enumerate() {
            bearing(&learn.join(format!("Bearing1_{k}")), k as u64, (life, life), ',');
        }
        std::fs::write(learn.join("Bearing1_0/acc_00015.csv"), "nonsense").unwrap();
        std::fs::write(dir.path().join("RUL_test.csv"), "bearing,rul_s\n").unwrap();
        let report = run(dir.path()).unwrap();
        assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (3, 1, "gemba"));
        assert!(report.rows[0].metrics["score"] > 0.1, "{:?}", report.rows[0]);
        bearing(&dir.path().join("Test_set/Bearing1_9"), 9, (68, 72), ';');
        std::fs::write(dir.path().join("RUL_test.csv"), "bearing,rul_s\nBearing1_9,400\n").unwrap();
        let metrics = &run(dir.path()).unwrap().rows[0].metrics;
        assert!(
            (metrics["test_bearings"] - 1.0).abs() < 1e-9 && (metrics["early"] + metrics["late"] - 1.0).abs() < 1e-9
        );
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }

    #[test]
    fn with_two_one_or_no_bearing_to_learn_from_all_methods_still_answer() {
        for learning in [2, 1, 0] {
            let dir = tempfile::tempdir().unwrap();
            let own = dir.path().join("any/name");
            for k in 0..learning {
                bearing(&own.join(format!("Learning_set/Bearing1_{k}")), u64::from(k), (60 + 10 * k, 60 + 10 * k), ',');
            }
            bearing(&own.join("Test_set/Bearing1_9"), 9, (68, 72), ',');
            std::fs::write(own.join("RUL_test.csv"), "bearing,rul_s\nBearing1_9,400\n").unwrap();
            let report = run(dir.path()).unwrap();
            assert!((report.rows[0].metrics["test_bearings"] - 1.0).abs() < 1e-12 && report.rows.len() == 5);
            assert!(report.rows[0].metrics["early"] + report.rows[0].metrics["late"] > 0.5, "{learning}");
            assert!(report.notes[0].starts_with(&learning.to_string()));
        }
    }
}
