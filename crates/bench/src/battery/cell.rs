//! Finds cells: any `B<number>_discharge.csv` below a folder.

use std::path::{Path, PathBuf};

use anyhow::Context;
use gemba_learn::stats;

/// A cell's capacity by discharge cycle.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// The folder it lies in: cells that were treated alike.
    pub(crate) group: PathBuf,
    /// Capacity by cycle, Ah; NaN where the file has none.
    pub(crate) capacity: Vec<f64>,
}

/// The capacity at the end of life of cells that begin above it, Ah: 30 % below the rated 2.0.
const END_AH: f64 = 1.4;
/// What is left at the end of life of the others, of what they began with.
const LEFT: f64 = 0.7;
/// Cycles that a cell begins with.
const FIRST: usize = 5;

/// A discharge that gave less than this share of its neighbours was broken off.
const BROKEN_OFF: f64 = 0.9;

impl Cell {
    /// Whether it begins above the capacity at the end of life of a cell as rated.
    pub(crate) fn begins_as_rated(&self) -> bool {
        stats::median(&self.head(FIRST)) > END_AH
    }

    /// The capacity at its end of life, Ah: that of a cell as rated; of one that begins below (cold, or at a high load) a
    /// fade by the same share of its own begin.
    pub(crate) fn end_ah(&self) -> f64 {
        if self.begins_as_rated() { END_AH } else { LEFT * stats::median(&self.head(FIRST)) }
    }

    /// What was known after `cycles` cycles, without those that were broken off.
    pub(crate) fn head(&self, cycles: usize) -> Vec<f64> {
        let head = self.capacity.get(..cycles.min(self.capacity.len())).unwrap_or_default();
        let near = |i: usize| head.get(i.saturating_sub(3)..(i + 4).min(head.len())).unwrap_or_default();
        let kept = |(i, c): (usize, &f64)| if *c >= BROKEN_OFF * stats::median(near(i)) { *c } else { f64::NAN };
        head.iter().enumerate().map(kept).collect()
    }

    /// The first cycle, from 1, below `threshold` whose neighbours are too.
    pub(crate) fn end(&self, threshold: f64) -> Option<usize> {
        let clean = self.head(usize::MAX);
        let near = |i: usize| clean.get(i.saturating_sub(1)..(i + 2).min(clean.len())).unwrap_or_default();
        let below = |(i, c): (usize, &f64)| *c < threshold && stats::median(near(i)) < threshold;
        clean.iter().enumerate().find(|pair| below(*pair)).map(|(i, _)| i + 1)
    }
}

/// All cells below `data`, by path, and how many files could not be used.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Vec<Cell>, usize)> {
    crate::files::read_each((data, "nasa-battery", "_discharge.csv"), |path| read(path).map(Some))
}

fn read(path: &Path) -> anyhow::Result<Cell> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path)?;
    let header = reader.headers()?.clone();
    let place = |name: &str| header.iter().position(|h| h.trim() == name).with_context(|| format!("no column {name}"));
    let (cycle, capacity) = (place("cycle_num")?, place("Capacity")?);
    let mut cell = Cell { group: path.parent().map(Path::to_owned).unwrap_or_default(), capacity: Vec::new() };
    let mut last = String::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let number = |i: usize| record.get(i).and_then(|t| t.trim().parse::<f64>().ok()).unwrap_or(f64::NAN);
        let now = record.get(cycle).unwrap_or_default();
        if now != last {
            now.clone_into(&mut last);
            cell.capacity.push(number(capacity));
        }
    }
    anyhow::ensure!(cell.capacity.iter().any(|c| c.is_finite()), "no capacity");
    Ok(cell)
}
