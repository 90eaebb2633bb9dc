//! Lasting changes of signals: written once, read by signal and time.

use gemba_plant::{AssetId, ChangePoint, SignalId, TimeRange};
use rusqlite::params;

use super::State;
use super::findings::word;
use crate::Error;

/// The table of this file, as a step of the layout. What is told once more after a restart is there already.
pub(super) const SCHEMA: &str = "CREATE TABLE changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, asset INTEGER NOT NULL, signal INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,
        body TEXT NOT NULL, UNIQUE (signal, at, kind));
     CREATE INDEX changes_at ON changes (at);";

/// Changes that are kept; the oldest beyond go. About 100 MB.
const CHANGES_MAX: u64 = 200_000;

/// Which changes are wanted, newest first.
#[derive(Clone, Debug)]
pub struct ChangeFilter {
    /// Of this asset only.
    pub asset: Option<AssetId>,
    /// Of these signals only; of all when none.
    pub signals: Option<Vec<SignalId>>,
    /// That began in this range.
    pub range: TimeRange,
    /// At most so many.
    pub limit: usize,
}

impl State {
    /// Writes a change. On the disk with what follows; without it the operators come to it again.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_change(&self, change: &ChangePoint) -> Result<(), Error> {
        let body = serde_json::to_string(change).unwrap_or_default();
        self.soon("writing a change", |c| {
            c.execute(
                "INSERT OR IGNORE INTO changes (asset, signal, at, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![change.asset.get(), change.signal.get(), change.at.micros(), word(&change.kind), body],
            )?;
            c.execute("DELETE FROM changes WHERE id <= (SELECT max(id) FROM changes) - ?1", params![CHANGES_MAX])
        })?;
        Ok(())
    }

    /// Changes, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn changes(&self, filter: &ChangeFilter) -> Result<Vec<ChangePoint>, Error> {
        let signals = filter.signals.as_ref().map(|all| serde_json::to_string(all).unwrap_or_default());
        let bodies: Vec<String> = self.read("reading changes", |c| {
            let mut select = c.prepare_cached(
                "SELECT body FROM changes WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR asset = ?3)
                 AND (?4 IS NULL OR signal IN (SELECT value FROM json_each(?4))) ORDER BY at DESC LIMIT ?5",
            )?;
            let (from, to) = (filter.range.from.micros(), filter.range.to.micros());
            let bound = params![from, to, filter.asset.map(AssetId::get), signals, filter.limit];
            select.query_map(bound, |row| row.get(0))?.collect()
        })?;
        Ok(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use gemba_plant::{ChangeKind, Timestamp};

    use super::*;

    #[test]
    fn a_change_is_kept_once_and_found_by_signal_and_time() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(&dir.path().join("state.sqlite")).unwrap();
        let change = |signal, second| ChangePoint {
            asset: AssetId::new(1),
            signal: SignalId::new(signal),
            kind: ChangeKind::Level,
            at: Timestamp::from_secs(second),
            told: Timestamp::from_secs(second + 300),
            before: 1.0,
            after: 2.0,
            per_hour: 0.0,
            p_value: 1e-9,
            text: format!("{signal} at {second}"),
            model: "m/1".into(),
        };
        for (signal, second) in [(7, 10), (7, 10), (8, 20), (7, 30)] {
            state.put_change(&change(signal, second)).unwrap();
        }
        let all = ChangeFilter { asset: None, signals: None, range: TimeRange::ALL, limit: 10 };
        let told = |filter: &ChangeFilter| -> Vec<String> {
            state.changes(filter).unwrap().into_iter().map(|change| change.text).collect()
        };
        assert_eq!(told(&all), ["7 at 30", "8 at 20", "7 at 10"]);
        assert_eq!(told(&ChangeFilter { signals: Some(vec![SignalId::new(8)]), ..all.clone() }), ["8 at 20"]);
        let late = TimeRange::new(Timestamp::from_secs(20), Timestamp::from_secs(30));
        assert_eq!(told(&ChangeFilter { range: late, ..all.clone() }), ["8 at 20"]);
        assert!(told(&ChangeFilter { asset: Some(AssetId::new(2)), ..all }).is_empty());
    }
}
