//! MFPT: bearing recordings with metadata. Each recording is named as a whole: healthy, inner race or outer race;
//! nothing is trained, sampling rate, speed and defect frequencies are read beside the file.

mod methods;
mod recording;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use crate::report::{Report, Row, peak_mb, say};
use recording::{Recording, Truth};

/// Why scikit-learn does not stand beside ours.
const NO_PEER: &str = "scikit-learn does not stand beside ours: nothing is learned here, from no recording, so there is nothing that a method \
                       of it could be fitted to; the row spectrum_line is the usual way without learning";

/// What a method says: the class, and how sure it is where it says so (0–1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) class: Truth,
    pub(crate) confidence: Option<f64>,
}

/// Runs the suite over all recordings below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (recordings, skipped) = recording::find(data)?;
    anyhow::ensure!(!recordings.is_empty(), "no MFPT recording was found below {}", data.display());
    say(NO_PEER.to_owned());
    let rows = methods::ALL.iter().map(|(name, method)| row(name, *method, &recordings)).collect();
    Ok(Report::new("mfpt", data, (recordings.len(), skipped), rows))
}

fn row(name: &str, method: methods::Method, recordings: &[Recording]) -> Row {
    let start = Instant::now();
    let said: Vec<Said> = recordings.iter().map(method).collect();
    let score_s = start.elapsed().as_secs_f64();
    let samples: usize = recordings.iter().map(|r| r.samples.len()).sum();
    let judged = || recordings.iter().zip(&said);
    let correct = judged().filter(|(r, s)| r.truth == s.class).count();
    let healthy = |r: &Recording| r.truth == Truth::Healthy;
    let false_alarms = judged().filter(|(r, s)| healthy(r) && s.class != Truth::Healthy).count();
    let mut metrics = BTreeMap::from([
        ("correct".to_owned(), correct as f64),
        ("total".to_owned(), recordings.len() as f64),
        ("false_alarms".to_owned(), false_alarms as f64),
    ]);
    let confidences: Vec<f64> = said.iter().filter_map(|s| s.confidence).collect();
    if !confidences.is_empty() {
        metrics.insert("confidence_mean".to_owned(), confidences.iter().sum::<f64>() / confidences.len() as f64);
    }
    let score_us_per_sample = score_s * 1e6 / samples.max(1) as f64;
    Row { method: name.to_owned(), metrics, train_s: 0.0, score_us_per_sample, peak_mb: peak_mb() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_learn::random::Random;
    use std::fmt::Write as _;

    /// A folder as the set's: two seconds at 20 kHz, struck at 81, at 119 or not at all.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, hz) in [("baseline_9", 0.0), ("InnerRaceFault_9", 119.2), ("OuterRaceFault_9", 81.3)] {
            let mut random = Random::new(1);
            let mut text = String::new();
            for i in 0..40_000 {
                let since = if hz > 0.0 { (f64::from(i) / 20_000.0 * hz).fract() / hz } else { 1.0 };
                let ring = (-since * 900.0).exp() * (std::f64::consts::TAU * 4000.0 * since).sin();
                writeln!(text, "{:.4}", 4.0 * ring + random.normal()).unwrap();
            }
            std::fs::write(dir.path().join(format!("{name}.csv")), text).unwrap();
            let about = "{\"sampling_rate\": 20000.0, \"shaft_speed\": 25.0, \"BPFI\": 118.875, \"BPFO\": 81.125, \
                         \"FTF\": 14.84, \"BSF\": 63.91, \"more\": 1}";
            std::fs::write(dir.path().join(format!("{name}_metadata.json")), about).unwrap();
        }
        std::fs::write(dir.path().join("OuterRaceFault_10.csv"), "1.0\n").unwrap();
        dir
    }

    #[test]
    fn a_folder_of_the_layout_is_scored_and_a_file_without_metadata_counted() {
        let report = run(folder().path()).unwrap();
        assert_eq!((report.files, report.skipped), (3, 1));
        let metric = |i: usize, name: &str| report.rows[i].metrics[name];
        assert_eq!(report.rows[0].method, "gemba");
        assert!((metric(0, "correct") - 3.0).abs() < 1e-9 && metric(0, "false_alarms").abs() < 1e-9);
        assert!(report.rows[1..].iter().all(|r| r.metrics["correct"] < 3.0));
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }
}
