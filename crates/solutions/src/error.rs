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
    /// Something could not be learned or computed.
    #[error(transparent)]
    Learn(#[from] gemba_learn::Error),
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::State { .. } | Self::Table { .. } => Blame::Data,
            Self::Learn(error) => error.blame(),
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::State { .. } | Self::Table { .. } => Retry::Never,
            Self::Learn(error) => error.retry(),
        }
    }
}
