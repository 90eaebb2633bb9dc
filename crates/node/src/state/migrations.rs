//! The layout of the small state, as steps. Steps are never changed, only appended.

use super::State;
use crate::Error;

/// Each step brings the file from its position in this list to the next.
const STEPS: &[&str] = &[
    "CREATE TABLE asset_ids (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
     CREATE TABLE signal_ids (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
     CREATE TABLE discovered (name TEXT PRIMARY KEY, connection TEXT NOT NULL, address TEXT NOT NULL, definition TEXT NOT NULL);
     CREATE TABLE state_texts (signal INTEGER NOT NULL, code INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (signal, code));
     CREATE TABLE findings (
        id INTEGER PRIMARY KEY AUTOINCREMENT, asset INTEGER NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
        created INTEGER NOT NULL, updated INTEGER NOT NULL, since INTEGER NOT NULL, severity REAL NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL);
     CREATE INDEX findings_open ON findings (asset, key) WHERE state = 'active';
     CREATE TABLE alarms (
        id INTEGER PRIMARY KEY, asset INTEGER NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, priority TEXT NOT NULL, class TEXT NOT NULL,
        since INTEGER NOT NULL, changed INTEGER NOT NULL, message TEXT NOT NULL, body TEXT NOT NULL);
     CREATE INDEX alarms_asset ON alarms (asset);
     CREATE TABLE alarm_journal (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, alarm INTEGER NOT NULL, time INTEGER NOT NULL, body TEXT NOT NULL);
     CREATE INDEX alarm_journal_alarm ON alarm_journal (alarm);
     CREATE INDEX alarm_journal_time ON alarm_journal (time);
     CREATE TABLE kept (name TEXT PRIMARY KEY, body BLOB NOT NULL);",
    crate::access::SCHEMA,
    super::work::SCHEMA,
    "CREATE TABLE labels (
        id INTEGER PRIMARY KEY AUTOINCREMENT, asset INTEGER NOT NULL, t_start INTEGER NOT NULL, t_end INTEGER NOT NULL, label TEXT NOT NULL,
        created INTEGER NOT NULL, body TEXT NOT NULL);
     CREATE INDEX labels_asset ON labels (asset, t_start);
     CREATE TABLE backtests (
        id INTEGER PRIMARY KEY AUTOINCREMENT, created INTEGER NOT NULL, by TEXT NOT NULL, state TEXT NOT NULL, why TEXT, finished INTEGER,
        request TEXT NOT NULL, figures TEXT, report TEXT);",
];

/// Brings the file to the newest layout, one transaction a step.
pub(super) fn run(state: &mut State) -> Result<(), Error> {
    let at: usize =
        state.with("reading the layout version", |c| c.query_row("PRAGMA user_version", [], |row| row.get(0)))?;
    if at > STEPS.len() {
        return Err(Error::Refused {
            what: format!("{} has layout {at}, this version knows up to {}", state.path.display(), STEPS.len()),
            cure: "start the newer version of gemba that wrote it".into(),
        });
    }
    for (position, step) in STEPS.iter().enumerate().skip(at) {
        state.with("changing the layout", |c| {
            let change = c.transaction()?;
            change.execute_batch(step)?;
            change.pragma_update(None, "user_version", position + 1)?;
            change.commit()
        })?;
    }
    Ok(())
}
