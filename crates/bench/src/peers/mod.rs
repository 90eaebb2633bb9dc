//! Methods of scikit-learn, fitted and judged on the very matrices that ours are given, in the same run, on one thread.
//! They are there when [`begin`] was called and `GEMBA_PEERS_PYTHON` names a Python that has scikit-learn; otherwise it is
//! said, and a suite goes on without them.

mod python;

use std::cell::RefCell;
use std::path::PathBuf;

use anyhow::Context;

use crate::npy;
use crate::report::say;
use python::{Ask, Python};

/// What names the Python.
pub(crate) const PYTHON: &str = "GEMBA_PEERS_PYTHON";

/// A method of a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// What it is called in a report.
    pub(crate) name: &'static str,
    /// What it is called in `interop/peers/sklearn_peer.py`.
    method: &'static str,
}

/// Trees that set single rows apart.
pub(crate) const ISOLATION_FOREST: Peer = Peer { name: "sklearn IsolationForest", method: "isolation_forest" };
/// The error of the components that hold 90 % of the variance.
pub(crate) const PCA: Peer = Peer { name: "sklearn PCA", method: "pca" };
/// The error of a narrow network.
pub(crate) const AUTOENCODER: Peer = Peer { name: "sklearn MLP autoencoder", method: "autoencoder" };
/// The distance of 20 rows together to the nearest of ten centres.
pub(crate) const KMEANS_WINDOWS: Peer = Peer { name: "sklearn KMeans on windows", method: "kmeans_windows" };
/// The error of a narrow network for 20 rows together.
pub(crate) const AUTOENCODER_WINDOWS: Peer =
    Peer { name: "sklearn MLP autoencoder on windows", method: "autoencoder_windows" };

/// Those that learn from healthy rows and score others.
pub(crate) const DETECTORS: [Peer; 3] = [ISOLATION_FOREST, PCA, AUTOENCODER];

/// Those that name classes.
pub(crate) const CLASSIFIERS: [Peer; 3] = [
    Peer { name: "sklearn HistGradientBoosting", method: "classify_hist_gradient_boosting" },
    Peer { name: "sklearn RandomForest", method: "classify_random_forest" },
    Peer { name: "sklearn ExtraTrees", method: "classify_extra_trees" },
];

/// Boosted trees that tell numbers: 100 of 31 leaves.
pub(crate) const BOOSTING: Peer =
    Peer { name: "sklearn HistGradientBoosting", method: "regress_hist_gradient_boosting" };
/// Those that tell numbers.
pub(crate) const REGRESSORS: [Peer; 3] = [
    BOOSTING,
    Peer { name: "sklearn RandomForest", method: "regress_random_forest" },
    Peer { name: "sklearn ExtraTrees", method: "regress_extra_trees" },
];

/// What every peer's name begins with.
const BEGINS: &str = "sklearn ";

/// Whether a row of a report is a peer's.
pub(crate) fn is_peer(method: &str) -> bool {
    method.starts_with(BEGINS)
}

/// What a peer says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// For each table to judge: a score or number a row, or a probability for each class, class by class.
    pub(crate) tables: Vec<npy::Array>,
    /// Seconds of fitting.
    pub(crate) train_s: f64,
    /// Seconds of scoring each table.
    pub(crate) score_s: Vec<f64>,
}

impl Said {
    /// What was said of a table's rows: a number each.
    pub(crate) fn scores(&self, table: usize) -> &[f64] {
        self.tables.get(table).map_or(&[], |t| t.values.as_slice())
    }
}

/// Where the peers stand.
#[derive(Debug)]
enum State {
    /// Nobody asked for them.
    Off,
    /// They are asked for, and not looked for yet.
    Wanted,
    /// They are not to be had.
    Missing,
    /// They answer.
    There(Python),
}

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State::Off) };
    static PEAK_MB: RefCell<Option<f64>> = const { RefCell::new(None) };
}

/// From now on suites of this thread ask peers, if there are any.
pub(crate) fn begin() {
    STATE.replace(State::Wanted);
}

/// The same peers, or none where they are not to be had: why is said once.
pub(crate) fn there(peers: &[Peer]) -> Vec<Peer> {
    let there = STATE.with_borrow_mut(|state| {
        if matches!(state, State::Wanted) {
            *state = start().map_or_else(
                |why| {
                    say(format!("scikit-learn does not stand beside ours: {why:#}"));
                    State::Missing
                },
                State::There,
            );
        }
        matches!(state, State::There(_))
    });
    if there { peers.to_vec() } else { Vec::new() }
}

fn start() -> anyhow::Result<Python> {
    let python = std::env::var_os(PYTHON).map(PathBuf::from);
    let python = python.with_context(|| {
        format!(
            "{PYTHON} names no Python; name one that has scikit-learn, or let cargo xtask test --skip-browser install one that \
             cargo xtask bench finds"
        )
    })?;
    Python::start(&python).with_context(|| format!("{PYTHON} is {}", python.display()))
}

/// Fits a peer to rows, with what is to be predicted where it predicts, and has it judge tables of the same columns.
///
/// # Errors
/// When it is not there, cannot do it with these rows, or takes too long.
pub(crate) fn ask(
    peer: Peer,
    train: &[Vec<f64>],
    labels: Option<&[f64]>,
    tests: &[&[Vec<f64>]],
) -> anyhow::Result<Said> {
    STATE.with_borrow_mut(|state| {
        let State::There(python) = state else { anyhow::bail!("no peer is there") };
        let folder = tempfile::tempdir().context("making a folder for the peer")?;
        let path = |name: String| folder.path().join(name);
        npy::write(&path("train.npy".into()), train)?;
        for (i, test) in tests.iter().enumerate() {
            npy::write(&path(format!("test{i}.npy")), test)?;
        }
        if let Some(labels) = labels {
            npy::write_list(&path("labels.npy".into()), labels)?;
        }
        let ask = Ask { method: peer.method, folder: folder.path(), tests: tests.len() };
        let cost = match python.ask(&ask) {
            Ok(answer) => answer?,
            Err(gone) => {
                *state = State::Missing;
                return Err(gone);
            }
        };
        PEAK_MB.set(Some(PEAK_MB.take().unwrap_or(0.0).max(cost.peak_mb)));
        let tables = (0..tests.len()).map(|i| npy::read(&path(format!("said{i}.npy"))));
        Ok(Said { tables: tables.collect::<Result<_, _>>()?, train_s: cost.train_s, score_s: cost.score_s })
    })
}

/// The methods of those peers that are there, by name.
pub(crate) fn methods<M: Copy>(all: &[(Peer, M)]) -> Vec<(&'static str, M)> {
    let is_there = |peer: &Peer| !there(&[*peer]).is_empty();
    all.iter().filter(|(peer, _)| is_there(peer)).map(|(peer, method)| (peer.name, *method)).collect()
}

/// The most memory that the peer's process has held since this was last asked, MiB; none when no peer was asked.
pub(crate) fn take_peak_mb() -> Option<f64> {
    PEAK_MB.take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_asked_only_when_wanted_and_what_they_cannot_do_is_an_error() {
        assert!(there(&DETECTORS).is_empty(), "nobody asked for them");
        begin();
        let found = there(&DETECTORS);
        if found.is_empty() {
            println!("skipped: {PYTHON} names no Python with scikit-learn");
            return;
        }
        let column = |k: u32| (0..80_u32).map(|i| f64::from((i * (7 + k)) % 13)).collect::<Vec<f64>>();
        let train: Vec<Vec<f64>> = (0..3).map(column).collect();
        let far: Vec<Vec<f64>> = train.iter().map(|c| vec![c[0], 90.0]).collect();
        for peer in found {
            let said = ask(peer, &train, None, &[&train, &far]).unwrap();
            assert_eq!((said.tables[0].values.len(), said.tables[1].values.len()), (80, 2), "{peer:?}");
            assert!(said.tables[1].values[1] > said.tables[1].values[0] && said.train_s > 0.0, "{peer:?}");
        }
        assert!(take_peak_mb().is_some() && take_peak_mb().is_none());
        let classes: Vec<f64> = (0..80).map(|i| f64::from(i % 2)).collect();
        let said = ask(CLASSIFIERS[2], &train, Some(&classes), &[&far]).unwrap();
        assert_eq!(said.tables[0].shape, [2, 2]);
        let too_short = ask(KMEANS_WINDOWS, &far, None, &[&far]).unwrap_err();
        assert!(!there(&DETECTORS).is_empty(), "it goes on after an error: {too_short:#}");
    }
}
