//! What must be refused, and how it is said.

use gemba_query::{Error, Limits};

use crate::plant::plant;

#[test]
fn nothing_but_a_query_is_let_through() {
    let plant = plant();
    for text in [
        "create table t as select 1",
        "create view v as select 1",
        "create external table t stored as csv location '/etc/passwd'",
        "create external table t (a int) stored as parquet location 'https://example.org/x.parquet'",
        "drop table samples",
        "alter table samples add column x int",
        "truncate table samples",
        "insert into samples select * from samples",
        "insert into samples values (1)",
        "update samples set value = 1",
        "delete from samples",
        "merge into samples using signals on true when matched then delete",
        "copy samples to '/tmp/out.csv'",
        "copy (select 1) to '/tmp/out.parquet' stored as parquet",
        "copy samples from '/etc/passwd'",
        "set datafusion.execution.batch_size = 1",
        "reset datafusion.execution.batch_size",
        "show tables",
        "show all",
        "describe samples",
        "explain insert into samples values (1)",
        "explain analyze delete from samples",
        "explain copy samples to '/tmp/out.csv'",
        "prepare p as select 1",
        "execute p",
        "deallocate p",
        "begin",
        "commit",
        "use other",
        "grant all on samples to public",
        "create function f() returns int return 1",
        "drop function abs",
        "with x as (insert into samples values (1) returning 1) select * from x",
        "select * into t from samples",
        "(select * into t from samples)",
        "select 1 union all (select * into t from samples)",
        "with x as (select * into t from samples) select 1",
    ] {
        let error = plant.try_sql(text, &Limits::default()).unwrap_err();
        let refused = matches!(error, Error::NotReadOnly { .. } | Error::Parse { .. });
        assert!(refused, "{text}: {error:?}");
    }
}

#[test]
fn no_file_and_no_address_is_opened() {
    let plant = plant();
    for text in [
        "select * from '/etc/passwd'",
        "select * from '/etc/hosts.csv'",
        "select * from 'file:///etc/hosts'",
        "select * from \"https://example.org/x.parquet\"",
        "select * from read_csv('/etc/passwd')",
        "select * from read_parquet('x.parquet')",
        "select * from parquet_metadata('x.parquet')",
        "select * from information_schema.tables",
        "select * from information_schema.df_settings",
        "select * from pg_catalog.pg_class",
    ] {
        let error = plant.try_sql(text, &Limits::default()).unwrap_err();
        assert!(matches!(error, Error::NoTable { .. } | Error::Plan { .. } | Error::Parse { .. }), "{text}: {error:?}");
    }
}

#[test]
fn exactly_one_statement() {
    let plant = plant();
    for text in ["", ";", "select 1; select 2", "select 1; drop table samples", "-- nothing"] {
        let error = plant.try_sql(text, &Limits::default()).unwrap_err();
        assert!(matches!(error, Error::Statements { .. }), "{text}: {error:?}");
    }
    assert_eq!(plant.sql("select 1;").len(), 1);
    assert_eq!(plant.sql("(select 1) union all (values (2))").len(), 2);
    assert_eq!(plant.sql("with x as (select 1 a) select a from x").len(), 1);
}

#[test]
fn faults_say_where_what_and_what_was_meant() {
    let plant = plant();
    for (text, parts) in [
        ("select *\nfrom samples wher value > 1", vec!["reading the query", "Line: 2"]),
        ("selec 1", vec!["Line: 1, Column: 1"]),
        ("select * from sampels", vec!["no table sampels", "did you mean samples?"]),
        ("select * from nothing_like_it", vec!["no table nothing_like_it", "tables are samples, signals"]),
        ("select valu from samples", vec!["valu", "Did you mean 'samples.value'"]),
        ("select nosuch(1)", vec!["nosuch"]),
        ("select value + signal from samples", vec!["checking the query"]),
        ("select 'unended", vec!["reading the query", "Line: 1"]),
    ] {
        let error = gemba_plant::port::told(&plant.try_sql(text, &Limits::default()).unwrap_err());
        for part in parts {
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}

#[test]
fn no_depth_brings_the_program_down() {
    let plant = plant();
    let many = |start: &str, again: &str, times: usize| format!("{start}{}", again.repeat(times));
    for text in [
        many("select 1", "+1", 990),
        many("select 1", "+1", 30_000),
        many("select 1 where true", " or false", 480),
        many("select 1", " union all select 1", 320),
        many("select value from samples", ",samples", 40),
        format!("select {}1{}", "(".repeat(490), ")".repeat(490)),
        format!("select 1 where {}true", "not ".repeat(990)),
        many("select 1", "::int", 490),
        format!("select {}1{}", "abs(".repeat(330), ")".repeat(330)),
        many("select 1", " is null", 490),
        format!("select signal from samples where signal_id in ({}1)", "1,".repeat(20_000)),
    ] {
        let limits = Limits { timeout_ms: 2_000, ..Limits::default() };
        let short: String = text.chars().take(40).collect();
        if let Err(error) = plant.try_sql(&text, &limits) {
            assert!(!matches!(error, Error::Stopped), "{short}: {error}");
        }
    }
    assert_eq!(plant.sql("select 1").len(), 1);
}
