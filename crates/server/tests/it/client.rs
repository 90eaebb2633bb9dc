//! A small HTTP/1.1 client: writes what it is told, also what is wrong.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any answer takes, shorter than a person waits for a stuck test.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e} in {}: {}", self.status, self.text()))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Who asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    pub(crate) address: Option<SocketAddr>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Client {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { address: Some(address), headers: Vec::new() }
    }

    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.retain(|(n, _)| n != name);
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body.to_string())).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<String>) -> Answer {
        let address = self.address.unwrap();
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        let has = |name: &str| self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        if !has("host") {
            write!(text, "Host: {address}\r\n").unwrap();
        }
        for (name, value) in &self.headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        if let Some(body) = &body {
            if !has("content-type") {
                text += "Content-Type: application/json\r\n";
            }
            write!(text, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        text += "\r\n";
        text += body.as_deref().unwrap_or_default();
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(text.as_bytes()).await.unwrap();
        read(&mut socket).await.unwrap_or_else(|| panic!("no answer to {method} {path}"))
    }
}

/// Sends raw bytes and takes whatever comes back; none when the connection is closed without an answer.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let mut socket = TcpStream::connect(address).await.ok()?;
    // the server may have closed already
    drop(socket.write_all(bytes).await);
    drop(socket.shutdown().await);
    read(&mut socket).await
}

pub(crate) async fn read(socket: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<Answer> {
    let mut bytes = Vec::new();
    // a reset after the answer is no failure
    drop(timeout(PATIENCE, socket.read_to_end(&mut bytes)).await.expect("the answer takes too long"));
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut answer = Answer { status, head, body: bytes[end + 4..].to_vec() };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = unchunk(&answer.body);
    }
    Some(answer)
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap().trim(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
    panic!("the answer breaks off");
}
