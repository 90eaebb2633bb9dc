//! Tokens: how programs come in.

use std::time::Duration;

use gemba_plant::Timestamp;

use super::{Error, Role, Scope};

/// The longest life of a token, in days: a forgotten one ends by itself.
const LIFE_DAYS_MAX: u64 = 366;
/// Scopes of a token at most: more than there are resources.
pub(super) const SCOPES_MAX: usize = 64;

/// A token, as lists show it. Its secret is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub id: u64,
    /// What it is for.
    pub name: String,
    /// What it may do at most; never more than its maker may at that moment.
    pub role: Role,
    /// The parts of the API it may use.
    pub scopes: Vec<Scope>,
    /// Who made it; it ends with that user.
    pub by: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When it was last used; none when never since the program started.
    pub last_used: Option<Timestamp>,
}

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do at most.
    pub role: Role,
    /// The parts of the API it may use.
    pub scopes: Vec<Scope>,
    /// When it ends.
    pub expires: Timestamp,
}

/// A life between now and [`LIFE_DAYS_MAX`].
pub(super) fn check_expiry(expires: Timestamp, now: Timestamp) -> Result<(), Error> {
    let latest = now.plus(Duration::from_hours(24 * LIFE_DAYS_MAX));
    if now < expires && expires <= latest { Ok(()) } else { Err(Error::BadExpiry { limit_days: LIFE_DAYS_MAX }) }
}
