//! Labels: stretches of an asset's time with a meaning.

use gemba_act::{Label, LabelKind};
use gemba_plant::{AssetId, TimeRange, Timestamp};
use rusqlite::{Row, params};

use super::State;
use super::findings::word;
use crate::Error;

/// A label with its number.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredLabel {
    /// Its number; grows, never reused.
    pub id: u64,
    /// When it was written, by our clock.
    pub created: Timestamp,
    /// What was written.
    pub label: Label,
}

/// Which labels are wanted, newest first.
#[derive(Clone, Debug)]
pub struct LabelFilter {
    /// Of these assets only; of all when none.
    pub assets: Option<Vec<AssetId>>,
    /// That touch this range.
    pub range: TimeRange,
    /// Of this kind only.
    pub label: Option<LabelKind>,
    /// With a smaller number than this: the next page.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

impl Default for LabelFilter {
    fn default() -> Self {
        Self { assets: None, range: TimeRange::ALL, label: None, before: None, limit: usize::MAX >> 1 }
    }
}

impl State {
    /// Writes labels, all or none; their numbers in the same order.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_labels(&self, labels: &[Label], now: Timestamp) -> Result<Vec<u64>, Error> {
        self.with("writing labels", |c| {
            let change = c.transaction()?;
            let mut ids = Vec::with_capacity(labels.len());
            {
                let mut insert = change.prepare_cached(
                    "INSERT INTO labels (asset, t_start, t_end, label, created, body) VALUES (?1,?2,?3,?4,?5,?6)",
                )?;
                for label in labels {
                    let body = serde_json::to_string(label).unwrap_or_default();
                    let (from, to) = (label.range.from.micros(), label.range.to.micros());
                    let id =
                        insert.insert(params![label.asset.get(), from, to, word(&label.label), now.micros(), body])?;
                    ids.push(u64::try_from(id).unwrap_or_default());
                }
            }
            change.commit()?;
            Ok(ids)
        })
    }

    /// Labels, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn labels(&self, filter: &LabelFilter) -> Result<Vec<StoredLabel>, Error> {
        let assets = filter.assets.as_ref().map(|all| serde_json::to_string(all).unwrap_or_default());
        self.read("reading labels", |c| {
            let mut select = c.prepare_cached(
                "SELECT id, created, body FROM labels WHERE (?1 IS NULL OR asset IN (SELECT value FROM json_each(?1)))
                 AND t_end >= ?2 AND t_start < ?3 AND (?4 IS NULL OR label = ?4) AND (?5 IS NULL OR id < ?5)
                 ORDER BY id DESC LIMIT ?6",
            )?;
            let (from, to) = (filter.range.from.micros(), filter.range.to.micros());
            let kind = filter.label.as_ref().map(word);
            select.query_map(params![assets, from, to, kind, filter.before, filter.limit], read)?.collect()
        })
    }

    /// One label.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn label(&self, id: u64) -> Result<Option<StoredLabel>, Error> {
        self.read("reading a label", |c| {
            let mut select = c.prepare_cached("SELECT id, created, body FROM labels WHERE id = ?1")?;
            let mut rows = select.query([id])?;
            rows.next()?.map(read).transpose()
        })
    }

    /// Removes a label; false when it was not there.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn remove_label(&self, id: u64) -> Result<bool, Error> {
        self.with("removing a label", |c| Ok(c.execute("DELETE FROM labels WHERE id = ?1", [id])? > 0))
    }

    /// How many there are.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn label_count(&self) -> Result<usize, Error> {
        self.read("counting labels", |c| c.query_row("SELECT count(*) FROM labels", [], |row| row.get(0)))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredLabel> {
    let body: String = row.get(2)?;
    let label = serde_json::from_str(&body)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(e)))?;
    Ok(StoredLabel { id: row.get(0)?, created: Timestamp::from_micros(row.get(1)?), label })
}
