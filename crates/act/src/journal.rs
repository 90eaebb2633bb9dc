//! What happened to which alarm, line by line.

use std::collections::BTreeMap;

use gemba_plant::{AlarmClass, AlarmState, AssetId, Priority, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One change of one alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JournalEntry {
    /// When.
    pub time: Timestamp,
    /// The alarm's number.
    pub alarm: u64,
    /// Its asset.
    pub asset: AssetId,
    /// Its key below the asset.
    pub key: String,
    /// Its class.
    pub class: AlarmClass,
    /// Its priority after the change.
    pub priority: Priority,
    /// Where it stood.
    pub from: AlarmState,
    /// Where it stands now.
    pub to: AlarmState,
    /// Who did it; none when it was the condition or the time.
    pub by: Option<String>,
    /// What they wrote, or why it happened by itself.
    pub comment: String,
    /// When the shelf ends, if it is shelved now.
    pub shelved_until: Option<Timestamp>,
}

/// Where an alarm stands, as far as its journal tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The asset.
    pub asset: AssetId,
    /// The key.
    pub key: String,
    /// The state.
    pub state: AlarmState,
    /// Since when.
    pub changed: Timestamp,
    /// When the shelf ends.
    pub shelved_until: Option<Timestamp>,
}

/// Replays a journal: every alarm that is not back to normal, by number.
pub fn standing(journal: &[JournalEntry]) -> BTreeMap<u64, Standing> {
    let mut open = BTreeMap::new();
    for entry in journal {
        if entry.to == AlarmState::Normal {
            open.remove(&entry.alarm);
            continue;
        }
        let now = Standing {
            asset: entry.asset,
            key: entry.key.clone(),
            state: entry.to,
            changed: entry.time,
            shelved_until: entry.shelved_until,
        };
        open.insert(entry.alarm, now);
    }
    open
}
