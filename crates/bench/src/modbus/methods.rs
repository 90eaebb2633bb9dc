//! Ours, and what it must beat.

use std::collections::BTreeSet;

use gemba_learn::random::Random;
use gemba_learn::traffic::{TrafficNormal, TrafficWatch};

use super::Recording;
use super::pcap::Packet;

/// Judges a packet: whether it is an alarm.
pub(crate) type Judge = Box<dyn FnMut(&Packet) -> bool>;
/// Learns from the heads of the recordings.
pub(crate) type Method = fn(&[Recording]) -> Judge;

/// Every method by name.
pub(crate) const ALL: &[(&str, Method)] = &[
    ("gemba", gemba),
    ("new_hosts", new_hosts),
    ("always", |_| Box::new(|_| true)),
    ("never", |_| Box::new(|_| false)),
    ("random", random),
];

/// The seed of the row `random`, and its share of packets alarmed.
const RANDOM: (u64, f64) = (2016, 0.01);

fn heads(recordings: &[Recording]) -> impl Iterator<Item = &Packet> {
    recordings.iter().flat_map(|r| r.packets.iter().take(r.learn))
}

fn gemba(recordings: &[Recording]) -> Judge {
    let mut normal = TrafficNormal::new();
    heads(recordings).flat_map(|p| &p.messages).for_each(|m| normal.learn(m));
    let mut watch = TrafficWatch::new(normal);
    // every message is taken in, also behind one that is new
    Box::new(move |packet| packet.messages.iter().fold(false, |alarm, m| watch.step(m).is_some() | alarm))
}

/// The baseline: an alarm for each packet of a host that was not there while it learned.
fn new_hosts(recordings: &[Recording]) -> Judge {
    let hosts = |p: &Packet| p.messages.first().map(|m| [m.conversation.client, m.conversation.server]);
    let known: BTreeSet<u64> = heads(recordings).filter_map(hosts).flatten().collect();
    Box::new(move |packet| hosts(packet).is_some_and(|both| both.iter().any(|host| !known.contains(host))))
}

fn random(_: &[Recording]) -> Judge {
    let mut random = Random::new(RANDOM.0);
    Box::new(move |_| random.unit() < RANDOM.1)
}
