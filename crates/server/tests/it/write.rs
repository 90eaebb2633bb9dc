//! Line protocol over the real door: durable before the answer, faults with their line, tokens and scopes.

use gemba_node::access::Role;
use serde_json::json;

use crate::client::Client;
use crate::house::House;

async fn telegraf(house: &House) -> Client {
    house.program(Role::Operator, &["write:write", "latest:read"]).await
}

async fn write(client: &Client, path: &str, body: &str) -> (u16, String) {
    let answer = client.with("Content-Type", "text/plain").send("POST", path, Some(body.to_owned())).await;
    (answer.status, answer.text())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_answered_with_done_is_stored_and_unknown_series_register_themselves() {
    let house = House::registering("telegraf").await;
    let program = telegraf(&house).await;
    let body = "pump,id=1 temp=20.5,flow=3i 1700000000\npump,id=2 temp=21.5 1700000000\n";
    assert_eq!(write(&program, "/write?db=telegraf&precision=s", body).await.0, 204);
    assert_eq!(
        write(&program, "/api/v2/write?bucket=telegraf&org=x&precision=ms", "pump,id=1 temp=22 1700000001000").await.0,
        204
    );
    assert_eq!(
        write(&program, "/api/v3/write_lp?db=telegraf&precision=auto", "pump,id=1 flow=4i 1700000001000000").await.0,
        204
    );
    let stored = house.node.store().last_all();
    let mut values: Vec<(f64, i64)> = stored.iter().map(|s| (s.value, s.time.micros() / 1_000_000)).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(values, [(4.0, 1_700_000_001), (21.5, 1_700_000_000), (22.0, 1_700_000_001)]);
    let catalogue = house.node.catalogue();
    let temp = catalogue.signal_named("telegraf/pump/1/temp").unwrap();
    assert_eq!(temp.binding.as_ref().unwrap().address, "pump,id=1 temp");
    let latest = program.get(&format!("/api/v1/latest?signals={}", temp.id)).await.json();
    assert_eq!(latest["value"], json!([22.0]));
    assert_eq!(latest["time"], json!([1_700_000_001_000_000_i64]));
    let all = program.get("/api/v1/latest").await.json();
    assert_eq!(all["signal"].as_array().unwrap().len(), 3);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_told_with_their_line_and_the_rest_is_stored() {
    let house = House::registering("telegraf").await;
    let program = telegraf(&house).await;
    let (status, text) = write(&program, "/write?db=telegraf", "pump temp=1 1\npump temp=hot 2\npump temp=3 3").await;
    assert_eq!(status, 400);
    assert!(
        text.contains("partial_write") && text.contains("line 2") && text.contains("2 values are stored"),
        "{text}"
    );
    assert_eq!(write(&program, "/write?db=telegraf&precision=d", "a v=1").await.0, 400);
    let (status, text) = write(&program, "/write?db=nobody", "a v=1").await;
    assert!(status == 404 && text.contains("influx"), "{status} {text}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_write_does_not_and_what_is_not_registered_is_told() {
    let house = House::open().await;
    let admin = house.person(Role::Admin).await;
    let config = json!({ "protocol": "influx" });
    let made = admin.post("/api/v1/connections", &json!({ "name": "telegraf", "config": config })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let program = telegraf(&house).await;
    let (status, text) = write(&program, "/write?db=telegraf", "pump temp=1 1").await;
    assert!(status == 400 && text.contains("no signal takes it") && text.contains("0 values"), "{status} {text}");
    let reader = house.program(Role::Operator, &["write:read"]).await;
    assert_eq!(write(&reader, "/write?db=telegraf", "pump temp=1 1").await.0, 403);
    assert_eq!(write(&house.anybody(), "/write?db=telegraf", "pump temp=1 1").await.0, 401);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_connection_says_so_and_why_it_rejected_what_it_did() {
    let house = House::registering("telegraf").await;
    let (program, engineer) = (telegraf(&house).await, house.person(Role::Engineer).await);
    assert_eq!(write(&program, "/write?db=telegraf", "pump temp=hot 2\npump temp=1").await.0, 400);
    let one = engineer.get("/api/v1/connections/telegraf").await.json();
    assert_eq!((&one["rejected"], &one["rejects"][0]["count"]), (&json!(1), &json!(1)), "{one}");
    assert!(one["rejects"][0]["why"].as_str().unwrap().contains("is no value"), "{one}");
    assert_eq!((&one["rejects"][0]["example"], &one["link"]["state"]), (&json!("line 1"), &json!("up")));

    let paused = engineer.post("/api/v1/connections/telegraf/pause", &json!({})).await.json();
    assert_eq!((&paused["link"]["state"], &paused["rejected"]), (&json!("paused"), &json!(1)));
    let (status, text) = write(&program, "/write?db=telegraf", "pump temp=2").await;
    assert!(status == 503 && text.contains("paused"), "{status} {text}");
    let seen = engineer.post("/api/v1/connections/browse", &json!({ "name": "telegraf" })).await.json();
    assert_eq!((&seen["nodes"][0]["name"], &seen["nodes"][0]["has_children"]), (&json!("pump"), &json!(true)));
    let below = engineer.post("/api/v1/connections/browse", &json!({ "name": "telegraf", "at": "pump" })).await.json();
    assert_eq!(below["nodes"][0]["address"], json!("pump temp"), "{below}");
    let resumed = engineer.post("/api/v1/connections/telegraf/resume", &json!({})).await.json();
    assert_eq!(resumed["link"]["state"], json!("up"));
    assert_eq!(write(&program, "/write?db=telegraf", "pump temp=2").await.0, 204);
    assert_eq!(engineer.post("/api/v1/connections/nobody/pause", &json!({})).await.status, 404);
    let admin = house.person(Role::Admin).await;
    let audit = admin.get("/api/v1/audit").await.text();
    for word in ["pause", "resume"] {
        assert!(audit.contains(&format!("POST /api/v1/connections/{{name}}/{word}")), "{audit}");
    }
    house.close().await;
}
