//! What the operators have learned, a row an asset. Each asset goes on from its own watermark, so rows of different age fit
//! together: they are written some at a time, and neither memory nor whoever else writes waits for all of them.

use gemba_flow::Checkpoint;
use gemba_plant::AssetId;
use rusqlite::{Connection, OptionalExtension, params};

use super::State;
use crate::Error;

/// The layout; what was one piece before becomes a row, which the next writing replaces.
pub(super) const SCHEMA: &str = "CREATE TABLE lanes (asset INTEGER PRIMARY KEY, body BLOB NOT NULL);
     INSERT INTO lanes SELECT 0, body FROM kept WHERE name = 'flow';
     DELETE FROM kept WHERE name = 'flow';";

/// Assets that are written together: some 2 MB of what was learned of machines with ten signals.
const TOGETHER: usize = 32;

impl State {
    /// What was kept of all assets. What cannot be read is left out: its asset learns anew.
    pub(crate) fn lanes(&self) -> Result<Checkpoint, Error> {
        self.read("reading what was learned", |c| {
            let mut all = Checkpoint::default();
            let mut select = c.prepare("SELECT asset, body FROM lanes ORDER BY asset")?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                match Checkpoint::from_bytes(row.get_ref(1)?.as_blob()?) {
                    Ok(part) => all.merge(part),
                    Err(error) => tracing::error!(asset = row.get::<_, u32>(0)?, %error, "what was learned is lost"),
                }
            }
            Ok(all)
        })
    }

    /// What was kept of one asset; none when nothing is, or it cannot be read.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn lane(&self, asset: AssetId) -> Result<Option<Checkpoint>, Error> {
        let body: Option<Vec<u8>> = self.read("reading what was learned", |c| {
            let mut select = c.prepare_cached("SELECT body FROM lanes WHERE asset = ?1")?;
            select.query_row([asset.get()], |row| row.get(0)).optional()
        })?;
        Ok(body.and_then(|body| Checkpoint::from_bytes(&body).ok()))
    }

    /// Keeps what was learned of these assets, and nothing of any other.
    pub(crate) fn keep_lanes(&self, checkpoint: Checkpoint) -> Result<(), Error> {
        const DOING: &str = "writing what was learned";
        let mut parts = checkpoint.by_asset().peekable();
        let mut kept: Vec<u32> = Vec::new();
        while parts.peek().is_some() {
            let some: Vec<(u32, Vec<u8>)> =
                parts.by_ref().take(TOGETHER).map(|(asset, part)| (asset.get(), part.to_bytes())).collect();
            self.soon(DOING, |c| {
                let change = c.transaction()?;
                some.iter().try_for_each(|row| put(&change, row))?;
                change.commit()
            })?;
            kept.extend(some.iter().map(|(asset, _)| asset));
        }
        let kept = serde_json::to_string(&kept).unwrap_or_default();
        self.with(DOING, |c| {
            c.execute("DELETE FROM lanes WHERE asset NOT IN (SELECT value FROM json_each(?1))", [kept]).map(drop)
        })?;
        self.tidy_after(1)
    }
}

/// Keeps what was learned by these operators instead of those before, within a larger change.
pub(super) fn replace(change: &Connection, checkpoint: Checkpoint) -> rusqlite::Result<()> {
    change.execute("DELETE FROM lanes", [])?;
    checkpoint.by_asset().try_for_each(|(asset, part)| put(change, &(asset.get(), part.to_bytes())))
}

fn put(change: &Connection, (asset, body): &(u32, Vec<u8>)) -> rusqlite::Result<()> {
    change.prepare_cached("INSERT OR REPLACE INTO lanes VALUES (?1, ?2)")?.execute(params![asset, body]).map(drop)
}

#[cfg(test)]
mod tests {
    use gemba_flow::{FlowConfig, LaneSpec, Pipeline};
    use gemba_plant::SignalId;

    use super::*;

    fn checkpoint(assets: &[u32]) -> Checkpoint {
        let mut pipeline = Pipeline::new(FlowConfig::default());
        for asset in assets {
            let (asset, signals) = (AssetId::new(*asset), vec![SignalId::new(*asset)]);
            pipeline.set_lane(&LaneSpec { asset, signals, make: std::sync::Arc::new(Vec::new) }).unwrap();
        }
        pipeline.checkpoint()
    }

    #[test]
    fn what_was_learned_comes_back_without_assets_that_are_gone_and_what_cannot_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(&dir.path().join("state.sqlite")).unwrap();
        let many: Vec<u32> = (1..=100).collect();
        state.keep_lanes(checkpoint(&many)).unwrap();
        assert_eq!(state.lanes().unwrap(), checkpoint(&many));
        state.keep_lanes(checkpoint(&[2, 3])).unwrap();
        assert_eq!(state.lanes().unwrap(), checkpoint(&[2, 3]));
        state.with("damaging", |c| c.execute("UPDATE lanes SET body = x'00' WHERE asset = 2", [])).unwrap();
        assert_eq!(state.lanes().unwrap(), checkpoint(&[3]));
    }

    #[test]
    fn a_long_log_is_taken_over_beside_a_reader_and_written_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.sqlite");
        let state = State::open(&path).unwrap();
        let length = |name: &str| std::fs::metadata(dir.path().join(name)).unwrap().len();
        let many: Vec<u32> = (1..=100).collect();
        for _ in 0..20 {
            state.keep_lanes(checkpoint(&many)).unwrap();
        }
        let (file, log) = (length("state.sqlite"), length("state.sqlite-wal"));
        assert!(file > 50_000 && log < 4 * file, "{file} and {log} bytes");
        assert_eq!(state.lanes().unwrap(), checkpoint(&many));
    }

    #[test]
    fn one_piece_of_before_is_read_and_gives_way_to_rows() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(&dir.path().join("state.sqlite")).unwrap();
        state.keep("flow", &checkpoint(&[1, 2]).to_bytes()).unwrap();
        state
            .with("changing", |c| c.execute_batch(&SCHEMA.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS")))
            .unwrap();
        assert_eq!(state.lanes().unwrap(), checkpoint(&[1, 2]));
        state.keep_lanes(checkpoint(&[2])).unwrap();
        assert_eq!(state.lanes().unwrap(), checkpoint(&[2]));
        assert!(state.kept("flow").unwrap().is_none());
    }
}
