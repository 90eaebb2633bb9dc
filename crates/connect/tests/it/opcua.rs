//! OPC UA against a server of the protocol stack with tight limits, and against one that is not ours.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gemba_connect::opcua::{Config, Identity, Place, Security, Wave, certificates, trust};
use gemba_connect::{Bound, BrowseNode, ConnectionConfig, Setting};
use gemba_plant::port::{Link, Source};
use gemba_plant::{GapReason, Quality, Range, SignalId, SignalKind, Timestamp};
use opcua::server::address_space::Variable;
use opcua::server::diagnostics::NamespaceMetadata;
use opcua::server::node_manager::memory::{SimpleNodeManager, simple_node_manager};
use opcua::server::{ServerBuilder, ServerHandle};
use opcua::types::{DataValue, DateTime, NodeId, ObjectId, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{Peer, Seen, free_port, gauges, node_peer, python_peer, setting, until};

/// A server with variables `v0` … that takes few operations in one request.
struct TestServer {
    handle: ServerHandle,
    manager: Arc<SimpleNodeManager>,
    space: u16,
    task: tokio::task::JoinHandle<()>,
}

const URI: &str = "urn:gemba:test";

impl TestServer {
    async fn start(port: u16, variables: u32, folder: &Path) -> Self {
        let mut builder = ServerBuilder::new_anonymous("test")
            .application_uri("urn:gemba:test:server")
            .host("127.0.0.1")
            .port(port)
            .pki_dir(folder.join("server"))
            .with_node_manager(simple_node_manager(
                NamespaceMetadata { namespace_uri: URI.into(), ..Default::default() },
                "test",
            ));
        let limits = &mut builder.limits_mut().operational;
        (limits.max_nodes_per_read, limits.max_nodes_per_browse, limits.max_monitored_items_per_call) = (37, 41, 43);
        let (server, handle) = builder.build().unwrap();
        let manager = handle.node_managers().get_of_type::<SimpleNodeManager>().unwrap();
        let space = handle.get_namespace_index(URI).unwrap();
        {
            let mut address_space = manager.address_space().write();
            let folder = NodeId::new(space, "folder");
            address_space.add_folder(&folder, "folder", "folder", &ObjectId::ObjectsFolder.into());
            let make =
                |i| Variable::new(&NodeId::new(space, format!("v{i}")), format!("v{i}"), format!("v{i}"), f64::from(i));
            address_space.add_variables((0..variables).map(make).collect(), &folder);
        }
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let task = tokio::spawn(async move { server.run_with(listener).await.unwrap() });
        Self { handle, manager, space, task }
    }

    fn set(&self, i: u32, value: DataValue) {
        let node = NodeId::new(self.space, format!("v{i}"));
        self.manager.set_value(self.handle.subscriptions(), &node, None, value).unwrap();
    }

    async fn stop(self) {
        self.handle.cancel();
        drop(tokio::time::timeout(Duration::from_secs(5), self.task).await);
    }
}

fn plain(port: u16) -> Config {
    let endpoint = format!("opc.tcp://127.0.0.1:{port}");
    Config {
        insecure: true,
        publishing_interval_ms: 50,
        sampling_interval_ms: 20,
        timeout_ms: 3000,
        ..Config::new(endpoint)
    }
}

fn open(config: Config, setting: Setting) -> Box<dyn Source> {
    ConnectionConfig::Opcua(config).open(setting).unwrap()
}

fn within(folder: &Path, bound: Vec<Bound>) -> Setting {
    Setting { pki: folder.join("pki"), ..setting(bound) }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_nodes_are_watched_in_batches_and_bad_ones_cost_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let server = TestServer::start(port, 10_000, folder.path()).await;
    let mut addresses: Vec<String> = (0..10_000).map(|i| format!("ns={};s=v{i}", server.space)).collect();
    addresses[77] = format!("ns={};s=nowhere", server.space);
    addresses[78] = "rubbish".into();
    addresses[79] = format!("nsu={URI};s=v79");
    let mut source = open(plain(port), within(folder.path(), gauges(&addresses)));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| seen.rows.len() >= 10_000).await;
    for i in 0..10_000_u32 {
        let row = seen.last(i + 1).unwrap();
        match i {
            77 => assert_eq!((row.quality, row.status), (Quality::Bad, StatusCode::BadNodeIdUnknown.bits())),
            78 => assert_eq!((row.quality, row.status), (Quality::Bad, StatusCode::BadNodeIdInvalid.bits())),
            _ => assert_eq!((row.quality, row.value), (Quality::Good, f64::from(i)), "v{i}: status {:08X}", row.status),
        }
    }
    assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
    // this server gives a time of its own to values older than the last one it sampled
    let at = DateTime::ymd_hms(2040, 1, 1, 0, 0, 0);
    let uncertain = DataValue { status: Some(StatusCode::UncertainLastUsableValue), ..DataValue::new_at(1.5_f64, at) };
    server.set(5, uncertain);
    until(&mut *source, &mut seen, |seen| seen.last(6).unwrap().value == 1.5).await;
    let row = seen.last(6).unwrap();
    assert_eq!((row.quality, row.status), (Quality::Uncertain, StatusCode::UncertainLastUsableValue.bits()));
    assert_eq!(row.time, Timestamp::from_secs(2_208_988_800), "the source's time");
    drop(source);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_and_comes_back_is_watched_again_with_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let server = TestServer::start(port, 3, folder.path()).await;
    let addresses: Vec<String> = (0..3).map(|i| format!("ns={};s=v{i}", server.space)).collect();
    let mut source = open(plain(port), within(folder.path(), gauges(&addresses)));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| seen.rows.len() >= 3).await;
    assert_eq!(source.link(), Link::Up);
    server.stop().await;
    until(&mut *source, &mut seen, |seen| seen.last(3).unwrap().quality == Quality::Stale).await;
    assert_eq!(seen.last(3).unwrap().value, 2.0);
    assert_eq!((seen.gaps[0].reason, seen.gaps[0].range.to), (GapReason::ConnectionLost, Timestamp::MAX));
    until(&mut *source, &mut seen, |seen| seen.last(3).unwrap().quality == Quality::Bad).await;
    let server = TestServer::start(port, 3, folder.path()).await;
    until(&mut *source, &mut seen, |seen| seen.last(3).unwrap().quality == Quality::Good).await;
    let closed = seen.gaps.last().unwrap();
    assert!(closed.range.to < Timestamp::MAX && closed.range.from == seen.gaps[0].range.from);
    server.set(0, DataValue::new_now(9.0_f64));
    until(&mut *source, &mut seen, |seen| seen.last(1).unwrap().value == 9.0).await;
    drop(source);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_instead_of_a_server_is_told_and_survived() {
    for answer in
        [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &b"ACKF\xFF\xFF\xFF\xFF"[..], &b"ACKF\x1C\0\0\0\0"[..], &b""[..]]
    {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                drop(stream.read(&mut [0; 64]).await);
                drop(stream.write_all(answer).await);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let config = Config { timeout_ms: 500, ..plain(port) };
        let mut source = open(config, within(folder.path(), gauges(&["i=2258"])));
        let mut seen = Seen::default();
        until(&mut *source, &mut seen, |seen| !seen.gaps.is_empty()).await;
        assert!(seen.rows.is_empty());
        assert!(matches!(source.link(), Link::Down { .. }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_walks_browses_and_reads() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let server = TestServer::start(port, 100, folder.path()).await;
    let pki = folder.path().join("pki");
    let strict = Config { insecure: false, ..plain(port) };
    let report = ConnectionConfig::Opcua(strict).probe(&pki).unwrap().test().await;
    assert!(!report.ok && report.steps.last().unwrap().cure.contains("insecure = true"), "{report:?}");
    let probe = ConnectionConfig::Opcua(plain(port)).probe(&pki).unwrap();
    let report = probe.test().await;
    assert!(report.ok, "{report:?}");
    let top = probe.browse(None).await.unwrap();
    let plant = top.iter().find(|node| node.name == "folder").unwrap();
    assert!(plant.has_children && !plant.is_signal);
    let nodes = probe.browse(Some(&plant.address)).await.unwrap();
    assert_eq!(nodes.len(), 100);
    let seventh = nodes.iter().find(|node| node.name == "v7").unwrap();
    assert_eq!((seventh.value.as_deref(), seventh.data_type.as_str(), seventh.is_signal), (Some("7"), "Double", true));
    let read = probe.read(&[seventh.address.clone(), "nonsense".into(), "ns=1;s=nowhere".into()]).await.unwrap();
    assert_eq!((read[0].value, read[1].quality, read[2].quality), (Some(7.0), Quality::Bad, Quality::Bad));
    server.stop().await;
    let report = probe.test().await;
    assert_eq!(report.steps.last().map(|step| step.name.as_str()), Some("connect"), "{report:?}");
}

fn signal(id: u32, address: &str, kind: SignalKind) -> Bound {
    Bound { signal: SignalId::new(id), address: address.into(), kind }
}

const PLANT: &str = "nsu=http://gemba.test/plant;s=Plant";

fn plant_signals() -> Vec<Bound> {
    let mut bound = vec![
        signal(1, &format!("{PLANT}.Flow"), SignalKind::Gauge),
        signal(2, &format!("{PLANT}.Mode"), SignalKind::State),
        signal(3, &format!("{PLANT}.Wave"), SignalKind::Waveform),
        signal(4, &format!("{PLANT}.Still"), SignalKind::Gauge),
        signal(5, &format!("{PLANT}.Broken"), SignalKind::Gauge),
        signal(6, &format!("{PLANT}.Missing"), SignalKind::Gauge),
    ];
    bound.extend((0..2000).map(|i| signal(100 + i, &format!("{PLANT}.Many{i}"), SignalKind::Gauge)));
    bound
}

fn wave() -> Wave {
    Wave { address: format!("{PLANT}.Wave"), rate_hz: None, rate_address: Some(format!("{PLANT}.Rate")) }
}

fn assert_plant(seen: &Seen) {
    assert_eq!(seen.last(4).unwrap().value, 42.0);
    assert_eq!(seen.last(5).unwrap().status, StatusCode::BadSensorFailure.bits());
    assert_eq!(seen.last(6).unwrap().status, StatusCode::BadNodeIdUnknown.bits());
    assert!((0..2000).all(|i| seen.last(100 + i).is_some_and(|row| row.value == f64::from(i))));
    let wave = seen.waves.last().unwrap();
    assert_eq!((wave.rate_hz, wave.samples.len()), (25_600.0, 256));
    assert_eq!(wave.samples[255] - wave.samples[0], 255.0);
    let flow: Vec<f64> = seen.rows.iter().filter(|r| r.signal.get() == 1).map(|r| r.value).collect();
    // a server may begin to sample a while after it has told the value that holds
    let steps = || flow.windows(2).map(|w| w[1] - w[0]);
    assert!(
        steps().all(|step| step > 0.0) && steps().skip(1).all(|step| step == 1.0),
        "every value, in order: {flow:?}"
    );
    let modes: Vec<f64> = seen.rows.iter().filter(|r| r.signal.get() == 2).map(|r| r.value).collect();
    assert!(modes.windows(2).all(|w| w[0] != w[1]), "{modes:?}");
}

fn enough(seen: &Seen) -> bool {
    let flows = seen.rows.iter().filter(|r| r.signal.get() == 1).count();
    seen.rows.len() > 2000 && flows > 10 && seen.waves.len() > 5
}

#[tokio::test(flavor = "multi_thread")]
async fn asyncua_without_security_is_watched_dies_and_comes_back() {
    without_security(&|args| python_peer("opcua_server.py", args)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_opcua_without_security_is_watched_dies_and_comes_back() {
    without_security(&|args| node_peer("nodeopcua/server.cjs", args)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asyncua_with_basic256sha256_and_a_user_is_refused_until_trusted_then_watched() {
    with_basic256sha256(&|args| python_peer("opcua_server.py", args)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_opcua_with_basic256sha256_and_a_user_is_refused_until_trusted_then_watched() {
    with_basic256sha256(&|args| node_peer("nodeopcua/server.cjs", args)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_acknowledged_only_after_its_data_is_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (port, at) = (free_port(), folder.path().display().to_string());
    let Some(peer) = python_peer("opcua_server.py", &[&port.to_string(), &at, "none"]) else { return };
    let bound = vec![
        signal(1, &format!("{PLANT}.Flow"), SignalKind::Gauge),
        signal(2, &format!("{PLANT}.Kept"), SignalKind::Gauge),
    ];
    let mut source = open(plain(port), within(folder.path(), bound));
    let mut seen = Seen::default();
    // how many messages the server keeps because they were not acknowledged
    let kept = |seen: &Seen| seen.last(2).map_or(0.0, |row| row.value);
    until(&mut *source, &mut seen, |seen| kept(seen) >= 12.0).await;
    // not even those long gone were acknowledged
    assert!(seen.rows.iter().filter(|r| r.signal.get() == 1).count() >= 10);
    source.commit(seen.position.clone()).await.unwrap();
    until(&mut *source, &mut seen, |seen| kept(seen) <= 6.0).await;
    // a receipt of another run says nothing
    let before = kept(&seen);
    source.commit(gemba_plant::port::Position(vec![7; 16])).await.unwrap();
    until(&mut *source, &mut seen, |seen| kept(seen) >= before + 5.0).await;
    drop((source, peer));
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_are_offered_where_they_stand_and_only_what_can_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let (port, at) = (free_port(), folder.path().display().to_string());
    let Some(peer) = python_peer("opcua_server.py", &[&port.to_string(), &at, "none"]) else { return };
    let probe = ConnectionConfig::Opcua(plain(port)).probe(&folder.path().join("pki")).unwrap();
    let named = |nodes: Vec<BrowseNode>, name: &str| nodes.into_iter().find(|node| node.name == name).unwrap();
    let top = probe.browse(None).await.unwrap();
    assert!(top.iter().all(|node| node.name != "Server"), "{top:?}");
    let hall = named(top, "Hall 1");
    let press = named(probe.browse(Some(&hall.address)).await.unwrap(), "Press 7");
    let told = probe.browse(Some(&press.address)).await.unwrap();
    let serviced = named(told.clone(), "Serviced");
    let read = probe.read(&[serviced.address]).await.unwrap();
    assert_eq!(read[0].value, Some(1_767_355_200.0), "{read:?}");
    let told: Vec<_> = told.iter().map(|node| (node.path.as_str(), node.is_signal)).collect();
    let (oil, serviced) = (("hall-1/press-7/oil-temperature", true), ("hall-1/press-7/serviced", true));
    assert_eq!(told, [oil, serviced, ("hall-1/press-7/recipes", false), ("hall-1/press-7/limits", false)]);
    let server = probe.browse(Some("i=2256")).await.unwrap();
    assert!(server.iter().any(|node| node.name == "CurrentTime" && node.is_signal), "{server:?}");
    drop(peer);
}

/// Starts a server with PORT, DIR and `none` or `secure`; none where it is not installed.
type StartPeer<'a> = &'a dyn Fn(&[&str]) -> Option<Peer>;

async fn without_security(start: StartPeer<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let (port, at) = (free_port(), folder.path().display().to_string());
    let args = [&*port.to_string(), &at, "none"];
    let Some(peer) = start(&args) else { return };
    let config = Config { waveforms: vec![wave()], ..plain(port) };
    let probe = ConnectionConfig::Opcua(config.clone()).probe(&folder.path().join("pki")).unwrap();
    let report = probe.test().await;
    assert!(report.ok, "{report:?}");
    let plant = probe.browse(None).await.unwrap().into_iter().find(|node| node.name == "Plant").unwrap();
    let nodes = probe.browse(Some(&plant.address)).await.unwrap();
    let flow = nodes.iter().find(|node| node.name == "Flow").unwrap();
    assert_eq!((flow.unit.as_str(), flow.path.as_str()), ("Cel", "plant/flow"));
    assert_eq!(flow.range, Some(Range { low: 0.0, high: 50.0 }));
    let kind = |name| nodes.iter().find(|node| node.name == name).unwrap().kind;
    assert_eq!((kind("Mode"), kind("Wave")), (SignalKind::State, SignalKind::Waveform));
    let mut source = open(config, within(folder.path(), plant_signals()));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, enough).await;
    assert_plant(&seen);
    drop(peer);
    until(&mut *source, &mut seen, |seen| seen.last(4).unwrap().quality == Quality::Stale).await;
    let peer = start(&args);
    until(&mut *source, &mut seen, |seen| seen.last(4).unwrap().quality == Quality::Good).await;
    let still = seen.last(4).unwrap();
    assert!(still.time >= seen.gaps[0].range.from, "a value that holds is told as holding now");
    drop((source, peer));
}

async fn with_basic256sha256(start: StartPeer<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let (port, at) = (free_port(), folder.path().display().to_string());
    let Some(peer) = start(&[&port.to_string(), &at, "secure"]) else { return };
    let pki = folder.path().join("pki");
    std::fs::write(folder.path().join("password"), "pa55word\n").unwrap();
    std::fs::write(folder.path().join("wrong"), "guess\n").unwrap();
    let user = |file: &str| {
        let password = serde_json::from_value(format!("file:{at}/{file}").into()).unwrap();
        Identity::User { user: "operator".into(), password }
    };
    let config = Config {
        insecure: false,
        identity: user("password"),
        waveforms: vec![wave()],
        timeout_ms: 10_000,
        ..plain(port)
    };
    let probe = |config: &Config| ConnectionConfig::Opcua(config.clone()).probe(&pki).unwrap();
    let report = probe(&config).test().await;
    let last = report.steps.last().unwrap();
    assert!(!report.ok && last.name == "trust", "{report:?}");
    let rejected = certificates(&pki).unwrap().into_iter().find(|c| c.place == Place::Rejected).unwrap();
    assert!(last.detail.contains(&rejected.fingerprint), "{report:?}");
    let mut source = open(config.clone(), within(folder.path(), plant_signals()));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| !seen.gaps.is_empty()).await;
    let Link::Down { why, cure } = source.link() else { panic!("{:?}", source.link()) };
    assert!(why.contains(&rejected.fingerprint) && cure.contains("trusted/certs"), "{why} {cure}");
    trust(&pki, &rejected.fingerprint).unwrap();
    // trusted while the source keeps trying: no restart
    until(&mut *source, &mut seen, enough).await;
    assert_plant(&seen);
    let report = probe(&config).test().await;
    assert!(report.ok && report.steps.iter().any(|step| step.detail.contains("Basic256Sha256")), "{report:?}");
    let report = probe(&Config { identity: user("wrong"), ..config.clone() }).test().await;
    assert_eq!(report.steps.last().map(|step| step.name.as_str()), Some("sign in"), "{report:?}");
    let report =
        probe(&Config { identity: Identity::Anonymous, security: Security::Basic256Sha256, ..config }).test().await;
    assert!(!report.ok && report.steps.last().unwrap().cure.contains("identity"), "{report:?}");
    drop((source, peer));
}

/// Resident memory of this process, in MB.
#[cfg(target_os = "linux")]
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0 / 1e6
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_flat_while_a_server_is_away_and_while_nobody_takes_data() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let server = TestServer::start(port, 500, folder.path()).await;
    let addresses: Vec<String> = (0..500).map(|i| format!("ns={};s=v{i}", server.space)).collect();
    let mut source = open(plain(port), within(folder.path(), gauges(&addresses)));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| seen.rows.len() >= 500).await;
    let before = resident_mb();
    for round in 0..100 {
        (0..500).for_each(|i| server.set(i, DataValue::new_now(f64::from(round))));
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let stalled = resident_mb();
    assert!(stalled < before + 40.0, "nobody took data: {before} MB, then {stalled} MB");
    // this server may keep the very last value of a burst to itself
    until(&mut *source, &mut seen, |seen| (1..=500).all(|i| seen.last(i).unwrap().value > 90.0)).await;
    let overrun = seen.gaps.iter().any(|gap| gap.reason == GapReason::Dropped && gap.signal.is_some());
    assert!(overrun, "the server's queue ran over, and the ledger says so");
    server.stop().await;
    until(&mut *source, &mut seen, |seen| seen.last(1).unwrap().quality == Quality::Bad).await;
    let arrivals = seen.arrivals;
    let quiet = tokio::time::timeout(Duration::from_secs(4), source.next()).await;
    assert!(quiet.is_err(), "told once, not with every try ({arrivals} arrivals)");
    let away = resident_mb();
    assert!(away < stalled + 20.0, "away: {stalled} MB, then {away} MB");
}
