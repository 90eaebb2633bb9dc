//! `gemba work …`: maintenance of the running Gemba.

use std::path::Path;

use anyhow::Context;
use clap::ValueEnum;
use gemba_node::Plan;
use serde_json::{Value, json};

use super::alarm::{items, text};
use super::span::point;
use crate::cli::{Cli, Work};
use crate::client::Client;
use crate::exit::{Exit, Kind};
use crate::output::table;

/// Failures sent at once.
const AT_ONCE: usize = 10_000;

pub(crate) fn run(cli: &Cli, work: &Work) -> Result<(), Exit> {
    let client = Client::of(&Plan::load(&cli.config)?)?;
    let answer: Value = match work {
        Work::List { all } => client.get(&format!("/maintenance/orders?all={all}"))?,
        Work::Order { finding } => client.post("/maintenance/orders", &json!({ "finding": finding }))?,
        Work::Check { finding, outcome, note, resolved } => {
            let outcome = outcome.to_possible_value().map(|v| v.get_name().replace('-', "_")).unwrap_or_default();
            let check = json!({ "outcome": outcome, "note": note, "resolved": resolved });
            client.post(&format!("/cases/{finding}/check"), &check)?
        }
        Work::Plan { apply } => {
            let plan: Value = client.get("/maintenance/plan")?;
            if *apply {
                schedule(&client, &plan)?;
            }
            plan
        }
        Work::Import { file } => import(&client, file)?,
        Work::Figures { from } => client.get(&format!("/maintenance/figures{}", since(from.as_deref())?))?,
    };
    if cli.json || matches!(work, Work::Figures { .. }) {
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    match work {
        Work::List { .. } => print_orders(&answer),
        Work::Order { .. } => println!("work order {} written", text(&answer, "id")),
        Work::Check { finding, .. } => println!("finding {finding} is {}", text(&answer, "state")),
        Work::Plan { .. } => print_plan(&answer),
        Work::Import { .. } => println!("{} failures are new", text(&answer, "added")),
        Work::Figures { .. } => {}
    }
    Ok(())
}

fn since(from: Option<&str>) -> Result<String, Exit> {
    let Some(from) = from else { return Ok(String::new()) };
    let now = gemba_plant::port::Clock::now(&gemba_node::SystemClock);
    Ok(format!("?from={}", point(from, now)?.micros()))
}

/// Gives each order the window that the plan has for it. A planned order begins with its window.
fn schedule(client: &Client, plan: &Value) -> Result<(), Exit> {
    let windows = plan.get("windows").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for placement in plan.get("placements").and_then(Value::as_array).into_iter().flatten() {
        let window =
            placement.get("window").and_then(Value::as_u64).and_then(|w| windows.get(usize::try_from(w).ok()?));
        let (Some(window), Some(order)) = (window, placement.get("order")) else { continue };
        let step = json!({ "step": "schedule", "window": { "from": window.get("from"), "to": window.get("to") } });
        let _scheduled: Value = client.post(&format!("/maintenance/orders/{order}/step"), &step)?;
    }
    Ok(())
}

/// Reads failures and sends them.
fn import(client: &Client, file: &Path) -> Result<Value, Exit> {
    let failures = read(file).map_err(|error| Exit::new(Kind::Failed, format!("{error:#}")))?;
    let mut added = 0;
    for part in failures.chunks(AT_ONCE) {
        let answer: Value = client.post("/failures", &json!({ "failures": part }))?;
        added += answer.get("added").and_then(Value::as_u64).unwrap_or_default();
    }
    Ok(json!({ "added": added, "read": failures.len() }))
}

fn read(file: &Path) -> anyhow::Result<Vec<Value>> {
    let name = file.display();
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(file).with_context(|| format!("reading {name}"))?;
    let head = reader.headers().with_context(|| format!("reading {name}"))?.clone();
    let place = |wanted: &str| head.iter().position(|h| h.eq_ignore_ascii_case(wanted));
    let (Some(asset), Some(at)) = (place("asset"), place("at")) else {
        anyhow::bail!(
            "{name} has no columns asset and at; name the machine's path asset and the time of the failure at"
        );
    };
    let others = ["repaired", "failure_mode", "note"].map(|key| (key, place(key)));
    let mut failures = Vec::new();
    for row in reader.records() {
        let row = row.with_context(|| format!("reading {name}"))?;
        let cell = |column: usize| row.get(column).unwrap_or_default();
        let known = others.iter().filter_map(|(key, column)| Some((*key, cell((*column)?))));
        let asset_and_time = [("asset_path", cell(asset)), ("at", cell(at))];
        let given = asset_and_time.into_iter().chain(known.filter(|(_, value)| !value.is_empty()));
        let failure = given.map(|(key, value)| (key.to_owned(), value.into())).collect();
        failures.push(Value::Object(failure));
    }
    Ok(failures)
}

fn print_orders(answer: &Value) {
    let keys = ["id", "state", "asset_path", "due", "title"];
    let rows: Vec<Vec<String>> = items(answer).iter().map(|o| keys.iter().map(|k| text(o, k)).collect()).collect();
    if rows.is_empty() {
        println!("no work orders");
        return;
    }
    table(&["ID", "STATE", "ASSET", "DUE", "TITLE"], &rows);
}

fn print_plan(plan: &Value) {
    let placements = plan.get("placements").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if placements.is_empty() {
        println!("no open work orders");
        return;
    }
    let rows: Vec<Vec<String>> = placements.iter().map(|p| vec![text(p, "order"), text(p, "why")]).collect();
    table(&["ORDER", "PLAN"], &rows);
    let [cost, waiting, haste] =
        ["cost", "cost_of_waiting", "cost_of_haste"].map(|key| plan.get(key).and_then(Value::as_f64));
    let money = |v: Option<f64>| format!("{:.0} {}", v.unwrap_or_default(), text(plan, "currency"));
    println!(
        "\nexpected cost {}; waiting risks {}; doing all at once costs {}",
        money(cost),
        money(waiting),
        money(haste)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_read_from_what_a_maintenance_system_writes() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("history.csv");
        std::fs::write(&file, "Asset, At ,repaired,cost\nacme/pump-1,2026-01-02T03:04:05Z,,12\n").unwrap();
        let read = read(&file).unwrap();
        assert_eq!(read, [json!({ "asset_path": "acme/pump-1", "at": "2026-01-02T03:04:05Z" })]);
        std::fs::write(&file, "machine,when\n").unwrap();
        assert!(super::read(&file).unwrap_err().to_string().contains("asset and at"));
    }
}
