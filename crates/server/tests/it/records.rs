//! Samples in, records out: what the pages live on.

use gemba_node::access::Role;
use gemba_plant::port::Position;
use gemba_plant::{Batch, Payload, Sample, SignalId, Timestamp};
use gemba_store::Origin;
use serde_json::json;

use crate::house::House;

const SECONDS: i64 = 120;

/// Two minutes of one sample a second, stored as a source would store them.
async fn fill(house: &House) -> (SignalId, Timestamp) {
    let signal = house.node.catalogue().signal_named("acme/north/pump-1/flow").unwrap().id;
    let begin = Timestamp::from_secs(house.node.now().micros() / 1_000_000 - SECONDS);
    let at = |i: i64| Timestamp::from_micros(begin.micros() + i * 1_000_000);
    let rows: Vec<Sample> = (0..SECONDS).map(|i| Sample::good(signal, at(i), 40.0 + (i % 10) as f64)).collect();
    let store = house.node.store().clone();
    let ticket = tokio::task::spawn_blocking(move || {
        let origin = Origin { connection: String::new(), position: Position::default() };
        store.append(origin, vec![Payload::Samples(Batch::from_rows(&rows))], Vec::new()).unwrap()
    });
    ticket.await.unwrap().await.unwrap();
    (signal, begin)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assets_and_signals_are_told_with_their_state() {
    let house = House::open().await;
    let (signal, _) = fill(&house).await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let assets = viewer.get("/api/v1/assets").await.json();
    let pump = assets["items"].as_array().unwrap().iter().find(|a| a["path"] == "acme/north/pump-1").unwrap().clone();
    // its signals are bound to no connection, so nothing of it was measured
    assert_eq!(
        (&pump["name"], &pump["state"]["quality"], &pump["state"]["alarm"]),
        (&"Pump 1".into(), &"none".into(), &json!(null))
    );
    let parent = assets["items"].as_array().unwrap().iter().find(|a| a["id"] == pump["parent"]).unwrap().clone();
    assert_eq!(parent["path"], "acme/north");
    let detail = viewer.get(&format!("/api/v1/assets/{}", pump["id"])).await.json();
    let flow = detail["signals"].as_array().unwrap().iter().find(|s| s["id"] == signal.get()).unwrap().clone();
    assert_eq!(
        (&flow["unit_symbol"], &flow["full_name"], &flow["last"]["value"]),
        (&"m³/h".into(), &"acme/north/pump-1/flow".into(), &json!(49.0))
    );
    let found = viewer.get("/api/v1/signals?search=pump+flow").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let page = viewer.get("/api/v1/signals?limit=1").await.json();
    let next = viewer.get(&format!("/api/v1/signals?limit=1&cursor={}", page["next"].as_str().unwrap())).await.json();
    assert_ne!(page["items"][0]["id"], next["items"][0]["id"]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_without_data_says_so_and_what_is_computed_is_marked() {
    let house = House::open().await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let flow = house.node.catalogue().signal_named("acme/north/pump-1/flow").unwrap().clone();
    let report = viewer.get(&format!("/api/v1/assets/{}/report", flow.asset)).await.json();
    assert_eq!((&report["quality"], &report["learned"], &report["from"]), (&json!(null), &json!(null), &json!(null)));
    assert_eq!((&report["monitor"], &report["signals"]), (&"off".into(), &json!([])), "{report}");
    assert_eq!(viewer.get("/api/v1/assets/4711/report").await.status, 404);
    let told = viewer.get(&format!("/api/v1/signals/{}", flow.id)).await.json();
    assert_eq!(told["computed"], false, "it comes from nowhere");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_signal_has_a_hole_where_days_are_missing_and_a_state_has_none() {
    let plant = "[[asset]]\npath = \"acme/tank\"\n[[asset.signal]]\nname = \"level\"\n[[asset.signal]]\nname = \"mode\"\nkind = \"state\"\nstates = [\"off\", \"on\"]\n";
    let house = House::with(plant, "127.0.0.1:0").await;
    let id = |name: &str| house.node.catalogue().signal_named(&format!("acme/tank/{name}")).unwrap().id;
    let (level, mode) = (id("level"), id("mode"));
    let at = |hour: i64| Timestamp::from_secs(1_700_000_000 + hour * 3_600);
    let hours = (0..240).step_by(6).chain((696..960).step_by(6));
    let rows: Vec<Sample> =
        hours.flat_map(|h| [Sample::good(level, at(h), h as f64), Sample::good(mode, at(h), 1.0)]).collect();
    let store = house.node.store().clone();
    let origin = Origin { connection: String::new(), position: Position::default() };
    let ticket = tokio::task::spawn_blocking(move || {
        store.append(origin, vec![Payload::Samples(Batch::from_rows(&rows))], Vec::new()).unwrap()
    });
    ticket.await.unwrap().await.unwrap();
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    for width in [1_000, 60] {
        let (from, to) = (at(0).micros(), at(960).micros());
        let path = format!("/api/v1/range?signals={level},{mode}&from={from}&to={to}&width={width}");
        let told = viewer.get(&path).await.json();
        let [level, mode] = [0, 1].map(|place| told["series"][place]["gaps"].as_array().unwrap().clone());
        assert_eq!((level.len(), mode.len()), (1, 0), "{width}: {told}");
        assert_eq!(level[0]["reason"], "silent");
        let hours = level[0]["to"].as_i64().unwrap() - level[0]["from"].as_i64().unwrap();
        assert!((430..=462).contains(&(hours / 3_600_000_000)), "{width}: {}", level[0]);
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_comes_as_json_and_as_columns() {
    let house = House::open().await;
    let (signal, begin) = fill(&house).await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let (from, to) = (begin.micros(), begin.micros() + SECONDS * 1_000_000);
    let path = |width: u32, format: &str| {
        format!("/api/v1/range?signals={}&from={from}&to={to}&width={width}&format={format}", signal.get())
    };
    let raw = viewer.get(&path(1000, "json")).await.json();
    assert_eq!((&raw["series"][0]["raw"], raw["series"][0]["times"].as_array().unwrap().len()), (&true.into(), 120));
    let coarse = viewer.get(&path(12, "json")).await.json();
    let series = &coarse["series"][0];
    assert!(series["times"].as_array().unwrap().len() <= 13, "{series}");
    let count: i64 = series["count"].as_array().unwrap().iter().filter_map(serde_json::Value::as_i64).sum();
    assert_eq!(count, SECONDS);
    let columns = viewer.get(&path(1000, "bin")).await;
    assert_eq!(columns.header("content-type"), Some("application/octet-stream"));
    let length = u32::from_le_bytes(columns.body[..4].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&columns.body[4..4 + length]).unwrap();
    assert_eq!(header["series"][0]["n"], SECONDS);
    let first = f64::from_le_bytes(columns.body[4 + length..12 + length].try_into().unwrap());
    assert!((first - begin.micros() as f64 / 1000.0).abs() < 1e-6);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_answers_as_json_csv_and_arrow() {
    let house = House::open().await;
    fill(&house).await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let question = json!({ "sql": "select count(*) as n, max(value) as most from samples where signal = 'acme/north/pump-1/flow'" });
    let answer = viewer.post("/api/v1/query", &question).await;
    let told = answer.json();
    assert_eq!((&told["rows"], &told["columns"][0]["name"]), (&json!([[SECONDS, 49.0]]), &"n".into()), "{told}");
    let csv = viewer.with("Accept", "text/csv").post("/api/v1/query", &question).await.text();
    assert_eq!(csv.lines().collect::<Vec<_>>(), ["n,most", "120,49.0"]);
    let arrow = viewer.with("Accept", "application/vnd.apache.arrow.stream").post("/api/v1/query", &question).await;
    assert_eq!(arrow.header("content-type"), Some("application/vnd.apache.arrow.stream"));
    let cut = viewer.post("/api/v1/query", &json!({ "sql": "select * from samples", "limit": 7 })).await.json();
    assert_eq!((cut["rows"].as_array().unwrap().len(), &cut["truncated"]), (7, &true.into()));
    let tables = viewer.get("/api/v1/query/schema").await.text();
    assert!(["samples", "alarms", "gaps"].iter().all(|table| tables.contains(table)));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_whole() {
    let house = House::open().await;
    let (signal, begin) = fill(&house).await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let path = |format: &str| {
        format!(
            "/api/v1/export?signals={}&from={}&to={}&format={format}",
            signal.get(),
            begin.micros(),
            begin.micros() + SECONDS * 1_000_000
        )
    };
    let csv = viewer.get(&path("csv")).await;
    assert_eq!(i64::try_from(csv.text().lines().count()).unwrap(), SECONDS + 1);
    assert!(csv.header("content-disposition").unwrap().contains("gemba.csv"));
    let parquet = viewer.get(&path("parquet")).await.body;
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plant_is_changed_through_its_files() {
    let house = House::open().await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let made = engineer.post("/api/v1/assets", &json!({ "path": "acme/north/fan-1", "name": "Fan 1" })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].clone();
    let renamed = engineer
        .send("PUT", &format!("/api/v1/assets/{id}"), Some(json!({ "name": "Roof fan" }).to_string()))
        .await
        .json();
    assert_eq!((&renamed["name"], &renamed["path"]), (&"Roof fan".into(), &"acme/north/fan-1".into()));
    let written = std::fs::read_to_string(house.node.plan().plant_dir.join("assets.toml")).unwrap();
    assert!(written.contains("Roof fan"), "{written}");
    assert_eq!(engineer.send("DELETE", &format!("/api/v1/assets/{id}"), None).await.status, 204);
    assert_eq!(engineer.get(&format!("/api/v1/assets/{id}")).await.status, 404);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_tried_added_changed_and_removed() {
    let house = House::open().await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let protocols = engineer.get("/api/v1/connections/protocols").await.json();
    assert_eq!(protocols["items"].as_array().unwrap().len(), 6);
    // a port on which nobody listens
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = json!({ "protocol": "modbus", "address": nobody.to_string(), "registers": [] });
    let tried = engineer.post("/api/v1/connections/test", &json!({ "config": config })).await;
    assert_eq!((tried.status, &tried.json()["ok"]), (200, &false.into()), "{}", tried.text());
    assert!(!tried.json()["steps"].as_array().unwrap().is_empty());
    let unknown = engineer.post("/api/v1/connections/browse", &json!({ "name": "plc" })).await;
    assert_eq!(unknown.code(), "not_found");
    let neither = engineer.post("/api/v1/connections/browse", &json!({})).await;
    assert_eq!(neither.code(), "bad_argument");
    let import = engineer.post("/api/v1/connections/plc/import", &json!({ "signals": [] })).await;
    assert_eq!(import.code(), "not_found");
    assert_eq!(engineer.get("/api/v1/connections").await.json()["items"], json!([]));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_a_quiet_plant_are_empty_and_well_formed() {
    let house = House::open().await;
    let admin = house.person(Role::Admin).await;
    for path in [
        "findings",
        "labels?asset=1&below=true&label=fault",
        "backtests",
        "alarms/digest",
        "alarms?state=open",
        "alarms?state=shelved&priority=high",
        "gaps",
        "users",
        "tokens",
        "audit",
        "templates",
    ] {
        let answer = admin.get(&format!("/api/v1/{path}")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(answer.json()["items"].is_array(), "{path}");
    }
    assert_eq!(admin.get("/api/v1/alarms?state=asleep").await.code(), "bad_argument");
    assert_eq!(admin.post("/api/v1/alarms/7/ack", &json!({ "comment": "" })).await.code(), "not_found");
    let rates = admin.get("/api/v1/alarms/rates").await.json();
    assert_eq!((&rates["per_10min_now"], &rates["flood_now"]), (&json!(0), &json!(false)));
    let system = admin.get("/api/v1/system").await.json();
    assert!(system["store"]["wal_bytes"].is_u64() && system["config_origin"].is_string(), "{system}");
    let certificates = admin.get("/api/v1/certificates").await.json();
    assert!(certificates["trusted"].is_array(), "{certificates}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_is_labelled_and_the_past_is_judged_by_it() {
    let house = House::open().await;
    let (signal, begin) = fill(&house).await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let at = |second: i64| begin.micros() + second * 1_000_000;
    let label = json!({ "asset_path": "acme/north/pump-1", "t_start": at(60), "t_end": at(90), "failure_mode": "cavitation", "note": "heard it" });
    let made = engineer.post("/api/v1/labels", &label).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!(
        (&made["label"], &made["source"], &made["asset_name"]),
        (&"fault".into(), &"human".into(), &"Pump 1".into())
    );
    assert!(made["user"].as_str().unwrap().contains("program-"), "{made}");
    let wrong = json!({ "labels": [{ "asset": made["asset"], "t_start": at(10), "label": "normal" }, { "asset": 999, "t_start": at(1) }] });
    assert_eq!(engineer.post("/api/v1/labels/import", &wrong).await.code(), "not_found");
    let backwards = json!({ "asset": made["asset"], "t_start": at(10), "t_end": at(9) });
    assert_eq!(engineer.post("/api/v1/labels", &backwards).await.code(), "invalid");
    let both = json!({ "asset": made["asset"], "asset_path": "acme/north/pump-1", "t_start": at(10) });
    assert_eq!(engineer.post("/api/v1/labels", &both).await.code(), "bad_argument");
    let found = engineer.get(&format!("/api/v1/labels?from={}&to={}", at(90), at(91))).await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "all or none were imported: {found}");
    assert_eq!(engineer.get(&format!("/api/v1/labels?from={}", at(91))).await.json()["items"], json!([]));
    let like = json!({ "asset": made["asset"], "signals": [signal.get()], "from": at(40), "to": at(50), "limit": 5 });
    let alike = engineer.post("/api/v1/labels/similar", &like).await;
    assert_eq!(alike.status, 200, "{}", alike.text());
    let alike = alike.json();
    let items = alike["found"].as_array().unwrap();
    // the flow repeats itself every ten seconds; one of those repetitions is labelled
    assert_eq!((items.len(), &alike["left_out"]), (5, &json!([])), "{alike}");
    for one in items {
        let begin: jiff::Timestamp = one["from"].as_str().unwrap().parse().unwrap();
        let off = (begin.as_microsecond() - at(0)).rem_euclid(10_000_000);
        assert!(off.min(10_000_000 - off) < 200_000 && one["likeness"].as_f64().unwrap() > 0.99, "{one}");
        assert_eq!(one["values"][0].as_array().unwrap().len(), 64);
    }
    assert!(items.iter().any(|one| one["label"] == "fault"), "{alike}");
    let short = json!({ "asset": made["asset"], "signals": [signal.get()], "from": at(40), "to": at(43) });
    assert_eq!(engineer.post("/api/v1/labels/similar", &short).await.code(), "invalid");
    let nothing = json!({ "asset": made["asset"], "from": at(40), "to": at(50) });
    let refused = engineer.post("/api/v1/labels/similar", &nothing).await;
    assert!(refused.text().contains("measures nothing"), "{}", refused.text());
    // the pump's signals are bound to nothing, so no operator looks at it
    let nobody = engineer.post("/api/v1/backtests", &json!({ "assets": ["acme/north/pump-1"] })).await;
    assert_eq!(nobody.code(), "not_found", "{}", nobody.text());
    assert_eq!(engineer.send("DELETE", &format!("/api/v1/labels/{}", made["id"]), None).await.status, 204);
    assert_eq!(engineer.get(&format!("/api/v1/labels/{}", made["id"])).await.status, 404);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchdogs_and_collectors_get_their_figures() {
    let house = House::open().await;
    let anybody = house.anybody();
    assert_eq!(anybody.get("/healthz").await.json()["status"], "ok");
    assert_eq!(anybody.get("/readyz").await.status, 200);
    anybody.get("/api/v1/assets").await;
    fill(&house).await;
    let figures = anybody.get("/metrics").await.text();
    for name in [
        "gemba_http_requests_total",
        "gemba_http_request_seconds_bucket",
        "gemba_signals 2",
        "gemba_check_ok",
        "gemba_store_wal_bytes",
        "gemba_store_sync_seconds_bucket",
    ] {
        assert!(figures.contains(name), "{name} is not among\n{figures}");
    }
    house.close().await;
}
