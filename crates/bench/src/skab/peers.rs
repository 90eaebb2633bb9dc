//! scikit-learn on the same rows; an alarm is what one in a hundred rows of the head would be, as for principal components.

use gemba_learn::stats;

use super::Said;
use super::methods::{Method, edges};
use super::pca::ALPHA;
use super::recording::Recording;
use crate::peers::{self, Peer};

const ALL: [(Peer, Method); 3] = [
    (peers::ISOLATION_FOREST, |r, n| ask(r, n, peers::ISOLATION_FOREST)),
    (peers::PCA, |r, n| ask(r, n, peers::PCA)),
    (peers::AUTOENCODER, |r, n| ask(r, n, peers::AUTOENCODER)),
];

/// The peers, as far as they are there.
pub(super) fn there() -> Vec<(&'static str, Method)> {
    peers::methods(&ALL)
}

fn ask(recording: &Recording, train: usize, peer: Peer) -> anyhow::Result<Said> {
    let part = |skip: usize, take: usize| -> Vec<Vec<f64>> {
        recording.columns.iter().map(|c| c.iter().copied().skip(skip).take(take).collect()).collect()
    };
    let (head, tail) = (part(0, train), part(train, usize::MAX));
    let said = peers::ask(peer, &head, None, &[&tail, &head])?;
    let limit = stats::quantile(said.scores(1), 1.0 - ALPHA);
    let alarms: Vec<bool> = said.scores(0).iter().map(|score| *score > limit).collect();
    let score_s = said.score_s.first().copied().unwrap_or_default();
    Ok(Said { changes: edges(&alarms), alarms, train_s: said.train_s, score_s })
}
