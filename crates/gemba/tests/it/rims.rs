//! Malformed bytes where the protocol has begun already: TLS half shaken, a WebSocket that was let in.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gemba_testkit::Seeded;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::commands::code;
use crate::house::{House, plant, until};

/// How many rounds of noise the door with TLS gets: what hangs there stays below the places of one address.
const ROUNDS: usize = 6;

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream
}

/// A TLS client that trusts one certificate.
fn client(certificate: &Path) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap()
}

/// The first bytes that a client sends.
fn hello(certificate: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    client(certificate).write_tls(&mut bytes).unwrap();
    bytes
}

fn noise(seeded: &mut Seeded, bytes: usize) -> Vec<u8> {
    (0..bytes).map(|_| seeded.next_u64() as u8).collect()
}

/// Connections left in every stage of a handshake; those that are to stay open.
fn disturb(port: u16, hello: &[u8], seeded: &mut Seeded) -> Vec<TcpStream> {
    let mut changed = hello.to_vec();
    for _ in 0..4 {
        let at = seeded.next_u64() as usize % changed.len();
        changed[at] ^= 1 << (seeded.next_u64() % 8);
    }
    let head = [&[0x16_u8, 3, 1, 0xff, 0xff][..], &noise(seeded, 300)].concat();
    let alert = vec![0x15, 3, 3, 0, 2, 2, 40];
    let early = [&[0x17_u8, 3, 3, 1, 0][..], &noise(seeded, 256)].concat();
    let plain = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec();
    let pieces = [
        noise(seeded, 400),
        hello[..hello.len() / 2].to_vec(),
        [hello, &noise(seeded, 200)].concat(),
        [hello, &alert].concat(),
        changed,
        head,
        alert,
        early,
        plain,
        Vec::new(),
    ];
    let mut open = Vec::new();
    for piece in pieces {
        let mut stream = connect(port);
        drop(stream.write_all(&piece));
        open.push(stream);
    }
    open
}

#[test]
fn half_handshakes_and_noise_at_the_door_with_tls_hurt_nobody() {
    let mut house = House::new("", &plant("", &[]));
    house.listen(&format!("0.0.0.0:{}", house.http()));
    house.start_anywhere(&["run"]);
    let cert = house.data().join("tls/self-signed.crt");
    let (hello, mut seeded, mut open) = (hello(&cert), Seeded::new(16), Vec::new());
    for _ in 0..ROUNDS {
        open.extend(disturb(house.http(), &hello, &mut seeded));
    }
    println!("{} connections left in the middle", open.len());
    // the door serves while the others still hang in it
    assert!(code(&house.run(&["query", "--csv", "select 41 + 1"]), 0).contains("42"));
    drop(open);
    assert!(house.is_up() && !house.log().contains("panicked"), "{}", house.log());
    assert!(house.stop());
}

/// A frame of a WebSocket: first byte, whether it is masked, what it claims to hold, and what follows.
fn frame(first: u8, masked: bool, claimed: u64, body: &[u8]) -> Vec<u8> {
    let mask = if masked { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match claimed {
        0..126 => bytes.push(mask | claimed as u8),
        126..65_536 => {
            bytes.push(mask | 0x7e);
            bytes.extend((claimed as u16).to_be_bytes());
        }
        _ => {
            bytes.push(mask | 0x7f);
            bytes.extend(claimed.to_be_bytes());
        }
    }
    if masked {
        bytes.extend([0; 4]); // a mask of zeros changes nothing
    }
    bytes.extend(body);
    bytes
}

fn nonsense(seeded: &mut Seeded) -> Vec<Vec<u8>> {
    let text = |body: &[u8]| frame(0x81, true, body.len() as u64, body);
    vec![
        noise(seeded, 400),
        text(b"{"),
        text(b"null"),
        text(b"{\"subscribe\":7}"),
        text(b"{\"subscribe\":{\"signals\":[-1]}}"),
        text(b"{\"subscribe\":{\"signals\":\"none\"}}"),
        text("[".repeat(60_000).as_bytes()),
        text(&[0xff, 0xfe, 0xc0]),
        frame(0x81, false, 2, b"{}"),
        frame(0x81, true, u64::MAX, b"{}"),
        frame(0x81, true, 1 << 40, b"{}"),
        frame(0x82, true, 400, &noise(seeded, 400)),
        frame(0x83, true, 2, b"{}"),
        frame(0xf1, true, 2, b"{}"),
        frame(0x80, true, 2, b"{}"),
        [frame(0x01, true, 2, b"{}"), frame(0x01, true, 2, b"{}")].concat(),
        frame(0x89, true, 200, &noise(seeded, 200)),
        frame(0x88, true, 1, b"x"),
        frame(0x88, true, 2, &[0xff, 0xff]),
    ]
}

/// A stream that was let in; waits while all seats are taken.
fn upgraded(house: &House) -> TcpStream {
    let mut stream = None;
    assert!(until(|| {
        stream = upgrade(house);
        stream.is_some()
    }));
    stream.unwrap()
}

fn upgrade(house: &House) -> Option<TcpStream> {
    let token = std::fs::read_to_string(house.data().join("local-token")).unwrap();
    let mut stream = connect(house.http());
    let head = format!(
        "GET /api/v1/stream HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {token}\r\nupgrade: websocket\r\n\
         connection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        house.http()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        answer.push(byte[0]);
    }
    answer.starts_with(b"HTTP/1.1 101").then_some(stream)
}

#[test]
fn nonsense_on_an_open_stream_ends_that_stream_at_the_most() {
    let mut house = House::new("", &plant("", &[]));
    house.start();
    let mut seeded = Seeded::new(17);
    let mut watcher = upgraded(&house);
    for round in 0..2 * ROUNDS {
        for bytes in nonsense(&mut seeded) {
            let mut stream = upgraded(&house);
            drop(stream.write_all(&bytes));
            if round % 2 == 0 {
                drop(stream.write_all(&noise(&mut seeded, 100)));
            }
        }
    }
    let ping = frame(0x89, true, 2, b"hi");
    watcher.write_all(&ping).unwrap();
    let mut answer = [0; 4];
    assert!(until(|| watcher.read_exact(&mut answer).is_ok()), "the neighbour's stream goes on");
    assert_eq!(answer, [0x8a, 2, b'h', b'i'], "a pong");
    // all seats are given back: more streams than there are seats have come and gone
    drop(upgraded(&house));
    assert!(house.is_up() && !house.log().contains("panicked"), "{}", house.log());
    assert!(house.stop());
}
