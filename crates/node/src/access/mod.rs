//! Who may do what, and who did what: users, roles, sessions, tokens, one-time links and the audit log.
//!
//! `Book` decides, in memory and told the time; `table` writes; [`Access`] joins the two and is what the doors
//! above use. Passwords are kept as argon2id hashes, every other secret as its SHA-256: what is on disk signs
//! nobody in.
//!
//! **Invariants:** a change is on disk before it counts; there is no default password; the last administrator
//! stays; the audit log only grows and every line is chained to the one before it; no secret reaches a log,
//! an error text or the audit.

mod account;
mod audit;
mod book;
mod door;
mod error;
mod password;
mod role;
mod secret;
mod session;
mod table;
#[cfg(test)]
mod tests;
mod throttle;
mod token;

pub use account::{NewUser, User, UserChange};
pub use audit::{AuditEntry, Deed, Outcome};
pub use door::Access;
pub use error::Error;
pub use role::{Role, Scope};
pub use secret::Secret;
pub use session::{Credential, Identity, Session, SignedIn};
pub(crate) use table::SCHEMA;
pub use token::{NewToken, Token};
