//! The baseline: principal components with T² and Q, limits from the training rows, no memory.

use std::time::Instant;

use gemba_learn::limits;
use gemba_learn::pca::Pca;

use super::methods::edges;
use super::recording::Recording;
use super::{Said, seconds_since};

/// Share of variance that is kept.
const SHARE: f64 = 0.85;
/// False-alarm level of one row.
pub(super) const ALPHA: f64 = 0.01;

/// Alarm where T² or Q passes its limit.
pub(crate) fn pca_t2_q(recording: &Recording, train: usize) -> anyhow::Result<Said> {
    let start = Instant::now();
    let head: Vec<Vec<f64>> = recording.columns.iter().map(|c| c.iter().copied().take(train).collect()).collect();
    let pca = Pca::fit(&head, SHARE)?;
    let row = |i: usize| -> Vec<f64> { recording.columns.iter().filter_map(|c| c.get(i).copied()).collect() };
    let errors = (0..train).map(|i| pca.score(&row(i)).map(|(_, q)| q)).collect::<Result<Vec<f64>, _>>()?;
    let (t2_limit, q_limit) = (limits::t2(train, pca.components(), ALPHA)?, limits::q(&errors, ALPHA)?);
    let train_s = seconds_since(start);
    let start = Instant::now();
    let mut alarms = Vec::new();
    for i in train..recording.times.len() {
        let (t2, q) = pca.score(&row(i))?;
        alarms.push(t2 > t2_limit || q > q_limit);
    }
    Ok(Said { changes: edges(&alarms), alarms, train_s, score_s: seconds_since(start) })
}
