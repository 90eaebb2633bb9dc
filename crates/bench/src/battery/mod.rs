//! Battery: lithium-ion cells, cycled until their capacity has faded by 30 % (2.0 to 1.4 Ah). After 80, 90 and 100
//! cycles, as far as the cell still lives, the cycle of that end is predicted; all other cells are known as a whole.
//! Cells that begin below 1.4 Ah (cold, or at a high load) are asked for a fade by 30 % of their own begin, and cells
//! that do not live so long are asked earlier: these count apart (`other_…`), and alone where there are no others. Cells
//! that never come to their end count for the coverage of the range only.

mod cell;
mod matrices;
mod methods;
mod shipped;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use gemba_learn::life::{Fade, FadePath};
use gemba_learn::stats;

use crate::report::{Report, Row, peak_mb, say};
use cell::Cell;
use methods::Ask;

/// Cycles after which it is asked: the protocol's, and those for cells that have ended by then.
const ASKED: [[usize; 3]; 4] = [[80, 90, 100], [40, 50, 60], [20, 25, 30], [10, 12, 15]];
/// The level of the range.
const LEVEL: f64 = 0.9;
/// What the names of figures of cells begin with that the protocol does not ask.
const OTHERS: &str = "other_";

/// What a cell is asked.
struct Question<'a> {
    ask: Ask<'a>,
    /// Which of the cells it is.
    own: usize,
    /// The cycle of its end, where it came to it.
    end: Option<usize>,
    /// How many cycles it has.
    cycles: usize,
    /// Whether it is one that the protocol asks.
    usual: bool,
}

/// Runs the suite over all cells below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (cells, skipped) = cell::find(data)?;
    anyhow::ensure!(!cells.is_empty(), "no discharge table was found below {}", data.display());
    let start = Instant::now();
    let mut questions: Vec<Question<'_>> = (0..cells.len()).flat_map(|i| questions(&cells, i)).collect();
    if !questions.iter().any(|q| q.usual && q.end.is_some()) {
        say("no cell begins above 1.4 Ah and fades to it after cycle 80: all figures are of other cells".to_owned());
        for question in &mut questions {
            question.usual = true;
        }
    }
    let learned_s = start.elapsed().as_secs_f64();
    let mut rows: Vec<Row> = methods::ALL.iter().map(|(name, method)| row(name, *method, &questions)).collect();
    if let Some(ours) = rows.first_mut() {
        ours.train_s += learned_s;
    }
    rows.insert(1.min(rows.len()), shipped::row(&cells, &questions)?);
    rows.extend(matrices::rows(&questions));
    Ok(Report::new("battery", data, (cells.len(), skipped), rows))
}

fn questions(cells: &[Cell], own: usize) -> Vec<Question<'_>> {
    let Some(cell) = cells.get(own) else { return Vec::new() };
    let others: Vec<&Cell> = cells.iter().enumerate().filter(|(i, _)| *i != own).map(|(_, c)| c).collect();
    let (cycles, end_ah) = (cell.path.levels.len(), cell.end_ah());
    let end = cell.path.end(end_ah);
    let lives = |asked: &&usize| end.map_or(cycles > **asked, |end| end > **asked);
    let Some(set) = ASKED.iter().position(|set| set.iter().any(|a| lives(&a))) else { return Vec::new() };
    let usual = set == 0 && cell.begins_as_rated();
    let fade = Fade::learn(&others.iter().map(|c| c.path.clone()).collect::<Vec<FadePath>>(), LEVEL);
    let question = |asked: &usize| {
        let ask = Ask { head: cell.path.until(*asked), end_ah, others: others.clone(), fade: fade.clone() };
        Question { ask, own, end, cycles, usual }
    };
    ASKED.get(set).into_iter().flatten().filter(lives).map(question).collect()
}

fn row(name: &str, method: methods::Method, questions: &[Question<'_>]) -> Row {
    judged(name, questions, |question| method(&question.ask))
}

/// What ranges of cycles are worth.
fn judged<'a>(
    name: &str,
    questions: &'a [Question<'a>],
    mut answer: impl FnMut(&'a Question<'a>) -> Option<gemba_learn::life::Range>,
) -> Row {
    let start = Instant::now();
    let (mut usual, mut others) = (Tally::default(), Tally::default());
    for question in questions {
        let range = answer(question);
        if question.usual { &mut usual } else { &mut others }.add(range, question);
    }
    let score_s = start.elapsed().as_secs_f64();
    let mut metrics = usual.metrics();
    if !others.covered.is_empty() {
        metrics.extend(others.metrics().into_iter().map(|(metric, value)| (OTHERS.to_owned() + &metric, value)));
    }
    let score_us_per_sample = score_s * 1e6 / questions.len().max(1) as f64;
    Row { method: name.to_owned(), metrics, train_s: 0.0, score_us_per_sample, peak_mb: peak_mb() }
}

/// What became of predictions.
#[derive(Debug, Default)]
struct Tally {
    errors: Vec<f64>,
    widths: Vec<f64>,
    covered: Vec<f64>,
    early: u32,
}

impl Tally {
    fn add(&mut self, range: Option<gemba_learn::life::Range>, question: &Question<'_>) {
        let age = question.ask.head.levels.len() as f64;
        match (range, question.end) {
            (Some(range), Some(end)) => {
                let left = end as f64 - age;
                self.errors.push((range.median - left).abs().min(LOST));
                self.early += u32::from(range.median < left);
                self.covered.push(f64::from(u8::from(range.covers(left))));
                self.widths.push(range.hi - range.lo);
            }
            // it lasts longer than was seen: the range must not end before
            (Some(range), None) => {
                self.covered.push(f64::from(u8::from(range.hi >= question.cycles as f64 - age)));
            }
            (None, Some(_)) => {
                self.errors.push(LOST);
                self.covered.push(0.0);
            }
            (None, None) => self.covered.push(0.0),
        }
    }

    fn metrics(&self) -> BTreeMap<String, f64> {
        let mut metrics = BTreeMap::from([
            ("eol_error_cycles".to_owned(), stats::mean(&self.errors)),
            ("worst_cycles".to_owned(), self.errors.iter().copied().fold(f64::NAN, f64::max)),
            ("early_share".to_owned(), f64::from(self.early) / self.errors.len() as f64),
            ("coverage90".to_owned(), 100.0 * stats::mean(&self.covered)),
            ("width_cycles".to_owned(), stats::mean(&self.widths)),
            ("predictions".to_owned(), self.errors.len() as f64),
            ("outlived".to_owned(), (self.covered.len() - self.errors.len()) as f64),
        ]);
        metrics.retain(|_, value| value.is_finite());
        metrics
    }
}

/// The error that a method is charged with that says nothing or far too much, cycles.
const LOST: f64 = 200.0;

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_learn::random::Random;
    use std::fmt::Write as _;

    /// Four cells that fade evenly, each by its own pace, with a rest every 20 cycles; the last begins too low.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (k, (first, pace)) in [(1.9, 0.0040), (1.9, 0.0044), (1.9, 0.0048), (1.3, 0.004)].into_iter().enumerate() {
            let mut random = Random::new(k as u64);
            let mut text = "cycle_num,ambient_temperature,cycle_time_start,Capacity,Time\n".to_owned();
            for i in 1..=160_u32 {
                let rest = 0.03 * (-f64::from(i % 20) / 3.0).exp();
                let broken = if i == 50 { 0.2 } else { 1.0 };
                let capacity = (first - pace * f64::from(i) + rest + 0.003 * random.normal()) * broken;
                writeln!(text, "{i},24,2008-01-01,{capacity:.5},0\n{i},24,2008-01-01,{capacity:.5},9").unwrap();
            }
            std::fs::write(dir.path().join(format!("B000{k}_discharge.csv")), text).unwrap();
        }
        std::fs::write(dir.path().join("B0009_discharge.csv"), "cycle_num\n").unwrap();
        dir
    }

    #[test]
    fn a_folder_of_the_layout_is_scored() {
        let report = run(folder().path()).unwrap();
        assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (4, 1, "gemba"));
        let ours = &report.rows[0].metrics;
        assert!(ours["eol_error_cycles"] < 10.0 && ours["predictions"] > 5.0 && ours["coverage90"] > 70.0, "{ours:?}");
        assert!(ours["other_predictions"] > 0.0, "the cell that begins too low");
        let now = report.rows.iter().find(|r| r.method == "now").unwrap();
        assert!(now.metrics["eol_error_cycles"] > ours["eol_error_cycles"]);
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }

    #[test]
    fn cells_that_begin_low_or_live_for_short_are_asked_too() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("any/name");
        std::fs::create_dir_all(&own).unwrap();
        for (k, (first, pace)) in [(1.2, 0.012), (1.25, 0.013), (1.9, 0.016), (1.85, 0.015)].into_iter().enumerate() {
            let mut random = Random::new(k as u64);
            let mut text = "cycle_num,Capacity\n".to_owned();
            for i in 1..=60_u32 {
                writeln!(text, "{i},{:.5}", first - pace * f64::from(i) + 0.003 * random.normal()).unwrap();
            }
            std::fs::write(own.join(format!("B000{k}_discharge.csv")), text).unwrap();
        }
        let report = run(dir.path()).unwrap();
        let ours = &report.rows[0].metrics;
        assert!(ours["eol_error_cycles"] < 10.0 && ours["predictions"] > 7.0, "{ours:?}");
        assert!(report.notes[0].contains("other cells") && !ours.contains_key("other_predictions"));
    }
}
