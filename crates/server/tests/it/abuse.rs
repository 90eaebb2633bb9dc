//! Whatever is sent to the port: the neighbour is served all the same.

use std::time::Duration;

use gemba_node::access::Role;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::{PATIENCE, raw, read};
use crate::house::House;

/// Bytes that look random and are the same in every run (xorshift).
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(step).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_bytes_and_broken_requests_harm_nobody() {
    let house = House::open().await;
    let address = house.served.address();
    for (seed, length) in (0..60).zip((1..).step_by(97)) {
        let mut bytes = noise(seed, length);
        if seed % 3 == 1 {
            bytes = [b"GET /api/v1/assets HTTP/1.1\r\n".as_slice(), &bytes].concat();
        }
        if seed % 3 == 2 {
            bytes = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &bytes].concat();
        }
        if let Some(answer) = raw(address, &bytes).await {
            assert!(answer.status >= 400, "{seed}: {}", answer.status);
        }
    }
    for broken in [
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: {address}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        format!("POST /api/v1/session HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        format!("GET /%ff%fe%00 HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"),
        format!("GET /api/v1/assets/{} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n", "a".repeat(20_000)),
        format!("BREW /coffee HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"),
    ] {
        let answer = raw(address, broken.as_bytes()).await;
        assert!(answer.as_ref().is_none_or(|a| a.status >= 400 || broken.contains("%ff")), "{broken:.60}: {answer:?}");
    }
    assert_eq!(house.anybody().get("/readyz").await.status, 200);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_and_bodies_have_a_limit() {
    let house = House::open().await;
    let long = house.anybody().with("X-Long", &"x".repeat(64 << 10)).get("/readyz").await;
    assert_eq!(long.status, 431);
    let mut many = house.anybody();
    many.headers.extend((0..200).map(|i| (format!("X-{i}"), "y".to_owned())));
    assert_eq!(many.get("/readyz").await.status, 431);
    // a body that claims to be endless is refused before it is read
    let host = house.served.address();
    let head = format!(
        "POST /api/v1/session HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n{{"
    );
    let mut socket = TcpStream::connect(host).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(read(&mut socket).await.unwrap().status, 413);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_head_loses_its_place_and_its_neighbours_do_not() {
    let house = House::open().await;
    let address = house.served.address();
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(b"GET /readyz HTTP/1.1\r\nX-Slow: ").await.unwrap();
        slow.push(socket);
    }
    assert_eq!(house.anybody().get("/readyz").await.status, 200);
    let ended = tokio::time::timeout(PATIENCE, async {
        for socket in &mut slow {
            read(socket).await;
        }
    });
    ended.await.expect("slow connections stay open");
    assert_eq!(house.anybody().get("/readyz").await.status, 200);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_cannot_take_more_than_its_places() {
    let house = House::open().await;
    let address = house.served.address();
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(TcpStream::connect(address).await.unwrap());
    }
    // the first are in, the last are closed at once
    let mut last = open.pop().unwrap();
    drop(last.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").await);
    assert!(read(&mut last).await.is_none());
    open.clear();
    let served = async {
        while raw(address, format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
            .await
            .is_none()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, served).await.expect("places are not given back");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_lets_requests_end() {
    let house = House::open().await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let asking = tokio::spawn(async move { viewer.get("/api/v1/assets").await.status });
    assert_eq!(asking.await.unwrap(), 200);
    let address = house.served.address();
    house.close().await;
    assert!(TcpStream::connect(address).await.is_err());
}
