//! One version takes over from another without a row missed: the operators of the next read the past beside those that run,
//! then the deliveries wait for a moment while the last rows are read and the lanes change hands.

use std::collections::BTreeMap;

use gemba_flow::{Checkpoint, Produced};
use gemba_plant::port::Output;
use gemba_plant::{AssetId, Finding, FindingState, Timestamp};
use gemba_solutions::maintenance;

use crate::Error;
use crate::backtest::Progress;
use crate::lanes::{self, Recipe, past};
use crate::node::Core;
use crate::state::{FindingFilter, Handover, NewRelease};

/// Open findings that are looked at.
const FINDINGS_MAX: usize = 10_000;

/// Where the operators of the next version begin.
pub(super) enum Begin {
    /// With what those that run have learned: only the proof is new.
    AsItIs,
    /// With nothing, at this point of the past.
    Past(Timestamp),
    /// With what they had learned when they went out of service, and the findings that were open then.
    Kept(Checkpoint, Vec<Finding>),
}

/// Findings that hold, by asset and key.
type Open = BTreeMap<(AssetId, String), Finding>;

/// Operators that have read the past.
struct Ready {
    checkpoint: Checkpoint,
    open: Open,
}

/// Puts a version into service. `progress` is told the share of the past that is read, and answers whether to go on.
pub(super) fn put(core: &Core, new: &NewRelease, begin: Begin, progress: Progress<'_>) -> Result<(), Error> {
    let release = match begin {
        Begin::AsItIs => core.state.put_release(new, None, core.clock.now())?,
        _ if core.flow().is_none() => return put_at_rest(core, new),
        Begin::Past(from) => return swap(core, new, read(core, new, (None, from), Open::new(), progress)?),
        Begin::Kept(checkpoint, open) => {
            let open = open.into_iter().map(|f| ((f.asset, f.key.clone()), f)).collect();
            return swap(core, new, read(core, new, (Some(checkpoint), Timestamp::MIN), open, progress)?);
        }
    };
    core.models.set(release);
    Ok(())
}

/// Puts a version into service while nothing watches: with the next start of watching it begins anew.
pub(super) fn put_at_rest(core: &Core, new: &NewRelease) -> Result<(), Error> {
    let former = core.state.lanes()?.to_bytes();
    let handover = Handover { former: &former, open: &[], next: Checkpoint::default() };
    core.models.set(core.state.put_release(new, Some(handover), core.clock.now())?);
    Ok(())
}

/// The operators of the next version read what is stored: each asset from where it stands, or from `from` when it begins.
fn read(
    core: &Core,
    new: &NewRelease,
    (begin, from): (Option<Checkpoint>, Timestamp),
    mut open: Open,
    progress: Progress<'_>,
) -> Result<Ready, Error> {
    let recipes: Vec<Recipe> = lanes::recipes(&core.registry.catalogue()).into_values().collect();
    let (mut pipeline, _) = lanes::pipeline(core, &recipes, &new.version.settings)?;
    if let Some(checkpoint) = begin {
        pipeline.restore(&checkpoint);
    }
    let mut take = |produced: Vec<Produced>| {
        for one in produced {
            if let Output::Finding(finding) = one.output {
                let key = (finding.asset, finding.key.clone());
                match finding.state {
                    FindingState::Active => open.insert(key, *finding),
                    FindingState::Cleared => open.remove(&key),
                };
            }
        }
    };
    let starts = past::starts(&recipes, &pipeline.watermarks(), |_| from);
    past::read(core, &mut pipeline, &starts, (progress, &mut take))?;
    Ok(Ready { checkpoint: pipeline.checkpoint(), open })
}

/// The lanes change hands.
fn swap(core: &Core, new: &NewRelease, ready: Ready) -> Result<(), Error> {
    let flow = |e: gemba_flow::Error| Error::part("flow", &e);
    let mut built = core.models.lanes_turn();
    let _closed = core.models.gate.blocking_write();
    let Some(runner) = core.flow() else {
        return Err(Error::Refused { what: "the operators have stopped".into(), cure: "start Gemba again".into() });
    };
    past::settled(core)?;
    let fresh = lanes::recipes(&core.registry.catalogue());
    let recipes: Vec<Recipe> = fresh.values().cloned().collect();
    let former = runner.checkpoint().map_err(flow)?;
    let before = open_findings(core, &recipes)?;
    let left: Vec<&Finding> = before.values().collect();
    let former = former.to_bytes();
    let handover = Handover { former: &former, open: &left, next: ready.checkpoint.clone() };
    let release = core.state.put_release(new, Some(handover), core.clock.now())?;
    core.models.set(release);
    for asset in built.keys() {
        runner.remove_lane(*asset).map_err(flow)?;
    }
    hand_over(core, before, ready.open);
    let settings: maintenance::Config = core.settings();
    for recipe in &recipes {
        lanes::aside::set(core, recipe, &settings, |lane| runner.set_lane(lane))?;
    }
    let starts = past::starts(&recipes, &ready.checkpoint.watermarks(), |recipe| past::look_back(core, recipe));
    runner.restore(ready.checkpoint).map_err(flow)?;
    *built = fresh;
    past::feed(core, &runner, &starts)
}

fn open_findings(core: &Core, recipes: &[Recipe]) -> Result<Open, Error> {
    let filter = FindingFilter { state: Some(FindingState::Active), limit: FINDINGS_MAX, ..FindingFilter::default() };
    let watched = |finding: &Finding| recipes.iter().any(|(asset, _)| asset.id == finding.asset);
    let found = core.state.findings(&filter)?.into_iter().map(|stored| stored.finding);
    Ok(found.filter(watched).map(|f| ((f.asset, f.key.clone()), f)).collect())
}

/// What the former version held and the next does not is over; what the next holds stands.
fn hand_over(core: &Core, before: Open, next: Open) {
    let over = before.into_iter().filter(|(key, _)| !next.contains_key(key)).map(|(_, finding)| core.over(finding));
    core.take_findings(over.collect::<Vec<_>>().into_iter().chain(next.into_values()).collect());
}
