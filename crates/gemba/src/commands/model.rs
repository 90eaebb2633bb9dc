//! `gemba model …`: which version watches, what waits, the way into service and back; of the running Gemba.

use std::time::Duration;

use gemba_plant::Timestamp;
use serde_json::{Value, json};

use super::alarm::text;
use super::label::asset_number;
use super::life;
use super::span::{point, when};
use crate::cli::{Cli, Model};
use crate::client::Client;
use crate::exit::{Exit, Kind};
use crate::output::{share_bar, table};

/// Between two looks at a version on its way into service.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub(crate) fn run(cli: &Cli, model: &Model) -> Result<(), Exit> {
    let client = Client::of(cli)?;
    let answer: Value = match model {
        Model::List => client.get("/models")?,
        Model::Release { digest } => {
            let digest = match digest {
                Some(digest) => digest.clone(),
                None => waiting(&client)?,
            };
            client.post::<Value>(&format!("/models/{digest}/release"), &json!({}))?;
            arrived(&client)?
        }
        Model::Back => {
            client.post::<Value>("/models/back", &json!({}))?;
            arrived(&client)?
        }
        Model::Drop => client.delete("/models/candidate")?,
        Model::Learn { asset, from, hours, by_itself } => {
            let path = format!("/assets/{}/learning", asset_number(&client, asset)?);
            return learn(cli, &client, &path, (from.as_deref(), *hours, *by_itself));
        }
        Model::Withdraw { kind, chances, note } => client
            .post(&format!("/maintenance/learned/{kind}/withdraw"), &json!({ "part": part(*chances), "note": note }))?,
        Model::Restore { kind, chances } => {
            client.post(&format!("/maintenance/learned/{kind}/restore"), &json!({ "part": part(*chances) }))?
        }
    };
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        print(&answer);
    }
    Ok(())
}

/// Lets a machine learn anew.
fn learn(
    cli: &Cli,
    client: &Client,
    path: &str,
    (from, hours, by_itself): (Option<&str>, Option<f64>, bool),
) -> Result<(), Exit> {
    let now = Timestamp::from_micros(jiff::Timestamp::now().as_microsecond());
    let from = from.map(|text| point(text, now)).transpose()?;
    let answer: Value = if by_itself {
        client.delete(path)?
    } else {
        client.put(path, &json!({ "from": from.map(Timestamp::micros), "hours": hours }))?
    };
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    let since = answer.get("learning").map(|learning| when(learning, "from")).filter(|since| !since.is_empty());
    let since = since.map_or_else(|| "the first that is seen".to_owned(), |since| format!("{since} on"));
    say!("{} learns from {since}", text(&answer, "path"));
    Ok(())
}

fn part(chances: bool) -> &'static str {
    if chances { "chances" } else { "lives" }
}

/// The version that `gemba.toml` asks for.
fn waiting(client: &Client) -> Result<String, Exit> {
    let models: Value = client.get("/models")?;
    let digest = models.pointer("/candidate/version/digest").and_then(Value::as_str);
    digest.map(str::to_owned).ok_or_else(|| {
        Exit::new(Kind::NotFound, "gemba.toml asks for what is in service")
            .cure("name a version that a backtest has proved")
    })
}

/// Waits until what is on its way has come into service.
fn arrived(client: &Client) -> Result<Value, Exit> {
    let bar = share_bar("reading the past");
    loop {
        let models: Value = client.get("/models")?;
        if let Some(progress) = models.pointer("/switching/progress").and_then(Value::as_f64) {
            bar.set(progress);
            std::thread::sleep(LOOK_EVERY);
            continue;
        }
        bar.clear();
        return match models.get("failed").and_then(Value::as_str) {
            Some(why) => Err(Exit::new(Kind::Failed, why)),
            None => Ok(models),
        };
    }
}

fn print(models: &Value) {
    let rows = |list: &str| -> Vec<Vec<String>> {
        let each = models.get(list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice).iter();
        each.map(|r| {
            let version = r.get("version").map(|v| text(v, "digest")).unwrap_or_default();
            vec![version, when(r, "at"), text(r, "reason"), text(r, "backtest"), text(r, "by"), text(r, "program")]
        })
        .collect()
    };
    table(&["VERSION", "SINCE", "REASON", "BACKTEST", "BY", "GEMBA"], &rows("history"));
    let said = |path: &str| models.pointer(path).and_then(Value::as_str);
    if let Some(why) = said("/unproved") {
        say!("\n{why}; `gemba backtest` tests it");
    }
    for drift in models.get("drifts").and_then(Value::as_array).into_iter().flatten() {
        say!("\n{}: {}", text(drift, "path"), text(drift, "advice"));
    }
    if let Some(why) = said("/failed") {
        say!("\nthe last one was not put into service: {why}");
    }
    life::known(models);
    let Some(digest) = said("/candidate/version/digest") else { return };
    say!("\ngemba.toml asks for version {digest}, which waits:");
    for change in models.pointer("/candidate/changes").and_then(Value::as_array).into_iter().flatten() {
        say!("  {} = {} (in service: {})", text(change, "key"), text(change, "asked"), text(change, "in_service"));
    }
    match said("/candidate/hindrance") {
        Some(why) => say!("  {why}; `gemba backtest` tests it"),
        None => say!("  `gemba model release` puts it into service"),
    }
}
