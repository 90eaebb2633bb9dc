//! What keeps the server from starting.

use std::net::SocketAddr;

use gemba_plant::port::{Blame, Fault, Retry};

/// An error of the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address cannot be listened on.
    #[error("listening on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of the certificate cannot be read or written.
    #[error("{doing} {path}: {source}")]
    File {
        /// `reading the certificate` …
        doing: &'static str,
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A certificate or key that cannot be used.
    #[error("using the certificate {path}: {why}")]
    Certificate {
        /// Which file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A self-signed certificate could not be made.
    #[error("making a self-signed certificate: {why}")]
    SelfSigned {
        /// What went wrong.
        why: String,
    },
    /// Figures cannot be gathered.
    #[error("setting up /metrics: {why}")]
    Metrics {
        /// What went wrong.
        why: String,
    },
    /// The server's task ended by itself.
    #[error("serving: {why}")]
    Serve {
        /// What it said.
        why: String,
    },
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::Listen { .. } | Self::Certificate { .. } => Blame::Config,
            Self::File { .. } => Blame::Disk,
            Self::SelfSigned { .. } | Self::Metrics { .. } | Self::Serve { .. } => Blame::Bug,
        }
    }

    fn retry(&self) -> Retry {
        Retry::Never
    }

    fn cure(&self) -> String {
        let cure = match self {
            Self::Listen { .. } => "choose another address or port in [http] listen",
            Self::File { .. } => "check that this user may read and write there",
            Self::Certificate { .. } => "give a PEM chain and its key in [http] tls_cert and tls_key, or neither",
            Self::SelfSigned { .. } => "give one in [http] tls_cert and tls_key",
            Self::Metrics { .. } | Self::Serve { .. } => "",
        };
        cure.to_owned()
    }
}
