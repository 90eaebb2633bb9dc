//! `gemba backtest`: what would have been found in the stored past, how early, how often falsely; through the running
//! Gemba when there is one, else straight from the data folder.

mod show;
mod wanted;

use std::time::Duration;

use gemba_node::backtest::{BacktestReport, BacktestRequest};
use gemba_node::{Node, Plan};
use serde_json::Value;

use crate::cli::{Backtest, Cli};
use crate::client::{Client, Reach};
use crate::exit::{Exit, Kind};
use crate::output::share_bar;

/// Between two looks at a backtest that the running Gemba works on.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub(crate) async fn run(cli: &Cli, wanted: &Backtest) -> Result<(), Exit> {
    let report = match Reach::of(cli)? {
        Reach::Running(client) => remote(&client, wanted),
        Reach::Folder(plan) => local(*plan, wanted).await,
    }?;
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        show::print(&report);
    }
    Ok(())
}

async fn local(plan: Plan, wanted: &Backtest) -> Result<BacktestReport, Exit> {
    let node = Node::offline(plan).await?;
    let newest = node.store().last_all().iter().map(|s| s.time).max().unwrap_or_else(|| node.now());
    let request = wanted::request(wanted, newest)?;
    let bar = share_bar("reading the past");
    let moving = bar.clone();
    let done = node
        .backtest(request, move |share| {
            moving.set(share);
            true
        })
        .await;
    bar.clear();
    node.stop().await?;
    Ok(done?)
}

fn remote(client: &Client, wanted: &Backtest) -> Result<BacktestReport, Exit> {
    let newest = gemba_node::SystemClock;
    let request: BacktestRequest = wanted::request(wanted, gemba_plant::port::Clock::now(&newest))?;
    let started: Value = client.post("/backtests", &serde_json::to_value(&request)?)?;
    let id = started.get("id").and_then(Value::as_u64).unwrap_or_default();
    let bar = share_bar("reading the past");
    loop {
        let entry: Value = client.get(&format!("/backtests/{id}"))?;
        bar.set(entry.get("progress").and_then(Value::as_f64).unwrap_or_default());
        match entry.get("state").and_then(Value::as_str) {
            Some("queued" | "running") => std::thread::sleep(LOOK_EVERY),
            Some("done") => {
                bar.clear();
                return Ok(serde_json::from_value(entry.get("report").cloned().unwrap_or_default())?);
            }
            _ => {
                bar.clear();
                let why = entry.get("why").and_then(Value::as_str).unwrap_or("it has ended without a report");
                return Err(Exit::new(Kind::Failed, format!("backtest {id}: {why}")));
            }
        }
    }
}
