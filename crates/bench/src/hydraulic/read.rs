//! Reads a rig: the features of each cycle, sensor by sensor, and the levels of each condition.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use gemba_learn::stats;

use crate::files;
use crate::report::say;
use crate::supervised::sheet::number;

/// Parts of a cycle whose means are features.
const PARTS: usize = 8;

/// A rig's cycles.
pub(super) struct Rig {
    /// Features, column by column.
    pub(super) features: Vec<Vec<f64>>,
    /// For each column of the profile the level at each cycle: 0 the lowest, 1 the next.
    pub(super) conditions: Vec<Vec<usize>>,
    /// Sensors that were read, and files that could not be.
    pub(super) sensors: usize,
    pub(super) skipped: usize,
}

/// The rig whose `profile.txt` lies in `data` or below it, with the sensors beside it.
pub(super) fn rig(data: &Path) -> anyhow::Result<Rig> {
    let is_text = |n: &str| files::ends(n, "txt") || files::ends(n.strip_suffix(".gz").unwrap_or_default(), "txt");
    let (profiles, mut sensors): (Vec<PathBuf>, Vec<PathBuf>) =
        files::find(data, "hydraulic", is_text)?.into_iter().partition(|p| stem(p).eq_ignore_ascii_case("profile"));
    let place = profiles.first().context("there is no profile.txt")?;
    sensors.retain(|p| p.parent() == place.parent());
    let profile = lines(place, <[f64]>::to_vec)?;
    let cycles = profile.len();
    let width = profile.first().map_or(0, Vec::len);
    ensure!(width > 0 && profile.iter().all(|r| r.len() == width), "profile.txt has rows of different length");
    let conditions =
        (0..width).map(|c| levels(&profile.iter().filter_map(|r| r.get(c).copied()).collect::<Vec<f64>>()));
    let mut rig = Rig { features: Vec::new(), conditions: conditions.collect(), sensors: 0, skipped: 0 };
    for path in sensors {
        match lines(&path, features) {
            Ok(rows) if rows.len() == cycles && same_width(&rows) => {
                let width = rows.first().map_or(0, Vec::len);
                let column = |c: usize| rows.iter().filter_map(|r| r.get(c).copied()).collect::<Vec<f64>>();
                rig.features.extend((0..width).map(column));
                rig.sensors += 1;
            }
            rows => {
                let why = rows.map_or_else(|e| format!("{e:#}"), |r| format!("{} rows for {cycles} cycles", r.len()));
                say(format!("{} is skipped: {why}", path.display()));
                rig.skipped += 1;
            }
        }
    }
    ensure!(rig.sensors > 0, "no sensor has a row a cycle of profile.txt");
    Ok(rig)
}

fn same_width(rows: &[Vec<f64>]) -> bool {
    rows.iter().all(|r| Some(r.len()) == rows.first().map(Vec::len))
}

/// `PS1` of `PS1.txt.gz`.
fn stem(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// What `read` makes of each line's numbers.
fn lines(path: &Path, read: impl Fn(&[f64]) -> Vec<f64>) -> anyhow::Result<Vec<Vec<f64>>> {
    let file = std::fs::File::open(path)?;
    let plain: Box<dyn Read> = match path.extension() {
        Some(e) if e == "gz" => Box::new(flate2::read::MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut rows = Vec::new();
    for line in BufReader::with_capacity(1 << 16, plain).lines() {
        let line = line?;
        let row: Vec<f64> = line.split_whitespace().map(number).collect();
        ensure!(row.iter().all(|v| v.is_finite()), "{} holds what is no number", path.display());
        if !row.is_empty() {
            rows.push(read(&row));
        }
    }
    Ok(rows)
}

/// The rank of each value among the different ones.
fn levels(values: &[f64]) -> Vec<usize> {
    let mut known = values.to_vec();
    known.sort_by(f64::total_cmp);
    known.dedup();
    values.iter().map(|v| known.partition_point(|k| k < v)).collect()
}

/// Of a cycle: the means of its parts, extremes, spread, roughness, skewness and kurtosis.
fn features(row: &[f64]) -> Vec<f64> {
    let n = row.len();
    let part =
        |i: usize| stats::mean(row.get(i * n / PARTS..((i + 1) * n / PARTS).max(i * n / PARTS + 1)).unwrap_or(row));
    let mut all: Vec<f64> = (0..PARTS).map(part).collect();
    let (mean, spread) = (stats::mean(row), stats::variance(row).sqrt());
    let steps: Vec<f64> = row.iter().zip(row.iter().skip(1)).map(|(a, b)| b - a).collect();
    let moment = |power: i32| {
        let terms = row.iter().map(|v| ((v - mean) / spread).powi(power));
        if spread > 0.0 { terms.sum::<f64>() / n as f64 } else { 0.0 }
    };
    let (low, high) = row.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    all.extend([mean, spread, low, high, stats::variance(&steps).sqrt(), moment(3), moment(4)]);
    all
}
