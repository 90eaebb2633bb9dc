//! From a finding to a planned and finished repair, as people do it over the API.

use gemba_node::access::Role;
use serde_json::json;

use crate::house::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_written_planned_and_finished() {
    let house = House::open().await;
    let operator = house.program(Role::Operator, &["*:read", "*:write"]).await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let hour = |h: i64| house.node.now().micros() + h * 3_600_000_000;
    let order = json!({
        "asset_path": "acme/north/pump-1", "title": "change the seal", "hours": 2.0, "cost": 300.0,
        "failure_cost": 9000.0, "due": hour(100), "parts": [{ "number": "seal-40", "quantity": 1.0 }],
    });
    let made = operator.post("/api/v1/maintenance/orders", &order).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_u64().unwrap();

    let window = json!({ "name": "Saturday", "from": hour(48), "to": hour(56), "scope": "acme/north" });
    assert_eq!(operator.post("/api/v1/maintenance/windows", &window).await.status, 403, "an operator plans no stops");
    assert_eq!(engineer.post("/api/v1/maintenance/windows", &window).await.status, 201);
    let arrivals = json!({ "arrivals": [{ "at": hour(200), "quantity": 1.0 }] });
    assert_eq!(engineer.send("PUT", "/api/v1/maintenance/parts/seal-40", Some(arrivals.to_string())).await.status, 204);
    let plan = operator.get("/api/v1/maintenance/plan").await.json();
    assert_eq!(plan["placements"][0]["window"], json!(null), "the part comes too late: {plan}");
    assert!(plan["placements"][0]["why"].as_str().unwrap().contains("seal-40"), "{plan}");
    let arrivals = json!({ "arrivals": [{ "at": null, "quantity": 3.0 }] });
    assert_eq!(engineer.send("PUT", "/api/v1/maintenance/parts/seal-40", Some(arrivals.to_string())).await.status, 204);
    let plan = operator.get("/api/v1/maintenance/plan").await.json();
    assert_eq!((&plan["placements"][0]["order"], &plan["placements"][0]["window"]), (&json!(id), &json!(0)), "{plan}");

    let hours = &plan["placements"][0]["hours"];
    assert_eq!(hours["from"], plan["windows"][0]["from"], "its own two hours, not the whole window: {plan}");
    let written = operator.post("/api/v1/maintenance/plan", &json!({})).await.json();
    assert_eq!(&written["placements"][0]["hours"], hours);
    let order = operator.get(&format!("/api/v1/maintenance/orders/{id}")).await.json();
    assert_eq!((&order["state"], &order["planned"]), (&json!("planned"), hours), "{order}");
    let length = |span: &serde_json::Value| {
        let at = |key: &str| span[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        at("to").duration_since(at("from")).as_secs()
    };
    assert_eq!(length(&order["planned"]), 2 * 3600);

    let step = |body: serde_json::Value| {
        let operator = operator.clone();
        async move { operator.post(&format!("/api/v1/maintenance/orders/{id}/step"), &body).await }
    };
    let planned = step(json!({ "step": "schedule", "window": { "from": hour(48), "to": hour(50) } })).await;
    assert_eq!(planned.json()["state"], "planned");
    let backwards = json!({ "step": "finish", "worked": { "from": hour(50), "to": hour(49) } });
    assert_eq!(step(backwards).await.status, 422);
    let done = json!({ "step": "finish", "worked": { "from": hour(48), "to": hour(49) }, "note": "seal changed" });
    assert_eq!(step(done).await.json()["done_note"], "seal changed");
    assert_eq!(step(json!({ "step": "cancel" })).await.status, 422, "what is done cannot be cancelled");
    assert_eq!(operator.get("/api/v1/maintenance/orders").await.json()["items"], json!([]));
    assert_eq!(operator.get("/api/v1/maintenance/orders?all=true").await.json()["items"].as_array().unwrap().len(), 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_noted_once_and_counted() {
    let house = House::open().await;
    let operator = house.program(Role::Operator, &["*:read", "*:write"]).await;
    let at = house.node.now().micros() - 10 * 3_600_000_000;
    let failure = json!({
        "asset_path": "acme/north/pump-1", "at": at, "repaired": at + 2 * 3_600_000_000_i64, "failure_mode": "seal_leakage",
    });
    let noted = json!({ "failures": [failure] });
    assert_eq!(operator.post("/api/v1/failures", &noted).await.json()["added"], 1);
    assert_eq!(operator.post("/api/v1/failures", &noted).await.json()["added"], 0, "it is there already");
    let elsewhere = json!({ "failures": [{ "asset_path": "acme/nowhere", "at": at }] });
    assert_eq!(operator.post("/api/v1/failures", &elsewhere).await.status, 404);
    let figures = operator.get("/api/v1/maintenance/figures").await.json();
    assert_eq!((&figures["failures"], &figures["mttr_h"]), (&json!(1), &json!(2.0)));
    // there is no data of the pump yet: nothing could have told of it, and no time between failures is known
    assert_eq!((&figures["unwatched"], &figures["missed"], &figures["mtbf_h"]), (&json!(1), &json!(0), &json!(null)));
    assert_eq!(figures["precision"], json!(null), "nothing was checked: {figures}");
    assert_eq!(operator.get("/api/v1/cases/7").await.status, 404, "there is no such finding");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_history_becomes_a_curve_and_a_chance_of_failing() {
    const DAY_US: i64 = 86_400_000_000;
    let house = House::open().await;
    let operator = house.program(Role::Operator, &["*:read", "*:write"]).await;
    let assets = operator.get("/api/v1/assets").await.json();
    let of_path = |path: &str| {
        let found = assets["items"].as_array().unwrap().iter().find(|a| a["path"] == path);
        found.unwrap()["id"].as_u64().unwrap()
    };
    let life = format!("/api/v1/assets/{}/life", of_path("acme/north/pump-1"));
    let empty = operator.get(&life).await.json();
    assert_eq!((&empty["speaks"], &empty["curves"]), (&json!(null), &json!([])), "{empty}");
    assert!(empty["missing"].as_str().unwrap().contains("No failure"), "{empty}");

    let now = house.node.now().micros();
    let event = |days_ago: i64, kind: &str| json!({ "asset_path": "acme/north/pump-1", "at": now - days_ago * DAY_US, "kind": kind, "failure_mode": "seal_leakage" });
    let failed: Vec<_> = [900, 700, 520, 300, 110].iter().map(|days| event(*days, "failure")).collect();
    let replaced = [event(1000, "replacement"), event(410, "replacement")];
    let history: Vec<_> = failed.iter().chain(&replaced).cloned().collect();
    assert_eq!(operator.post("/api/v1/failures", &json!({ "failures": history })).await.json()["added"], 7);
    let told = operator.get(&life).await.json();
    let curve = &told["curves"][0];
    assert_eq!(
        (&told["speaks"], &told["failures"], &told["missing"]),
        (&json!("age"), &json!(5), &json!("")),
        "{told}"
    );
    assert_eq!((&curve["failed"], &curve["replaced"], &curve["running"]), (&json!(5), &json!(1), &json!(1)), "{curve}");
    assert!((curve["age_days"].as_f64().unwrap() - 110.0).abs() < 0.1, "{curve}");
    let month = &curve["ahead"][1];
    let at = |key: &str| month[key].as_f64().unwrap();
    assert!(month["days"] == 30 && 0.0 < at("lo") && at("lo") < at("median") && at("median") < at("hi"), "{curve}");
    assert!(curve["says"].as_str().unwrap().contains("5 failures"), "{curve}");
    let figures = operator.get("/api/v1/maintenance/figures?from=2000-01-01T00:00:00Z").await.json();
    assert_eq!(figures["failures"], json!(5), "a replacement is no failure: {figures}");
    let listed = operator.get("/api/v1/failures").await.json();
    assert_eq!(listed["items"].as_array().unwrap().iter().filter(|e| e["kind"] == "replacement").count(), 2);
    assert_eq!(operator.get("/api/v1/assets/99999/life").await.status, 404);

    let past = life.replace("/life", "/past");
    let told = operator.get(&format!("{past}?from={}&to={now}", now - 600 * DAY_US)).await.json();
    let kinds: Vec<&str> = told["events"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["failure", "replacement", "failure", "failure"], "{told}");
    assert_eq!(
        (&told["health"][0]["health"], &told["events"][0]["title"]),
        (&json!(null), &json!("seal leakage")),
        "{told}"
    );
    assert!(operator.get(&format!("{past}?from={now}&to={}", now - DAY_US)).await.status >= 400);

    // the same machine, time and mode once more is no new one; another part at the same time is
    let other = json!({ "asset_path": "acme/north/pump-1", "at": now - 900 * DAY_US, "failure_mode": "bearing_wear" });
    let again = json!({ "failures": [event(900, "failure"), other] });
    assert_eq!(operator.post("/api/v1/failures", &again).await.json()["added"], 1);
    house.close().await;
}
