//! scikit-learn on the same rows.

use super::{Case, Method, Scored};
use crate::peers::{self, Peer};

/// Of signals that stand in relations: rows by themselves, and windows.
const MANY: [(Peer, Method); 4] = [
    (peers::ISOLATION_FOREST, |c| ask(c, peers::ISOLATION_FOREST)),
    (peers::PCA, |c| ask(c, peers::PCA)),
    (peers::AUTOENCODER, |c| ask(c, peers::AUTOENCODER)),
    (peers::KMEANS_WINDOWS, |c| ask(c, peers::KMEANS_WINDOWS)),
];

/// Of one signal, which has no relations but with its own past.
const ONE: [(Peer, Method); 3] = [
    (peers::ISOLATION_FOREST, |c| ask(c, peers::ISOLATION_FOREST)),
    (peers::KMEANS_WINDOWS, |c| ask(c, peers::KMEANS_WINDOWS)),
    (peers::AUTOENCODER_WINDOWS, |c| ask(c, peers::AUTOENCODER_WINDOWS)),
];

/// The peers for many signals, as far as they are there.
pub(super) fn many_signals() -> Vec<(&'static str, Method)> {
    peers::methods(&MANY)
}

/// The peers for one signal.
pub(super) fn one_signal() -> Vec<(&'static str, Method)> {
    peers::methods(&ONE)
}

fn ask(case: &Case, peer: Peer) -> anyhow::Result<Scored> {
    let said = peers::ask(peer, &case.train, None, &[&case.test])?;
    let score_s = said.score_s.iter().sum();
    Ok(Scored { scores: said.scores(0).to_vec(), train_s: said.train_s, score_s, ..Scored::default() })
}
