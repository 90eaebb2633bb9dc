//! How long a machine lasts: by what is recorded of it and its kind, and by what is measured on its way to a limit.

use std::collections::BTreeSet;

use gemba_act::work::{EventKind, Failure, OrderState, Outcome};
use gemba_plant::{Asset, AssetId, Catalogue, Finding, FindingState, RemainingLife, Timestamp};
use gemba_solutions::maintenance::battery::{CapacityLife, Told};
use gemba_solutions::maintenance::fleet::{FleetLife, FleetProof};
use gemba_solutions::maintenance::reliability::risk::{Risk, RiskProof};
use gemba_solutions::maintenance::reliability::{LifeData, Reliability, Speaks, Voices, reliability, speaks};
use schemars::JsonSchema;
use serde::Serialize;

use crate::node::Core;
use crate::outlook::{Learned, LearnedPart};
use crate::state::{FindingFilter, State, StoredFinding};
use crate::{Error, Moment, Node};

/// Open findings of an asset that are looked at.
const OPEN_MAX: usize = 1_000;

/// How long a machine lasts. Nothing in it is a bare number.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MachineLife {
    /// What tells how long it lasts: its measured condition, or its age; none when nothing can.
    pub speaks: Option<Speaks>,
    /// Why that; empty when nothing speaks.
    pub why: String,
    /// The open finding whose path ends soonest.
    pub condition: Option<ConditionLife>,
    /// The template that says which machines are of its kind; none when only the machine itself is.
    pub kind: Option<String>,
    /// By the capacity of its battery; none where it is no battery, or that cannot be told yet.
    pub capacity: Option<CapacityLife>,
    /// What is missing for that; empty where it is told, and where the machine is no battery.
    pub capacity_missing: String,
    /// By what was learned of machines of its kind that ran to failure.
    pub learned: LearnedLife,
    /// The chance of failing by what happened at it.
    pub chances: Chances,
    /// By recorded failures and replacements.
    #[serde(flatten)]
    pub ages: Reliability,
}

/// By what was learned of machines of its kind that ran to failure.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct LearnedLife {
    /// The version, and how far its learning is.
    #[serde(flatten)]
    pub status: Learned,
    /// How it did on machines that it had not seen; none while nothing was learned.
    pub proof: Option<FleetProof>,
    /// How long this machine lasts by it; none while it is too young. It speaks only where the proof says so.
    pub life: Option<FleetLife>,
}

/// What was learned of a kind of machine.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LearnedKind {
    /// The template.
    pub kind: String,
    /// Machines that follow it.
    pub machines: usize,
    /// How long they last, learned from those that ran to failure.
    pub lives: Learned,
    /// How that did on machines that it had not seen; none while nothing was learned.
    pub lives_proof: Option<FleetProof>,
    /// The chance of failing by what happened at them.
    pub chances: Learned,
    /// How that did, for each failure mode and time ahead.
    pub chances_proof: Vec<RiskProof>,
}

/// How well the capacity of a battery tells how long it lasts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BatteryLife {
    /// The battery.
    pub asset: AssetId,
    /// Its path.
    pub path: String,
    /// Cycles that were counted since it was new or replaced.
    pub cycles: u32,
    /// Earlier questions, of it and of batteries like it, from which the width of its range was learned.
    pub tried: u32,
    /// The share of them that a range of ± 10 % would have held; none when there was none.
    pub held: Option<f64>,
    /// How long it lasts; none while that cannot be told.
    pub left: Option<RemainingLife>,
    /// Why that cannot be told; empty when it is.
    pub why: String,
}

/// The chance of failing by what happened at it: errors, work, counters, and its age.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Chances {
    /// The version, and how far its learning is.
    #[serde(flatten)]
    pub status: Learned,
    /// Any failure first, then each failure mode that has failures enough.
    pub ahead: Vec<Risk>,
}

/// How long it lasts by what is measured.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConditionLife {
    /// The finding.
    pub finding: u64,
    /// Its title.
    pub title: String,
    /// From when on the days count.
    pub from: Moment,
    /// The range.
    pub rul: RemainingLife,
}

impl Node {
    /// What was learned of each kind of machine, with its version and its proof.
    pub fn learned(&self) -> Vec<LearnedKind> {
        self.core().learned()
    }

    /// How long a machine lasts. Blocks for the state.
    ///
    /// # Errors
    /// When there is no such asset or the state cannot be read.
    pub fn life(&self, asset: AssetId) -> Result<MachineLife, Error> {
        let core = self.core();
        let catalogue = core.registry.catalogue();
        let found = catalogue.asset(asset);
        let asset = found.ok_or_else(|| Error::NotFound { what: "asset", name: asset.to_string() })?;
        let (kind, events) = (kind(&catalogue, asset), core.ends_of_use()?);
        let data = LifeData { machine: asset.id, kind: &kind, events: &events, now: core.clock.now() };
        let ages = reliability(&data);
        let soonest = soonest(&core.state, asset.id)?;
        let (learned, chances) = core.learned_of(asset);
        let told = core.outlooks.read().capacities.get(&asset.id).cloned().unwrap_or_default();
        let voices = Voices {
            condition: soonest.as_ref().map(|stored| &stored.finding),
            capacity: told.life.as_ref(),
            kind: learned
                .life
                .as_ref()
                .zip(learned.proof.as_ref().filter(|proof| proof.speaks && learned.status.withdrawn.is_none())),
        };
        let (speaks, why) = speaks(&voices, &ages);
        let condition = soonest.and_then(|stored| {
            let Finding { title, until, rul, .. } = stored.finding;
            Some(ConditionLife { finding: stored.id, title, from: until.into(), rul: rul? })
        });
        let (capacity, capacity_missing) = (told.life, told.missing);
        let kind = asset.template.clone();
        Ok(MachineLife { speaks, why, condition, kind, capacity, capacity_missing, learned, chances, ages })
    }
}

/// Machines of the same template; without one, the machine alone.
pub(crate) fn kind(catalogue: &Catalogue, asset: &Asset) -> Vec<AssetId> {
    let alike = |other: &&Asset| other.id == asset.id || asset.template.is_some() && other.template == asset.template;
    catalogue.assets().filter(alike).map(|other| other.id).collect()
}

/// The open finding whose path ends soonest.
fn soonest(state: &State, asset: AssetId) -> Result<Option<StoredFinding>, Error> {
    let filter = FindingFilter {
        assets: Some(vec![asset]),
        state: Some(FindingState::Active),
        limit: OPEN_MAX,
        ..FindingFilter::default()
    };
    let end = |stored: &StoredFinding| stored.finding.rul.map_or(f64::INFINITY, |rul| rul.lo);
    let open = state.findings(&filter)?.into_iter().filter(|stored| stored.finding.rul.is_some());
    Ok(open.min_by(|a, b| end(a).total_cmp(&end(b))))
}

impl Core {
    /// What was learned of each kind of machine, with its version and its proof.
    pub(crate) fn learned(&self) -> Vec<LearnedKind> {
        let (catalogue, told) = (self.registry.catalogue(), self.outlooks.read());
        let kinds: BTreeSet<&String> = told.fleets.keys().chain(told.risks.keys()).collect();
        let view = |kind: &String| LearnedKind {
            kind: kind.clone(),
            machines: catalogue.assets().filter(|asset| asset.template.as_ref() == Some(kind)).count(),
            lives: told.status(kind, LearnedPart::Lives),
            lives_proof: told.fleets.get(kind).and_then(|held| Some(held.model.as_ref()?.model.proof.clone())),
            chances: told.status(kind, LearnedPart::Chances),
            chances_proof: told
                .risks
                .get(kind)
                .and_then(|held| Some(held.model.as_ref()?.proofs()))
                .unwrap_or_default(),
        };
        kinds.into_iter().map(view).collect()
    }

    /// How well the capacity of each battery tells how long it lasts.
    pub(crate) fn capacities(&self) -> Vec<BatteryLife> {
        let (catalogue, told) = (self.registry.catalogue(), self.outlooks.read());
        let view = |(asset, told): (&AssetId, &Told)| {
            let life = told.life.as_ref();
            Some(BatteryLife {
                asset: *asset,
                path: catalogue.asset(*asset)?.path.to_string(),
                cycles: life.map_or(0, |life| life.done),
                tried: life.map_or(0, |life| life.tried),
                held: life.and_then(|life| life.held),
                left: life.map(|life| life.left),
                why: if life.is_some() { String::new() } else { told.missing.clone() },
            })
        };
        told.capacities.iter().filter_map(view).collect()
    }

    /// What was learned of a machine's kind, and what that tells of the machine.
    fn learned_of(&self, asset: &Asset) -> (LearnedLife, Chances) {
        let told = self.outlooks.read();
        let Some(kind) = &asset.template else { return Default::default() };
        let learned = told.fleets.get(kind).map(|held| LearnedLife {
            status: told.status(kind, LearnedPart::Lives),
            proof: held.model.as_ref().map(|life| life.model.proof.clone()),
            life: told.lives.get(&asset.id).cloned(),
        });
        let chances = told.risks.contains_key(kind).then(|| {
            let status = told.status(kind, LearnedPart::Chances);
            let ahead = told.chances.get(&asset.id).filter(|_| status.withdrawn.is_none());
            Chances { ahead: ahead.cloned().unwrap_or_default(), status }
        });
        (learned.unwrap_or_default(), chances.unwrap_or_default())
    }

    /// Every end of a use that is recorded: noted or taken over, found by a check, done by a work order.
    pub(crate) fn ends_of_use(&self) -> Result<Vec<Failure>, Error> {
        let mut all = self.state.ends_of_use(Timestamp::MIN)?;
        let noted: BTreeSet<u64> = all.iter().filter_map(|event| event.finding).collect();
        all.extend(self.checked(&noted)?);
        let orders = self.state.work_orders(true, None)?.into_iter().filter(|o| o.state == OrderState::Done);
        // an order against no failure mode greases or looks: nothing is as good as new after it
        all.extend(orders.filter_map(|order| {
            let worked = order.done?.worked;
            Some(Failure {
                kind: EventKind::Replacement,
                repaired: Some(worked.to),
                finding: order.finding,
                note: order.title,
                ..event(order.asset, worked.from, order.failure_mode?)
            })
        }));
        Ok(all)
    }

    /// Failures and replacements that checks at the machine found and nobody noted besides.
    fn checked(&self, noted: &BTreeSet<u64>) -> Result<Vec<Failure>, Error> {
        let mut found = Vec::new();
        for case in self.state.cases()?.into_iter().filter(|case| !noted.contains(&case.finding)) {
            let kind = |outcome| match outcome {
                Outcome::FunctionalFailure => Some(EventKind::Failure),
                Outcome::AssetReplacement => Some(EventKind::Replacement),
                _ => None,
            };
            let Some((check, kind)) = case.checks.iter().rev().find_map(|c| Some((c, kind(c.outcome)?))) else {
                continue;
            };
            let Some(StoredFinding { finding, .. }) = self.state.finding(case.finding)? else { continue };
            let named = Some(check.failure_mode.clone()).filter(|mode| !mode.is_empty());
            let mode = named.or(finding.failure_mode).unwrap_or_default();
            let note = check.note.clone();
            found.push(Failure { kind, finding: Some(case.finding), note, ..event(finding.asset, check.at, mode) });
        }
        Ok(found)
    }
}

fn event(asset: AssetId, at: Timestamp, failure_mode: String) -> Failure {
    Failure {
        id: 0,
        kind: EventKind::Failure,
        asset,
        at,
        repaired: None,
        failure_mode,
        finding: None,
        note: String::new(),
    }
}
