//! People.

use gemba_plant::Timestamp;

use super::{Error, Role};

/// The longest name of a user or token, in bytes.
const NAME_LEN_MAX: usize = 64;

/// A user, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name to sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they can sign in with a password; a user without one comes in by one-time links only.
    pub has_password: bool,
    /// When the user was made.
    pub created: Timestamp,
    /// When a session of theirs was last used; none when they never signed in since the program started.
    pub last_seen: Option<Timestamp>,
}

/// A user to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The name to sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The password; none for a user that comes in by one-time links only.
    pub password: Option<String>,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// What changes about a user.
#[derive(Clone)]
pub struct UserChange {
    /// The role from now on.
    pub role: Role,
    /// The password from now on; none leaves it. A new password ends all sessions of the user.
    pub password: Option<String>,
}

impl std::fmt::Debug for UserChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let password = self.password.as_ref().map(|_| "…");
        f.debug_struct("UserChange").field("role", &self.role).field("password", &password).finish()
    }
}

/// A user as the book keeps it.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) role: Role,
    /// PHC string of argon2id.
    pub(super) hash: Option<String>,
    pub(super) created: Timestamp,
    pub(super) seen: Option<Timestamp>,
}

/// Names stand in logs, topics and addresses, so they are plain.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if first && name.len() <= NAME_LEN_MAX && name.bytes().all(plain) {
        return Ok(());
    }
    Err(Error::BadName {
        name: name.chars().filter(|c| !c.is_control()).take(NAME_LEN_MAX).collect(),
        limit: NAME_LEN_MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["a", "anna.meyer", "line-3", "7up", &"x".repeat(64)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", ".a", "Anna", "a b", "a\n", "ä", "a/b", &"x".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_do_not_show_in_debug() {
        let user = NewUser { name: "anna".into(), role: Role::Admin, password: Some("tVq2#kLm9!xZ".into()) };
        let change = UserChange { role: Role::Admin, password: Some("tVq2#kLm9!xZ".into()) };
        assert!(!format!("{user:?}{change:?}").contains("tVq2"));
    }
}
