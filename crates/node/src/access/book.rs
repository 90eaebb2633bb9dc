//! The access rules in memory. Pure: told the time, writes nothing.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use gemba_plant::Timestamp;

use super::account::Account;
use super::secret::Digest;
use super::session::{LIFE_MAX, PER_USER_MAX};
use super::throttle::Throttle;
use super::{Credential, Error, Identity, Role, Secret, Session, Token, User};

/// Users that are kept at most: a plant, not a community.
pub(super) const USERS_MAX: usize = 1_000;
/// Tokens that are kept at most.
pub(super) const TOKENS_MAX: usize = 1_000;
/// One-time links that are open at the same time.
const LINKS_MAX: usize = 64;
/// How stale the last use of a session on disk may be; spares a disk write for every request.
const SEEN_LAG_MAX: Duration = Duration::from_mins(5);

#[derive(Clone, Debug)]
struct Link {
    user: String,
    expires: Timestamp,
}

/// Users, sessions, tokens, links and tries.
#[derive(Default)]
pub(super) struct Book {
    users: BTreeMap<String, Account>,
    sessions: BTreeMap<Digest, Session>,
    tokens: BTreeMap<Digest, Token>,
    links: BTreeMap<Digest, Link>,
    written: BTreeMap<Digest, Timestamp>,
    pub(super) throttle: Throttle,
}

/// Who a credential belongs to, and whether the session's last use should be written.
pub(super) struct Known {
    pub(super) identity: Identity,
    pub(super) write_seen: Option<Digest>,
}

impl Book {
    /// Whether the first administrator is still missing.
    pub(super) fn needs_setup(&self) -> bool {
        !self.users.values().any(|user| user.role == Role::Admin)
    }

    pub(super) fn user(&self, name: &str) -> Option<&Account> {
        self.users.get(name)
    }

    /// Whether a user of this name can be added.
    pub(super) fn check_new_user(&self, name: &str) -> Result<(), Error> {
        if self.users.contains_key(name) {
            return Err(Error::Taken { what: "user", name: name.to_owned() });
        }
        if self.users.len() >= USERS_MAX {
            return Err(Error::TooMany { what: "users", limit: USERS_MAX });
        }
        Ok(())
    }

    /// Whether a user can take this role; none: can go.
    pub(super) fn check_change(&self, name: &str, role: Option<Role>) -> Result<(), Error> {
        let user = self.users.get(name).ok_or_else(|| Error::Missing { what: "user", name: name.to_owned() })?;
        let admins = self.users.values().filter(|user| user.role == Role::Admin).count();
        if user.role == Role::Admin && role != Some(Role::Admin) && admins == 1 {
            return Err(Error::LastAdmin { name: name.to_owned() });
        }
        Ok(())
    }

    pub(super) fn put_user(&mut self, name: String, account: Account) {
        self.users.insert(name, account);
    }

    /// Forgets a user with their sessions, links and the tokens they made.
    pub(super) fn remove_user(&mut self, name: &str) {
        self.users.remove(name);
        self.links.retain(|_, link| link.user != name);
        self.tokens.retain(|_, token| token.by != name);
        let ended = self.sessions_of(name);
        self.remove_sessions(&ended);
    }

    pub(super) fn users(&self) -> Vec<User> {
        let view = |(name, account): (&String, &Account)| User {
            name: name.clone(),
            role: account.role,
            has_password: account.hash.is_some(),
            created: account.created,
            last_seen: account.seen,
        };
        self.users.iter().map(view).collect()
    }

    pub(super) fn put_session(&mut self, digest: Digest, session: Session) {
        self.written.insert(digest, session.seen);
        if let Some(user) = self.users.get_mut(&session.user) {
            user.seen = user.seen.max(Some(session.seen));
        }
        self.sessions.insert(digest, session);
    }

    pub(super) fn remove_sessions(&mut self, digests: &[Digest]) {
        for digest in digests {
            self.sessions.remove(digest);
            self.written.remove(digest);
        }
    }

    /// The sessions of a user, oldest first.
    pub(super) fn sessions_of(&self, user: &str) -> Vec<Digest> {
        let mut own: Vec<_> =
            self.sessions.iter().filter(|(_, s)| s.user == user).map(|(d, s)| (s.created, *d)).collect();
        own.sort_unstable();
        own.into_iter().map(|(_, digest)| digest).collect()
    }

    /// The sessions that must go before the user can have one more: the dead of everybody, then their oldest.
    pub(super) fn sessions_to_end(&self, user: &str, now: Timestamp) -> Vec<Digest> {
        let mut ended: Vec<Digest> = self.sessions.iter().filter(|(_, s)| !s.alive(now)).map(|(d, _)| *d).collect();
        let own: Vec<Digest> = self.sessions_of(user).into_iter().filter(|d| !ended.contains(d)).collect();
        let surplus = (own.len() + 1).saturating_sub(PER_USER_MAX);
        ended.extend(own.into_iter().take(surplus));
        ended
    }

    pub(super) fn put_token(&mut self, digest: Digest, token: Token) {
        self.tokens.insert(digest, token);
    }

    /// Whether a token of this name can be added.
    pub(super) fn check_new_token(&self, name: &str) -> Result<(), Error> {
        if self.tokens.values().any(|token| token.name == name) {
            return Err(Error::Taken { what: "token", name: name.to_owned() });
        }
        if self.tokens.len() >= TOKENS_MAX {
            return Err(Error::TooMany { what: "tokens", limit: TOKENS_MAX });
        }
        Ok(())
    }

    pub(super) fn has_token(&self, id: u64) -> bool {
        self.tokens.values().any(|token| token.id == id)
    }

    pub(super) fn remove_token(&mut self, id: u64) {
        self.tokens.retain(|_, token| token.id != id);
    }

    pub(super) fn tokens(&self) -> Vec<Token> {
        let mut all: Vec<Token> = self.tokens.values().cloned().collect();
        all.sort_by_key(|token| token.id);
        all
    }

    /// Opens a one-time link.
    pub(super) fn put_link(
        &mut self,
        secret: &Secret,
        user: &str,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        if !self.users.contains_key(user) {
            return Err(Error::Missing { what: "user", name: user.to_owned() });
        }
        self.links.retain(|_, link| link.expires > now);
        if self.links.len() >= LINKS_MAX {
            return Err(Error::TooMany { what: "open sign-in links", limit: LINKS_MAX });
        }
        self.links.insert(secret.digest(), Link { user: user.to_owned(), expires });
        Ok(())
    }

    /// Uses a link up, whatever comes of it.
    pub(super) fn take_link(&mut self, secret: &Secret, now: Timestamp) -> Option<String> {
        self.links.remove(&secret.digest()).filter(|link| link.expires > now).map(|link| link.user)
    }

    /// Who a credential belongs to; none when it is unknown or has ended. Marks it as used now.
    pub(super) fn identify(&mut self, credential: &Credential, now: Timestamp) -> Option<Known> {
        match credential {
            Credential::Session(secret) => self.identify_session(secret.digest(), now),
            Credential::Token(secret) => self.identify_token(secret.digest(), now),
        }
    }

    fn identify_session(&mut self, digest: Digest, now: Timestamp) -> Option<Known> {
        let session = self.sessions.get_mut(&digest).filter(|session| session.alive(now))?;
        session.seen = session.seen.max(now);
        let user = self.users.get_mut(&session.user)?;
        user.seen = user.seen.max(Some(now));
        let written = self.written.entry(digest).or_insert(session.created);
        let stale = now.since(*written) > SEEN_LAG_MAX;
        if stale {
            *written = now;
        }
        let identity = Identity { name: session.user.clone(), role: user.role, scopes: None };
        Some(Known { identity, write_seen: stale.then_some(digest) })
    }

    fn identify_token(&mut self, digest: Digest, now: Timestamp) -> Option<Known> {
        let token = self.tokens.get_mut(&digest).filter(|token| token.expires > now)?;
        let maker = self.users.get(&token.by)?;
        token.last_used = token.last_used.max(Some(now));
        let identity = Identity {
            name: format!("token:{}", token.name),
            role: token.role.min(maker.role),
            scopes: Some(token.scopes.clone()),
        };
        Some(Known { identity, write_seen: None })
    }

    /// A fresh session of a user.
    pub(super) fn new_session(user: &str, from: IpAddr, now: Timestamp) -> Session {
        Session { user: user.to_owned(), created: now, seen: now, from }
    }

    /// How long a session lives at most, in seconds.
    pub(super) const fn session_life_secs() -> u64 {
        LIFE_MAX.as_secs()
    }
}
