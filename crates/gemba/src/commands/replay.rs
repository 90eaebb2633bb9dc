//! `gemba replay`: what the operators would have found in the stored past, straight from the data folder.

use std::collections::BTreeMap;

use gemba_node::Node;
use gemba_plant::{AssetPath, Finding, FindingState, TimeRange, Timestamp};

use super::span::{point, show};
use crate::cli::{Cli, Replay};
use crate::client::Reach;
use crate::exit::{Exit, Kind};
use crate::output::{spinner, table};

pub(crate) async fn run(cli: &Cli, wanted: &Replay) -> Result<(), Exit> {
    let under = wanted
        .asset
        .as_deref()
        .map(AssetPath::new)
        .transpose()
        .map_err(|e| Exit::new(Kind::NotFound, e.to_string()))?;
    let Reach::Folder(plan) = Reach::of(cli)? else {
        return Err(Exit::new(Kind::Failed, "a Gemba runs and holds the data folder")
            .cure("ask it with `gemba backtest`, which reads the same past, or stop it and replay then"));
    };
    let node = Node::offline(*plan).await?;
    let newest = node.store().last_all().iter().map(|s| s.time).max().unwrap_or_else(|| node.now());
    let from = wanted.from.as_deref().map_or(Ok(Timestamp::MIN), |text| point(text, newest))?;
    let to = wanted.to.as_deref().map_or(Ok(Timestamp::MAX), |text| point(text, newest))?;
    let waiting = spinner("replaying");
    let done = node.replay(under, TimeRange::new(from, to)).await;
    waiting.finish_and_clear();
    let done = done?;
    let catalogue = node.catalogue();
    let last = last_reports(&done.findings);
    node.stop().await?;
    if cli.json {
        say!("{}", serde_json::json!({ "samples": done.samples, "waveforms": done.waveforms, "findings": last }));
        return Ok(());
    }
    say!("{} samples and {} waveforms looked at, {} findings", done.samples, done.waveforms, last.len());
    let row = |f: &&Finding| {
        let asset = catalogue.asset(f.asset).map(|a| a.path.to_string()).unwrap_or_default();
        let until = if f.state == FindingState::Active { "holds".to_owned() } else { show(f.until) };
        vec![show(f.since), until, asset, f.title.clone()]
    };
    if !last.is_empty() {
        table(&["SINCE", "UNTIL", "ASSET", "WHAT"], &last.iter().map(row).collect::<Vec<_>>());
    }
    Ok(())
}

/// The last report of each finding, in order of time.
fn last_reports(reports: &[Finding]) -> Vec<&Finding> {
    let mut last = BTreeMap::new();
    for finding in reports {
        last.insert((finding.since, finding.asset, finding.key.as_str()), finding);
    }
    last.into_values().collect()
}
