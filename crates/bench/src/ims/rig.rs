//! Finds tests: any `merged_dataset_BearingTest_<n>.csv` below a folder.

use std::collections::BTreeMap;
use std::path::Path;

use crate::time::seconds;

/// Which bearings had failed when a test was stopped, as the set's own description says; of other tests it is not known.
const FAILING: &[(u32, &[u32])] = &[(1, &[3, 4]), (2, &[1]), (3, &[3])];

/// One test: four bearings on a shaft.
#[derive(Clone, Debug)]
pub(crate) struct Rig {
    /// Which test.
    pub(crate) test: u32,
    /// The bearings that failed; none where that is not known.
    pub(crate) failing: Option<&'static [u32]>,
    /// Time of each row, hours.
    pub(crate) hours: Vec<f64>,
    /// For each bearing its number, and by row the geometric mean of its channels' levels, g.
    pub(crate) bearings: Vec<(u32, Vec<f64>)>,
}

impl Rig {
    /// How many rows there are in so many hours of running.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
    pub(crate) fn rows_in(&self, hours: f64) -> usize {
        let steps: Vec<f64> = self.hours.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
        let step = gemba_learn::stats::median(&steps);
        if step > 0.0 { (hours / step).round().max(1.0) as usize } else { 1 }
    }
}

/// All tests below `data`, by name, and how many files could not be used.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Vec<Rig>, usize)> {
    let rig = |path: &Path| test_of(path).map(|test| read(path, test)).transpose();
    crate::files::read_each((data, "ims-bearing-features", ".csv"), rig)
}

fn test_of(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?.strip_prefix("merged_dataset_BearingTest_")?;
    name.strip_suffix(".csv")?.parse().ok()
}

fn read(path: &Path, test: u32) -> anyhow::Result<Rig> {
    let failing = FAILING.iter().find(|(n, _)| *n == test).map(|(_, failing)| *failing);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path)?;
    let mut columns: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, name) in reader.headers()?.iter().enumerate() {
        // "Bearing 3" or "Bearing 3 C2"
        let number = name.strip_prefix("Bearing ").and_then(|rest| rest.split(' ').next()?.parse().ok());
        columns.entry(number.unwrap_or(0)).or_default().extend(number.is_some().then_some(at));
    }
    columns.retain(|number, _| *number > 0);
    let mut rig =
        Rig { test, failing, hours: Vec::new(), bearings: columns.keys().map(|n| (*n, Vec::new())).collect() };
    for record in reader.records() {
        let record = record?;
        let Some(time) = record.get(0).and_then(seconds) else { continue };
        rig.hours.push(time / 3600.0);
        for ((_, levels), at) in rig.bearings.iter_mut().zip(columns.values()) {
            let value = |i: &usize| record.get(*i)?.trim().parse::<f64>().ok().filter(|v| *v > 0.0).map(f64::ln);
            let logs: Vec<f64> = at.iter().filter_map(value).collect();
            levels.push(gemba_learn::stats::mean(&logs).exp());
        }
    }
    anyhow::ensure!(rig.hours.len() > 1 && !rig.bearings.is_empty(), "no rows");
    Ok(rig)
}
