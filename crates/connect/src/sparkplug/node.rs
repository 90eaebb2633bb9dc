//! One edge node as a host application knows it. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_plant::Timestamp;
use srad_types::payload::{Metric, Payload, metric};

use super::state::{Ordered, is_control};
use crate::mqtt::decode::Datum;

/// Metrics of one device.
const METRICS_MAX: usize = 100_000;
/// A sequence number this far ahead has overtaken others; farther it is one that comes too late.
const AHEAD_MAX: u8 = 127;

/// An edge node.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Between its birth and its death.
    pub(crate) alive: bool,
    /// Which session of it this is.
    pub(crate) bd_seq: Option<u64>,
    /// Whether something got lost since its birth.
    pub(crate) uncertain: bool,
    asked_at: Option<Timestamp>,
    asks_again: bool,
    /// The node itself (an empty name) and its devices.
    pub(crate) devices: BTreeMap<String, Device>,
    aliases: BTreeMap<u64, (String, String)>,
    next_seq: u8,
    waiting: BTreeMap<u8, Ordered>,
    waiting_since: Option<Timestamp>,
}

/// A device, or the node itself.
#[derive(Debug, Default)]
pub(crate) struct Device {
    /// What it announced.
    pub(crate) metrics: BTreeMap<String, Known>,
    /// Since when it should have been born again.
    missing_since: Option<Timestamp>,
}

/// A metric that was announced.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its datatype.
    pub(crate) datatype: u32,
    /// Its unit.
    pub(crate) unit: String,
    /// What it says about itself.
    pub(crate) description: String,
    /// Its last live values, by what stands behind its name: one, or those of an array or data set.
    pub(crate) last: BTreeMap<String, Datum>,
}

impl Device {
    /// Just born.
    pub(crate) fn alive() -> Self {
        Self::default()
    }

    /// Adds a metric; false when there are too many.
    pub(crate) fn add(&mut self, name: String, known: Known) -> bool {
        self.metrics.insert(name, known);
        self.metrics.len() <= METRICS_MAX
    }

    /// Whether it was not born again in time after its node was.
    pub(crate) fn is_missing(&self, now: Timestamp, timeout: Duration) -> bool {
        self.missing_since.is_some_and(|since| now.since(since) >= timeout)
    }
}

impl Node {
    /// The node after its birth. Devices that it had must be born again soon.
    pub(crate) fn born(self, now: Timestamp, payload: &Payload) -> Self {
        let mut devices = self.devices;
        devices.remove("");
        for device in devices.values_mut() {
            device.missing_since.get_or_insert(now);
        }
        let seq = payload.seq.and_then(|seq| u8::try_from(seq).ok()).unwrap_or(0);
        Self {
            alive: true,
            bd_seq: bd_seq(payload),
            devices,
            next_seq: seq.wrapping_add(1),
            asked_at: self.asked_at,
            ..Self::default()
        }
    }

    /// The node is dead; devices are kept for the caller to mark.
    pub(crate) fn die(&mut self) {
        let (devices, asked_at) = (std::mem::take(&mut self.devices), self.asked_at);
        *self = Self { asked_at, devices, ..Self::default() };
    }

    /// Bytes of what waits.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting.values().map(|message| message.bytes).sum()
    }

    /// Keeps a message until its turn; false when its turn is long over, or it is there already.
    pub(crate) fn hold(&mut self, now: Timestamp, seq: u8, message: Ordered) -> bool {
        let ahead = seq.wrapping_sub(self.next_seq);
        if ahead > AHEAD_MAX || self.waiting.contains_key(&seq) {
            return false;
        }
        if ahead > 0 {
            self.waiting_since.get_or_insert(now);
        }
        self.waiting.insert(seq, message);
        true
    }

    /// The waiting message whose turn it is. When others wait for one that is missing, their time starts anew.
    pub(crate) fn next_in_turn(&mut self, now: Timestamp) -> Option<Ordered> {
        let message = self.waiting.remove(&self.next_seq)?;
        self.next_seq = self.next_seq.wrapping_add(1);
        self.waiting_since = (!self.waiting.is_empty()).then_some(now);
        Some(message)
    }

    /// Goes on with the first message that waits; says how many are left out. None when nothing waits.
    pub(crate) fn skip_missing(&mut self) -> Option<u64> {
        let first = self.waiting.keys().copied().min_by_key(|seq| seq.wrapping_sub(self.next_seq))?;
        let missing = first.wrapping_sub(self.next_seq);
        self.next_seq = first;
        self.uncertain = true;
        Some(missing.into())
    }

    /// Whether something may fall due.
    pub(crate) fn needs_care(&self) -> bool {
        self.waiting_since.is_some() || self.wants_rebirth() || self.devices.values().any(|d| d.missing_since.is_some())
    }

    /// Whether messages have waited too long for one that is missing.
    pub(crate) fn waited(&self, now: Timestamp, timeout: Duration) -> bool {
        self.waiting_since.is_some_and(|since| now.since(since) >= timeout)
    }

    /// Whether a rebirth is still wanted: asked for too early, or asked for in vain while it lives.
    pub(crate) fn wants_rebirth(&self) -> bool {
        self.asks_again || (self.alive && self.uncertain)
    }

    /// Whether a request for rebirth may be sent now; when not, it is remembered.
    pub(crate) fn ask(&mut self, now: Timestamp, interval: Duration) -> bool {
        self.asks_again = self.asked_at.is_some_and(|at| at <= now && now.since(at) < interval);
        if !self.asks_again {
            self.asked_at = Some(now);
        }
        !self.asks_again
    }

    /// Remembers an alias; false when it belongs to another metric.
    pub(crate) fn note_alias(&mut self, alias: Option<u64>, device: &str, name: &str) -> bool {
        let Some(alias) = alias else { return true };
        let owner = (device.to_owned(), name.to_owned());
        *self.aliases.entry(alias).or_insert_with(|| owner.clone()) == owner
    }

    /// Forgets the aliases of a device.
    pub(crate) fn forget_aliases(&mut self, device: &str) {
        self.aliases.retain(|_, (owner, _)| owner != device);
    }

    /// The name of a metric: as written, or behind its alias.
    pub(crate) fn name_of(&self, metric: &Metric, device: &str) -> Option<String> {
        if let Some(name) = metric.name.as_ref().filter(|name| !name.is_empty()) {
            return Some(name.clone());
        }
        let (owner, name) = self.aliases.get(&metric.alias?)?;
        (owner == device).then(|| name.clone())
    }

    /// Takes a metric up that no birth announced, when it brings its name and datatype along: there are libraries whose
    /// births use other names than their data.
    pub(crate) fn adopt(&mut self, device: &str, metric: &Metric) -> Option<String> {
        let name = metric.name.clone().filter(|name| !name.is_empty())?;
        let device = self.devices.get_mut(device).filter(|device| device.missing_since.is_none())?;
        let (unit, description) = (super::metric::unit(metric), super::metric::description(metric));
        let known = Known { datatype: metric.datatype?, unit, description, last: BTreeMap::new() };
        device.add(name.clone(), known).then_some(name)
    }

    /// Whether a birth announced this metric. Controls are known although they are no signals.
    pub(crate) fn knows(&self, device: &str, name: &str) -> bool {
        let born = self.devices.get(device).filter(|device| device.missing_since.is_none());
        born.is_some_and(|born| is_control(name) || born.metrics.contains_key(name))
    }
}

/// The metric `bdSeq` of a birth or death.
pub(crate) fn bd_seq(payload: &Payload) -> Option<u64> {
    let metric = payload.metrics.iter().find(|metric| metric.name.as_deref() == Some("bdSeq"))?;
    match metric.value {
        Some(metric::Value::LongValue(value)) => Some(value),
        Some(metric::Value::IntValue(value)) => Some(value.into()),
        _ => None,
    }
}
