//! Reads runs: `dNN.dat` and `dNN_te.dat`, 52 numbers a row, white space between; `d00.dat` is transposed.

use std::path::Path;

use crate::files;
use crate::report::say;

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

/// The runs below `data`, and how many files are missing or could not be read. Without `d00.dat` it is learned from the
/// normal test run; without that one, healthy rows are those before the faults.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Plant, usize)> {
    let paths = files::nearest(data, "tennessee-eastman", |n| number(n).is_some() || n == "d00.dat")?;
    let (mut plant, mut skipped) = (Plant::default(), 0);
    for path in &paths {
        let run = match read(path) {
            Ok(run) => run,
            Err(error) => {
                say(format!("{} is skipped: {error:#}", path.display()));
                skipped += 1;
                continue;
            }
        };
        match number(files::name_of(path)) {
            None => plant.training = run,
            Some(0) => plant.normal = run,
            Some(fault) => plant.faulty.push((fault, run)),
        }
    }
    if plant.training.is_empty() {
        say("d00.dat is missing: learned from d00_te.dat".to_owned());
        plant.training = std::mem::take(&mut plant.normal);
        skipped += 1;
    } else if plant.normal.is_empty() {
        say("d00_te.dat is missing: the limit comes from the training run, far from the rows before the faults"
            .to_owned());
        skipped += 1;
    }
    anyhow::ensure!(
        !plant.training.is_empty(),
        "no normal run, d00.dat or d00_te.dat, was found below {}",
        data.display()
    );
    anyhow::ensure!(!plant.faulty.is_empty(), "no faulty test run was found below {}", data.display());
    plant.faulty.sort_by_key(|(fault, _)| *fault);
    Ok((plant, skipped))
}

/// 7 of `d07_te.dat`.
fn number(name: &str) -> Option<u32> {
    name.strip_prefix('d')?.strip_suffix("_te.dat")?.parse().ok()
}

fn read(path: &Path) -> anyhow::Result<Run> {
    let text = std::fs::read_to_string(path)?;
    let numbers = |line: &str| line.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>();
    let lines = text.lines().filter(|l| !l.trim().is_empty()).map(numbers).collect::<Result<Vec<_>, _>>()?;
    anyhow::ensure!(!lines.is_empty(), "it is empty");
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
        write("d05_te.dat", String::new());
        let (plant, skipped) = find(dir.path()).unwrap();
        assert_eq!((plant.training.len(), plant.training[3][7], plant.normal[3][7]), (52, 307.0, 307.0));
        assert_eq!((plant.faulty.len(), plant.faulty[0].0, plant.faulty[0].1[0].len(), skipped), (1, 21, 80, 2));
        std::fs::remove_file(dir.path().join("d00.dat")).unwrap();
        let (plant, skipped) = find(dir.path()).unwrap();
        assert_eq!((plant.training[3][7], plant.normal.len(), skipped), (307.0, 0, 3));
        std::fs::remove_file(dir.path().join("d00_te.dat")).unwrap();
        assert!(find(dir.path()).is_err());
    }
}
