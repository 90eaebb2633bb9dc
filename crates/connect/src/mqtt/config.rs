//! What a person writes about an MQTT connection.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ConfigFault, SecretRef};

/// An MQTT broker to listen to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `mqtt://host[:1883]`, `mqtts://host[:8883]` (TLS), or `embedded` for the broker inside this program.
    pub broker: String,
    /// Topic filters to listen to; `+` and `#` are wildcards. At least one, at most 256.
    pub topics: Vec<String>,
    /// Who we are to the broker.
    #[serde(default)]
    pub access: Access,
    /// The protocol's version.
    #[serde(default)]
    pub version: Version,
    /// The highest quality of service asked for: 0 or 1. With 1 nothing is lost while the link is down, because
    /// the broker keeps what was not yet acknowledged, and it is acknowledged only once it is on disk. Default 1.
    #[serde(default = "one")]
    pub qos: u8,
    /// What to do with retained messages, which may be old. Default `take`.
    #[serde(default)]
    pub retained: Retained,
    /// Seconds without traffic before the link is tested, 5–3600. Default 20.
    #[serde(default = "keep_alive")]
    pub keep_alive_s: u16,
    /// Seconds for which the broker shall keep what it could not deliver (MQTT 5), 60–4294967294. Default 7 days.
    #[serde(default = "session")]
    pub session_expiry_s: u32,
    /// Messages that may be on their way to the disk at once, 1–65535: the window of back-pressure. Default 1000.
    #[serde(default = "window")]
    pub in_flight_max: u16,
    /// The largest message taken, in bytes, 1024–16777216. A larger one is refused and entered as a gap. Default 1 MiB.
    #[serde(default = "packet")]
    pub packet_bytes_max: u32,
}

/// Who we are to a broker, and how we know that it is the right one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// The client identifier; must differ between all clients of a broker and stay the same. Default `gemba-` and
    /// the connection's name.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The user's name.
    #[serde(default)]
    pub user: Option<String>,
    /// Where the password stands.
    #[serde(default)]
    pub password: Option<SecretRef>,
    /// PEM file with the authorities that may have signed the broker's certificate. Default: those of the system.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// PEM file with our own certificate, when the broker asks for one.
    #[serde(default)]
    pub cert_file: Option<PathBuf>,
    /// PEM file with the key of `cert_file`.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
}

/// The version of MQTT that is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Version {
    /// Version 5, and 3.1.1 when the broker does not know it.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// Version 5 only.
    #[serde(rename = "5")]
    V5,
    /// Version 3.1.1 only.
    #[serde(rename = "3.1.1")]
    V311,
}

/// What to do with retained messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retained {
    /// Take them; one without a time of its own is `uncertain`, because nobody knows how old it is.
    #[default]
    Take,
    /// Leave them.
    Skip,
}

/// Topic filters of one connection; more than this belongs into a wildcard.
pub(crate) const TOPICS_MAX: usize = 256;

const fn one() -> u8 {
    1
}

pub(crate) const fn keep_alive() -> u16 {
    20
}

const fn session() -> u32 {
    7 * 24 * 3600
}

pub(crate) const fn window() -> u16 {
    1000
}

pub(crate) const fn packet() -> u32 {
    1 << 20
}

impl Config {
    /// A connection to a broker with the defaults everywhere else.
    pub fn new(broker: impl Into<String>, topics: &[&str]) -> Self {
        Self {
            broker: broker.into(),
            topics: topics.iter().map(ToString::to_string).collect(),
            access: Access::default(),
            version: Version::default(),
            qos: one(),
            retained: Retained::default(),
            keep_alive_s: keep_alive(),
            session_expiry_s: session(),
            in_flight_max: window(),
            packet_bytes_max: packet(),
        }
    }

    /// Everything wrong with it.
    pub fn check(&self) -> Vec<ConfigFault> {
        let mut faults = check_broker(&self.broker);
        faults.extend(self.access.check(&self.broker));
        if self.topics.is_empty() || self.topics.len() > TOPICS_MAX {
            let what = format!("has {} filters", self.topics.len());
            faults.push(ConfigFault::new("topics", what, format!("name 1 to {TOPICS_MAX}, such as [\"plant/#\"]")));
        }
        for (i, topic) in self.topics.iter().enumerate() {
            if mqtt5::validate_topic_filter(topic).is_err() {
                let what = format!("\"{topic}\" is no topic filter");
                faults.push(ConfigFault::new(
                    format!("topics[{i}]"),
                    what,
                    "# only at the end, + only between slashes",
                ));
            }
        }
        if self.qos > 1 {
            faults.push(ConfigFault::new("qos", format!("is {}", self.qos), "write 0 or 1"));
        }
        faults.extend(range("keep_alive_s", self.keep_alive_s.into(), 5, 3600));
        faults.extend(range("session_expiry_s", self.session_expiry_s.into(), 60, u64::from(u32::MAX) - 1));
        faults.extend(range("in_flight_max", self.in_flight_max.into(), 1, 65535));
        faults.extend(range("packet_bytes_max", self.packet_bytes_max.into(), 1024, 1 << 24));
        faults
    }
}

impl Access {
    /// Files that it names, with their fields.
    pub(crate) fn files(&self) -> Vec<(&'static str, &Path)> {
        let named = [
            ("access.ca_file", &self.ca_file),
            ("access.cert_file", &self.cert_file),
            ("access.key_file", &self.key_file),
        ];
        let secret = self.password.as_ref().and_then(SecretRef::file).map(|file| ("access.password", file));
        named.into_iter().filter_map(|(field, file)| Some((field, file.as_deref()?))).chain(secret).collect()
    }

    /// Everything wrong with it, for a broker.
    pub(crate) fn check(&self, broker: &str) -> Vec<ConfigFault> {
        let mut faults: Vec<ConfigFault> =
            self.password.iter().filter_map(|secret| secret.check("access.password")).collect();
        if self.password.is_some() && self.user.is_none() {
            faults.push(ConfigFault::new("access.user", "is missing beside a password", "name the user"));
        }
        if self.cert_file.is_some() != self.key_file.is_some() {
            faults.push(ConfigFault::new("access.cert_file", "and key_file belong together", "name both or none"));
        }
        let tls = self.ca_file.is_some() || self.cert_file.is_some();
        if tls && !broker.starts_with("mqtts://") {
            faults.push(ConfigFault::new("access.ca_file", "is of no use without TLS", "write broker = \"mqtts://…\""));
        }
        let long = self.client_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > 128);
        if long {
            faults.push(ConfigFault::new("access.client_id", "is empty or too long", "write 1 to 128 characters"));
        }
        faults
    }
}

/// The fault of a number outside its range.
pub(crate) fn range(field: &str, value: u64, low: u64, high: u64) -> Option<ConfigFault> {
    let inside = (low..=high).contains(&value);
    (!inside).then(|| ConfigFault::new(field, format!("is {value}"), format!("write {low} to {high}")))
}

/// What is wrong with the address of a broker.
pub(crate) fn check_broker(text: &str) -> Vec<ConfigFault> {
    let cure = "write mqtt://host:1883, mqtts://host:8883 or embedded";
    match Address::read(text) {
        Some(_) => Vec::new(),
        None => vec![ConfigFault::new("broker", format!("\"{text}\" is no address of a broker"), cure)],
    }
}

/// Where a broker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// Inside this program.
    Embedded,
    /// In the network.
    Network {
        /// Name or number.
        host: String,
        /// TCP port.
        port: u16,
        /// Whether TLS is spoken.
        tls: bool,
    },
}

impl Address {
    /// Reads what was written.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text == "embedded" {
            return Some(Self::Embedded);
        }
        let (scheme, rest) = text.split_once("://")?;
        let (tls, default) = match scheme {
            "mqtt" | "tcp" => (false, 1883),
            "mqtts" | "ssl" => (true, 8883),
            _ => return None,
        };
        let (host, port) = crate::HostPort::new(rest.trim_end_matches('/')).split(default)?;
        (!host.contains('/')).then_some(Self::Network { host, port, tls })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_are_read_as_people_write_them() {
        let network = |host: &str, port, tls| Some(Address::Network { host: host.into(), port, tls });
        for (text, want) in [
            ("embedded", Some(Address::Embedded)),
            ("mqtt://plc", network("plc", 1883, false)),
            ("mqtts://10.0.0.1", network("10.0.0.1", 8883, true)),
            ("mqtts://[::1]:99/", network("::1", 99, true)),
            ("http://plc", None),
            ("plc:1883", None),
            ("mqtt://", None),
            ("mqtt://a/b", None),
        ] {
            assert_eq!(Address::read(text), want, "{text}");
        }
    }

    #[test]
    fn all_faults_are_listed_at_once() {
        let mut config = Config::new("plc", &["a/#/b"]);
        config.qos = 2;
        config.in_flight_max = 0;
        config.access.password = serde_json::from_str("\"hunter2\"").ok();
        let fields: Vec<String> = config.check().into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["broker", "access.password", "access.user", "topics[0]", "qos", "in_flight_max"]);
        assert!(Config::new("mqtt://plc", &["plant/#"]).check().is_empty());
    }
}
