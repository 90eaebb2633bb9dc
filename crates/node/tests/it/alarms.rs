//! A person's limits, a machine that stands, and a connection that is gone: alarms as a plant uses them.

use std::fmt::Write as _;
use std::path::Path;

use gemba_node::state::AlarmFilter;
use gemba_node::{AlarmAction, Node, Plan, SignalDraft};
use gemba_plant::{Alarm, AlarmClass, AlarmState, Limits, Priority};

use crate::files::until;

/// Pressure rises beyond 9 and 10.5 bar and stays there, and at the end the machine says that it stands.
fn plan(dir: &Path) -> Plan {
    std::fs::create_dir_all(dir.join("plant")).unwrap();
    let mut text = String::from("time,pressure,mode\n");
    for second in 0..100 {
        let (pressure, mode) = (5.0 + 0.07 * f64::from(second), u8::from(second < 95));
        writeln!(text, "{},{pressure:.2},{mode}", 1_700_000_000 + second).unwrap();
    }
    std::fs::write(dir.join("recording.csv"), text).unwrap();
    let gemba = format!(
        "bad_after_s = 1\n[http]\nlisten = \"127.0.0.1:0\"\n[connections.recorder]\nprotocol = \"file\"\npaths = [\"{}\"]\nspeed = 0.0\n\
         [connections.plc]\nprotocol = \"modbus\"\naddress = \"127.0.0.1:1\"\n",
        dir.join("recording.csv").display()
    );
    std::fs::write(dir.join("gemba.toml"), gemba).unwrap();
    let plant = "[[asset]]\npath = \"acme/rig\"\n\
        [[asset.signal]]\nname = \"pressure\"\nunit = \"bar\"\nconnection = \"recorder\"\naddress = \"pressure\"\n\
        [asset.signal.limits]\nhigh = 9.0\nhigh_high = 10.5\nouter_priority = \"emergency\"\nresponse = \"open the bypass\"\n\
        [[asset.signal]]\nname = \"mode\"\nkind = \"state\"\nstates = [\"Stopped\", \"Execute\"]\nquiet_in = [\"stopped\"]\n\
        connection = \"recorder\"\naddress = \"mode\"\n\
        [[asset]]\npath = \"acme/press\"\n[[asset.signal]]\nname = \"force\"\nconnection = \"plc\"\naddress = \"holding:1:u16\"\n";
    std::fs::write(dir.join("plant/rig.toml"), plant).unwrap();
    Plan::load(&dir.join("gemba.toml")).unwrap()
}

fn alarm(node: &Node, key: &str) -> Alarm {
    let all = node.alarms().list(&AlarmFilter { limit: 100, ..AlarmFilter::default() }).unwrap();
    all.into_iter().find(|alarm| alarm.key == key).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn own_limits_alarm_in_their_words_a_standing_machine_is_quiet_and_a_lost_connection_calls_once() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(plan(dir.path())).await.unwrap();
    let key = "limit:pressure:high";
    let quiet = format!("select count(*) from alarms where key = '{key}' and state = 'suppressed_by_design'");
    assert_eq!(until(&node, &quiet, 1).await, 1, "the machine stands");
    let high = alarm(&node, key);
    assert_eq!((high.priority, high.class), (Priority::Emergency, AlarmClass::Process));
    assert_eq!((high.message.as_str(), high.response.as_str()), ("pressure above 10.5 bar", "open the bypass"));
    let journal = node.alarms().journal(high.id).unwrap();
    // the mode may be known before the pressure was looked at
    let set_aside = journal.iter().find(|line| line.to == AlarmState::SuppressedByDesign).unwrap();
    assert!(["raised", "mode is Stopped"].contains(&set_aside.comment.as_str()), "{journal:?}");
    assert!(node.alarms().act(&[high.id], AlarmAction::Shelve { until: node.now() }, "ann", "").is_err());

    let lost = "select count(*) from alarms where key = 'system:connection:plc' and state = 'unack_active'";
    assert_eq!(until(&node, lost, 1).await, 1, "no PLC is there");
    let gone = alarm(&node, "system:connection:plc");
    assert_eq!((gone.class, gone.message.as_str()), (AlarmClass::System, "connection plc is lost"));
    let press = gemba_plant::AssetPath::new("acme/press").unwrap();
    assert_eq!(node.catalogue().asset_at(&press).map(|asset| asset.id), Some(gone.asset));
    assert!(gone.consequence.contains("1 signals") && !gone.cause.is_empty(), "{}", gone.consequence);
    node.plant().remove_asset(gone.asset).await.unwrap();
    node.connections().remove("plc").await.unwrap();
    let back = "select count(*) from alarms where key = 'system:connection:plc' and state = 'rtn_unack'";
    assert_eq!(until(&node, back, 1).await, 1, "it ends by itself");

    // limits that are taken away end what they told; limits out of order are refused
    let signal = node.catalogue().signal_named("acme/rig/pressure").map(|s| s.id).unwrap();
    let draft = |limits: Limits| SignalDraft { limits: Some(limits), ..SignalDraft::default() };
    let wrong = draft(Limits { high: Some(9.0), low: Some(9.5), ..Limits::default() });
    assert!(node.plant().put_signal(signal, wrong).await.is_err());
    node.plant().put_signal(signal, draft(Limits::default())).await.unwrap();
    let written = std::fs::read_to_string(dir.path().join("plant/rig.toml")).unwrap();
    assert!(!written.contains("high_high") && written.contains("quiet_in = [\"stopped\"]"), "{written}");
    let over = format!("select count(*) from findings where key = '{key}' and state = 'cleared'");
    assert_eq!(until(&node, &over, 1).await, 1);
    node.stop().await.unwrap();
}
