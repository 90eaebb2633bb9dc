//! A controller that goes away and comes back.

use std::future::{Ready, ready};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::{Server, accept_tcp_connection};
use tokio_modbus::{ExceptionCode, Request, Response};

use crate::house::{House, free_port, plant, until};

/// Holding register n holds n.
#[derive(Clone)]
struct Registers;

impl Service for Registers {
    type Request = Request<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Response, ExceptionCode>>;

    fn call(&self, request: Self::Request) -> Self::Future {
        ready(match request {
            Request::ReadHoldingRegisters(start, count) => {
                Ok(Response::ReadHoldingRegisters((start..start + count).collect()))
            }
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}

/// A controller; when it is dropped its port and every connection are gone.
struct Plc(Option<Runtime>);

impl Plc {
    fn start(port: u16) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", port))).unwrap();
        runtime.spawn(async move {
            let connect = |stream, peer| async move { accept_tcp_connection(stream, peer, |_| Ok(Some(Registers))) };
            drop(Server::new(listener).serve(&connect, |_| {}).await);
        });
        Self(Some(runtime))
    }
}

impl Drop for Plc {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

/// Growth of memory that is no leak: caches and the allocator's own slack in a debug build.
const SLACK: u64 = 24 << 20;

#[test]
fn a_controller_goes_away_and_comes_back() {
    let port = free_port();
    let gemba = format!(
        "bad_after_s = 2\n[connections.plc]\nprotocol = \"modbus\"\naddress = \"127.0.0.1:{port}\"\npoll_interval_ms = 50\ntimeout_ms = 500\n"
    );
    let signals = ["three", "seven"].map(|name| (name, format!("holding:{}", if name == "three" { 3 } else { 7 })));
    let mut house = House::new(&gemba, &plant("plc", &signals));
    let of = |quality: &str| {
        format!("select count(*) from samples where signal = 'acme/rig/seven' and quality = '{quality}'")
    };
    let plc = Plc::start(port);
    house.start();
    assert!(until(|| house.number(&of("good")) >= 40), "values come");
    let memory = house.memory();
    drop(plc);
    assert!(until(|| house.number(&of("stale")) >= 1), "stale at once");
    let good = house.number(&of("good"));
    assert!(until(|| house.number(&of("bad")) >= 1), "bad after a while");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(
        (house.number(&of("good")), house.number(&of("stale")), house.number(&of("bad"))),
        (good, 1, 1),
        "said once, however long it is away"
    );
    let away = house.memory();
    let plc = Plc::start(port);
    assert!(until(|| house.number(&of("good")) >= good + 40), "data resumes without a restart");
    let marks = house
        .sql("select quality, value from samples where signal = 'acme/rig/seven' and quality <> 'good' order by time");
    assert!(marks.iter().all(|mark| mark[1] == 7.0), "marks carry the last value: {marks:?}");
    let gaps =
        house.sql("select from_time, to_time, reason from gaps where connection = 'plc' and reason <> 'dropped'");
    assert_eq!(gaps.iter().filter(|gap| gap[2] == "connection_lost" && gap[1].is_string()).count(), 1, "{gaps:?}");
    let (gap, last) = (&gaps[0], house.sql(&format!("{} order by 1", of("good").replace("count(*)", "max(time)"))));
    assert!(gap[0].as_str() < gap[1].as_str() && gap[1].as_str() < last[0][0].as_str(), "{gap:?} {last:?}");
    println!("memory: {} MB before, {} MB away, {} MB back", memory >> 20, away >> 20, house.memory() >> 20);
    assert!(away <= memory + SLACK && house.memory() <= memory + SLACK, "memory is flat");
    // away when the program is killed, back when it starts: no gap stays open
    drop(plc);
    assert!(
        until(|| house.number("select count(*) from gaps where reason = 'connection_lost'") == 2),
        "the second loss is a gap"
    );
    house.kill();
    let before = Plc::start(port);
    house.start();
    let good = house.number(&of("good"));
    assert!(until(|| house.number(&of("good")) > good), "data resumes after a restart");
    let gaps = house.sql("select reason, to_time < (select max(time) from samples) from gaps where connection = 'plc' and reason <> 'dropped' order by from_time");
    assert!(gaps.len() == 3 && gaps.iter().all(|gap| gap[1] == true) && gaps[2][0] == "not_running", "{gaps:?}");
    assert!(house.is_up() && house.stop());
    drop(before);
}
