//! What a host application knows about edge nodes, as a pure machine: message and time in, effects out.
//!
//! Rules of the specification (3.0, chapters 5 and 6) are tests of `state_tests.rs`, one each.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_plant::{Quality, Timestamp};
use srad_types::payload::{Message as _, Metric, Payload};

use super::away::Away;
use super::many::When;
use super::metric;
use super::node::{Device, Known, Node};
use super::topic::{Kind, Topic};
use crate::mqtt::decode::Datum;

/// Edge nodes known at once.
const NODES_MAX: usize = 10_000;
/// Bytes of messages that wait for their predecessors, over all nodes; beyond it nobody waits any more.
const WAITING_BYTES_MAX: usize = 16 << 20;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// A value.
    Value(Value),
    /// Ask this edge node (group, name) for a rebirth.
    Rebirth(String, String),
    /// Say once more that we are online.
    SayOnline,
    /// Something could not be read: what and why.
    Reject(String, String),
    /// Values of a metric beyond what is taken from one.
    LeftOut(String, u64),
    /// Messages of an edge node that never came.
    Lost(String, u64),
    /// An edge node or device is dead: its place, and since when.
    Gone(String, Timestamp),
    /// It was born again: its place, and since when it was dead.
    Back(String, Timestamp),
}

/// A value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    /// `group/edge[/device]/metric`.
    pub(crate) address: String,
    /// The value.
    pub(crate) datum: Datum,
    /// Source time; none when it has none that can be believed.
    pub(crate) time: Option<Timestamp>,
    /// Whether the device kept it while it could not deliver.
    pub(crate) historical: bool,
    /// The quality.
    pub(crate) quality: Quality,
    /// The code behind it, as sent.
    pub(crate) status: u32,
    /// Its unit, when a birth told it.
    pub(crate) unit: String,
    /// What a birth said about it.
    pub(crate) description: String,
}

/// How patient a host is.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// Our own id.
    pub(crate) host_id: String,
    /// How long a message waits for its predecessors.
    pub(crate) reorder_timeout: Duration,
    /// The shortest time between two requests for rebirth to one node.
    pub(crate) rebirth_interval: Duration,
}

/// A message that must come in order.
#[derive(Clone, Debug)]
pub(crate) struct Ordered {
    pub(crate) kind: Kind,
    /// Empty for the node itself.
    pub(crate) device: String,
    pub(crate) payload: Payload,
    pub(crate) bytes: usize,
}

/// Why data before a birth is rejected.
pub(crate) const UNBORN: &str = "before its birth";
/// Why a metric is rejected that its birth did not name.
pub(crate) const UNANNOUNCED: &str = "no birth announced it";
/// Why a metric is rejected that is none of numbers and texts.
pub(crate) const NO_VALUE: &str = "bytes, files and templates are no values";

/// All edge nodes that were heard of.
#[derive(Debug)]
pub(crate) struct Host {
    rules: Rules,
    nodes: BTreeMap<(String, String), Node>,
    away: Away,
    waiting_bytes: usize,
}

impl Host {
    /// Knows nobody.
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, nodes: BTreeMap::new(), away: Away::default(), waiting_bytes: 0 }
    }

    /// A message came.
    pub(crate) fn message(&mut self, now: Timestamp, topic: &str, bytes: &[u8]) -> Vec<Effect> {
        let mut out = Vec::new();
        match Topic::read(topic) {
            Ok(Topic::Message { kind, group, edge, device }) => match Payload::decode(bytes) {
                Ok(payload) => {
                    let device = device.unwrap_or_default().to_owned();
                    let message = Ordered { kind, device, payload, bytes: bytes.len() };
                    self.sort(now, (group, edge), message, &mut out);
                }
                Err(error) => {
                    out.push(Effect::Reject(topic.into(), error.to_string()));
                    if !matches!(kind, Kind::NDeath) {
                        self.want_rebirth(now, (group, edge), &mut out);
                    }
                }
            },
            Ok(Topic::State(host)) if host == self.rules.host_id && says_offline(bytes) => out.push(Effect::SayOnline),
            Ok(Topic::State(_) | Topic::Command) => {}
            Err(why) => out.push(Effect::Reject(topic.into(), why.into())),
        }
        out
    }

    /// Time passes: gives up waiting for messages, and for devices that a new birth of their node did not bring back.
    pub(crate) fn tick(&mut self, now: Timestamp) -> Vec<Effect> {
        let mut out = Vec::new();
        let timeout = self.rules.reorder_timeout;
        let keys: Vec<(String, String)> =
            self.nodes.iter().filter(|(_, node)| node.needs_care()).map(|(key, _)| key.clone()).collect();
        for key in keys {
            if self.nodes.get(&key).is_some_and(|node| node.waited(now, timeout)) {
                self.give_up(now, &key, &mut out);
            }
            let Some(node) = self.nodes.get_mut(&key) else { continue };
            for name in stale_devices(&key, node, |device| device.is_missing(now, timeout), now, &mut out) {
                self.away.gone(place(&key, &name), now, &mut out);
            }
            if node.wants_rebirth() {
                self.want_rebirth(now, (&key.0, &key.1), &mut out);
            }
        }
        out
    }

    /// The link to the broker is lost: nothing that we know is certain any more. Values are marked by the caller.
    pub(crate) fn lose(&mut self) {
        self.nodes.clear();
        self.waiting_bytes = 0;
    }

    fn sort(&mut self, now: Timestamp, id: (&str, &str), message: Ordered, out: &mut Vec<Effect>) {
        match message.kind {
            Kind::NBirth => self.node_birth(now, id, &message.payload, out),
            Kind::NDeath => self.node_death(now, id, &message.payload, out),
            _ => self.ordered(now, id, message, out),
        }
    }

    fn node_birth(&mut self, now: Timestamp, id: (&str, &str), payload: &Payload, out: &mut Vec<Effect>) {
        let key = owned(id);
        let name = place(&key, "");
        if self.nodes.len() >= NODES_MAX && !self.nodes.contains_key(&key) {
            out.push(Effect::Reject(name, format!("more than {NODES_MAX} edge nodes")));
            return;
        }
        let before = self.nodes.remove(&key).unwrap_or_default();
        self.waiting_bytes = self.waiting_bytes.saturating_sub(before.waiting_bytes());
        self.away.born(&name, out);
        let mut node = before.born(now, payload);
        if node.bd_seq.is_none() {
            out.push(Effect::Reject(name, "a birth without bdSeq".into()));
        }
        let device = birth(&key, "", &mut node, payload, out);
        node.devices.insert(String::new(), device);
        self.nodes.insert(key, node);
    }

    fn node_death(&mut self, now: Timestamp, id: (&str, &str), payload: &Payload, out: &mut Vec<Effect>) {
        let key = owned(id);
        let Some(node) = self.nodes.get_mut(&key) else { return };
        if super::node::bd_seq(payload) != node.bd_seq {
            return; // the will of an earlier session
        }
        self.waiting_bytes = self.waiting_bytes.saturating_sub(node.waiting_bytes());
        let lived = node.alive;
        node.die();
        stale_devices(&key, node, |_| true, now, out);
        node.devices.clear();
        if lived {
            self.away.gone(place(&key, ""), now, out);
        }
    }

    /// A message with a sequence number: now, or when its predecessors have come.
    fn ordered(&mut self, now: Timestamp, id: (&str, &str), message: Ordered, out: &mut Vec<Effect>) {
        let key = owned(id);
        let alive = self.nodes.get_mut(&key).filter(|node| node.alive);
        let Some((node, seq)) = alive.zip(message.payload.seq.and_then(|seq| u8::try_from(seq).ok())) else {
            let why = if message.payload.seq.is_some_and(|seq| seq < 256) { UNBORN } else { "without a seq" };
            out.push(Effect::Reject(place(&key, &message.device), why.into()));
            self.want_rebirth(now, id, out);
            return;
        };
        let bytes = message.bytes;
        if node.hold(now, seq, message) {
            self.waiting_bytes += bytes;
        }
        self.release(now, &key, out);
        if self.waiting_bytes > WAITING_BYTES_MAX {
            self.give_up(now, &key, out);
        }
    }

    /// Takes every waiting message whose turn it is.
    fn release(&mut self, now: Timestamp, key: &(String, String), out: &mut Vec<Effect>) {
        while let Some(message) = self.nodes.get_mut(key).and_then(|node| node.next_in_turn(now)) {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(message.bytes);
            self.take(now, key, &message, out);
        }
    }

    /// What is missing will not come: takes what waited, as uncertain, and asks for a rebirth.
    fn give_up(&mut self, now: Timestamp, key: &(String, String), out: &mut Vec<Effect>) {
        while let Some(missing) = self.nodes.get_mut(key).and_then(Node::skip_missing) {
            out.push(Effect::Lost(place(key, ""), missing));
            self.release(now, key, out);
            self.want_rebirth(now, (&key.0, &key.1), out);
        }
    }

    /// A message in its turn.
    fn take(&mut self, now: Timestamp, key: &(String, String), message: &Ordered, out: &mut Vec<Effect>) {
        let Some(node) = self.nodes.get_mut(key) else { return };
        let device = &message.device;
        let known = match message.kind {
            Kind::DBirth => {
                node.forget_aliases(device);
                let born = birth(key, device, node, &message.payload, out);
                node.devices.insert(device.clone(), born);
                self.away.born(&place(key, device), out);
                true
            }
            Kind::DDeath => {
                let at = message.payload.timestamp.and_then(metric::millis).unwrap_or(now);
                if stale_device((key, device), node, at, out) {
                    self.away.gone(place(key, device), at, out);
                }
                true
            }
            _ => data(key, device, node, &message.payload, out),
        };
        if !known {
            self.want_rebirth(now, (&key.0, &key.1), out);
        }
    }

    /// Asks for a rebirth, but not too often; what is too early is asked later, by [`Host::tick`].
    fn want_rebirth(&mut self, now: Timestamp, id: (&str, &str), out: &mut Vec<Effect>) {
        if self.nodes.len() >= NODES_MAX && !self.nodes.contains_key(&owned(id)) {
            return;
        }
        let interval = self.rules.rebirth_interval;
        if self.nodes.entry(owned(id)).or_default().ask(now, interval) {
            out.push(Effect::Rebirth(id.0.into(), id.1.into()));
        }
    }
}

fn owned((group, edge): (&str, &str)) -> (String, String) {
    (group.to_owned(), edge.to_owned())
}

/// `group/edge[/device]`.
fn place((group, edge): &(String, String), device: &str) -> String {
    if device.is_empty() { format!("{group}/{edge}") } else { format!("{group}/{edge}/{device}") }
}

fn says_offline(bytes: &[u8]) -> bool {
    let state = serde_json::from_slice::<serde_json::Value>(bytes).ok();
    state.and_then(|state| state.get("online")?.as_bool()) == Some(false)
}

/// Metrics that speak about the node and not about the plant.
pub(crate) fn is_control(name: &str) -> bool {
    name == "bdSeq" || name.starts_with("Node Control/") || name.starts_with("Device Control/")
}

/// Reads a birth: the metrics, their aliases, their values.
fn birth(key: &(String, String), device: &str, node: &mut Node, payload: &Payload, out: &mut Vec<Effect>) -> Device {
    let mut born = Device::alive();
    let at = place(key, device);
    for metric in &payload.metrics {
        let Some(name) = metric.name.clone().filter(|name| !name.is_empty()) else {
            out.push(Effect::Reject(at.clone(), "a metric without a name in a birth".into()));
            continue;
        };
        if !node.note_alias(metric.alias, device, &name) {
            out.push(Effect::Reject(format!("{at}/{name}"), "its alias belongs to another metric".into()));
        }
        if is_control(&name) {
            continue;
        }
        let known = Known {
            datatype: metric.datatype.unwrap_or(0),
            unit: metric::unit(metric),
            description: metric::description(metric),
            last: BTreeMap::new(),
        };
        if !born.add(name.clone(), known) {
            out.push(Effect::Reject(at.clone(), "too many metrics".into()));
            break;
        }
        value(&at, &name, (metric, payload), (&mut born, node.uncertain), out);
    }
    born
}

/// Reads data. False when it names what no birth announced; that is taken if it says itself what it is.
fn data(key: &(String, String), device: &str, node: &mut Node, payload: &Payload, out: &mut Vec<Effect>) -> bool {
    let at = place(key, device);
    let mut all_known = true;
    for metric in &payload.metrics {
        let known = node.name_of(metric, device).filter(|name| node.knows(device, name));
        all_known &= known.is_some();
        let Some(name) = known.or_else(|| node.adopt(device, metric)) else {
            let what = metric.name.clone().unwrap_or_else(|| format!("alias {:?}", metric.alias));
            out.push(Effect::Reject(format!("{at}/{what}"), UNANNOUNCED.into()));
            continue;
        };
        let uncertain = node.uncertain;
        if let Some(device) = node.devices.get_mut(device).filter(|_| !is_control(&name)) {
            value(&at, &name, (metric, payload), (device, uncertain), out);
        }
    }
    all_known
}

/// The values of a metric that is known.
fn value(
    at: &str,
    name: &str,
    (metric, payload): (&Metric, &Payload),
    (device, uncertain): (&mut Device, bool),
    out: &mut Vec<Effect>,
) {
    let Some(known) = device.metrics.get_mut(name) else { return };
    if metric.is_transient == Some(true) {
        return;
    }
    let address = format!("{at}/{name}");
    let parts = match metric::parts(metric, known.datatype) {
        Ok(Some(parts)) => parts,
        Ok(None) => return out.push(Effect::Reject(address, NO_VALUE.into())),
        Err(why) => return out.push(Effect::Reject(address, why)),
    };
    let (sent, status) = metric::quality(metric);
    let quality = if uncertain { sent.max(Quality::Uncertain) } else { sent };
    let of_all = metric::time(metric, payload.timestamp);
    let historical = metric.is_historical == Some(true);
    if !historical {
        // what is missing from a shorter array is as old as it was
        let live = parts.all.iter().filter(|part| !matches!(part.datum, Datum::Wave(..)));
        known.last.extend(live.map(|part| (part.suffix.clone(), part.datum.clone())));
    }
    for part in parts.all {
        out.push(Effect::Value(Value {
            address: format!("{address}{}", part.suffix),
            datum: part.datum,
            time: match part.time {
                When::OfMetric => of_all,
                When::At(time) => Some(time),
                When::Odd => None,
            },
            historical,
            quality,
            status,
            unit: known.unit.clone(),
            description: known.description.clone(),
        }));
    }
    if parts.left_out > 0 {
        out.push(Effect::LeftOut(address, parts.left_out));
    }
}

/// Marks the devices that `which` picks stale at a time, and says which; they are dead from now on.
fn stale_devices(
    key: &(String, String),
    node: &mut Node,
    which: impl Fn(&Device) -> bool,
    at: Timestamp,
    out: &mut Vec<Effect>,
) -> Vec<String> {
    let names: Vec<String> =
        node.devices.iter().filter(|(_, device)| which(device)).map(|(name, _)| name.clone()).collect();
    for name in &names {
        stale_device((key, name), node, at, out);
    }
    names
}

/// Marks one device; false when it is not known.
fn stale_device((key, name): (&(String, String), &str), node: &mut Node, at: Timestamp, out: &mut Vec<Effect>) -> bool {
    let Some(device) = node.devices.remove(name) else { return false };
    node.forget_aliases(name);
    let place = place(key, name);
    for (metric, known) in device.metrics {
        out.extend(known.last.into_iter().map(|(suffix, datum)| {
            Effect::Value(Value {
                address: format!("{place}/{metric}{suffix}"),
                datum,
                time: Some(at),
                historical: false,
                quality: Quality::Stale,
                status: STALE,
                unit: known.unit.clone(),
                description: known.description.clone(),
            })
        }));
    }
    true
}

/// The code of stale (specification 6.4.21).
const STALE: u32 = 500;

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
