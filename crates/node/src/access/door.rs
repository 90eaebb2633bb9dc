//! The rules and the disk, joined: what servers and commands call.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gemba_plant::Timestamp;
use gemba_plant::port::Clock;
use rusqlite::Connection;
use tokio::sync::{Semaphore, TryAcquireError};

use super::account::{Account, check_name};
use super::audit::{self, AuditEntry, Deed, Outcome};
use super::book::Book;
use super::secret::Digest;
use super::token::{SCOPES_MAX, check_expiry};
use super::{
    Credential, Error, Identity, NewToken, NewUser, Role, Secret, SignedIn, Token, User, UserChange, password, table,
};
use crate::state::State;

/// Passwords hashed at the same time: each takes 19 MiB and a core for tens of milliseconds.
const HASHES_AT_ONCE: usize = 2;
/// People who may wait for a hash; more are asked to come again.
const HASHES_WAITING_MAX: usize = 16;
/// Audit lines checked in one go, so that other work gets its turn.
const AUDIT_CHUNK: usize = 1_000;

/// Users, sessions, tokens, links and the audit log. Cheap to clone.
///
/// Asking who somebody is needs no disk; every change is written before it counts. What blocks (SQLite, argon2)
/// runs on blocking threads.
#[derive(Clone)]
pub struct Access {
    inner: Arc<Inner>,
}

struct Inner {
    state: State,
    clock: Arc<dyn Clock>,
    book: Mutex<Book>,
    /// Changes take turns, so that what was checked still holds when it is written.
    changes: tokio::sync::Mutex<()>,
    hashing: Semaphore,
    hash_queue: Semaphore,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}

impl Access {
    /// Loads the rules. Blocks for a disk read.
    ///
    /// # Errors
    /// When the state cannot be read, or holds a right that has no meaning.
    pub fn open(state: State, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let book = state.read("reading users", table::load)?;
        let inner = Inner {
            state,
            clock,
            book: Mutex::new(book),
            changes: tokio::sync::Mutex::new(()),
            hashing: Semaphore::new(HASHES_AT_ONCE),
            hash_queue: Semaphore::new(HASHES_WAITING_MAX),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether the first administrator is still missing.
    pub fn needs_setup(&self) -> bool {
        self.book().needs_setup()
    }

    /// Makes the first administrator and signs them in. Only from the machine itself: until then there is nobody whom a
    /// caller from elsewhere could be told from.
    ///
    /// # Errors
    /// When there is one already, the caller is not on this machine, the name or the password is not accepted, or the disk fails.
    pub async fn set_up(&self, user: &str, password: &str, from: IpAddr) -> Result<SignedIn, Error> {
        if self.needs_setup() && !from.is_loopback() {
            return Err(Error::SetUpElsewhere);
        }
        check_name(user)?;
        let hash = self.hash_checked(password, user).await?;
        let turn = self.inner.changes.lock().await;
        if !self.needs_setup() {
            return Err(Error::SetUpAlready);
        }
        let account = Account { role: Role::Admin, hash: Some(hash), created: self.now(), seen: None };
        self.write_user(user, account).await?;
        drop(turn);
        self.note(deed(user, from, "set-up", user, Outcome::Done)).await?;
        self.start_session(user, from).await
    }

    /// Signs in with a password.
    ///
    /// # Errors
    /// When the name or the password is wrong, after too many wrong tries, or when the disk fails.
    pub async fn sign_in(&self, user: &str, password: &str, from: IpAddr) -> Result<SignedIn, Error> {
        let now = self.now();
        self.book().throttle.begin(user, from, now).map_err(|wait| Error::LockedOut { secs: wait.as_secs().max(1) })?;
        let kept = self.book().user(user).and_then(|account| account.hash.clone());
        let given = password.to_owned();
        if self.hashing("checking a password", move || password::verify(&given, kept.as_deref())).await? {
            self.book().throttle.passed(user, from);
            self.note(deed(user, from, "sign-in", user, Outcome::Done)).await?;
            return self.start_session(user, from).await;
        }
        let mut refused = deed(user, from, "sign-in", user, Outcome::Refused);
        if self.book().throttle.waits(user, from, now) {
            refused.detail = "too many wrong tries, locked out for a while".into();
        }
        self.note(refused).await?;
        Err(Error::BadLogin)
    }

    /// Signs in with the key of a one-time link, which is used up.
    ///
    /// # Errors
    /// When the key is unknown, used or too old, or when the disk fails.
    pub async fn sign_in_once(&self, key: &Secret, from: IpAddr) -> Result<SignedIn, Error> {
        let now = self.now();
        let Some(user) = self.book().take_link(key, now) else {
            return Err(Error::BadLink);
        };
        self.note(deed(&user, from, "sign-in by link", &user, Outcome::Done)).await?;
        self.start_session(&user, from).await
    }

    /// A key that signs `user` in once, within `ttl`. It lives in memory only.
    ///
    /// # Errors
    /// When there is no such user or too many links are open.
    pub fn one_time_link(&self, user: &str, ttl: Duration) -> Result<Secret, Error> {
        let secret = Secret::random("")?;
        let now = self.now();
        self.book().put_link(&secret, user, now.plus(ttl), now)?;
        Ok(secret)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn sign_out(&self, session: &Secret) -> Result<(), Error> {
        self.end_sessions(vec![session.digest()]).await
    }

    /// Who a credential belongs to; none when it is unknown or has ended.
    pub fn identify(&self, credential: &Credential) -> Option<Identity> {
        let now = self.now();
        let known = self.book().identify(credential, now)?;
        if let Some(digest) = known.write_seen {
            let access = self.clone();
            // the last use on disk only decides how long a session outlives a restart: nobody waits for it
            tokio::spawn(async move {
                if let Err(error) =
                    access.write("noting a session", move |c| table::touch_session(c, digest, now)).await
                {
                    tracing::warn!(%error, "the last use of a session was not written");
                }
            });
        }
        Some(known.identity)
    }

    /// All users, by name.
    pub fn users(&self) -> Vec<User> {
        self.book().users()
    }

    /// Makes a user.
    ///
    /// # Errors
    /// When the name or password is not accepted or taken, or when the disk fails.
    pub async fn add_user(&self, user: NewUser) -> Result<(), Error> {
        check_name(&user.name)?;
        let hash = match &user.password {
            Some(password) => Some(self.hash_checked(password, &user.name).await?),
            None => None,
        };
        let _turn = self.inner.changes.lock().await;
        self.book().check_new_user(&user.name)?;
        self.write_user(&user.name, Account { role: user.role, hash, created: self.now(), seen: None }).await
    }

    /// Makes a user without a password when there is none of that name: for the demo, whose user comes in by link.
    ///
    /// # Errors
    /// As [`Access::add_user`].
    pub async fn ensure_user(&self, name: &str, role: Role) -> Result<(), Error> {
        match self.add_user(NewUser { name: name.to_owned(), role, password: None }).await {
            Err(Error::Taken { .. }) => Ok(()),
            other => other,
        }
    }

    /// Changes a user. A new password ends their sessions.
    ///
    /// # Errors
    /// When there is no such user, the password is not accepted, the last administrator would go, or the disk fails.
    pub async fn change_user(&self, name: &str, change: UserChange) -> Result<(), Error> {
        let hash = match &change.password {
            Some(password) => Some(self.hash_checked(password, name).await?),
            None => None,
        };
        let _turn = self.inner.changes.lock().await;
        let mut account = {
            let book = self.book();
            book.check_change(name, Some(change.role))?;
            book.user(name).cloned().ok_or_else(|| Error::Missing { what: "user", name: name.to_owned() })?
        };
        account.role = change.role;
        let new_password = hash.is_some();
        account.hash = hash.or(account.hash);
        self.write_user(name, account).await?;
        if new_password {
            let ended = self.book().sessions_of(name);
            self.end_sessions(ended).await?;
        }
        Ok(())
    }

    /// Removes a user with their sessions and the tokens they made.
    ///
    /// # Errors
    /// When there is no such user, it is the last administrator, or the disk fails.
    pub async fn remove_user(&self, name: &str) -> Result<(), Error> {
        let _turn = self.inner.changes.lock().await;
        self.book().check_change(name, None)?;
        let gone = name.to_owned();
        self.write("removing a user", move |c| table::remove_user(c, &gone)).await?;
        self.book().remove_user(name);
        Ok(())
    }

    /// All tokens, oldest first.
    pub fn tokens(&self) -> Vec<Token> {
        self.book().tokens()
    }

    /// Makes a token for the user `by`. The secret is never shown again.
    ///
    /// # Errors
    /// When the name, expiry or role is not accepted, or when the disk fails.
    pub async fn add_token(&self, by: &str, new: NewToken) -> Result<(Secret, Token), Error> {
        check_name(&new.name)?;
        let now = self.now();
        check_expiry(new.expires, now)?;
        if new.scopes.len() > SCOPES_MAX {
            return Err(Error::TooMany { what: "scopes in a token", limit: SCOPES_MAX });
        }
        let _turn = self.inner.changes.lock().await;
        {
            let book = self.book();
            let own = book.user(by).ok_or_else(|| Error::Missing { what: "user", name: by.to_owned() })?.role;
            if new.role > own {
                return Err(Error::AboveOwnRole { asked: new.role, own });
            }
            book.check_new_token(&new.name)?;
        }
        let secret = Secret::random(Secret::TOKEN_PREFIX)?;
        let digest = secret.digest();
        let NewToken { name, role, scopes, expires } = new;
        let mut token = Token { id: 0, name, role, scopes, by: by.to_owned(), created: now, expires, last_used: None };
        let row = token.clone();
        token.id = self.write("writing a token", move |c| table::put_token(c, digest, &row)).await?;
        self.book().put_token(digest, token.clone());
        Ok((secret, token))
    }

    /// Ends a token.
    ///
    /// # Errors
    /// When there is no such token, or when the disk fails.
    pub async fn remove_token(&self, id: u64) -> Result<(), Error> {
        if !self.book().has_token(id) {
            return Err(Error::Missing { what: "token", name: id.to_string() });
        }
        self.write("removing a token", move |c| table::remove_token(c, id)).await?;
        self.book().remove_token(id);
        Ok(())
    }

    /// Adds a line to the audit log.
    ///
    /// # Errors
    /// When the disk fails: what must be audited must then not be done.
    pub async fn note(&self, deed: Deed) -> Result<(), Error> {
        let now = self.now();
        self.write("writing the audit log", move |c| table::note(c, now, deed)).await
    }

    /// Lines of the audit log before the line `before`, newest first.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn audit(&self, before: Option<u64>, limit: usize) -> Result<Vec<AuditEntry>, Error> {
        self.write("reading the audit log", move |c| table::audit_before(c, before, limit)).await
    }

    /// The first line of the audit log that does not follow from the one before it; none when all do.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn check_audit(&self) -> Result<Option<u64>, Error> {
        let (mut after, mut before) = (0, audit::GENESIS.to_owned());
        loop {
            let lines =
                self.write("checking the audit log", move |c| table::audit_after(c, after, AUDIT_CHUNK)).await?;
            if let Some(broken) = audit::first_broken(&before, &lines) {
                return Ok(Some(broken));
            }
            let Some(last) = lines.last() else { return Ok(None) };
            after = last.seq;
            before.clone_from(&last.hash);
        }
    }

    async fn start_session(&self, user: &str, from: IpAddr) -> Result<SignedIn, Error> {
        let secret = Secret::random("")?;
        let (now, digest) = (self.now(), secret.digest());
        let session = Book::new_session(user, from, now);
        let (ended, role) = {
            let book = self.book();
            let role = book.user(user).ok_or(Error::BadLogin)?.role;
            (book.sessions_to_end(user, now), role)
        };
        let (row, gone) = (session.clone(), ended.clone());
        self.write("writing a session", move |c| {
            table::remove_sessions(c, &gone)?;
            table::put_session(c, digest, &row)
        })
        .await?;
        let mut book = self.book();
        book.remove_sessions(&ended);
        book.put_session(digest, session);
        let identity = Identity { name: user.to_owned(), role, scopes: None };
        Ok(SignedIn { secret, identity, life_secs: Book::session_life_secs() })
    }

    async fn end_sessions(&self, digests: Vec<Digest>) -> Result<(), Error> {
        self.book().remove_sessions(&digests);
        self.write("ending sessions", move |c| table::remove_sessions(c, &digests)).await
    }

    async fn write_user(&self, name: &str, account: Account) -> Result<(), Error> {
        let (row_name, row) = (name.to_owned(), account.clone());
        self.write("writing a user", move |c| table::put_user(c, &row_name, &row)).await?;
        self.book().put_user(name.to_owned(), account);
        Ok(())
    }

    async fn hash_checked(&self, text: &str, user: &str) -> Result<String, Error> {
        password::check(text, user)?;
        let text = text.to_owned();
        self.hashing("hashing a password", move || password::hash(&text)).await
    }

    /// Runs argon2 on a blocking thread, a few at a time; a crowd is turned away instead of queued.
    async fn hashing<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _place = self.inner.hash_queue.try_acquire().map_err(|e| match e {
            TryAcquireError::NoPermits => Error::Busy { limit: HASHES_WAITING_MAX },
            TryAcquireError::Closed => Error::Stopped { doing },
        })?;
        let _turn = self.inner.hashing.acquire().await.map_err(|_closed| Error::Stopped { doing })?;
        tokio::task::spawn_blocking(work).await.map_err(|_gone| Error::Stopped { doing })?
    }

    async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let state = self.inner.state.clone();
        let done = tokio::task::spawn_blocking(move || state.with(doing, work)).await;
        Ok(done.map_err(|_gone| Error::Stopped { doing })??)
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // every change to the book is a single insert or remove: a panic elsewhere leaves it whole
        self.inner.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn deed(user: &str, from: IpAddr, action: &str, target: &str, outcome: Outcome) -> Deed {
    Deed {
        user: user.to_owned(),
        from: from.to_string(),
        action: action.to_owned(),
        target: target.to_owned(),
        detail: String::new(),
        outcome,
    }
}
