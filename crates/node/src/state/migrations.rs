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
    // the alarm book was one text; now each of its slots is a row
    "CREATE TABLE alarm_slots (asset INTEGER NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (asset, key)) WITHOUT ROWID;
     INSERT INTO alarm_slots SELECT json_extract(s.value, '$.request.asset'), json_extract(s.value, '$.request.key'), s.value
        FROM kept k, json_each(CAST(k.body AS TEXT), '$.slots') s WHERE k.name = 'alarm-book';
     INSERT INTO kept SELECT 'alarm-memory', CAST(json_remove(CAST(body AS TEXT), '$.slots', '$.open', '$.config') AS BLOB)
        FROM kept WHERE name = 'alarm-book';
     DELETE FROM kept WHERE name = 'alarm-book';
     ALTER TABLE alarms ADD COLUMN finding INTEGER;
     UPDATE alarms SET finding = json_extract(body, '$.finding');
     CREATE INDEX alarms_finding ON alarms (finding);",
    super::releases::SCHEMA,
    "CREATE INDEX findings_since ON findings (since);",
    // how often a finding came back soon after it was over
    "ALTER TABLE findings ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
     CREATE INDEX findings_key ON findings (asset, key, id);",
    super::changes::SCHEMA,
    super::work::PART_FACTS,
    super::imports::SCHEMA,
    super::lanes::SCHEMA,
    super::ranks::SCHEMA,
    super::mutes::SCHEMA,
];

/// Brings the file to the newest layout, one transaction a step.
pub(super) fn run(state: &mut State) -> Result<(), Error> {
    let at: usize =
        state.read("reading the layout version", |c| c.query_row("PRAGMA user_version", [], |row| row.get(0)))?;
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

#[cfg(test)]
mod tests {
    use gemba_act::{AlarmBook, AlarmConfig};
    use rusqlite::Connection;

    use super::*;

    /// An alarm book as the layout before slots kept it.
    const OLD_BOOK: &str = r#"{"config":{"shelve_max_min":480},"last_id":7,"slots":[{"request":{"asset":3,"key":"day0:temp"},"x":1}],
        "open":{"7":[3,"day0:temp"]},"ai_raised":{"3":[5]},"digests":{},"raised":[5],"flood":null}"#;

    #[test]
    fn an_alarm_book_of_one_text_becomes_rows() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.sqlite");
        let old = Connection::open(&path).unwrap();
        for step in &STEPS[..4] {
            old.execute_batch(step).unwrap();
        }
        old.pragma_update(None, "user_version", 4).unwrap();
        old.execute("INSERT INTO kept VALUES ('alarm-book', ?1)", [OLD_BOOK.as_bytes()]).unwrap();
        old.execute("INSERT INTO alarms VALUES (7, 3, 'day0:temp', 's', 'p', 'c', 1, 2, 'm', '{\"finding\":11}')", [])
            .unwrap();
        drop(old);
        let state = State::open(&path).unwrap();
        let row: (u32, String, String, u64) = state
            .read("looking", |c| {
                c.query_row("SELECT s.asset, s.key, s.body, a.finding FROM alarm_slots s, alarms a", [], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })
            })
            .unwrap();
        assert_eq!((row.0, row.1.as_str(), row.3), (3, "day0:temp", 11));
        assert!(row.2.contains("\"x\":1"), "{}", row.2);
        let memory = serde_json::from_slice(&state.kept("alarm-memory").unwrap().unwrap()).unwrap();
        let book = AlarmBook::resume(AlarmConfig::default(), memory, [], 0);
        assert_eq!(serde_json::to_value(book.memory()).unwrap()["last_id"], 7);
        assert!(state.kept("alarm-book").unwrap().is_none());
    }
}
