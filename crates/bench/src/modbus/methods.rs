//! Ours, and what it must beat.

use std::collections::BTreeSet;

use gemba_learn::random::Random;
use gemba_learn::traffic::{Novelty, TrafficNormal, TrafficWatch};

use super::Recording;
use super::pcap::Packet;

/// Judges a packet: the reason of the alarm as a number, none for no alarm.
pub(crate) type Judge = Box<dyn FnMut(&Packet) -> Option<u64>>;
/// Learns from the heads of the recordings.
pub(crate) type Method = fn(&[Recording]) -> Judge;

/// Every method by name.
pub(crate) const ALL: &[(&str, Method)] = &[
    ("gemba", gemba),
    ("new_hosts", new_hosts),
    ("always", |_| Box::new(|_| Some(0))),
    ("never", |_| Box::new(|_| None)),
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
    Box::new(move |packet| {
        let said = |m| watch.step(m).map(|novelty: Novelty| (novelty, *m));
        let (novelty, message) = packet.messages.iter().filter_map(said).min_by_key(|(novelty, _)| *novelty)?;
        let hosts = message.conversation.client.rotate_left(32) ^ message.conversation.server;
        Some(hosts.wrapping_mul(31) ^ novelty as u64)
    })
}

/// The baseline: an alarm for each packet of a host that was not there while it learned.
fn new_hosts(recordings: &[Recording]) -> Judge {
    let hosts = |p: &Packet| p.messages.first().map(|m| [m.conversation.client, m.conversation.server]);
    let known: BTreeSet<u64> = heads(recordings).filter_map(hosts).flatten().collect();
    Box::new(move |packet| hosts(packet)?.into_iter().find(|host| !known.contains(host)))
}

fn random(_: &[Recording]) -> Judge {
    let mut random = Random::new(RANDOM.0);
    Box::new(move |_| (random.unit() < RANDOM.1).then_some(0))
}
