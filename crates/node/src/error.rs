//! What can go wrong in a running Gemba.

use std::time::Duration;

use gemba_plant::port::{Blame, Fault, Retry};

use crate::config;

/// An error of the node.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration has faults, all of them listed.
    #[error("{} in the configuration:\n{}", count(.faults.len()), lines(.faults))]
    Config {
        /// Every fault.
        faults: Vec<config::Fault>,
    },
    /// A file of the configuration cannot be read or written.
    #[error("{doing} {path}: {source}")]
    File {
        /// `reading` or `writing`.
        doing: &'static str,
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The small state (SQLite) failed.
    #[error("{doing} in {path}: {source}")]
    State {
        /// What was being done.
        doing: &'static str,
        /// The database.
        path: String,
        /// Why.
        source: rusqlite::Error,
    },
    /// Something asked for is not there.
    #[error("there is no {what} \"{name}\"")]
    NotFound {
        /// `alarm`, `connection`, `asset` …
        what: &'static str,
        /// As asked for.
        name: String,
    },
    /// A request that cannot be done as it stands.
    #[error("{what}; {cure}")]
    Refused {
        /// Why not.
        what: String,
        /// What to do instead.
        cure: String,
    },
    /// A part of the house failed.
    #[error("{part}: {why}")]
    Part {
        /// Which: `store`, `flow`, `query` …
        part: &'static str,
        /// What it said.
        why: String,
        /// Whose fault it is.
        blame: Blame,
    },
}

impl Error {
    /// Wraps the error of a part, keeping its blame.
    pub(crate) fn part(part: &'static str, fault: &dyn Fault) -> Self {
        let mut why = fault.to_string();
        let mut cause = fault.source();
        while let Some(inner) = cause {
            why = format!("{why}: {inner}");
            cause = inner.source();
        }
        Self::Part { part, why, blame: fault.blame() }
    }
}

fn count(faults: usize) -> String {
    if faults == 1 { "one fault".into() } else { format!("{faults} faults") }
}

fn lines(faults: &[config::Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
    lines.join("\n")
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::Config { .. } | Self::NotFound { .. } | Self::Refused { .. } => Blame::Config,
            Self::File { .. } | Self::State { .. } => Blame::Disk,
            Self::Part { blame, .. } => *blame,
        }
    }

    fn retry(&self) -> Retry {
        match self.blame() {
            Blame::Disk | Blame::Peer | Blame::Device => Retry::After(Duration::from_secs(5)),
            Blame::Config | Blame::Data | Blame::Bug => Retry::Never,
        }
    }
}
