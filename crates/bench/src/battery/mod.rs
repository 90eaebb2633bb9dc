//! Battery: lithium-ion cells, cycled until their capacity has faded by 30 % (2.0 to 1.4 Ah). After 80, 90 and 100
//! cycles, as far as the cell still lives, the cycle of that end is predicted; all other cells are known as a whole.
//! Cells that begin below 1.4 Ah (cold, or at a high load) are not asked; those that never come there count for the
//! coverage of the range only.

mod cell;
mod methods;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use gemba_learn::stats;

use crate::report::{Report, Row, peak_mb};
use cell::Cell;
use methods::{Ask, Experience};

/// The capacity at the end of life, Ah: 30 % below the rated 2.0.
const END_AH: f64 = 1.4;
/// Cycles after which it is asked.
const ASKED: [usize; 3] = [80, 90, 100];
/// The level of the range.
const LEVEL: f64 = 0.9;

/// Runs the suite over all cells below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (cells, skipped) = cell::find(data)?;
    anyhow::ensure!(!cells.is_empty(), "no discharge table was found below {}", data.display());
    let start = Instant::now();
    let asks: Vec<(Ask<'_>, Option<usize>, usize)> = (0..cells.len()).flat_map(|i| asks(&cells, i)).collect();
    let learned_s = start.elapsed().as_secs_f64();
    let mut rows: Vec<Row> = methods::ALL.iter().map(|(name, method)| row(name, *method, &asks)).collect();
    if let Some(ours) = rows.first_mut() {
        ours.train_s += learned_s;
    }
    Ok(Report { suite: "battery".into(), data: data.display().to_string(), files: cells.len(), skipped, rows })
}

/// What a cell is asked, the cycle of its end where it came to it, and how many cycles it has.
fn asks(cells: &[Cell], own: usize) -> Vec<(Ask<'_>, Option<usize>, usize)> {
    let Some(cell) = cells.get(own) else { return Vec::new() };
    let others: Vec<&Cell> = cells.iter().enumerate().filter(|(i, _)| *i != own).map(|(_, c)| c).collect();
    let end = cell.end(END_AH);
    let lives = |asked: &&usize| end.map_or(cell.capacity.len() > **asked, |end| end > **asked);
    if stats::median(&cell.head(5)) <= END_AH || ASKED.iter().all(|a| !lives(&a)) {
        return Vec::new();
    }
    let experience = Experience::of(&others);
    let ask = |asked: &usize| {
        let (head, others, experience) = (cell.head(*asked), others.clone(), experience.clone());
        (Ask { head, group: &cell.group, others, experience }, end, cell.capacity.len())
    };
    ASKED.iter().filter(lives).map(ask).collect()
}

fn row(name: &str, method: methods::Method, asks: &[(Ask<'_>, Option<usize>, usize)]) -> Row {
    let start = Instant::now();
    let said: Vec<_> = asks.iter().map(|(ask, end, cycles)| (method(ask), ask.head.len(), *end, *cycles)).collect();
    let score_s = start.elapsed().as_secs_f64();
    let (mut errors, mut widths, mut covered, mut early) = (Vec::new(), Vec::new(), Vec::new(), 0_u32);
    for (range, age, end, cycles) in said {
        let age = age as f64;
        match (range, end) {
            (Some(range), Some(end)) => {
                let left = end as f64 - age;
                errors.push((range.median - left).abs().min(LOST));
                early += u32::from(range.median < left);
                covered.push(f64::from(u8::from(range.covers(left))));
                widths.push(range.hi - range.lo);
            }
            // it lasts longer than was seen: the range must not end before
            (Some(range), None) => covered.push(f64::from(u8::from(range.hi >= cycles as f64 - age))),
            (None, Some(_)) => errors.push(LOST),
            (None, None) => covered.push(0.0),
        }
    }
    let mut metrics = BTreeMap::from([
        ("eol_error_cycles".to_owned(), stats::mean(&errors)),
        ("worst_cycles".to_owned(), errors.iter().copied().fold(0.0, f64::max)),
        ("early_share".to_owned(), f64::from(early) / errors.len().max(1) as f64),
        ("coverage90".to_owned(), stats::mean(&covered)),
        ("width_cycles".to_owned(), stats::mean(&widths)),
        ("predictions".to_owned(), errors.len() as f64),
        ("outlived".to_owned(), (asks.len() - errors.len()) as f64),
    ]);
    metrics.retain(|_, value| value.is_finite());
    let score_us_per_sample = score_s * 1e6 / asks.len().max(1) as f64;
    Row { method: name.to_owned(), metrics, train_s: 0.0, score_us_per_sample, peak_mb: peak_mb() }
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
        assert!(ours["eol_error_cycles"] < 10.0 && ours["predictions"] > 5.0 && ours["coverage90"] > 0.7, "{ours:?}");
        let now = report.rows.iter().find(|r| r.method == "now").unwrap();
        assert!(now.metrics["eol_error_cycles"] > ours["eol_error_cycles"]);
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }

    #[test]
    fn the_end_is_the_first_cycle_below_that_is_not_alone() {
        let cell =
            Cell { group: Path::new("g").to_owned(), capacity: vec![1.5, 1.39, 1.5, 1.45, 1.39, 1.38, 1.41, 1.37] };
        assert_eq!(cell.end(1.4), Some(5));
        assert_eq!(cell.end(1.0), None);
    }
}
