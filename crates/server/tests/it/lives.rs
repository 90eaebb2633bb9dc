//! How long machines last over the API: by what happened at machines of their kind, and by the capacity of a battery.

use std::fmt::Write as _;
use std::time::Duration;

use gemba_node::access::Role;
use serde_json::{Value, json};

use crate::client::Client;
use crate::house::House;

const DAY_US: i64 = 86_400_000_000;

/// Six pumps and a battery whose capacity comes over line protocol.
fn plant() -> String {
    let mut plant = String::new();
    for pump in 1..=6 {
        writeln!(plant, "[[asset]]\npath = \"acme/pump-{pump}\"\ntemplate = \"pump\"").unwrap();
    }
    plant.push_str(
        "[[asset]]\npath = \"acme/battery\"\ntemplate = \"battery\"\nnameplate = { capacity_ah = 2.0 }\n[[asset.signal]]\nname = \"capacity\"\n\
         role = \"capacity\"\nunit = \"A.h\"\nconnection = \"line\"\naddress = \"ups capacity\"\n",
    );
    plant
}

/// Asks for a life until it is as wanted.
async fn life(client: &Client, asset: u32, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..600 {
        last = client.get(&format!("/api/v1/assets/{asset}/life")).await.json();
        if wanted(&last) {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it does not come to that: {last:#}");
}

fn asset(house: &House, path: &str) -> u32 {
    house.node.catalogue().assets().find(|asset| asset.path.as_str() == path).unwrap().id.get()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_is_learned_after_an_import_and_told_as_a_range_with_its_proof() {
    let house = House::writing(&plant()).await;
    let program = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let (pump, now) = (asset(&house, "acme/pump-1"), house.node.now().micros());
    let before = life(&program, pump, |life| life["chances"]["state"] == "missing").await;
    assert_eq!(before["chances"]["ahead"], json!([]));
    let mut failures = Vec::new();
    for machine in 1..=6_i64 {
        let path = format!("acme/pump-{machine}");
        failures.push(json!({ "asset_path": path, "at": now - 300 * DAY_US, "kind": "replacement" }));
        let mut day = 7 + 3 * machine;
        while day < 295 {
            let at = now - (300 - day) * DAY_US + machine * 3_600_000_000;
            failures.push(json!({ "asset_path": path, "at": at, "failure_mode": "seal_leakage" }));
            failures.push(json!({ "asset_path": path, "at": at - DAY_US, "kind": "error", "failure_mode": "E7" }));
            day += 20 + (day * 7 + machine) % 23;
        }
    }
    let added = program.post("/api/v1/failures", &json!({ "failures": failures })).await.json();
    assert_eq!(added["added"], failures.len());
    let listed = program.get("/api/v1/failures").await.json();
    assert!(listed["items"].as_array().unwrap().iter().all(|f| f["kind"] != "error"), "errors end no use");
    let errors = program.get("/api/v1/failures?errors=true").await.json();
    assert!(errors["items"].as_array().unwrap().iter().all(|f| f["kind"] == "error"));
    let told = life(&program, pump, |life| life["chances"]["ahead"].as_array().is_some_and(|a| !a.is_empty())).await;
    let ahead = told["chances"]["ahead"].as_array().unwrap();
    let week = ahead.iter().find(|risk| risk["failure_mode"].is_null() && risk["days"] == 7).unwrap();
    assert!(week["lo"].as_f64() <= week["median"].as_f64() && week["median"].as_f64() <= week["hi"].as_f64(), "{week}");
    assert!(week["proof"]["machines"] == 6 && week["proof"]["speaks"] == true, "{week}");
    let learned = program.get("/api/v1/maintenance/learned").await.json();
    let pumps = &learned["items"][0];
    assert!(pumps["kind"] == "pump" && pumps["chances"]["version"] == told["chances"]["version"], "{learned}");
    assert_eq!((&pumps["lives"]["state"], &pumps["lives_proof"]), (&json!("missing"), &Value::Null));
    assert!(told["learned"]["why"].as_str().unwrap().contains("run to failure"), "{}", told["learned"]);

    let house = house.again().await;
    let program = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let again = life(&program, pump, |life| life["chances"]["ahead"].as_array().is_some_and(|a| !a.is_empty())).await;
    assert_eq!(again["chances"]["version"], told["chances"]["version"]);
    let median = |told: &Value| told["chances"]["ahead"][0]["median"].as_f64().unwrap();
    assert!((median(&again) - median(&told)).abs() < 0.02, "{} {}", again["chances"], told["chances"]);

    let withdrawn = json!({ "part": "chances", "note": "the codes were changed" });
    let all = program.post("/api/v1/maintenance/learned/pump/withdraw", &withdrawn).await.json();
    assert_eq!(all["learned"][0]["chances"]["withdrawn"]["note"], "the codes were changed");
    let silent = life(&program, pump, |life| life["chances"]["ahead"] == json!([])).await;
    assert!(silent["chances"]["withdrawn"]["by"] == "maker" || !silent["chances"]["withdrawn"].is_null(), "{silent}");
    let twice = program.post("/api/v1/maintenance/learned/pump/withdraw", &withdrawn).await;
    assert!(twice.status == 409 || twice.status == 422, "{} {}", twice.status, twice.text());
    let restored = program.post("/api/v1/maintenance/learned/pump/restore", &json!({ "part": "chances" })).await;
    assert_eq!(restored.json()["learned"][0]["chances"]["withdrawn"], Value::Null);
    life(&program, pump, |life| life["chances"]["ahead"].as_array().is_some_and(|a| !a.is_empty())).await;
    let none = program.post("/api/v1/maintenance/learned/fan/withdraw", &json!({ "part": "lives" })).await;
    assert_eq!(none.status, 404);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_battery_tells_cycles_and_days_from_its_capacities() {
    let house = House::writing(&plant()).await;
    let program = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let (battery, now) = (asset(&house, "acme/battery"), house.node.now().micros());
    let mut lines = String::new();
    for cycle in 0..90_i64 {
        let at = now - (90 - cycle) * DAY_US / 3;
        let wobble = f64::from(u8::try_from(cycle * 7 % 11).unwrap()) / 2_000.0;
        #[allow(clippy::cast_precision_loss, reason = "a small count")]
        writeln!(lines, "ups capacity={:.4} {at}000", 1.99 - 0.0032 * cycle as f64 + wobble).unwrap();
    }
    let written = program.with("Content-Type", "text/plain").send("POST", "/write?db=line", Some(lines)).await;
    assert_eq!(written.status, 204, "{}", written.text());
    // whoever notes a failure has everything looked at again
    let mut tries = 0;
    let told = loop {
        let note = json!({ "failures": [{ "asset_path": "acme/pump-1", "at": now - DAY_US - tries }] });
        assert_eq!(program.post("/api/v1/failures", &note).await.status, 200);
        tokio::time::sleep(Duration::from_millis(300)).await;
        let told = program.get(&format!("/api/v1/assets/{battery}/life")).await.json();
        if told["capacity"]["done"].as_i64().is_some_and(|done| done == 90) {
            break told;
        }
        tries += 1;
        assert!(tries < 100, "{told:#}");
    };
    let capacity = &told["capacity"];
    assert!(capacity["end"] == 1.6 && capacity["source"].as_str().unwrap().contains("rated 2 Ah"), "{capacity}");
    // 1.99 − 0.0032 · cycle comes to 1.6 at about 122: some 32 are left, a third of a day each
    let cycles = |key: &str| capacity["cycles"][key].as_f64().unwrap();
    assert!(cycles("lo") <= 33.0 && 31.0 <= cycles("hi") && cycles("lo") < cycles("median"), "{}", capacity["cycles"]);
    let days = capacity["left"]["days"].as_f64().unwrap();
    assert!((days - cycles("median") / 3.0).abs() < 0.5, "{days}");
    assert_eq!(told["speaks"], "capacity");
    assert!(told["condition"]["title"].as_str().unwrap().contains("capacity fades"), "{}", told["condition"]);
    house.close().await;
}
