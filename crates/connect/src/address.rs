//! Host and port as a person writes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ConfigFault;

/// `host:port`, `host` with the protocol's own port, or `[v6]:port`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct HostPort(String);

impl HostPort {
    /// Wraps what was written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Host and port; the port is `default` when none is written. None when it cannot be read.
    pub fn split(&self, default: u16) -> Option<(String, u16)> {
        let text = self.0.trim();
        if let Some(rest) = text.strip_prefix('[') {
            let (host, tail) = rest.split_once(']')?;
            let port = if tail.is_empty() { default } else { tail.strip_prefix(':')?.parse().ok()? };
            return (!host.is_empty()).then(|| (host.to_owned(), port));
        }
        match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && !host.contains(':') => {
                Some((host.to_owned(), port.parse().ok()?))
            }
            None if !text.is_empty() => Some((text.to_owned(), default)),
            _ => None,
        }
    }

    /// The fault, if it cannot be read.
    pub fn check(&self, field: &str, default: u16) -> Option<ConfigFault> {
        let readable = self.split(default).is_some();
        (!readable).then(|| {
            ConfigFault::new(
                field,
                format!("\"{}\" is no host and port", self.0),
                format!("write it like 192.168.0.10:{default}"),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_as_people_write_them() {
        for (text, want) in [
            ("plc", Some(("plc", 502))),
            ("10.0.0.1:1502", Some(("10.0.0.1", 1502))),
            ("[::1]:99", Some(("::1", 99))),
            ("[::1]", Some(("::1", 502))),
            ("", None),
            ("plc:", None),
            ("plc:70000", None),
            (":502", None),
        ] {
            let got = HostPort::new(text).split(502);
            assert_eq!(got, want.map(|(h, p)| (h.to_owned(), p)), "{text}");
        }
    }
}
