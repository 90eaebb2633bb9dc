//! Reads the tables: DATETIME, tags, ATT_FLAG; 1 is an attack, 0 and −999 are not known to be one.

use std::path::Path;

use anyhow::Context;

/// Rows at the head of the training table that are without attacks: a year of hours.
const ATTACK_FREE_ROWS: usize = 8_761;
/// Decimals beyond which a number is taken as it is.
const DECIMALS_MAX: usize = 6;

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
    decimals: Vec<usize>,
    attack: Vec<bool>,
}

/// The tables below `data`, and how many that could have been scored could not.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Network, usize)> {
    let own = data.join("batadal");
    let folder = if own.is_dir() { own } else { data.to_owned() };
    let training = read(&folder.join("training_dataset_1.csv")).context("reading training_dataset_1.csv")?;
    let mut skipped = 0;
    for name in ["test_dataset.csv", "BATADAL_dataset04.csv"] {
        let path = folder.join(name);
        if !path.is_file() {
            continue;
        }
        match read(&path) {
            Ok(scored) if scored.names == training.names && scored.attack.contains(&true) => {
                return Ok((network(training, scored), skipped));
            }
            _ => skipped += 1,
        }
    }
    anyhow::bail!("no table with labelled attacks was found in {}", folder.display())
}

fn network(training: Table, scored: Table) -> Network {
    let head = |(column, decimals): (Vec<f64>, &usize)| -> Vec<f64> {
        column.into_iter().take(ATTACK_FREE_ROWS).map(|v| rounded(v, *decimals)).collect()
    };
    let columns = training.columns.into_iter().zip(&scored.decimals).map(head).collect();
    Network { names: scored.names, training: columns, scored: scored.columns, attack: scored.attack }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "at most six decimals")]
fn rounded(value: f64, decimals: usize) -> f64 {
    if decimals >= DECIMALS_MAX {
        return value;
    }
    let unit = 10_f64.powi(decimals as i32);
    (value * unit).round() / unit
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
        decimals: vec![0; tags.len()],
        attack: Vec::new(),
    };
    for record in reader.records() {
        let record = record?;
        for ((column, decimals), i) in table.columns.iter_mut().zip(&mut table.decimals).zip(&tags) {
            let text = record.get(*i).unwrap_or_default();
            *decimals = (*decimals).max(text.split_once('.').map_or(0, |(_, d)| d.len()));
            column.push(text.parse().unwrap_or(f64::NAN));
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
}
