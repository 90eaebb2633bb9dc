//! `gemba export`: stored samples as a file for other programs.

use std::fs::File;
use std::io::{BufWriter, Write};

use gemba_node::{Node, Plan};
use gemba_plant::{AssetPath, Catalogue, SignalId, TimeRange, Timestamp};
use gemba_query::Format;

use super::span::point;
use crate::cli::{Cli, Export};
use crate::exit::{Exit, Kind};
use crate::output::spinner;

pub(crate) async fn run(cli: &Cli, wanted: &Export) -> Result<(), Exit> {
    let format = match wanted.output.extension().and_then(|e| e.to_str()) {
        Some("csv") => Format::Csv,
        Some("parquet") => Format::Parquet,
        _ => return Err(Exit::new(Kind::Failed, format!("{} is neither .csv nor .parquet", wanted.output.display()))),
    };
    let node = Node::offline(Plan::load(&cli.config)?).await?;
    let signals = find(&node.catalogue(), &wanted.signals)?;
    let from = wanted.from.as_deref().map_or(Ok(Timestamp::MIN), |text| point(text, node.now()))?;
    let to = wanted.to.as_deref().map_or(Ok(Timestamp::MAX), |text| point(text, node.now()))?;
    let waiting = spinner("writing");
    let file = BufWriter::new(File::create(&wanted.output)?);
    let written = node.query().export(&signals, TimeRange::new(from, to), format, file).await;
    waiting.finish_and_clear();
    node.stop().await?;
    let (rows, mut file) = written.map_err(|e| Exit::new(Kind::Failed, e.to_string()))?;
    file.flush()?;
    if cli.json {
        println!("{}", serde_json::json!({ "rows": rows, "signals": signals.len(), "file": wanted.output }));
    } else {
        println!("{rows} samples of {} signals in {}", signals.len(), wanted.output.display());
    }
    Ok(())
}

/// Signals by full name, or all at and below an asset path.
fn find(catalogue: &Catalogue, names: &[String]) -> Result<Vec<SignalId>, Exit> {
    let mut found = Vec::new();
    for name in names {
        if let Some(signal) = catalogue.signal_named(name) {
            found.push(signal.id);
            continue;
        }
        let path = AssetPath::new(name).map_err(|e| Exit::new(Kind::NotFound, e.to_string()))?;
        let below: Vec<SignalId> = catalogue
            .assets()
            .filter(|a| a.path.within(&path))
            .flat_map(|a| catalogue.signals_of(a.id))
            .map(|s| s.id)
            .collect();
        if below.is_empty() {
            return Err(Exit::new(
                Kind::NotFound,
                format!("there is no signal and no asset with signals named {name}"),
            ));
        }
        found.extend(below);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
