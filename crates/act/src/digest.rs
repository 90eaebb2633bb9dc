//! New alarms that were counted instead of raised: another calls for the same machine already, or, of class `ai`, an asset has
//! called as often in an hour as it may.

use std::time::Duration;

use gemba_plant::{AssetId, Priority, Timestamp};
use serde::{Deserialize, Serialize};

use crate::AlarmRequest;

/// A digest tells of this span.
const SPAN: Duration = Duration::from_hours(24);
/// Alarms told one by one for an asset; the rest only counts.
const KEYS_MAX: usize = 50;

/// What an asset wanted to say beside what called, in the last 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The asset.
    pub asset: AssetId,
    /// How many.
    pub count: u64,
    /// Since when they are counted.
    pub since: Timestamp,
    /// When the last was counted.
    #[serde(default)]
    pub last: Timestamp,
    /// Which, the first met first.
    #[serde(default)]
    pub withheld: Vec<Withheld>,
}

/// An alarm that was counted instead of raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// The key below the asset.
    pub key: String,
    /// One line, as told last.
    pub message: String,
    /// How urgent at most.
    pub priority: Priority,
    /// The finding behind it, when one is.
    pub finding: Option<u64>,
    /// How many times.
    pub count: u64,
    /// When it was first counted.
    pub first: Timestamp,
    /// When it was last counted.
    pub last: Timestamp,
}

impl Withheld {
    fn take(&mut self, request: &AlarmRequest) {
        self.message.clone_from(&request.message);
        self.finding = request.finding;
        self.priority = self.priority.min(request.priority);
    }
}

impl Digest {
    pub(crate) fn new(asset: AssetId, now: Timestamp) -> Self {
        Self { asset, count: 0, since: now, last: now, withheld: Vec::new() }
    }

    /// Counts an event.
    pub(crate) fn add(&mut self, request: &AlarmRequest, now: Timestamp) {
        self.count += 1;
        self.last = now;
        let known = self.withheld.iter_mut().find(|one| one.key == request.key);
        if let Some(one) = known {
            one.count += 1;
            one.last = now;
            one.take(request);
        } else if self.withheld.len() < KEYS_MAX {
            self.withheld.push(Withheld {
                key: request.key.clone(),
                message: request.message.clone(),
                priority: request.priority,
                finding: request.finding,
                count: 1,
                first: now,
                last: now,
            });
        }
    }

    /// The event that was counted last for this key goes on: how it is told now, and how urgent it became.
    pub(crate) fn follow(&mut self, request: &AlarmRequest) {
        if let Some(one) = self.withheld.iter_mut().find(|one| one.key == request.key) {
            one.take(request);
        }
    }

    /// Whether it has something to tell still. What is older than a day goes, also when the clock was set back.
    pub(crate) fn keep(&mut self, now: Timestamp) -> bool {
        let told = |all: &[Withheld]| all.iter().map(|one| one.count).sum::<u64>();
        let before = told(&self.withheld);
        self.withheld.retain(|one| one.last <= now.plus(SPAN) && now.since(one.last) < SPAN);
        self.count = self.count.saturating_sub(before - told(&self.withheld));
        self.since = self.withheld.iter().map(|one| one.first).min().unwrap_or(self.since);
        !self.withheld.is_empty()
    }
}
