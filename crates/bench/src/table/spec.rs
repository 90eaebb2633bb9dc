//! What a folder's tables mean: `spec.toml`.

use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// A specification.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spec {
    /// What is wanted.
    pub(super) task: Task,
    /// Which files of the folder, a name with at most one `*`.
    #[serde(default = "any_csv")]
    pub(super) files: String,
    /// The column that is to be told; none for `life`, where each unit's last row is its failure.
    pub(super) label: Option<String>,
    /// The columns to tell it from; all columns of numbers that are not named otherwise, when empty.
    #[serde(default)]
    pub(super) signals: Vec<String>,
    /// Columns that are not looked at.
    #[serde(default)]
    pub(super) leave_out: Vec<String>,
    /// `life`: columns that tell the operating regime.
    #[serde(default)]
    pub(super) settings: Vec<String>,
    /// The column that names the machine, run or batch a row belongs to; each file is one, when there is none.
    pub(super) unit: Option<String>,
    /// The column that rows are sorted by: a number, or a text that sorts as time does (ISO 8601).
    pub(super) time: Option<String>,
    /// `detect`: the label of healthy rows.
    #[serde(default = "zero")]
    pub(super) healthy: String,
    /// `life`: rows above which remaining life is not told apart.
    #[serde(default = "cap")]
    pub(super) cap: f64,
    /// Who is judged by whom.
    pub(super) split: Split,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Task {
    /// Rows that are unlike the healthy ones, learned from healthy rows alone.
    Detect,
    /// Which class a row is of.
    Classify,
    /// Which number a row has.
    Regress,
    /// How many rows a unit has left.
    Life,
}

/// Who is judged by whom.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Split {
    /// The first rows of each unit train, its others are judged.
    Rows {
        /// The share that trains.
        train: f64,
    },
    /// The first rows of all, by time, train; the others are judged.
    Time {
        /// The share that trains.
        train: f64,
    },
    /// Each stretch of rows is judged by all others.
    Blocks {
        /// How many stretches.
        folds: usize,
    },
    /// Each fold of whole units is judged by all others.
    Groups {
        /// How many folds; at most as many as units.
        folds: usize,
    },
}

fn any_csv() -> String {
    "*.csv".into()
}

fn zero() -> String {
    "0".into()
}

fn cap() -> f64 {
    125.0
}

impl Spec {
    /// Reads and checks a file.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("reading {}", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let spec: Self = toml::from_str(text)?;
        ensure!(spec.label.is_some() || spec.task == Task::Life, "label: a column is needed but for task = \"life\"");
        match spec.split {
            Split::Rows { train } | Split::Time { train } => {
                ensure!(train > 0.0 && train < 1.0, "split.train: a share between 0 and 1, not {train}");
                ensure!(
                    spec.task != Task::Life,
                    "split.by: units are judged whole, so \"groups\", when task = \"life\""
                );
            }
            Split::Blocks { folds } | Split::Groups { folds } => {
                ensure!(folds >= 2, "split.folds: 2 and more, not {folds}");
                let blocks = matches!(spec.split, Split::Blocks { .. });
                ensure!(!(blocks && spec.task == Task::Life), "split.by: \"groups\" when task = \"life\"");
            }
        }
        let time = matches!(spec.split, Split::Time { .. });
        ensure!(!time || spec.time.is_some(), "time: a column is needed to split by time");
        ensure!(spec.cap > 0.0, "cap: above 0, not {}", spec.cap);
        Ok(spec)
    }

    /// Whether a file's name is meant.
    pub(super) fn means(&self, name: &str) -> bool {
        match self.files.split_once('*') {
            Some((head, tail)) => {
                name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
            }
            None => name == self.files,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specification_is_read_and_mistakes_are_named() {
        let spec = Spec::parse(
            "task = 'classify'\nlabel = 'state'\nfiles = 'run_*.csv'\nsplit = { by = 'groups', folds = 5 }",
        );
        let spec = spec.unwrap();
        assert!(spec.means("run_1.csv") && !spec.means("run.csv") && !spec.means("other.csv"));
        for (text, named) in [
            ("task = 'classify'\nsplit = { by = 'groups', folds = 5 }", "label"),
            ("task = 'life'\nsplit = { by = 'blocks', folds = 5 }", "groups"),
            ("task = 'regress'\nlabel = 'y'\nsplit = { by = 'rows', train = 1.5 }", "train"),
            ("task = 'regress'\nlabel = 'y'\nsplit = { by = 'time', train = 0.5 }", "time"),
            ("task = 'regress'\nlabel = 'y'\nsplit = { by = 'groups', folds = 1 }", "folds"),
            ("task = 'regress'\nlable = 'y'\nsplit = { by = 'groups', folds = 2 }", "lable"),
        ] {
            let error = format!("{:#}", Spec::parse(text).unwrap_err());
            assert!(error.contains(named), "{named}: {error}");
        }
    }
}
