//! Ours, and what it must beat.

use gemba_learn::discriminant::Discriminant;
use gemba_learn::random::Random;
use gemba_learn::wave::{Spectrum, features as time_features};

use super::recording::Fault;
use super::{Window, features};
use crate::supervised::{self, Cases, Model, Way};

/// How far the discriminant takes correlations to be nothing.
const SHRINK: f64 = 0.3;

/// What a method reads of a window.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// Features that tell the damaged part, whatever the size; none when the method does not train.
    pub(super) part: Vec<f64>,
    /// Features that tell one bearing from another, whatever the load.
    pub(super) bearing: Vec<f64>,
    /// The part that is named without training.
    pub(super) named: Option<Fault>,
    /// Whether it is called damaged without training.
    pub(super) alarm: bool,
}

/// Reads a window.
type Read = fn(&Window<'_>) -> Reading;

/// A method by name.
pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) read: Read,
    /// What learns from what is read.
    pub(super) way: Way,
}

/// Every method. Peers learn from what ours reads.
pub(super) fn all() -> Vec<Method> {
    let own: [(_, Read); 7] = [
        ("gemba", gemba),
        ("lines_only", lines_only),
        ("lines_trained", lines_trained),
        ("time_features", time),
        ("spectrum_line", spectrum_line),
        ("always_inner", |_| Reading { named: Some(Fault::Inner), alarm: true, ..Reading::default() }),
        ("random", random),
    ];
    let own = own.map(|(name, read)| Method { name, read, way: Way::Own(discriminant) });
    let peers = supervised::peers().map(|(name, way)| Method { name, read: gemba, way });
    own.into_iter().chain(peers).collect()
}

fn discriminant(train: &Cases) -> anyhow::Result<Model> {
    let rows: Vec<Vec<f64>> = (0..train.labels.len()).map(|i| train.row(i)).collect();
    let model = Discriminant::fit(&rows, &train.labels, SHRINK)?;
    Ok(Box::new(move |row| model.probabilities(row)))
}

/// Without training, the diagnosis that runs in a plant; for sizes not seen, a discriminant on the spectrum's shape,
/// trained on the other sizes.
fn gemba(window: &Window<'_>) -> Reading {
    let Some(diagnosis) = features::diagnosis(window) else { return Reading::default() };
    Reading {
        part: features::shape(window).unwrap_or_default(),
        bearing: features::fingerprint(window).unwrap_or_default(),
        named: diagnosis.damages.first().and_then(|d| part_of(d.mode)),
        alarm: diagnosis.named().is_some(),
    }
}

/// The defect lines alone, without training: for sizes not seen, too.
fn lines_only(window: &Window<'_>) -> Reading {
    Reading { part: Vec::new(), ..gemba(window) }
}

/// A discriminant on the figures of the defect lines, trained on the other sizes.
fn lines_trained(window: &Window<'_>) -> Reading {
    let part = features::diagnosis(window).map(|d| features::part(&d)).unwrap_or_default();
    Reading { part, ..gemba(window) }
}

/// One of the three parts that are seeded. A damaged rolling element passes the load zone once a cage turn, so where
/// the cage's lines lead, with a cage that is not seeded, it is the rolling element (Randall and Antoni 2011).
fn part_of(mode: &str) -> Option<Fault> {
    let mode = if mode == "bearing_cage" { "bearing_ball" } else { mode };
    Fault::ALL.into_iter().find(|f| f.mode() == mode)
}

/// A simple baseline: r.m.s., crest, kurtosis, skew, shape, impulse, clearance of the window.
fn time(window: &Window<'_>) -> Reading {
    let Some(f) = time_features(window.samples) else { return Reading::default() };
    let all = vec![f.rms.ln(), f.crest.ln(), f.kurtosis.ln(), f.skew, f.shape.ln(), f.impulse.ln(), f.clearance.ln()];
    // without training: impulsive means the inner race, a guess as good as any
    Reading { part: all.clone(), bearing: all, alarm: f.kurtosis > 4.0, ..Reading::default() }
}

/// The highest of the three defect lines in the plain spectrum; it always names one.
fn spectrum_line(window: &Window<'_>) -> Reading {
    let samples: Vec<f64> = window.samples.iter().map(|v| f64::from(*v)).collect();
    let spectrum = Spectrum::of(&samples, window.recording.rate_hz);
    let Some((spectrum, f)) = spectrum.zip(features::expected(window)) else { return Reading::default() };
    let height = |hz: f64| spectrum.highest_near(hz, 0.02 * hz).map_or(0.0, |(_, a)| a);
    let heights =
        [(Fault::Inner, f.inner), (Fault::Ball, 2.0 * f.ball), (Fault::Outer, f.outer)].map(|(p, hz)| (p, height(hz)));
    let best = heights.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    Reading { named: best.map(|(part, _)| part), alarm: true, ..Reading::default() }
}

/// A third each; seeded by the window's first sample.
fn random(window: &Window<'_>) -> Reading {
    let seed = window.samples.first().map_or(0, |v| u64::from(v.to_bits()));
    let draw = Random::new(seed).unit() * 3.0;
    let part = if draw < 1.0 {
        Fault::Inner
    } else if draw < 2.0 {
        Fault::Ball
    } else {
        Fault::Outer
    };
    Reading { named: Some(part), alarm: draw < 1.5, ..Reading::default() }
}
