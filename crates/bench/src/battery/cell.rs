//! Finds cells: any `B<number>_discharge.csv` below a folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use gemba_learn::life::FadePath;
use gemba_learn::stats;

/// A cell's capacity by discharge cycle.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// The folder it lies in: cells that were treated alike.
    folder: PathBuf,
    /// Capacity by cycle, Ah; NaN where the file has none. Cells of one folder are one group.
    pub(crate) path: FadePath,
}

/// The capacity at the end of life of cells that begin above it, Ah: 30 % below the rated 2.0.
const END_AH: f64 = 1.4;
/// What is left at the end of life of the others, of what they began with.
const LEFT: f64 = 0.7;
/// Cycles that a cell begins with.
const FIRST: usize = 5;

impl Cell {
    /// Whether it begins above the capacity at the end of life of a cell as rated.
    pub(crate) fn begins_as_rated(&self) -> bool {
        stats::median(&self.path.until(FIRST).levels) > END_AH
    }

    /// The capacity at its end of life, Ah: that of a cell as rated; of one that begins below (cold, or at a high load) a
    /// fade by the same share of its own begin.
    pub(crate) fn end_ah(&self) -> f64 {
        if self.begins_as_rated() { END_AH } else { LEFT * stats::median(&self.path.until(FIRST).levels) }
    }
}

/// All cells below `data`, by path, and how many files could not be used.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Vec<Cell>, usize)> {
    let (mut cells, skipped): (Vec<Cell>, usize) =
        crate::files::read_each((data, "nasa-battery", "_discharge.csv"), |path| read(path).map(Some))?;
    let folders: BTreeSet<PathBuf> = cells.iter().map(|cell| cell.folder.clone()).collect();
    for cell in &mut cells {
        cell.path.group = folders.iter().position(|folder| *folder == cell.folder).unwrap_or_default();
    }
    Ok((cells, skipped))
}

fn read(path: &Path) -> anyhow::Result<Cell> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path)?;
    let header = reader.headers()?.clone();
    let place = |name: &str| header.iter().position(|h| h.trim() == name).with_context(|| format!("no column {name}"));
    let (cycle, capacity) = (place("cycle_num")?, place("Capacity")?);
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let mut capacities = Vec::new();
    let mut last = String::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let number = |i: usize| record.get(i).and_then(|t| t.trim().parse::<f64>().ok()).unwrap_or(f64::NAN);
        let now = record.get(cycle).unwrap_or_default();
        if now != last {
            now.clone_into(&mut last);
            capacities.push(number(capacity));
        }
    }
    anyhow::ensure!(capacities.iter().any(|c: &f64| c.is_finite()), "no capacity");
    Ok(Cell { folder, path: FadePath { group: 0, levels: capacities } })
}
