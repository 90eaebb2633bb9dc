//! Reads the corpus: `data/GROUP/*.csv` with `timestamp,value`, `labels/combined_windows.json` and, when it is
//! there, `config/profiles.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use super::{LOW_FN, LOW_FP, Profile, STANDARD};
use crate::files;
use crate::report::say;

/// Share of a file that is for learning …
const PROBATION_SHARE: f64 = 0.15;
/// … and the most rows of it (15 % of 5000).
const PROBATION_MAX: usize = 750;

/// One signal with its labels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    /// The folder that it lies in: signals of one kind.
    pub(crate) group: String,
    /// The signal.
    pub(crate) values: Vec<f64>,
    /// The labelled windows: first and last row of each, ascending.
    pub(crate) windows: Vec<(usize, usize)>,
}

impl Recording {
    /// Rows at the head that a detector may learn from unscored.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a row count")]
    pub(crate) fn probation(&self) -> usize {
        ((PROBATION_SHARE * self.values.len() as f64).floor() as usize).min(PROBATION_MAX)
    }
}

/// All recordings and how they are weighed.
#[derive(Clone, Debug)]
pub(crate) struct Corpus {
    pub(crate) recordings: Vec<Recording>,
    /// Files with a label that could not be read.
    pub(crate) skipped: usize,
    /// Standard, low false positives, low false negatives.
    pub(crate) profiles: [Profile; 3],
}

type Labels = BTreeMap<String, Vec<(String, String)>>;

/// Every labelled recording that the folder holds; a label without its file is no fault. A file is known by its own name
/// and its group's, the folder it lies in.
pub(crate) fn find(data: &Path) -> anyhow::Result<Corpus> {
    const LABELS: &str = "combined_windows.json";
    const PROFILES: &str = "profiles.json";
    let paths = files::find(data, "nab", |n| files::ends(n, "csv") || [LABELS, PROFILES].contains(&n))?;
    let place = |ending: &str| paths.iter().find(|p| p.ends_with(ending));
    let path = place(LABELS).with_context(|| format!("no {LABELS} was found below {}", data.display()))?;
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let labels: Labels = serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let (mut recordings, mut skipped) = (Vec::new(), 0);
    for (name, windows) in &labels {
        let Some(path) = place(name) else { continue };
        match read(path, windows) {
            Ok(recording) => {
                let group = name.split('/').next().unwrap_or_default().to_owned();
                recordings.push(Recording { group, ..recording });
            }
            Err(error) => {
                say(format!("{} is skipped: {error:#}", path.display()));
                skipped += 1;
            }
        }
    }
    Ok(Corpus { recordings, skipped, profiles: profiles(place(PROFILES)) })
}

fn read(path: &Path, windows: &[(String, String)]) -> anyhow::Result<Recording> {
    let mut times = Vec::new();
    let mut values = Vec::new();
    for record in csv::Reader::from_path(path)?.records() {
        let record = record?;
        times.push(record.get(0).unwrap_or_default().to_owned());
        values.push(record.get(1).context("no value")?.trim().parse::<f64>()?);
    }
    anyhow::ensure!(values.len() >= 100, "too short");
    // labels carry microseconds, rows do not; times are written big end first, so their text sorts as they do
    let row = |text: &String| -> usize {
        let exact = times.iter().position(|t| text.starts_with(t.as_str()));
        exact.unwrap_or_else(|| times.partition_point(|t| t < text))
    };
    let last = values.len() - 1;
    let mut windows: Vec<(usize, usize)> =
        windows.iter().map(|(from, to)| (row(from).min(last), row(to).min(last))).collect();
    windows.sort_unstable();
    Ok(Recording { group: String::new(), values, windows })
}

#[derive(Debug, Deserialize)]
struct Weights {
    #[serde(rename = "CostMatrix")]
    costs: Costs,
}

#[derive(Debug, Deserialize)]
#[allow(clippy::struct_field_names, reason = "the names in the file")]
struct Costs {
    #[serde(rename = "tpWeight")]
    hit: f64,
    #[serde(rename = "fpWeight")]
    false_alarm: f64,
    #[serde(rename = "fnWeight")]
    miss: f64,
}

/// The three profiles as the folder has them; as published where it has none.
fn profiles(path: Option<&PathBuf>) -> [Profile; 3] {
    let read: BTreeMap<String, Weights> = path
        .and_then(|p| std::fs::read_to_string(p).ok())
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    [("standard", STANDARD), ("reward_low_FP_rate", LOW_FP), ("reward_low_FN_rate", LOW_FN)].map(|(name, published)| {
        read.get(name).map_or(published, |w| Profile {
            hit: w.costs.hit,
            false_alarm: -w.costs.false_alarm,
            miss: -w.costs.miss,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_and_a_missing_file_is_no_fault() {
        let folder = tempfile::tempdir().unwrap();
        let at = |parts: &[&str]| parts.iter().fold(folder.path().to_owned(), |p, s| p.join(s));
        for parts in [["data", "group"], ["labels", ""], ["config", ""]] {
            std::fs::create_dir_all(at(&parts)).unwrap();
        }
        let rows: Vec<String> = (0..200).map(|i| format!("2014-04-01 00:{:02}:{:02},{i}\n", i / 60, i % 60)).collect();
        std::fs::write(at(&["data", "group", "a.csv"]), format!("timestamp,value\n{}", rows.concat())).unwrap();
        std::fs::write(at(&["data", "group", "bad.csv"]), "timestamp,value\n2014-04-01 00:00:00,x\n").unwrap();
        let labels = r#"{"group/a.csv": [["2014-04-01 00:01:40.000000", "2014-04-01 00:02:00.000000"]],
            "group/bad.csv": [], "group/gone.csv": []}"#;
        std::fs::write(at(&["labels", "combined_windows.json"]), labels).unwrap();
        let weights = r#"{"standard": {"CostMatrix": {"tpWeight": 1.0, "fnWeight": 1.0, "fpWeight": 0.5}}}"#;
        std::fs::write(at(&["config", "profiles.json"]), weights).unwrap();
        let corpus = find(folder.path()).unwrap();
        assert_eq!((corpus.recordings.len(), corpus.skipped), (1, 1));
        assert_eq!(corpus.recordings[0].windows, [(100, 120)]);
        assert_eq!((corpus.recordings[0].group.as_str(), corpus.recordings[0].probation()), ("group", 30));
        assert!((corpus.profiles[0].false_alarm + 0.5).abs() < 1e-12);
        assert!((corpus.profiles[2].miss + 2.0).abs() < 1e-12);
    }
}
