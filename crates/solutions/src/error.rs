use gemba_plant::port::{Blame, Fault, Retry};

/// What can go wrong in an operator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A saved state cannot be taken back.
    #[error("restoring {operator}: the saved state cannot be read ({why}); it starts anew")]
    State {
        /// The operator.
        operator: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A table cannot be analysed.
    #[error("{why}; {cure}")]
    Table {
        /// What is wrong with it.
        why: String,
        /// What would help.
        cure: String,
    },
    /// Whoever asked for it wants it no more.
    #[error("it was stopped; start it again")]
    Stopped,
    /// Something could not be learned or computed.
    #[error(transparent)]
    Learn(#[from] gemba_learn::Error),
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::State { .. } | Self::Table { .. } => Blame::Data,
            Self::Stopped => Blame::Peer,
            Self::Learn(error) => error.blame(),
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::State { .. } | Self::Table { .. } | Self::Stopped => Retry::Never,
            Self::Learn(error) => error.retry(),
        }
    }
}
