//! `gemba doctor`: looks at this machine and the configuration, and prints what to mend. It changes nothing.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use gemba_connect::ConnectionConfig;
use gemba_node::{Check, Plan, expiry};
use gemba_plant::port::{Clock, Fault as _};
use gemba_store::{Disk, SystemDisk};
use serde::Serialize;

use crate::cli::Cli;
use crate::client::Client;
use crate::exit::{Exit, Kind};

/// One look. What is well and has a cure will not be well soon.
#[derive(Debug, PartialEq, Serialize)]
struct Look {
    name: String,
    ok: bool,
    detail: String,
    cure: String,
}

impl Look {
    fn new(name: &str, outcome: Result<String, (String, &str)>) -> Self {
        match outcome {
            Ok(detail) => Self { name: name.to_owned(), ok: true, detail, cure: String::new() },
            Err((detail, cure)) => Self { name: name.to_owned(), ok: false, detail, cure: cure.to_owned() },
        }
    }
}

pub(crate) async fn run(cli: &Cli) -> Result<(), Exit> {
    let mut looks = vec![clock()];
    match Plan::load(&cli.config) {
        Ok(plan) => {
            looks.push(Look::new("configuration", Ok(format!("{} is well", cli.config.display()))));
            let runs = Client::beside(&plan.data_dir)?.is_some_and(|client| client.answers());
            looks.push(folder(&plan.data_dir));
            looks.push(space(&plan.data_dir, plan.file.store.reserve_mb));
            looks.push(model(&plan));
            looks.extend(ports(&plan, runs));
            looks.extend(certificates(&plan));
            looks.extend(connections(&plan, runs).await?);
        }
        Err(error) => looks.push(Look::new(
            "configuration",
            Err((error.to_string(), "mend it, or make a first one with `gemba init`")),
        )),
    }
    let well = looks.iter().all(|look| look.ok);
    if cli.json {
        say!("{}", serde_json::json!({ "ok": well, "checks": looks }));
    } else {
        for look in looks.iter().filter(|look| !cli.quiet || !look.cure.is_empty()) {
            let word = match (look.ok, look.cure.is_empty()) {
                (true, true) => "ok  ",
                (true, false) => "SOON",
                (false, _) => "FAIL",
            };
            say!("{word} {}: {}", look.name, look.detail);
            if !look.cure.is_empty() {
                say!("     → {}", look.cure);
            }
        }
    }
    if well { Ok(()) } else { Err(Exit::new(Kind::Check, String::new())) }
}

/// A machine whose clock stands before this program was written cannot order data.
fn clock() -> Look {
    const WRITTEN_S: i64 = 1_764_547_200; // 2025-12-01
    let now = gemba_node::SystemClock.now();
    let said = super::span::show(now);
    let right = now.micros() / 1_000_000 > WRITTEN_S;
    Look::new(
        "clock",
        if right { Ok(said) } else { Err((format!("{said} lies in the past"), "set the clock, best by NTP")) },
    )
}

/// The folder itself, or the nearest above it that is there.
fn standing(dir: &Path) -> &Path {
    let above = dir.ancestors().find(|at| at.is_dir());
    above.unwrap_or(Path::new("."))
}

fn folder(dir: &Path) -> Look {
    const CURE: &str = "give this user the right to write there, or set data_dir";
    let at = standing(dir);
    let probe = at.join(format!(".gemba-doctor-{}", std::process::id()));
    let tried =
        std::fs::File::create(&probe).and_then(|file| file.sync_all()).and_then(|()| std::fs::remove_file(&probe));
    let outcome = match tried {
        Ok(()) if at == dir => Ok(format!("{} can be written", dir.display())),
        Ok(()) => Ok(format!("{} is made at the first start", dir.display())),
        Err(error) => Err((format!("{}: {error}", at.display()), CURE)),
    };
    Look::new("data folder", outcome)
}

/// Below the reserve nothing is accepted.
fn space(dir: &Path, reserve_mb: u64) -> Look {
    let outcome = match SystemDisk.free_bytes(standing(dir)) {
        Ok(free) if free / 1_000_000 > reserve_mb => {
            Ok(format!("{} MB free, {reserve_mb} MB are kept in reserve", free / 1_000_000))
        }
        Ok(free) => Err((
            format!("{} MB free, of which {reserve_mb} MB are kept in reserve: nothing is accepted", free / 1_000_000),
            "free space, or set store.retention_days or store.retention_gb",
        )),
        Err(error) => Err((format!("{}: {error}", dir.display()), "look at the disk")),
    };
    Look::new("space", outcome)
}

/// Whether what `gemba.toml` asks for is what watches, and is proved.
fn model(plan: &Plan) -> Look {
    const CURE: &str =
        "`gemba backtest` tests it, `gemba model release` puts it into service; `gemba model drop` takes it back";
    let outcome = match gemba_node::models::standing(plan) {
        Err(error) => Err((error.to_string(), "mend the disk, or bring the data folder back from a copy")),
        Ok(None) => Ok("what gemba.toml asks for goes into service with the first start".to_owned()),
        Ok(Some(standing)) => {
            let said = super::check::said(&standing);
            let version = &standing.in_service.version.digest;
            if said.is_empty() { Ok(format!("version {version} is in service")) } else { Err((said.join("; "), CURE)) }
        }
    };
    Look::new("model", outcome)
}

/// The doors that this configuration opens.
fn ports(plan: &Plan, runs: bool) -> Vec<Look> {
    let wants = plan.file.connections.values().any(ConnectionConfig::wants_broker);
    let broker = plan.file.broker.clone().or_else(|| wants.then(gemba_connect::broker::Config::default));
    let mut looks = vec![port("port of the pages", (plan.listen, "http.listen"), runs)];
    if let Some(Ok(listen)) = broker.map(|broker| broker.listen.parse()) {
        looks.push(port("port of the broker", (listen, "broker.listen"), runs));
    }
    looks
}

fn port(name: &str, (listen, field): (SocketAddr, &str), runs: bool) -> Look {
    match TcpListener::bind(listen) {
        Ok(_) => Look::new(name, Ok(format!("{listen} is free"))),
        Err(_) if runs => {
            Look::new(name, Ok(format!("{listen} is taken by the Gemba that runs with this configuration")))
        }
        Err(error) => Look {
            name: name.to_owned(),
            ok: false,
            detail: format!("{listen}: {error}"),
            cure: format!("stop the program that has it, or set {field}"),
        },
    }
}

fn certificates(plan: &Plan) -> Vec<Look> {
    let now = gemba_node::SystemClock.now();
    let look = |Check { name, ok, detail, cure }: Check| Look { name, ok, detail, cure };
    expiry::certificates(plan).iter().map(|term| look(term.check(now))).collect()
}

/// Tries every connection; without a data folder with certificates that pass away.
async fn connections(plan: &Plan, runs: bool) -> Result<Vec<Look>, Exit> {
    let passing = std::env::temp_dir().join(format!("gemba-doctor-{}", std::process::id()));
    let pki = if plan.data_dir.is_dir() { plan.data_dir.join("pki") } else { passing.clone() };
    let mut looks = Vec::new();
    for (name, config) in &plan.file.connections {
        if plan.file.paused.contains(name) {
            let detail = "paused; `gemba connect resume` lets it go on".to_owned();
            looks.push(Look::new(&format!("connection {name}"), Ok(detail)));
            continue;
        }
        looks.push(connection(name, &config.beside(plan.base()), (&pki, runs)).await);
    }
    if passing.exists() {
        std::fs::remove_dir_all(&passing)?;
    }
    Ok(looks)
}

async fn connection(name: &str, config: &ConnectionConfig, (pki, runs): (&Path, bool)) -> Look {
    let title = format!("connection {name}");
    if config.wants_broker() {
        let detail = if runs { "devices come to the broker inside" } else { "the broker inside runs with `gemba run`" };
        return Look::new(&title, Ok(detail.to_owned()));
    }
    let probe = match config.probe(pki) {
        Ok(probe) => probe,
        Err(error) => {
            return Look { name: title, ok: false, detail: error.to_string(), cure: error.cure() };
        }
    };
    let report = probe.test().await;
    let failed = report.steps.iter().find(|step| !step.ok);
    Look {
        name: title,
        ok: report.ok,
        detail: failed
            .map_or_else(|| format!("{} steps went well", report.steps.len()), |s| format!("{}: {}", s.name, s.detail)),
        cure: failed.map(|s| s.cure.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("a/b");
        assert!(folder(&data).ok && folder(dir.path()).ok && space(&data, 1).ok);
        assert!(!space(&data, u64::MAX).ok);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_port_of_somebody_else_is_told_unless_we_have_it() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = (taken.local_addr().unwrap(), "http.listen");
        assert!(port("pages", place, true).ok);
        let look = port("pages", place, false);
        assert!(!look.ok && look.cure.contains("http.listen"));
    }
}
