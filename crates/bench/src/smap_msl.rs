//! SMAP and MSL: telemetry of two spacecraft, a channel a file; the first column is the telemetry, the others are
//! commands, one-hot, which are not used. Per channel: fit on its training file, score its test file.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;

use crate::report::Report;
use crate::scored::{self, Case, methods};
use crate::{files, npy};

/// The set's folder.
const SET: &str = "smap-msl";

/// First and last row of an anomaly.
type Range = (usize, usize);

/// Runs the suite over all channels below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (cases, skipped) = find(data)?;
    scored::report("smap-msl", data, (&cases, skipped), &methods::telemetry())
}

/// All channels that have a training file, a test file and labels, by path: the folder above that of a test file holds one
/// called `train`, and the labels may lie anywhere.
fn find(data: &Path) -> anyhow::Result<(Vec<Case>, usize)> {
    let lists = files::find(data, SET, |name| name == "labeled_anomalies.csv")?;
    let list = lists.first().with_context(|| format!("no labeled_anomalies.csv was found below {}", data.display()))?;
    let labels = labels(list)?;
    let mut paths = files::below(data, SET, ".npy")?;
    paths.retain(|p| p.parent().is_some_and(|f| files::name_of(f) == "test"));
    Ok(files::read_all(&paths, |path| read(path, &labels).map(Some)))
}

fn read(path: &Path, labels: &BTreeMap<String, Vec<Range>>) -> anyhow::Result<Case> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ranges = labels.get(&name).with_context(|| format!("{name} has no labels"))?;
    let test = telemetry(path)?;
    let rows = test.first().map_or(0, Vec::len);
    let truth = (0..rows).map(|i| ranges.iter().any(|(from, to)| (*from..=*to).contains(&i))).collect();
    let above = path.parent().and_then(Path::parent).context("it lies in no folder")?;
    let train = telemetry(&above.join("train").join(files::name_of(path)))?;
    let case = Case { name, train, test, truth, ..Case::default() };
    case.check()?;
    Ok(case)
}

/// The first column of a file.
fn telemetry(path: &Path) -> anyhow::Result<Vec<Vec<f64>>> {
    Ok(npy::read(path)?.columns().into_iter().take(1).collect())
}

/// The anomalies of each channel.
fn labels(path: &Path) -> anyhow::Result<BTreeMap<String, Vec<Range>>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("reading {}", path.display()))?;
    let header = reader.headers()?.clone();
    let place = |name: &str| header.iter().position(|h| h.trim() == name).with_context(|| format!("no column {name}"));
    let (channel, sequences) = (place("chan_id")?, place("anomaly_sequences")?);
    let mut labels: BTreeMap<String, Vec<Range>> = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        let ranges: Vec<Range> = serde_json::from_str(record.get(sequences).unwrap_or_default())
            .with_context(|| format!("reading the anomalies in {}", path.display()))?;
        labels.entry(record.get(channel).unwrap_or_default().to_owned()).or_default().extend(ranges);
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npy::tests::table;

    #[test]
    fn channels_are_read_with_all_their_anomalies() {
        let folder = tempfile::tempdir().unwrap();
        let rows: Vec<Vec<f32>> = (0..8_u8).map(|i| vec![f32::from(i), 0.0, 1.0]).collect();
        for part in ["train", "test"] {
            let own = folder.path().join("any/name").join(part);
            std::fs::create_dir_all(&own).unwrap();
            std::fs::write(own.join("T-9.npy"), table(&rows)).unwrap();
        }
        std::fs::write(folder.path().join("any/name/test/T-8.npy"), table(&rows)).unwrap();
        std::fs::write(folder.path().join("any/of_another_set.npy"), table(&rows)).unwrap();
        let labels = "chan_id,spacecraft,anomaly_sequences,class,num_values\n\
            T-9,SMAP,\"[[1, 2], [5, 5]]\",\"[point, point]\",8\nT-9,SMAP,\"[[7, 9]]\",[point],8\n";
        std::fs::write(folder.path().join("labeled_anomalies.csv"), labels).unwrap();
        let (cases, skipped) = find(folder.path()).unwrap();
        assert_eq!((cases.len(), skipped), (1, 1));
        let anomalous: Vec<usize> = (0..8).filter(|i| cases[0].truth[*i]).collect();
        assert_eq!(anomalous, [1, 2, 5, 7]);
        assert_eq!(cases[0].test.len(), 1);
    }
}
