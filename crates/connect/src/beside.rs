//! Files that a configuration names: a relative one stands beside the configuration, wherever the program was started.

use std::path::{Path, PathBuf};

use crate::opcua::Identity;
use crate::{ConnectionConfig, SecretRef, broker, file, mqtt, opcua, sparkplug};

fn there(named: &Path, base: &Path) -> PathBuf {
    // as it was written where that is the same
    if base == Path::new(".") { named.to_owned() } else { base.join(named) }
}

fn text(named: &str, base: &Path) -> String {
    there(Path::new(named), base).display().to_string()
}

fn maybe(named: Option<&PathBuf>, base: &Path) -> Option<PathBuf> {
    named.map(|named| there(named, base))
}

impl SecretRef {
    fn beside(&self, base: &Path) -> Self {
        self.file().map_or_else(|| self.clone(), |named| Self::in_file(&there(named, base)))
    }
}

impl mqtt::Access {
    fn beside(&self, base: &Path) -> Self {
        Self {
            password: self.password.as_ref().map(|secret| secret.beside(base)),
            ca_file: maybe(self.ca_file.as_ref(), base),
            cert_file: maybe(self.cert_file.as_ref(), base),
            key_file: maybe(self.key_file.as_ref(), base),
            ..self.clone()
        }
    }
}

impl Identity {
    fn beside(&self, base: &Path) -> Self {
        match self {
            Self::Anonymous => Self::Anonymous,
            Self::User { user, password } => Self::User { user: user.clone(), password: password.beside(base) },
            Self::Certificate { certificate, private_key } => {
                Self::Certificate { certificate: text(certificate, base), private_key: text(private_key, base) }
            }
        }
    }
}

impl ConnectionConfig {
    /// The same with every file where it is, seen from anywhere: a relative name stands for a file in `base`, the folder of
    /// the configuration.
    #[must_use]
    pub fn beside(&self, base: &Path) -> Self {
        match self {
            Self::Mqtt(c) => Self::Mqtt(mqtt::Config { access: c.access.beside(base), ..c.clone() }),
            Self::Sparkplug(c) => Self::Sparkplug(sparkplug::Config { access: c.access.beside(base), ..c.clone() }),
            Self::Opcua(c) => Self::Opcua(opcua::Config { identity: c.identity.beside(base), ..c.clone() }),
            Self::File(c) => {
                let paths = c.paths.iter().map(|path| text(path, base)).collect();
                Self::File(file::Config { paths, ..c.clone() })
            }
            Self::Modbus(_) | Self::Influx(_) => self.clone(),
        }
    }
}

impl broker::Config {
    /// As [`ConnectionConfig::beside`].
    #[must_use]
    pub fn beside(&self, base: &Path) -> Self {
        let tls = self.tls.as_ref().map(|tls| broker::Tls {
            cert_file: there(&tls.cert_file, base),
            key_file: there(&tls.key_file, base),
            client_ca_file: maybe(tls.client_ca_file.as_ref(), base),
        });
        let user = |user: &broker::User| broker::User { password: user.password.beside(base), ..user.clone() };
        Self { tls, users: self.users.iter().map(user).collect(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn beside(config: Value, base: &str) -> Value {
        let config: ConnectionConfig = serde_json::from_value(config).unwrap();
        serde_json::to_value(config.beside(Path::new(base))).unwrap()
    }

    #[test]
    fn a_relative_file_stands_beside_the_configuration() {
        let access = json!({ "password": "file:pw", "ca_file": "ca.pem", "key_file": "/etc/key.pem" });
        let mqtt = json!({ "protocol": "mqtt", "broker": "mqtts://b", "topics": ["#"], "access": access });
        let found = beside(mqtt.clone(), "/etc/gemba");
        let named = ["password", "ca_file", "key_file"].map(|key| found["access"][key].clone());
        assert_eq!(named, ["file:/etc/gemba/pw", "/etc/gemba/ca.pem", "/etc/key.pem"]);
        assert_eq!(beside(mqtt, ".")["access"]["password"], "file:pw", "as it was written");
        let file = json!({ "protocol": "file", "paths": ["rig/*.csv", "/data/a.csv"] });
        assert_eq!(beside(file, "/etc/gemba")["paths"], json!(["/etc/gemba/rig/*.csv", "/data/a.csv"]));
        let user = json!({ "kind": "user", "user": "u", "password": "env:PW" });
        let ua = json!({ "protocol": "opcua", "endpoint": "opc.tcp://a", "identity": user });
        assert_eq!(beside(ua, "/etc/gemba")["identity"]["password"], "env:PW");
    }
}
