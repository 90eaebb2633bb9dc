//! What can go wrong between a machine and the house.

use std::time::Duration;

use gemba_plant::port::{Blame, Fault, Retry};

use crate::ConfigFault;

/// An error of a connection. Says what was being done, with what, and why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot work.
    #[error("connection \"{connection}\": {}", list(.faults))]
    Config {
        /// The connection.
        connection: String,
        /// Everything that is wrong.
        faults: Vec<ConfigFault>,
    },
    /// A secret is not where the configuration says.
    #[error("reading the secret {place}: {why}")]
    Secret {
        /// The reference, not the secret.
        place: String,
        /// Why it could not be read.
        why: String,
    },
    /// The other side cannot be reached or hung up.
    #[error("connecting to {peer}: {why}")]
    Connect {
        /// Who.
        peer: String,
        /// Why not.
        why: String,
    },
    /// The other side refused us: user, certificate, policy.
    #[error("{peer} refused us: {why}; {cure}")]
    Refused {
        /// Who.
        peer: String,
        /// Why.
        why: String,
        /// What to do.
        cure: String,
    },
    /// The other side answered with an error.
    #[error("{peer} answered {doing} with an error: {why}")]
    Answer {
        /// Who.
        peer: String,
        /// What we asked for.
        doing: String,
        /// What it said.
        why: String,
    },
    /// The other side took too long.
    #[error("{peer} did not answer {doing} within {secs} s")]
    TimedOut {
        /// Who.
        peer: String,
        /// What we asked for.
        doing: String,
        /// How long we waited.
        secs: u64,
    },
    /// Bytes that are not what they should be.
    #[error("{what} from {peer}: {why}")]
    Malformed {
        /// Who.
        peer: String,
        /// Which message.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// An address that this protocol cannot mean.
    #[error("address \"{address}\": {why}")]
    Address {
        /// As written.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// A recorded file cannot be read.
    #[error("reading {path}: {why}")]
    File {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
}

fn list(faults: &[ConfigFault]) -> String {
    let lines: Vec<String> = faults.iter().map(|f| format!("{} {} ({})", f.field, f.what, f.cure)).collect();
    lines.join("; ")
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::Config { .. } | Self::Secret { .. } | Self::Address { .. } => Blame::Config,
            Self::Connect { .. } | Self::Refused { .. } | Self::TimedOut { .. } => Blame::Peer,
            Self::Answer { .. } => Blame::Device,
            Self::Malformed { .. } => Blame::Data,
            Self::File { .. } => Blame::Disk,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Config { .. } | Self::Secret { .. } | Self::Address { .. } | Self::File { .. } => Retry::Never,
            Self::Connect { .. } | Self::TimedOut { .. } => Retry::OnReconnect,
            Self::Refused { .. } | Self::Answer { .. } | Self::Malformed { .. } => {
                Retry::After(Duration::from_secs(30))
            }
        }
    }
}
