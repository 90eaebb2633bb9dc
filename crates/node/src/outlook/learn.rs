//! Learns off the async threads: each kind of machine when something new is recorded of its failures.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use gemba_act::work::{EventKind, Failure};
use gemba_solutions::maintenance::fleet;
use gemba_solutions::maintenance::reliability::risk;
use tokio_util::sync::CancellationToken;

use super::board::{Held, Kinds, LearnState, Learned, Told, note};
use super::fleet::KindLife;
use crate::clockwork::report;
use crate::node::{Core, blocking};
use crate::{Error, Moment};

/// Between two looks whether there is something new to learn from.
const EVERY: Duration = Duration::from_hours(1);

/// A model with its version.
#[derive(Debug)]
pub(super) struct Learning<M> {
    pub(super) version: String,
    pub(super) at: Moment,
    pub(super) model: M,
}

/// What came of learning: a model, what is missing, what went wrong; none when it was stopped.
type Came<M> = Option<Result<M, (LearnState, String)>>;

/// Looks every hour, and when failures are noted, until the node stops.
pub(super) async fn follow(core: Arc<Core>, stop: CancellationToken) {
    let mut every = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => {}
            () = core.outlooks.recorded() => {}
        }
        let (learning, stopped) = (Arc::clone(&core), stop.clone());
        let learned = blocking(move || learning.learn_all(&|| !stopped.is_cancelled()));
        report("learning how long machines last", learned.await);
        core.outlooks.tell();
    }
}

impl Core {
    fn learn_all(&self, goes_on: &dyn Fn() -> bool) -> Result<(), Error> {
        if !self.plan.file.maintenance.watch {
            return Ok(());
        }
        let events = self.ends_of_use()?;
        for kind in self.failing(&events) {
            // a kind that cannot be learned keeps no other from it
            report(&format!("learning how long a {kind} lasts"), self.learn_kind(&kind, &events, goes_on));
        }
        Ok(())
    }

    /// Templates of machines of which a failure is recorded, and those of which something was learned.
    fn failing(&self, events: &[Failure]) -> BTreeSet<String> {
        let catalogue = self.registry.catalogue();
        let failed = events.iter().filter(|event| event.kind == EventKind::Failure);
        let kinds = failed.filter_map(|event| catalogue.asset(event.asset)?.template.clone());
        kinds.chain(self.outlooks.read().fleets.keys().cloned()).collect()
    }

    fn learn_kind(&self, kind: &str, events: &[Failure], goes_on: &dyn Fn() -> bool) -> Result<(), Error> {
        let (version, at) = (self.risk_version(kind, events), Moment(self.clock.now()));
        if self.is_new(kind, &version, |told| &told.risks) {
            let progress = |share| self.on_the_way(kind, share, |told| &mut told.risks) && goes_on();
            let came = match self.learn_risk(kind, events, &progress)? {
                Ok(model) => Some(Ok(model)),
                Err(risk::Unlearned::Missing(why)) => Some(Err((LearnState::Missing, why))),
                Err(risk::Unlearned::Stopped) => None,
            };
            self.came(kind, (version, at, came), |told| &mut told.risks);
        }
        let Some(version) = self.fleet_version(kind, events) else {
            let why = "no run to failure of machines of this kind is stored whose begin is recorded".to_owned();
            note(&mut self.outlooks.write().fleets, kind, LearnState::Missing, (0.0, why));
            return Ok(());
        };
        if self.is_new(kind, &version, |told| &told.fleets) {
            let progress = |share| self.on_the_way(kind, share, |told| &mut told.fleets) && goes_on();
            let came: Came<KindLife> = match self.learn_fleet(kind, events, &progress)? {
                Ok(model) => {
                    self.keep_fleet(kind, (&version, at), &model)?;
                    Some(Ok(model))
                }
                Err(fleet::Unlearned::Missing(why)) => Some(Err((LearnState::Missing, why))),
                Err(fleet::Unlearned::Failed(why)) => Some(Err((LearnState::Failed, why))),
                Err(fleet::Unlearned::Stopped) => None,
            };
            self.came(kind, (version, at, came), |told| &mut told.fleets);
        }
        Ok(())
    }

    /// What was learned before a restart goes on, and what was withdrawn stays so: before the first look, which would else end
    /// what was found.
    pub(super) fn take_kept(&self) -> Result<(), Error> {
        self.take_withdrawn()?;
        for kind in self.failing(&self.ends_of_use()?) {
            if let Some(Learning { version, at, model }) = self.kept_fleet(&kind)? {
                let mut told = self.outlooks.write();
                let held = told.fleets.entry(kind).or_default();
                held.model = Some(Arc::new(model));
                held.status = learned(version, at);
            }
        }
        Ok(())
    }

    fn is_new<M>(&self, kind: &str, version: &str, kinds: impl Fn(&Told) -> &Kinds<M>) -> bool {
        let told = self.outlooks.read();
        let held = kinds(&told).get(kind);
        let known = |held: &Held<M>| [&held.tried, &held.status.version].into_iter().flatten().any(|v| v == version);
        !held.is_some_and(known)
    }

    /// Notes the progress; always true.
    fn on_the_way<M>(&self, kind: &str, share: f64, kinds: impl Fn(&mut Told) -> &mut Kinds<M>) -> bool {
        note(kinds(&mut self.outlooks.write()), kind, LearnState::Learning, (share, String::new()));
        true
    }

    fn came<M>(
        &self,
        kind: &str,
        (version, at, came): (String, Moment, Came<M>),
        kinds: impl Fn(&mut Told) -> &mut Kinds<M>,
    ) {
        let mut told = self.outlooks.write();
        let kinds = kinds(&mut told);
        match came {
            Some(Ok(model)) => {
                let held = kinds.entry(kind.to_owned()).or_default();
                held.model = Some(Arc::new(model));
                held.status = learned(version.clone(), at);
            }
            Some(Err((state, why))) => note(kinds, kind, state, (0.0, why)),
            None => return,
        }
        kinds.entry(kind.to_owned()).or_default().tried = Some(version);
    }
}

fn learned(version: String, at: Moment) -> Learned {
    Learned {
        state: LearnState::Learned,
        share: 1.0,
        version: Some(version),
        at: Some(at),
        why: String::new(),
        withdrawn: None,
    }
}
