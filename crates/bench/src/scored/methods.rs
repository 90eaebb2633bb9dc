//! Which of our detectors, with which setting, each suite runs: one setting a suite, `gemba` first.

use gemba_learn::windows::{Scale, Shape, Tuning};

use super::ours::{Told, deviation, head, phases, windows};
use super::{Method, kmeans, naive, ours, peers};

/// Rows that the scores of deviations are averaged over.
const DEVIATION_MEAN: usize = 15;

/// Many signals without structure in time.
pub(crate) fn many_signals() -> Vec<(&'static str, Method)> {
    let ours: [(_, Method); 3] = [
        ("gemba", |c| deviation(c, Told::centred(DEVIATION_MEAN))),
        ("gemba_causal", |c| deviation(c, Told::causal(DEVIATION_MEAN))),
        ("gemba_fit_on_head", |c| deviation(&head(c), Told::centred(DEVIATION_MEAN))),
    ];
    with_others(&ours, peers::many_signals())
}

/// Rows of a window of telemetry, of as many values as shapes.
const TELEMETRY: Tuning =
    Tuning { rows: 64, prototypes: 1000, scale: Scale::Spread, shape: Shape::Values, limit: 12.0 };
/// Rows that the scores of telemetry are averaged over; the middle of them is told, of their windows too.
const TELEMETRY_TOLD: Told = Told { mean: 128, lag: usize::midpoint(128, TELEMETRY.rows) };

/// How windows of telemetry are looked at: their values, and their shape.
const TELEMETRY_VIEWS: [Tuning; 2] = [TELEMETRY, Tuning { shape: Shape::Each, ..TELEMETRY }];

/// One signal of telemetry.
pub(crate) fn telemetry() -> Vec<(&'static str, Method)> {
    let ours: [(_, Method); 5] = [
        ("gemba", |c| windows(c, &TELEMETRY_VIEWS, TELEMETRY_TOLD)),
        ("gemba_causal", |c| windows(c, &TELEMETRY_VIEWS, Told::causal(TELEMETRY_TOLD.mean))),
        ("values_only", |c| windows(c, &[TELEMETRY], TELEMETRY_TOLD)),
        ("shape_only", |c| windows(c, &[Tuning { shape: Shape::Each, ..TELEMETRY }], TELEMETRY_TOLD)),
        ("deviation", |c| deviation(c, Told::centred(DEVIATION_MEAN))),
    ];
    with_others(&ours, peers::one_signal())
}

/// Rows that the scores of phases are averaged over.
const PHASE_MEAN: usize = 9;

/// A machine whose clock starts anew with each run.
pub(crate) fn runs() -> Vec<(&'static str, Method)> {
    let ours: [(_, Method); 4] = [
        ("gemba", |c| phases(c, Told::centred(PHASE_MEAN))),
        ("gemba_causal", |c| phases(c, Told::causal(PHASE_MEAN))),
        ("windows", |c| windows(c, &[STEP_VIEW], STEP_TOLD)),
        ("deviation", |c| deviation(c, Told::centred(DEVIATION_MEAN))),
    ];
    with_others(&ours, peers::many_signals())
}

/// The same where only half of a recording is learned from and the other half scored.
pub(crate) fn runs_by_half() -> Vec<(&'static str, Method)> {
    let [always, _, random, pca] = naive();
    vec![
        ("gemba_by_half", |c| phases(c, Told::centred(PHASE_MEAN))),
        ("always_by_half", always.1),
        ("random_by_half", random.1),
        ("pca_error_by_half", pca.1),
    ]
}

/// Rows of a window of a machine that works in steps.
const STEP_ROWS: usize = 20;
/// A row has the mean score of the windows that hold it.
const STEP_TOLD: Told = Told { mean: STEP_ROWS, lag: STEP_ROWS - 1 };

/// How windows of a machine that works in steps are looked at: their values, with all signals equally large.
const STEP_VIEW: Tuning =
    Tuning { rows: STEP_ROWS, prototypes: 500, scale: Scale::Largest, shape: Shape::Values, limit: 12.0 };

/// A machine that works in steps and waits between them for as long as it takes.
pub(crate) fn steps() -> Vec<(&'static str, Method)> {
    let ours: [(_, Method); 5] = [
        ("gemba", |c| windows(c, &[STEP_VIEW], STEP_TOLD)),
        ("gemba_causal", |c| windows(c, &[STEP_VIEW], Told::causal(STEP_ROWS))),
        ("kmeans_windows", |c| Ok(kmeans::windows(c, STEP_ROWS))),
        ("phases", |c| phases(c, Told::centred(PHASE_MEAN))),
        ("deviation", |c| deviation(c, Told::centred(DEVIATION_MEAN))),
    ];
    with_others(&ours, peers::many_signals())
}

fn with_others(ours: &[(&'static str, Method)], peers: Vec<(&'static str, Method)>) -> Vec<(&'static str, Method)> {
    let shipped: (&'static str, Method) = ("as_shipped", ours::as_shipped);
    ours.iter().copied().chain([shipped]).chain(naive()).chain(peers).collect()
}
