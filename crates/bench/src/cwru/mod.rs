//! CWRU: a motor bearing with seeded pits. Windows of one second are judged, by three protocols:
//! `acc_unseen_size` trains on all sizes of pit but one and judges that one (other bearings, so nothing of the
//! judged bearing was seen; a method that does not train has seen none); `acc_cross_load` trains at one load and names fault and size at the others (the same
//! bearings); `acc_training_free` names the part by its defect frequency alone, one of three, without training.

mod features;
mod methods;
mod npz;
mod recording;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use crate::report::{Report, Row, peak_mb, say};
use crate::supervised::{Cases, Way, likeliest, without_holes};
use methods::Method;
use recording::{Fault, Recording};

/// Runs the suite over all recordings below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (recordings, skipped) = recording::find(data)?;
    let windows: Vec<Window<'_>> = recordings.iter().flat_map(Window::of).collect();
    anyhow::ensure!(
        windows.iter().any(|w| w.recording.fault.is_some()),
        "no CWRU recording was found below {}",
        data.display()
    );
    let rows = methods::all().iter().map(|method| row(method, &windows)).collect();
    Ok(Report::new("cwru", data, (recordings.len(), skipped), rows))
}

/// A second of a recording.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) samples: &'a [f32],
}

impl<'a> Window<'a> {
    fn of(recording: &'a Recording) -> impl Iterator<Item = Self> {
        recording.windows().map(move |samples| Self { recording, samples })
    }
}

/// Windows judged and judged rightly.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    right: u32,
    all: u32,
}

impl Tally {
    fn add(&mut self, right: bool) {
        self.right += u32::from(right);
        self.all += 1;
    }

    fn share(self) -> Option<f64> {
        (self.all > 0).then(|| f64::from(self.right) / f64::from(self.all))
    }
}

fn row(method: &Method, windows: &[Window<'_>]) -> Row {
    let start = Instant::now();
    let read: Vec<methods::Reading> = windows.iter().map(|w| (method.read)(w)).collect();
    let score_s = start.elapsed().as_secs_f64();
    let faulty: Vec<(&Window<'_>, Fault, &methods::Reading)> =
        windows.iter().zip(&read).filter_map(|(w, r)| Some((w, w.recording.fault?, r))).collect();
    let size = |w: &Window<'_>| w.recording.size as usize;
    let parts: Vec<Case<'_>> =
        faulty.iter().map(|(w, fault, r)| Case { group: size(w), class: *fault as usize, features: &r.part }).collect();
    let loads: Vec<Case<'_>> = faulty
        .iter()
        .map(|(w, fault, r)| Case {
            group: w.recording.rpm as usize,
            class: size(w) * 3 + *fault as usize,
            features: &r.bearing,
        })
        .collect();
    let mut free = Tally::default();
    for (_, fault, reading) in &faulty {
        free.add(reading.named == Some(*fault));
    }
    let learns = parts.iter().any(|c| !c.features.is_empty());
    let mut times = (0.0, score_s);
    let unseen =
        if learns { judge(&parts, |trained, judged| trained != judged, (method.way, &mut times)) } else { free };
    let cross = judge(&loads, |trained, judged| trained == judged, (method.way, &mut times));
    let mut healthy = Tally::default();
    let sound = windows.iter().zip(&read).filter(|(w, _)| w.recording.fault.is_none());
    sound.for_each(|(_, r)| healthy.add(r.alarm));
    let metrics = [
        ("acc_unseen_size", unseen.share()),
        ("acc_cross_load", cross.share()),
        ("acc_training_free", free.share()),
        ("healthy_called_damaged", healthy.share()),
    ];
    let metrics = metrics.into_iter().filter_map(|(name, share)| Some((name.to_owned(), share?))).collect();
    let samples: usize = windows.iter().map(|w| w.samples.len()).sum();
    let (train_s, score_us_per_sample) = (times.0, times.1 * 1e6 / samples.max(1) as f64);
    Row { method: method.name.to_owned(), metrics, train_s, score_us_per_sample, peak_mb: peak_mb() }
}

/// A window to train on or to judge.
#[derive(Clone, Copy, Debug)]
struct Case<'a> {
    /// The size, or the load.
    group: usize,
    class: usize,
    features: &'a [f64],
}

/// One round for each group: trained on the cases whose group `trains` with it, judged on the others. Classes that
/// the training lacks cannot be named and are left out. The seconds of fitting and judging are added to `times`.
fn judge(cases: &[Case<'_>], trains: impl Fn(usize, usize) -> bool, (way, times): (Way, &mut (f64, f64))) -> Tally {
    let mut tally = Tally::default();
    let groups: BTreeSet<usize> = cases.iter().map(|c| c.group).collect();
    for group in groups {
        let (train, test): (Vec<&Case<'_>>, Vec<&Case<'_>>) = cases.iter().partition(|c| trains(c.group, group));
        let (train, classes) = without_holes(table(&train));
        if classes.len() < 2 || train.columns.is_empty() {
            continue;
        }
        let known: Vec<&Case<'_>> = test.into_iter().filter(|c| classes.contains(&c.class)).collect();
        match way.judge(&train, &table(&known)) {
            Ok((said, fitting, judging)) => {
                *times = (times.0 + fitting, times.1 + judging);
                let right = |c: &Case<'_>, said: &Vec<f64>| classes.get(likeliest(said)) == Some(&c.class);
                known.iter().zip(&said).for_each(|(c, said)| tally.add(right(c, said)));
            }
            Err(error) => say(format!("group {group} is not judged: {error:#}")),
        }
    }
    tally
}

/// Windows as rows; without a column where one has no features.
fn table(cases: &[&Case<'_>]) -> Cases {
    let width = cases.iter().map(|c| c.features.len()).min().unwrap_or(0);
    let column = |at: usize| cases.iter().filter_map(|c| c.features.get(at).copied()).collect();
    Cases {
        columns: (0..width).map(column).collect(),
        labels: cases.iter().map(|c| c.class).collect(),
        folds: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_learn::random::Random;
    use gemba_learn::wave::bearing::find;

    /// Two seconds at 12 kHz, struck `hz` times a second, each time ringing at `ring_hz`, in noise.
    #[allow(clippy::cast_possible_truncation, reason = "a waveform is of f32")]
    fn struck(seed: u64, hz: f64, ring_hz: f64) -> Vec<f32> {
        let mut random = Random::new(seed);
        let mut sample = |i: u32| {
            let since = (f64::from(i) / 12_000.0 * hz).fract() / hz;
            let ring = (-since * 900.0).exp() * (std::f64::consts::TAU * ring_hz * since).sin();
            (3.0 * ring + random.normal()) as f32
        };
        (0..24_000).map(&mut sample).collect()
    }

    /// A folder as the set's: two loads, two sizes, three faults; two seconds each, struck at the defect frequency.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let geometry = find(features::BEARING).unwrap().geometry;
        for rpm in [1797_u32, 1730] {
            let f = geometry.frequencies(f64::from(rpm) / 60.0);
            for (name, hz, resonance_hz) in
                [("IR", f.inner, 2000.0), ("B", 2.0 * f.ball, 3000.0), ("OR@6", f.outer, 4000.0)]
            {
                for (size, ring_hz) in [(7_u32, resonance_hz), (21, resonance_hz + 250.0)] {
                    let samples = struck(u64::from(rpm + size), hz, ring_hz);
                    let path = dir.path().join(format!("{rpm}_{name}_{size}_DE12.npz"));
                    std::fs::write(path, npz::tests::npz("DE", &samples)).unwrap();
                }
            }
        }
        std::fs::write(dir.path().join("1797_IR_7_FE.npz"), b"another bearing").unwrap();
        dir
    }

    #[test]
    fn a_folder_of_the_layout_is_scored_by_all_three_protocols() {
        let report = run(folder().path()).unwrap();
        assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (12, 1, "gemba"));
        let ours = &report.rows[0].metrics;
        for name in ["acc_unseen_size", "acc_cross_load", "acc_training_free"] {
            assert!(ours[name] > 0.9, "{name}: {ours:?}");
        }
        let always = report.rows.iter().find(|r| r.method == "always_inner").unwrap();
        assert!((always.metrics["acc_training_free"] - 1.0 / 3.0).abs() < 1e-9);
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }
}
