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
    assert_eq!((&figures["failures"], &figures["missed"], &figures["mttr_h"]), (&json!(1), &json!(1), &json!(2.0)));
    assert_eq!(figures["precision"], json!(null), "nothing was checked: {figures}");
    assert_eq!(operator.get("/api/v1/cases/7").await.status, 404, "there is no such finding");
    house.close().await;
}
