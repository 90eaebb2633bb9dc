//! Reads what captured packets say: Ethernet, with tags or without, and what Linux writes in its place, IPv4, TCP and UDP,
//! Modbus/TCP. Whatever cannot be read as the next layer stays a packet of the layer below.

use gemba_learn::traffic::{Content, Conversation, Message, Request};

use super::capture::{self, Frame};

/// The port of Modbus/TCP.
const MODBUS: u16 = 502;
/// Bytes before the protocol data unit of a Modbus/TCP message: transaction, protocol, length, unit.
const MBAP: usize = 7;
/// The service of a packet without ports: 65 536 + the IP protocol's number.
const NO_PORT: u32 = 65_536;

/// One packet that can be judged: what layer 3 and above make of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Packet {
    /// When, µs since the epoch.
    pub(crate) time: i64,
    /// What it says; empty for what is not IPv4.
    pub(crate) messages: Vec<Message>,
}

/// All packets of a recording, in its order.
///
/// # Errors
/// When it is neither a pcap nor a pcapng file.
pub(crate) fn read(bytes: &[u8]) -> anyhow::Result<Vec<Packet>> {
    let packet = |f: &Frame<'_>| Packet { time: f.time, messages: messages(f) };
    Ok(capture::frames(bytes)?.iter().map(packet).collect())
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// The type of what a frame holds, and where that begins, by how the frame begins (see tcpdump.org/linktypes.html).
fn payload(frame: &Frame<'_>) -> (Option<u16>, usize) {
    const IPV4: Option<u16> = Some(0x0800);
    match frame.link {
        1 => {
            let mut at = 12;
            while matches!(half(frame.bytes, at), Some(0x8100 | 0x88a8 | 0x9100)) {
                at += 4; // a tag of a virtual network
            }
            (half(frame.bytes, at), at + 2)
        }
        113 => (half(frame.bytes, 14), 16), // Linux "cooked"
        276 => (half(frame.bytes, 0), 20),  // the same, second edition
        0 | 108 => (IPV4, 4),               // a loopback of BSD
        12 | 14 | 101 | 228 => (IPV4, 0),   // nothing before IP
        _ => (None, 0),
    }
}

/// What a frame says; nothing when it holds no IPv4.
fn messages(frame: &Frame<'_>) -> Vec<Message> {
    let time = frame.time;
    let (kind, from) = payload(frame);
    let ip = frame.bytes.get(from..).unwrap_or_default();
    let Some(first) = ip.first().filter(|b| kind == Some(0x0800) && *b >> 4 == 4) else { return Vec::new() };
    let header = usize::from(first & 15) * 4;
    let total = usize::from(half(ip, 2).unwrap_or(0)).min(ip.len());
    let address = |at: usize| ip.get(at..at + 4).map_or(0, |a| a.iter().fold(0, |n, b| (n << 8) | u64::from(*b)));
    let ends = (address(12), address(16));
    match (ip.get(9), ip.get(header..total.max(header))) {
        (Some(6), Some(tcp)) => of_tcp(time, ends, tcp),
        (Some(17), Some(udp)) => vec![opaque(time, conversation(ends, udp))],
        (protocol, _) => {
            let service = NO_PORT + u32::from(protocol.copied().unwrap_or(0));
            vec![opaque(time, Conversation { client: ends.0, server: ends.1, service })]
        }
    }
}

fn opaque(time: i64, conversation: Conversation) -> Message {
    Message { time, conversation, content: Content::Opaque }
}

/// Of two ports the lower is the service: servers have known ports, clients high ones.
fn conversation((from, to): (u64, u64), segment: &[u8]) -> Conversation {
    let (source, target) = (half(segment, 0).unwrap_or(0), half(segment, 2).unwrap_or(0));
    if source < target {
        Conversation { client: to, server: from, service: u32::from(source) }
    } else {
        Conversation { client: from, server: to, service: u32::from(target) }
    }
}

fn of_tcp(time: i64, ends: (u64, u64), tcp: &[u8]) -> Vec<Message> {
    let conversation = conversation(ends, tcp);
    let header = tcp.get(12).map_or(20, |b| usize::from(b >> 4) * 4);
    let payload = tcp.get(header..).unwrap_or_default();
    if conversation.service != u32::from(MODBUS) || payload.is_empty() {
        return vec![opaque(time, conversation)];
    }
    let asks = conversation.client == ends.0;
    units(payload).into_iter().map(|unit| Message { time, conversation, content: content(unit, asks) }).collect()
}

/// The protocol data units of a segment; none in the place of one that is not whole.
fn units(mut payload: &[u8]) -> Vec<Option<&[u8]>> {
    let mut units = Vec::new();
    while !payload.is_empty() {
        let length = half(payload, 4).map_or(0, usize::from);
        let unit = payload.get(MBAP..6 + length).filter(|u| !u.is_empty() && half(payload, 2) == Some(0));
        units.push(unit);
        let Some(unit) = unit else { break };
        payload = payload.get(MBAP + unit.len()..).unwrap_or_default();
    }
    units
}

fn content(unit: Option<&[u8]>, asks: bool) -> Content {
    let Some((function, body)) = unit.and_then(|u| u.split_first()) else { return Content::Malformed };
    if !asks {
        return if function & 0x80 > 0 { Content::Refused(u16::from(function & 0x7f)) } else { Content::Opaque };
    }
    let (first, second) = (half(body, 0), half(body, 2));
    let request =
        |count, value| Request { function: u16::from(*function), first: u32::from(first.unwrap_or(0)), count, value };
    match (function, first, second) {
        (1..=4 | 15 | 16, Some(_), Some(count)) => Content::Request(request(u32::from(count), None)),
        (5, Some(_), Some(_)) => Content::Request(request(1, None)), // a coil knows on and off: both are normal
        (6, Some(_), Some(value)) => Content::Request(request(1, Some(f64::from(value)))),
        (1..=6 | 15 | 16, ..) => Content::Malformed,
        _ => Content::Request(request(1, None)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::modbus::capture::tests::{pcap, pcapng};

    /// An Ethernet frame with a TCP segment from `a` to `b`.
    pub(crate) fn frame((a, from): (u8, u16), (b, to): (u8, u16), payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0; 12];
        frame.extend([0x08, 0x00, 0x45, 0]);
        frame.extend(u16::try_from(40 + payload.len()).unwrap().to_be_bytes());
        frame.extend([0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, a, 10, 0, 0, b]);
        frame.extend(from.to_be_bytes());
        frame.extend(to.to_be_bytes());
        frame.extend([0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x18, 0, 0, 0, 0, 0, 0]);
        frame.extend(payload);
        frame
    }

    /// A request to read four registers from 7 on.
    pub(crate) const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 7, 0, 4];

    #[test]
    fn a_request_and_its_refusal_are_understood() {
        let refused = [0, 1, 0, 0, 0, 3, 1, 0x83, 2];
        let bytes = pcap(&[frame((1, 3000), (2, 502), &READ), frame((2, 502), (1, 3000), &refused)]);
        let packets = read(&bytes).unwrap();
        let conversation = Conversation { client: 0x0a00_0001, server: 0x0a00_0002, service: 502 };
        let request = Request { function: 3, first: 7, count: 4, value: None };
        let contents = [Content::Request(request), Content::Refused(3)];
        for (packet, content) in packets.iter().zip(contents) {
            assert_eq!(packet.messages, [Message { time: packet.time, conversation, content }]);
        }
        assert_eq!((packets.len(), packets[1].time), (2, 1_007_000));
    }

    #[test]
    fn rubbish_costs_itself_only() {
        let mut bytes =
            pcap(&[vec![], vec![1; 13], frame((1, 3000), (2, 502), &[1, 2, 3]), frame((1, 9), (2, 8), &[])]);
        let whole = read(&bytes).unwrap();
        assert_eq!(whole.iter().map(|p| p.messages.len()).collect::<Vec<_>>(), [0, 0, 1, 1]);
        assert_eq!(whole[2].messages[0].content, Content::Malformed);
        bytes.truncate(bytes.len() - 1);
        assert_eq!(read(&bytes).unwrap().len(), 3);
        assert!(read(b"no pcap").is_err());
        for cut in 0..54 {
            let mut frame = frame((1, 3000), (2, 502), &READ);
            frame.truncate(cut);
            assert!(read(&pcap(&[frame])).is_ok());
        }
    }

    #[test]
    fn the_same_packet_is_read_however_it_was_captured() {
        let plain = frame((1, 3000), (2, 502), &READ);
        let ip = &plain[14..];
        let want = read(&pcap(std::slice::from_ref(&plain))).unwrap()[0].messages[0].content;
        let mut tagged = plain.clone();
        tagged.splice(12..12, [0x88, 0xa8, 0, 1, 0x81, 0, 0, 2]);
        let mut cooked = vec![0; 14];
        cooked.extend([8, 0]);
        let mut second = vec![8, 0];
        second.resize(20, 0);
        for (link, head) in [(113, cooked), (276, second), (101, vec![]), (0, vec![2, 0, 0, 0])] {
            let file = pcapng(&[[&head[..], ip].concat()], link, (6, 1), u32::to_le_bytes);
            assert_eq!(read(&file).unwrap()[0].messages[0].content, want, "{link}");
        }
        assert_eq!(read(&pcap(&[tagged])).unwrap()[0].messages[0].content, want);
        assert!(read(&pcapng(&[plain], 147, (6, 1), u32::to_le_bytes)).unwrap()[0].messages.is_empty());
    }

    #[test]
    fn several_messages_in_a_segment_are_all_read() {
        let two = [READ, READ].concat();
        assert_eq!(read(&pcap(&[frame((1, 3000), (2, 502), &two)])).unwrap()[0].messages.len(), 2);
    }
}
