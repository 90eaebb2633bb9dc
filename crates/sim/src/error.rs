//! What can go wrong with the virtual plant itself.

use std::net::SocketAddr;

use gemba_plant::port::{Blame, Fault, Retry};

/// Why a virtual plant cannot be built or served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No fault has this id.
    #[error("the catalogue of faults has no \"{id}\"; see fault_catalogue for what it has")]
    UnknownFault {
        /// What was asked for.
        id: String,
    },
    /// No scenario has this name.
    #[error("there is no scenario \"{name}\"; write demo, quiet or catalogue:<fault>")]
    UnknownScenario {
        /// What was asked for.
        name: String,
    },
    /// An address cannot be listened on.
    #[error("listening on {address} for {door}: {source}; choose another port")]
    Listen {
        /// The protocol.
        door: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// A door without login was asked for off the loopback.
    #[error("{door} without login was asked for on {address}; listen on a loopback address")]
    NotLoopback {
        /// The protocol.
        door: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// The OPC UA server refuses its set-up.
    #[error("building the OPC UA server: {why}")]
    OpcUaServer {
        /// What it says.
        why: String,
    },
    /// The speed is no positive number.
    #[error("the plant cannot run {speed} times as fast as the clock; write a number above 0 and at most 1000")]
    Speed {
        /// What was asked for.
        speed: f64,
    },
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::OpcUaServer { .. } => Blame::Bug,
            _ => Blame::Config,
        }
    }

    fn retry(&self) -> Retry {
        Retry::Never
    }
}
