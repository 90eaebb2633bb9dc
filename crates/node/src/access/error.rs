//! Why access was refused or could not be changed.

use std::time::Duration;

use gemba_plant::port::{Blame, Fault, Retry};

/// An error of the access rules. Never holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Name or password is wrong; which of the two is not told.
    #[error("signing in: name or password is wrong")]
    BadLogin,
    /// Too many wrong tries.
    #[error("signing in: too many wrong tries, try again in {secs} s")]
    LockedOut {
        /// Until when, in seconds from now.
        secs: u64,
    },
    /// The link was used before, is too old or never was.
    #[error("signing in: the link was used before or has expired; ask for a new one")]
    BadLink,
    /// There is an administrator already.
    #[error("setting up: there is an administrator already; sign in instead")]
    SetUpAlready,
    /// The password is too weak.
    #[error("choosing a password: {why}")]
    WeakPassword {
        /// What is weak about it, with the cure.
        why: &'static str,
    },
    /// A name that is not allowed.
    #[error(
        "naming \"{name}\": a name has 1 to {limit} of a-z, 0-9, \".\", \"_\" and \"-\" and begins with a letter or digit"
    )]
    BadName {
        /// As asked for, shortened.
        name: String,
        /// The longest name, in bytes.
        limit: usize,
    },
    /// The name is taken.
    #[error("there is a {what} \"{name}\" already; choose another name")]
    Taken {
        /// `user` or `token`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no {what} \"{name}\"")]
    Missing {
        /// `user` or `token`.
        what: &'static str,
        /// The name or number.
        name: String,
    },
    /// Without this user nobody could manage users.
    #[error("\"{name}\" is the last administrator; make another user administrator first")]
    LastAdmin {
        /// The user.
        name: String,
    },
    /// A scope of another form.
    #[error("scope \"{text}\" is not of the form resource:read or resource:write, such as alarms:write or *:read")]
    BadScope {
        /// As written, shortened.
        text: String,
    },
    /// An expiry that lies behind or too far ahead.
    #[error("a token expires between now and {limit_days} days ahead; choose a time in between")]
    BadExpiry {
        /// The longest life, in days.
        limit_days: u64,
    },
    /// A token that may do more than the person who makes it.
    #[error("a token of role {asked} cannot be made by a {own}; ask for {own} at most")]
    AboveOwnRole {
        /// The role asked for.
        asked: super::Role,
        /// The role of who asks.
        own: super::Role,
    },
    /// There are too many already.
    #[error("there are {limit} {what} already, the most that are kept; remove some first")]
    TooMany {
        /// `users`, `tokens` …
        what: &'static str,
        /// How many are kept.
        limit: usize,
    },
    /// The system gave no random bytes.
    #[error("making a secret: {why}")]
    Random {
        /// What the system said.
        why: String,
    },
    /// A password could not be hashed.
    #[error("hashing a password: {why}")]
    Hash {
        /// What failed.
        why: String,
    },
    /// Too many people sign in at the same moment.
    #[error("signing in: more than {limit} people are signing in at this moment, try again in a few seconds")]
    Busy {
        /// How many may wait.
        limit: usize,
    },
    /// The state could not be read or written.
    #[error("keeping access rules: {source}")]
    State {
        /// Why not.
        #[source]
        source: Box<crate::Error>,
    },
    /// A blocking thread was lost while the program stops.
    #[error("{doing}: the work was given up because the program stops")]
    Stopped {
        /// What was being done.
        doing: &'static str,
    },
}

impl From<crate::Error> for Error {
    fn from(source: crate::Error) -> Self {
        Self::State { source: Box::new(source) }
    }
}

impl Fault for Error {
    fn blame(&self) -> Blame {
        match self {
            Self::State { source } => source.blame(),
            Self::Random { .. } | Self::Hash { .. } => Blame::Bug,
            Self::Busy { .. } | Self::Stopped { .. } => Blame::Peer,
            _ => Blame::Config,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::LockedOut { secs } => Retry::After(Duration::from_secs(*secs)),
            Self::Busy { .. } => Retry::After(Duration::from_secs(2)),
            Self::State { source } => source.retry(),
            _ => Retry::Never,
        }
    }
}
