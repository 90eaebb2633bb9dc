//! Modbus against a device of the protocol crate, a hand-made bad one, and one that is not ours.

use std::collections::BTreeSet;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gemba_connect::modbus::{Config, NO_ANSWER, Register};
use gemba_connect::{ConnectionConfig, Setting};
use gemba_plant::port::{Link, Source};
use gemba_plant::{GapReason, Quality, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::{Server, accept_tcp_connection};
use tokio_modbus::{ExceptionCode, Request, Response};

use crate::support::{Seen, free_port, gauges, python_peer, setting, until};

/// Holding register n holds n; those in `missing` do not exist. Counts requests.
#[derive(Clone, Default)]
struct Device {
    missing: Arc<BTreeSet<u16>>,
    asked: Arc<Mutex<Vec<(u16, u16)>>>,
}

impl Service for Device {
    type Request = Request<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Response, ExceptionCode>>;

    fn call(&self, request: Self::Request) -> Self::Future {
        ready(match request {
            Request::ReadHoldingRegisters(start, count) => {
                self.asked.lock().unwrap().push((start, count));
                let places = start..start + count;
                if count > 125 || places.clone().any(|place| self.missing.contains(&place)) {
                    Err(ExceptionCode::IllegalDataAddress)
                } else {
                    Ok(Response::ReadHoldingRegisters(places.collect()))
                }
            }
            Request::ReadCoils(start, count) => {
                Ok(Response::ReadCoils((start..start + count).map(|i| i % 2 == 1).collect()))
            }
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}

/// Serves a device until the returned handle is aborted; its connections end with it.
async fn serve(device: Device, port: u16) -> (u16, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let handle = tokio::spawn(async move {
        let server = Server::new(listener);
        let connect = |stream, peer| {
            let device = device.clone();
            async move { accept_tcp_connection(stream, peer, move |_| Ok(Some(device.clone()))) }
        };
        drop(server.serve(&connect, |_| {}).await);
    });
    (port, handle)
}

fn config(port: u16) -> Config {
    Config { poll_interval_ms: 50, timeout_ms: 300, ..Config::new(format!("127.0.0.1:{port}")) }
}

fn open(config: Config, setting: Setting) -> Box<dyn Source> {
    ConnectionConfig::Modbus(config).open(setting).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_is_one_arrival_with_one_time_and_a_missing_register_costs_nobody_else() {
    let device = Device { missing: Arc::new(BTreeSet::from([57])), ..Device::default() };
    let (port, server) = serve(device.clone(), 0).await;
    let mut addresses: Vec<String> = (0..300).map(|i| format!("holding:{i}")).collect();
    addresses.push("coil:3".into());
    addresses.push("holding:nonsense".into());
    addresses.push("discrete:1".into());
    let mut source = open(config(port), setting(gauges(&addresses)));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| seen.arrivals >= 1).await;
    assert_eq!(seen.rows.len(), 303);
    assert_eq!(seen.rows.iter().map(|row| row.time).collect::<BTreeSet<_>>().len(), 1, "one time a poll");
    for i in 0..300_u32 {
        let row = seen.last(i + 1).unwrap();
        let want = if i == 57 { (Quality::Bad, 2) } else { (Quality::Good, 0) };
        assert_eq!((row.quality, row.status), want, "register {i}");
        assert!(i == 57 || row.value == f64::from(i));
    }
    assert_eq!(seen.last(301).unwrap().value, 1.0);
    assert_eq!(seen.last(302).unwrap().quality, Quality::Bad);
    assert_eq!(seen.last(303).unwrap().status, 1, "no such table");
    device.asked.lock().unwrap().clear();
    until(&mut *source, &mut seen, |seen| seen.arrivals >= 2).await;
    let asked = device.asked.lock().unwrap().clone();
    assert!(asked.len() <= 4, "learned: {asked:?}");
    assert_eq!(source.link(), Link::Up);
    server.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_goes_and_comes_back_is_read_again_with_a_gap() {
    let (port, server) = serve(Device::default(), 0).await;
    let mut source = open(config(port), setting(gauges(&["holding:7"])));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| seen.arrivals >= 3).await;
    server.abort();
    drop(server.await);
    until(&mut *source, &mut seen, |seen| seen.last(1).unwrap().quality == Quality::Stale).await;
    assert_eq!((seen.last(1).unwrap().value, seen.last(1).unwrap().status), (7.0, NO_ANSWER));
    assert_eq!(seen.gaps.len(), 1);
    assert_eq!((seen.gaps[0].reason, seen.gaps[0].range.to), (GapReason::ConnectionLost, Timestamp::MAX));
    until(&mut *source, &mut seen, |seen| seen.last(1).unwrap().quality == Quality::Bad).await;
    let Link::Down { why, .. } = source.link() else { panic!("{:?}", source.link()) };
    assert!(why.contains(&port.to_string()), "{why}");
    let rows = seen.rows.len();
    let (_, server) = serve(Device::default(), port).await;
    until(&mut *source, &mut seen, |seen| seen.last(1).unwrap().quality == Quality::Good).await;
    assert_eq!(seen.rows.len(), rows + 1, "marked once each, not again and again");
    assert_eq!(seen.gaps.len(), 2);
    assert_eq!(seen.gaps[1].range.from, seen.gaps[0].range.from);
    assert!(seen.gaps[1].range.to < Timestamp::MAX);
    server.abort();
}

/// Makes the bytes of an answer out of a request.
type Answer = fn(&[u8]) -> Vec<u8>;

/// Answers each request with the bytes that `answer` makes of it, one byte at a time.
async fn bad_device(answer: Answer) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, answer));
        }
    });
    port
}

async fn converse(mut stream: TcpStream, answer: Answer) {
    let mut request = [0_u8; 12];
    while stream.read_exact(&mut request).await.is_ok() {
        for byte in answer(&request) {
            drop(stream.write_all(&[byte]).await);
            drop(stream.flush().await);
        }
    }
}

fn good_answer(request: &[u8]) -> Vec<u8> {
    let count = usize::from(request[11]);
    let mut answer = request[..4].to_vec();
    answer.extend_from_slice(&u16::try_from(3 + 2 * count).unwrap().to_be_bytes());
    answer.extend_from_slice(&[request[6], request[7], u8::try_from(2 * count).unwrap()]);
    for i in 0..count {
        answer.extend_from_slice(&u16::try_from(i).unwrap().to_be_bytes());
    }
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_byte_by_byte_are_put_together() {
    let port = bad_device(good_answer).await;
    let mut source = open(config(port), setting(gauges(&["holding:0", "holding:1"])));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| seen.arrivals >= 3).await;
    assert_eq!(seen.last(2).unwrap().value, 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_half_frames_and_wrong_counts_never_become_values() {
    let answers: [Answer; 7] = [
        |_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        |request| good_answer(request)[..8].to_vec(),
        |request| [&request[..4], &[0, 5, 1, 3, 2, 0, 7]].concat(),
        |request| [&request[..4], &[0, 0, 1]].concat(),
        |request| [&[request[0], request[1].wrapping_add(1)], &good_answer(request)[2..]].concat(),
        |request| [&request[..4], &[0xFF, 0xFF, 1, 3]].concat(),
        |_| Vec::new(),
    ];
    for (i, answer) in answers.into_iter().enumerate() {
        let port = bad_device(answer).await;
        let mut source = open(config(port), setting(gauges(&["holding:0", "holding:1"])));
        let mut seen = Seen::default();
        until(&mut *source, &mut seen, |seen| !seen.gaps.is_empty()).await;
        assert!(seen.rows.is_empty(), "answer {i}: {:?}", seen.rows);
        assert!(matches!(source.link(), Link::Down { .. }), "answer {i}: {:?}", source.link());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_keeps_silent_on_one_block_still_gives_the_others() {
    let port = bad_device(|request| if request[8] == 1 { Vec::new() } else { good_answer(request) }).await;
    // 0x0100 = 256 is the silent one
    let mut source = open(config(port), setting(gauges(&["holding:0", "holding:256", "holding:600"])));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| (1..=3).all(|i| seen.last(i).is_some())).await;
    assert_eq!(seen.last(1).unwrap().quality, Quality::Good);
    assert_eq!((seen.last(2).unwrap().quality, seen.last(2).unwrap().status), (Quality::Bad, NO_ANSWER));
    assert_eq!(seen.last(3).unwrap().quality, Quality::Good);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_says_which_step_failed_and_lists_the_map() {
    let (port, server) = serve(Device::default(), 0).await;
    let register = |address: &str| Register {
        address: address.into(),
        name: "Flow".into(),
        unit: "l/min".into(),
        description: String::new(),
        path: String::new(),
    };
    let config = Config { registers: vec![register("holding:12:u16:scale=0.5"), register("input:1")], ..config(port) };
    let probe = ConnectionConfig::Modbus(config).probe("/nonexistent".as_ref()).unwrap();
    let report = probe.test().await;
    assert!(report.ok, "{report:?}");
    let nodes = probe.browse(None).await.unwrap();
    assert_eq!((nodes[0].value.as_deref(), nodes[0].unit.as_str()), (Some("6"), "L/min"));
    assert_eq!(nodes[1].quality, Some(Quality::Bad));
    let values = probe.read(&["coil:1".into(), "rubbish".into()]).await.unwrap();
    assert_eq!((values[0].value, values[1].quality), (Some(1.0), Quality::Bad));
    server.abort();
    let probe = ConnectionConfig::Modbus(self::config(free_port())).probe("/nonexistent".as_ref()).unwrap();
    let report = probe.test().await;
    let failed = report.steps.last().unwrap();
    assert!(!report.ok && failed.name == "connect" && !failed.cure.is_empty(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pymodbus_is_read_in_every_type_dies_and_comes_back() {
    let port = free_port();
    let Some(peer) = python_peer("modbus_server.py", &[&port.to_string()]) else { return };
    let map = [
        ("holding:0:f32", 1.5),
        ("holding:2:f32", -2.25),
        ("holding:4:f32", 1e6),
        ("input:6:f64", std::f64::consts::PI),
        ("holding:10:i32", -70_000.0),
        ("holding:12:u32", 4e9),
        ("holding:14:i16", -5.0),
        ("holding:15:u16", 65_535.0),
        ("holding:16:i64", -(2_f64.powi(40))),
        ("coil:2", 1.0),
        ("discrete:1", 0.0),
        ("input:229", 299.0),
    ];
    let mut addresses: Vec<&str> = map.iter().map(|(address, _)| *address).collect();
    addresses.push("holding:25");
    let mut source = open(Config { timeout_ms: 2000, ..config(port) }, setting(gauges(&addresses)));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| seen.arrivals >= 2).await;
    for (i, (address, want)) in map.iter().enumerate() {
        let row = seen.last(u32::try_from(i).unwrap() + 1).unwrap();
        assert_eq!((row.value, row.quality), (*want, Quality::Good), "{address}");
    }
    assert_eq!(seen.last(13).unwrap().status, 2);
    drop(peer);
    until(&mut *source, &mut seen, |seen| seen.last(1).unwrap().quality == Quality::Stale).await;
    let peer = python_peer("modbus_server.py", &[&port.to_string()]);
    until(&mut *source, &mut seen, |seen| seen.last(1).unwrap().quality == Quality::Good).await;
    drop(peer);
    assert!(tokio::time::timeout(Duration::from_secs(5), source.commit(seen.position)).await.unwrap().is_ok());
}
