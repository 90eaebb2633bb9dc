//! Maintenance work: cases, work orders, failures, windows, parts. The body of each row is what the API shows.

use gemba_act::work::{Case, EventKind, Failure, PartFact, PartFacts, Stock, Window, WorkOrder};
use gemba_plant::{AssetId, Timestamp};
use rusqlite::{Params, params};
use serde::de::DeserializeOwned;

use super::State;
use super::findings::word;
use crate::Error;

/// The tables of this file, as a step of the layout.
pub(super) const SCHEMA: &str =
    "CREATE TABLE cases (finding INTEGER PRIMARY KEY, state TEXT NOT NULL, changed INTEGER NOT NULL, body TEXT NOT NULL);
     CREATE TABLE work_orders (id INTEGER PRIMARY KEY AUTOINCREMENT, asset INTEGER NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL);
     CREATE TABLE failures (id INTEGER PRIMARY KEY AUTOINCREMENT, asset INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL);
     CREATE INDEX failures_at ON failures (at);
     CREATE TABLE maintenance_windows (id INTEGER PRIMARY KEY AUTOINCREMENT, begins INTEGER NOT NULL, body TEXT NOT NULL);
     CREATE TABLE part_arrivals (number TEXT NOT NULL, at INTEGER NOT NULL, quantity REAL NOT NULL, PRIMARY KEY (number, at));";

/// What is known of parts beside their stock, and since when machines have data; a later step of the layout.
pub(super) const PART_FACTS: &str =
    "CREATE TABLE part_facts (number TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
     CREATE TABLE watched_since (asset INTEGER PRIMARY KEY, at INTEGER NOT NULL, looked INTEGER NOT NULL);";

/// A time in which machines may be worked on, with its number.
pub type NumberedWindow = (u64, Window);

impl State {
    fn bodies<T: DeserializeOwned>(&self, doing: &'static str, sql: &str, bound: impl Params) -> Result<Vec<T>, Error> {
        let texts: Vec<String> = self.read(doing, |c| {
            let mut select = c.prepare_cached(sql)?;
            select.query_map(bound, |row| row.get(0))?.collect()
        })?;
        Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
    }

    /// What people made of a finding; a pending case when nobody has touched it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn case(&self, finding: u64) -> Result<Case, Error> {
        let found = self.bodies("reading a case", "SELECT body FROM cases WHERE finding = ?1", [finding])?;
        Ok(found.into_iter().next().unwrap_or_else(|| Case::new(finding)))
    }

    /// Every case that somebody has touched, newest change first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn cases(&self) -> Result<Vec<Case>, Error> {
        self.bodies("reading cases", "SELECT body FROM cases ORDER BY changed DESC", [])
    }

    /// Writes a case.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_case(&self, case: &Case) -> Result<(), Error> {
        let body = serde_json::to_string(case).unwrap_or_default();
        let bound = params![case.finding, word(&case.state), case.changed.micros(), body];
        self.with("writing a case", |c| c.execute("INSERT OR REPLACE INTO cases VALUES (?1, ?2, ?3, ?4)", bound))?;
        Ok(())
    }

    /// Work orders, newest first; those that are over only when `all`.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn work_orders(&self, all: bool, asset: Option<AssetId>) -> Result<Vec<WorkOrder>, Error> {
        let sql = "SELECT json_set(body, '$.id', id) FROM work_orders WHERE (?1 OR state NOT IN ('done', 'cancelled'))
             AND (?2 IS NULL OR asset = ?2) ORDER BY id DESC";
        self.bodies("reading work orders", sql, params![all, asset.map(AssetId::get)])
    }

    /// One work order.
    ///
    /// # Errors
    /// When it is not there, or the state cannot be read.
    pub fn work_order(&self, id: u64) -> Result<WorkOrder, Error> {
        let sql = "SELECT json_set(body, '$.id', id) FROM work_orders WHERE id = ?1";
        let found = self.bodies("reading a work order", sql, [id])?;
        found.into_iter().next().ok_or(Error::NotFound { what: "work order", name: id.to_string() })
    }

    /// Writes a new work order; answers its number, or none when the finding that it is for has an open one.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn add_work_order(&self, order: &WorkOrder) -> Result<Option<u64>, Error> {
        let body = serde_json::to_string(order).unwrap_or_default();
        self.with("adding a work order", |c| {
            let added = c.execute(
                "INSERT INTO work_orders (asset, state, body) SELECT ?1, ?2, ?3 WHERE ?4 IS NULL OR NOT EXISTS
                 (SELECT 1 FROM work_orders WHERE state NOT IN ('done', 'cancelled') AND body ->> '$.finding' = ?4)",
                params![order.asset.get(), word(&order.state), body, order.finding],
            )?;
            Ok((added > 0).then(|| u64::try_from(c.last_insert_rowid()).unwrap_or_default()))
        })
    }

    /// Writes a work order anew.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_work_order(&self, order: &WorkOrder) -> Result<(), Error> {
        let body = serde_json::to_string(order).unwrap_or_default();
        let bound = params![order.id, order.asset.get(), word(&order.state), body];
        let sql = "UPDATE work_orders SET asset = ?2, state = ?3, body = ?4 WHERE id = ?1";
        self.with("writing a work order", |c| c.execute(sql, bound))?;
        Ok(())
    }

    /// Failures since, oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn failures(&self, since: Timestamp) -> Result<Vec<Failure>, Error> {
        let all = self.ends_of_use(since)?;
        Ok(all.into_iter().filter(|event| event.kind == EventKind::Failure).collect())
    }

    /// Failures since and replacements before one, oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn ends_of_use(&self, since: Timestamp) -> Result<Vec<Failure>, Error> {
        let sql = "SELECT json_set(body, '$.id', id) FROM failures WHERE at >= ?1
             AND coalesce(json_extract(body, '$.kind'), 'failure') <> 'error' ORDER BY at, id";
        self.bodies("reading failures", sql, [since.micros()])
    }

    /// Errors since that machines told of and ran on, oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn errors(&self, since: Timestamp) -> Result<Vec<Failure>, Error> {
        let sql = "SELECT json_set(body, '$.id', id) FROM failures WHERE at >= ?1
             AND json_extract(body, '$.kind') = 'error' ORDER BY at, id";
        self.bodies("reading errors", sql, [since.micros()])
    }

    /// Adds failures and replacements, all or none; those that are there already (same machine, time and kind, and the same
    /// failure mode or none) are left as they are. Answers how many were added.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn add_failures(&self, failures: &[Failure]) -> Result<usize, Error> {
        self.with("writing failures", |c| {
            let change = c.transaction()?;
            let mut added = 0;
            {
                let mut insert = change.prepare(
                    "INSERT INTO failures (asset, at, body) SELECT ?1, ?2, ?3
                     WHERE NOT EXISTS (SELECT 1 FROM failures WHERE asset = ?1 AND at = ?2
                        AND coalesce(json_extract(body, '$.kind'), 'failure') = ?4
                        AND (?5 = '' OR json_extract(body, '$.failure_mode') IN ('', ?5)))",
                )?;
                for failure in failures {
                    let body = serde_json::to_string(failure).unwrap_or_default();
                    let (kind, mode) = (word(&failure.kind), failure.failure_mode.as_str());
                    added += insert.execute(params![failure.asset.get(), failure.at.micros(), body, kind, mode])?;
                }
            }
            change.commit()?;
            Ok(added)
        })
    }

    /// Since when a machine has data, and when that was looked up. It holds on when old data is removed.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn watched_since(&self, asset: AssetId) -> Result<Option<(Timestamp, Timestamp)>, Error> {
        self.read("reading since when a machine is watched", |c| {
            let mut select = c.prepare_cached("SELECT at, looked FROM watched_since WHERE asset = ?1")?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok((Timestamp::from_micros(row.get(0)?), Timestamp::from_micros(row.get(1)?)))
            };
            select.query_map([asset.get()], read)?.next().transpose()
        })
    }

    /// Notes since when a machine has data, as looked up at `looked`.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_watched_since(&self, asset: AssetId, at: Timestamp, looked: Timestamp) -> Result<(), Error> {
        let bound = params![asset.get(), at.micros(), looked.micros()];
        self.with("noting since when a machine is watched", |c| {
            c.execute("INSERT OR REPLACE INTO watched_since VALUES (?1, ?2, ?3)", bound)
        })?;
        Ok(())
    }

    /// Windows that are not over at `now`, soonest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn windows(&self, now: Timestamp) -> Result<Vec<NumberedWindow>, Error> {
        let rows: Vec<(u64, String)> = self.read("reading maintenance windows", |c| {
            let mut select = c.prepare_cached("SELECT id, body FROM maintenance_windows ORDER BY begins, id")?;
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })?;
        let read = rows.into_iter().filter_map(|(id, body)| Some((id, serde_json::from_str::<Window>(&body).ok()?)));
        Ok(read.filter(|(_, window)| window.range.to > now).collect())
    }

    /// Adds a window; answers its number.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn add_window(&self, window: &Window) -> Result<u64, Error> {
        let body = serde_json::to_string(window).unwrap_or_default();
        self.with("writing a maintenance window", |c| {
            let bound = params![window.range.from.micros(), body];
            c.execute("INSERT INTO maintenance_windows (begins, body) VALUES (?1, ?2)", bound)?;
            Ok(u64::try_from(c.last_insert_rowid()).unwrap_or_default())
        })
    }

    /// Takes a window, a failure or a part's arrivals away; answers whether it was there.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn remove_work(&self, what: Removable, key: &str) -> Result<bool, Error> {
        let all: &[&str] = match what {
            Removable::Window => &["DELETE FROM maintenance_windows WHERE id = ?1"],
            Removable::Failure => &["DELETE FROM failures WHERE id = ?1"],
            Removable::Part => {
                &["DELETE FROM part_arrivals WHERE number = ?1", "DELETE FROM part_facts WHERE number = ?1"]
            }
        };
        self.with("removing", |c| {
            let change = c.transaction()?;
            let mut rows = 0;
            for sql in all {
                rows += change.execute(sql, [key])?;
            }
            change.commit()?;
            Ok(rows > 0)
        })
    }

    /// When how many of each part come in, soonest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn stock(&self) -> Result<Stock, Error> {
        let rows: Vec<(String, i64, f64)> = self.read("reading parts", |c| {
            let mut select = c.prepare_cached("SELECT number, at, quantity FROM part_arrivals ORDER BY number, at")?;
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        })?;
        let mut stock = Stock::new();
        for (number, at, quantity) in rows {
            stock.entry(number).or_default().push((Timestamp::from_micros(at), quantity));
        }
        Ok(stock)
    }

    /// What is known of parts beside their stock.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn part_facts(&self) -> Result<PartFacts, Error> {
        let rows: Vec<(String, String)> = self.read("reading parts", |c| {
            let mut select = c.prepare_cached("SELECT number, body FROM part_facts")?;
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })?;
        Ok(rows.into_iter().filter_map(|(number, body)| Some((number, serde_json::from_str(&body).ok()?))).collect())
    }

    /// Sets what is known of a part and when how many come in.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_part(&self, number: &str, fact: &PartFact, arrivals: &[(Timestamp, f64)]) -> Result<(), Error> {
        let body = serde_json::to_string(fact).unwrap_or_default();
        self.with("writing parts", |c| {
            let change = c.transaction()?;
            change.execute("DELETE FROM part_arrivals WHERE number = ?1", [number])?;
            change.execute("INSERT OR REPLACE INTO part_facts VALUES (?1, ?2)", params![number, body])?;
            for (at, quantity) in arrivals {
                change.execute(
                    "INSERT OR REPLACE INTO part_arrivals VALUES (?1, ?2, ?3)",
                    params![number, at.micros(), quantity],
                )?;
            }
            change.commit()
        })
    }
}

/// What can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removable {
    /// A maintenance window, by number.
    Window,
    /// A failure, by number.
    Failure,
    /// A part, by its number.
    Part,
}

#[cfg(test)]
mod tests {
    use gemba_act::work::{OrderState, WorkTerms};

    use super::*;

    #[test]
    fn a_finding_has_one_open_work_order() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(&dir.path().join("state.sqlite")).unwrap();
        let order = WorkOrder::blank(AssetId::new(1), &WorkTerms::default(), Timestamp::MIN);
        let asked = WorkOrder { finding: Some(7), ..order.clone() };
        let first = state.add_work_order(&asked).unwrap().unwrap();
        assert_eq!(state.add_work_order(&asked).unwrap(), None);
        assert!(state.add_work_order(&WorkOrder { finding: Some(8), ..order.clone() }).unwrap().is_some());
        assert!(state.add_work_order(&order).unwrap().is_some() && state.add_work_order(&order).unwrap().is_some());
        let over = WorkOrder { id: first, state: OrderState::Cancelled, ..asked.clone() };
        state.put_work_order(&over).unwrap();
        assert!(state.add_work_order(&asked).unwrap().is_some_and(|second| second > first));
    }
}
