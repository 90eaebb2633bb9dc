//! Recorded files in, samples and findings out; again after a restart; nothing twice.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use gemba_node::{ImportSignal, Node, Plan, SignalDraft};
use gemba_plant::port::Link;
use gemba_plant::{Binding, SignalKind};
use gemba_query::Limits;

/// Twenty minutes at 1 Hz: three signals that follow the speed; in the last five the first breaks away with the third.
fn recording() -> String {
    let mut noise = gemba_testkit::Seeded::new(5);
    let mut text = String::from("time,speed,flow,pressure,current\n");
    for second in 0..1_200 {
        let load = (f64::from(second) / 40.0).sin();
        let speed = 1_450.0 + 150.0 * load;
        let fault = if second < 900 { 0.0 } else { 1.0 };
        let flow = 30.0 + 4.0 * load - 6.0 * fault + 0.1 * noise.normal();
        let pressure = 5.0 + 0.5 * load + 0.02 * noise.normal();
        let current = 12.0 + 1.5 * load + 2.5 * fault + 0.05 * noise.normal();
        writeln!(text, "{},{speed:.0},{flow:.2},{pressure:.3},{current:.2}", 1_700_000_000 + second).unwrap();
    }
    text
}

pub(crate) fn plan(dir: &Path) -> Plan {
    std::fs::create_dir_all(dir.join("plant")).unwrap();
    std::fs::write(dir.join("recording.csv"), recording()).unwrap();
    let gemba = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[connections.recorder]\nprotocol = \"file\"\npaths = [\"{}\"]\nspeed = 0.0\n\
         [maintenance.normal]\nstep_ms = 1000\nlearn_s = 600\n",
        dir.join("recording.csv").display()
    );
    std::fs::write(dir.join("gemba.toml"), gemba).unwrap();
    let signals = [("speed", "speed"), ("flow", "flow"), ("pressure", "pressure"), ("current", "current")].map(|(name, role)| {
        format!("[[asset.signal]]\nname = \"{name}\"\nrole = \"{role}\"\nconnection = \"recorder\"\naddress = \"{name}\"\n")
    });
    std::fs::write(dir.join("plant/rig.toml"), format!("[[asset]]\npath = \"acme/rig\"\n{}", signals.concat()))
        .unwrap();
    Plan::load(&dir.join("gemba.toml")).unwrap()
}

pub(crate) async fn count(node: &Node, sql: &str) -> u64 {
    let answer = node.query().sql(sql, &Limits::default()).await.unwrap();
    serde_json::to_value(&answer.rows().unwrap()[0][0]).unwrap().as_u64().unwrap()
}

/// Waits until the answer is at least `want`; a test that never gets there fails by the number.
pub(crate) async fn until(node: &Node, sql: &str, want: u64) -> u64 {
    let mut have = 0;
    for _ in 0..400 {
        have = count(node, sql).await;
        if have >= want {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    have
}

pub(crate) const STORED: &str = "select count(*) from samples where asset = 'acme/rig' and signal in ('acme/rig/flow','acme/rig/pressure','acme/rig/current')";

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_stored_whole_found_out_and_alarmed_and_nothing_comes_twice() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(plan(dir.path())).await.unwrap();
    assert_eq!(until(&node, STORED, 3_600).await, 3_600);
    assert!(
        until(&node, "select count(*) from findings where asset = 'acme/rig'", 1).await >= 1,
        "the fault was not found"
    );
    assert!(
        until(&node, "select count(*) from alarms where asset = 'acme/rig'", 1).await >= 1,
        "the fault raised no alarm"
    );
    let first = node
        .findings()
        .list(&gemba_node::state::FindingFilter { limit: 100, ..Default::default() })
        .unwrap()
        .pop()
        .unwrap();
    let fault_begins = gemba_plant::Timestamp::from_secs(1_700_000_900);
    assert!(first.finding.since >= fault_begins, "found before the fault: {:?}", first.finding.title);
    assert!(first.finding.explanation.len() > 40, "{}", first.finding.explanation);
    node.stop().await.unwrap();
    drop(node);

    let again = Node::start(plan(dir.path())).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(count(&again, STORED).await, 3_600);
    let alarms = count(&again, "select count(*) from alarms").await;
    let held = count(&again, "select count(*) from findings where state = 'active'").await;
    again.stop().await.unwrap();
    drop(again);
    assert!(alarms >= 1, "alarms survive a restart");
    assert!(held >= 1, "the fault holds to the end of the recording");

    // nobody watches any more: what was open is closed, and says why
    let written = std::fs::read_to_string(dir.path().join("gemba.toml")).unwrap();
    std::fs::write(dir.path().join("gemba.toml"), format!("{written}[maintenance]\nwatch = false\n")).unwrap();
    let unwatched = Node::start(Plan::load(&dir.path().join("gemba.toml")).unwrap()).await.unwrap();
    assert_eq!(count(&unwatched, "select count(*) from findings where state = 'active'").await, 0);
    let told = unwatched.findings().get(first.id).unwrap().unwrap().finding.explanation;
    assert!(told.ends_with("nothing is watched here (maintenance.watch is false)."), "{told}");
    unwatched.stop().await.unwrap();
}

/// A column that is ticked.
fn ticked(column: &str) -> ImportSignal {
    serde_json::from_value(serde_json::json!({ "address": column, "asset_path": "acme/rig", "name": column })).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_from_its_first_row_for_whatever_is_ticked_and_let_go_of_with_its_signals() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("recording.csv"), recording()).unwrap();
    std::fs::write(dir.path().join("gemba.toml"), "[http]\nlisten = \"127.0.0.1:0\"\n").unwrap();
    let node = Node::start(Plan::load(&dir.path().join("gemba.toml")).unwrap()).await.unwrap();
    let recorder = serde_json::json!({ "protocol": "file", "paths": ["recording.csv"], "speed": 0.0 });
    let recorder = || serde_json::from_value(recorder.clone()).unwrap();
    node.connections().put("recorder", recorder()).await.unwrap();
    // nobody has ticked anything: it waits
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if node.connections().list()[0].link == Link::Up {
            break;
        }
    }
    assert_eq!(node.connections().list()[0].link, Link::Up);
    let import = |columns: &[&str]| columns.iter().map(|column| ticked(column)).collect::<Vec<_>>();
    node.plant().import("recorder", import(&["flow", "pressure"])).await.unwrap();
    assert_eq!(until(&node, STORED, 2_400).await, 2_400);
    node.plant().import("recorder", import(&["current"])).await.unwrap();
    assert_eq!(until(&node, STORED, 3_600).await, 3_600);

    let id = |name: &str| node.catalogue().signal_named(&format!("acme/rig/{name}")).map(|s| s.id);
    node.plant().remove_signal(id("current").unwrap()).await.unwrap();
    assert_eq!(id("current"), None);
    let computed = node.plant().remove_signal(id("monitor/score").unwrap()).await.unwrap_err().to_string();
    assert!(computed.contains("computed"), "{computed}");

    node.connections().remove("recorder").await.unwrap();
    let flow = node.catalogue().signal(id("flow").unwrap()).unwrap().clone();
    assert_eq!(flow.binding, None);
    node.connections().put("again", recorder()).await.unwrap();
    let to = Binding { connection: "again".into(), address: "pressure".into() };
    let draft = SignalDraft { binding: Some(to), ..SignalDraft::default() };
    node.plant().put_signal(flow.id, draft).await.unwrap();
    let replaced = "select count(*) from samples where signal = 'acme/rig/flow' and value < 6.5";
    assert_eq!(until(&node, replaced, 1_200).await, 1_200, "it reads what it is bound to now");

    // everything that comes, without a tick; and no more
    node.connections().set_register("again", true).await.unwrap();
    let met = "select count(distinct signal) from samples where signal like 'recording/%' and signal not like '%/%/%'";
    assert_eq!(until(&node, met, 3).await, 3, "all but what is bound already");
    let speed = node.catalogue().signal_named("recording/speed").unwrap().id;
    let refused = node.plant().remove_signal(speed).await.unwrap_err().to_string();
    assert!(refused.contains("of this again too"), "{refused}");
    node.connections().set_register("again", false).await.unwrap();
    assert!(!node.connections().list()[0].registers);
    node.stop().await.unwrap();
    assert!(Plan::load(&dir.path().join("gemba.toml")).unwrap().file.register.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticked_waveform_brings_its_samples_per_second_or_no_signal() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("gemba.toml"), "[http]\nlisten = \"127.0.0.1:0\"\n").unwrap();
    let node = Node::start(Plan::load(&dir.path().join("gemba.toml")).unwrap()).await.unwrap();
    // nobody listens there: what is ticked is written all the same
    let plc = serde_json::json!({ "protocol": "opcua", "endpoint": "opc.tcp://127.0.0.1:9", "insecure": true, "security": "none" });
    node.connections().put("plc", serde_json::from_value(plc).unwrap()).await.unwrap();
    let wave =
        |rate_hz: f64| ImportSignal { kind: SignalKind::Waveform, rate_hz: Some(rate_hz), ..ticked("ns=2;s=Wave") };
    assert!(node.plant().import("plc", vec![wave(-1.0)]).await.is_err());
    assert_eq!(node.catalogue().signals().count(), 0);
    let wave = ImportSignal { name: "wave".into(), ..wave(25_600.0) };
    assert_eq!(node.plant().import("plc", vec![wave]).await.unwrap(), 1);
    let told = serde_json::to_value(node.connections().config("plc").unwrap()).unwrap();
    let told = &told["waveforms"][0];
    assert_eq!((&told["address"], &told["rate_hz"]), (&"ns=2;s=Wave".into(), &25_600.0.into()));
    node.stop().await.unwrap();
}
