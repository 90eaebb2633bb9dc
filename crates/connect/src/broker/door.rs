//! Who comes in and what they may do.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use mqtt5::broker::auth::AuthRateLimiter;
use mqtt5::broker::{AuthProvider, AuthResult};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use sha2::{Digest, Sha256};

use super::receipts::Receipts;
use super::{Config, User};
use crate::Error;

/// The user that only our own connections are; no configured name may begin with `$`.
pub(crate) const OURSELVES: &str = "$gemba";
/// Wrong passwords from one address, or for one user, within [`WINDOW_S`] before the door stays shut.
const TRIES_MAX: u32 = 10;
/// Seconds in which wrong passwords are counted.
const WINDOW_S: u64 = 60;
/// Seconds for which the door stays shut.
const SHUT_S: u64 = 60;

/// The door of the broker.
pub(crate) struct Door {
    ourselves: [u8; 32],
    users: BTreeMap<String, Entry>,
    receipts: Arc<Receipts>,
    wrong: AuthRateLimiter,
}

struct Entry {
    digest: [u8; 32],
    publish: Vec<String>,
    subscribe: Vec<String>,
}

impl Entry {
    fn publish(&self) -> &[String] {
        &self.publish
    }

    fn subscribe(&self) -> &[String] {
        &self.subscribe
    }
}

impl Door {
    /// Reads the passwords.
    ///
    /// # Errors
    /// When one is not where the configuration says.
    pub(crate) fn new(config: &Config, own_password: &str, receipts: Arc<Receipts>) -> Result<Self, Error> {
        let entry = |user: &User| -> Result<(String, Entry), Error> {
            let digest = digest(user.password.read()?.as_bytes());
            let (publish, subscribe) = (user.publish.clone(), user.subscribe.clone());
            Ok((user.name.clone(), Entry { digest, publish, subscribe }))
        };
        let users = config.users.iter().map(entry).collect::<Result<_, _>>()?;
        let wrong = AuthRateLimiter::new(TRIES_MAX, WINDOW_S, SHUT_S);
        Ok(Self { ourselves: digest(own_password.as_bytes()), users, receipts, wrong })
    }

    fn admit(&self, connect: &ConnectPacket, address: SocketAddr) -> AuthResult {
        let given = digest(connect.password.as_deref().unwrap_or_default());
        let user = connect.username.as_deref();
        if user == Some(OURSELVES) {
            return if equal(&given, &self.ourselves) {
                AuthResult::success_with_user(OURSELVES)
            } else {
                AuthResult::fail(ReasonCode::BadUsernameOrPassword)
            };
        }
        if self.receipts.is_ours(&connect.client_id) {
            return AuthResult::fail(ReasonCode::ClientIdentifierNotValid);
        }
        if self.users.is_empty() {
            return AuthResult::success();
        }
        if !self.wrong.check_rate_limit_with_username(address.ip(), user) {
            return AuthResult::fail(ReasonCode::ConnectionRateExceeded);
        }
        let known = user.and_then(|name| self.users.get_key_value(name));
        if let Some((name, _)) = known.filter(|(_, entry)| equal(&given, &entry.digest)) {
            return AuthResult::success_with_user(name);
        }
        self.wrong.record_attempt_with_username(address.ip(), user, false);
        self.wrong.cleanup_expired();
        AuthResult::fail(ReasonCode::BadUsernameOrPassword)
    }

    /// Whether a user's list, told by `list`, lets `topic` through by `test`.
    fn allows(&self, user: Option<&str>, list: fn(&Entry) -> &[String], test: impl Fn(&str) -> bool) -> bool {
        match user {
            Some(OURSELVES) => true,
            Some(name) => self.users.get(name).is_some_and(|entry| list(entry).iter().any(|filter| test(filter))),
            None => self.users.is_empty(),
        }
    }
}

impl AuthProvider for Door {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        client_addr: SocketAddr,
    ) -> Pin<Box<dyn Future<Output = mqtt5::Result<AuthResult>> + Send + 'a>> {
        let result = self.admit(connect, client_addr);
        Box::pin(async move { Ok(result) })
    }

    fn authorize_publish<'a>(
        &'a self,
        _client_id: &str,
        user_id: Option<&'a str>,
        topic: &'a str,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        let allowed = self.allows(user_id, Entry::publish, |filter| mqtt5::topic_matches_filter(topic, filter));
        Box::pin(async move { allowed })
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _client_id: &str,
        user_id: Option<&'a str>,
        topic_filter: &'a str,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        let wanted = mqtt5::strip_shared_subscription_prefix(topic_filter);
        let allowed = self.allows(user_id, Entry::subscribe, |filter| covers(filter, wanted));
        Box::pin(async move { allowed })
    }
}

/// Whether every topic that `wanted` matches is matched by `allowed`.
fn covers(allowed: &str, wanted: &str) -> bool {
    let (mut allowed, mut wanted) = (allowed.split('/'), wanted.split('/'));
    loop {
        match (allowed.next(), wanted.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(level)) if level != "#" => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

fn digest(password: &[u8]) -> [u8; 32] {
    Sha256::digest(password).into()
}

/// Compares without telling by its time where they differ.
fn equal(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_allowed_only_when_all_of_it_is() {
        for (allowed, wanted, want) in [
            ("#", "a/+/#", true),
            ("a/#", "a/b", true),
            ("a/#", "a", true),
            ("a/+", "a/b", true),
            ("a/+", "a/#", false),
            ("a/b", "a/+", false),
            ("a/b", "a/b/c", false),
            ("a/+/c", "a/+/c", true),
        ] {
            assert_eq!(covers(allowed, wanted), want, "{allowed} {wanted}");
        }
    }
}
