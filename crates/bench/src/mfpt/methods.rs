//! Ours, and what it must beat.

use gemba_learn::random::Random;
use gemba_learn::wave::Spectrum;
use gemba_learn::wave::diagnosis::Diagnosis;

use super::Said;
use super::recording::{Recording, Truth};

/// Names a recording.
pub(crate) type Method = fn(&Recording) -> Said;

/// Every method by name.
pub(crate) const ALL: &[(&str, Method)] = &[
    ("gemba", gemba),
    ("spectrum_line", spectrum_line),
    ("always_outer", |_| plain(Truth::Outer)),
    ("always_inner", |_| plain(Truth::Inner)),
    ("never", |_| plain(Truth::Healthy)),
    ("random", random),
];

fn plain(class: Truth) -> Said {
    Said { class, confidence: None }
}

/// The diagnosis that runs in a plant, with its own false-alarm level.
fn gemba(recording: &Recording) -> Said {
    let Recording { samples, rate_hz, shaft_hz, expected, .. } = recording;
    let diagnosis = Diagnosis::of(samples, *rate_hz, *shaft_hz, expected);
    let named = diagnosis.as_ref().and_then(Diagnosis::named);
    let class = match named.map(|d| d.mode) {
        Some("bearing_inner_race") => Truth::Inner,
        Some("bearing_outer_race") => Truth::Outer,
        _ => Truth::Healthy,
    };
    Said { class, confidence: named.map(|d| d.confidence) }
}

/// The higher of the two defect lines in the plain spectrum; it always names one.
fn spectrum_line(recording: &Recording) -> Said {
    let spectrum = Spectrum::of(&recording.samples, recording.rate_hz);
    let height = |hz: f64| spectrum.as_ref().and_then(|s| s.highest_near(hz, 0.02 * hz)).map_or(0.0, |(_, a)| a);
    let inner = height(recording.expected.inner) > height(recording.expected.outer);
    plain(if inner { Truth::Inner } else { Truth::Outer })
}

/// A third each; the seed is the number of samples, so that the same recording is always named alike.
fn random(recording: &Recording) -> Said {
    let draw = Random::new(recording.samples.len() as u64).unit() * 3.0;
    plain(if draw < 1.0 {
        Truth::Healthy
    } else if draw < 2.0 {
        Truth::Inner
    } else {
        Truth::Outer
    })
}
