//! Which version watches, and that none goes into service without a proof.

use gemba_node::access::Role;
use serde_json::json;

use crate::house::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_service_is_told_and_nothing_goes_there_unproved() {
    let house = House::open().await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let told = viewer.get("/api/v1/models").await.json();
    assert_eq!(
        (&told["in_service"]["reason"], &told["candidate"], &told["former"]),
        (&"first".into(), &json!(null), &json!(null))
    );
    let engineer = house.person(Role::Engineer).await;
    let digest = told["in_service"]["version"]["digest"].as_str().unwrap();
    let refused = engineer.post(&format!("/api/v1/models/{digest}/release"), &json!({})).await;
    assert!(
        (400..500).contains(&refused.status) && refused.text().contains("no backtest has run"),
        "{}",
        refused.text()
    );
    assert_eq!(engineer.post("/api/v1/models/back", &json!({})).await.status, 404);
    assert_eq!(engineer.send("DELETE", "/api/v1/models/switching", None).await.status, 404);
    let dropped = engineer.send("DELETE", "/api/v1/models/candidate", None).await;
    assert_eq!((dropped.status, &dropped.json()["candidate"]), (200, &json!(null)));
    let audit = house.person(Role::Admin).await.get("/api/v1/audit?limit=50").await.json().to_string();
    assert!(audit.contains(&format!("/api/v1/models/{digest}/release")), "{audit}");
    house.close().await;
}
