//! `gemba doctor`: looks at this machine and the configuration, and prints what to mend.

use std::net::TcpListener;
use std::path::Path;

use gemba_connect::ConnectionConfig;
use gemba_node::Plan;
use serde::Serialize;

use crate::cli::Cli;
use crate::client::TOKEN_FILE;
use crate::exit::{Exit, Kind};

/// One look.
#[derive(Debug, Serialize)]
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
            looks.push(folder(&plan.data_dir));
            looks.push(model(&plan));
            looks.push(port(&plan));
            for (name, config) in &plan.file.connections {
                looks.push(connection(name, config, &plan).await);
            }
        }
        Err(error) => looks.push(Look::new(
            "configuration",
            Err((error.to_string(), "mend it, or make a first one with `gemba init`")),
        )),
    }
    let well = looks.iter().all(|look| look.ok);
    if cli.json {
        println!("{}", serde_json::json!({ "ok": well, "checks": looks }));
    } else {
        for look in &looks {
            println!("{} {}: {}", if look.ok { "ok  " } else { "FAIL" }, look.name, look.detail);
            if !look.cure.is_empty() {
                println!("     → {}", look.cure);
            }
        }
    }
    if well { Ok(()) } else { Err(Exit::new(Kind::Check, String::new())) }
}

/// A machine whose clock stands before this program was written cannot order data.
fn clock() -> Look {
    const WRITTEN_S: i64 = 1_764_547_200; // 2025-12-01
    let now = gemba_plant::port::Clock::now(&gemba_node::SystemClock);
    let said = super::span::show(now);
    let right = now.micros() / 1_000_000 > WRITTEN_S;
    Look::new(
        "clock",
        if right { Ok(said) } else { Err((format!("{said} lies in the past"), "set the clock, best by NTP")) },
    )
}

fn folder(dir: &Path) -> Look {
    let probe = dir.join("doctor");
    let tried = std::fs::create_dir_all(dir)
        .and_then(|()| std::fs::File::create(&probe))
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::remove_file(&probe));
    let outcome = tried
        .map(|()| format!("{} can be written", dir.display()))
        .map_err(|e| (format!("{}: {e}", dir.display()), "give this user the right to write there, or set data_dir"));
    Look::new("data folder", outcome)
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

fn port(plan: &Plan) -> Look {
    let running = plan.data_dir.join(TOKEN_FILE).exists();
    let outcome = match TcpListener::bind(plan.listen) {
        Ok(_) => Ok(format!("{} is free", plan.listen)),
        Err(_) if running => Ok(format!("{} is taken; a Gemba seems to run with this configuration", plan.listen)),
        Err(error) => Err((format!("{}: {error}", plan.listen), "stop the program that has it, or set http.listen")),
    };
    Look::new("port", outcome)
}

async fn connection(name: &str, config: &ConnectionConfig, plan: &Plan) -> Look {
    let title = format!("connection {name}");
    let probe = match config.probe_at(&plan.data_dir.join("pki"), None) {
        Ok(probe) => probe,
        Err(error) => {
            return Look { name: title, ok: false, detail: error.to_string(), cure: "mend its configuration".into() };
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
