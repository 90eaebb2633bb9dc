//! Findings: one row while a condition holds, updated in place, closed when it is over.

use gemba_act::work::{Case, CaseFact, CaseState};
use gemba_plant::{AssetId, Finding, FindingState, TimeRange, Timestamp};
use rusqlite::{Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::State;
use crate::Error;

/// A finding with its number and times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredFinding {
    /// Its number; grows, never reused.
    pub id: u64,
    /// When it was first concluded, by our clock.
    pub created: Timestamp,
    /// When it was last updated, by our clock.
    pub updated: Timestamp,
    /// The alarm it raised, when it did.
    pub alarm: Option<u64>,
    /// What was concluded.
    #[serde(flatten)]
    pub finding: Finding,
}

/// Which findings are wanted, newest first.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Of this asset only.
    pub asset: Option<AssetId>,
    /// In this state only.
    pub state: Option<FindingState>,
    /// With a smaller number than this: the next page.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

const COLUMNS: &str = "SELECT f.id, f.created, f.updated, f.body,
    (SELECT max(a.id) FROM alarms a WHERE a.finding = f.id)
    FROM findings f";

impl State {
    /// Writes a finding: updates the open one of the same asset and key, or adds a row. A finding that is
    /// reported as over and was never open is not written. On the disk with the alarm or the checkpoint that follows;
    /// without them the operators come to it again.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_finding(&self, finding: &Finding, now: Timestamp) -> Result<Option<u64>, Error> {
        let body = serde_json::to_string(finding).unwrap_or_default();
        let (state, kind) = (word(&finding.state), word(&finding.kind));
        self.soon("writing a finding", |c| {
            let change = c.transaction()?;
            let open: Option<u64> = {
                let mut select = change.prepare_cached("SELECT id FROM findings WHERE asset = ?1 AND key = ?2 AND state = 'active'")?;
                let mut rows = select.query(params![finding.asset.get(), finding.key])?;
                rows.next()?.map(|row| row.get(0)).transpose()?
            };
            let id = match open {
                Some(id) => {
                    change.execute(
                        "UPDATE findings SET state = ?2, updated = ?3, severity = ?4, title = ?5, body = ?6, kind = ?7 WHERE id = ?1",
                        params![id, state, now.micros(), finding.severity, finding.title, body, kind],
                    )?;
                    Some(id)
                }
                None if finding.state == FindingState::Cleared => None,
                None => {
                    change.execute(
                        "INSERT INTO findings (asset, key, kind, state, created, updated, since, severity, title, body) VALUES (?1,?2,?3,?4,?5,?5,?6,?7,?8,?9)",
                        params![finding.asset.get(), finding.key, kind, state, now.micros(), finding.since.micros(), finding.severity, finding.title, body],
                    )?;
                    u64::try_from(change.last_insert_rowid()).ok()
                }
            };
            change.commit()?;
            Ok(id)
        })
    }

    /// Findings, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn findings(&self, filter: &FindingFilter) -> Result<Vec<StoredFinding>, Error> {
        let sql = format!(
            "{COLUMNS} WHERE (?1 IS NULL OR f.asset = ?1) AND (?2 IS NULL OR f.state = ?2) AND (?3 IS NULL OR f.id < ?3) ORDER BY f.id DESC LIMIT ?4"
        );
        self.with("reading findings", |c| {
            let mut select = c.prepare_cached(&sql)?;
            let state = filter.state.as_ref().map(word);
            select
                .query_map(params![filter.asset.map(AssetId::get), state, filter.before, filter.limit], read)?
                .collect()
        })
    }

    /// What counts of every finding that began in a range, oldest first: out of an index, without what was concluded.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn case_facts(&self, range: TimeRange) -> Result<Vec<CaseFact>, Error> {
        let sql = "SELECT f.id, f.since, c.state FROM findings f LEFT JOIN cases c ON c.finding = f.id
             WHERE f.since >= ?1 AND f.since < ?2 ORDER BY f.since";
        self.with("counting findings", |c| {
            let mut select = c.prepare_cached(sql)?;
            let read = |row: &Row<'_>| {
                let state: Option<String> = row.get(2)?;
                let state: CaseState =
                    state.and_then(|word| serde_json::from_value(word.into()).ok()).unwrap_or_default();
                let (finding, since) = (row.get(0)?, Timestamp::from_micros(row.get(1)?));
                Ok(CaseFact { finding, since, was_right: Case { state, ..Case::new(finding) }.was_right() })
            };
            select.query_map(params![range.from.micros(), range.to.micros()], read)?.collect()
        })
    }

    /// One finding.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn finding(&self, id: u64) -> Result<Option<StoredFinding>, Error> {
        self.with("reading a finding", |c| {
            let mut select = c.prepare_cached(&format!("{COLUMNS} WHERE f.id = ?1"))?;
            let mut rows = select.query([id])?;
            rows.next()?.map(read).transpose()
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredFinding> {
    let body: String = row.get(3)?;
    let finding = serde_json::from_str(&body)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, Box::new(e)))?;
    Ok(StoredFinding {
        id: row.get(0)?,
        created: Timestamp::from_micros(row.get(1)?),
        updated: Timestamp::from_micros(row.get(2)?),
        alarm: row.get(4)?,
        finding,
    })
}

/// An enum's word as serde writes it.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use gemba_plant::FindingKind;

    use super::*;

    #[test]
    fn figures_read_what_began_in_their_span_however_much_there_is() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(&dir.path().join("state.sqlite")).unwrap();
        let finding = |hour: i64, held: FindingState| Finding {
            asset: AssetId::new(1),
            key: format!("k{hour}"),
            kind: FindingKind::Anomaly,
            state: held,
            since: Timestamp::from_secs(hour * 3_600),
            until: Timestamp::from_secs(hour * 3_600 + 60),
            title: String::new(),
            explanation: String::new(),
            p_value: None,
            probability: 1.0,
            severity: 0.5,
            contributions: Vec::new(),
            evidence: Vec::new(),
            failure_mode: None,
            prescription: Vec::new(),
            rul: None,
            model: "m/1".into(),
        };
        let put =
            |hour| state.put_finding(&finding(hour, FindingState::Active), Timestamp::from_secs(0)).unwrap().unwrap();
        let ids: Vec<u64> = [9, 1, 5].map(put).into();
        state.put_case(&Case { state: CaseState::Rejected, ..Case::new(ids[2]) }).unwrap();
        let hours =
            |from: i64, to: i64| TimeRange::new(Timestamp::from_secs(from * 3_600), Timestamp::from_secs(to * 3_600));
        let told: Vec<(u64, Option<bool>)> =
            state.case_facts(hours(1, 9)).unwrap().iter().map(|fact| (fact.finding, fact.was_right)).collect();
        assert_eq!(told, [(ids[1], None), (ids[2], Some(false))]);
        let plan: String = state
            .with("looking", |c| {
                c.query_row(
                    "EXPLAIN QUERY PLAN SELECT id, since FROM findings WHERE since >= 1 AND since < 2",
                    [],
                    |row| row.get(3),
                )
            })
            .unwrap();
        assert!(plan.contains("COVERING INDEX findings_since"), "{plan}");
    }
}
