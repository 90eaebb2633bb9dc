//! What a person writes about a connection.

use std::path::Path;
use std::sync::Arc;

use gemba_plant::port::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Memory, Probe, Setting, broker, file, influx, modbus, mqtt, opcua, sparkplug};

/// A connection, by its protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "protocol", rename_all = "lowercase")]
pub enum ConnectionConfig {
    /// An MQTT 3.1.1 or 5 broker, or the embedded one.
    Mqtt(mqtt::Config),
    /// Sparkplug B 3.0, as a host application on a broker.
    Sparkplug(sparkplug::Config),
    /// An OPC UA server.
    Opcua(opcua::Config),
    /// A Modbus TCP device.
    Modbus(modbus::Config),
    /// Recorded files, replayed at any speed.
    File(file::Config),
    /// Programs that write InfluxDB line protocol to us.
    Influx(influx::Config),
}

/// Something wrong in a configuration, with the cure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConfigFault {
    /// The field below the connection: `endpoint`, `registers[3].address`.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub cure: String,
}

impl ConfigFault {
    /// A fault of one field.
    pub fn new(field: impl Into<String>, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { field: field.into(), what: what.into(), cure: cure.into() }
    }
}

impl ConnectionConfig {
    /// The protocol's word in configuration and pages.
    pub const fn protocol(&self) -> &'static str {
        match self {
            Self::Mqtt(_) => "mqtt",
            Self::Sparkplug(_) => "sparkplug",
            Self::Opcua(_) => "opcua",
            Self::Modbus(_) => "modbus",
            Self::File(_) => "file",
            Self::Influx(_) => "influx",
        }
    }

    /// Everything wrong with it that can be told without a plant, all at once.
    pub fn check(&self) -> Vec<ConfigFault> {
        match self {
            Self::Mqtt(config) => config.check(),
            Self::Sparkplug(config) => config.check(),
            Self::Opcua(config) => config.check(),
            Self::Modbus(config) => config.check(),
            Self::File(config) => config.check(),
            Self::Influx(_) => Vec::new(),
        }
    }

    /// What is wrong with an address of a signal, as far as it can be told without the device.
    pub fn check_address(&self, address: &str) -> Option<ConfigFault> {
        let wrong = |what: &str, cure: &str| Some(ConfigFault::new("address", what, cure));
        match self {
            Self::Modbus(config) => config.check_address(address),
            Self::Opcua(_) => opcua::check_address(address),
            Self::Mqtt(_) => {
                let topic = address.split_once('#').map_or(address, |(topic, _)| topic);
                let odd = topic.is_empty() || topic.contains('+');
                odd.then_some(())?;
                wrong("is no topic", "write topic or topic#field, such as line-1/pump#motor.current; no wildcards")
            }
            Self::Sparkplug(_) => {
                let parts = address.split('/').filter(|part| !part.is_empty()).count();
                (parts < 3).then_some(())?;
                wrong("is no metric", "write group/edge/metric or group/edge/device/metric")
            }
            Self::Influx(_) => {
                (!address.trim().contains(' ')).then_some(())?;
                wrong("is no field of a series", "write measurement,tag=value field")
            }
            Self::File(_) => None,
        }
    }

    /// Files that it names and cannot do without, with their fields.
    pub fn files(&self) -> Vec<(&'static str, &Path)> {
        match self {
            Self::Opcua(config) => config.files(),
            Self::Mqtt(config) => config.access.files(),
            Self::Sparkplug(config) => config.access.files(),
            Self::Modbus(_) | Self::File(_) | Self::Influx(_) => Vec::new(),
        }
    }

    /// A source that connects by itself on the first [`Source::next`] and comes back for ever.
    ///
    /// # Errors
    /// When the configuration cannot work (see [`ConnectionConfig::check`]) or a secret is missing; never
    /// because a device is away.
    pub fn open(&self, setting: Setting) -> Result<Box<dyn Source>, Error> {
        match self {
            Self::Mqtt(config) => mqtt::open(config, &setting),
            Self::Sparkplug(config) => sparkplug::open(config, &setting),
            Self::Opcua(config) => opcua::open(config, setting),
            Self::Modbus(config) => modbus::open(config, setting),
            Self::File(config) => file::open(config, setting),
            Self::Influx(_) => Ok(influx::open(setting, &influx::Door::default())),
        }
    }

    /// As [`ConnectionConfig::open`], for a connection that may name the embedded broker, or whose writers come through
    /// our own door.
    ///
    /// # Errors
    /// As [`ConnectionConfig::open`]; also when it names the embedded broker and there is none.
    pub fn open_at(
        &self,
        setting: Setting,
        (embedded, door): (Option<&broker::Handle>, &influx::Door),
    ) -> Result<Box<dyn Source>, Error> {
        match self {
            Self::Influx(_) => Ok(influx::open(setting, door)),
            Self::Mqtt(config) => mqtt::open_at(config, &setting, embedded),
            Self::Sparkplug(config) => sparkplug::open_at(config, &setting, embedded),
            _ => self.open(setting),
        }
    }

    /// As [`ConnectionConfig::probe`], for a connection that may name the embedded broker, or whose link is open: what it
    /// knows is where a look begins.
    ///
    /// # Errors
    /// As [`ConnectionConfig::open_at`].
    pub fn probe_at(
        &self,
        pki: &Path,
        (embedded, memory): (Option<&broker::Handle>, &Memory),
    ) -> Result<Arc<dyn Probe>, Error> {
        match self {
            Self::Mqtt(config) => mqtt::probe_at(config, embedded, memory),
            Self::Sparkplug(config) => sparkplug::probe_at(config, embedded, memory),
            Self::Influx(config) => Ok(influx::probe(config, memory)),
            _ => self.probe(pki),
        }
    }

    /// Whether it names the embedded broker: it must run then, before the connection is opened.
    pub fn wants_broker(&self) -> bool {
        match self {
            Self::Mqtt(config) => config.broker == "embedded",
            Self::Sparkplug(config) => config.broker == "embedded",
            _ => false,
        }
    }

    /// Test, browse and read without storing anything. `pki` is the folder of certificates (OPC UA).
    ///
    /// # Errors
    /// As [`ConnectionConfig::open`].
    pub fn probe(&self, pki: &Path) -> Result<Arc<dyn Probe>, Error> {
        match self {
            Self::Mqtt(config) => mqtt::probe(config),
            Self::Sparkplug(config) => sparkplug::probe(config),
            Self::Opcua(config) => opcua::probe(config, pki),
            Self::Modbus(config) => modbus::probe(config),
            Self::File(config) => file::probe(config),
            Self::Influx(config) => Ok(influx::probe(config, &Memory::new())),
        }
    }
}

/// Refuses a configuration with faults, all of them listed.
pub(crate) fn checked(connection: &str, faults: Vec<ConfigFault>) -> Result<(), Error> {
    if faults.is_empty() { Ok(()) } else { Err(Error::Config { connection: connection.into(), faults }) }
}

/// Where a secret stands: `file:/path` or `env:NAME`. The secret itself is never written into a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SecretRef(String);

impl SecretRef {
    /// Whether it is written as it must be; says the cure when not.
    pub fn check(&self, field: &str) -> Option<ConfigFault> {
        let known =
            ["file:", "env:"].iter().any(|prefix| self.0.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()));
        (!known).then(|| {
            ConfigFault::new(field, "is not a reference to a secret", "write \"file:/path/to/secret\" or \"env:NAME\"")
        })
    }

    /// A secret in a file.
    pub(crate) fn in_file(path: &Path) -> Self {
        Self(format!("file:{}", path.display()))
    }

    /// The file that it stands in; none for one of the environment.
    pub fn file(&self) -> Option<&Path> {
        self.0.strip_prefix("file:").filter(|path| !path.is_empty()).map(Path::new)
    }

    /// Reads the secret, without a trailing line break.
    ///
    /// # Errors
    /// When the file or variable is not there. The text names the place, never the secret.
    pub fn read(&self) -> Result<String, Error> {
        let missing = |why: String| Error::Secret { place: self.0.clone(), why };
        if let Some(path) = self.0.strip_prefix("file:") {
            let text = std::fs::read_to_string(path).map_err(|e| missing(e.to_string()))?;
            return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
        }
        if let Some(name) = self.0.strip_prefix("env:") {
            return std::env::var(name).map_err(|e| missing(e.to_string()));
        }
        Err(missing("is neither file: nor env:".into()))
    }
}
