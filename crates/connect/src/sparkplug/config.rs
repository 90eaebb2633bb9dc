//! What a person writes about a Sparkplug connection.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ConfigFault;
use crate::mqtt::{Access, Version, config};

/// A broker on which Sparkplug B edge nodes publish; we are a host application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `mqtt://host[:1883]`, `mqtts://host[:8883]` (TLS), or `embedded` for the broker inside this program.
    pub broker: String,
    /// Our name as host application, in `spBv1.0/STATE/<host_id>`: one program, one name, the same for ever.
    /// Without `+`, `#` and `/`. Default `gemba`.
    #[serde(default = "host")]
    pub host_id: String,
    /// Sparkplug groups to listen to; empty: all. At most 64.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Who we are to the broker.
    #[serde(default)]
    pub access: Access,
    /// The protocol's version.
    #[serde(default)]
    pub version: Version,
    /// Whether to publish `STATE`, so that edge nodes with us as primary host store while we are away. Default yes.
    #[serde(default = "yes")]
    pub state: bool,
    /// How long a message may overtake its predecessors before a rebirth is asked for, in ms, 100–60000. Default 2000.
    #[serde(default = "reorder")]
    pub reorder_timeout_ms: u32,
    /// The shortest time between two rebirth requests to the same edge node, in ms, 1000–3600000. Default 10000.
    #[serde(default = "rebirth")]
    pub rebirth_interval_ms: u32,
    /// Seconds without traffic before the link is tested, 5–3600. Default 20.
    #[serde(default = "config::keep_alive")]
    pub keep_alive_s: u16,
    /// Messages that may be on their way to the disk at once, 1–65535: the window of back-pressure. Default 1000.
    #[serde(default = "config::window")]
    pub in_flight_max: u16,
    /// The largest message taken, in bytes, 1024–16777216. Default 1 MiB.
    #[serde(default = "config::packet")]
    pub packet_bytes_max: u32,
}

/// Sparkplug groups of one connection; more than this belongs into "all".
const GROUPS_MAX: usize = 64;

fn host() -> String {
    "gemba".into()
}

const fn yes() -> bool {
    true
}

const fn reorder() -> u32 {
    2000
}

const fn rebirth() -> u32 {
    10_000
}

impl Config {
    /// A connection to a broker with the defaults everywhere else.
    pub fn new(broker: impl Into<String>) -> Self {
        Self {
            broker: broker.into(),
            host_id: host(),
            groups: Vec::new(),
            access: Access::default(),
            version: Version::default(),
            state: true,
            reorder_timeout_ms: reorder(),
            rebirth_interval_ms: rebirth(),
            keep_alive_s: config::keep_alive(),
            in_flight_max: config::window(),
            packet_bytes_max: config::packet(),
        }
    }

    /// Everything wrong with it.
    pub fn check(&self) -> Vec<ConfigFault> {
        let mut faults = config::check_broker(&self.broker);
        faults.extend(self.access.check(&self.broker));
        if !is_id(&self.host_id) {
            faults.push(ConfigFault::new("host_id", "is no Sparkplug id", "write a name without + # and /"));
        }
        if self.groups.len() > GROUPS_MAX {
            let what = format!("has {} groups", self.groups.len());
            faults.push(ConfigFault::new("groups", what, format!("name at most {GROUPS_MAX}, or none for all")));
        }
        for (i, group) in self.groups.iter().enumerate() {
            if !is_id(group) {
                faults.push(ConfigFault::new(
                    format!("groups[{i}]"),
                    "is no Sparkplug id",
                    "write it without + # and /",
                ));
            }
        }
        faults.extend(config::range("reorder_timeout_ms", self.reorder_timeout_ms.into(), 100, 60_000));
        faults.extend(config::range("rebirth_interval_ms", self.rebirth_interval_ms.into(), 1000, 3_600_000));
        faults.extend(config::range("keep_alive_s", self.keep_alive_s.into(), 5, 3600));
        faults.extend(config::range("in_flight_max", self.in_flight_max.into(), 1, 65535));
        faults.extend(config::range("packet_bytes_max", self.packet_bytes_max.into(), 1024, 1 << 24));
        faults
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && !text.contains(['+', '#', '/'])
}
