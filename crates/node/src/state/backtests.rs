//! Backtests with their reports.

use gemba_plant::Timestamp;
use rusqlite::{Row, params};
use serde::de::DeserializeOwned;

use super::State;
use super::findings::word;
use crate::backtest::{BacktestEntry, BacktestReport, BacktestRequest, BacktestState, RunFigures};
use crate::{Error, Moment};

/// Reports that are kept: the newest.
const KEPT_MAX: usize = 500;

const ENTRY: &str = "SELECT id, created, by, state, why, finished, request, figures";

impl State {
    /// Notes a backtest that was asked for; its number. The oldest beyond what is kept go.
    pub(crate) fn put_backtest(&self, request: &BacktestRequest, by: &str, now: Timestamp) -> Result<u64, Error> {
        let body = serde_json::to_string(request).unwrap_or_default();
        self.with("noting a backtest", |c| {
            let change = c.transaction()?;
            change.execute(
                "INSERT INTO backtests (created, by, state, request) VALUES (?1, ?2, ?3, ?4)",
                params![now.micros(), by, word(&BacktestState::Queued), body],
            )?;
            let id = change.last_insert_rowid();
            change.execute(
                "DELETE FROM backtests WHERE finished IS NOT NULL AND id <= (SELECT id FROM backtests ORDER BY id DESC LIMIT 1 OFFSET ?1)",
                [KEPT_MAX],
            )?;
            change.commit()?;
            Ok(u64::try_from(id).unwrap_or_default())
        })
    }

    /// It runs now.
    pub(crate) fn begin_backtest(&self, id: u64) -> Result<(), Error> {
        self.with("beginning a backtest", |c| {
            c.execute("UPDATE backtests SET state = ?2 WHERE id = ?1", params![id, word(&BacktestState::Running)])
        })?;
        Ok(())
    }

    /// It has ended, with a report or without.
    pub(crate) fn end_backtest(
        &self,
        id: u64,
        ended: Result<BacktestReport, (BacktestState, String)>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (state, why, report) = match ended {
            Ok(report) => (BacktestState::Done, None, Some(report)),
            Err((state, why)) => (state, Some(why), None),
        };
        let figures = report.iter().flat_map(|r| &r.runs);
        let figures: Vec<RunFigures> = figures
            .map(|run| RunFigures { name: run.name.clone(), digest: run.digest.clone(), summary: run.summary.clone() })
            .collect();
        let figures = serde_json::to_string(&figures).unwrap_or_default();
        let report = report.map(|r| serde_json::to_string(&r).unwrap_or_default());
        self.with("keeping a backtest's report", |c| {
            c.execute(
                "UPDATE backtests SET state = ?2, why = ?3, finished = ?4, figures = ?5, report = ?6 WHERE id = ?1",
                params![id, word(&state), why, now.micros(), figures, report],
            )
        })?;
        Ok(())
    }

    /// Those that a stop or a crash cut off have failed.
    pub(crate) fn fail_cut_off_backtests(&self, now: Timestamp) -> Result<(), Error> {
        self.with("closing backtests that were cut off", |c| {
            c.execute(
                "UPDATE backtests SET state = ?1, why = 'Gemba ended meanwhile', finished = ?2 WHERE finished IS NULL",
                params![word(&BacktestState::Failed), now.micros()],
            )
        })?;
        Ok(())
    }

    /// Backtests, newest first.
    pub(crate) fn backtests(&self, before: Option<u64>, limit: usize) -> Result<Vec<BacktestEntry>, Error> {
        self.read("reading backtests", |c| {
            let mut select = c.prepare_cached(&format!(
                "{ENTRY} FROM backtests WHERE (?1 IS NULL OR id < ?1) ORDER BY id DESC LIMIT ?2"
            ))?;
            let mut rows = select.query(params![before, limit])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                match entry(row) {
                    Ok(entry) => all.push(entry),
                    Err(error) => {
                        tracing::error!(id = row.get::<_, u64>(0)?, %error, "a stored backtest cannot be read");
                    }
                }
            }
            Ok(all)
        })
    }

    /// One, with its report when it is done.
    pub(crate) fn backtest(&self, id: u64) -> Result<Option<(BacktestEntry, Option<BacktestReport>)>, Error> {
        self.read("reading a backtest", |c| {
            let mut select = c.prepare_cached(&format!("{ENTRY}, report FROM backtests WHERE id = ?1"))?;
            let mut rows = select.query([id])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let report: Option<String> = row.get(8)?;
            Ok(Some((entry(row)?, report.map(|text| read(8, &text)).transpose()?)))
        })
    }

    /// Removes one; false when it was not there.
    pub(crate) fn remove_backtest(&self, id: u64) -> Result<bool, Error> {
        self.with("removing a backtest", |c| Ok(c.execute("DELETE FROM backtests WHERE id = ?1", [id])? > 0))
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<BacktestEntry> {
    let moment = |micros: i64| Moment(Timestamp::from_micros(micros));
    let state: String = row.get(3)?;
    let state: BacktestState = read(3, &format!("\"{state}\""))?;
    let figures: Option<String> = row.get(7)?;
    Ok(BacktestEntry {
        id: row.get(0)?,
        created: moment(row.get(1)?),
        by: row.get(2)?,
        state,
        progress: if state == BacktestState::Done { 1.0 } else { 0.0 },
        why: row.get(4)?,
        finished: row.get::<_, Option<i64>>(5)?.map(moment),
        request: read(6, &row.get::<_, String>(6)?)?,
        figures: figures.map(|text| read(7, &text)).transpose()?.unwrap_or_default(),
    })
}

fn read<T: DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(e)))
}
