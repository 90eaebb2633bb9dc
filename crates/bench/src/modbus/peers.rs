//! scikit-learn on packets as rows of numbers, fitted to what is clean; an alarm is what one in a hundred rows of it would be.

use std::collections::BTreeMap;

use gemba_learn::stats;
use gemba_learn::traffic::Content;

use super::Recording;
use super::pcap::Packet;
use crate::peers::{self, Peer};

/// The share of clean packets that would be alarms.
const ALPHA: f64 = 0.01;

/// What a peer says of the packets behind the learned heads.
pub(super) struct Said {
    pub(super) alarms: Vec<Vec<bool>>,
    pub(super) train_s: f64,
    pub(super) score_s: f64,
}

/// Its alarms.
pub(super) fn ask(peer: Peer, recordings: &[Recording]) -> anyhow::Result<Said> {
    let mut hosts = Hosts::default();
    let mut heads = Vec::new();
    for recording in recordings {
        heads.extend(recording.packets.iter().take(recording.learn).map(|p| hosts.row(p)));
    }
    let head = columns(&heads);
    let rest = |r: &Recording| columns(&r.packets.iter().skip(r.learn).map(|p| hosts.row(p)).collect::<Vec<_>>());
    let rests: Vec<Vec<Vec<f64>>> = recordings.iter().map(rest).collect();
    let tests: Vec<&[Vec<f64>]> = rests.iter().map(Vec::as_slice).chain([head.as_slice()]).collect();
    let said = peers::ask(peer, &head, None, &tests)?;
    let limit = stats::quantile(said.scores(recordings.len()), 1.0 - ALPHA);
    let alarms = |i: usize| said.scores(i).iter().map(|score| *score > limit).collect();
    let score_s = said.score_s.iter().take(recordings.len()).sum();
    Ok(Said { alarms: (0..recordings.len()).map(alarms).collect(), train_s: said.train_s, score_s })
}

/// Hosts as numbers, in the order in which they come.
#[derive(Default)]
struct Hosts(BTreeMap<u64, f64>);

impl Hosts {
    fn number(&mut self, host: u64) -> f64 {
        let next = self.0.len() as f64;
        *self.0.entry(host).or_insert(next)
    }

    /// Client, server, service; function, first register, count and value of a request, and whether it was refused. Of a packet with
    /// several messages the first; missing where a packet has none.
    fn row(&mut self, packet: &Packet) -> [f64; 8] {
        let Some(message) = packet.messages.first() else { return [f64::NAN; 8] };
        let by = message.conversation;
        let (function, first, count, value, refused) = match message.content {
            Content::Request(r) => {
                let numbers = (f64::from(r.function), f64::from(r.first), f64::from(r.count));
                (numbers.0, numbers.1, numbers.2, r.value.unwrap_or(-1.0), 0.0)
            }
            Content::Refused(function) => (f64::from(function), -1.0, -1.0, -1.0, 1.0),
            Content::Opaque => (-1.0, -1.0, -1.0, -1.0, 0.0),
            Content::Malformed => (-2.0, -1.0, -1.0, -1.0, 0.0),
        };
        let [client, server] = [by.client, by.server].map(|host| self.number(host));
        [client, server, f64::from(by.service), function, first, count, value, refused]
    }
}

fn columns(rows: &[[f64; 8]]) -> Vec<Vec<f64>> {
    (0..8).map(|c| rows.iter().filter_map(|row| row.get(c).copied()).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modbus::{capture, pcap};

    #[test]
    fn a_packet_is_a_row_of_numbers() {
        let mut hosts = Hosts::default();
        assert!(hosts.row(&Packet { time: 0, messages: Vec::new() }).iter().all(|v| v.is_nan()));
        let poll = pcap::tests::frame((1, 3000), (2, 502), &pcap::tests::READ);
        let packets = pcap::read(&capture::tests::pcap(&[poll.clone(), poll])).unwrap();
        let rows: Vec<[f64; 8]> = packets.iter().map(|p| hosts.row(p)).collect();
        assert_eq!(rows, [[0.0, 1.0, 502.0, 3.0, 7.0, 4.0, -1.0, 0.0]; 2]);
        assert_eq!((columns(&rows).len(), columns(&rows)[2].len()), (8, 2));
    }
}
