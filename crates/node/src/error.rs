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
    #[error("{what}")]
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
        /// What to do; empty when nothing is known.
        cure: String,
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
            let text = inner.to_string();
            // many say what caused them themselves
            if !why.ends_with(&text) {
                why = format!("{why}: {text}");
            }
            cause = inner.source();
        }
        Self::Part { part, why, cure: fault.cure(), blame: fault.blame() }
    }
}

/// What cannot be done, and what to do instead.
impl From<gemba_act::Error> for Error {
    fn from(error: gemba_act::Error) -> Self {
        Self::Refused { what: error.to_string(), cure: error.cure() }
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

    fn cure(&self) -> String {
        match self {
            Self::Refused { cure, .. } | Self::Part { cure, .. } => cure.clone(),
            Self::NotFound { .. } => "look it up in the list".into(),
            Self::File { .. } | Self::State { .. } => "check the path, its rights and the free space".into(),
            // each of its faults says its own
            Self::Config { .. } => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use gemba_plant::port::told;

    use super::*;

    #[test]
    fn a_cause_is_told_once_and_a_refusal_has_its_own_cure() {
        let source = Arc::new(std::io::Error::other("no such device"));
        let file = gemba_store::Error::File { doing: "opening", path: PathBuf::from("x.wal"), source };
        assert_eq!(Error::part("store", &file).to_string(), "store: opening x.wal: no such device");
        let missing = told(&Error::from(gemba_act::Error::NoteMissing { finding: 3 }));
        assert_eq!(missing, "finding 3: the check has no note; say what was seen and done at the machine");
        let cure = told(&Error::from(gemba_act::Error::WorkBackwards { order: 3 }));
        assert!(cure.ends_with("before it begins; give the times from and to"), "{cure}");
    }
}
