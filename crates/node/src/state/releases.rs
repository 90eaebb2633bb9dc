//! Versions that went into service, newest last; the one in service is the newest.

use gemba_flow::Checkpoint;
use gemba_plant::{Finding, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::State;
use super::findings::word;
use crate::models::{Reason, Release, Version, settings_of};
use crate::{Error, Moment};

/// Of how many of the newest versions what they had learned is kept, so that going back to them is quick.
const LEARNED_KEPT: usize = 4;

/// The layout.
pub(super) const SCHEMA: &str = "CREATE TABLE releases (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL, settings TEXT NOT NULL,
    operators TEXT NOT NULL, program TEXT NOT NULL, backtest INTEGER, learned BLOB, open TEXT);";

const COLUMNS: &str = "SELECT id, at, by, reason, settings, operators, program, backtest FROM releases";

/// What goes into service.
#[derive(Clone, Debug)]
pub(crate) struct NewRelease {
    pub(crate) version: Version,
    pub(crate) reason: Reason,
    pub(crate) backtest: Option<u64>,
    pub(crate) by: String,
}

/// What operators have learned, as checkpoints: of the version that goes and of the one that comes.
#[derive(Clone, Debug)]
pub(crate) struct Handover<'a> {
    pub(crate) former: &'a [u8],
    /// The findings that were open when the former went.
    pub(crate) open: &'a [&'a Finding],
    pub(crate) next: Checkpoint,
}

/// A checkpoint of a version's operators, and the findings that were open when it was made.
pub(crate) type Learned = (Vec<u8>, Vec<Finding>);

impl State {
    /// Notes what is in service from now on. With a handover the former version's learning is put aside, and the new one's
    /// is what the next start finds: all of it or nothing.
    pub(crate) fn put_release(
        &self,
        new: &NewRelease,
        handover: Option<Handover<'_>>,
        now: Timestamp,
    ) -> Result<Release, Error> {
        let settings = serde_json::to_string(&new.version.settings).unwrap_or_default();
        let operators = serde_json::to_string(&new.version.operators).unwrap_or_default();
        let id = self.with("noting what is in service", |c| {
            let change = c.transaction()?;
            if let Some(handover) = handover {
                change.execute(
                    "UPDATE releases SET learned = ?1, open = ?2 WHERE id = (SELECT max(id) FROM releases)",
                    params![handover.former, serde_json::to_string(handover.open).unwrap_or_default()],
                )?;
                super::lanes::replace(&change, handover.next)?;
            }
            change.execute(
                "INSERT INTO releases (at, by, reason, settings, operators, program, backtest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![now.micros(), new.by, word(&new.reason), settings, operators, env!("CARGO_PKG_VERSION"), new.backtest],
            )?;
            let id = change.last_insert_rowid();
            change.execute(
                "UPDATE releases SET learned = NULL, open = NULL WHERE learned IS NOT NULL AND id <= ?1 - ?2",
                params![id, LEARNED_KEPT],
            )?;
            change.commit()?;
            Ok(id)
        })?;
        Ok(Release {
            id: u64::try_from(id).unwrap_or_default(),
            at: now.into(),
            by: new.by.clone(),
            reason: new.reason,
            version: new.version.clone(),
            whole: true,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            backtest: new.backtest,
        })
    }

    /// What went into service, newest first.
    pub(crate) fn releases(&self, limit: usize) -> Result<Vec<Release>, Error> {
        self.read("reading what is in service", |c| {
            let mut select = c.prepare_cached(&format!("{COLUMNS} ORDER BY id DESC LIMIT ?1"))?;
            select.query_map([limit], release)?.collect()
        })
    }

    /// What the operators of a version had learned when it went out of service, with the findings that were open then, if
    /// that is still kept.
    pub(crate) fn learned(&self, release: u64) -> Result<Option<Learned>, Error> {
        let found: Option<(Vec<u8>, String)> = self.read("reading what was learned", |c| {
            let sql = "SELECT learned, open FROM releases WHERE id = ?1 AND learned IS NOT NULL";
            c.query_row(sql, [release], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })?;
        Ok(found.map(|(learned, open)| (learned, serde_json::from_str(&open).unwrap_or_default())))
    }
}

/// What is in service by a state file, none when nothing is noted there yet; for looks from outside.
pub(crate) fn in_service(c: &Connection) -> rusqlite::Result<Option<Release>> {
    let noted: bool =
        c.query_row("SELECT count(*) > 0 FROM sqlite_master WHERE name = 'releases'", [], |row| row.get(0))?;
    if !noted {
        return Ok(None);
    }
    c.query_row(&format!("{COLUMNS} ORDER BY id DESC LIMIT 1"), [], release).optional()
}

fn release(row: &Row<'_>) -> rusqlite::Result<Release> {
    let (settings, whole) = settings_of(&row.get::<_, String>(4)?);
    let operators = serde_json::from_str(&row.get::<_, String>(5)?).unwrap_or_default();
    Ok(Release {
        id: row.get(0)?,
        at: Moment(Timestamp::from_micros(row.get(1)?)),
        by: row.get(2)?,
        reason: Reason::named(&row.get::<_, String>(3)?),
        version: Version::with(&settings, operators),
        whole,
        program: row.get(6)?,
        backtest: row.get(7)?,
    })
}
