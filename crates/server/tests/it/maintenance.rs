//! What maintenance knows of machines over the API: what their failures matter, where parts are, how well it does on which
//! machine, and when machines may be worked on.

use gemba_node::access::Role;
use gemba_node::state::State;
use gemba_plant::port::Position;
use gemba_plant::{Batch, Evidence, Finding, FindingKind, FindingState, Payload, Sample, Timestamp};
use gemba_store::Origin;
use serde_json::{Value, json};

use crate::house::House;

const PLANT: &str = r#"
[[failure_mode]]
id = "cavitation"
asset = "acme/north"
severity = 9
hours = 3.0
parts = [{ number = "strainer-80", quantity = 1 }]
failure_cost = 12000.0

[[asset]]
path = "acme/north/pump-1"
template = "pump"
nameplate = { bearing = "6205-2RS" }

[[asset.signal]]
name = "flow"
unit = "m3/h"
role = "flow"

[[asset]]
path = "acme/south/fan-1"
template = "fan"

[[asset.signal]]
name = "flow"
unit = "m3/h"
role = "flow"
"#;

const HOUR_US: i64 = 3_600_000_000;

fn finding(house: &House, mode: &str) -> u64 {
    let catalogue = house.node.catalogue();
    let now = house.node.now();
    let finding = Finding {
        asset: catalogue.signal_named("acme/north/pump-1/flow").unwrap().asset,
        key: format!("test:{mode}"),
        kind: FindingKind::Anomaly,
        state: FindingState::Active,
        since: Timestamp::from_micros(now.micros() - HOUR_US),
        until: now,
        title: "Flow differs from normal".into(),
        explanation: String::new(),
        p_value: None,
        probability: 0.97,
        severity: 0.5,
        contributions: Vec::new(),
        evidence: vec![Evidence::Score {
            name: "distance".into(),
            times: vec![1, 2],
            scores: vec![0.5, 1.5],
            limit: 1.0,
        }],
        failure_mode: Some(mode.into()),
        prescription: vec!["clean the strainer".into()],
        rul: None,
        model: "normal-behaviour/1".into(),
    };
    let state = State::open(&house.node.plan().data_dir.join("state.sqlite")).unwrap();
    state.put_findings(&[finding], now).unwrap()[0].unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failure_modes_are_ranked_and_the_site_has_the_last_word() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let pump = house.node.catalogue().signal_named("acme/north/pump-1/flow").unwrap().asset;
    let health = viewer.get(&format!("/api/v1/assets/{pump}/health")).await.json();
    let mode = |id: &str| health["modes"].as_array().unwrap().iter().find(|m| m["id"] == id).unwrap().clone();
    let cavitation = &mode("cavitation")["ranking"];
    let wanted =
        json!({ "severity": 9, "occurrence": 5, "detection": 4, "rpn": 180, "priority": "high", "ranked_by": "site" });
    assert_eq!(*cavitation, wanted);
    let wear = &mode("bearing_wear")["ranking"];
    assert_eq!(
        (&wear["detection"], &wear["ranked_by"]),
        (&json!(10), &json!("template")),
        "neither vibration nor heat is measured"
    );
    assert_eq!(mode("bearing_wear")["repair"]["parts"][0]["number"], "6205-2RS", "as the nameplate says");
    assert!(health["ranking_formula"].as_str().unwrap().contains("severity × occurrence × detection"));
    let order: Vec<(&Value, u64)> = health["modes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (&m["ranking"]["priority"], m["ranking"]["rpn"].as_u64().unwrap()))
        .collect();
    let priorities: Vec<usize> =
        order.iter().map(|(p, _)| ["high", "medium", "low"].iter().position(|w| *p == w).unwrap()).collect();
    assert!(priorities.is_sorted(), "{order:?}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ranks_are_given_for_a_template_or_a_machine_told_with_their_history_and_taken_back() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let pump = house.node.catalogue().signal_named("acme/north/pump-1/flow").unwrap().asset;
    let ranking = || async {
        let health = engineer.get(&format!("/api/v1/assets/{pump}/health")).await.json();
        let modes = health["modes"].as_array().unwrap().clone();
        modes.into_iter().find(|m| m["id"] == "cavitation").unwrap()["ranking"].clone()
    };
    let put = |body: Value| {
        let engineer = engineer.clone();
        async move { engineer.send("PUT", "/api/v1/maintenance/ranks", Some(body.to_string())).await }
    };
    let every =
        put(json!({ "mode": "cavitation", "template": "pump", "occurrence": 7, "note": "three in spring" })).await;
    assert_eq!(every.status, 200, "{}", every.text());
    assert_eq!(
        (&every.json()["machines"], &every.json()["before"]["occurrence"]),
        (&json!("every pump"), &json!(null))
    );
    let own = json!({ "mode": "cavitation", "asset": "acme/north/pump-1", "severity": 3, "occurrence": 2 });
    let own = put(own).await.json();
    let nearest = ranking().await;
    assert_eq!((&nearest["severity"], &nearest["occurrence"]), (&json!(3), &json!(2)), "the machine's own goes first");
    let file = std::fs::read_to_string(house.folder.path().join("plant/failure-modes.toml")).unwrap();
    assert!(file.contains("template = \"pump\"") && file.contains("asset = \"acme/north/pump-1\""), "{file}");

    for (wrong, told) in [
        (json!({ "mode": "cavitation", "severity": 12 }), "1 to 10"),
        (json!({ "mode": "cavitaton", "severity": 2 }), "write cavitation"),
        (json!({ "mode": "cavitation", "asset": "acme/nowhere", "severity": 2 }), "acme/nowhere"),
    ] {
        let answer = put(wrong).await;
        assert!(answer.status >= 400 && answer.text().contains(told), "{}", answer.text());
    }
    let undo = |id: Value| {
        let engineer = engineer.clone();
        async move { engineer.post(&format!("/api/v1/maintenance/ranks/changes/{id}/undo"), &json!({})).await }
    };
    assert_eq!(undo(own["id"].clone()).await.status, 200);
    assert_eq!(undo(own["id"].clone()).await.status, 422, "it is taken back already");
    let after = ranking().await;
    assert_eq!((&after["severity"], &after["occurrence"]), (&json!(9), &json!(7)), "of the place, and of the template");
    let changes = engineer.get("/api/v1/maintenance/ranks/changes?mode=cavitation").await.json();
    let told: Vec<(&Value, &Value)> =
        changes["items"].as_array().unwrap().iter().map(|c| (&c["machines"], &c["undoes"])).collect();
    let machine = json!("every machine at or below acme/north/pump-1");
    assert_eq!(told, [(&machine, &own["id"]), (&machine, &json!(null)), (&json!("every pump"), &json!(null))]);
    let audit = house.program(Role::Admin, &["*:read"]).await.get("/api/v1/audit").await.text();
    assert!(audit.contains("/api/v1/maintenance/ranks"), "{audit}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_occurrence_is_suggested_from_the_failures_of_the_kind() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let operator = house.program(Role::Operator, &["*:read", "*:write"]).await;
    let pump = house.node.catalogue().signal_named("acme/north/pump-1/flow").unwrap().asset;
    let now = house.node.now().micros();
    let failed = |days: i64| json!({ "asset_path": "acme/north/pump-1", "at": now - days * 24 * HOUR_US, "failure_mode": "cavitation" });
    // the first record begins what is known; two failures in the 400 days since
    let noted = json!({ "failures": [failed(400), failed(200), failed(20)] });
    assert_eq!(operator.post("/api/v1/failures", &noted).await.json()["added"], 3);
    let told = operator.get(&format!("/api/v1/maintenance/ranks?asset={pump}")).await.json();
    let mode = |id: &str| told["items"].as_array().unwrap().iter().find(|m| m["mode"] == id).unwrap().clone();
    let seen = &mode("cavitation")["seen"];
    assert_eq!(
        (&seen["failures"], &seen["machines"], &seen["rank"]),
        (&json!(2), &json!(1), &json!(4)),
        "4800 h between"
    );
    assert_eq!(
        (&mode("cavitation")["template"]["severity"], &mode("cavitation")["given"][0]["severity"]),
        (&json!(6), &json!(9))
    );
    assert_eq!(mode("bearing_wear")["seen"], json!(null));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brief_list_of_findings_leaves_the_evidence_to_the_single_one() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let id = finding(&house, "cavitation");
    let first = |list: Value| list["items"][0].clone();
    let whole = first(viewer.get("/api/v1/findings").await.json());
    let brief = first(viewer.get("/api/v1/findings?brief=true").await.json());
    assert_eq!((whole["evidence"].as_array().unwrap().len(), &brief["evidence"]), (1, &json!([])));
    assert_eq!(viewer.get(&format!("/api/v1/findings/{id}")).await.json()["evidence"], whole["evidence"]);
    assert_eq!(brief["title"], whole["title"]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_carries_the_parts_of_its_failure_mode_and_a_missing_one_is_told() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let asked = json!({ "finding": finding(&house, "cavitation") });
    let made = engineer.post("/api/v1/maintenance/orders", &asked).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = format!("/api/v1/maintenance/orders/{}", made.json()["id"]);
    let order = engineer.get(&path).await.json();
    assert_eq!(
        (&order["hours"], &order["skill"], &order["priority"]),
        (&json!(3.0), &json!("mechanic"), &json!("high"))
    );
    assert_eq!(
        (&order["supply"][0]["number"], &order["supply"][0]["state"]),
        (&json!("strainer-80"), &json!("not_kept"))
    );
    assert_eq!(
        (&order["worth"]["doing"], &order["worth"]["waiting"]),
        (&json!(null), &json!(null)),
        "no cost is made up"
    );
    assert_eq!(order["worth"]["missing"].as_array().unwrap().len(), 3, "an hour's cost, a price, a life: {order}");

    let part =
        json!({ "arrivals": [{ "at": null, "quantity": 0.0 }], "price": 80.0, "lead_days": 5.0, "name": "strainer" });
    assert_eq!(engineer.send("PUT", "/api/v1/maintenance/parts/strainer-80", Some(part.to_string())).await.status, 204);
    let supply = engineer.get(&path).await.json()["supply"][0].clone();
    assert_eq!(
        (&supply["state"], &supply["short"], &supply["name"]),
        (&json!("missing"), &json!(1.0), &json!("strainer"))
    );
    let by: jiff::Timestamp = supply["there_by"].as_str().unwrap().parse().unwrap();
    let days = by.duration_since(jiff::Timestamp::from_microsecond(house.node.now().micros()).unwrap()).as_secs_f64()
        / 86_400.0;
    assert!((4.9..5.1).contains(&days), "{days}");
    let parts = engineer.get("/api/v1/maintenance/parts").await.json();
    assert_eq!((&parts["items"][0]["price"], &parts["items"][0]["lead_days"]), (&json!(80.0), &json!(5.0)));
    let wrong = json!({ "arrivals": [], "price": -1.0 });
    assert_eq!(
        engineer.send("PUT", "/api/v1/maintenance/parts/strainer-80", Some(wrong.to_string())).await.status,
        422
    );

    let asked = json!({ "finding": finding(&house, "impeller_wear") });
    let id = engineer.post("/api/v1/maintenance/orders", &asked).await.json()["id"].clone();
    let order = engineer.get(&format!("/api/v1/maintenance/orders/{id}")).await.json();
    assert_eq!((&order["supply"][0]["state"], &order["supply"][0]["name"]), (&json!("unnumbered"), &json!("impeller")));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_told_for_a_part_of_the_plant_over_the_time_it_was_watched() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let operator = house.program(Role::Operator, &["*:read", "*:write"]).await;
    let catalogue = house.node.catalogue();
    let now = house.node.now().micros();
    let flow = catalogue.signal_named("acme/north/pump-1/flow").unwrap();
    let row = |hours: i64| Sample::good(flow.id, Timestamp::from_micros(now - hours * HOUR_US), 3.0);
    let rows = [row(100), row(50), row(1)];
    let store = house.node.store().clone();
    let ticket = tokio::task::spawn_blocking(move || {
        let origin = Origin { connection: String::new(), position: Position::default() };
        store.append(origin, vec![Payload::Samples(Batch::from_rows(&rows))], Vec::new()).unwrap()
    });
    ticket.await.unwrap().await.unwrap();
    let failure = |path: &str, hours: i64| json!({ "asset_path": path, "at": now - hours * HOUR_US, "repaired": now - (hours - 2) * HOUR_US });
    let noted = json!({ "failures": [failure("acme/north/pump-1", 40), failure("acme/north/pump-1", 700), failure("acme/south/fan-1", 30)] });
    assert_eq!(operator.post("/api/v1/failures", &noted).await.json()["added"], 3);

    let figures = |query: String| {
        let operator = operator.clone();
        async move { operator.get(&format!("/api/v1/maintenance/figures{query}")).await }
    };
    let all = figures(String::new()).await.json();
    assert_eq!(
        (&all["machines"], &all["failures"], &all["unwatched"], &all["missed"]),
        (&json!(2), &json!(3), &json!(2), &json!(1))
    );
    let watched = all["watched_h"].as_f64().unwrap();
    assert!((99.9..100.1).contains(&watched), "not the ninety days that were asked for: {watched}");
    assert!((all["mtbf_h"].as_f64().unwrap() - (watched - 2.0)).abs() < 1e-6, "{all}");
    assert_eq!(all["mttr_h"], json!(2.0));

    let place = |path: &str| catalogue.assets().find(|a| a.path.as_str() == path).unwrap().id;
    let north = figures(format!("?asset={}", place("acme/north"))).await.json();
    assert_eq!((&north["machines"], &north["failures"], &north["unwatched"]), (&json!(1), &json!(2), &json!(1)));
    let fans = figures("?template=fan".to_owned()).await.json();
    assert_eq!((&fans["machines"], &fans["watched_h"], &fans["mtbf_h"]), (&json!(1), &json!(0.0), &json!(null)));
    assert_eq!(figures("?asset=999".to_owned()).await.status, 404);
    let each = operator.get("/api/v1/maintenance/figures/machines").await.json();
    let names: Vec<&str> =
        each["items"].as_array().unwrap().iter().map(|m| m["asset_path"].as_str().unwrap()).collect();
    assert_eq!(names, ["acme/north/pump-1", "acme/south/fan-1"], "the one that stood longest first");
    assert_eq!(each["items"][1]["since"], json!(null));
    house.close().await;
}

/// A day so many days from now, as iCalendar writes it.
fn day(house: &House, days: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(house.node.now().micros() + days * 24 * HOUR_US).unwrap();
    at.strftime("%Y%m%d").to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_production_plan_is_shown_taken_over_once_and_taken_back() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let calendar = |hour: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:stop-1\r\nSUMMARY:Stop of the line\r\nLOCATION:acme/north\r\n\
             DTSTART:{0}T{hour}0000Z\r\nDURATION:PT8H\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:night\r\nSUMMARY:Night\r\n\
             DTSTART;TZID=Europe/Berlin:{1}T220000\r\nDURATION:PT8H\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\n\
             BEGIN:VEVENT\r\nUID:bad\r\nDTSTART;TZID=Mars:{1}T220000\r\nDURATION:PT8H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            day(&house, 20),
            day(&house, 5)
        )
    };
    let send = |hour: &str, dry_run: bool| {
        let (engineer, text) = (engineer.clone(), calendar(hour));
        async move {
            let plan =
                json!({ "source": "plan.ics", "text": text, "crew_hours": { "mechanic": 16.0 }, "dry_run": dry_run });
            engineer.post("/api/v1/maintenance/windows/import", &plan).await.json()
        }
    };
    let windows = || {
        let engineer = engineer.clone();
        async move { engineer.get("/api/v1/maintenance/windows").await.json()["items"].as_array().unwrap().clone() }
    };
    let counts = |told: &Value| ["added", "changed", "kept", "removed"].map(|key| told[key].as_u64().unwrap());

    let shown = send("06", true).await;
    assert_eq!((counts(&shown), &shown["import"], windows().await.len()), ([4, 0, 0, 0], &json!(null), 0));
    assert_eq!(shown["refused"][0]["line"], json!(19), "{shown}");
    assert!(shown["refused"][0]["cure"].as_str().unwrap().contains("Europe/Berlin"));
    let first = send("06", false).await;
    assert_eq!(counts(&first), [4, 0, 0, 0]);
    let stop = windows().await.into_iter().find(|w| w["name"] == "Stop of the line").unwrap();
    assert_eq!((&stop["scope"], &stop["crew_hours"]["mechanic"]), (&json!("acme/north"), &json!(16.0)));
    let again = send("06", false).await;
    assert_eq!((counts(&again), &again["import"]), ([0, 0, 4, 0], &json!(null)), "the same plan again changes nothing");
    let moved = send("07", false).await;
    assert_eq!((counts(&moved), windows().await.len()), ([0, 1, 3, 0], 4), "it moved and did not come twice");

    let undo = |import: &Value| {
        let (engineer, path) = (engineer.clone(), format!("/api/v1/maintenance/windows/imports/{import}"));
        async move { engineer.send("DELETE", &path, None).await }
    };
    let early = undo(&first["import"]).await;
    assert_eq!(early.status, 422, "a later import stands on it: {}", early.text());
    assert_eq!(undo(&moved["import"]).await.status, 204);
    let back = windows().await.into_iter().find(|w| w["name"] == "Stop of the line").unwrap();
    assert_eq!(back["from"], stop["from"]);
    assert_eq!(undo(&first["import"]).await.status, 204);
    assert_eq!((windows().await.len(), undo(&first["import"]).await.status), (0, 404));
    let nameless = json!({ "source": " ", "text": "from,to\n" });
    assert_eq!(engineer.post("/api/v1/maintenance/windows/import", &nameless).await.status, 422);
    let operator = house.program(Role::Operator, &["*:read", "*:write"]).await;
    assert_eq!(operator.post("/api/v1/maintenance/windows/import", &nameless).await.status, 403);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_a_plan_too_and_what_it_drops_goes_when_it_replaces() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let at = |days: i64| {
        jiff::Timestamp::from_microsecond(house.node.now().micros() + days * 24 * HOUR_US)
            .unwrap()
            .strftime("%Y-%m-%d")
            .to_string()
    };
    let head = "name,from,to,scope,crew,id";
    let a = format!("Stop,{0} 06:00,{0} 14:00,acme/south,mechanic=8,a", at(3));
    let b = format!("Night,{} 22:00,{} 06:00,,,b", at(4), at(5));
    let old = format!("Gone,{0} 06:00,{0} 14:00,,,c", at(-3));
    let send = |rows: &[&str], replace: bool| {
        let (engineer, text) = (engineer.clone(), format!("{head}\n{}\n", rows.join("\n")));
        async move {
            let plan = json!({ "source": "plan.csv", "text": text, "replace": replace });
            engineer.post("/api/v1/maintenance/windows/import", &plan).await.json()
        }
    };
    let first = send(&[&a, &b, &old, "Odd,soon,later,,,d"], false).await;
    assert_eq!((&first["added"], &first["outside"]), (&json!(2), &json!(1)), "{first}");
    assert_eq!(first["refused"][0]["line"], json!(5), "{first}");
    assert_eq!(send(&[&a], false).await["removed"], json!(0));
    let replaced = send(&[&a], true).await;
    assert_eq!((&replaced["kept"], &replaced["removed"]), (&json!(1), &json!(1)));
    let imports = engineer.get("/api/v1/maintenance/windows/imports").await.json();
    assert_eq!((imports["items"].as_array().unwrap().len(), &imports["items"][0]["source"]), (2, &json!("plan.csv")));
    house.close().await;
}
