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
    #[error("signing in: too many wrong tries")]
    LockedOut {
        /// Until when, in seconds from now.
        secs: u64,
    },
    /// The link was used before, is too old or never was.
    #[error("signing in: the link was used before or has expired")]
    BadLink,
    /// There is an administrator already.
    #[error("setting up: there is an administrator already")]
    SetUpAlready,
    /// The first administrator is made on the machine itself.
    #[error("setting up: this is done on the machine itself, and the request comes from elsewhere")]
    SetUpElsewhere,
    /// The password is too weak.
    #[error("choosing a password: {why}")]
    WeakPassword {
        /// What is weak about it, with the cure.
        why: &'static str,
    },
    /// A name that is not allowed.
    #[error("\"{name}\" cannot be a name")]
    BadName {
        /// As asked for, shortened.
        name: String,
        /// The longest name, in bytes.
        limit: usize,
    },
    /// The name is taken.
    #[error("there is a {what} \"{name}\" already")]
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
    #[error("\"{name}\" is the last administrator")]
    LastAdmin {
        /// The user.
        name: String,
    },
    /// A scope of another form.
    #[error("scope \"{text}\" is not of the form resource:read or resource:write")]
    BadScope {
        /// As written, shortened.
        text: String,
    },
    /// An expiry that lies behind or too far ahead.
    #[error("a token expires between now and {limit_days} days ahead")]
    BadExpiry {
        /// The longest life, in days.
        limit_days: u64,
    },
    /// A token that may do more than the person who makes it.
    #[error("a token of role {asked} cannot be made by a {own}")]
    AboveOwnRole {
        /// The role asked for.
        asked: super::Role,
        /// The role of who asks.
        own: super::Role,
    },
    /// There are too many already.
    #[error("there are {limit} {what} already, the most that are kept")]
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
    #[error("signing in: more than {limit} people are signing in at this moment")]
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

    fn cure(&self) -> String {
        match self {
            Self::BadLogin => "check the name and the password; an administrator can set a new one".into(),
            Self::LockedOut { secs } => format!("try again in {secs} s"),
            Self::BadLink => "ask for a new link: one works once, and for a short time".into(),
            Self::SetUpAlready => "sign in instead".into(),
            Self::SetUpElsewhere => {
                "open the pages there at localhost; without a screen there, through a tunnel: ssh -L 8470:localhost:8470 MACHINE"
                    .into()
            }
            Self::BadName { limit, .. } => {
                format!("write 1 to {limit} of a-z, 0-9, \".\", \"_\" and \"-\", beginning with a letter or digit")
            }
            Self::Taken { .. } => "choose another name".into(),
            Self::Missing { .. } => "look it up in the list".into(),
            Self::LastAdmin { .. } => "make another user administrator first".into(),
            Self::BadScope { .. } => "write it like alarms:write or *:read".into(),
            Self::BadExpiry { .. } => "choose a time in between".into(),
            Self::AboveOwnRole { own, .. } => format!("ask for {own} at most"),
            Self::TooMany { .. } => "remove some first".into(),
            Self::Busy { .. } => "try again in a few seconds".into(),
            Self::State { source } => source.cure(),
            // its text says the cure, or there is nothing to do
            Self::WeakPassword { .. } | Self::Random { .. } | Self::Hash { .. } | Self::Stopped { .. } => String::new(),
        }
    }
}
