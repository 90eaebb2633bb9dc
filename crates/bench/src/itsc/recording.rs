//! Finds recordings: csv files with three columns and no header, in folders that name their class, inside zip files or
//! not. What hides (`__MACOSX/`, a dot in front) is passed over.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::ensure;

use crate::supervised::sheet::number;
use crate::{files, zip};

/// Columns of a recording: a, b, c.
const PHASES: usize = 3;

/// A recording of three phase currents.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    /// 0, 1 … by the folders' names in order.
    pub(super) class: usize,
    /// Which of its class's recordings it is.
    pub(super) repetition: usize,
    pub(super) currents: [Vec<f64>; PHASES],
}

/// All recordings below `data`, and how many files could not be used.
pub(super) fn find(data: &Path) -> anyhow::Result<(Vec<Recording>, usize)> {
    let mut texts: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut paths = files::below(data, "itsc", ".csv")?;
    paths.extend(files::below(data, "itsc", ".zip")?);
    paths.retain(|p| !hides(&p.strip_prefix(data).unwrap_or(p).to_string_lossy().replace('\\', "/")));
    let mut skipped = 0;
    for path in paths {
        let bytes = std::fs::read(&path)?;
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) {
            put(&mut texts, &path.to_string_lossy().replace('\\', "/"), &bytes);
        } else if let Ok(members) = zip::members(&bytes) {
            for member in members.iter().filter(|m| wanted(&m.name)) {
                match member.content() {
                    Ok(content) => put(&mut texts, &member.name, &content),
                    Err(_) => skipped += 1,
                }
            }
        } else {
            skipped += 1;
        }
    }
    let mut classes: Vec<String> = Vec::new();
    let mut recordings: Vec<Recording> = Vec::new();
    for ((folder, _), text) in texts {
        let Ok(currents) = parse(&text) else {
            skipped += 1;
            continue;
        };
        if classes.last() != Some(&folder) {
            classes.push(folder);
        }
        let class = classes.len() - 1;
        let repetition = recordings.iter().filter(|r| r.class == class).count();
        recordings.push(Recording { class, repetition, currents });
    }
    Ok((recordings, skipped))
}

/// Whether a path hides, or lies in a folder that does.
fn hides(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// Whether a member of a zip file is a csv file that does not hide.
fn wanted(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".csv") && !hides(name)
}

/// Files a text under the folder it lies in and its name.
fn put(texts: &mut BTreeMap<(String, String), String>, name: &str, content: &[u8]) {
    if let Some((folder, file)) = name.rsplit_once('/') {
        let class = folder.rsplit('/').next().unwrap_or(folder);
        texts.insert((class.to_owned(), file.to_owned()), String::from_utf8_lossy(content).into_owned());
    }
}

fn parse(text: &str) -> anyhow::Result<[Vec<f64>; PHASES]> {
    let mut currents: [Vec<f64>; PHASES] = Default::default();
    for line in text.trim_start_matches('\u{feff}').lines().filter(|l| !l.trim().is_empty()) {
        let row: Vec<f64> =
            line.split([',', ';', '\t', ' ']).filter(|c| !c.trim().is_empty()).map(|c| number(c.trim())).collect();
        ensure!(row.len() == PHASES && row.iter().all(|v| v.is_finite()), "a row that is not three numbers");
        currents.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
    }
    Ok(currents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_numbers_a_row_and_nothing_else() {
        assert_eq!(parse("1,2,3\n-4.5, 5,6\r\n").unwrap(), [[1.0, -4.5], [2.0, 5.0], [3.0, 6.0]]);
        assert!(parse("1,2\n").is_err() && parse("a,b,c\n1,2,3\n").is_err());
        assert!(wanted("x/A/1.csv") && !wanted("__MACOSX/A/1.csv") && !wanted("A/._1.csv") && !wanted("A/1.txt"));
    }
}
