//! A file is sent and looked at; nothing of it stays.

use std::fmt::Write as _;
use std::time::Instant;

use gemba_node::access::Role;
use serde_json::Value;

use crate::house::House;

/// Two signals a second; the pressure falls in the last third.
fn table(rows: u32) -> String {
    let mut text = "time,pressure [bar],temperature [°C]\n".to_owned();
    for i in 0..rows {
        let x = f64::from(i);
        let wobble = (x * 12.9898).sin() + (x * 78.233).sin();
        let pressure = 5.0 + 0.1 * wobble - if i > rows * 2 / 3 { 1.0 } else { 0.0 };
        let temperature = 40.0 + (x * 39.346).sin() + (x * 11.135).cos();
        let clock = (i / 3600, i / 60 % 60, i % 60);
        writeln!(text, "2026-01-01T{:02}:{:02}:{:02}Z,{pressure:.3},{temperature:.2}", clock.0, clock.1, clock.2)
            .unwrap();
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_looked_at_as_json_as_a_page_and_by_the_line() {
    let house = House::open().await;
    let operator = house.program(Role::Operator, &["*:read"]).await.with("Content-Type", "text/csv");
    let path = "/api/v1/analyze?name=press.csv&healthy=0%25..50%25";
    let json = operator.send("POST", path, Some(table(2000))).await;
    assert_eq!(json.status, 200, "{}", json.text());
    let report = &json.json()["report"];
    assert_eq!((&report["name"], &report["rows"]), (&"press.csv".into(), &2000.into()));
    let titles: Vec<&str> =
        report["anomalies"].as_array().unwrap().iter().filter_map(|a| a["title"].as_str()).collect();
    assert!(titles.iter().any(|title| title.contains("Pressure is lower")), "{titles:?}");

    let page = operator.with("Accept", "text/html").send("POST", path, Some(table(2000))).await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.text().contains("<h1>press.csv</h1>") && !page.text().contains("<script"));

    let lines = operator.with("Accept", "application/x-ndjson").send("POST", path, Some(table(2000))).await.text();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["doing"].as_str().is_some_and(|doing| doing.contains("learning"))));
    let last = lines.last().unwrap();
    assert_eq!(last["done"]["report"], *report, "the same report, whoever asks");
    assert!(last["page"].as_str().unwrap().starts_with("<!doctype html>"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_looked_at_says_what_would_help() {
    let house = House::open().await;
    let operator = house.program(Role::Operator, &["*:read"]).await;
    let short = operator.send("POST", "/api/v1/analyze", Some("a,b\n1,2\n".into())).await;
    assert_eq!((short.status, short.code()), (422, "invalid".into()));
    assert!(short.json()["cure"].as_str().unwrap().contains("20 rows"), "{}", short.text());
    let part = operator.send("POST", "/api/v1/analyze?healthy=soon", Some(table(600))).await;
    assert!(part.json()["cure"].as_str().unwrap().contains("1..400"), "{}", part.text());
    let declared = operator.with("Content-Length", "99999999999");
    let large = declared.send("POST", "/api/v1/analyze", None).await;
    assert_eq!(large.status, 413);
    assert!(large.json()["detail"].as_str().unwrap().contains("64 MiB"), "{}", large.text());
    let lines =
        operator.with("Accept", "application/x-ndjson").send("POST", "/api/v1/analyze", Some("a\n".into())).await;
    let last: Value = serde_json::from_str(lines.text().lines().last().unwrap()).unwrap();
    assert_eq!(last["failed"]["code"], "invalid", "{last}");
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    assert_eq!(viewer.send("POST", "/api/v1/analyze", Some(table(600))).await.status, 403);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_ends_the_work() {
    const ROWS: u32 = 60_000;
    let house = House::open().await;
    let operator = house.program(Role::Operator, &["*:read"]).await;
    let look = async |accept: &str, rows: u32| {
        operator.with("Accept", accept).send("POST", "/api/v1/analyze", Some(table(rows))).await.status
    };
    let began = Instant::now();
    assert_eq!(look("application/json", ROWS).await, 200);
    let whole = began.elapsed();
    // one is looked at at a time: without an end of these two the next would wait for nearly twice as long
    for accept in ["application/json", "application/x-ndjson"] {
        assert!(tokio::time::timeout(whole / 8, look(accept, ROWS)).await.is_err(), "it took {whole:?} before");
    }
    let began = Instant::now();
    assert_eq!(look("application/json", 2).await, 422);
    assert!(began.elapsed() < whole, "{:?} of {whole:?}: the place was still taken", began.elapsed());
    house.close().await;
}
