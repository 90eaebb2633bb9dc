//! One HTTP/1.1 connection that is kept: as little as possible beside what is measured.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::Context;

/// A server that says nothing for this long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A connection.
pub(super) struct Http {
    stream: BufReader<TcpStream>,
    /// Headers of every request, each ended by a line end.
    headers: String,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The body, if it is a success.
    pub(super) fn ok(self) -> anyhow::Result<Vec<u8>> {
        let text = || String::from_utf8_lossy(&self.body).chars().take(500).collect::<String>();
        anyhow::ensure!((200..300).contains(&self.status), "status {}: {}", self.status, text());
        Ok(self.body)
    }
}

impl Http {
    pub(super) fn open(port: u16, headers: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let headers = format!("Host: 127.0.0.1:{port}\r\n{headers}");
        Ok(Self { stream: BufReader::with_capacity(1 << 16, stream), headers })
    }

    pub(super) fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.ask("GET", path, "", &[])
    }

    pub(super) fn get_as(&mut self, path: &str, accept: &str) -> anyhow::Result<Answer> {
        self.ask("GET", path, &format!("Accept: {accept}\r\n"), &[])
    }

    pub(super) fn post(&mut self, path: &str, media: &str, body: &[u8]) -> anyhow::Result<Answer> {
        self.ask("POST", path, &format!("Content-Type: {media}\r\nContent-Length: {}\r\n", body.len()), body)
    }

    fn ask(&mut self, method: &str, path: &str, more: &str, body: &[u8]) -> anyhow::Result<Answer> {
        let head = format!("{method} {path} HTTP/1.1\r\n{}{more}\r\n", self.headers);
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.stream.get_mut().write_all(&bytes)?;
        self.answer().with_context(|| format!("{method} {path}"))
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        anyhow::ensure!(self.stream.read_line(&mut line)? > 0, "the server hung up");
        Ok(line.trim_end().to_owned())
    }

    fn answer(&mut self) -> anyhow::Result<Answer> {
        let status = self.line()?.split(' ').nth(1).and_then(|word| word.parse().ok()).context("no status")?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            let Some((name, value)) = line.split_once(':') else { break };
            match name {
                "content-length" => length = value.trim().parse()?,
                "transfer-encoding" => chunked = value.contains("chunked"),
                _ => {}
            }
        }
        let mut body = Vec::new();
        if chunked {
            while self.chunk(&mut body)? {}
        } else {
            self.take(length, &mut body)?;
        }
        Ok(Answer { status, body })
    }

    /// One chunk; false at the last.
    fn chunk(&mut self, body: &mut Vec<u8>) -> anyhow::Result<bool> {
        let size = usize::from_str_radix(self.line()?.split(';').next().unwrap_or_default(), 16)?;
        self.take(size, body)?;
        self.line()?;
        Ok(size > 0)
    }

    fn take(&mut self, size: usize, body: &mut Vec<u8>) -> anyhow::Result<()> {
        let wanted = u64::try_from(size)?;
        let got = (&mut self.stream).take(wanted).read_to_end(body)?;
        anyhow::ensure!(got == size, "the answer breaks off");
        Ok(())
    }
}

/// A text as an argument of an address.
pub(super) fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            // writing to memory does not fail
            _ => write!(out, "%{byte:02X}").unwrap_or_default(),
        }
        out
    })
}
