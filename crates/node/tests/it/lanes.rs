//! Operators that join while data arrives.

use gemba_node::{Node, Plan};

use crate::files::{plan, until};

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_met_while_it_delivers_is_looked_at_from_its_first_row_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = plan(dir.path()).origin;
    let text = std::fs::read_to_string(&path).unwrap().replace("speed = 0.0", "speed = 200.0");
    std::fs::write(&path, format!("register = [\"recorder\"]\n{text}")).unwrap();
    std::fs::remove_file(dir.path().join("plant/rig.toml")).unwrap();
    let node = Node::start(Plan::load(&path).unwrap()).await.unwrap();
    let stored = "select count(*) from samples where signal = 'recording/flow'";
    assert!(until(&node, stored, 1_200).await >= 1_200);
    // its operators are made a third of the recording after its first row, and more rows come while they read those before
    let scores = "select count(*) from samples where signal = 'recording/monitor/score'";
    assert!(until(&node, scores, 1_190).await >= 1_190);
    assert!(until(&node, "select count(*) from findings where asset = 'recording'", 1).await >= 1);
    node.stop().await.unwrap();
}
