//! The operators of each asset: built from the catalogue, kept in step with it, saved and brought back.

pub(crate) mod aside;
pub(crate) mod behind;
pub(crate) mod past;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use gemba_flow::{LaneSpec, Outlets, Pipeline, Produced, Runner};
use gemba_plant::{Asset, AssetId, Catalogue, Signal, SignalId};
use gemba_solutions::maintenance;
use tokio_util::sync::CancellationToken;

use crate::clockwork::report;
use crate::node::{Core, blocking};
use crate::{Error, absence};

/// After a change of the catalogue this long without another one before operators are built anew: a source that
/// registers its signals one by one is waited for.
const SETTLE: Duration = Duration::from_secs(2);
/// Lanes that are exchanged at a time.
const TOGETHER: usize = 250;

/// What a lane was built from: when it differs, the lane is built anew.
pub(crate) type Recipe = (Asset, Vec<Signal>);

/// Starts the engine, unless nothing is to be watched, with a lane for each asset and brings it to where it was: the checkpoint, then what was
/// stored since.
pub(crate) async fn start(core: &Arc<Core>) -> Result<(), Error> {
    let core = Arc::clone(core);
    if !core.plan.file.maintenance.watch {
        return blocking(move || aside::end_all(&core)).await;
    }
    blocking(move || {
        let target = Arc::downgrade(&core);
        let outlets: Outlets = Arc::new(move |produced: Vec<Produced>| {
            if let Some(core) = target.upgrade() {
                core.conclude(produced.into_iter().map(|one| one.output));
            }
        });
        let runner = Runner::start(&core.plan.file.flow, &core.clock, &outlets).map_err(|e| Error::part("flow", &e))?;
        let catalogue = core.registry.catalogue();
        let settings = core.settings();
        let fresh = recipes(&catalogue);
        for recipe in fresh.values() {
            aside::set(&core, recipe, &settings, |lane| runner.set_lane(lane))?;
        }
        let watched = fresh.keys().copied().collect();
        let checkpoint = core.state.lanes()?;
        // none of a version that begins anew: it learns from what comes, not from a day that nobody has proved it on
        if checkpoint.is_empty() {
            aside::end_orphans(&core, &runner, &watched)?;
        } else {
            let all: Vec<Recipe> = fresh.values().cloned().collect();
            let starts = past::starts(&all, &checkpoint.watermarks(), |recipe| past::look_back(&core, recipe));
            runner.restore(checkpoint).map_err(|e| Error::part("flow", &e))?;
            aside::end_orphans(&core, &runner, &watched)?;
            past::feed(&core, &runner, &starts)?;
        }
        *core.models.lanes_turn() = fresh;
        let runner = Arc::new(runner);
        core.set_flow(Some(runner));
        Ok(())
    })
    .await
}

/// Keeps lanes in step with the catalogue, and what has been learned on the disk, until the node stops.
pub(crate) async fn keep(core: Arc<Core>, stop: CancellationToken) {
    let mut changes = core.registry.changes();
    let mut every = tokio::time::interval(Duration::from_secs(core.plan.file.checkpoint_s.max(1)));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            heard = changes.changed() => {
                if heard.is_err() {
                    return;
                }
                settle(&mut changes, &stop).await;
                let catalogue = core.registry.catalogue();
                core.live.tell(crate::LiveEvent::Catalogue);
                let building = Arc::clone(&core);
                let built = blocking(move || rebuild(&building, &recipes(&catalogue))).await;
                if built.is_err() && !stop.is_cancelled() {
                    changes.mark_changed(); // tried again
                    report("building operators anew", built);
                }
            }
            _ = every.tick() => {
                let saving = Arc::clone(&core);
                report("saving what was learned", blocking(move || save(&saving)).await);
            }
        }
    }
}

/// The last checkpoint; then the engine ends.
pub(crate) fn stop(core: &Core) -> Result<(), Error> {
    let Some(runner) = core.set_flow(None) else { return Ok(()) };
    absence::alive(core)?;
    let last = match Arc::try_unwrap(runner) {
        Ok(runner) => runner.stop(),
        Err(shared) => shared.checkpoint(),
    };
    core.state.keep_lanes(last.map_err(|e| Error::part("flow", &e))?)
}

fn save(core: &Core) -> Result<(), Error> {
    let Some(runner) = core.flow() else { return Ok(()) };
    absence::alive(core)?;
    let _turn = core.models.lanes_turn();
    let checkpoint = runner.checkpoint().map_err(|e| Error::part("flow", &e))?;
    core.state.keep_lanes(checkpoint)
}

async fn settle(changes: &mut tokio::sync::watch::Receiver<u64>, stop: &CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SETTLE) => return,
            heard = changes.changed() => if heard.is_err() { return },
        }
    }
}

/// What each asset's lane is built from; assets without a measured signal have none.
pub(crate) fn recipes(catalogue: &Catalogue) -> BTreeMap<AssetId, Recipe> {
    let with_signals =
        catalogue.assets().map(|asset| (asset.clone(), catalogue.signals_of(asset.id).cloned().collect::<Vec<_>>()));
    with_signals
        .filter(|(_, signals)| signals.iter().any(|s| s.binding.is_some()))
        .map(|(asset, signals)| (asset.id, (asset, signals)))
        .collect()
}

/// Builds the lanes of what is new or changed and takes away what is gone, some at a time: what is built beside is held twice.
fn rebuild(core: &Core, fresh: &BTreeMap<AssetId, Recipe>) -> Result<(), Error> {
    let Some(runner) = core.flow() else { return Ok(()) };
    let mut built = core.models.lanes_turn();
    let gone: Vec<AssetId> = built.keys().filter(|id| !fresh.contains_key(id)).copied().collect();
    for asset in gone {
        let dropped = built.get(&asset).map(|old| dropped_limits(&core.settings(), old, None)).unwrap_or_default();
        runner.remove_lane(asset).map_err(|e| Error::part("flow", &e))?;
        core.aside.back(asset);
        built.remove(&asset);
        core.end_findings(&dropped)?;
    }
    let other = |(id, recipe): &(&AssetId, &Recipe)| built.get(id) != Some(recipe);
    let all: Vec<Recipe> = fresh.iter().filter(other).map(|(_, recipe)| recipe.clone()).collect();
    if all.is_empty() {
        // what is exchanged looks for them too
        return aside::end_orphans(core, &runner, &BTreeSet::new());
    }
    all.chunks(TOGETHER).try_for_each(|some| exchange(core, &runner, some, &mut built))
}

/// Exchanges some lanes. What has other signals than before reads the last day beside those that run; then the deliveries
/// wait for a moment while the last rows are read and it takes its place: no row is missed, none comes twice, and what
/// arrives meanwhile makes nothing of the past late. Operators that can go on with what they know do.
fn exchange(core: &Core, runner: &Runner, some: &[Recipe], built: &mut BTreeMap<AssetId, Recipe>) -> Result<(), Error> {
    let flow = |e: gemba_flow::Error| Error::part("flow", &e);
    let settings = core.settings();
    let before = |new: &Recipe| built.get(&new.0.id).map(|old| dropped_limits(&settings, old, Some(new)));
    let dropped: Vec<_> = some.iter().filter_map(before).flatten().collect();
    let mut beside = past::Beside::new(core, some, built, &settings)?;
    beside.read()?;
    let _closed = core.models.gate.blocking_write();
    past::settled(core)?;
    for recipe in some {
        if !aside::set(core, recipe, &settings, |lane| runner.set_lane(lane))? {
            runner.remove_lane(recipe.0.id).map_err(flow)?;
        }
    }
    aside::end_orphans(core, runner, &some.iter().map(|(asset, _)| asset.id).collect())?;
    // one that ran has not seen yet what waits to be delivered, and nothing of its new signals
    let stand = runner.watermarks().map_err(flow)?;
    let ran: Vec<Recipe> = some.iter().filter(|(asset, _)| stand.contains_key(&asset.id)).cloned().collect();
    past::feed(core, runner, &past::starts(&ran, &stand, |recipe| past::look_back(core, recipe)))?;
    let stand = runner.watermarks().map_err(flow)?;
    runner.fill(beside.finish(&stand)?).map_err(flow)?;
    built.extend(some.iter().map(|recipe| (recipe.0.id, recipe.clone())));
    core.end_findings(&dropped)
}

/// Keys of findings about limits that no operator of the new lane goes on with. A computed signal is watched where a person
/// set its limits.
fn dropped_limits(settings: &maintenance::Config, old: &Recipe, fresh: Option<&Recipe>) -> Vec<(AssetId, String)> {
    let keys = |(asset, signals): &Recipe| -> BTreeSet<String> {
        let watched = signals.iter().filter(|s| s.binding.is_some() || s.limits.is_some());
        watched.flat_map(|s| maintenance::limit_keys(asset, s, &settings.day_zero)).collect()
    };
    let (before, now) = (keys(old), fresh.map(keys).unwrap_or_default());
    before.difference(&now).map(|key| (old.0.id, key.clone())).collect()
}

/// The operators of an asset, as flow makes and remakes them.
fn spec(recipe: &Recipe, config: &maintenance::Config) -> LaneSpec {
    let (asset, signals) = recipe;
    let measured = signals.iter().filter(|s| s.binding.is_some()).map(|s| s.id).collect();
    let parts = (asset.clone(), signals.clone(), config.clone());
    LaneSpec { asset: asset.id, signals: measured, make: Arc::new(move || operators(&parts)) }
}

/// A pipeline with a lane for each recipe, to read the past with, and whose the measured signals are.
pub(crate) fn pipeline(
    core: &Core,
    recipes: &[Recipe],
    config: &maintenance::Config,
) -> Result<(Pipeline, BTreeMap<SignalId, AssetId>), Error> {
    let mut pipeline = Pipeline::new(core.plan.file.flow.clone());
    let mut owners = BTreeMap::new();
    for recipe in recipes {
        let mut set = |lane: &LaneSpec| {
            owners.extend(lane.signals.iter().map(|id| (*id, recipe.0.id)));
            pipeline.set_lane(lane)
        };
        aside::set(core, recipe, config, &mut set)?;
    }
    Ok((pipeline, owners))
}

fn operators(parts: &(Asset, Vec<Signal>, maintenance::Config)) -> Vec<Box<dyn gemba_plant::port::Operator>> {
    let (asset, signals, config) = parts;
    let measured: Vec<Signal> = signals.iter().filter(|s| s.binding.is_some()).cloned().collect();
    let computed = signals.iter().filter(|s| s.binding.is_none()).map(|s| (s.name.clone(), s.id)).collect();
    maintenance::operators_for(asset, &measured, config, &computed)
}
