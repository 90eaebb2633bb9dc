//! Speed of reading vibration: features in time, 20 band energies and the spectrum of the envelope, of windows of one
//! second at 25.6 kHz. Needs no data; the peer is NumPy and SciPy on the same windows in the same run, when
//! `GEMBA_PEERS_PYTHON` names a Python that has them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context;
use gemba_learn::random::Random;
use gemba_learn::wave::{Analytic, Bank, Spectrum, features};
use serde::Deserialize;

use crate::report::{Report, Row, peak_mb};

const RATE_HZ: f64 = 25_600.0;
const SAMPLES: usize = 25_600;
/// Different windows, so that no cache holds the answer.
const WINDOWS: usize = 32;
/// The band of the envelope.
const BAND_HZ: (f64, f64) = (2000.0, 10_000.0);
/// Seconds of processor time for each row.
const SECONDS: f64 = 2.0;

/// What the peer prints.
#[derive(Debug, Deserialize)]
struct Peer {
    windows_per_s: f64,
    features: Vec<Vec<f64>>,
}

/// Runs the suite; `data` is not read.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let windows = windows();
    let mut bank = Bank::new(SAMPLES, RATE_HZ, BAND_HZ).context("planning the transforms")?;
    let ours: Vec<Vec<f64>> = windows.iter().filter_map(|w| bank.read(w).map(flat)).collect();
    let mut rows = vec![
        row("gemba", rate(&windows, |w| bank.read(w).is_some()), None),
        row("gemba_one_by_one", rate(&windows, |w| one_by_one(w).is_some()), None),
    ];
    let mut skipped = 0;
    match std::env::var_os("GEMBA_PEERS_PYTHON") {
        Some(python) => {
            let peer = scipy(Path::new(&python), &windows)?;
            rows.push(row("scipy", peer.windows_per_s, Some(difference(&ours, &peer.features))));
        }
        None => skipped = 1,
    }
    Ok(Report::new("vibration", data, (WINDOWS, skipped), rows))
}

fn row(method: &str, windows_per_s: f64, difference: Option<f64>) -> Row {
    let mut metrics = BTreeMap::from([("windows_per_s".to_owned(), windows_per_s)]);
    if let Some(difference) = difference {
        metrics.insert("largest_difference".to_owned(), difference);
    }
    let score_us_per_sample = 1e6 / windows_per_s / SAMPLES as f64;
    Row { method: method.to_owned(), metrics, train_s: 0.0, score_us_per_sample, peak_mb: peak_mb() }
}

/// Shaft, gear and a struck resonance in noise.
fn windows() -> Vec<Vec<f32>> {
    let mut random = Random::new(14);
    let mut sample = |i: u32| {
        let t = f64::from(i) / RATE_HZ;
        let wave = |hz: f64, t: f64| (std::f64::consts::TAU * hz * t).sin();
        let since = (t * 107.4).fract() / 107.4;
        let struck = (-900.0 * since).exp() * wave(4200.0, since);
        #[allow(clippy::cast_possible_truncation, reason = "a waveform is of f32")]
        let sample = (wave(29.95, t) + 0.5 * wave(683.0, t) + 3.0 * struck + 0.3 * random.normal()) as f32;
        sample
    };
    (0..WINDOWS).map(|_| (0..25_600).map(&mut sample).collect()).collect()
}

/// The same by the functions for single blocks, in double precision.
fn one_by_one(window: &[f32]) -> Option<f64> {
    let time = features(window)?;
    let samples: Vec<f64> = window.iter().map(|v| f64::from(*v)).collect();
    let spectrum = Spectrum::of(&samples, RATE_HZ)?;
    let width = RATE_HZ / 2.0 / gemba_learn::wave::BANDS as f64;
    let bands = (0..gemba_learn::wave::BANDS).map(|b| spectrum.band_rms((width * b as f64, width * (b + 1) as f64)));
    let bands: f64 = bands.sum();
    let envelope = Analytic::of(&samples, RATE_HZ)?.band(BAND_HZ)?;
    let slow = Spectrum::of(&envelope.magnitude(), envelope.rate_hz)?;
    Some(time.rms + bands + slow.amplitudes.first()?)
}

fn flat(readings: &gemba_learn::wave::Readings) -> Vec<f64> {
    let time = &readings.time;
    let time = [time.rms, time.peak, time.crest, time.kurtosis, time.skew];
    time.into_iter().chain(readings.bands.iter().map(|b| f64::from(*b))).collect()
}

/// Windows in a second of processor time on one core.
fn rate(windows: &[Vec<f32>], mut read: impl FnMut(&[f32]) -> bool) -> f64 {
    let clock = Instant::now();
    let start = processor_s(clock);
    let mut count = 0_u32;
    loop {
        count += windows.iter().map(|w| u32::from(read(w))).sum::<u32>();
        let spent = processor_s(clock) - start;
        if spent > SECONDS {
            return f64::from(count) / spent;
        }
    }
}

/// Seconds this thread has had a processor; wall time since `clock` where the system does not tell.
fn processor_s(clock: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|n| n.parse::<f64>().ok());
    nanoseconds.map_or_else(|| clock.elapsed().as_secs_f64(), |n| n / 1e9)
}

fn scipy(python: &Path, windows: &[Vec<f32>]) -> anyhow::Result<Peer> {
    let mut file = tempfile::NamedTempFile::new().context("making a file for the peer")?;
    for value in windows.iter().flatten() {
        file.write_all(&value.to_le_bytes())?;
    }
    file.flush()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../interop/vibration/peer.py");
    let numbers = [SAMPLES as f64, RATE_HZ, BAND_HZ.0, BAND_HZ.1, SECONDS].map(|n| n.to_string());
    let output = Command::new(python).arg(script).arg(file.path()).args(numbers).env("OMP_NUM_THREADS", "1").output();
    let output = output.with_context(|| format!("running {}", python.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "the peer failed; it needs numpy and scipy: {said}");
    serde_json::from_slice(&output.stdout).context("reading what the peer printed")
}

/// The largest relative difference of any feature of any window.
fn difference(ours: &[Vec<f64>], theirs: &[Vec<f64>]) -> f64 {
    let pairs = ours.iter().flatten().zip(theirs.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs() / b.abs().max(1e-3)).fold(0.0, f64::max)
}
