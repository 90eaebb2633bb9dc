//! What a person writes about a Modbus TCP device.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::{Address, Order};
use crate::{ConfigFault, HostPort};

/// The port that Modbus TCP devices listen on.
pub(super) const PORT: u16 = 502;
/// The most registers that one request may ask for (Modbus application protocol V1.1b3 §6.3).
pub(super) const REGISTERS_MAX: u16 = 125;
/// The most coils or discrete inputs that one request may ask for (V1.1b3 §6.1).
pub(super) const BITS_MAX: u16 = 2000;

/// A Modbus TCP device, polled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Host and port of the device or gateway; port 502 when none is written.
    pub address: HostPort,
    /// Unit identifier (slave address) behind the gateway, 0–255. Default 1.
    #[serde(default = "one")]
    pub unit_id: u8,
    /// Time from one poll to the next, in ms, 10–86 400 000. Default 1000.
    #[serde(default = "second")]
    pub poll_interval_ms: u64,
    /// How long to wait for one reply, in ms, 10–60 000. Default 1000.
    #[serde(default = "second")]
    pub timeout_ms: u64,
    /// Pause between two requests, in ms, 0–10 000: fragile controllers want some. Default 0.
    #[serde(default)]
    pub pause_ms: u64,
    /// Whether the numbers in addresses start at zero (as on the wire) or at one (as in many manuals). Default true.
    #[serde(default = "yes")]
    pub zero_based: bool,
    /// The order of bytes in values of 32 and 64 bits where an address names none. Default `abcd`.
    #[serde(default)]
    pub order: Order,
    /// The most registers in one request, 1–125: some devices answer fewer than the standard allows. Default 125.
    #[serde(default = "registers_max")]
    pub max_block: u16,
    /// The most unneeded registers that are read along to save a request, 0–125. Default 8.
    #[serde(default = "gap")]
    pub max_gap: u16,
    /// What the device holds, from its manual: listed by browse, so that it can be ticked.
    #[serde(default)]
    pub registers: Vec<Register>,
}

/// A line of the device's register list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Where it is: `holding:100:f32:scale=0.1:order=cdab`.
    pub address: String,
    /// What the manual calls it.
    #[serde(default)]
    pub name: String,
    /// UCUM unit; empty when not known.
    #[serde(default)]
    pub unit: String,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
    /// A proposal for its place in the namespace.
    #[serde(default)]
    pub path: String,
}

const fn one() -> u8 {
    1
}
const fn second() -> u64 {
    1000
}
const fn yes() -> bool {
    true
}
const fn registers_max() -> u16 {
    REGISTERS_MAX
}
const fn gap() -> u16 {
    8
}

impl Config {
    /// A device with everything else as usual.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: HostPort::new(address),
            unit_id: one(),
            poll_interval_ms: second(),
            timeout_ms: second(),
            pause_ms: 0,
            zero_based: true,
            order: Order::default(),
            max_block: REGISTERS_MAX,
            max_gap: gap(),
            registers: Vec::new(),
        }
    }

    /// Everything wrong with it that can be told without a device.
    pub fn check(&self) -> Vec<ConfigFault> {
        let mut faults: Vec<ConfigFault> = self.address.check("address", PORT).into_iter().collect();
        for (field, value, low, high) in [
            ("poll_interval_ms", self.poll_interval_ms, 10, 86_400_000),
            ("timeout_ms", self.timeout_ms, 10, 60_000),
            ("pause_ms", self.pause_ms, 0, 10_000),
            ("max_block", self.max_block.into(), 1, REGISTERS_MAX.into()),
            ("max_gap", self.max_gap.into(), 0, REGISTERS_MAX.into()),
        ] {
            if !(low..=high).contains(&value) {
                faults.push(ConfigFault::new(field, format!("is {value}"), format!("write {low} to {high}")));
            }
        }
        for (i, register) in self.registers.iter().enumerate() {
            if let Err(error) = self.parse(&register.address) {
                let cure = "write it like holding:100:f32:scale=0.1:order=cdab";
                faults.push(ConfigFault::new(format!("registers[{i}].address"), error.to_string(), cure));
            }
        }
        faults
    }

    /// What is wrong with an address of a signal.
    pub(crate) fn check_address(&self, address: &str) -> Option<ConfigFault> {
        let why = match self.parse(address) {
            Ok(_) => return None,
            Err(crate::Error::Address { why, .. }) => why,
            Err(other) => other.to_string(),
        };
        Some(ConfigFault::new("address", why, "write it like holding:100:f32:scale=0.1:order=cdab"))
    }

    /// Reads an address by the rules of this device.
    pub(super) fn parse(&self, text: &str) -> Result<Address, crate::Error> {
        Address::parse(text, self.zero_based, self.order)
    }
}
