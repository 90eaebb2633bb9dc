//! Plain HTTP on a door that speaks TLS: whoever typed `http://`, or nothing, is sent to `https://` and gets nothing else.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the first bytes may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Of a plain request so much is looked at, in bytes.
const LOOK: usize = 4 << 10;

/// The stream as it came when it begins like TLS; plain HTTP is answered here and ends with an error.
pub(crate) async fn turned_away(mut stream: TcpStream) -> io::Result<TcpStream> {
    let mut first = [0];
    if timeout(PATIENCE, stream.peek(&mut first)).await.map_err(|_elapsed| io::ErrorKind::TimedOut)?? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if !first[0].is_ascii_uppercase() {
        return Ok(stream);
    }
    let mut head = vec![0; LOOK];
    let read = timeout(PATIENCE, stream.read(&mut head)).await.map_err(|_elapsed| io::ErrorKind::TimedOut)??;
    let head = String::from_utf8_lossy(head.get(..read).unwrap_or_default());
    let answer = match elsewhere(&head) {
        Some(there) => format!("307 Temporary Redirect\r\nLocation: {there}\r\nContent-Length: 0"),
        None => "400 Bad Request\r\nContent-Length: 0".to_owned(),
    };
    let answer = format!("HTTP/1.1 {answer}\r\nConnection: close\r\n\r\n");
    timeout(PATIENCE, stream.write_all(answer.as_bytes())).await.map_err(|_elapsed| io::ErrorKind::TimedOut)??;
    stream.shutdown().await?;
    Err(io::Error::other("plain HTTP where TLS is spoken"))
}

/// Where a request to look at something belongs; none for all others: what they carry has gone over the wire in the clear.
fn elsewhere(head: &str) -> Option<String> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    let host = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim())
    })?;
    let named = |letter: char| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter);
    let sound = !host.is_empty()
        && host.chars().all(named)
        && path.starts_with('/')
        && path.bytes().all(|b| b.is_ascii_graphic());
    (sound && matches!(method, "GET" | "HEAD")).then(|| format!("https://{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_looks_is_sent_on_and_only_to_the_name_that_was_asked() {
        let to = |head: &str| elsewhere(head);
        assert_eq!(to("GET /a?b HTTP/1.1\r\nHost: plant-7:8470\r\n\r\n").as_deref(), Some("https://plant-7:8470/a?b"));
        for bad in [
            "POST /a HTTP/1.1\r\nHost: plant-7\r\n\r\n",
            "GET /a HTTP/1.1\r\n\r\n",
            "GET /a HTTP/1.1\r\nHost: plant-7/evil\r\n\r\n",
            "GET http://evil/ HTTP/1.1\r\nHost: plant-7\r\n\r\n",
            "GET /a\u{7}b HTTP/1.1\r\nHost: plant-7\r\n\r\n",
            "GET",
        ] {
            assert_eq!(to(bad), None, "{bad:?}");
        }
    }
}
