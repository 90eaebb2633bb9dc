//! How a command ends: documented exit codes, and an error that says the cure.

use std::process::ExitCode;

use gemba_plant::port::{Blame, Fault};

use crate::output::warn;

/// Why a command failed; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anything else.
    Failed = 1,
    /// Something was typed that cannot be meant.
    Usage = 2,
    /// Something asked for is not there.
    NotFound = 3,
    /// The configuration has faults.
    Config = 4,
    /// A device, broker or running Gemba cannot be reached.
    Connection = 5,
    /// Not signed in, or not allowed.
    Auth = 6,
    /// A check ran and found something.
    Check = 7,
}

/// A failed command: what happened, and what to do where that is known.
#[derive(Debug)]
pub(crate) struct Exit {
    kind: Kind,
    what: String,
    cure: String,
}

impl Exit {
    pub(crate) fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), cure: String::new() }
    }

    /// With what to do about it.
    pub(crate) fn cure(self, cure: impl Into<String>) -> Self {
        Self { cure: cure.into(), ..self }
    }

    /// What an error says, under a code of ours.
    pub(crate) fn of(kind: Kind, fault: &dyn Fault) -> Self {
        Self::new(kind, fault.to_string()).cure(fault.cure())
    }

    /// Whether it failed for this reason.
    pub(crate) fn is(&self, kind: Kind) -> bool {
        self.kind == kind
    }

    /// Says on standard error what happened, as text or JSON.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        if json {
            let told = serde_json::json!({ "error": self.what, "cure": self.cure, "code": self.kind as u8 });
            warn(format_args!("{told}"));
        } else if !self.what.is_empty() {
            warn(format_args!("gemba: {}", self.what));
            if !self.cure.is_empty() {
                warn(format_args!("     → {}", self.cure));
            }
        }
        ExitCode::from(self.kind as u8)
    }
}

impl From<anyhow::Error> for Exit {
    fn from(error: anyhow::Error) -> Self {
        let node = error.downcast_ref::<gemba_node::Error>().map(|error| (kind_of_node(error), error.cure()));
        let connect = error.downcast_ref::<gemba_connect::Error>().map(|error| (kind_of_connect(error), error.cure()));
        let (kind, cure) = node.or(connect).unwrap_or((Kind::Failed, String::new()));
        Self::new(kind, format!("{error:#}")).cure(cure)
    }
}

impl From<gemba_node::Error> for Exit {
    fn from(error: gemba_node::Error) -> Self {
        let kind = kind_of_node(&error);
        let exit = Self::of(kind, &error);
        match &error {
            gemba_node::Error::File { .. } if kind == Kind::NotFound => {
                exit.cure("`gemba init` writes a first one, --config names one that is elsewhere")
            }
            _ => exit,
        }
    }
}

impl From<gemba_connect::Error> for Exit {
    fn from(error: gemba_connect::Error) -> Self {
        Self::of(kind_of_connect(&error), &error)
    }
}

impl From<std::io::Error> for Exit {
    fn from(error: std::io::Error) -> Self {
        Self::new(Kind::Failed, error.to_string())
    }
}

impl From<serde_json::Error> for Exit {
    fn from(error: serde_json::Error) -> Self {
        Self::new(Kind::Failed, error.to_string())
    }
}

fn kind_of_connect(error: &gemba_connect::Error) -> Kind {
    if matches!(error.blame(), Blame::Peer | Blame::Device) { Kind::Connection } else { Kind::Failed }
}

fn kind_of_node(error: &gemba_node::Error) -> Kind {
    match error {
        gemba_node::Error::Config { .. } => Kind::Config,
        gemba_node::Error::NotFound { .. } => Kind::NotFound,
        gemba_node::Error::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Kind::NotFound,
        other if other.blame() == Blame::Peer => Kind::Connection,
        _ => Kind::Failed,
    }
}
