//! Ranks of failure modes that people gave over pages and commands: who, when, what was before. The plant files hold what is.

use gemba_plant::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::State;
use crate::Error;
use crate::ranks::{RankChange, RankEdit};

/// The layout, as a step.
pub(super) const SCHEMA: &str = "CREATE TABLE rank_changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, by TEXT NOT NULL, mode TEXT NOT NULL, body TEXT NOT NULL, undoes INTEGER);
     CREATE INDEX rank_changes_mode ON rank_changes (mode, id);";

/// Changes that are kept; older ones stay in the audit log.
const KEPT_MAX: u64 = 5_000;

const COLUMNS: &str = "SELECT id, at, by, body, undoes FROM rank_changes";

impl State {
    /// Writes a change; its number.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub(crate) fn put_rank_change(
        &self,
        edit: &RankEdit,
        (by, at): (&str, Timestamp),
        undoes: Option<u64>,
    ) -> Result<u64, Error> {
        let body = serde_json::to_string(edit).unwrap_or_default();
        self.with("writing ranks", |c| {
            c.execute(
                "INSERT INTO rank_changes (at, by, mode, body, undoes) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![at.micros(), by, edit.mode, body, undoes],
            )?;
            let id = u64::try_from(c.last_insert_rowid()).unwrap_or_default();
            c.execute("DELETE FROM rank_changes WHERE id <= ?1", [id.saturating_sub(KEPT_MAX)])?;
            Ok(id)
        })
    }

    /// Changes of one failure mode or of all, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn rank_changes(&self, mode: Option<&str>, limit: usize) -> Result<Vec<RankChange>, Error> {
        self.read("reading changes of ranks", |c| {
            let mut select =
                c.prepare_cached(&format!("{COLUMNS} WHERE ?1 IS NULL OR mode = ?1 ORDER BY id DESC LIMIT ?2"))?;
            select.query_map(params![mode, limit], read)?.collect()
        })
    }

    /// One change.
    ///
    /// # Errors
    /// When it is not there, or the state cannot be read.
    pub(crate) fn rank_change(&self, id: u64) -> Result<RankChange, Error> {
        let found = self.read("reading a change of ranks", |c| {
            c.query_row(&format!("{COLUMNS} WHERE id = ?1"), [id], read).optional()
        })?;
        found.ok_or_else(|| Error::NotFound { what: "change of ranks", name: id.to_string() })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<RankChange> {
    let body: String = row.get(3)?;
    let edit: RankEdit = serde_json::from_str(&body)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, Box::new(e)))?;
    Ok(RankChange {
        id: row.get(0)?,
        at: Timestamp::from_micros(row.get(1)?).into(),
        by: row.get(2)?,
        machines: edit.scope.words(),
        edit,
        undoes: row.get(4)?,
    })
}
