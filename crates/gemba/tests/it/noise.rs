//! Malformed bytes at every door, and a signal that sends nonsense: the neighbours notice nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use gemba_testkit::Seeded;

use crate::device::{Counting, Device, sample};
use crate::house::{House, until};
use crate::kill::assert_whole;

/// Sends bytes, looks for an answer for a moment, hangs up.
fn throw(port: u16, bytes: &[u8]) {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { panic!("nobody listens on {port} any more") };
    drop(stream.set_read_timeout(Some(Duration::from_millis(10))));
    drop(stream.write_all(bytes));
    drop(stream.read(&mut [0; 256]));
}

fn bad_http(seeded: &mut Seeded) -> Vec<Vec<u8>> {
    let token = seeded.next_u64();
    let texts = [
        "GET".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET /../../etc/passwd HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(100_000)),
        format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(5_000)),
        "POST /api/v1/query HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n{".to_owned(),
        "POST /api/v1/query HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n{".to_owned(),
        "POST /api/v1/query HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_owned(),
        format!(
            "POST /api/v1/query HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: 9\r\n\r\n[[[[[[[[["
        ),
        "GET /api/v1/stream HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n\u{1}\u{2}"
            .to_owned(),
    ];
    texts.into_iter().map(String::into_bytes).collect()
}

fn bad_mqtt() -> Vec<Vec<u8>> {
    let connect = [&[0x10_u8, 13, 0, 4][..], b"MQTT", &[4, 2, 0, 60, 0, 1], b"x"].concat();
    vec![
        vec![0xff; 300],
        vec![0; 300],
        vec![0x10, 0xff, 0xff, 0xff, 0x7f],
        vec![0x10, 0xff, 0xff, 0xff, 0xff, 0x7f],
        connect[..7].to_vec(),
        [&connect[..], &[0x30, 0xff, 0xff, 0x03, 0, 9]].concat(),
        [&connect[..], &[0x36, 2, 0, 0]].concat(),
        [&connect[..], &[0x32, 3, 0, 50, b'a']].concat(),
        [&connect[..], &[0x32, 8, 0, 3, b'r', b'/', 0xff, 0, 1, 0xfe]].concat(),
        connect,
    ]
}

#[test]
fn malformed_bytes_at_every_door_hurt_nobody() {
    let mut house = House::with_broker(&["a"], "");
    house.start();
    let good = Counting::start("rig/a", house.broker);
    assert!(until(|| good.told() > 0));
    let mut seeded = Seeded::new(14);
    let (begun, mut thrown) = (good.told(), 0);
    for _ in 0..12 {
        let noise: Vec<u8> = (0..400).map(|_| seeded.next_u64() as u8).collect();
        for bytes in bad_mqtt() {
            throw(house.broker, &[&bytes[..], &noise[..]].concat());
            throw(house.broker, &bytes);
            thrown += 2;
        }
        for bytes in bad_http(&mut seeded).iter().chain([&noise]) {
            throw(house.http(), bytes);
            thrown += 1;
        }
    }
    let met = good.told();
    assert!(met > begun, "good traffic goes on");
    assert!(until(|| good.told() > met + 10), "good traffic goes on afterwards");
    let told = good.finish();
    println!("{thrown} malformed pieces thrown while {told} samples were acknowledged");
    assert_whole(&house, "a", told);
    assert!(house.is_up() && house.get("/healthz").unwrap().0 == 200);
    assert!(!house.log().contains("panicked"), "{}", house.log());
}

/// Bodies that are no line protocol; with whether they claim to be packed.
fn bad_lines(noise: &[u8]) -> Vec<(bool, Vec<u8>)> {
    let texts = [
        "",
        "\n\n\n",
        "pump",
        "pump temp",
        "pump temp=",
        "pump temp=1e999",
        "pump temp=\"open",
        "pump,id temp=1",
        ",,,, =,=,= 1",
        "pump temp=1 99999999999999999999999",
        "pump temp=NaN 1",
        "\\",
        "pump\\ ",
    ];
    let mut all: Vec<(bool, Vec<u8>)> = texts.iter().map(|text| (false, text.as_bytes().to_vec())).collect();
    let long = [b"pump,".to_vec(), vec![b'a'; 1 << 20], b"=1 temp=1".to_vec()].concat();
    let bomb = [&[0x1f_u8, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], noise].concat();
    all.extend([(false, noise.to_vec()), (false, long), (true, b"pump temp=1".to_vec()), (true, bomb)]);
    all
}

#[test]
fn malformed_line_protocol_is_refused_and_hurts_nobody() {
    let mut house =
        House::with_broker(&["a"], "register = [\"telegraf\"]\n[connections.telegraf]\nprotocol = \"influx\"\n");
    house.start();
    let good = Counting::start("rig/a", house.broker);
    assert!(until(|| good.told() > 0));
    let mut seeded = Seeded::new(15);
    let noise: Vec<u8> = (0..100_000).map(|_| seeded.next_u64() as u8).collect();
    for (packed, body) in bad_lines(&noise) {
        let shown = crate::house::text(&body[..body.len().min(40)]);
        let status = house.write_lines("db=telegraf", packed, &body);
        assert!(status.is_some_and(|s| s == 204 || (400..500).contains(&s)), "{shown}: {status:?}");
    }
    for query in ["", "db=nobody", "db=telegraf&precision=x", "db=%00%ff"] {
        let status = house.write_lines(query, false, b"pump temp=1 1");
        assert!(status.is_some_and(|s| (400..500).contains(&s)), "{query}: {status:?}");
    }
    assert_eq!(house.write_lines("db=telegraf&precision=s", false, b"pump temp=20.5 1700000000"), Some(204));
    let stored = "select count(*) from samples where signal = 'telegraf/pump/temp' and value = 20.5";
    assert!(until(|| house.number(stored) == 1), "a sound line is stored and has a name soon");
    let met = good.told();
    assert!(until(|| good.told() > met + 10), "good traffic goes on");
    let told = good.finish();
    assert_whole(&house, "a", told);
    assert!(house.is_up() && !house.log().contains("panicked"), "{}", house.log());
}

/// What no signal should send.
fn nonsense() -> Vec<Vec<u8>> {
    let texts = [
        "NaN",
        "nan",
        "inf",
        "-inf",
        "Infinity",
        "1e999",
        "-1e999",
        "1e308",
        "",
        " ",
        "off",
        "\"off\"",
        "null",
        "true",
        "{",
        "[",
        "[]",
        "{}",
        "{\"value\":NaN}",
        "{\"value\":null}",
        "{\"value\":\"broken\"}",
        "{\"value\":{}}",
        "{\"value\":1e400}",
        "{\"timestamp_ms\":-5,\"value\":1}",
        "{\"timestamp_ms\":1e300,\"value\":1}",
        "{\"timestamp_ms\":\"soon\",\"value\":1}",
        "{\"rate_hz\":0,\"samples\":[1]}",
        "{\"rate_hz\":\"fast\",\"samples\":[1,\"two\"]}",
        "'; drop table samples; --",
    ];
    let mut all: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    all.extend([vec![0xff, 0xfe, 0], vec![b'x'; 100_000], vec![b'['; 100_000], "{\"a\":".repeat(20_000).into_bytes()]);
    all
}

#[test]
fn nonsense_and_a_million_samples_at_once_leave_the_neighbours_alone() {
    let mut house = House::with_broker(&["a", "wild", "wave"], "");
    house.start();
    let good = Counting::start("rig/a", house.broker);
    let mut wild = Device::new("wild", house.broker);
    for payload in nonsense() {
        let shown = crate::house::text(&payload[..payload.len().min(40)]);
        assert!(until(|| wild.publish("rig/wild", payload.clone())), "{shown}: never acknowledged");
        assert!(house.is_up(), "{shown}");
    }
    let numbers = vec!["0.5"; 1_000_000].join(",");
    assert!(until(|| wild.publish("rig/wild", format!("[{numbers}]"))), "a million in an array");
    let wave = format!("{{\"timestamp_ms\":1700000000000,\"rate_hz\":20000,\"samples\":[{numbers}]}}");
    assert!(until(|| wild.publish("rig/wave", wave.clone())), "a million as a waveform");
    // as fast as they can be read: sixteen messages of as many samples as one may hold
    let burst = |k: u64| format!("[{}]", (k * 4_096..(k + 1) * 4_096).map(sample).collect::<Vec<_>>().join(","));
    assert!((0..16).all(|k| until(|| wild.publish("rig/wild", burst(k)))), "bursts");
    let met = good.told();
    assert!(until(|| good.told() > met + 10), "the neighbour goes on");
    let told = good.finish();
    assert_whole(&house, "a", told);
    let wild_rows = "from samples where signal = 'acme/rig/wild'";
    let counted =
        format!("select count(distinct value) {wild_rows} and quality = 'good' and time < '2023-11-15T00:00:00Z'");
    assert_eq!(house.number(&counted), 16 * 4_096, "every sample of the bursts");
    assert_eq!(
        house.number(&format!("select count(*) {wild_rows} and quality = 'good' and value is null")),
        0,
        "no value is never good"
    );
    assert!(
        house.number(&format!("select count(*) {wild_rows} and quality = 'bad' and value is null")) >= 1,
        "not a number is kept as bad"
    );
    println!(
        "{told} samples of the neighbour, {} rows of the wild one",
        house.number(&format!("select count(*) {wild_rows}"))
    );
    assert!(house.is_up() && !house.log().contains("panicked"));
    house.kill();
    house.start();
    assert_whole(&house, "a", told);
    assert_eq!(house.number(&counted), 16 * 4_096);
}
