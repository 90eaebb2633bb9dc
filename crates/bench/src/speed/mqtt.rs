//! The little of MQTT 3.1.1 that a load needs: connect, publish and listen with quality of service 0.

use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A client.
pub(super) struct Mqtt {
    stream: BufReader<TcpStream>,
    packet: Vec<u8>,
}

/// A published message.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) payload: Vec<u8>,
}

impl Mqtt {
    pub(super) fn open(port: u16, client_id: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut client = Self { stream: BufReader::with_capacity(1 << 16, stream), packet: Vec::new() };
        let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60];
        put_text(&mut body, client_id)?;
        client.send(0x10, &[&body])?;
        let (kind, answer) = client.read()?;
        anyhow::ensure!(kind == 0x20 && answer.get(1) == Some(&0), "the broker refuses us: {answer:?}");
        Ok(client)
    }

    pub(super) fn publish(&mut self, topic: &str, payload: &[u8]) -> anyhow::Result<()> {
        let mut head = Vec::with_capacity(2 + topic.len());
        put_text(&mut head, topic)?;
        self.send(0x30, &[&head, payload])
    }

    pub(super) fn subscribe(&mut self, filter: &str) -> anyhow::Result<()> {
        let mut body = vec![0, 1];
        put_text(&mut body, filter)?;
        body.push(0);
        self.send(0x82, &[&body])?;
        let (kind, _) = self.read()?;
        anyhow::ensure!(kind == 0x90, "no answer to subscribe");
        Ok(())
    }

    /// How long [`Mqtt::next`] waits.
    pub(super) fn patience(&self, span: Duration) -> anyhow::Result<()> {
        Ok(self.stream.get_ref().set_read_timeout(Some(span))?)
    }

    /// The next message.
    pub(super) fn next(&mut self) -> anyhow::Result<Message> {
        loop {
            let (kind, body) = self.read()?;
            if kind & 0xf0 == 0x30 {
                let topic = body.first_chunk::<2>().map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
                return Ok(Message { payload: body.get(2 + topic..).unwrap_or_default().to_vec() });
            }
        }
    }

    fn send(&mut self, kind: u8, parts: &[&[u8]]) -> anyhow::Result<()> {
        let mut length = parts.iter().map(|part| part.len()).sum::<usize>();
        self.packet.clear();
        self.packet.push(kind);
        loop {
            let low = u8::try_from(length % 128)?;
            length /= 128;
            self.packet.push(if length > 0 { low | 128 } else { low });
            if length == 0 {
                break;
            }
        }
        for part in parts {
            self.packet.extend_from_slice(part);
        }
        Ok(self.stream.get_mut().write_all(&self.packet)?)
    }

    fn byte(&mut self) -> anyhow::Result<u8> {
        let mut byte = [0];
        self.stream.read_exact(&mut byte)?;
        let [byte] = byte;
        Ok(byte)
    }

    fn read(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        let kind = self.byte()?;
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            length |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte & 128 == 0 || shift > 21 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((kind, body))
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) -> anyhow::Result<()> {
    out.extend_from_slice(&u16::try_from(text.len())?.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
    Ok(())
}
