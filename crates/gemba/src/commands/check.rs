//! `gemba check`: every fault of the configuration at once, without a plant.

use gemba_node::Plan;
use serde_json::json;

use crate::cli::Cli;
use crate::exit::{Exit, Kind};

pub(crate) fn run(cli: &Cli) -> Result<(), Exit> {
    match Plan::load(&cli.config) {
        Ok(plan) => {
            let assets: usize = plan.plant.values().map(|f| f.assets.len()).sum();
            let signals: usize = plan.plant.values().flat_map(|f| &f.assets).map(|a| a.signals.len()).sum();
            let connections = plan.file.connections.len();
            if cli.json {
                println!(
                    "{}",
                    json!({ "ok": true, "faults": [], "connections": connections, "assets": assets, "signals": signals })
                );
            } else {
                println!(
                    "{} is well: {connections} connections, {assets} assets, {signals} signals",
                    cli.config.display()
                );
            }
            Ok(())
        }
        Err(gemba_node::Error::Config { faults }) => {
            if cli.json {
                println!("{}", json!({ "ok": false, "faults": faults }));
            } else {
                for fault in &faults {
                    println!("{fault}");
                }
            }
            Err(Exit::new(
                Kind::Config,
                format!(
                    "{} to mend in the configuration",
                    if faults.len() == 1 { "one fault".into() } else { format!("{} faults", faults.len()) }
                ),
            ))
        }
        Err(other) => Err(other.into()),
    }
}
