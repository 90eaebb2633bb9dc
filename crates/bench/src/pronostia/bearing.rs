//! Finds bearings: any folder `Bearing<c>_<n>` with `acc_NNNNN.csv` below `Learning_set` or `Test_set`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A bearing as it was recorded.
#[derive(Clone, Debug)]
pub(crate) struct Bearing {
    /// `1_2`.
    pub(crate) name: String,
    /// How fast its load and speed use life up, against condition 1.
    pub(crate) pace: f64,
    /// Whether it was run to failure.
    pub(crate) learning: bool,
    /// When each snapshot was taken, seconds; from the file's number, because snapshots are thinned.
    pub(crate) times: Vec<f64>,
    /// Root mean square of both accelerations together in each snapshot, g.
    pub(crate) rms: Vec<f64>,
    /// Seconds it still lasted after the last snapshot; none when it is not known.
    pub(crate) left: Option<f64>,
}

/// Seconds from one snapshot's number to the next.
const SNAPSHOT_S: f64 = 10.0;

/// Speed, r/min, and radial load, N, of the conditions 1 to 3, as the set's own description gives them.
const CONDITIONS: [(f64, f64); 3] = [(1800.0, 4000.0), (1650.0, 4200.0), (1500.0, 5000.0)];

/// Life in hours falls with the speed and, of ball bearings, with the third power of the load (ISO 281:2007).
pub(super) fn pace(name: &str) -> f64 {
    let wear = |(rpm, load): &(f64, f64)| rpm * load.powi(3);
    let condition = name.split('_').next().and_then(|c| c.parse::<usize>().ok()?.checked_sub(1));
    let own = condition.and_then(|c| CONDITIONS.get(c)).map_or(f64::NAN, wear);
    let first = CONDITIONS.first().map_or(f64::NAN, wear);
    if (own / first).is_finite() { own / first } else { 1.0 }
}

/// All bearings below `data`, by path, and how many snapshots could not be read.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Vec<Bearing>, usize)> {
    let (mut folders, mut answers) = (BTreeMap::<PathBuf, Vec<(u32, PathBuf)>>::new(), BTreeMap::new());
    for path in crate::files::below(data, "femto-pronostia", ".csv")? {
        let name = name_of(&path);
        if name == "RUL_test.csv" {
            let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            let pairs = text.lines().filter_map(|l| l.split_once(','));
            answers.extend(pairs.filter_map(|(b, s)| Some((short(b.trim()).to_owned(), s.trim().parse().ok()?))));
        } else if let Some((number, folder)) = number(name).zip(path.parent())
            && name_of(folder).starts_with("Bearing")
        {
            folders.entry(folder.to_owned()).or_default().push((number, path.clone()));
        }
    }
    let (mut bearings, mut skipped) = (Vec::new(), 0);
    for (folder, mut snapshots) in folders {
        snapshots.sort();
        let (bearing, bad) = read(&folder, snapshots, &answers);
        skipped += bad;
        bearings.extend(bearing);
    }
    Ok((bearings, skipped))
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|n| n.to_str()).unwrap_or_default()
}

/// 7 of `acc_00007.csv`.
fn number(name: &str) -> Option<u32> {
    name.strip_prefix("acc_")?.strip_suffix(".csv")?.parse().ok()
}

/// `Bearing1_2` and `1_2` are one.
fn short(name: &str) -> &str {
    name.strip_prefix("Bearing").unwrap_or(name)
}

fn read(folder: &Path, snapshots: Vec<(u32, PathBuf)>, answers: &BTreeMap<String, f64>) -> (Option<Bearing>, usize) {
    let name = short(name_of(folder)).to_owned();
    let left = answers.get(&name).copied();
    let begins = |f: &Path, part: &str| name_of(f).to_ascii_lowercase().starts_with(part);
    let set = folder.ancestors().skip(1).find(|f| begins(f, "learning") || begins(f, "test"));
    // where no folder says which it is, one whose answer is not asked for went on to its end
    let learning = set.map_or(left.is_none(), |f| begins(f, "learning"));
    let pace = pace(&name);
    let mut bearing = Bearing { name, pace, learning, times: Vec::new(), rms: Vec::new(), left };
    let mut skipped = 0;
    for (number, path) in snapshots {
        match snapshot(&path) {
            Some(rms) => {
                bearing.times.push(f64::from(number) * SNAPSHOT_S);
                bearing.rms.push(rms);
            }
            None => skipped += 1,
        }
    }
    ((bearing.times.len() > 1).then_some(bearing), skipped)
}

/// The root mean square about the mean of the last two columns together; they are parted by commas or semicolons.
fn snapshot(path: &Path) -> Option<f64> {
    let text = std::fs::read_to_string(path).ok()?;
    let (mut sums, mut squares, mut count) = ([0.0; 2], [0.0; 2], 0.0);
    for line in text.lines() {
        let mut ends = line.trim().rsplit([',', ';']).map(str::parse::<f64>);
        let (Some(Ok(vertical)), Some(Ok(horizontal))) = (ends.next(), ends.next()) else { continue };
        for ((sum, square), v) in sums.iter_mut().zip(&mut squares).zip([horizontal, vertical]) {
            (*sum, *square) = (*sum + v, *square + v * v);
        }
        count += 1.0;
    }
    let power = |(sum, square): (&f64, &f64)| square / count - (sum / count).powi(2);
    let rms = sums.iter().zip(&squares).map(power).sum::<f64>().max(0.0).sqrt();
    (count > 1.0 && rms.is_finite() && rms > 0.0).then_some(rms)
}
