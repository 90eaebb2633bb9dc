//! SQL gives what plain Rust gives, reads no more than it must, and keeps its limits.

use std::time::Duration;

use gemba_plant::{Quality, Sample, Timestamp};
use gemba_query::{Cell, Error, Limits, Query};
use serde_json::json;

use crate::plant::{DAY, STRANGER, plant, wait};

/// A filter in SQL and in Rust.
type Test = (&'static str, Box<dyn Fn(&Sample) -> bool>);

#[test]
fn filters_give_the_same_as_plain_rust_over_hot_and_cold() {
    let plant = plant();
    let secs = |r: &Sample| r.time.micros() / 1_000_000;
    let tests: Vec<Test> = vec![
        ("true", Box::new(|_| true)),
        ("signal = 'acme/pump-1/flow'", Box::new(|r| r.signal.get() == 1)),
        ("signal in ('acme/pump-1/flow', 'acme/pump-2/pressure')", Box::new(|r| [1, 4].contains(&r.signal.get()))),
        ("signal like '%/flow'", Box::new(|r| [1, 3].contains(&r.signal.get()))),
        ("asset = 'acme/pump-2'", Box::new(|r| [3, 4].contains(&r.signal.get()))),
        ("asset = 'acme/pump-2' and signal_id <> 3", Box::new(|r| r.signal.get() == 4)),
        ("signal_id = 99", Box::new(|r| r.signal.get() == STRANGER)),
        ("signal is null", Box::new(|r| r.signal.get() == STRANGER)),
        ("signal = 'no such'", Box::new(|_| false)),
        ("time >= '1970-01-02T00:00:00Z'", Box::new(move |r| secs(r) >= DAY)),
        (
            "time between to_timestamp(86000) and to_timestamp(173000) and value > 205",
            Box::new(move |r| (86_000..=173_000).contains(&secs(r)) && r.value > 205.0),
        ),
        ("time = to_timestamp(86401)", Box::new(move |r| secs(r) == DAY + 1)),
        (
            "time < to_timestamp(300) or time > to_timestamp(259000)",
            Box::new(move |r| secs(r) < 300 || secs(r) > 259_000),
        ),
        ("value is null", Box::new(|r| r.value.is_nan())),
        ("quality = 'bad' and status = 2156527616", Box::new(|r| r.quality == Quality::Bad)),
        ("signal_id = 2 or value < 101", Box::new(|r| r.signal.get() == 2 || r.value < 101.0)),
    ];
    for (filter, naive) in tests {
        let hits: Vec<&Sample> = plant.rows.iter().filter(|r| naive(r)).collect();
        let text = format!("select signal_id, time, value from samples where {filter} order by signal_id, time");
        let answer = plant.sql(&text).rows().unwrap();
        assert_eq!(answer.len(), hits.len(), "{filter}");
        for (got, hit) in answer.iter().zip(&hits) {
            let value = if hit.value.is_nan() { Cell::Null } else { Cell::Float(hit.value) };
            assert_eq!((&got[0], &got[2]), (&Cell::UInt(u64::from(hit.signal.get())), &value), "{filter}");
        }
        let count = plant.number(&format!("select count(*) from samples where {filter}"));
        assert_eq!(count.to_bits(), (hits.len() as f64).to_bits(), "{filter}");
    }
}

#[test]
fn rows_carry_names_times_and_words() {
    let plant = plant();
    let rows = plant.json("select * from samples where signal_id = 1 and time < to_timestamp(1000) order by time");
    let bad = json!([
        "acme/pump-1/flow",
        1,
        "acme/pump-1",
        "1970-01-01T00:15:01Z",
        "1970-01-01T00:15:01Z",
        null,
        "bad",
        2_156_527_616_u32
    ]);
    assert_eq!(rows[3], bad);
    let kinds: Vec<String> = plant.sql("select * from samples limit 1").columns().into_iter().map(|c| c.kind).collect();
    assert_eq!(kinds, ["text", "integer", "text", "time", "time", "number", "text", "integer"]);
}

#[test]
fn only_files_that_can_match_are_opened() {
    let plant = plant();
    for (filter, files) in [
        ("true", 2),
        ("time >= '1970-01-02T00:00:00Z'", 1),
        ("time >= '1970-01-03T00:00:00Z'", 0),
        ("time < '1970-01-02T00:00:00Z' and signal = 'acme/pump-1/flow'", 1),
        ("date_trunc('day', time) = '1970-01-01T00:00:00Z' and time < '1970-01-01T12:00:00Z'", 1),
        ("signal = 'no such'", 0),
        ("signal_id = 1 and time > now()", 0),
    ] {
        let answer = plant.sql(&format!("select count(*) from samples where {filter}"));
        assert_eq!(answer.files, files, "{filter}");
    }
}

#[test]
fn aggregates_joins_windows_and_explanations_work() {
    let plant = plant();
    let rows = plant.json(
        "select a.name, count(*) n, max(s.value) from samples s join signals g on g.signal_id = s.signal_id \
         join assets a on a.asset = g.asset where g.role = 'flow' group by a.name order by a.name",
    );
    assert_eq!((&rows[0][0], &rows[0][1]), (&json!("pump-1"), &json!(864)));
    let hours = plant.json(
        "select date_bin(interval '1 hour', time) h, avg(value) from samples where signal_id = 1 group by h order by h",
    );
    assert_eq!(hours.as_array().unwrap().len(), 72);
    let lag = plant.json("select value - lag(value) over (order by time) from samples where signal_id = 1 limit 2");
    assert_eq!(lag[0][0], json!(null));
    let plan = plant.sql("explain select count(*) from samples where time > '1970-01-02'");
    assert!(plan.len() >= 2 && !plan.truncated);
}

#[test]
fn small_tables_speak_the_words_of_the_api() {
    let plant = plant();
    assert_eq!(
        plant.json("select signal_id, signal, role, unit, connection from signals where signal_id = 3"),
        json!([[3, "acme/pump-2/flow", "flow", "m3/h", "plc-2"]])
    );
    assert_eq!(
        plant.json("select asset, level, template from assets limit 1"),
        json!([["acme/pump-1", "asset", "pump"]])
    );
    assert_eq!(
        plant.json("select finding, asset, kind, state, since, explanation from findings"),
        json!([[7, "acme/pump-1", "sensor_fault", "active", "1970-01-01T00:00:05Z", null]])
    );
    assert_eq!(
        plant.json("select alarm, signal, class, priority, state, finding from alarms"),
        json!([[3, "acme/pump-1/flow", "ai", "high", "unack_active", 7]])
    );
    assert_eq!(
        plant.json("select connection, from_time, to_time, reason, note from gaps"),
        json!([["plc-1", "1970-01-01T00:01:40Z", null, "connection_lost", "cable"]])
    );
    let tables: Vec<String> = Query::tables().into_iter().map(|t| t.name).collect();
    assert_eq!(tables, ["samples", "signals", "assets", "findings", "alarms", "gaps"]);
}

#[test]
fn limits_cut_off_and_say_so() {
    let plant = plant();
    let few = Limits { rows: 10, ..Limits::default() };
    let answer = plant.try_sql("select * from samples", &few).unwrap();
    assert_eq!((answer.len(), answer.truncated), (10, true));
    let answer = plant.try_sql("select * from samples limit 10", &few).unwrap();
    assert_eq!((answer.len(), answer.truncated), (10, false));
    let small = Limits { bytes: 1000, ..Limits::default() };
    let answer = plant.try_sql("select time, value from samples", &small).unwrap();
    assert!(answer.truncated && (40..=70).contains(&answer.len()), "{}", answer.len());
}

#[test]
fn time_and_memory_end_a_query_with_what_to_do() {
    let plant = plant();
    let endless = "select count(*) from generate_series(1, 1000000000) a(x) where x * x % 7 = 9";
    let error = plant.try_sql(endless, &Limits { timeout_ms: 50, ..Limits::default() }).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    let greedy =
        "select count(*) from (select a.time, b.time, a.value + b.value from samples a, samples b group by 1, 2, 3)";
    let error = plant.try_sql(greedy, &Limits { memory_bytes: 2_000_000, ..Limits::default() }).unwrap_err();
    assert_eq!(
        gemba_plant::port::told(&error),
        "running the query: it needs more than 2 MB of memory; ask for less time, fewer signals, or aggregate"
    );
    assert!((plant.number("select count(*) from samples") - 4320.0).abs() < 0.1, "the engine goes on");
}

#[test]
fn a_dropped_question_ends_and_the_next_is_answered() {
    let plant = plant();
    let endless = "select count(*) from samples a, samples b, samples c";
    wait(async {
        let limits = Limits::default();
        for _ in 0..8 {
            let question = plant.query.sql(endless, &limits);
            assert!(tokio::time::timeout(Duration::from_millis(20), question).await.is_err());
        }
    });
    assert_eq!(plant.sql("select 1").len(), 1);
}

#[test]
fn a_new_catalogue_renames() {
    let plant = plant();
    plant.query.set_catalogue(std::sync::Arc::new(gemba_plant::Catalogue::default()));
    assert!(plant.number("select count(*) from samples where signal is null") > 4000.0);
    assert!(plant.sql("select * from signals").is_empty());
}

#[test]
fn last_values_come_from_memory() {
    let plant = plant();
    let last = plant.query.last(&[gemba_plant::SignalId::new(1), gemba_plant::SignalId::new(50)]);
    assert_eq!(last[0].unwrap().time, Timestamp::from_secs(2 * DAY + 287 * 300 + 1));
    assert_eq!(last[1], None);
}
