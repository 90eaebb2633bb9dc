//! Windows that came with a production plan, and the way back.

use gemba_act::work::Window;
use gemba_plant::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::State;
use super::work::NumberedWindow;
use crate::Error;

/// The layout of this file, as a part of a step. `plan` and `key` say which window of which plan it is.
pub(super) const SCHEMA: &str = "ALTER TABLE maintenance_windows ADD COLUMN plan TEXT;
     ALTER TABLE maintenance_windows ADD COLUMN key TEXT;
     CREATE INDEX maintenance_windows_plan ON maintenance_windows (plan);
     CREATE TABLE window_imports (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, by TEXT NOT NULL, source TEXT NOT NULL, body TEXT NOT NULL);";

/// Imports that can be taken back; older ones stand.
const KEPT_MAX: u64 = 50;

/// A window with its key in its plan.
pub type KeyedWindow = (String, NumberedWindow);

/// When who took which plan over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowImport {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Which plan.
    pub source: String,
}

/// A step of an import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ImportStep {
    /// A window is new.
    Add {
        /// Its key in the plan.
        key: String,
        /// The window.
        window: Window,
    },
    /// A window is another now.
    Change {
        /// Its number.
        id: u64,
        /// What it was.
        before: Window,
        /// What it is.
        window: Window,
    },
    /// A window goes.
    Remove {
        /// Its number.
        id: u64,
        /// Its key in the plan.
        key: String,
        /// What it was.
        before: Window,
    },
}

/// The way back from a step.
#[derive(Debug, Serialize, Deserialize)]
enum Back {
    Drop(u64),
    Put { id: u64, key: Option<String>, window: Window },
}

impl State {
    /// The windows of a plan that are not over, soonest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn windows_of(&self, plan: &str, now: Timestamp) -> Result<Vec<KeyedWindow>, Error> {
        let rows: Vec<(u64, String, String)> = self.read("reading maintenance windows", |c| {
            let sql = "SELECT id, key, body FROM maintenance_windows WHERE plan = ?1 ORDER BY begins, id";
            let mut select = c.prepare_cached(sql)?;
            select.query_map([plan], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        })?;
        let read =
            |(id, key, body): (u64, String, String)| Some((key, (id, serde_json::from_str::<Window>(&body).ok()?)));
        Ok(rows.into_iter().filter_map(read).filter(|(_, (_, window))| window.range.to > now).collect())
    }

    /// Takes the steps of an import, all or none; answers its number.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn import_windows(&self, import: &WindowImport, steps: &[ImportStep]) -> Result<u64, Error> {
        self.with("taking a production plan over", |c| {
            let change = c.transaction()?;
            let back = steps.iter().map(|step| take(&change, &import.source, step)).collect::<Result<Vec<_>, _>>()?;
            change.execute(
                "INSERT INTO window_imports (at, by, source, body) VALUES (?1, ?2, ?3, ?4)",
                params![import.at.micros(), import.by, import.source, serde_json::to_string(&back).unwrap_or_default()],
            )?;
            let id = u64::try_from(change.last_insert_rowid()).unwrap_or_default();
            change.execute("DELETE FROM window_imports WHERE id <= ?1", [id.saturating_sub(KEPT_MAX)])?;
            change.commit()?;
            Ok(id)
        })
    }

    /// Takes an import back.
    ///
    /// # Errors
    /// When it is not there, a later one changed the same plan, or the state cannot be written.
    pub fn undo_import(&self, id: u64) -> Result<(), Error> {
        let row: Option<(String, String, Option<u64>)> = self.read("reading an import", |c| {
            let sql = "SELECT source, body, (SELECT max(l.id) FROM window_imports l WHERE l.source = i.source AND l.id > i.id)
                 FROM window_imports i WHERE id = ?1";
            c.query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()
        })?;
        let Some((plan, body, later)) = row else {
            return Err(Error::NotFound { what: "import", name: id.to_string() });
        };
        if let Some(later) = later {
            return Err(Error::Refused {
                what: format!("import {later} of {plan} came after import {id}"),
                cure: format!("take import {later} back first"),
            });
        }
        let back: Vec<Back> = serde_json::from_str(&body).unwrap_or_default();
        self.with("taking an import back", |c| {
            let change = c.transaction()?;
            for step in back.iter().rev() {
                give_back(&change, &plan, step)?;
            }
            change.execute("DELETE FROM window_imports WHERE id = ?1", [id])?;
            change.commit()
        })
    }

    /// The imports that can be taken back, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn window_imports(&self) -> Result<Vec<(u64, WindowImport)>, Error> {
        self.read("reading imports", |c| {
            let mut select = c.prepare_cached("SELECT id, at, by, source FROM window_imports ORDER BY id DESC")?;
            let read = |row: &rusqlite::Row<'_>| {
                let import =
                    WindowImport { at: Timestamp::from_micros(row.get(1)?), by: row.get(2)?, source: row.get(3)? };
                Ok((row.get(0)?, import))
            };
            select.query_map([], read)?.collect()
        })
    }
}

fn body(window: &Window) -> String {
    serde_json::to_string(window).unwrap_or_default()
}

/// Takes a step, and answers the way back from it.
fn take(change: &Transaction<'_>, plan: &str, step: &ImportStep) -> rusqlite::Result<Back> {
    match step {
        ImportStep::Add { key, window } => {
            let bound = params![window.range.from.micros(), body(window), plan, key];
            change
                .execute("INSERT INTO maintenance_windows (begins, body, plan, key) VALUES (?1, ?2, ?3, ?4)", bound)?;
            Ok(Back::Drop(u64::try_from(change.last_insert_rowid()).unwrap_or_default()))
        }
        ImportStep::Change { id, before, window } => {
            let bound = params![id, window.range.from.micros(), body(window)];
            change.execute("UPDATE maintenance_windows SET begins = ?2, body = ?3 WHERE id = ?1", bound)?;
            Ok(Back::Put { id: *id, key: None, window: before.clone() })
        }
        ImportStep::Remove { id, key, before } => {
            change.execute("DELETE FROM maintenance_windows WHERE id = ?1", [id])?;
            Ok(Back::Put { id: *id, key: Some(key.clone()), window: before.clone() })
        }
    }
}

/// Goes a step back. A window that somebody removed by hand since stays away.
fn give_back(change: &Transaction<'_>, plan: &str, step: &Back) -> rusqlite::Result<()> {
    match step {
        Back::Drop(id) => change.execute("DELETE FROM maintenance_windows WHERE id = ?1", [id])?,
        Back::Put { id, key: None, window } => {
            let bound = params![id, window.range.from.micros(), body(window)];
            change.execute("UPDATE maintenance_windows SET begins = ?2, body = ?3 WHERE id = ?1", bound)?
        }
        Back::Put { id, key: Some(key), window } => {
            let bound = params![id, window.range.from.micros(), body(window), plan, key];
            change.execute(
                "INSERT OR IGNORE INTO maintenance_windows (id, begins, body, plan, key) VALUES (?1, ?2, ?3, ?4, ?5)",
                bound,
            )?
        }
    };
    Ok(())
}
