//! The watcher's side of the live stream: events as they come.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A watcher of events.
pub(super) struct Watcher(BufReader<TcpStream>);

impl Watcher {
    /// Opens the stream and asks for events, not for values.
    pub(super) fn open(port: u16, token: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut stream = BufReader::new(stream);
        let head = format!(
            "GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.get_mut().write_all(head.as_bytes())?;
        let mut line = String::new();
        stream.read_line(&mut line)?;
        anyhow::ensure!(line.contains("101"), "no stream: {line}");
        while line.trim_end() != "" {
            line.clear();
            stream.read_line(&mut line)?;
        }
        let ask = br#"{"subscribe":{"signals":[],"events":true}}"#;
        // a mask of zeros leaves the text as it is
        let mut frame = vec![0x81, 0x80 | u8::try_from(ask.len())?, 0, 0, 0, 0];
        frame.extend_from_slice(ask);
        stream.get_mut().write_all(&frame)?;
        Ok(Self(stream))
    }

    /// The next text frame.
    pub(super) fn next(&mut self) -> anyhow::Result<String> {
        loop {
            let mut head = [0; 2];
            self.0.read_exact(&mut head)?;
            let [kind, short] = head;
            let length = match short & 127 {
                126 => {
                    let mut bytes = [0; 2];
                    self.0.read_exact(&mut bytes)?;
                    usize::from(u16::from_be_bytes(bytes))
                }
                127 => {
                    let mut bytes = [0; 8];
                    self.0.read_exact(&mut bytes)?;
                    usize::try_from(u64::from_be_bytes(bytes))?
                }
                small => usize::from(small),
            };
            let mut body = vec![0; length];
            self.0.read_exact(&mut body)?;
            if kind & 15 == 1 {
                return Ok(String::from_utf8(body)?);
            }
        }
    }
}
