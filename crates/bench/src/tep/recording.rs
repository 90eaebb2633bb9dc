//! Reads runs: `dNN.dat` and `dNN_te.dat`, 52 numbers a row, white space between; `d00.dat` is transposed.

use std::path::Path;

use anyhow::Context;

/// Signals of the process.
const SIGNALS: usize = 52;

/// A run, column by column.
pub(crate) type Run = Vec<Vec<f64>>;

/// What the folder holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plant {
    /// The normal training run.
    pub(crate) training: Run,
    /// The normal test run.
    pub(crate) normal: Run,
    /// The faulty test runs with the number of their fault, by number.
    pub(crate) faulty: Vec<(u32, Run)>,
}

/// The runs below `data`, and how many test runs could not be read.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Plant, usize)> {
    let own = data.join("tennessee-eastman");
    let folder = if own.is_dir() { own } else { data.to_owned() };
    let training = read(&folder.join("d00.dat")).context("reading the normal training run d00.dat")?;
    let normal = read(&folder.join("d00_te.dat")).context("reading the normal test run d00_te.dat")?;
    let (mut faulty, mut skipped) = (Vec::new(), 0);
    for entry in std::fs::read_dir(&folder).with_context(|| format!("listing {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let number = name.strip_prefix('d').and_then(|n| n.strip_suffix("_te.dat")).and_then(|n| n.parse().ok());
        let Some(number) = number.filter(|n| *n != 0) else { continue };
        match read(&path) {
            Ok(run) => faulty.push((number, run)),
            Err(_) => skipped += 1,
        }
    }
    anyhow::ensure!(!faulty.is_empty(), "no faulty test run was found in {}", folder.display());
    faulty.sort_by_key(|(number, _)| *number);
    Ok((Plant { training, normal, faulty }, skipped))
}

fn read(path: &Path) -> anyhow::Result<Run> {
    let text = std::fs::read_to_string(path)?;
    let numbers = |line: &str| line.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>();
    let lines = text.lines().filter(|l| !l.trim().is_empty()).map(numbers).collect::<Result<Vec<_>, _>>()?;
    let wide = lines.iter().all(|l| l.len() == SIGNALS);
    if wide {
        return Ok((0..SIGNALS).map(|c| lines.iter().filter_map(|l| l.get(c).copied()).collect()).collect());
    }
    let long = lines.first().map_or(0, Vec::len);
    anyhow::ensure!(lines.len() == SIGNALS && lines.iter().all(|l| l.len() == long), "it is no table of 52 signals");
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: usize, columns: usize, value: impl Fn(usize, usize) -> usize) -> String {
        let line = |r: usize| (0..columns).map(|c| value(r, c).to_string()).collect::<Vec<_>>().join("  ");
        (0..rows).map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn both_ways_of_lying_are_read_and_what_is_broken_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| std::fs::write(dir.path().join(name), text).unwrap();
        write("d00.dat", table(52, 60, |r, c| 100 * r + c));
        write("d00_te.dat", table(70, 52, |r, c| 100 * c + r));
        write("d21_te.dat", table(80, 52, |r, c| 100 * c + r));
        write("d04_te.dat", table(80, 51, |r, c| r + c));
        let (plant, skipped) = find(dir.path()).unwrap();
        assert_eq!((plant.training.len(), plant.training[3][7], plant.normal[3][7]), (52, 307.0, 307.0));
        assert_eq!((plant.faulty.len(), plant.faulty[0].0, plant.faulty[0].1[0].len(), skipped), (1, 21, 80, 1));
    }
}
