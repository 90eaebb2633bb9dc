//! What a person writes about the broker inside.

use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mqtt::config::range;
use crate::{ConfigFault, SecretRef};

/// The broker inside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Number and port to listen on. Off the loopback it needs `tls` and `users`. Default `127.0.0.1:1883`.
    pub listen: String,
    /// The certificate to show; without it only the loopback is served.
    pub tls: Option<Tls>,
    /// Who may come in; empty: everybody, which is possible on the loopback only. At most 1000.
    pub users: Vec<User>,
    /// Clients at once, 1–100000. Default 500.
    pub clients_max: u32,
    /// The largest packet, in bytes, 1024–16777216. Default 1 MiB.
    pub packet_bytes_max: u32,
    /// Messages that one client may send in a second, 0–1000000; zero: no limit. Default 0.
    pub messages_per_s_max: u32,
    /// Bytes that one client may send in a second; zero: no limit. Default 0.
    pub bytes_per_s_max: u64,
    /// When a device is told "done". Default `stored`.
    pub acknowledge: Acknowledge,
}

/// A server certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM file with the certificate and those above it.
    pub cert_file: PathBuf,
    /// PEM file with its key.
    pub key_file: PathBuf,
    /// PEM file with the authority that must have signed the devices' certificates; none: none is asked for.
    #[serde(default)]
    pub client_ca_file: Option<PathBuf>,
}

/// Somebody who may come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name.
    pub name: String,
    /// Where the password stands.
    pub password: SecretRef,
    /// Topic filters that this user may publish to. Default `["#"]`.
    #[serde(default = "everything")]
    pub publish: Vec<String>,
    /// Topic filters that this user may listen to. Default `["#"]`.
    #[serde(default = "everything")]
    pub subscribe: Vec<String>,
}

/// When a device is told that a message of quality of service 1 or 2 has arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledge {
    /// Once it is on disk, if a connection listens to its topic. One message of a device at a time.
    #[default]
    Stored,
    /// Once the broker has it in memory. What was acknowledged in the last moments is lost when the machine fails.
    Received,
}

/// Users that fit into one file that a person reads.
const USERS_MAX: usize = 1000;

fn everything() -> Vec<String> {
    vec!["#".into()]
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:1883".into(),
            tls: None,
            users: Vec::new(),
            clients_max: 500,
            packet_bytes_max: 1 << 20,
            messages_per_s_max: 0,
            bytes_per_s_max: 0,
            acknowledge: Acknowledge::default(),
        }
    }
}

impl Config {
    /// Where to listen; none when it cannot be read.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listen.parse().ok()
    }

    /// Everything wrong with it.
    pub fn check(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        match self.address() {
            None => {
                let what = format!("\"{}\" is no number and port", self.listen);
                faults.push(ConfigFault::new("listen", what, "write 127.0.0.1:1883"));
            }
            Some(address) if !address.ip().is_loopback() => faults.extend(self.check_outside()),
            Some(_) => {}
        }
        if self.users.len() > USERS_MAX {
            let what = format!("has {} entries", self.users.len());
            faults.push(ConfigFault::new("users", what, format!("write at most {USERS_MAX}")));
        }
        for (i, user) in self.users.iter().enumerate() {
            faults.extend(user.check(i));
        }
        faults.extend(range("clients_max", self.clients_max.into(), 1, 100_000));
        faults.extend(range("packet_bytes_max", self.packet_bytes_max.into(), 1024, 1 << 24));
        faults.extend(range("messages_per_s_max", self.messages_per_s_max.into(), 0, 1_000_000));
        faults
    }

    fn check_outside(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        if self.tls.is_none() {
            faults.push(ConfigFault::new("tls", "is missing off the loopback", "name a certificate and its key"));
        }
        if self.users.is_empty() {
            faults.push(ConfigFault::new("users", "is empty off the loopback", "name who may come in"));
        }
        faults
    }
}

impl User {
    fn check(&self, index: usize) -> Vec<ConfigFault> {
        let field = |name: &str| format!("users[{index}].{name}");
        let mut faults: Vec<ConfigFault> = self.password.check(&field("password")).into_iter().collect();
        if self.name.is_empty() || self.name.starts_with('$') {
            faults.push(ConfigFault::new(field("name"), "is empty or begins with $", "write another name"));
        }
        for (name, filters) in [("publish", &self.publish), ("subscribe", &self.subscribe)] {
            for filter in filters.iter().filter(|filter| mqtt5::validate_topic_filter(filter).is_err()) {
                let what = format!("\"{filter}\" is no topic filter");
                faults.push(ConfigFault::new(field(name), what, "# only at the end, + only between slashes"));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_the_loopback_needs_a_certificate_and_users() {
        let mut config = Config { listen: "0.0.0.0:8883".into(), ..Config::default() };
        let fields: Vec<String> = config.check().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["tls", "users"]);
        config.listen = "127.0.0.1:0".into();
        assert!(config.check().is_empty());
    }
}
