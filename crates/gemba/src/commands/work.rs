//! `gemba work …`: maintenance of the running Gemba.

use clap::ValueEnum;
use gemba_node::Plan;
use serde_json::{Value, json};

use super::alarm::{items, text};
use super::history;
use super::label::asset_number;
use super::life;
use super::span::{point, when};
use super::{plan_file, ranks, work_show};
use crate::cli::{Cli, Import, Work};
use crate::client::Client;
use crate::exit::Exit;
use crate::output::table;

/// Failures sent at once.
const AT_ONCE: usize = 10_000;

pub(crate) async fn run(cli: &Cli, work: &Work) -> Result<(), Exit> {
    if let Work::Import(import @ Import { dry_run: true, .. }) = work {
        return say(cli, &json!({ "failures": failures(cli, import).await? }), print_failures);
    }
    let client = Client::of(cli)?;
    let answer: Value = match work {
        Work::List { all } => client.get(&format!("/maintenance/orders?all={all}"))?,
        Work::Order { finding } => {
            let written: Value = client.post("/maintenance/orders", &json!({ "finding": finding }))?;
            client.get(&format!("/maintenance/orders/{}", text(&written, "id")))?
        }
        Work::Check { finding, outcome, note, resolved, failure_mode, component } => {
            let outcome = outcome.to_possible_value().map(|v| v.get_name().replace('-', "_")).unwrap_or_default();
            let check = json!({
                "outcome": outcome, "note": note, "resolved": resolved, "failure_mode": failure_mode, "component": component,
            });
            client.post(&format!("/cases/{finding}/check"), &check)?
        }
        Work::Reopen { finding } => client.post(&format!("/cases/{finding}/reopen"), &json!({}))?,
        Work::Plan { apply: true } => client.post("/maintenance/plan", &json!({}))?,
        Work::Plan { apply: false } => client.get("/maintenance/plan")?,
        Work::Import(import) => taken_over(&client, &failures(cli, import).await?)?,
        Work::Life { asset: Some(asset) } => client.get(&format!("/assets/{}/life", asset_number(&client, asset)?))?,
        Work::Life { asset: None } => client.get("/maintenance/learned")?,
        Work::Show { order } => client.get(&format!("/maintenance/orders/{order}"))?,
        Work::Fmea { asset } => client.get(&format!("/assets/{}/health", asset_number(&client, asset)?))?,
        Work::Ranks(wish) => ranks::send(&client, wish)?,
        Work::Windows(wish) => plan_file::send(&client, wish)?,
        Work::Figures { from, asset, template, machines } => {
            let mut query = since(from.as_deref())?;
            if let Some(path) = asset {
                query.push(format!("asset={}", asset_number(&client, path)?));
            }
            query.extend(template.as_ref().map(|template| format!("template={template}")));
            let which = if *machines { "/machines" } else { "" };
            client.get(&format!("/maintenance/figures{which}?{}", query.join("&")))?
        }
    };
    say(cli, &answer, |answer| match work {
        Work::List { .. } => print_orders(answer),
        Work::Order { .. } => {
            say!("work order {} written", text(answer, "id"));
            work_show::order(answer);
        }
        Work::Show { .. } => work_show::order(answer),
        Work::Fmea { .. } => work_show::fmea(answer),
        Work::Ranks(wish) => ranks::print(wish, answer),
        Work::Windows(_) => plan_file::show(answer),
        Work::Check { finding, .. } | Work::Reopen { finding } => {
            say!("finding {finding} is {}", text(answer, "state"));
        }
        Work::Plan { .. } => print_plan(answer),
        Work::Import(_) => say!("new rows: {}", text(answer, "added")),
        Work::Life { asset: Some(_) } => life::print(answer),
        Work::Life { asset: None } => life::learned(answer),
        Work::Figures { machines: true, .. } => work_show::machines(answer),
        Work::Figures { .. } => work_show::figures(answer),
    })
}

/// The answer as it is, or in words.
fn say(cli: &Cli, answer: &Value, in_words: impl Fn(&Value)) -> Result<(), Exit> {
    if cli.json {
        say!("{}", serde_json::to_string_pretty(answer)?);
    } else {
        in_words(answer);
    }
    Ok(())
}

fn since(from: Option<&str>) -> Result<Vec<String>, Exit> {
    let Some(from) = from else { return Ok(Vec::new()) };
    let now = gemba_plant::port::Clock::now(&gemba_node::SystemClock);
    Ok(vec![format!("from={}", point(from, now)?.micros())])
}

async fn failures(cli: &Cli, import: &Import) -> Result<Vec<Value>, Exit> {
    let plan = Plan::load(&cli.config)?;
    let zone = jiff::tz::TimeZone::get(&plan.file.site.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    Ok(history::read(import, &zone).await?)
}

/// Reads failures and sends them.
fn taken_over(client: &Client, failures: &[Value]) -> Result<Value, Exit> {
    let mut added = 0;
    for part in failures.chunks(AT_ONCE) {
        let answer: Value = client.post("/failures", &json!({ "failures": part }))?;
        added += answer.get("added").and_then(Value::as_u64).unwrap_or_default();
    }
    Ok(json!({ "added": added, "read": failures.len() }))
}

fn print_failures(answer: &Value) {
    let keys = ["asset_path", "kind", "at", "repaired", "failure_mode", "note"];
    let cell = |failure: &Value, key: &str| match key {
        "at" | "repaired" => when(failure, key),
        "kind" if failure.get(key).is_none() => "failure".to_owned(),
        _ => text(failure, key),
    };
    let failures = answer.get("failures").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let rows: Vec<Vec<String>> = failures.iter().map(|f| keys.iter().map(|k| cell(f, k)).collect()).collect();
    table(&["ASSET", "KIND", "AT", "REPAIRED", "FAILURE MODE", "NOTE"], &rows);
}

fn print_orders(answer: &Value) {
    let row = |o: &Value| {
        let [id, state, asset, title] = ["id", "state", "asset_path", "title"].map(|key| text(o, key));
        vec![id, state, asset, when(o, "due"), title]
    };
    let rows: Vec<Vec<String>> = items(answer).iter().map(row).collect();
    if rows.is_empty() {
        say!("no work orders");
        return;
    }
    table(&["ID", "STATE", "ASSET", "DUE", "TITLE"], &rows);
}

fn print_plan(plan: &Value) {
    let placements = plan.get("placements").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if placements.is_empty() {
        say!("no open work orders");
        return;
    }
    let begin = |p: &Value| p.get("hours").map(|hours| when(hours, "from")).unwrap_or_default();
    let rows: Vec<Vec<String>> = placements.iter().map(|p| vec![text(p, "order"), begin(p), text(p, "why")]).collect();
    table(&["ORDER", "BEGINS", "PLAN"], &rows);
    let [cost, waiting, haste] =
        ["cost", "cost_of_waiting", "cost_of_haste"].map(|key| plan.get(key).and_then(Value::as_f64));
    let money = |v: Option<f64>| format!("{:.0} {}", v.unwrap_or_default(), text(plan, "currency"));
    let chance = |p: &Value| p.pointer("/considered/0/chance").is_some_and(|chance| !chance.is_null());
    let waiting = if placements.iter().any(chance) {
        format!("waiting until the last window ends risks {}", money(waiting))
    } else {
        "what waiting risks is not known: no remaining life was told".to_owned()
    };
    say!("\nexpected cost {}; doing all at once costs {}; {waiting}", money(cost), money(haste));
}
