//! Bytes to MQTT packets and back. Pure: no socket, no clock.

use bytes::{Buf, BytesMut};
use mqtt5::packet::publish::PublishPacket;
use mqtt5::{FixedHeader, Packet, PacketType, QoS};

/// The fixed header is at most this long: one byte of type and four of length.
const HEADER_MAX: usize = 5;

/// Something that came over the wire.
#[derive(Debug)]
pub(crate) enum Frame {
    /// A packet.
    Packet(Packet),
    /// A message that cannot be taken; its bytes are gone, the link is fine.
    Refused {
        /// The topic, as far as it can be read.
        topic: String,
        /// What to acknowledge.
        packet_id: Option<u16>,
        /// What is wrong with it.
        why: String,
    },
}

/// Cuts a stream of bytes into packets.
///
/// A message that is too large or unreadable costs that message: it is skipped, with its packet identifier kept
/// so that it can be acknowledged and does not come back for ever. Memory is bounded by the largest packet.
#[derive(Debug)]
pub(crate) struct Framer {
    buffer: BytesMut,
    protocol: u8,
    packet_max: usize,
    skip: usize,
}

impl Framer {
    /// For protocol level 4 (3.1.1) or 5, taking packets up to `packet_max` bytes.
    pub(crate) fn new(protocol: u8, packet_max: usize) -> Self {
        Self { buffer: BytesMut::new(), protocol, packet_max, skip: 0 }
    }

    /// Where to append what was read.
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// The next frame; none when more bytes are needed.
    ///
    /// # Errors
    /// When the stream makes no sense any more and the link must be closed. Says why.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, String> {
        let skipped = self.skip.min(self.buffer.len());
        self.buffer.advance(skipped);
        self.skip -= skipped;
        let Some((header, length)) = header(&self.buffer)? else { return Ok(None) };
        let body = header.remaining_length as usize;
        if body > self.packet_max {
            return self.refuse_large(header, length);
        }
        if self.buffer.len() < length + body {
            return Ok(None);
        }
        self.buffer.advance(length);
        let bytes = self.buffer.split_to(body).freeze();
        let decoded =
            Packet::decode_from_body_with_version(header.packet_type, &header, &mut bytes.clone(), self.protocol);
        match decoded {
            Ok(packet) => Ok(Some(Frame::Packet(packet))),
            Err(error) if header.packet_type == PacketType::Publish => {
                let (topic, packet_id) = head(&bytes, header.flags).unwrap_or_default();
                Ok(Some(Frame::Refused { topic, packet_id, why: error.to_string() }))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// Skips a packet that is too large, once its topic and identifier have been read.
    fn refuse_large(&mut self, header: FixedHeader, length: usize) -> Result<Option<Frame>, String> {
        let bytes = header.remaining_length as usize;
        let why = format!("{bytes} bytes, at most {} are taken", self.packet_max);
        if header.packet_type != PacketType::Publish {
            return Err(format!("a packet of {why}"));
        }
        let Some((topic, packet_id)) = self.buffer.get(length..).and_then(|rest| head(rest, header.flags)) else {
            return Ok(None);
        };
        self.skip = length + bytes;
        Ok(Some(Frame::Refused { topic, packet_id, why: format!("{why}; raise packet_bytes_max") }))
    }
}

/// The fixed header and its length; none when more bytes are needed.
fn header(bytes: &[u8]) -> Result<Option<(FixedHeader, usize)>, String> {
    let Some(rest) = bytes.get(1..) else { return Ok(None) };
    let Some(end) = rest.iter().take(HEADER_MAX - 1).position(|byte| byte & 0x80 == 0) else {
        return if rest.len() < HEADER_MAX - 1 { Ok(None) } else { Err("a length of more than four bytes".into()) };
    };
    let mut slice = bytes;
    let header = FixedHeader::decode(&mut slice).map_err(|error| error.to_string())?;
    Ok(Some((header, end + 2)))
}

/// Topic and packet identifier at the start of the body of a PUBLISH; none when it is cut short.
fn head(body: &[u8], flags: u8) -> Option<(String, Option<u16>)> {
    let word = |at: usize| Some(u16::from_be_bytes([*body.get(at)?, *body.get(at + 1)?]));
    let end = 2 + usize::from(word(0)?);
    let topic = String::from_utf8_lossy(body.get(2..end)?).into_owned();
    let packet_id = if flags & 0x06 == 0 { None } else { Some(word(end)?) };
    Some((topic, packet_id))
}

/// Appends a packet to what will be written.
///
/// # Errors
/// When a field is longer than the protocol allows.
pub(crate) fn encode(packet: &Packet, out: &mut BytesMut) -> Result<(), String> {
    mqtt5::transport::packet_io::encode_packet_to_buffer(packet, out).map_err(|error| error.to_string())
}

/// A message to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Publish {
    /// The topic.
    pub topic: String,
    /// The bytes.
    pub payload: Vec<u8>,
    /// Whether it is to arrive at least once; else at most once.
    pub at_least_once: bool,
    /// Whether the broker keeps it for those who come later.
    pub retain: bool,
}

impl Publish {
    /// As a packet of the protocol level; `packet_id` counts only when it is to arrive at least once.
    pub(crate) fn packet(self, protocol: u8, packet_id: u16) -> Packet {
        let qos = if self.at_least_once { QoS::AtLeastOnce } else { QoS::AtMostOnce };
        let new = if protocol == 5 { PublishPacket::new } else { PublishPacket::new_v311 };
        Packet::Publish(new(self.topic, self.payload, qos).with_packet_id(packet_id).with_retain(self.retain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes_of(payload: usize) -> BytesMut {
        let message = Publish { topic: "a/b".into(), payload: vec![b'x'; payload], at_least_once: true, retain: false };
        let mut out = BytesMut::new();
        encode(&message.packet(5, 7), &mut out).unwrap();
        out
    }

    fn topic_of(frame: Option<Frame>) -> Option<String> {
        match frame? {
            Frame::Packet(Packet::Publish(publish)) => Some(publish.topic_name),
            Frame::Packet(_) => None,
            Frame::Refused { topic, packet_id, why } => Some(format!("{topic} {packet_id:?} {why}")),
        }
    }

    #[test]
    fn packets_are_found_however_the_stream_is_cut() {
        let whole = bytes_of(300);
        for cut in 0..whole.len() {
            let mut framer = Framer::new(5, 1000);
            framer.buffer().extend_from_slice(&whole[..cut]);
            assert!(framer.next().unwrap().is_none(), "cut at {cut}");
            framer.buffer().extend_from_slice(&whole[cut..]);
            assert_eq!(topic_of(framer.next().unwrap()).as_deref(), Some("a/b"));
            assert!(framer.next().unwrap().is_none());
        }
    }

    #[test]
    fn a_message_that_is_too_large_is_skipped_and_can_be_acknowledged() {
        let mut framer = Framer::new(5, 100);
        let (large, small) = (bytes_of(5000), bytes_of(1));
        for chunk in large.chunks(64).chain(small.chunks(64)) {
            framer.buffer().extend_from_slice(chunk);
            if let Some(text) = topic_of(framer.next().unwrap()) {
                assert!(text == "a/b" || text.starts_with("a/b Some(7) 5008 bytes"), "{text}");
            }
            assert!(framer.buffer().len() <= 200, "memory stays flat");
        }
        assert!(framer.buffer().is_empty());
    }

    #[test]
    fn an_unreadable_message_costs_itself_only() {
        let mut framer = Framer::new(5, 1000);
        // QoS 1, topic "a", identifier 9, property length 200 beyond the end.
        framer.buffer().extend_from_slice(&[0x32, 6, 0, 1, b'a', 0, 9, 100]);
        framer.buffer().extend_from_slice(&bytes_of(1));
        let text = topic_of(framer.next().unwrap()).unwrap();
        assert!(text.starts_with("a Some(9)"), "{text}");
        assert_eq!(topic_of(framer.next().unwrap()).as_deref(), Some("a/b"));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic_and_never_pile_up(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut framer = Framer::new(5, 64);
            for chunk in bytes.chunks(7) {
                framer.buffer().extend_from_slice(chunk);
                while let Ok(Some(_)) = framer.next() {}
            }
        }
    }
}
