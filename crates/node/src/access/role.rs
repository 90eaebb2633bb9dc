//! What a user or a token is allowed to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Error;

/// What somebody may do; each role may do all that the roles before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AccessRole")]
pub enum Role {
    /// Looks at everything but users and audit.
    Viewer,
    /// Acknowledges and shelves alarms.
    Operator,
    /// Changes the plant and its connections.
    Engineer,
    /// Manages users, tokens and trust.
    Admin,
}

impl Role {
    /// All roles, the least allowed first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Engineer, Self::Admin];

    /// The word in files, API and pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Engineer => "engineer",
            Self::Admin => "admin",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A part of the API that a token may use: `alarms:write`, `samples:read`, `*:read`. Writing includes reading.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Scope {
    resource: String,
    write: bool,
}

impl Scope {
    /// The longest resource name, in bytes.
    const RESOURCE_LEN_MAX: usize = 32;

    /// Reads `resource:read` or `resource:write`; `*` stands for every resource.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bad = || Error::BadScope { text: text.chars().take(80).collect() };
        let (resource, right) = text.split_once(':').ok_or_else(bad)?;
        let named = !resource.is_empty()
            && resource.len() <= Self::RESOURCE_LEN_MAX
            && resource.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        let write = match right {
            "read" => false,
            "write" => true,
            _ => return Err(bad()),
        };
        if named || resource == "*" { Ok(Self { resource: resource.to_owned(), write }) } else { Err(bad()) }
    }

    /// Whether it covers a resource, for reading or for writing.
    pub fn covers(&self, resource: &str, write: bool) -> bool {
        (self.resource == "*" || self.resource == resource) && (self.write || !write)
    }
}

impl TryFrom<String> for Scope {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.resource, if self.write { "write" } else { "read" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_and_read_back() {
        assert!(Role::Viewer < Role::Operator && Role::Operator < Role::Engineer && Role::Engineer < Role::Admin);
        for role in Role::ALL {
            assert_eq!(Role::from_word(role.as_str()), Some(role));
        }
        assert_eq!(Role::from_word("root"), None);
    }

    #[test]
    fn writing_includes_reading_but_not_the_neighbour() {
        let scope = Scope::parse("alarms:write").unwrap();
        assert!(scope.covers("alarms", true) && scope.covers("alarms", false));
        assert!(!scope.covers("users", false));
        let all = Scope::parse("*:read").unwrap();
        assert!(all.covers("users", false) && !all.covers("users", true));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "alarms", "alarms:", ":read", "alarms:own", "Alarms:read", "*:*", "**:read"] {
            assert!(Scope::parse(text).is_err(), "{text}");
        }
        assert!(Scope::parse(&format!("{}:read", "a".repeat(40))).is_err());
    }
}
