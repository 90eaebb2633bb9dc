//! scikit-learn on the last values together, fitted to the probation of each recording.

use super::corpus::{Corpus, Recording};
use crate::peers::{self, Peer};

/// Values that are looked at together: the one that is scored is the last.
const WINDOW: usize = 20;

/// What a peer says of all recordings.
pub(super) struct Said {
    pub(super) scores: Vec<Vec<f64>>,
    pub(super) train_s: f64,
    pub(super) score_s: f64,
}

/// Its score of each value.
pub(super) fn ask(peer: Peer, corpus: &Corpus) -> anyhow::Result<Said> {
    let mut all = Said { scores: Vec::new(), train_s: 0.0, score_s: 0.0 };
    for recording in &corpus.recordings {
        let columns = columns(recording);
        let head: Vec<Vec<f64>> =
            columns.iter().map(|c| c.iter().copied().take(recording.probation()).collect()).collect();
        let said = peers::ask(peer, &head, None, &[&columns])?;
        all.scores.push(said.scores(0).to_vec());
        (all.train_s, all.score_s) = (all.train_s + said.train_s, all.score_s + said.score_s.iter().sum::<f64>());
    }
    Ok(all)
}

/// A column for the value and for each of those before it; missing where the recording has not begun yet.
fn columns(recording: &Recording) -> Vec<Vec<f64>> {
    let before = |by: usize| {
        let early = recording.values.len().min(by);
        let late = recording.values.iter().copied().take(recording.values.len() - early);
        std::iter::repeat_n(f64::NAN, early).chain(late).collect()
    };
    (0..WINDOW).map(before).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_holds_its_value_and_those_before_it() {
        let recording = Recording { values: (0..30).map(f64::from).collect(), ..Recording::default() };
        let columns = columns(&recording);
        let row = |i: usize| columns.iter().map(|c| c[i]).collect::<Vec<f64>>();
        assert_eq!(row(19), (0..20).rev().map(f64::from).collect::<Vec<f64>>());
        assert!(row(3)[3].abs() < 1e-12 && row(3)[4..].iter().all(|v| v.is_nan()));
    }
}
