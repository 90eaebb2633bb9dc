//! Why a question has no answer.

use std::time::Duration;

use datafusion::error::DataFusionError;
use gemba_plant::port::{Blame, BoxFault, Fault, Retry};

/// Why a question has no answer. The texts are made to be shown to whoever asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no SQL.
    #[error("reading the query: {why}")]
    Parse {
        /// What was expected and found, with line and column.
        why: String,
    },
    /// The text is too long or too deep.
    #[error("reading the query: it has {found} {unit}, the limit is {limit}")]
    TooLong {
        /// How many there are.
        found: usize,
        /// Bytes or operators.
        unit: &'static str,
        /// How many may be.
        limit: usize,
    },
    /// Not exactly one statement.
    #[error("reading the query: it holds {found} statements")]
    Statements {
        /// How many there are.
        found: usize,
    },
    /// Something else than a query.
    #[error("checking the query: {what} is not allowed")]
    NotReadOnly {
        /// What was found.
        what: String,
    },
    /// No such table.
    #[error("checking the query: there is no table {name}")]
    NoTable {
        /// The name.
        name: String,
        /// The nearest name.
        hint: Option<String>,
    },
    /// The query does not fit the tables.
    #[error("checking the query: {why}")]
    Plan {
        /// What does not fit; names the nearest column where one is unknown.
        why: String,
    },
    /// It takes too much memory.
    #[error("running the query: it needs more than {limit_mb} MB of memory")]
    Memory {
        /// The limit, 10⁶ bytes.
        limit_mb: usize,
    },
    /// It takes too long.
    #[error("running the query: it took longer than {} s", limit.as_secs_f64())]
    Timeout {
        /// The limit.
        limit: Duration,
    },
    /// It failed while it ran.
    #[error("running the query: {why}")]
    Run {
        /// What failed.
        why: String,
    },
    /// The store could not be read.
    #[error("reading stored samples: {0}")]
    Store(#[from] gemba_store::Error),
    /// Stored samples could not be streamed.
    #[error("reading stored samples: {0}")]
    Past(BoxFault),
    /// The text is no formula over signals.
    #[error("reading the formula: {why}")]
    Formula {
        /// What is wrong, and where.
        why: String,
        /// What to write instead.
        cure: String,
    },
    /// More series or points than a chart takes.
    #[error("reading series: {found} {unit} asked for, the limit is {limit}")]
    TooMany {
        /// How many were asked for.
        found: usize,
        /// Series or columns.
        unit: &'static str,
        /// How many may be.
        limit: usize,
    },
    /// The file could not be written.
    #[error("writing the export: {why}")]
    Write {
        /// What failed.
        why: String,
    },
    /// The threads could not be started.
    #[error("starting the query threads: {0}")]
    Start(#[source] std::io::Error),
    /// The query threads are gone.
    #[error("running the query: the query threads have stopped")]
    Stopped,
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::Store(error) => error.blame(),
            Self::Past(fault) => fault.blame(),
            Self::Start(_) | Self::Stopped => Blame::Bug,
            Self::Write { .. } => Blame::Peer,
            _ => Blame::Config,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Store(error) => error.retry(),
            Self::Past(fault) => fault.retry(),
            _ => Retry::Never,
        }
    }

    fn cure(&self) -> String {
        match self {
            Self::Formula { cure, .. } => cure.clone(),
            Self::TooLong { .. } => "ask in smaller parts".into(),
            Self::Statements { .. } => "send exactly one".into(),
            Self::NotReadOnly { .. } => "write a SELECT or an EXPLAIN".into(),
            Self::NoTable { hint: Some(hint), .. } => format!("did you mean {hint}?"),
            Self::NoTable { hint: None, .. } => "tables are samples, signals, assets, findings, alarms and gaps".into(),
            Self::Memory { .. } => "ask for less time, fewer signals, or aggregate".into(),
            Self::Timeout { .. } => "ask for less time or fewer signals".into(),
            Self::TooMany { .. } => "ask for fewer".into(),
            Self::Stopped => "start again".into(),
            Self::Store(error) => error.cure(),
            Self::Past(fault) => fault.cure(),
            Self::Parse { .. } | Self::Plan { .. } | Self::Run { .. } | Self::Write { .. } | Self::Start(_) => {
                String::new()
            }
        }
    }
}

/// What the engine says, in our words.
pub(crate) fn of_engine(error: &DataFusionError, memory: usize) -> Error {
    let root = error.find_root();
    match root {
        DataFusionError::SQL(parse, _) => Error::Parse { why: parse.to_string() },
        DataFusionError::SchemaError(schema, _) => Error::Plan { why: schema.to_string() },
        DataFusionError::Plan(why) | DataFusionError::NotImplemented(why) => Error::Plan { why: why.clone() },
        DataFusionError::ResourcesExhausted(_) => Error::Memory { limit_mb: memory / 1_000_000 },
        other => Error::Run { why: other.to_string() },
    }
}
