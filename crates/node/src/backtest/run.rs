//! One backtest, from the request to the report.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gemba_act::backtest::{Episode, Episodes, Event, Score, Watched as WatchedTime, score};
use gemba_flow::{Produced, Replayed, replay};
use gemba_plant::port::Output;
use gemba_plant::{AssetId, Batch, Catalogue, SignalId, TimeRange, Timestamp};
use gemba_solutions::maintenance::{self, monitor};

use super::events::{known, of};
use super::past::{Progress, Tally, Watched};
use super::report::{BacktestReport, BacktestRun, EventOutcome, JudgedFinding, WatchedAsset};
use super::request::BacktestRequest;
use crate::lanes::{self, Recipe};
use crate::models::{Version, changes, settings_of_version};
use crate::node::Core;
use crate::{Error, Moment};

/// Findings told one by one in a report.
const FINDINGS_TOLD: usize = 2_000;

/// The assets that a request means.
///
/// # Errors
/// When none of those with signals is meant, or a number is out of its bounds.
pub(super) fn recipes(core: &Core, request: &BacktestRequest) -> Result<Vec<Recipe>, Error> {
    request.check()?;
    let all = lanes::recipes(&core.registry.catalogue()).into_values();
    let meant: Vec<Recipe> = all.filter(|(asset, _)| request.means(&asset.path)).collect();
    if meant.is_empty() {
        let name = if request.assets.is_empty() { "*".to_owned() } else { request.assets.join(", ") };
        return Err(Error::NotFound { what: "asset with signals at", name });
    }
    Ok(meant)
}

/// Every configuration with its name: those of the request, else what is in service and, beside it, what waits.
///
/// # Errors
/// When one of the request is none.
pub(super) fn configurations(
    core: &Core,
    request: &BacktestRequest,
) -> Result<Vec<(String, maintenance::Config)>, Error> {
    let running = core.settings();
    let candidate = Some(core.asked()).filter(|asked| !changes(&running, asked).is_empty());
    request.configurations(&running, candidate, &|digest| settings_of_version(core, digest))
}

/// Runs it. `progress` is told the share that is done and answers whether to go on.
pub(super) fn run(core: &Core, request: &BacktestRequest, progress: Progress<'_>) -> Result<BacktestReport, Error> {
    let recipes = recipes(core, request)?;
    let configurations = configurations(core, request)?;
    let assets: BTreeSet<AssetId> = recipes.iter().map(|(asset, _)| asset.id).collect();
    let events = known(core, request, &assets)?;
    let catalogue = core.registry.catalogue();
    let judged: Vec<Event> = events.iter().map(|event| of(&catalogue, event)).collect();
    let mut report = BacktestReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        from: None,
        to: None,
        horizon_s: request.horizon_s,
        assets: recipes.iter().map(|(asset, _)| asset.path.to_string()).collect(),
        events,
        runs: Vec::new(),
    };
    let count = configurations.len() as f64;
    for (index, (name, config)) in configurations.into_iter().enumerate() {
        let share = |part: f64| progress((index as f64 + part) / count);
        let begun = core.clock.now();
        let pass = pass(core, &recipes, (&config, request.range()), &share)?;
        report.from = pass.tally.first.map(Moment);
        report.to = pass.tally.last.map(Moment);
        let watched = watched(&recipes, &pass);
        let outcome = score(&judged, &pass.episodes, &watched, Duration::from_secs(request.horizon_s));
        let took_s = core.clock.now().since(begun).as_secs_f64();
        report.runs.push(told(&catalogue, (name, config, took_s), (pass, watched), outcome));
    }
    Ok(report)
}

/// What came of one passage of the past.
struct Passage {
    episodes: Vec<Episode>,
    beyond: u64,
    replayed: Replayed,
    faults: u64,
    tally: Tally,
    learned: BTreeMap<AssetId, Timestamp>,
}

fn pass(
    core: &Core,
    recipes: &[Recipe],
    (config, range): (&maintenance::Config, TimeRange),
    progress: Progress<'_>,
) -> Result<Passage, Error> {
    let (mut pipeline, owners) = lanes::pipeline(core, recipes, config)?;
    let watching = recipes.iter().filter_map(|recipe| Some((progress_of(recipe)?, recipe.0.id))).collect();
    let signals: Vec<SignalId> = owners.keys().copied().collect();
    let last = |id: &SignalId| core.store.last(*id).map(|s| s.time);
    let newest = signals.iter().filter_map(last).max().unwrap_or(range.to).min(range.to);
    let past = Watched::new(&core.store, owners, newest, progress);
    let mut episodes = Episodes::default();
    let mut learned = BTreeMap::new();
    let mut take = |produced: Vec<Produced>| {
        for one in produced {
            match one.output {
                Output::Finding(finding) => episodes.report(one.time, &finding),
                Output::Samples(batch) => note_learned(&batch, &watching, &mut learned),
                Output::Change(_) => {}
            }
        }
    };
    let replayed = replay(&past, &signals, range, &mut pipeline, &mut take).map_err(|e| Error::part("flow", &e))?;
    Ok(Passage {
        beyond: episodes.beyond(),
        episodes: episodes.finish(),
        replayed,
        faults: pipeline.counters().faults,
        tally: past.finish(),
        learned,
    })
}

fn progress_of((_, signals): &Recipe) -> Option<SignalId> {
    monitor::computed(signals, monitor::PROGRESS).map(|s| s.id)
}

fn note_learned(batch: &Batch, watching: &BTreeMap<SignalId, AssetId>, learned: &mut BTreeMap<AssetId, Timestamp>) {
    for row in batch.rows().filter(|row| row.value >= 1.0) {
        if let Some(asset) = watching.get(&row.signal) {
            learned.entry(*asset).or_insert(row.time);
        }
    }
}

/// For how long each asset was looked at by something that had learned, or by limits alone where nothing learns.
fn watched(recipes: &[Recipe], pass: &Passage) -> Vec<WatchedTime> {
    let of = |recipe: &Recipe| {
        let asset = recipe.0.id;
        let spans = pass.tally.spans.get(&asset)?;
        let range = TimeRange::new(spans.first()?.from, spans.last()?.to);
        let monitor = progress_of(recipe).map(|_| pass.learned.get(&asset).copied().unwrap_or(Timestamp::MAX));
        let since = monitor.unwrap_or(Timestamp::MIN);
        Some(WatchedTime { asset, range, seconds: pass.tally.seconds(asset, since), learned: monitor })
    };
    recipes.iter().filter_map(of).collect()
}

/// Numbers become names.
fn told(
    catalogue: &Catalogue,
    (name, config, took_s): (String, maintenance::Config, f64),
    (pass, watched): (Passage, Vec<WatchedTime>),
    outcome: Score,
) -> BacktestRun {
    let path = |asset: AssetId| catalogue.asset(asset).map(|a| a.path.to_string()).unwrap_or_default();
    let models: BTreeSet<&String> = pass.episodes.iter().map(|e| &e.model).collect();
    let findings = pass.episodes.iter().zip(&outcome.verdicts).take(FINDINGS_TOLD);
    let events = outcome.events.into_iter().map(|event| EventOutcome {
        fate: event.fate,
        found: event.found.map(Moment),
        lead_s: event.lead_s,
        named: event.named,
        findings: event.by.into_iter().filter(|index| *index < FINDINGS_TOLD).collect(),
    });
    BacktestRun {
        name,
        digest: Version::of(&config).digest,
        config,
        models: models.into_iter().cloned().collect(),
        samples: pass.replayed.rows,
        waveforms: pass.replayed.waveforms,
        operator_faults: pass.faults,
        took_s,
        watched: watched
            .iter()
            .map(|w| WatchedAsset {
                asset: w.asset,
                asset_path: path(w.asset),
                from: w.range.from.into(),
                to: w.range.to.into(),
                seconds: w.seconds,
                learned: w.learned.and_then(Moment::known),
            })
            .collect(),
        summary: outcome.summary,
        events: events.collect(),
        findings: findings
            .map(|(episode, (verdict, event))| JudgedFinding {
                asset: episode.asset,
                asset_path: path(episode.asset),
                key: episode.key.clone(),
                kind: episode.kind,
                since: episode.since.into(),
                found: episode.found.into(),
                until: (!episode.open).then(|| episode.until.into()),
                severity: episode.severity,
                title: episode.title.clone(),
                failure_mode: episode.failure_mode.clone(),
                model: episode.model.clone(),
                verdict: *verdict,
                event: *event,
                returned: episode.returned,
            })
            .collect(),
        findings_beyond: pass.beyond + pass.episodes.len().saturating_sub(FINDINGS_TOLD) as u64,
    }
}
