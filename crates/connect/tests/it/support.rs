//! What the tests of every protocol share: a directory, a clock, peers that are not ours.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gemba_connect::{Bound, Setting};
use gemba_plant::port::{Arrival, Clock, Directory, Found, Position, Source};
use gemba_plant::{Gap, Payload, Sample, SignalId, SignalKind, Timestamp, Waveform};

/// Takes everything and numbers it; knows texts of states.
#[derive(Debug, Default)]
pub struct TestDirectory {
    signals: Mutex<BTreeMap<String, SignalId>>,
    texts: Mutex<Vec<String>>,
}

impl Directory for TestDirectory {
    fn signal(&self, found: &Found) -> Option<SignalId> {
        let mut signals = self.signals.lock().unwrap();
        let next = u32::try_from(signals.len()).unwrap() + 1000;
        Some(*signals.entry(found.binding.address.clone()).or_insert(SignalId::new(next)))
    }

    fn registers(&self, _connection: &str) -> bool {
        true
    }

    fn state_code(&self, _signal: SignalId, text: &str) -> Option<f64> {
        let mut texts = self.texts.lock().unwrap();
        let at = texts.iter().position(|t| t == text).unwrap_or_else(|| {
            texts.push(text.into());
            texts.len() - 1
        });
        Some(at as f64)
    }
}

/// The machine's clock.
#[derive(Debug)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}

/// Gauges 1, 2 … bound to some addresses.
pub fn gauges<A: AsRef<str>>(addresses: &[A]) -> Vec<Bound> {
    let bound = |(i, address): (usize, &A)| Bound {
        signal: SignalId::new(u32::try_from(i).unwrap() + 1),
        address: address.as_ref().into(),
        kind: SignalKind::Gauge,
    };
    addresses.iter().enumerate().map(bound).collect()
}

/// A setting with these signals.
pub fn setting(bound: Vec<Bound>) -> Setting {
    Setting {
        name: "plc".into(),
        bound,
        directory: Arc::new(TestDirectory::default()),
        clock: Arc::new(WallClock),
        position: Position::default(),
        pki: PathBuf::from("/nonexistent"),
        bad_after: Duration::from_secs(1),
        memory: gemba_connect::Memory::new(),
    }
}

/// Everything that came so far.
#[derive(Debug, Default)]
pub struct Seen {
    pub rows: Vec<Sample>,
    pub waves: Vec<Waveform>,
    pub gaps: Vec<Gap>,
    pub arrivals: usize,
    pub position: Position,
}

impl Seen {
    pub fn take(&mut self, arrival: Arrival) {
        self.arrivals += 1;
        self.gaps.extend(arrival.gaps);
        self.position = arrival.position;
        for payload in arrival.payloads {
            match payload {
                Payload::Samples(batch) => self.rows.extend(batch.rows()),
                Payload::Waveform(wave) => self.waves.push(wave),
                Payload::Frame(_) => {}
            }
        }
    }

    pub fn last(&self, signal: u32) -> Option<Sample> {
        self.rows.iter().rev().find(|row| row.signal.get() == signal).copied()
    }
}

/// Reads until `done`, at most 30 s.
pub async fn until(source: &mut dyn Source, seen: &mut Seen, done: impl Fn(&Seen) -> bool) {
    let all = async {
        while !done(seen) {
            match source.next().await.unwrap() {
                Some(arrival) => seen.take(arrival),
                None => return,
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), all).await.is_ok();
    assert!(in_time, "not in time; link {:?}; {} rows, gaps {:?}", source.link(), seen.rows.len(), seen.gaps);
}

/// A port that nobody uses at present.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A peer that is not ours; ended when dropped.
pub struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a script of `tests/it/peers` with the Python of `GEMBA_PEERS_PYTHON` and waits until it says `ready`.
/// None, with one printed line, when there is no such Python.
pub fn python_peer(script: &str, args: &[&str]) -> Option<Peer> {
    let Ok(python) = std::env::var("GEMBA_PEERS_PYTHON") else {
        println!("skipped: {script} needs GEMBA_PEERS_PYTHON, a Python with asyncua and pymodbus");
        return None;
    };
    Some(started(Command::new(python), script, args))
}

/// Starts a script of `tests/it/peers` with Node and the modules of `GEMBA_PEERS_NODE_MODULES`, as [`python_peer`].
pub fn node_peer(script: &str, args: &[&str]) -> Option<Peer> {
    let Ok(modules) = std::env::var("GEMBA_PEERS_NODE_MODULES") else {
        println!("skipped: {script} needs GEMBA_PEERS_NODE_MODULES, a folder of Node modules with node-opcua");
        return None;
    };
    let mut node = Command::new("node");
    node.env("NODE_PATH", modules);
    Some(started(node, script, args))
}

/// The peer once it says `ready`.
fn started(mut program: Command, script: &str, args: &[&str]) -> Peer {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/peers").join(script);
    let mut child = program.arg(path).args(args).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let ready = lines.find(|line| line.as_ref().is_ok_and(|line| line == "ready"));
    let peer = Peer(child);
    assert!(ready.is_some(), "{script} did not get ready");
    std::thread::Builder::new().name("peer output".into()).spawn(move || lines.for_each(drop)).unwrap();
    peer
}
