//! One MQTT session from CONNECT to the loss of the link.

use std::time::Duration;

use bytes::BytesMut;
use mqtt5::packet::connack::ConnAckPacket;
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::packet::subscribe::{RetainHandling, SubscribePacket, SubscriptionOptions, TopicFilter};
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use mqtt5::{Packet, QoS, WillMessage};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

use super::Version;
use super::dial::{Io, Peer, STEP_MAX};
use super::wire::{self, Frame, Framer, Publish};
use crate::Error;

/// Bytes read at once.
const READ_CHUNK: usize = 16 * 1024;
/// The packet identifier of our one SUBSCRIBE.
const SUBSCRIBE_ID: u16 = 1;

/// What to tell the broker about ourselves.
#[derive(Clone)]
pub(crate) struct Plan {
    /// Where it is.
    pub(crate) peer: Peer,
    /// Which protocol to speak.
    pub(crate) version: Version,
    /// Our name.
    pub(crate) client_id: String,
    /// User and password.
    pub(crate) login: Option<(String, String)>,
    /// Seconds the session shall survive us; none: it ends with the link.
    pub(crate) keep_session_s: Option<u32>,
    /// Seconds between signs of life.
    pub(crate) keep_alive_s: u16,
    /// Unacknowledged messages at once.
    pub(crate) in_flight_max: u16,
    /// The largest packet, in bytes.
    pub(crate) packet_max: u32,
    /// What to listen to, and whether each message must come at least once.
    pub(crate) filters: Vec<String>,
    /// Quality of service asked for.
    pub(crate) qos: QoS,
}

/// An open session.
pub(crate) struct Session {
    /// Who is on the other side.
    pub(crate) peer: String,
    /// Protocol level: 4 (3.1.1) or 5.
    pub(crate) protocol: u8,
    /// Whether the broker kept our session.
    pub(crate) resumed: bool,
    reader: Reader,
    writer: Writer,
}

/// The reading half.
pub(crate) struct Reader {
    stream: ReadHalf<Box<dyn Io>>,
    framer: Framer,
    peer: String,
}

/// The writing half.
pub(crate) struct Writer {
    stream: WriteHalf<Box<dyn Io>>,
    out: BytesMut,
    peer: String,
}

impl Session {
    /// CONNECT and CONNACK over an open stream.
    ///
    /// # Errors
    /// When the broker refuses us, is silent, or does not speak this protocol level.
    pub(crate) async fn sign_in(
        plan: &Plan,
        stream: Box<dyn Io>,
        protocol: u8,
        will: Option<&Publish>,
    ) -> Result<Self, Error> {
        let peer = plan.peer.to_string();
        let (read, write) = tokio::io::split(stream);
        let mut reader =
            Reader { stream: read, framer: Framer::new(protocol, plan.packet_max as usize), peer: peer.clone() };
        let mut writer = Writer { stream: write, out: BytesMut::new(), peer: peer.clone() };
        writer.send(&connect_packet(plan, protocol, will)).await?;
        let answer =
            tokio::time::timeout(STEP_MAX, reader.next()).await.map_err(|_elapsed| plan.peer.late("CONNECT"))??;
        let Frame::Packet(Packet::ConnAck(answer)) = answer else {
            return Err(Error::Answer { peer, doing: "CONNECT".into(), why: "something else than CONNACK".into() });
        };
        accepted(&peer, &answer)?;
        Ok(Self { peer, protocol, resumed: answer.session_present, reader, writer })
    }

    /// Sends the subscription; the answer comes among the messages, see [`granted`].
    ///
    /// # Errors
    /// When the link breaks.
    pub(crate) async fn subscribe(&mut self, plan: &Plan) -> Result<(), Error> {
        let mut packet = if self.protocol == 5 {
            SubscribePacket::new(SUBSCRIBE_ID)
        } else {
            SubscribePacket::new_v311(SUBSCRIBE_ID)
        };
        for filter in &plan.filters {
            let options = SubscriptionOptions {
                retain_handling: RetainHandling::SendAtSubscribeIfNew,
                ..SubscriptionOptions::new(plan.qos)
            };
            packet = packet.add_filter_with_options(TopicFilter::with_options(filter, options));
        }
        self.writer.send(&Packet::Subscribe(packet)).await
    }

    /// The two halves, to read and write at the same time.
    pub(crate) fn split(self) -> (Reader, Writer) {
        (self.reader, self.writer)
    }
}

impl Reader {
    /// The next frame. Cancel-safe: what was read stays in the buffer.
    ///
    /// # Errors
    /// When the other side hung up or what it sends makes no sense.
    pub(crate) async fn next(&mut self) -> Result<Frame, Error> {
        loop {
            let malformed = |why| Error::Malformed { peer: self.peer.clone(), what: "an MQTT packet".into(), why };
            if let Some(frame) = self.framer.next().map_err(malformed)? {
                return Ok(frame);
            }
            let buffer = self.framer.buffer();
            buffer.reserve(READ_CHUNK);
            let read = self.stream.read_buf(buffer).await;
            let lost = |why: String| Error::Connect { peer: self.peer.clone(), why };
            if read.map_err(|error| lost(error.to_string()))? == 0 {
                return Err(lost("the broker closed the connection".into()));
            }
        }
    }
}

impl Writer {
    /// Writes one packet.
    ///
    /// # Errors
    /// When the link breaks or the other side takes nothing for ten seconds.
    pub(crate) async fn send(&mut self, packet: &Packet) -> Result<(), Error> {
        self.queue(packet)?;
        self.flush().await
    }

    /// Prepares a packet, to be written with the next [`Writer::flush`].
    ///
    /// # Errors
    /// When a field is longer than the protocol allows.
    pub(crate) fn queue(&mut self, packet: &Packet) -> Result<(), Error> {
        let what = packet.packet_type_name();
        wire::encode(packet, &mut self.out).map_err(|why| Error::Malformed {
            peer: self.peer.clone(),
            what: format!("a {what} for it"),
            why,
        })
    }

    /// Writes what was prepared.
    ///
    /// # Errors
    /// As [`Writer::send`].
    pub(crate) async fn flush(&mut self) -> Result<(), Error> {
        let lost = |why: String| Error::Connect { peer: self.peer.clone(), why };
        let written = async {
            self.stream.write_all(&self.out).await?;
            self.stream.flush().await
        };
        let written = tokio::time::timeout(STEP_MAX, written).await;
        self.out.clear();
        written.map_err(|_elapsed| lost("it takes nothing any more".into()))?.map_err(|error| lost(error.to_string()))
    }
}

fn connect_packet(plan: &Plan, protocol: u8, will: Option<&Publish>) -> Packet {
    let mut options = mqtt5::ConnectOptions::new(&plan.client_id)
        .with_keep_alive(Duration::from_secs(plan.keep_alive_s.into()))
        .with_clean_start(plan.keep_session_s.is_none())
        .with_session_expiry_interval(plan.keep_session_s.unwrap_or(0))
        .with_receive_maximum(plan.in_flight_max.max(1));
    options.properties.maximum_packet_size = Some(plan.packet_max);
    if let Some((user, password)) = &plan.login {
        options = options.with_credentials(user, password);
    }
    if let Some(will) = will {
        let qos = if will.at_least_once { QoS::AtLeastOnce } else { QoS::AtMostOnce };
        let message = WillMessage::new(&will.topic, will.payload.clone()).with_qos(qos).with_retain(will.retain);
        options = options.with_will(message);
    }
    let options = options.protocol_options;
    let packet = if protocol == 5 { ConnectPacket::new(options) } else { ConnectPacket::new_v311(options) };
    Packet::Connect(Box::new(packet))
}

/// Whether the broker took us, and what to do when not.
fn accepted(peer: &str, answer: &ConnAckPacket) -> Result<(), Error> {
    let cure = match answer.reason_code {
        ReasonCode::Success => return Ok(()),
        ReasonCode::UnsupportedProtocolVersion => "write version = \"3.1.1\"",
        ReasonCode::ClientIdentifierNotValid => "write another access.client_id",
        ReasonCode::BadUsernameOrPassword | ReasonCode::NotAuthorized => "check access.user and access.password",
        ReasonCode::Banned => "ask whoever runs the broker",
        _ => "wait, or look at the broker's log",
    };
    let why = format!("{:?}", answer.reason_code);
    Err(Error::Refused { peer: peer.into(), why, cure: cure.into() })
}

/// Whether an error means that the broker does not know this version of the protocol.
pub(crate) fn is_unknown_version(error: &Error) -> bool {
    match error {
        Error::Refused { why, .. } => why.contains("UnsupportedProtocolVersion"),
        Error::Connect { why, .. } => why.contains("closed the connection"),
        Error::Malformed { .. } => true,
        _ => false,
    }
}

/// Reads the answer to our subscription.
///
/// # Errors
/// When a filter was refused; names it.
pub(crate) fn granted(
    peer: &str,
    filters: &[String],
    answer: &mqtt5::packet::suback::SubAckPacket,
) -> Result<(), Error> {
    for (filter, code) in filters.iter().zip(&answer.reason_codes) {
        if !code.is_success() {
            return Err(Error::Refused {
                peer: peer.into(),
                why: format!("subscribing to {filter}: {code:?}"),
                cure: "let the broker's access list allow this user to read it".into(),
            });
        }
    }
    Ok(())
}
