//! What can go wrong between a machine and the house.

use std::io;
use std::time::Duration;

use gemba_plant::port::{Blame, Fault, Retry};

use crate::ConfigFault;

/// An error of a connection. Its text says what was being done, with what, and why it failed; [`Fault::cure`] what to do.
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
    #[error("{peer} refused us: {why}")]
    Refused {
        /// Who.
        peer: String,
        /// Why.
        why: String,
        /// What to do.
        cure: String,
    },
    /// The other side offers nothing that our configuration allows.
    #[error("{peer} offers nothing that may be used: {why}")]
    Unfit {
        /// Who.
        peer: String,
        /// What it offers.
        why: String,
        /// What to do.
        cure: String,
    },
    /// The other side's certificate is not trusted: we refused it.
    #[error("the certificate of {peer} is not trusted: {why}")]
    Untrusted {
        /// Who.
        peer: String,
        /// Why not.
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
    /// Edge nodes that send values and do not say what they are when asked for their birth (Sparkplug).
    #[error("{peer} sends values, but does not say what they are when asked (no NBIRTH)")]
    Unborn {
        /// Which, as `group/edge`.
        peer: String,
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
    /// TLS without anybody to trust.
    #[error("the system's certificate store holds no authority")]
    NoAuthority,
    /// A recorded file cannot be read.
    #[error("reading {path}: {why}")]
    File {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
}

impl Error {
    /// What to do: what the other side's refusal calls for, else what is usual at this step.
    pub(crate) fn cure_or(&self, usual: &str) -> String {
        match self {
            Self::Refused { .. }
            | Self::Unfit { .. }
            | Self::Untrusted { .. }
            | Self::Secret { .. }
            | Self::File { .. }
            | Self::NoAuthority => self.cure(),
            _ => usual.into(),
        }
    }
}

/// What the operating system says, without its number.
pub(crate) fn said(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words);
    let mut letters = words.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn list(faults: &[ConfigFault]) -> String {
    let lines: Vec<String> = faults.iter().map(|f| format!("{} {} ({})", f.field, f.what, f.cure)).collect();
    lines.join("; ")
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::Config { .. } | Self::Secret { .. } | Self::Address { .. } | Self::NoAuthority => Blame::Config,
            Self::Connect { .. }
            | Self::Refused { .. }
            | Self::Unfit { .. }
            | Self::Untrusted { .. }
            | Self::TimedOut { .. } => Blame::Peer,
            Self::Answer { .. } | Self::Unborn { .. } => Blame::Device,
            Self::Malformed { .. } => Blame::Data,
            Self::File { .. } => Blame::Disk,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Config { .. }
            | Self::Secret { .. }
            | Self::Address { .. }
            | Self::NoAuthority
            | Self::File { .. } => Retry::Never,
            Self::Connect { .. } | Self::TimedOut { .. } | Self::Unborn { .. } => Retry::OnReconnect,
            Self::Refused { .. }
            | Self::Unfit { .. }
            | Self::Untrusted { .. }
            | Self::Answer { .. }
            | Self::Malformed { .. } => Retry::After(Duration::from_secs(30)),
        }
    }

    fn cure(&self) -> String {
        let usual = match self {
            Self::Refused { cure, .. } | Self::Unfit { cure, .. } | Self::Untrusted { cure, .. } => cure,
            Self::Secret { .. } => "put it where the configuration says, readable by this user",
            Self::Connect { .. } | Self::TimedOut { .. } => {
                "check that it runs, its address and port, and what lies between"
            }
            Self::NoAuthority => "name a PEM file with one in access.ca_file",
            Self::File { .. } => "check the path, and that this user may read it",
            Self::Answer { .. } => "look at its log",
            Self::Unborn { .. } => "start it anew: it says so at its start",
            // their texts list each with its cure, or there is nothing to do here
            Self::Config { .. } | Self::Malformed { .. } | Self::Address { .. } => "",
        };
        usual.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_and_what_to_do_stand_apart() {
        let refused = Error::Refused { peer: "plc".into(), why: "no user".into(), cure: "name one".into() };
        assert_eq!((refused.to_string(), refused.cure()), ("plc refused us: no user".into(), "name one".into()));
        assert_eq!(gemba_plant::port::told(&refused), "plc refused us: no user; name one");
        assert_eq!(refused.cure_or("look at its log"), "name one");
        let lost = Error::Connect { peer: "plc".into(), why: "gone".into() };
        assert_eq!(lost.cure_or("look at its log"), "look at its log");
        assert!(!lost.to_string().contains(&lost.cure()));
    }

    #[test]
    fn the_system_is_quoted_without_its_number() {
        assert_eq!(said(&io::Error::from_raw_os_error(111)), "connection refused");
        assert_eq!(said(&io::Error::other("no such host")), "no such host");
    }
}
