//! What people make of findings over the API: checks become labels, are taken back, and are found again.

use gemba_node::access::Role;
use gemba_node::state::State;
use gemba_plant::{Contribution, Finding, FindingKind, FindingState, Timestamp};
use serde_json::json;

use crate::house::House;

/// Puts a finding of the pump into the state, as a rule or model would; its number.
fn put(house: &House, key: &str, flow: f64, pressure: f64) -> u64 {
    let catalogue = house.node.catalogue();
    let signal = |name: &str| catalogue.signal_named(&format!("acme/north/pump-1/{name}")).unwrap();
    let now = house.node.now();
    let finding = Finding {
        asset: signal("flow").asset,
        key: key.to_owned(),
        kind: FindingKind::Anomaly,
        state: FindingState::Active,
        since: Timestamp::from_micros(now.micros() - 3_600_000_000),
        until: now,
        title: "Flow differs from normal".into(),
        explanation: "Flow contributes most.".into(),
        p_value: Some(0.001),
        probability: 0.97,
        severity: 0.5,
        contributions: vec![
            Contribution { signal: signal("flow").id, share: flow },
            Contribution { signal: signal("pressure").id, share: pressure },
        ],
        evidence: Vec::new(),
        failure_mode: Some("cavitation".into()),
        prescription: Vec::new(),
        rul: None,
        model: "normal-behaviour/1".into(),
    };
    let state = State::open(&house.node.plan().data_dir.join("state.sqlite")).unwrap();
    state.put_findings(&[finding], now).unwrap()[0].unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_closes_a_finding_becomes_a_label_and_is_found_again() {
    let house = House::open().await;
    let operator = house.program(Role::Operator, &["*:read", "*:write"]).await;
    let [first, like, unlike] = [put(&house, "a", 0.8, 0.1), put(&house, "b", 0.7, 0.2), put(&house, "c", 0.0, 0.9)];
    assert_eq!(
        operator.post(&format!("/api/v1/cases/{first}/inspect"), &json!({})).await.json()["state"],
        "inspecting"
    );
    assert_eq!(operator.get(&format!("/api/v1/cases/{like}/similar")).await.json()["items"], json!([]), "not checked");
    let check = |finding: u64, body: serde_json::Value| {
        let operator = operator.clone();
        async move { operator.post(&format!("/api/v1/cases/{finding}/check"), &body).await }
    };
    let damage = json!({ "outcome": "potential_failure", "failure_mode": "cavitation", "note": "pitted impeller" });
    let checked = check(first, damage).await.json();
    assert_eq!((&checked["state"], &checked["checks"][0]["note"]), (&json!("confirmed"), &json!("pitted impeller")));
    let label = checked["label"].as_u64().unwrap();
    let written = operator.get(&format!("/api/v1/labels/{label}")).await.json();
    assert_eq!((&written["label"], &written["failure_mode"]), (&json!("fault"), &json!("cavitation")), "{written}");
    assert_eq!(check(unlike, json!({ "outcome": "no_fault", "note": "all well" })).await.json()["state"], "rejected");

    let similar = operator.get(&format!("/api/v1/cases/{like}/similar")).await.json();
    let items = similar["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["finding"]), (1, &json!(first)), "{similar}");
    assert!(items[0]["similarity"].as_f64().unwrap() > 0.95);
    assert_eq!(items[0]["compared"][0], json!({ "what": "flow", "here": 0.7, "there": 0.8 }));
    let library = operator.get("/api/v1/cases").await.json();
    assert_eq!(library["items"].as_array().unwrap().len(), 2, "{library}");
    assert_eq!(library["items"][0]["asset_path"], "acme/north/pump-1");

    let reopened = operator.post(&format!("/api/v1/cases/{first}/reopen"), &json!({})).await.json();
    assert_eq!((&reopened["state"], &reopened["label"]), (&json!("inspecting"), &json!(null)));
    assert_eq!(operator.get(&format!("/api/v1/labels/{label}")).await.status, 404, "its label went with it");
    let again = operator.post(&format!("/api/v1/cases/{first}/reopen"), &json!({})).await;
    assert_eq!((again.status, again.text().contains("nobody has checked")), (422, true));
    assert_eq!(operator.post("/api/v1/cases/4711/reopen", &json!({})).await.status, 404);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_of_a_removed_asset_are_over_and_keep_its_name() {
    let house = House::open().await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let finding = put(&house, "a", 0.8, 0.1);
    let asset = house.node.catalogue().signal_named("acme/north/pump-1/flow").unwrap().asset;
    assert_eq!(engineer.send("DELETE", &format!("/api/v1/assets/{asset}"), None).await.status, 204);
    let read = || async { engineer.get(&format!("/api/v1/findings/{finding}")).await.json() };
    let mut told = read().await;
    for _ in 0..100 {
        if told["state"] == "cleared" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        told = read().await;
    }
    assert_eq!(told["state"], "cleared", "{told}");
    assert!(told["explanation"].as_str().unwrap().ends_with("The asset was removed: nothing watches it any more."));
    assert_eq!((&told["asset_path"], &told["asset_name"]), (&json!("acme/north/pump-1"), &json!("pump-1 (removed)")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_muted_finding_stays_open_calls_nobody_and_is_heard_again_after_a_restart_and_an_unmute() {
    let house = House::open().await;
    let operator = house.program(Role::Operator, &["*:read", "*:write"]).await;
    let finding = put(&house, "a", 0.8, 0.1);
    let path = |act: &str| format!("/api/v1/findings/{finding}/{act}");
    let viewer = house.program(Role::Viewer, &["*:read", "*:write"]).await;
    assert_eq!(viewer.post(&path("mute"), &json!({ "reason": "x" })).await.status, 403);
    assert_eq!(operator.post(&path("mute"), &json!({ "reason": " " })).await.status, 422);
    assert_eq!(operator.post(&path("mute"), &json!({ "reason": "x", "minutes": 43_201 })).await.status, 422);
    assert_eq!(operator.post("/api/v1/findings/4711/mute", &json!({ "reason": "x" })).await.status, 404);
    let wish = json!({ "reason": "the part is ordered", "minutes": 10_080 });
    let muted = operator.post(&path("mute"), &wish).await.json();
    assert_eq!((&muted["state"], &muted["mute"]["reason"]), (&json!("active"), &json!("the part is ordered")));
    assert!(muted["mute"]["until"].as_str() > muted["mute"]["at"].as_str(), "{muted}");

    let house = house.again().await;
    let admin = house.program(Role::Admin, &["*:read", "*:write"]).await;
    let count = |items: serde_json::Value| items["items"].as_array().unwrap().len();
    let [all, loud, quiet] =
        ["", "&muted=false", "&muted=true"].map(|more| format!("/api/v1/findings?state=active{more}"));
    let counts = [
        count(admin.get(&all).await.json()),
        count(admin.get(&loud).await.json()),
        count(admin.get(&quiet).await.json()),
    ];
    assert_eq!(counts, [1, 0, 1]);
    let pump = |assets: serde_json::Value| {
        assets["items"].as_array().unwrap().iter().find(|a| a["path"] == "acme/north/pump-1").unwrap()["state"].clone()
    };
    assert_eq!(pump(admin.get("/api/v1/assets").await.json())["findings"], 0);
    assert_eq!(count(admin.get("/api/v1/alarms?state=all").await.json()), 0, "nobody was called");
    let audit = admin.get("/api/v1/audit").await.text();
    assert!(audit.contains(&path("mute")) || audit.contains("mute"), "{audit}");

    let heard = admin.post(&path("unmute"), &json!({})).await.json();
    assert_eq!((&heard["mute"], heard["alarm"].is_u64()), (&json!(null), true), "{heard}");
    assert_eq!(pump(admin.get("/api/v1/assets").await.json())["findings"], 1);
    let quiet = admin.post(&path("mute"), &json!({ "reason": "until it ends" })).await.json();
    assert_eq!(quiet["mute"]["until"], json!(null));
    let alarm = admin.get(&format!("/api/v1/alarms/{}", quiet["alarm"])).await.json();
    assert_eq!((&alarm["state"], &alarm["comment"]), (&json!("shelved"), &json!("until it ends")), "{alarm}");
    let refused = admin.post(&format!("/api/v1/alarms/{}/unshelve", quiet["alarm"]), &json!({})).await;
    assert_eq!((refused.status, refused.text().contains("muted")), (422, true));
    house.close().await;
}
