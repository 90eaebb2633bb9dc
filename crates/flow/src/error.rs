//! Why the engine cannot do what was asked.

use gemba_plant::AssetId;
use gemba_plant::port::{Blame, BoxFault, Fault, Retry};

/// Why the engine cannot do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two operators of an asset have the same name.
    #[error("setting up asset {asset}: two operators are called \"{name}\"; give each its own name")]
    OperatorTwice {
        /// The asset.
        asset: AssetId,
        /// The name.
        name: String,
    },
    /// An operator panicked while it was made.
    #[error("setting up asset {asset}: an operator panicked while it was made: {why}")]
    MakeOperator {
        /// The asset.
        asset: AssetId,
        /// The panic's text.
        why: String,
    },
    /// The bytes are no checkpoint of this version.
    #[error("reading a checkpoint of {len} bytes: {why}; operators begin anew without it")]
    ReadCheckpoint {
        /// How many bytes there were.
        len: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// Stored samples could not be read.
    #[error("replaying stored samples: {cause}")]
    ReadPast {
        /// What the store says.
        cause: BoxFault,
    },
    /// The runner has stopped.
    #[error("handing over data: the runner has stopped; start it again")]
    Stopped,
    /// A worker thread could not be started.
    #[error("starting worker thread {index}: {source}")]
    StartWorker {
        /// Which.
        index: usize,
        /// What the operating system says.
        source: std::io::Error,
    },
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::ReadCheckpoint { .. } => Blame::Data,
            Self::ReadPast { cause } => cause.blame(),
            _ => Blame::Bug,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::ReadPast { cause } => cause.retry(),
            _ => Retry::Never,
        }
    }
}
