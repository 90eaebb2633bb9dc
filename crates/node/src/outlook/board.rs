//! What was learned and told lately of how long machines last, for whoever asks.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use gemba_plant::AssetId;
use gemba_solutions::maintenance::battery;
use gemba_solutions::maintenance::fleet::FleetLife;
use gemba_solutions::maintenance::reliability::risk::{Risk, RiskModel};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Notify;

use super::fleet::KindLife;
use super::withdraw::{LearnedPart, Withdrawals, Withdrawn};
use crate::Moment;

/// How far the learning is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LearnState {
    /// Too little is recorded yet.
    #[default]
    Missing,
    /// It is learned now.
    Learning,
    /// It was learned.
    Learned,
    /// It could not be learned.
    Failed,
}

/// What was learned of a kind, as a version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Learned {
    /// How far the learning is.
    pub state: LearnState,
    /// The share of the learning that is done, 0–1.
    pub share: f64,
    /// Its name: the first 12 hex digits of the SHA-256 of what it was learned from and what learned it. While a new one is
    /// learned, that of the one before, which goes on.
    pub version: Option<String>,
    /// When it was learned.
    pub at: Option<Moment>,
    /// What is missing, or why it failed; empty when it was learned.
    pub why: String,
    /// Who took it out of service; none while nobody has.
    pub withdrawn: Option<Withdrawn>,
}

/// A model with its version.
#[derive(Debug)]
pub(crate) struct Held<M> {
    pub(crate) status: Learned,
    pub(crate) model: Option<Arc<M>>,
    /// The version that was tried last, whatever came of it: it is not tried again.
    pub(super) tried: Option<String>,
}

impl<M> Default for Held<M> {
    fn default() -> Self {
        Self { status: Learned::default(), model: None, tried: None }
    }
}

/// By template.
pub(crate) type Kinds<M> = BTreeMap<String, Held<M>>;

/// Everything that was learned and told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) fleets: Kinds<KindLife>,
    pub(crate) risks: Kinds<RiskModel>,
    pub(crate) lives: BTreeMap<AssetId, FleetLife>,
    pub(crate) chances: BTreeMap<AssetId, Vec<Risk>>,
    pub(crate) capacities: BTreeMap<AssetId, battery::Told>,
    pub(crate) withdrawn: Withdrawals,
}

impl Told {
    /// How far a part of what is learned of a kind is.
    pub(crate) fn status(&self, kind: &str, part: LearnedPart) -> Learned {
        let status = match part {
            LearnedPart::Lives => self.fleets.get(kind).map(|held| held.status.clone()),
            LearnedPart::Chances => self.risks.get(kind).map(|held| held.status.clone()),
        };
        Learned { withdrawn: self.withdrawn(kind, part).cloned(), ..status.unwrap_or_default() }
    }

    /// Who took it out of service.
    pub(crate) fn withdrawn(&self, kind: &str, part: LearnedPart) -> Option<&Withdrawn> {
        self.withdrawn.get(kind)?.get(&part)
    }
}

/// What was learned and told, and who waits for it.
#[derive(Debug, Default)]
pub(crate) struct Board {
    told: RwLock<Told>,
    recorded: Notify,
    learned: Notify,
}

impl Board {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Told> {
        self.told.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Told> {
        self.told.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something new is recorded of failures: there may be something to learn.
    pub(crate) fn wake(&self) {
        self.recorded.notify_one();
    }

    pub(super) async fn recorded(&self) {
        self.recorded.notified().await;
    }

    /// Something was learned, or everything was looked through: there may be something to tell.
    pub(super) fn tell(&self) {
        self.learned.notify_one();
    }

    pub(super) async fn learned(&self) {
        self.learned.notified().await;
    }
}

/// Notes how far the learning of a kind is, the model before going on.
pub(super) fn note<M>(kinds: &mut Kinds<M>, kind: &str, state: LearnState, (share, why): (f64, String)) {
    let held = kinds.entry(kind.to_owned()).or_default();
    held.status = Learned { state, share, why, ..std::mem::take(&mut held.status) };
    if state == LearnState::Missing {
        // what it was learned from was taken back
        (held.status.version, held.status.at, held.model) = (None, None, None);
    }
}
