//! Reads the tables: DATETIME, tags, ATT_FLAG; 1 is an attack, 0 and −999 are not known to be one.

use std::path::Path;

use anyhow::Context;
use gemba_learn::decimals;

use crate::files;
use crate::report::say;

/// Rows at the head of the training table that are without attacks: a year of hours.
const ATTACK_FREE_ROWS: usize = 8_761;

/// What is learned from and what is scored.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    /// The names of the tags.
    pub(crate) names: Vec<String>,
    /// Attack-free rows, column by column, with the decimals of the scored table.
    pub(crate) training: Vec<Vec<f64>>,
    /// The scored rows, column by column.
    pub(crate) scored: Vec<Vec<f64>>,
    /// Whether each scored row is part of an attack.
    pub(crate) attack: Vec<bool>,
}

#[derive(Debug, Default)]
struct Table {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    attack: Vec<bool>,
}

/// The tables below `data`, and how many that could have been scored could not. Scored is the test table; without it the
/// other one; without that the rows of the training table after its attack-free year, which repeat it.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Network, usize)> {
    const NAMES: [&str; 3] = ["training_dataset_1.csv", "test_dataset.csv", "batadal_dataset04.csv"];
    let paths = files::find(data, "batadal", |n| NAMES.contains(&n.to_ascii_lowercase().as_str()))?;
    let place = |name: &str| paths.iter().find(|p| files::name_of(p).eq_ignore_ascii_case(name));
    let [training, scored @ ..] = NAMES;
    let path = place(training).with_context(|| format!("no {training} was found below {}", data.display()))?;
    let training = read(path).with_context(|| format!("reading {}", path.display()))?;
    let mut skipped = 0;
    for path in scored.into_iter().filter_map(place) {
        match read(path) {
            Ok(scored) if scored.names == training.names && scored.attack.contains(&true) => {
                return Ok((network(training, scored), skipped));
            }
            other => {
                let why = other.map_or_else(|e| format!("{e:#}"), |_| "other tags, or no labelled attack".to_owned());
                say(format!("{} is skipped: {why}", path.display()));
                skipped += 1;
            }
        }
    }
    let rest = training.after(ATTACK_FREE_ROWS);
    anyhow::ensure!(rest.attack.contains(&true), "no table with labelled attacks was found below {}", data.display());
    Ok((network(training, rest), skipped))
}

impl Table {
    /// The rows after so many.
    fn after(&self, rows: usize) -> Self {
        let columns = self.columns.iter().map(|c| c.iter().copied().skip(rows).collect()).collect();
        Self { names: self.names.clone(), columns, attack: self.attack.iter().copied().skip(rows).collect() }
    }
}

fn network(training: Table, scored: Table) -> Network {
    let head = |(column, scored): (Vec<f64>, &Vec<f64>)| -> Vec<f64> {
        let decimals = decimals::of(scored);
        column.into_iter().take(ATTACK_FREE_ROWS).map(|v| decimals::rounded(v, decimals)).collect()
    };
    let columns = training.columns.into_iter().zip(&scored.columns).map(head).collect();
    Network { names: scored.names, training: columns, scored: scored.columns, attack: scored.attack }
}

fn read(path: &Path) -> anyhow::Result<Table> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_path(path)?;
    let header = reader.headers()?.clone();
    let label = header.iter().position(|h| h == "ATT_FLAG");
    let tags: Vec<usize> =
        (0..header.len()).filter(|i| Some(*i) != label && header.get(*i) != Some("DATETIME")).collect();
    let mut table = Table {
        names: tags.iter().filter_map(|i| header.get(*i)).map(str::to_owned).collect(),
        columns: vec![Vec::new(); tags.len()],
        attack: Vec::new(),
    };
    for record in reader.records() {
        let record = record?;
        for (column, i) in table.columns.iter_mut().zip(&tags) {
            column.push(record.get(*i).unwrap_or_default().parse().unwrap_or(f64::NAN));
        }
        table.attack.push(label.and_then(|i| record.get(i)) == Some("1"));
    }
    anyhow::ensure!(!table.attack.is_empty() && !table.names.is_empty(), "it is empty");
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_table_is_scored_before_the_other_and_training_is_rounded_like_it() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("training_dataset_1.csv", "DATETIME,L_T1,S_V2,ATT_FLAG\n06/01/14 00,0.509729,1,0\n");
        write("BATADAL_dataset04.csv", "DATETIME, L_T1, S_V2,ATT_FLAG\n04/07/16 00,2.4,1,-999\n04/07/16 01,2.4,1,1\n");
        let (network, skipped) = find(dir.path()).unwrap();
        assert_eq!((network.training[0][0], network.attack, skipped), (0.5, vec![false, true], 0));
        write("test_dataset.csv", "DATETIME,L_T1,S_V2,ATT_FLAG\n04/01/17 00,2.44,1,1\n");
        let (network, skipped) = find(dir.path()).unwrap();
        assert_eq!((network.training[0][0], network.attack.len(), skipped), (0.51, 1, 0));
        write("test_dataset.csv", "DATETIME,L_T1,S_V2\n04/01/17 00,2.44,1\n");
        assert_eq!(find(dir.path()).unwrap().1, 1);
    }

    #[test]
    fn a_training_table_alone_is_scored_after_its_year_wherever_it_lies() {
        let dir = tempfile::tempdir().unwrap();
        let mut text = "DATETIME,L_T1,ATT_FLAG\n".to_owned();
        for row in 0..ATTACK_FREE_ROWS + 5 {
            text += if row == ATTACK_FREE_ROWS + 3 { "06/01/14 00,1.5,1\n" } else { "06/01/14 00,0.5,0\n" };
        }
        std::fs::create_dir_all(dir.path().join("any/name")).unwrap();
        std::fs::write(dir.path().join("any/name/training_dataset_1.csv"), text).unwrap();
        let (network, skipped) = find(dir.path()).unwrap();
        assert_eq!(
            (network.training[0].len(), network.attack, skipped),
            (ATTACK_FREE_ROWS, vec![false, false, false, true, false], 0)
        );
    }
}
