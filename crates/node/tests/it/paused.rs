//! A connection that is paused: no traffic, stale values, a gap with its reason, over restarts, and no alarm.

use std::path::Path;
use std::time::Duration;

use gemba_connect::influx::Precision;
use gemba_node::{Node, Plan};
use gemba_plant::port::Link;
use gemba_plant::{Gap, GapReason, Quality, TimeRange};

fn plan(dir: &Path) -> Plan {
    std::fs::create_dir_all(dir.join("plant")).unwrap();
    let file = dir.join("gemba.toml");
    if !file.exists() {
        let gemba =
            "bad_after_s = 1 # soon\n[http]\nlisten = \"127.0.0.1:0\"\n[connections.line]\nprotocol = \"influx\"\n";
        std::fs::write(&file, gemba).unwrap();
        let rig = "[[asset]]\npath = \"acme/rig\"\n[[asset.signal]]\nname = \"flow\"\nconnection = \"line\"\naddress = \"rig flow\"\n";
        std::fs::write(dir.join("plant/rig.toml"), rig).unwrap();
    }
    Plan::load(&file).unwrap()
}

fn link(node: &Node) -> Link {
    node.connections().list()[0].link.clone()
}

fn gaps(node: &Node, reason: GapReason) -> Vec<Gap> {
    node.store().gaps(TimeRange::ALL).into_iter().filter(|gap| gap.reason == reason).collect()
}

/// Tries until it says yes; false when it never does.
async fn until(done: impl Fn() -> bool) -> bool {
    for _ in 0..200 {
        if done() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    done()
}

/// Whether nobody holds the connection back any more.
async fn closes(node: &Node) -> bool {
    until(|| !gaps(node, GapReason::Paused).iter().any(Gap::is_open)).await
}

/// Whether the last value comes to be of this quality.
async fn turns(node: &Node, want: Quality) -> bool {
    let flow = node.catalogue().signal_named("acme/rig/flow").unwrap().id;
    until(|| node.store().last(flow).is_some_and(|last| last.quality == want)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_connection_is_silent_over_a_restart_and_nothing_calls() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(plan(dir.path())).await.unwrap();
    let inlet = node.writes().inlet("line").unwrap();
    inlet.write(b"rig flow=7", Precision::default()).await.unwrap();

    node.connections().set_paused("line", true).await.unwrap();
    assert_eq!(link(&node), Link::Paused);
    assert!(node.writes().inlet("line").is_none() && inlet.write(b"rig flow=8", Precision::default()).await.is_err());
    assert!(turns(&node, Quality::Stale).await);
    assert!(turns(&node, Quality::Bad).await);
    let status = node.connections().list().remove(0);
    assert_eq!((status.received, status.gaps_open), (1, 1), "marks are no data, and what was counted goes on");
    let written = std::fs::read_to_string(dir.path().join("gemba.toml")).unwrap();
    assert!(written.contains("paused = [\"line\"]") && written.contains("# soon"), "{written}");
    // a change of what it reads opens no second gap, nor does it begin to read
    node.connections().set_register("line", true).await.unwrap();
    assert_eq!(link(&node), Link::Paused);
    let begun = gaps(&node, GapReason::Paused);
    assert!(begun.len() == 1 && begun[0].is_open(), "{begun:?}");
    node.stop().await.unwrap();
    drop(node);

    let node = Node::start(plan(dir.path())).await.unwrap();
    assert_eq!(link(&node), Link::Paused);
    assert_eq!(gaps(&node, GapReason::Paused), begun, "the gap goes on");
    assert!(gaps(&node, GapReason::NotRunning).is_empty(), "it would have been silent all the same");
    assert!(gaps(&node, GapReason::ConnectionLost).is_empty() && node.alarms().open_now().is_empty());
    node.connections().set_paused("line", false).await.unwrap();
    assert_eq!(link(&node), Link::Up);
    assert!(closes(&node).await);
    let ended = gaps(&node, GapReason::Paused);
    assert!(ended.len() == 1 && !ended[0].is_open() && ended[0].range.from == begun[0].range.from, "{ended:?}");
    node.writes().inlet("line").unwrap().write(b"rig flow=9", Precision::default()).await.unwrap();
    assert!(turns(&node, Quality::Good).await);
    let written = std::fs::read_to_string(dir.path().join("gemba.toml")).unwrap();
    assert!(!written.contains("\"line\"]\npaused") && plan(dir.path()).file.paused.is_empty(), "{written}");
    assert!(node.connections().set_paused("nobody", true).await.is_err());
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_goes_on_by_the_file_closes_its_gap_and_one_that_is_removed_is_not_paused_any_more() {
    let dir = tempfile::tempdir().unwrap();
    plan(dir.path()).set_paused("line", true).unwrap();
    let node = Node::start(plan(dir.path())).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(gaps(&node, GapReason::Paused).iter().any(Gap::is_open));
    node.stop().await.unwrap();
    drop(node);

    plan(dir.path()).set_paused("line", false).unwrap();
    let node = Node::start(plan(dir.path())).await.unwrap();
    assert_eq!(link(&node), Link::Up);
    assert!(closes(&node).await);
    node.connections().set_paused("line", true).await.unwrap();
    node.connections().remove("line").await.unwrap();
    assert!(!node.connections().is_paused("line") && plan(dir.path()).file.paused.is_empty());
    assert!(closes(&node).await);
    node.stop().await.unwrap();
}
