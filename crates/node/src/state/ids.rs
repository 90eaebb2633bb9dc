//! Numbers for assets and signals: handed out once, never reused.

use std::collections::BTreeMap;

use gemba_plant::{AssetId, AssetPath, Signal, SignalId};
use rusqlite::params;

use super::State;
use crate::Error;

impl State {
    /// The ids of these asset paths; new ones for those never seen.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn asset_ids<'a>(&self, paths: impl Iterator<Item = &'a str>) -> Result<BTreeMap<String, AssetId>, Error> {
        let ids = self.ids("asset_ids", "path", paths)?;
        Ok(ids.into_iter().map(|(name, id)| (name, AssetId::new(id))).collect())
    }

    /// Every asset there ever was, with its path.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn all_assets(&self) -> Result<BTreeMap<AssetId, AssetPath>, Error> {
        let rows: Vec<(u32, String)> = self.read("reading paths of assets", |c| {
            c.prepare_cached("SELECT id, path FROM asset_ids")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })?;
        Ok(rows.into_iter().filter_map(|(id, path)| Some((AssetId::new(id), AssetPath::new(&path).ok()?))).collect())
    }

    /// The ids of these full signal names; new ones for those never seen.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn signal_ids<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<BTreeMap<String, SignalId>, Error> {
        let ids = self.ids("signal_ids", "name", names)?;
        Ok(ids.into_iter().map(|(name, id)| (name, SignalId::new(id))).collect())
    }

    fn ids<'a>(
        &self,
        table: &str,
        column: &str,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, u32>, Error> {
        self.with("handing out ids", |c| {
            let change = c.transaction()?;
            let mut ids = BTreeMap::new();
            {
                let mut insert = change.prepare(&format!("INSERT OR IGNORE INTO {table} ({column}) VALUES (?1)"))?;
                let mut select = change.prepare(&format!("SELECT id FROM {table} WHERE {column} = ?1"))?;
                for name in names {
                    insert.execute([name])?;
                    ids.insert(name.to_owned(), select.query_row([name], |row| row.get(0))?);
                }
            }
            change.commit()?;
            Ok(ids)
        })
    }

    /// Signals that were met and registered by themselves.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn discovered(&self) -> Result<Vec<(String, Signal)>, Error> {
        let rows: Vec<(String, String)> = self.read("reading discovered signals", |c| {
            let mut select = c.prepare("SELECT name, definition FROM discovered ORDER BY name")?;
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })?;
        Ok(rows.into_iter().filter_map(|(name, body)| Some((name, serde_json::from_str(&body).ok()?))).collect())
    }

    /// Notes signals that were met, by full name; all or none.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_discovered(&self, met: &[(String, Signal)]) -> Result<(), Error> {
        self.with("noting discovered signals", |c| {
            let change = c.transaction()?;
            {
                let mut insert = change.prepare("INSERT OR REPLACE INTO discovered VALUES (?1, ?2, ?3, ?4)")?;
                for (name, signal) in met {
                    let (connection, address) =
                        signal.binding.as_ref().map_or(("", ""), |b| (&b.connection, &b.address));
                    insert.execute(params![
                        name,
                        connection,
                        address,
                        serde_json::to_string(signal).unwrap_or_default()
                    ])?;
                }
            }
            change.commit()
        })
    }

    /// The texts behind the numbers of state signals, as they were first met.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn state_texts(&self) -> Result<BTreeMap<SignalId, BTreeMap<usize, String>>, Error> {
        let rows: Vec<(u32, usize, String)> = self.read("reading state texts", |c| {
            let mut select = c.prepare("SELECT signal, code, text FROM state_texts")?;
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        })?;
        let mut texts: BTreeMap<SignalId, BTreeMap<usize, String>> = BTreeMap::new();
        for (signal, code, text) in rows {
            texts.entry(SignalId::new(signal)).or_default().insert(code, text);
        }
        Ok(texts)
    }

    /// Notes the text behind a code of a state signal.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_state_text(&self, signal: SignalId, code: usize, text: &str) -> Result<(), Error> {
        self.with("noting a state text", |c| {
            c.execute("INSERT OR REPLACE INTO state_texts VALUES (?1, ?2, ?3)", params![signal.get(), code, text])
        })?;
        Ok(())
    }

    /// A named blob: checkpoints of operators, the alarm book.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn kept(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.read("reading a checkpoint", |c| {
            let mut select = c.prepare("SELECT body FROM kept WHERE name = ?1")?;
            let mut rows = select.query([name])?;
            rows.next()?.map(|row| row.get(0)).transpose()
        })
    }

    /// Keeps a named blob.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn keep(&self, name: &str, body: &[u8]) -> Result<(), Error> {
        self.with("writing a checkpoint", |c| {
            c.execute("INSERT OR REPLACE INTO kept VALUES (?1, ?2)", params![name, body])
        })?;
        Ok(())
    }

    /// As [`State::keep`], for what may lose its last second.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn keep_soon(&self, name: &str, body: &[u8]) -> Result<(), Error> {
        self.soon("writing a checkpoint", |c| {
            c.execute("INSERT OR REPLACE INTO kept VALUES (?1, ?2)", params![name, body])
        })?;
        Ok(())
    }
}
