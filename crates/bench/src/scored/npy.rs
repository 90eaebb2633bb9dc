//! The layout of SMD and ASD: `NAME_train.npy`, `NAME_test.npy`, `NAME_test_label.npy`; and, where
//! there is one, `interpretation_label/NAME.txt` with the guilty signals.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Case;
use crate::{files, npy};

/// All machines of a set below a folder, by path, a row each so many seconds, and how many files could not be used. Where
/// files of several sets of this layout lie beside each other those of this set are told by what their names `begin` with.
///
/// # Errors
/// When the folder cannot be listed.
pub(crate) fn find(data: &Path, (set, begin): (&str, &str), step_s: f64) -> anyhow::Result<(Vec<Case>, usize)> {
    let mut paths = files::below(data, set, "_test.npy")?;
    let own = |p: &PathBuf| files::name_of(p).starts_with(begin);
    if paths.iter().any(own) {
        paths.retain(own);
    }
    Ok(files::read_all(&paths, |path| Ok(Some(Case { step_s: Some(step_s), ..read(path)? }))))
}

fn read(test: &Path) -> anyhow::Result<Case> {
    let name = test.file_name().map(|n| n.to_string_lossy().replace("_test.npy", "")).unwrap_or_default();
    let beside = |ending: &str| test.with_file_name(format!("{name}{ending}"));
    let guilty = test.with_file_name("interpretation_label").join(format!("{name}.txt"));
    let case = Case {
        train: npy::read(&beside("_train.npy"))?.columns(),
        test: npy::read(test)?.columns(),
        truth: npy::read(&beside("_test_label.npy"))?.values.iter().map(|v| *v > 0.5).collect(),
        guilty: std::fs::read_to_string(guilty).ok().map_or_else(|| Ok(Vec::new()), |text| guilty_signals(&text))?,
        name,
        ..Case::default()
    };
    case.check()?;
    Ok(case)
}

/// Lines `from-to:a,b,c` with signals counted from 1.
fn guilty_signals(text: &str) -> anyhow::Result<Vec<(usize, usize, Vec<usize>)>> {
    let line = |line: &str| -> Option<(usize, usize, Vec<usize>)> {
        let (rows, signals) = line.split_once(':')?;
        let (from, to) = rows.split_once('-')?;
        let signals = signals.split(',').map(|s| s.trim().parse::<usize>().ok()?.checked_sub(1));
        Some((from.trim().parse().ok()?, to.trim().parse().ok()?, signals.collect::<Option<Vec<usize>>>()?))
    };
    text.lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| line(l).with_context(|| format!("not understood: {l}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npy::tests::{npy, table};

    #[test]
    fn a_machine_is_read_and_one_without_training_rows_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        let rows: Vec<Vec<f32>> = (0..6_u8).map(|i| vec![f32::from(i), 1.0]).collect();
        write("m-1_train.npy", &table(&rows));
        write("m-1_test.npy", &table(&rows));
        write("m-1_test_label.npy", &npy("|i1", "(6,)", &[0, 0, 1, 1, 0, 0]));
        write("m-2_test.npy", &table(&rows));
        std::fs::create_dir(folder.path().join("interpretation_label")).unwrap();
        write("interpretation_label/m-1.txt", b"2-3:1,2\n");
        let (cases, skipped) = find(folder.path(), ("smd", "machine-"), 60.0).unwrap();
        assert_eq!((cases.len(), skipped), (1, 1));
        assert_eq!(cases[0].name, "m-1");
        assert_eq!(cases[0].guilty, [(2, 3, vec![0, 1])]);
        assert_eq!(cases[0].truth, [false, false, true, true, false, false]);
        assert_eq!(cases[0].test[1], [1.0; 6]);
        // a machine of the set's own name, deeper and beside others
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        for part in ["train.npy", "test.npy", "test_label.npy"] {
            let (from, to) = (format!("m-1_{part}"), format!("a/b/machine-9_{part}"));
            std::fs::copy(folder.path().join(from), folder.path().join(to)).unwrap();
        }
        let (cases, skipped) = find(folder.path(), ("smd", "machine-"), 60.0).unwrap();
        assert_eq!((cases.len(), skipped, cases[0].name.as_str()), (1, 0, "machine-9"));
    }
}
