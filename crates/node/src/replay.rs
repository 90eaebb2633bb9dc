//! The stored past through the same operators again. Nothing is written: what they would find is returned.

use std::sync::Arc;

use gemba_flow::replay;
use gemba_plant::port::Output;
use gemba_plant::{AssetPath, Finding, SignalId, TimeRange};

use crate::lanes::{self, Recipe};
use crate::node::{Core, blocking};
use crate::{Error, Node};

/// What a replay found.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// Samples that went through.
    pub samples: u64,
    /// Waveforms that went through.
    pub waveforms: u64,
    /// Findings in the order they were reported; one is there again for each of its updates.
    pub findings: Vec<Finding>,
}

/// Reports of findings kept; beyond, only their number counts on.
const FINDINGS_MAX: usize = 100_000;

impl Node {
    /// Runs what is stored in `range` through the operators of the assets at or below `under` (all when none).
    ///
    /// # Errors
    /// When nothing stands there or the store cannot be read.
    pub async fn replay(&self, under: Option<AssetPath>, range: TimeRange) -> Result<Replay, Error> {
        let core = Arc::clone(self.core());
        blocking(move || run(&core, under.as_ref(), range)).await
    }
}

fn run(core: &Core, under: Option<&AssetPath>, range: TimeRange) -> Result<Replay, Error> {
    let catalogue = core.registry.catalogue();
    let all = lanes::recipes(&catalogue).into_values();
    let recipes: Vec<Recipe> = all.filter(|(asset, _)| under.is_none_or(|u| asset.path.within(u))).collect();
    let (mut pipeline, owners) = lanes::pipeline(core, &recipes, &core.settings())?;
    let signals: Vec<SignalId> = owners.into_keys().collect();
    if signals.is_empty() {
        return Err(Error::NotFound {
            what: "asset with signals at or below",
            name: under.map_or_else(|| "/".to_owned(), ToString::to_string),
        });
    }
    let mut findings = Vec::new();
    let mut take = |produced: Vec<gemba_flow::Produced>| {
        for one in produced {
            if let Output::Finding(finding) = one.output
                && findings.len() < FINDINGS_MAX
            {
                findings.push(*finding);
            }
        }
    };
    let done = replay(&core.store, &signals, range, &mut pipeline, &mut take).map_err(|e| Error::part("flow", &e))?;
    Ok(Replay { samples: done.rows, waveforms: done.waveforms, findings })
}
