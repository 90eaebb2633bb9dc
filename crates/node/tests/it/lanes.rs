//! Operators that join while data arrives.

use gemba_node::config::LearningEntry;
use gemba_node::{Moment, Node, Plan};
use gemba_plant::Timestamp;

use crate::files::{STORED, count, plan, until};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_learns_again_from_a_time_that_a_person_names_and_keeps_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(plan(dir.path())).await.unwrap();
    let open = "select count(*) from findings where asset = 'acme/rig' and state = 'active'";
    assert!(until(&node, STORED, 3_600).await >= 3_600 && until(&node, open, 1).await >= 1, "the fault was not found");
    let id = node.catalogue().assets().find(|asset| asset.path.as_str() == "acme/rig").unwrap().id;
    let learning = |from: i64, hours: f64| {
        let from = Moment(Timestamp::from_secs(1_700_000_000 + from));
        Some(LearningEntry { from, hours: Some(hours) })
    };
    let refused = |refused: Result<(), gemba_node::Error>| refused.unwrap_err().to_string();
    assert!(refused(node.plant().learn(id, learning(900, 200.0)).await).contains("at 168 at most"));
    assert!(refused(node.plant().learn(id, learning(4_000_000_000, 1.0)).await).contains("still to come"));
    assert!(refused(node.plant().learn(id, learning(-32 * 86_400, 1.0)).await).contains("more than 31 days before"));

    // what was a fault is how it runs from now on
    node.plant().learn(id, learning(910, 200.0 / 3_600.0)).await.unwrap();
    let ended = "select count(*) from findings where asset = 'acme/rig' and state = 'cleared'";
    assert!(until(&node, ended, 1).await >= 1, "what was found by what is forgotten has not ended");
    assert_eq!(count(&node, open).await, 0);
    node.stop().await.unwrap();
    drop(node);

    let written = std::fs::read_to_string(dir.path().join("plant/rig.toml")).unwrap();
    assert!(written.contains("from = \"2023-11-14T22:28:30Z\""), "{written}");
    let again = Node::start(Plan::load(&dir.path().join("gemba.toml")).unwrap()).await.unwrap();
    assert_eq!(count(&again, open).await, 0);
    again.plant().learn(id, None).await.unwrap();
    again.stop().await.unwrap();
}
