//! `gemba connect …`: look at a device before anything is stored, then tick what to keep.

use std::collections::BTreeSet;

use gemba_connect::{BrowseNode, ConnectionConfig, ReadValue, Step};
use gemba_node::{ImportSignal, Plan};
use gemba_plant::{AssetPath, Role, Unit};
use serde_json::{Value, json};

use super::check::counted;
use super::connect_look::Look;
use super::{connect_list, device};
use crate::cli::{Cli, Connect};
use crate::client::Reach;
use crate::exit::{Exit, Kind};
use crate::output::{spinner, table};

/// Nodes that one browse lists at the most: a device with more is ticked part by part.
const NODES_MAX: usize = 100_000;

pub(crate) async fn run(cli: &Cli, connect: &Connect) -> Result<(), Exit> {
    match connect {
        Connect::List => connect_list::list(cli),
        Connect::Pause { connection } => connect_list::set_paused(cli, connection, true),
        Connect::Resume { connection } => connect_list::set_paused(cli, connection, false),
        Connect::Test(wanted) => test(cli, &wanted.device).await,
        Connect::Browse { device, at, all } => {
            let nodes = browse(&Look::at(cli, &device.device)?, at.as_deref(), *all).await?;
            if cli.json {
                say!("{}", serde_json::to_string_pretty(&nodes)?);
            } else {
                print_nodes(&nodes);
            }
            Ok(())
        }
        Connect::Read { device, addresses } => read(cli, &device.device, addresses).await,
        Connect::Import { connection, matching, asset, dry_run } => {
            import(cli, connection, (matching, asset.as_deref()), *dry_run).await
        }
    }
}

async fn test(cli: &Cli, wanted: &str) -> Result<(), Exit> {
    let (config, pki) = device::find(cli, wanted)?;
    let waiting = spinner("connecting");
    let mut report = config.probe(&pki)?.test().await;
    if report.ok && device::is_address(wanted) && matches!(config, ConnectionConfig::Opcua(_)) {
        report.steps.push(Step {
            name: "as a connection".into(),
            ok: true,
            detail: "an address alone is looked at without security; a connection is not".into(),
            cure: "write insecure = true for it in gemba.toml, or use a security policy that the server offers".into(),
        });
    }
    waiting.finish_and_clear();
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        for step in &report.steps {
            say!("{} {}: {}", if step.ok { "ok  " } else { "FAIL" }, step.name, step.detail);
            if !step.cure.is_empty() {
                say!("     → {}", step.cure);
            }
        }
    }
    if report.ok { Ok(()) } else { Err(Exit::new(Kind::Connection, String::new())) }
}

async fn browse(look: &Look, at: Option<&str>, all: bool) -> Result<Vec<BrowseNode>, Exit> {
    let waiting = spinner("looking");
    let mut found = look.below(at).await?;
    let mut next = 0;
    while all && next < found.len() && found.len() < NODES_MAX {
        let folder = found.get(next).filter(|node| node.has_children).map(|node| node.address.clone());
        next += 1;
        if let Some(address) = folder {
            waiting.set_message(format!("looking below {address} ({} found)", found.len()));
            found.extend(look.below(Some(&address)).await?);
        }
    }
    waiting.finish_and_clear();
    Ok(found)
}

fn print_nodes(nodes: &[BrowseNode]) {
    if nodes.is_empty() {
        say!(
            "nothing there; what cannot tell its addresses (Modbus, line protocol) is read by those that are written down: docs/connections.md"
        );
        return;
    }
    let row = |n: &BrowseNode| {
        let what = if n.is_signal || !n.data_type.is_empty() { n.data_type.clone() } else { "folder".to_owned() };
        vec![
            n.address.clone(),
            n.name.clone(),
            what,
            n.value.clone().unwrap_or_default(),
            n.unit.clone(),
            n.path.clone(),
        ]
    };
    table(&["ADDRESS", "NAME", "TYPE", "VALUE", "UNIT", "PLACE"], &nodes.iter().map(row).collect::<Vec<_>>());
}

async fn read(cli: &Cli, wanted: &str, addresses: &[String]) -> Result<(), Exit> {
    let (config, pki) = device::find(cli, wanted)?;
    let values = config.probe(&pki)?.read(addresses).await?;
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&values)?);
    } else {
        let row = |v: &ReadValue| {
            vec![v.address.clone(), v.text.clone(), v.quality.as_str().to_owned(), format!("0x{:08X}", v.status)]
        };
        table(&["ADDRESS", "VALUE", "QUALITY", "STATUS"], &values.iter().map(row).collect::<Vec<_>>());
    }
    let none = !values.is_empty() && values.iter().all(|v| v.quality == gemba_plant::Quality::Bad);
    if none { Err(Exit::new(Kind::Check, "no address could be read")) } else { Ok(()) }
}

async fn import(
    cli: &Cli,
    connection: &str,
    (matching, asset): (&str, Option<&str>),
    dry_run: bool,
) -> Result<(), Exit> {
    let plan = Plan::load(&cli.config)?;
    if !plan.file.connections.contains_key(connection) {
        return Err(Exit::new(
            Kind::NotFound,
            format!("there is no connection \"{connection}\" in {}", cli.config.display()),
        )
        .cure(format!("configured are: {}", plan.file.connections.keys().cloned().collect::<Vec<_>>().join(", "))));
    }
    let fixed = asset.map(AssetPath::new).transpose().map_err(|e| Exit::new(Kind::Usage, e.to_string()))?;
    let nodes = browse(&Look::at(cli, connection)?, None, true).await?;
    let signals = plan.plant.values().flat_map(|f| &f.assets).flat_map(|a| &a.signals);
    let bound: BTreeSet<&str> = signals.filter(|s| s.connection == connection).map(|s| s.address.as_str()).collect();
    let matching = matching.to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&matching);
    let offered: Vec<&BrowseNode> =
        nodes.iter().filter(|n| n.is_signal && (fits(&n.address) || fits(&n.name))).collect();
    let wanted: Vec<ImportSignal> = offered
        .iter()
        .filter(|n| !bound.contains(n.address.as_str()))
        .filter_map(|node| proposal(node, connection, fixed.as_ref()))
        .collect();
    if wanted.is_empty() && !cli.json {
        match offered.len() {
            0 => note!(cli, "nothing to add: no address of {connection} fits"),
            n => note!(cli, "nothing to add: all {n} addresses of {connection} that fit have their signals already"),
        }
        return Ok(());
    }
    if dry_run {
        return would(cli, &wanted);
    }
    let added = match Reach::of(cli)? {
        Reach::Running(client) => {
            let answer: Value = client
                .post(&format!("/connections/{connection}/import"), &json!({ "signals": wanted }))
                .map_err(|exit| {
                    let cure = "the Gemba that runs was started before it was written: start it anew";
                    if exit.is(Kind::NotFound) { exit.cure(cure) } else { exit }
                })?;
            answer.get("created").and_then(Value::as_u64).unwrap_or_default()
        }
        Reach::Folder(plan) => plan.import(connection, wanted)? as u64,
    };
    if cli.json {
        say!("{}", json!({ "added": added, "folder": plan.plant_dir }));
    } else {
        let added = counted((usize::try_from(added).unwrap_or_default(), "signal"));
        note!(cli, "{added} added to {}; give them roles there or on the pages", plan.plant_dir.display());
    }
    Ok(())
}

/// What an import would add.
fn would(cli: &Cli, wanted: &[ImportSignal]) -> Result<(), Exit> {
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&json!({ "signals": wanted }))?);
        return Ok(());
    }
    let keys = ["asset_path", "name", "kind", "unit", "address"];
    let row = |s: &ImportSignal| {
        let s = serde_json::to_value(s).unwrap_or_default();
        keys.iter().map(|key| super::alarm::text(&s, key)).collect()
    };
    table(&["ASSET", "SIGNAL", "KIND", "UNIT", "ADDRESS"], &wanted.iter().map(row).collect::<Vec<_>>());
    Ok(())
}

/// The signal that an address could be; none when no legal name can be made of it.
fn proposal(node: &BrowseNode, connection: &str, fixed: Option<&AssetPath>) -> Option<ImportSignal> {
    let (plain, unit) = Unit::of_tag(&node.name, &node.unit);
    let proposal = if node.path.contains('/') { node.path.clone() } else { format!("{connection}/{plain}") };
    let full = AssetPath::slug(&proposal)?;
    let asset_path = fixed.cloned().or_else(|| full.parent())?;
    let name = if fixed.is_some() { full.as_str().replace('/', "_") } else { full.name().to_owned() };
    Some(ImportSignal {
        address: node.address.clone(),
        asset_path,
        name,
        unit: unit.ucum().to_owned(),
        range: node.range,
        role: Role::Other,
        kind: node.kind,
        description: node.description.clone(),
        rate_hz: None,
    })
}
