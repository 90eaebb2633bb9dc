//! Being signed in.

use std::net::IpAddr;
use std::time::Duration;

use gemba_plant::Timestamp;

use super::{Role, Scope, Secret};

/// A session ends when nothing was asked for this long (IEC 62443-4-2 CR 2.5).
pub(super) const IDLE_MAX: Duration = Duration::from_hours(1);
/// A session ends this long after signing in, whatever happens: one long shift (CR 2.6).
pub(super) const LIFE_MAX: Duration = Duration::from_hours(12);
/// Sessions of a user at the same time (CR 2.7); the oldest gives way.
pub(super) const PER_USER_MAX: usize = 16;

/// What a request brings to show who asks.
#[derive(Clone, Debug)]
pub enum Credential {
    /// The session cookie.
    Session(Secret),
    /// A bearer token.
    Token(Secret),
}

/// Who asks, and what they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user, or `token:name`.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The parts of the API a token is held to; none for people.
    pub scopes: Option<Vec<Scope>>,
}

impl Identity {
    /// Whether the role suffices and, for a token, a scope covers the resource.
    pub fn may(&self, role: Role, resource: &str, write: bool) -> bool {
        self.role >= role && self.scopes.as_ref().is_none_or(|all| all.iter().any(|s| s.covers(resource, write)))
    }
}

/// Somebody who has just signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The secret for the cookie.
    pub secret: Secret,
    /// Who it is.
    pub identity: Identity,
    /// How long the session lives at most, in seconds.
    pub life_secs: u64,
}

/// A session, as the book keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub user: String,
    /// When they signed in.
    pub created: Timestamp,
    /// When it was last used.
    pub seen: Timestamp,
    /// From where they signed in.
    pub from: IpAddr,
}

impl Session {
    /// Whether it still holds.
    pub(super) fn alive(&self, now: Timestamp) -> bool {
        now.since(self.seen) <= IDLE_MAX && now.since(self.created) <= LIFE_MAX
    }
}
