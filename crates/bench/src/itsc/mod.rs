//! Shorts between turns: a zip of folders (or the folders themselves), one a fault class, each with a few recordings of
//! three phase currents as csv, at 1 kHz where they do not say otherwise. Each class's first, second … recording is a repetition; one is
//! left out at a time. Windows of a second are read; `accuracy` and `macro_f1` count recordings, named by the mean of
//! their windows, `accuracy_windows` windows.

mod recording;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::ensure;
use gemba_learn::wave::{features, phases};

use crate::report::{self, Report, Row};
use crate::supervised::score::{accuracy, macro_f1};
use crate::supervised::{Cases, Model, Way, classifiers, discriminant, likeliest, out_of_fold};
use recording::Recording;

/// Samples a second, where a recording does not say otherwise.
const RATE_HZ: f64 = 1000.0;
/// Seconds of a window, and from one to the next; shorter recordings are one window.
const WINDOW_S: f64 = 1.0;
const STEP_S: f64 = 0.5;
/// Columns of the plain figures at the end of a row, by which `effective_values` goes.
const PLAIN: usize = 9;

/// Runs the suite over all recordings below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (recordings, mut skipped) = recording::find(data)?;
    let mut cases = Cases::default();
    let (mut owners, mut used) = (Vec::new(), Vec::new());
    for recording in &recordings {
        let windows = windows(recording);
        if windows.is_empty() {
            skipped += 1;
            continue;
        }
        for window in windows {
            cases.columns.resize(window.len(), Vec::new());
            cases.columns.iter_mut().zip(window).for_each(|(c, v)| c.push(v));
            cases.labels.push(recording.class);
            cases.folds.push(recording.repetition);
            owners.push(used.len());
        }
        used.push(recording);
    }
    let repetitions = used.iter().map(|r| r.repetition).max();
    ensure!(
        repetitions > Some(0),
        "no two recordings of a class of three phase currents were found below {}",
        data.display()
    );
    let methods = classifiers().into_iter().chain([("effective_values", Way::Own(effective_values))]);
    let rows = report::rows(methods, |name, way| row(name, way, &cases, (&owners, &used)))?;
    Ok(Report::new("itsc", data, (used.len(), skipped), rows))
}

fn row(method: &str, way: Way, cases: &Cases, (owners, used): (&[usize], &[&Recording])) -> anyhow::Result<Row> {
    let outcome = out_of_fold(cases, way)?;
    let said = |recording: usize| {
        let own = outcome.probabilities.iter().zip(owners).filter(|(_, o)| **o == recording).map(|(p, _)| p);
        let sums = own.fold(Vec::new(), |mut sums: Vec<f64>, p| {
            sums.resize(p.len(), 0.0);
            sums.iter_mut().zip(p).for_each(|(sum, p)| *sum += p);
            sums
        });
        likeliest(&sums)
    };
    let said: Vec<usize> = (0..used.len()).map(said).collect();
    let truth: Vec<usize> = used.iter().map(|r| r.class).collect();
    let metrics = BTreeMap::from([
        ("accuracy".to_owned(), accuracy(&truth, &said)),
        ("macro_f1".to_owned(), macro_f1(&truth, &said)),
        ("accuracy_windows".to_owned(), accuracy(&cases.labels, &outcome.said())),
    ]);
    Ok(outcome.row(method, metrics))
}

/// A simple baseline: a discriminant on each phase's r.m.s., crest and kurtosis.
fn effective_values(train: &Cases) -> anyhow::Result<Model> {
    let plain = |row: &[f64]| row.get(row.len().saturating_sub(PLAIN)..).unwrap_or_default().to_vec();
    let columns = train.columns.get(train.columns.len().saturating_sub(PLAIN)..).unwrap_or_default().to_vec();
    let model = discriminant(&Cases { columns, ..train.clone() })?;
    Ok(Box::new(move |row| model(&plain(row))))
}

/// Features of each window in which a current flows: symmetrical components, Park's vector, harmonics; the load; each
/// phase's r.m.s., crest and kurtosis.
fn windows(recording: &Recording) -> Vec<Vec<f64>> {
    let length = recording.currents.iter().map(Vec::len).min().unwrap_or(0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of samples")]
    let samples = |seconds: f64| (seconds * recording.rate_hz).round().max(1.0) as usize;
    let window = samples(WINDOW_S).min(length).max(1);
    let starts = (0..=length.saturating_sub(window)).step_by(samples(STEP_S));
    let read = |start: usize| {
        let cut = |c: &Vec<f64>| c.get(start..start + window).unwrap_or_default().to_vec();
        let [a, b, c] = recording.currents.each_ref().map(cut);
        let together = phases([&a, &b, &c], recording.rate_hz)?;
        let mut row = together.row();
        row.extend([together.positive, together.fundamental_hz]);
        for current in [&a, &b, &c] {
            #[allow(clippy::cast_possible_truncation, reason = "waveforms are of f32")]
            let narrow: Vec<f32> = current.iter().map(|v| *v as f32).collect();
            let f = features(&narrow)?;
            row.extend([f.rms, f.crest, f.kurtosis]);
        }
        Some(row)
    };
    starts.filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zip;
    use gemba_learn::random::Random;
    use std::fmt::Write;

    /// 2.5 s of currents; one phase draws more by a share.
    fn currents(strong: usize, share: f64, seed: u64) -> String {
        let mut random = Random::new(seed);
        let begin = random.unit();
        let mut text = String::new();
        for i in 0..2500 {
            let of = |phase: usize, noise: f64| {
                let gain = if phase == strong { 1.0 + share } else { 1.0 };
                let turns = 50.0 * (f64::from(i) / 1000.0 + begin) - phase as f64 / 3.0;
                gain * 3.0 * (std::f64::consts::TAU * turns).sin() + 0.02 * noise
            };
            let noise = [(); 3].map(|()| random.normal());
            writeln!(text, "{:.4},{:.4},{:.4}", of(0, noise[0]), of(1, noise[1]), of(2, noise[2])).unwrap();
        }
        text
    }

    #[test]
    fn a_zip_of_classes_is_scored_by_repetition() {
        let mut members = vec![("__MACOSX/HLT/._1.csv".to_owned(), "x".to_owned())];
        for (place, (class, strong, share)) in
            [("HLT", 0, 0.0), ("A_10", 0, 0.05), ("B_10", 1, 0.05), ("C_10", 2, 0.05)].into_iter().enumerate()
        {
            for repetition in 0..3 {
                let text = currents(strong, share, (place * 3 + repetition) as u64);
                members.push((format!("set/{class}/{class}_{repetition}.csv"), text));
            }
        }
        members.push(("set/HLT/notes.txt".to_owned(), "not a recording".to_owned()));
        members.push(("set/HLT/short.csv".to_owned(), "1,2,3\n".to_owned()));
        let dir = tempfile::tempdir().unwrap();
        let borrowed: Vec<(&str, &[u8])> = members.iter().map(|(n, t)| (n.as_str(), t.as_bytes())).collect();
        std::fs::write(dir.path().join("set.zip"), zip::tests::zip(&borrowed)).unwrap();
        let report = run(dir.path()).unwrap();
        assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (12, 1, "gemba"));
        assert!((report.rows[0].metrics["accuracy"] - 1.0).abs() < 1e-12, "{:?}", report.rows[0]);
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }
}
