//! `gemba check`: every fault of the configuration at once, without a plant.

use gemba_node::Plan;
use gemba_node::models::{self, Standing};
use serde_json::json;

use crate::cli::Cli;
use crate::exit::{Exit, Kind};

pub(crate) fn run(cli: &Cli) -> Result<(), Exit> {
    match Plan::load(&cli.config) {
        Ok(plan) => {
            let assets: usize = plan.plant.values().map(|f| f.assets.len()).sum();
            let signals: usize = plan.plant.values().flat_map(|f| &f.assets).map(|a| a.signals.len()).sum();
            let connections = plan.file.connections.len();
            let standing = models::standing(&plan)?;
            if cli.json {
                say!(
                    "{}",
                    json!({ "ok": true, "faults": [], "warnings": plan.warnings, "connections": connections, "assets": assets, "signals": signals, "model": standing })
                );
            } else {
                let [connections, assets, signals] =
                    [(connections, "connection"), (assets, "asset"), (signals, "signal")].map(counted);
                say!("{} is well: {connections}, {assets}, {signals}", cli.config.display());
                plan.warnings.iter().for_each(|odd| say!("warning: {odd}"));
                standing.iter().flat_map(said).for_each(|line| say!("{line}"));
            }
            Ok(())
        }
        Err(gemba_node::Error::Config { faults }) => {
            if cli.json {
                say!("{}", json!({ "ok": false, "faults": faults }));
            } else {
                for fault in &faults {
                    say!("{fault}");
                }
            }
            Err(Exit::new(Kind::Config, format!("{} to mend in the configuration", counted((faults.len(), "fault")))))
        }
        Err(other) => Err(other.into()),
    }
}

/// `1 asset`, `2 assets`.
pub(super) fn counted((count, what): (usize, &str)) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What waits to go into service, and whether what is there is proved.
pub(super) fn said(standing: &Standing) -> Vec<String> {
    let version = &standing.in_service.version.digest;
    let waiting: Vec<String> = standing.waiting.iter().map(ToString::to_string).collect();
    let waits = (!waiting.is_empty()).then(|| {
        format!(
            "version {version} stays in service: no backtest has proved {}. `gemba backtest` tests it, `gemba model release` puts it into service",
            waiting.join(", ")
        )
    });
    let unproved = standing.unproved.iter().map(|why| format!("version {version} is {why}; `gemba backtest` tests it"));
    waits.into_iter().chain(unproved).collect()
}
