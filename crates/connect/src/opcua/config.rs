//! What a person writes about an OPC UA server.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ConfigFault, SecretRef};

/// An OPC UA server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it is: `opc.tcp://plc.local:4840/path`.
    pub endpoint: String,
    /// Security policy. Default `best`: the strongest that the server offers.
    #[serde(default)]
    pub security: Security,
    /// Whether messages are only signed or encrypted too. Default `sign_and_encrypt`.
    #[serde(default)]
    pub mode: Mode,
    /// Whether this one endpoint may be used without security or with an outdated policy. Default false.
    #[serde(default)]
    pub insecure: bool,
    /// Who we are. Default anonymous.
    #[serde(default)]
    pub identity: Identity,
    /// How often the server sends what has changed, in ms, 10–3 600 000. Default 500.
    #[serde(default = "half")]
    pub publishing_interval_ms: u64,
    /// How often the server looks at each value, in ms, 0–3 600 000 (0 = as fast as it can). Default 500.
    #[serde(default = "half")]
    pub sampling_interval_ms: u64,
    /// How many values of a signal the server keeps between two messages, 1–100 000. Default 10.
    #[serde(default = "queue")]
    pub queue_size: u32,
    /// Changes that are too small to be sent. Default: none are.
    #[serde(default)]
    pub deadband: Option<Deadband>,
    /// What makes the server send a value. Default `value`: a changed value or status.
    #[serde(default)]
    pub trigger: Trigger,
    /// How long to wait for one answer, in ms, 100–60 000. Default 5000.
    #[serde(default = "five")]
    pub timeout_ms: u64,
    /// The most operations in one request where the server does not tell its limit, 1–10 000. Default 500.
    #[serde(default = "batch")]
    pub max_per_request: u32,
    /// Arrays that are blocks of fast samples, and how fast those are.
    #[serde(default)]
    pub waveforms: Vec<Wave>,
}

/// A security policy (OPC 10000-7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Security {
    /// The strongest that the server offers.
    #[default]
    #[serde(rename = "best")]
    Best,
    /// Aes256_Sha256_RsaPss.
    #[serde(rename = "aes256_sha256_rsapss")]
    Aes256Sha256RsaPss,
    /// Aes128_Sha256_RsaOaep.
    #[serde(rename = "aes128_sha256_rsaoaep")]
    Aes128Sha256RsaOaep,
    /// Basic256Sha256.
    #[serde(rename = "basic256sha256")]
    Basic256Sha256,
    /// Basic256: outdated, needs `insecure`.
    #[serde(rename = "basic256")]
    Basic256,
    /// Basic128Rsa15: outdated, needs `insecure`.
    #[serde(rename = "basic128rsa15")]
    Basic128Rsa15,
    /// No security, needs `insecure`.
    #[serde(rename = "none")]
    None,
}

/// What is done with messages under a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Signed: nobody can change them.
    Sign,
    /// Signed and encrypted: nobody can read them either.
    #[default]
    SignAndEncrypt,
}

/// Who we are to the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Identity {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// A user with a password.
    User {
        /// The user's name.
        user: String,
        /// Where the password stands.
        password: SecretRef,
    },
    /// A user with a certificate.
    Certificate {
        /// The certificate's file, DER or PEM.
        certificate: String,
        /// The private key's file, PEM.
        private_key: String,
    },
}

/// What makes the server send a value (OPC 10000-4 §7.22.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A changed value or status: a value that stays is sent once.
    #[default]
    Value,
    /// A new source time as well: every measurement, also of a value that stays.
    Timestamp,
}

/// Changes that are too small to be sent (OPC 10000-4 §7.22.2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deadband {
    /// In the signal's unit, ≥ 0.
    Absolute(f64),
    /// In % of the signal's EURange, 0–100.
    Percent(f64),
}

/// An array that is a block of fast samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// The array's node: `ns=2;s=Pump1.Vibration`.
    pub address: String,
    /// Samples per second, > 0, when it is fixed.
    #[serde(default)]
    pub rate_hz: Option<f64>,
    /// The node that holds the samples per second, when it is not.
    #[serde(default)]
    pub rate_address: Option<String>,
}

const fn half() -> u64 {
    500
}
const fn five() -> u64 {
    5000
}
const fn queue() -> u32 {
    10
}
const fn batch() -> u32 {
    500
}

impl Config {
    /// A server with everything else as usual.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            security: Security::Best,
            mode: Mode::SignAndEncrypt,
            insecure: false,
            identity: Identity::Anonymous,
            publishing_interval_ms: half(),
            sampling_interval_ms: half(),
            queue_size: queue(),
            deadband: None,
            trigger: Trigger::Value,
            timeout_ms: five(),
            max_per_request: batch(),
            waveforms: Vec::new(),
        }
    }

    /// Files that it names, with their fields.
    pub fn files(&self) -> Vec<(&'static str, &Path)> {
        match &self.identity {
            Identity::Certificate { certificate, private_key } => {
                vec![("identity.certificate", Path::new(certificate)), ("identity.private_key", Path::new(private_key))]
            }
            Identity::User { password, .. } => {
                password.file().map(|file| ("identity.password", file)).into_iter().collect()
            }
            Identity::Anonymous => Vec::new(),
        }
    }

    /// Everything wrong with it that can be told without a server.
    pub fn check(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        if !self.endpoint.starts_with("opc.tcp://") || self.endpoint.len() < 11 {
            faults.push(ConfigFault::new(
                "endpoint",
                format!("\"{}\" is no OPC UA endpoint", self.endpoint),
                match self.endpoint.split_once("://").map_or(self.endpoint.as_str(), |(_, rest)| rest) {
                    "" => "write it like opc.tcp://192.168.0.10:4840".to_owned(),
                    rest => format!("write it like opc.tcp://{rest}"),
                },
            ));
        }
        let outdated = matches!(self.security, Security::None | Security::Basic128Rsa15 | Security::Basic256);
        if outdated && !self.insecure {
            faults.push(ConfigFault::new(
                "security",
                "protects nobody any more",
                "leave it out, or write insecure = true beside it",
            ));
        }
        for (field, value, low, high) in [
            ("publishing_interval_ms", self.publishing_interval_ms, 10, 3_600_000),
            ("sampling_interval_ms", self.sampling_interval_ms, 0, 3_600_000),
            ("queue_size", self.queue_size.into(), 1, 100_000),
            ("timeout_ms", self.timeout_ms, 100, 60_000),
            ("max_per_request", self.max_per_request.into(), 1, 10_000),
        ] {
            if !(low..=high).contains(&value) {
                faults.push(ConfigFault::new(field, format!("is {value}"), format!("write {low} to {high}")));
            }
        }
        if let Identity::User { password, .. } = &self.identity {
            faults.extend(password.check("identity.password"));
        }
        for (index, wave) in self.waveforms.iter().enumerate() {
            if let Some(rate) = wave.rate_hz.filter(|rate| !(rate.is_finite() && *rate > 0.0)) {
                let (field, cure) = (format!("waveforms[{index}].rate_hz"), "write samples per second above 0");
                faults.push(ConfigFault::new(field, format!("is {rate}"), cure));
            }
            let named = [("address", Some(&wave.address)), ("rate_address", wave.rate_address.as_ref())];
            for (field, address) in named.iter().filter_map(|(field, address)| Some((field, (*address)?))) {
                faults.extend(super::check_address(address).map(|fault| {
                    let what = format!("\"{address}\" {}", fault.what);
                    ConfigFault::new(format!("waveforms[{index}].{field}"), what, fault.cure)
                }));
            }
        }
        faults
    }
}
