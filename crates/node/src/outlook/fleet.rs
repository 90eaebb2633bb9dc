//! Lives learned from machines of a kind that ran to failure: what there is to learn from, and what is told of a machine.

use std::sync::Arc;

use gemba_act::work::Failure;
use gemba_plant::{Asset, AssetId, Signal, Timestamp};
use gemba_solutions::maintenance::HEALTH_KEY;
use gemba_solutions::maintenance::fleet::{self, FleetLife, FleetModel, Run, Runs, Unlearned};
use gemba_solutions::maintenance::reliability::spans;
use serde::{Deserialize, Serialize};

use super::learn::Learning;
use super::past::{Layout, failed, of_kind};
use super::sparse::Sparse;
use super::withdraw::LearnedPart;
use crate::node::Core;
use crate::{Error, Moment, models};

/// What was learned of a kind, and how the runs were read that it was learned from: a machine is told by a run that is read in
/// the same way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KindLife {
    layout: Layout,
    pub(crate) model: FleetModel,
}

/// What was learned, as it is kept in the state.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: String,
    at: Timestamp,
    life: KindLife,
}

fn name(kind: &str) -> String {
    format!("fleet-life:{kind}")
}

impl Core {
    /// What a kind can be learned from, named as a version; none when there is no run.
    pub(super) fn fleet_version(&self, kind: &str, events: &[Failure]) -> Option<String> {
        let catalogue = self.registry.catalogue();
        let failed = failed(&of_kind(&catalogue, kind), events, self.clock.now());
        let layout = Layout::of(&catalogue, &failed)?;
        let spans: Vec<String> =
            failed.iter().map(|(a, s)| format!("{a} {} {}", s.from.micros(), s.to.micros())).collect();
        let level = self.settings().life.level;
        Some(models::digest(&format!("{} {kind} {level} {} {}", fleet::MODEL, layout.named(), spans.join(";"))))
    }

    /// Learns from the runs of a kind.
    pub(super) fn learn_fleet(
        &self,
        kind: &str,
        events: &[Failure],
        progress: &dyn Fn(f64) -> bool,
    ) -> Result<Result<KindLife, Unlearned>, Error> {
        let catalogue = self.registry.catalogue();
        let failed = failed(&of_kind(&catalogue, kind), events, self.clock.now());
        let Some(layout) = Layout::of(&catalogue, &failed) else {
            return Ok(Err(Unlearned::Missing("the machines that failed have no measured value in common".to_owned())));
        };
        let (mut runs, mut sparse) = (Vec::<Run>::new(), Sparse::default());
        for (done, one) in failed.iter().enumerate() {
            // reading is the first tenth
            if !progress(0.1 * done as f64 / failed.len() as f64) {
                return Ok(Err(Unlearned::Stopped));
            }
            runs.extend(layout.read(self, *one, &mut sparse)?);
        }
        let runs = Runs { runs: &runs, step_us: layout.step_us, level: self.settings().life.level };
        let learned = FleetModel::learn(&runs, &|share| progress(0.1 + 0.9 * share));
        Ok(learned.map(|model| KindLife { layout, model }))
    }

    /// What was kept, with its version and when it was learned.
    pub(super) fn kept_fleet(&self, kind: &str) -> Result<Option<Learning<KindLife>>, Error> {
        let kept = self.state.kept(&name(kind))?.and_then(|body| serde_json::from_slice::<Kept>(&body).ok());
        Ok(kept.map(|kept| Learning { version: kept.version, at: Moment(kept.at), model: kept.life }))
    }

    /// Keeps what was learned, so that a restart need not learn it again.
    pub(super) fn keep_fleet(&self, kind: &str, (version, at): (&str, Moment), life: &KindLife) -> Result<(), Error> {
        let kept = Kept { version: version.to_owned(), at: at.0, life: life.clone() };
        self.state.keep(&name(kind), &serde_json::to_vec(&kept).unwrap_or_default())
    }

    /// Tells how long a machine lasts by what was learned; whether that speaks, so that its own path need not.
    pub(super) fn look_by_fleet(
        &self,
        (asset, score): (&Asset, &Signal),
        events: &[Failure],
        sparse: &mut Sparse,
    ) -> Result<bool, Error> {
        let told = self.told_by_fleet(asset, events, sparse)?;
        let Some((kind, run, life)) = told else {
            self.outlooks.write().lives.remove(&asset.id);
            self.end_of_fleet(asset.id)?;
            return Ok(false);
        };
        let named = asset.template.as_deref().unwrap_or_default();
        let speaks = kind.model.proof.speaks && self.outlooks.read().withdrawn(named, LearnedPart::Lives).is_none();
        self.outlooks.write().lives.insert(asset.id, life.clone());
        if !speaks {
            self.end_of_fleet(asset.id)?;
            return Ok(false);
        }
        let open = self.open_with(asset.id, HEALTH_KEY)?.map(|stored| stored.finding);
        let horizon = self.settings().life.horizon_days;
        if let Some(finding) = kind.model.finding(score, (&run, &life), (open.as_ref(), horizon)) {
            self.take_findings(vec![finding]);
        }
        Ok(true)
    }

    /// The run of a machine so far, and what was learned of its kind says to it; none where nothing was, no begin of its use is
    /// recorded, or it is too short.
    fn told_by_fleet(
        &self,
        asset: &Asset,
        events: &[Failure],
        sparse: &mut Sparse,
    ) -> Result<Option<(Arc<KindLife>, Run, FleetLife)>, Error> {
        let Some(kind) = &asset.template else { return Ok(None) };
        let kind = self.outlooks.read().fleets.get(kind).and_then(|held| held.model.clone());
        let span = spans(events, asset.id, (None, self.clock.now())).into_iter().find(|span| span.running);
        let Some((kind, span)) = kind.zip(span) else { return Ok(None) };
        let run = kind.layout.read(self, (asset.id, span), sparse)?;
        Ok(run.and_then(|run| kind.model.tell(&run).map(|life| (kind, run, life))))
    }

    /// What was learned does not speak of a machine: what it found there is over.
    fn end_of_fleet(&self, asset: AssetId) -> Result<(), Error> {
        let found = self.open_with(asset, HEALTH_KEY)?.map(|stored| stored.finding);
        if let Some(open) = found.filter(|finding| finding.model == fleet::MODEL) {
            self.take_findings(vec![self.over(open)]);
        }
        Ok(())
    }
}
