//! Alarms and their journal, as the alarm book changes them.

use gemba_act::{JournalEntry, Place, Slot};
use gemba_plant::{Alarm, AlarmClass, AlarmState, AssetId, Priority, Timestamp};
use rusqlite::{Connection, params};

use super::State;
use super::findings::word;
use crate::Error;

/// Which alarms are wanted, newest first.
#[derive(Clone, Debug, Default)]
pub struct AlarmFilter {
    /// Only those that are not back to normal.
    pub open_only: bool,
    /// In this state only.
    pub state: Option<AlarmState>,
    /// Of this priority only.
    pub priority: Option<Priority>,
    /// Of this class only.
    pub class: Option<AlarmClass>,
    /// Of this asset only.
    pub asset: Option<AssetId>,
    /// With a smaller number than this: the next page.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

/// What one call has changed about alarms.
#[derive(Clone, Debug, Default)]
pub struct AlarmChange<'a> {
    /// Alarms as they stand now.
    pub alarms: Vec<Alarm>,
    /// What happened to them.
    pub journal: &'a [JournalEntry],
    /// All that is known of places; none for what is over and done with.
    pub slots: Vec<(&'a Place, Option<&'a Slot>)>,
}

impl State {
    /// Writes a change in one transaction; on the disk when it returns, if something happened to an alarm.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_alarms(&self, change: &AlarmChange<'_>) -> Result<(), Error> {
        const DOING: &str = "writing alarms";
        if change.journal.is_empty() {
            self.soon(DOING, |c| write(c, change))
        } else {
            self.with(DOING, |c| write(c, change))
        }
    }

    /// All that is known of alarms, as the book left it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn alarm_slots(&self) -> Result<Vec<Slot>, Error> {
        let bodies: Vec<String> = self.read("reading the alarm book", |c| {
            c.prepare("SELECT body FROM alarm_slots")?.query_map([], |row| row.get(0))?.collect()
        })?;
        let read = |body: &String| {
            serde_json::from_str(body).map_err(|error| tracing::error!(%error, body, "an alarm cannot be read")).ok()
        };
        Ok(bodies.iter().filter_map(read).collect())
    }

    /// The highest number of an alarm; 0 when there never was one.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn last_alarm(&self) -> Result<u64, Error> {
        self.read("reading alarms", |c| c.query_row("SELECT coalesce(max(id), 0) FROM alarms", [], |row| row.get(0)))
    }

    /// Alarms, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn alarms(&self, filter: &AlarmFilter) -> Result<Vec<Alarm>, Error> {
        let bodies: Vec<String> = self.read("reading alarms", |c| {
            let mut select = c.prepare_cached(
                "SELECT body FROM alarms WHERE (NOT ?1 OR state <> 'normal') AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR priority = ?3)
                 AND (?4 IS NULL OR class = ?4) AND (?5 IS NULL OR asset = ?5) AND (?6 IS NULL OR id < ?6) ORDER BY id DESC LIMIT ?7",
            )?;
            let (state, priority, class) = (filter.state.as_ref().map(word), filter.priority.as_ref().map(word), filter.class.as_ref().map(word));
            let bound = params![filter.open_only, state, priority, class, filter.asset.map(AssetId::get), filter.before, filter.limit];
            select.query_map(bound, |row| row.get(0))?.collect()
        })?;
        Ok(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
    }

    /// One alarm.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn alarm(&self, id: u64) -> Result<Option<Alarm>, Error> {
        let body: Option<String> = self.read("reading an alarm", |c| {
            let mut select = c.prepare_cached("SELECT body FROM alarms WHERE id = ?1")?;
            let mut rows = select.query([id])?;
            rows.next()?.map(|row| row.get(0)).transpose()
        })?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    /// What happened to an alarm, oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn alarm_journal(&self, alarm: u64) -> Result<Vec<JournalEntry>, Error> {
        self.journal(
            "SELECT body FROM alarm_journal WHERE alarm = ?1 ORDER BY seq",
            i64::try_from(alarm).unwrap_or(i64::MAX),
        )
    }

    /// What happened to all alarms since, oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn alarm_journal_since(&self, since: Timestamp) -> Result<Vec<JournalEntry>, Error> {
        self.journal("SELECT body FROM alarm_journal WHERE time >= ?1 ORDER BY seq", since.micros())
    }

    fn journal(&self, sql: &str, key: i64) -> Result<Vec<JournalEntry>, Error> {
        let bodies: Vec<String> = self.read("reading the alarm journal", |c| {
            let mut select = c.prepare_cached(sql)?;
            select.query_map([key], |row| row.get(0))?.collect()
        })?;
        Ok(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
    }
}

fn write(c: &mut Connection, all: &AlarmChange<'_>) -> rusqlite::Result<()> {
    let change = c.transaction()?;
    {
        let mut put =
            change.prepare_cached("INSERT OR REPLACE INTO alarms VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)")?;
        for alarm in &all.alarms {
            put.execute(params![
                alarm.id,
                alarm.asset.get(),
                alarm.key,
                word(&alarm.state),
                word(&alarm.priority),
                word(&alarm.class),
                alarm.since.micros(),
                alarm.changed.micros(),
                alarm.message,
                serde_json::to_string(alarm).unwrap_or_default(),
                alarm.finding,
            ])?;
        }
        let mut note = change.prepare_cached("INSERT INTO alarm_journal (alarm, time, body) VALUES (?1,?2,?3)")?;
        for entry in all.journal {
            let body = serde_json::to_string(entry).unwrap_or_default();
            note.execute(params![entry.alarm, entry.time.micros(), body])?;
        }
        let mut keep = change.prepare_cached("INSERT OR REPLACE INTO alarm_slots VALUES (?1,?2,?3)")?;
        let mut drop = change.prepare_cached("DELETE FROM alarm_slots WHERE asset = ?1 AND key = ?2")?;
        for ((asset, key), slot) in &all.slots {
            match slot {
                Some(slot) => {
                    keep.execute(params![asset.get(), key, serde_json::to_string(slot).unwrap_or_default()])?
                }
                None => drop.execute(params![asset.get(), key])?,
            };
        }
    }
    change.commit()
}
