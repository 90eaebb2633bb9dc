//! Finds recordings: any `NAME.csv` of one column with a `NAME_metadata.json` beside it.

use std::path::Path;

use anyhow::Context;
use gemba_learn::wave::bearing::DefectFrequencies;
use serde::Deserialize;

/// What the name says is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Healthy,
    Inner,
    Outer,
}

/// One recording.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) truth: Truth,
    pub(crate) rate_hz: f64,
    pub(crate) shaft_hz: f64,
    pub(crate) expected: DefectFrequencies,
    /// Acceleration, g.
    pub(crate) samples: Vec<f64>,
}

/// The part of the metadata that is used; frequencies in Hz.
#[derive(Debug, Deserialize)]
struct Metadata {
    sampling_rate: f64,
    shaft_speed: f64,
    #[serde(rename = "BPFI")]
    inner: f64,
    #[serde(rename = "BPFO")]
    outer: f64,
    #[serde(rename = "BSF")]
    ball: f64,
    #[serde(rename = "FTF")]
    cage: f64,
}

/// All recordings below `data`, by path, and how many files could not be used.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Vec<Recording>, usize)> {
    crate::files::read_each((data, "mfpt", ".csv"), |path| {
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        truth(stem).map(|truth| read(path, stem, truth)).transpose()
    })
}

fn read(path: &Path, stem: &str, truth: Truth) -> anyhow::Result<Recording> {
    let beside = path.with_file_name(format!("{stem}_metadata.json"));
    let about = std::fs::read(&beside).with_context(|| format!("reading {}", beside.display()))?;
    let about: Metadata = serde_json::from_slice(&about)?;
    let text = std::fs::read_to_string(path)?;
    let samples = text.lines().filter(|l| !l.trim().is_empty()).map(|l| l.trim().parse());
    let samples: Vec<f64> = samples.collect::<Result<_, _>>()?;
    anyhow::ensure!(about.sampling_rate > 0.0 && about.shaft_speed > 0.0, "no rate or speed");
    Ok(Recording {
        truth,
        rate_hz: about.sampling_rate,
        shaft_hz: about.shaft_speed,
        expected: DefectFrequencies { outer: about.outer, inner: about.inner, ball: about.ball, cage: about.cage },
        samples,
    })
}

fn truth(name: &str) -> Option<Truth> {
    let name = name.to_ascii_lowercase();
    let known = [("baseline", Truth::Healthy), ("innerrace", Truth::Inner), ("outerrace", Truth::Outer)];
    known.into_iter().find(|(begin, _)| name.starts_with(begin)).map(|(_, truth)| truth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_class() {
        assert_eq!(truth("OuterRaceFault_vload_7"), Some(Truth::Outer));
        assert_eq!(truth("InnerRaceFault_vload_1"), Some(Truth::Inner));
        assert_eq!((truth("baseline_3"), truth("notes")), (Some(Truth::Healthy), None));
    }
}
