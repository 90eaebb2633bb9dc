//! Finds recordings: csv files of three currents in folders that name their class, inside zip files or not. A line of names
//! in front and a column of time before the currents may be there; without the latter the rate is the set's. What hides
//! (`__MACOSX/`, a dot in front) is passed over, and what is no such table is no part of the set.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use gemba_learn::stats;

use super::RATE_HZ;
use crate::report::say;
use crate::supervised::sheet::number;
use crate::{files, zip};

/// Columns of a recording: a, b, c.
const PHASES: usize = 3;
/// Rates that a column of time is believed to tell, Hz; it may be a count of rows.
const RATES_HZ: (f64, f64) = (100.0, 1e6);

/// A recording of three phase currents.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    /// 0, 1 … by the folders' names in order.
    pub(super) class: usize,
    /// Which of its class's recordings it is.
    pub(super) repetition: usize,
    pub(super) rate_hz: f64,
    pub(super) currents: [Vec<f64>; PHASES],
}

/// Class, the folder or zip file it lies in, and name of a recording.
type Place = (String, String, String);

/// All recordings below `data`, and how many files could not be used.
pub(super) fn find(data: &Path) -> anyhow::Result<(Vec<Recording>, usize)> {
    let mut texts: BTreeMap<Place, String> = BTreeMap::new();
    let mut skipped = 0;
    for path in files::find(data, "itsc", |n| n.to_ascii_lowercase().ends_with(".csv") || is_zip(n))? {
        let name = path.to_string_lossy().replace('\\', "/");
        if !is_zip(&name) {
            if width(&files::first_line(&path)).is_some() {
                put(&mut texts, ("", &name), &std::fs::read(&path)?);
            }
            continue;
        }
        let bytes = std::fs::read(&path)?;
        let Ok(members) = zip::members(&bytes) else {
            say(format!("{name} is skipped: it is no zip file"));
            skipped += 1;
            continue;
        };
        for member in members.iter().filter(|m| wanted(&m.name)) {
            match member.content() {
                Ok(content) => put(&mut texts, (&name, &member.name), &content),
                Err(error) => {
                    say(format!("{} is skipped: {error:#}", member.name));
                    skipped += 1;
                }
            }
        }
    }
    let mut classes: Vec<String> = Vec::new();
    let mut recordings: Vec<Recording> = Vec::new();
    for ((class, place, file), text) in texts {
        let (rate_hz, currents) = match parse(&text) {
            Ok(parsed) => parsed,
            Err(error) => {
                say(format!("{file} of {place} is skipped: {error:#}"));
                skipped += 1;
                continue;
            }
        };
        if classes.last() != Some(&class) {
            classes.push(class);
        }
        let class = classes.len() - 1;
        let repetition = recordings.iter().filter(|r| r.class == class).count();
        recordings.push(Recording { class, repetition, rate_hz, currents });
    }
    Ok((recordings, skipped))
}

fn is_zip(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".zip")
}

/// Whether a member of a zip file is a csv file that does not hide.
fn wanted(name: &str) -> bool {
    let hides = |part: &str| part.starts_with('.') || part == "__MACOSX";
    name.to_ascii_lowercase().ends_with(".csv") && !name.split('/').any(hides)
}

/// Files a text under the folder it lies in, where that folder lies, and its name.
fn put(texts: &mut BTreeMap<Place, String>, (zip, name): (&str, &str), content: &[u8]) {
    if let Some((folder, file)) = name.rsplit_once('/') {
        let class = folder.rsplit('/').next().unwrap_or(folder);
        let place = (class.to_owned(), format!("{zip}/{folder}"), file.to_owned());
        texts.insert(place, String::from_utf8_lossy(content).into_owned());
    }
}

/// The cells of a line.
fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.split([',', ';', '\t', ' ']).map(str::trim).filter(|c| !c.is_empty())
}

/// The columns of a table that may be a recording, by its first line: three or four, numbers or names of them.
fn width(line: &str) -> Option<usize> {
    let width = cells(line).count();
    let words = cells(line).filter(|c| !number(c).is_finite()).count();
    (matches!(width, PHASES | 4) && (words == 0 || words == width)).then_some(width)
}

/// Samples a second, and the currents.
fn parse(text: &str) -> anyhow::Result<(f64, [Vec<f64>; PHASES])> {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().filter(|l| !l.trim().is_empty()).peekable();
    let width = lines.peek().and_then(|l| width(l)).context("a row that is not three numbers")?;
    let mut columns = vec![Vec::new(); width];
    for (at, line) in lines.enumerate() {
        let row: Vec<f64> = cells(line).map(number).collect();
        if at == 0 && row.iter().all(|v| v.is_nan()) {
            continue; // names
        }
        ensure!(row.len() == width && row.iter().all(|v| v.is_finite()), "a row that is not {width} numbers");
        columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
    }
    let times = if width > PHASES { columns.remove(0) } else { Vec::new() };
    let steps: Vec<f64> = times.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
    ensure!(steps.iter().all(|s| *s > 0.0), "four columns, and the first is no time that goes on");
    let rate = Some(1.0 / stats::median(&steps)).filter(|r| (RATES_HZ.0..=RATES_HZ.1).contains(r));
    let currents: Result<[Vec<f64>; PHASES], _> = columns.try_into();
    let currents = currents.ok().context("no three currents")?;
    let swings = |c: &Vec<f64>| c.len() < 2 || (c.iter().any(|v| *v < 0.0) && c.iter().any(|v| *v > 0.0));
    ensure!(currents.iter().all(swings), "a column that does not swing about zero as a phase current does");
    Ok((rate.unwrap_or(RATE_HZ), currents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_currents_a_row_names_and_time_may_stand_before() {
        let (rate, currents) = parse("1,-2,3\n-4.5, 5,-6\r\n").unwrap();
        assert_eq!((rate, currents), (RATE_HZ, [vec![1.0, -4.5], vec![-2.0, 5.0], vec![3.0, -6.0]]));
        let (rate, currents) = parse("t;ia;ib;ic\n0;1;-2;3\n0.0005;-1;2;-3\n0.001;1;2;3\n").unwrap();
        assert!((rate - 2000.0).abs() < 1e-6 && currents[2] == [3.0, -3.0, 3.0]);
        // a count of rows is no time
        assert!((parse("0,1,-2,3\n1,-1,2,-3\n").unwrap().0 - RATE_HZ).abs() < 1e-9);
        for bad in ["1,2\n", "1,2,3\n1,2\n", "1,2,3\n4,5,6\n", "1,1,-2,3\n0,-1,2,-3\n", ""] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(wanted("x/A/1.csv") && !wanted("__MACOSX/A/1.csv") && !wanted("A/._1.csv") && !wanted("A/1.txt"));
    }

    #[test]
    fn files_of_one_name_in_two_zips_are_two_recordings_and_other_tables_none() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("1.zip", "1,-1,1\n-1,1,-1\n"), ("2.zip", "2,-2,2\n-2,2,-2\n")] {
            let bytes = zip::tests::zip(&[("HLT/a.csv", text.as_bytes())]);
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        std::fs::create_dir(dir.path().join("other")).unwrap();
        std::fs::write(dir.path().join("other/table.csv"), "time,value\n1,2\n").unwrap();
        let (recordings, skipped) = find(dir.path()).unwrap();
        assert_eq!((recordings.len(), skipped), (2, 0));
        assert_eq!((recordings[1].class, recordings[1].repetition, recordings[1].currents[0][0]), (0, 1, 2.0));
    }
}
