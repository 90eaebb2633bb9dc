//! Access rules in SQLite. Only reads and writes: nothing is decided here.

use gemba_plant::Timestamp;
use rusqlite::{Connection, Row, params};

use super::account::Account;
use super::audit::{self, AuditEntry, Deed, Outcome};
use super::book::Book;
use super::secret::Digest;
use super::{Role, Scope, Session, Token};

/// The layout, as one step of the migrations.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE users (name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT, created INTEGER NOT NULL) STRICT;
    CREATE TABLE sessions (
        digest BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
        created INTEGER NOT NULL, seen INTEGER NOT NULL, address TEXT NOT NULL) STRICT;
    CREATE TABLE tokens (
        id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
        scopes TEXT NOT NULL, maker TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
        created INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT;
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, user TEXT NOT NULL, address TEXT NOT NULL, action TEXT NOT NULL,
        target TEXT NOT NULL, detail TEXT NOT NULL, outcome TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
    CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;";

type Result<T> = rusqlite::Result<T>;

/// Everything but the audit log, for the memory.
pub(super) fn load(c: &Connection) -> Result<Book> {
    let mut book = Book::default();
    let mut select = c.prepare("SELECT name, role, hash, created FROM users")?;
    for user in select.query_map([], user)? {
        let (name, account) = user?;
        book.put_user(name, account);
    }
    let mut select = c.prepare("SELECT digest, user, created, seen, address FROM sessions")?;
    for session in select.query_map([], session)? {
        let (digest, session) = session?;
        book.put_session(digest, session);
    }
    let mut select = c.prepare("SELECT digest, id, name, role, scopes, maker, created, expires FROM tokens")?;
    for token in select.query_map([], token)? {
        let (digest, token) = token?;
        book.put_token(digest, token);
    }
    Ok(book)
}

fn user(row: &Row<'_>) -> Result<(String, Account)> {
    let account =
        Account { role: role(row, 1)?, hash: row.get(2)?, created: Timestamp::from_micros(row.get(3)?), seen: None };
    Ok((row.get(0)?, account))
}

fn session(row: &Row<'_>) -> Result<(Digest, Session)> {
    let session = Session {
        user: row.get(1)?,
        created: Timestamp::from_micros(row.get(2)?),
        seen: Timestamp::from_micros(row.get(3)?),
        from: text(row, 4, |text| text.parse().ok())?,
    };
    Ok((Digest(row.get(0)?), session))
}

fn token(row: &Row<'_>) -> Result<(Digest, Token)> {
    let id: i64 = row.get(1)?;
    let token = Token {
        id: id.unsigned_abs(),
        name: row.get(2)?,
        role: role(row, 3)?,
        scopes: text(row, 4, |text| text.split_whitespace().map(|scope| Scope::parse(scope).ok()).collect())?,
        by: row.get(5)?,
        created: Timestamp::from_micros(row.get(6)?),
        expires: Timestamp::from_micros(row.get(7)?),
        last_used: None,
    };
    Ok((Digest(row.get(0)?), token))
}

fn role(row: &Row<'_>, column: usize) -> Result<Role> {
    text(row, column, Role::from_word)
}

/// A text column that must have a meaning: a damaged right is an error, never a smaller or larger right.
fn text<T>(row: &Row<'_>, column: usize, read: impl FnOnce(&str) -> Option<T>) -> Result<T> {
    let text: String = row.get(column)?;
    read(&text).ok_or_else(|| {
        let why = format!("\"{text}\" has no meaning here").into();
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, why)
    })
}

pub(super) fn put_user(c: &Connection, name: &str, account: &Account) -> Result<()> {
    c.execute(
        "INSERT INTO users (name, role, hash, created) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (name) DO UPDATE SET role = excluded.role, hash = excluded.hash",
        params![name, account.role.as_str(), account.hash, account.created.micros()],
    )?;
    Ok(())
}

/// Removes a user with their sessions and the tokens they made.
pub(super) fn remove_user(c: &Connection, name: &str) -> Result<()> {
    c.execute("DELETE FROM users WHERE name = ?1", [name])?;
    Ok(())
}

pub(super) fn put_session(c: &Connection, digest: Digest, session: &Session) -> Result<()> {
    c.execute(
        "INSERT OR REPLACE INTO sessions (digest, user, created, seen, address) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![digest.0, session.user, session.created.micros(), session.seen.micros(), session.from.to_string()],
    )?;
    Ok(())
}

pub(super) fn touch_session(c: &Connection, digest: Digest, seen: Timestamp) -> Result<()> {
    c.execute("UPDATE sessions SET seen = ?2 WHERE digest = ?1", params![digest.0, seen.micros()])?;
    Ok(())
}

pub(super) fn remove_sessions(c: &Connection, digests: &[Digest]) -> Result<()> {
    let mut delete = c.prepare_cached("DELETE FROM sessions WHERE digest = ?1")?;
    for digest in digests {
        delete.execute([digest.0])?;
    }
    Ok(())
}

/// Writes a token and gives its number.
pub(super) fn put_token(c: &Connection, digest: Digest, token: &Token) -> Result<u64> {
    let scopes: Vec<String> = token.scopes.iter().map(ToString::to_string).collect();
    c.execute(
        "INSERT INTO tokens (digest, name, role, scopes, maker, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            digest.0,
            token.name,
            token.role.as_str(),
            scopes.join(" "),
            token.by,
            token.created.micros(),
            token.expires.micros()
        ],
    )?;
    Ok(c.last_insert_rowid().unsigned_abs())
}

pub(super) fn remove_token(c: &Connection, id: u64) -> Result<()> {
    c.execute("DELETE FROM tokens WHERE id = ?1", [number(id)])?;
    Ok(())
}

/// Adds a line to the audit log, chained to the last one.
pub(super) fn note(c: &mut Connection, time: Timestamp, deed: Deed) -> Result<()> {
    let deed = deed.tidy();
    let change = c.transaction()?;
    let last = change.query_row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", [], |row| {
        Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, String>(1)?))
    });
    let (before, hash) = match last {
        Err(rusqlite::Error::QueryReturnedNoRows) => (0, audit::GENESIS.to_owned()),
        other => other?,
    };
    let seq = before + 1;
    let hash = audit::chain(&hash, seq, time, &deed);
    change.execute(
        "INSERT INTO audit (seq, time, user, address, action, target, detail, outcome, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            number(seq),
            time.micros(),
            deed.user,
            deed.from,
            deed.action,
            deed.target,
            deed.detail,
            deed.outcome.as_str(),
            hash
        ],
    )?;
    change.commit()
}

const AUDIT: &str = "SELECT seq, time, user, address, action, target, detail, outcome, hash FROM audit";

/// Lines before `before`, newest first.
pub(super) fn audit_before(c: &Connection, before: Option<u64>, limit: usize) -> Result<Vec<AuditEntry>> {
    let mut select = c.prepare_cached(&format!("{AUDIT} WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2"))?;
    let bounds = params![before.map_or(i64::MAX, number), number(limit as u64)];
    select.query_map(bounds, line)?.collect()
}

/// Lines after `after`, oldest first.
pub(super) fn audit_after(c: &Connection, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
    let mut select = c.prepare_cached(&format!("{AUDIT} WHERE seq > ?1 ORDER BY seq LIMIT ?2"))?;
    select.query_map(params![number(after), number(limit as u64)], line)?.collect()
}

fn line(row: &Row<'_>) -> Result<AuditEntry> {
    let outcome: String = row.get(7)?;
    let deed = Deed {
        user: row.get(2)?,
        from: row.get(3)?,
        action: row.get(4)?,
        target: row.get(5)?,
        detail: row.get(6)?,
        outcome: Outcome::from_word(&outcome),
    };
    let seq: i64 = row.get(0)?;
    Ok(AuditEntry { seq: seq.unsigned_abs(), time: Timestamp::from_micros(row.get(1)?), deed, hash: row.get(8)? })
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
