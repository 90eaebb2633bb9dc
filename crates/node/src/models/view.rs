//! What is in service, what waits and what was, as people see it.

use std::collections::BTreeSet;
use std::fmt;

use gemba_plant::{Asset, AssetId};
use gemba_solutions::maintenance::{self, monitor};
use schemars::JsonSchema;
use serde::Serialize;

use super::proof::{Present, standing};
use super::{Release, RunStanding, SettingChange, Version, changes};
use crate::backtest::{BacktestReport, BacktestState};
use crate::node::Core;
use crate::reliability::{BatteryLife, LearnedKind};
use crate::status::Drifted;
use crate::{Error, lanes};

/// Versions told of what was in service.
const HISTORY: usize = 50;
/// Backtests that are searched for a proof: as many as are kept.
const BACKTESTS: usize = 500;

/// What is in service, what waits and what was.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ModelsView {
    /// The version that watches.
    pub in_service: Release,
    /// Why what it was proved with is no longer what runs; none while it is.
    pub unproved: Option<String>,
    /// What `gemba.toml` asks for and is not in service; none while another version is on its way.
    pub candidate: Option<Candidate>,
    /// The version before, to go back to.
    pub former: Option<Former>,
    /// What is on its way into service.
    pub switching: Option<Switching>,
    /// Why the last one did not get there.
    pub failed: Option<String>,
    /// What went into service, newest first: the last 50.
    pub history: Vec<Release>,
    /// Assets of which model or machine is no longer as it was while learned.
    pub drifts: Vec<AssetDrift>,
    /// How long kinds of machines last, as it was learned. It goes into service by its own proof.
    pub learned: Vec<LearnedKind>,
    /// How long batteries last, by the capacity of each.
    pub batteries: Vec<BatteryLife>,
}

/// An asset of which model or machine has drifted.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AssetDrift {
    /// The asset.
    pub asset: AssetId,
    /// Its path.
    pub path: String,
    /// Who has drifted.
    pub who: Drifted,
    /// Stability index of what is asked of the machine: above 0.25 it has shifted far.
    pub context: Option<f64>,
    /// What that means and what to do, in a sentence.
    pub advice: &'static str,
}

/// Settings that are asked for and not in service.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Candidate {
    /// The version that they make.
    pub version: Version,
    /// What differs from what is in service.
    pub changes: Vec<SettingChange>,
    /// The newest backtest of it, with or without a report.
    pub backtest: Option<u64>,
    /// What is missing before it can go into service; none when it can.
    pub hindrance: Option<String>,
}

/// The version before the present one.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Former {
    /// When and why it went into service.
    pub release: Release,
    /// What differs in it from what is in service.
    pub changes: Vec<SettingChange>,
    /// Why nobody can go back to it; none when one can.
    pub hindrance: Option<String>,
}

/// A version on its way into service.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Switching {
    /// Which.
    pub version: Version,
    /// Who wants it.
    pub by: String,
    /// The share of the past that its operators have read, 0–1.
    pub progress: f64,
}

/// The newest report that proves a version: the backtest's number, the report, the place of the configuration in it.
pub type Proof = (u64, BacktestReport, usize);

impl fmt::Display for SettingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} (in service: {})", self.key, self.asked, self.in_service)
    }
}

pub(super) fn view(core: &Core) -> Result<ModelsView, Error> {
    let in_service = core.models.in_service();
    let job = core.models.job();
    // what is on its way writes gemba.toml when it has arrived
    let candidate = if job.is_some() { None } else { candidate(core, &in_service)? };
    Ok(ModelsView {
        unproved: unproved(&in_service),
        candidate,
        former: former(core)?,
        switching: job.map(|job| Switching {
            version: job.new.version.clone(),
            by: job.new.by.clone(),
            progress: job.progress(),
        }),
        failed: core.models.failed(),
        history: core.state.releases(HISTORY)?,
        drifts: drifts(core),
        learned: core.learned(),
        batteries: core.capacities(),
        in_service,
    })
}

/// What the monitors say about themselves and their machines.
fn drifts(core: &Core) -> Vec<AssetDrift> {
    let catalogue = core.registry.catalogue();
    let last = |asset: AssetId, name: &str| {
        let signal = catalogue.signals_of(asset).find(|s| s.name == name && s.binding.is_none())?;
        core.store.last(signal.id).map(|last| last.value)
    };
    let drift = |asset: &Asset| {
        let who = last(asset.id, monitor::DRIFT).and_then(Drifted::of)?;
        let context = last(asset.id, monitor::CONTEXT).filter(|v| v.is_finite());
        Some(AssetDrift { asset: asset.id, path: asset.path.to_string(), who, context, advice: advice(who) })
    };
    catalogue.assets().filter_map(drift).collect()
}

const fn advice(who: Drifted) -> &'static str {
    match who {
        Drifted::Model => {
            "The operation is one that the model does not know, and where it knows it the machine is as it was: let it learn \
             again over the new operation."
        }
        Drifted::Machine => {
            "The operation is known and the machine is off in it: look at the machine, not at the model."
        }
        Drifted::Both => {
            "The operation is new and the machine is off where it is known: look at the machine first, then learn again."
        }
    }
}

/// Why what a version was put into service with is no longer what runs; none while it is.
pub(super) fn unproved(own: &Release) -> Option<String> {
    let now = Version::of(&own.version.settings);
    let fresh: Vec<&str> =
        now.operators.iter().filter(|name| !own.version.operators.contains(name)).map(String::as_str).collect();
    if own.whole && now.operators == own.version.operators {
        return None;
    }
    let what = match (fresh.is_empty(), own.whole) {
        (false, _) => format!("{} came with it and the operators before are gone", fresh.join(", ")),
        (true, false) => "it does not know every setting of the version in service".to_owned(),
        (true, true) => "some operators are gone".to_owned(),
    };
    Some(format!("unproved since the upgrade from Gemba {} to {}: {what}", own.program, env!("CARGO_PKG_VERSION")))
}

fn candidate(core: &Core, in_service: &Release) -> Result<Option<Candidate>, Error> {
    let asked = core.asked();
    let changes = changes(&in_service.version.settings, &asked);
    if changes.is_empty() {
        return Ok(None);
    }
    let version = Version::of(&asked);
    let (backtest, hindrance) = match proving(core, &version.digest) {
        Ok((id, ..)) => (Some(id), None),
        Err(Error::Refused { what, .. }) => {
            let all = core.state.backtests(None, BACKTESTS)?;
            let open = all.iter().find(|b| b.state.is_open() && b.request.variants.is_empty());
            let own = || all.iter().find(|b| b.figures.iter().any(|f| f.digest == version.digest));
            match open {
                Some(open) => (Some(open.id), Some("its backtest is not done yet".to_owned())),
                None => (own().map(|b| b.id), Some(what)),
            }
        }
        Err(other) => return Err(other),
    };
    Ok(Some(Candidate { version, changes, backtest, hindrance }))
}

/// The newest version before the present one with other settings.
pub(super) fn former(core: &Core) -> Result<Option<Former>, Error> {
    let own = core.models.in_service();
    let all = core.state.releases(HISTORY)?;
    let other = |r: &Release| r.id < own.id && r.version.settings != own.version.settings;
    Ok(all.into_iter().find(other).map(|release| {
        let gone = release.version != Version::of(&release.version.settings) || !release.whole;
        let hindrance = gone.then(|| format!("its operators went with Gemba {}", release.program));
        let changes = changes(&own.version.settings, &release.version.settings);
        Former { release, changes, hindrance }
    }))
}

/// The settings of a version that is known: in service, waiting, formerly in service, or of a report that is kept.
///
/// # Errors
/// When there is none of that name, or the state cannot be read.
pub(crate) fn settings_of_version(core: &Core, digest: &str) -> Result<maintenance::Config, Error> {
    let mut known: Vec<Version> = vec![core.models.in_service().version, Version::of(&core.asked())];
    known.extend(core.state.releases(HISTORY)?.into_iter().map(|release| release.version));
    if let Some(version) = known.into_iter().find(|version| version.digest == digest) {
        return Ok(version.settings);
    }
    let all = core.state.backtests(None, BACKTESTS)?;
    let own = all.iter().find(|entry| entry.figures.iter().any(|run| run.digest == digest));
    let report = own.map(|entry| core.state.backtest(entry.id)).transpose()?.flatten().and_then(|(_, report)| report);
    let run = report.and_then(|report| report.runs.into_iter().find(|run| run.digest == digest));
    run.map(|run| run.config).ok_or_else(|| Error::NotFound { what: "version", name: digest.to_owned() })
}

pub(super) fn standings(core: &Core, report: &BacktestReport) -> Vec<RunStanding> {
    let watched = watched(core);
    let in_service = core.models.in_service();
    let present = Present { watched: &watched, in_service: &in_service, busy: core.models.job().is_some() };
    report.runs.iter().map(|run| standing(report, run, &present)).collect()
}

/// The newest report by which a version may go into service.
///
/// # Errors
/// [`Error::Refused`] with what is missing when there is none.
pub(super) fn proving(core: &Core, digest: &str) -> Result<Proof, Error> {
    let refused = |what: String| Error::Refused { what, cure: "run `gemba backtest` over all machines".into() };
    let mut why = format!("no backtest has run with version {digest}");
    let mut told = false;
    for entry in core.state.backtests(None, BACKTESTS)? {
        if entry.state != BacktestState::Done || entry.figures.iter().all(|f| f.digest != digest) {
            continue;
        }
        let Some((_, Some(report))) = core.state.backtest(entry.id)? else { continue };
        let standings = standings(core, &report);
        let of_it = standings.into_iter().enumerate().find(|(_, one)| one.digest == digest);
        match of_it {
            Some((index, RunStanding { hindrance: None, .. })) => return Ok((entry.id, report, index)),
            Some((_, RunStanding { hindrance: Some(hindrance), .. })) if !told => {
                why = format!("backtest {} does not prove version {digest}: {hindrance}", entry.id);
                told = true;
            }
            _ => {}
        }
    }
    Err(refused(why))
}

fn watched(core: &Core) -> BTreeSet<String> {
    lanes::recipes(&core.registry.catalogue()).values().map(|(asset, _)| asset.path.to_string()).collect()
}
