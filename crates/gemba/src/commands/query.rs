//! `gemba query`: SQL, through the running Gemba when there is one, else straight from the data folder.

use std::io::Read as _;

use gemba_node::{Node, Plan};
use gemba_query::{Answer, Cell, Limits};
use serde_json::{Value, json};

use crate::cli::{Cli, Query};
use crate::client::{Client, Reach};
use crate::exit::{Exit, Kind};
use crate::output::{spinner, table, warn};

/// Columns and rows, wherever they came from.
struct Found {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    truncated: bool,
}

pub(crate) async fn run(cli: &Cli, wanted: &Query) -> Result<(), Exit> {
    let sql = if let Some(sql) = &wanted.sql {
        sql.clone()
    } else {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    };
    let waiting = spinner("asking");
    let answer = match Reach::of(cli)? {
        Reach::Running(client) => remote(&client, &sql, wanted.limit),
        Reach::Folder(plan) => local(*plan, &sql, wanted.limit).await,
    };
    waiting.finish_and_clear();
    print(cli, wanted, &answer?);
    Ok(())
}

fn remote(client: &Client, sql: &str, limit: usize) -> Result<Found, Exit> {
    let answer: Value = client.post("/query", &json!({ "sql": sql, "limit": limit }))?;
    let list = |key: &str| answer.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(Found {
        columns: list("columns").iter().filter_map(|c| c.get("name")?.as_str().map(str::to_owned)).collect(),
        rows: list("rows").into_iter().filter_map(|row| row.as_array().cloned()).collect(),
        truncated: answer.get("truncated").and_then(Value::as_bool).unwrap_or(false),
    })
}

async fn local(plan: Plan, sql: &str, limit: usize) -> Result<Found, Exit> {
    let node = Node::offline(plan).await?;
    let asked = node.query().sql(sql, &Limits { rows: limit, ..Limits::default() }).await;
    node.stop().await?;
    let answer: Answer = asked.map_err(|e| Exit::of(Kind::Failed, &e))?;
    let rows = answer.rows().map_err(|e| Exit::of(Kind::Failed, &e))?;
    let value = |cell: Cell| serde_json::to_value(cell).unwrap_or_default();
    Ok(Found {
        columns: answer.columns().into_iter().map(|c| c.name).collect(),
        rows: rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect(),
        truncated: answer.truncated,
    })
}

fn print(cli: &Cli, wanted: &Query, answer: &Found) {
    if answer.truncated {
        warn(format_args!("gemba: the first {} rows; --limit gives more", answer.rows.len()));
    }
    if cli.json {
        say!("{}", json!({ "columns": answer.columns, "rows": answer.rows, "truncated": answer.truncated }));
        return;
    }
    let rows: Vec<Vec<String>> = answer.rows.iter().map(|row| row.iter().map(show).collect()).collect();
    if wanted.csv {
        say!("{}", answer.columns.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(","));
        for row in &rows {
            say!("{}", row.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(","));
        }
    } else {
        table(&answer.columns.iter().map(String::as_str).collect::<Vec<_>>(), &rows);
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A field of RFC 4180.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
