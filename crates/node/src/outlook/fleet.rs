//! Lives learned from machines of a kind that ran to failure: what there is to learn from, and what is told of a machine.

use gemba_act::work::Failure;
use gemba_plant::{Asset, Signal, Timestamp};
use gemba_solutions::maintenance::HEALTH_KEY;
use gemba_solutions::maintenance::fleet::{self, FleetModel, Run, Runs, Unlearned};
use gemba_solutions::maintenance::reliability::spans;
use serde::{Deserialize, Serialize};

use super::learn::Learning;
use super::past::{Layout, failed, of_kind};
use super::sparse::Sparse;
use crate::node::Core;
use crate::{Error, Moment, models};

/// A model as it is kept in the state.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: String,
    at: Timestamp,
    model: FleetModel,
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
    ) -> Result<Result<FleetModel, Unlearned>, Error> {
        let catalogue = self.registry.catalogue();
        let failed = failed(&of_kind(&catalogue, kind), events, self.clock.now());
        let Some(layout) = Layout::of(&catalogue, &failed) else {
            return Ok(FleetModel::learn(&Runs { runs: &[], step_us: 1, level: 0.5 }, progress));
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
        Ok(FleetModel::learn(&runs, &|share| progress(0.1 + 0.9 * share)))
    }

    /// The model that was kept, with its version and when it was learned.
    pub(super) fn kept_fleet(&self, kind: &str) -> Result<Option<Learning<FleetModel>>, Error> {
        let kept = self.state.kept(&name(kind))?.and_then(|body| serde_json::from_slice::<Kept>(&body).ok());
        Ok(kept.map(|kept| Learning { version: kept.version, at: Moment(kept.at), model: kept.model }))
    }

    /// Keeps a model, so that a restart need not learn it again.
    pub(super) fn keep_fleet(&self, kind: &str, (version, model): (&str, &FleetModel)) -> Result<(), Error> {
        let kept = Kept { version: version.to_owned(), at: self.clock.now(), model: model.clone() };
        self.state.keep(&name(kind), &serde_json::to_vec(&kept).unwrap_or_default())
    }

    /// Tells how long a machine lasts by what was learned; whether that speaks, so that its own path need not.
    pub(super) fn look_by_fleet(
        &self,
        (asset, score): (&Asset, &Signal),
        events: &[Failure],
        sparse: &mut Sparse,
    ) -> Result<bool, Error> {
        let Some(kind) = &asset.template else { return Ok(false) };
        let model = self.outlooks.read().fleets.get(kind).and_then(|held| held.model.clone());
        let Some(model) = model else { return Ok(false) };
        let catalogue = self.registry.catalogue();
        let now = self.clock.now();
        let layout = Layout::of(&catalogue, &failed(&of_kind(&catalogue, kind), events, now));
        let span = spans(events, asset.id, (None, now)).into_iter().find(|span| span.running);
        // while a new version is learned in other steps, nothing new is told
        let fits = layout.filter(|layout| layout.step_us == model.step_us());
        let run = match fits.zip(span) {
            Some((layout, span)) => layout.read(self, (asset.id, span), sparse)?,
            None => None,
        };
        let told = run.and_then(|run| model.tell(&run).map(|life| (run, life)));
        let Some((run, life)) = told else {
            self.outlooks.write().lives.remove(&asset.id);
            return Ok(false);
        };
        let speaks = model.proof.speaks;
        if speaks {
            let open = self.open_with(asset.id, HEALTH_KEY)?.map(|stored| stored.finding);
            let horizon = self.settings().life.horizon_days;
            if let Some(finding) = model.finding(score, (&run, &life), (open.as_ref(), horizon)) {
                self.owed.take(finding, |finding| self.keep_finding(finding));
            }
        }
        self.outlooks.write().lives.insert(asset.id, life);
        Ok(speaks)
    }
}
