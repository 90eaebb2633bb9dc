use std::time::Duration;

use gemba_plant::port::{Blame, Fault, Retry};

/// What can go wrong while something is fitted or computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is too little data to fit.
    #[error("fitting {what}: {found} usable rows, at least {needed} are needed; let it learn longer")]
    TooFewRows {
        /// What was fitted.
        what: &'static str,
        /// Usable rows found.
        found: usize,
        /// Rows needed.
        needed: usize,
    },
    /// A parameter lies outside what the formula allows.
    #[error("computing {what}: {name} is {value}, which lies outside {allowed}")]
    OutOfRange {
        /// What was computed.
        what: &'static str,
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Whoever asked for it wants it no more.
    #[error("computing {what}: it was stopped; start it again")]
    Stopped {
        /// What was computed.
        what: &'static str,
    },
    /// A row or a list has another length than the model.
    #[error("{what} has {found} columns, the model has {expected}")]
    Width {
        /// What was given.
        what: &'static str,
        /// Columns found.
        found: usize,
        /// Columns of the model.
        expected: usize,
    },
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::TooFewRows { .. } => Blame::Data,
            Self::OutOfRange { .. } => Blame::Config,
            Self::Width { .. } => Blame::Bug,
            Self::Stopped { .. } => Blame::Peer,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::TooFewRows { .. } => Retry::After(Duration::from_mins(1)),
            _ => Retry::Never,
        }
    }
}
