//! Findings: one row while a condition holds, updated in place, closed when it is over.

use gemba_act::Mute;
use gemba_act::work::{Case, CaseFact, CaseState};
use gemba_plant::{AssetId, Finding, FindingState, Joins, TimeRange, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{State, mutes};
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
    /// How often it came back soon after it was over.
    #[serde(default)]
    pub returned: u32,
    /// Who has muted it, when somebody has.
    #[serde(default)]
    pub mute: Option<Mute>,
    /// What was concluded.
    #[serde(flatten)]
    pub finding: Finding,
}

/// Which findings are wanted, newest first.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Of these assets only; of all when none.
    pub assets: Option<Vec<AssetId>>,
    /// In this state only.
    pub state: Option<FindingState>,
    /// At least this bad, 0–1.
    pub severity: Option<f64>,
    /// Muted, or not.
    pub muted: Option<bool>,
    /// With a smaller number than this: the next page.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

impl FindingFilter {
    /// Only what is asked for is compared, and the state is written out: so indices serve, also that of the open ones.
    fn sql(&self) -> String {
        let wanted = [
            self.assets.as_ref().map(|_| "f.asset IN (SELECT value FROM json_each(?1))".to_owned()),
            self.state.as_ref().map(|state| format!("f.state = '{}'", word(state))),
            self.severity.map(|_| "f.severity >= ?2".to_owned()),
            self.before.map(|_| "f.id < ?3".to_owned()),
            self.muted.map(|muted| format!("f.mute IS {}NULL", if muted { "NOT " } else { "" })),
        ];
        let wanted: Vec<String> = wanted.into_iter().flatten().collect();
        let wanted = if wanted.is_empty() { String::new() } else { format!("WHERE {}", wanted.join(" AND ")) };
        format!("{COLUMNS} {wanted} ORDER BY f.id DESC LIMIT ?4")
    }
}

const COLUMNS: &str = "SELECT f.id, f.created, f.updated, f.body,
    (SELECT max(a.id) FROM alarms a WHERE a.finding = f.id), f.returned, f.mute
    FROM findings f";

/// A row that a report goes into: its number, how often it came back, what stands there.
type Known = (u64, u32, Finding);

impl State {
    /// Writes findings together, in their order: each updates the newest one of the same asset and key when it is the same
    /// ([`Finding::joins`]) and no person has closed its case, or adds a row; gives their numbers. A finding holds since it was
    /// first seen to. One that is reported as over and was never open is not written. On the disk with the alarm or the
    /// checkpoint that follows; without them the operators come to it again.
    ///
    /// # Errors
    /// When the state cannot be written; then none of them is.
    pub fn put_findings(&self, findings: &[Finding], now: Timestamp) -> Result<Vec<Option<u64>>, Error> {
        self.soon("writing findings", |c| {
            let change = c.transaction()?;
            let ids = findings.iter().map(|finding| put(&change, finding, now)).collect::<rusqlite::Result<_>>()?;
            change.commit()?;
            Ok(ids)
        })
    }

    /// Findings, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn findings(&self, filter: &FindingFilter) -> Result<Vec<StoredFinding>, Error> {
        let sql = filter.sql();
        let assets = filter.assets.as_ref().map(|all| serde_json::to_string(all).unwrap_or_default());
        self.read("reading findings", |c| {
            let mut select = c.prepare_cached(&sql)?;
            select.query_map(params![assets, filter.severity, filter.before, filter.limit], read)?.collect()
        })
    }

    /// The assets of which a finding is open: out of an index, whatever else there is.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn assets_with_open_findings(&self) -> Result<Vec<AssetId>, Error> {
        self.read("reading assets of open findings", |c| {
            let mut select = c.prepare_cached("SELECT DISTINCT asset FROM findings WHERE state = 'active'")?;
            select.query_map([], |row| Ok(AssetId::new(row.get(0)?)))?.collect()
        })
    }

    /// What counts of every finding that began in a range, oldest first: out of an index, without what was concluded.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn case_facts(&self, range: TimeRange) -> Result<Vec<CaseFact>, Error> {
        let sql = "SELECT f.id, f.since, c.state, f.asset FROM findings f LEFT JOIN cases c ON c.finding = f.id
             WHERE f.since >= ?1 AND f.since < ?2 ORDER BY f.since";
        self.read("counting findings", |c| {
            let mut select = c.prepare_cached(sql)?;
            let read = |row: &Row<'_>| {
                let state: Option<String> = row.get(2)?;
                let state: CaseState =
                    state.and_then(|word| serde_json::from_value(word.into()).ok()).unwrap_or_default();
                let (finding, since) = (row.get(0)?, Timestamp::from_micros(row.get(1)?));
                let asset = AssetId::new(row.get(3)?);
                Ok(CaseFact { finding, asset, since, was_right: Case { state, ..Case::new(finding) }.was_right() })
            };
            select.query_map(params![range.from.micros(), range.to.micros()], read)?.collect()
        })
    }

    /// One finding.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn finding(&self, id: u64) -> Result<Option<StoredFinding>, Error> {
        self.read("reading a finding", |c| one(c, id))
    }

    /// Findings that were written just now; whoever reads much does not hold this up.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn written(&self, ids: &[u64]) -> Result<Vec<StoredFinding>, Error> {
        self.with("reading findings back", |c| ids.iter().filter_map(|id| one(c, *id).transpose()).collect())
    }
}

fn one(c: &Connection, id: u64) -> rusqlite::Result<Option<StoredFinding>> {
    let mut select = c.prepare_cached(&format!("{COLUMNS} WHERE f.id = ?1"))?;
    let mut rows = select.query([id])?;
    rows.next()?.map(read).transpose()
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
        returned: row.get(5)?,
        mute: row.get::<_, Option<String>>(6)?.and_then(|body| serde_json::from_str(&body).ok()),
        finding,
    })
}

fn put(change: &Transaction<'_>, finding: &Finding, now: Timestamp) -> rusqlite::Result<Option<u64>> {
    let newest = newest(change, finding)?;
    match (finding.joins(newest.as_ref().map(|(.., known)| known.spell())), newest) {
        (Joins::Nothing, _) => Ok(None),
        (Joins::New, Some((before, _, known))) => {
            let id = insert(change, finding, now)?;
            // the same signal leads: the same condition under a new number
            if known.spell().leads == finding.spell().leads {
                mutes::hand_on(change, before, id, now)?;
            }
            Ok(id)
        }
        (_, None) => insert(change, finding, now),
        (Joins::Same, Some(known)) => update(change, known, finding, now).map(Some),
        (Joins::Back, Some((id, returned, known))) => update(change, (id, returned + 1, known), finding, now).map(Some),
    }
}

/// The newest finding of this asset and key: the one that holds, or the last that no person's check has closed for good.
fn newest(change: &Transaction<'_>, finding: &Finding) -> rusqlite::Result<Option<Known>> {
    let mut select = change.prepare_cached(
        "SELECT f.id, f.returned, f.body, f.state = 'active' FROM findings f LEFT JOIN cases c ON c.finding = f.id
         WHERE f.asset = ?1 AND f.key = ?2
            AND (f.state = 'active' OR coalesce(c.state, '') NOT IN ('rejected', 'resolved', 'validated'))
         ORDER BY f.id DESC LIMIT 1",
    )?;
    let row = select.query_row(params![finding.asset.get(), finding.key], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get::<_, bool>(3)?))
    });
    let read = |(id, returned, body, holds): (u64, u32, String, bool)| {
        let state = if holds { FindingState::Active } else { FindingState::Cleared };
        // what cannot be read any more is written anew
        let known = serde_json::from_str(&body).unwrap_or_else(|_| finding.clone());
        (id, returned, Finding { state, ..known })
    };
    Ok(row.optional()?.map(read))
}

fn update(change: &Transaction<'_>, known: Known, finding: &Finding, now: Timestamp) -> rusqlite::Result<u64> {
    let (id, returned, before) = known;
    let finding = Finding { since: before.since.min(finding.since), ..finding.clone() };
    let body = body(&finding);
    change.execute(
        "UPDATE findings SET state = ?2, updated = ?3, severity = ?4, title = ?5, body = ?6, kind = ?7, since = ?8, returned = ?9
         WHERE id = ?1",
        params![
            id,
            word(&finding.state),
            now.micros(),
            finding.severity,
            finding.title,
            body,
            word(&finding.kind),
            finding.since.micros(),
            returned
        ],
    )?;
    Ok(id)
}

fn insert(change: &Transaction<'_>, finding: &Finding, now: Timestamp) -> rusqlite::Result<Option<u64>> {
    change.execute(
        "INSERT INTO findings (asset, key, kind, state, created, updated, since, severity, title, body)
         VALUES (?1,?2,?3,?4,?5,?5,?6,?7,?8,?9)",
        params![
            finding.asset.get(),
            finding.key,
            word(&finding.kind),
            word(&finding.state),
            now.micros(),
            finding.since.micros(),
            finding.severity,
            finding.title,
            body(finding)
        ],
    )?;
    Ok(u64::try_from(change.last_insert_rowid()).ok())
}

/// A finding as it is kept. JSON knows no infinity and no NaN: evidence with such a number is left out, because a row that cannot
/// be read any more would hide all others.
fn body(finding: &Finding) -> String {
    let written = |finding: &Finding| serde_json::to_string(finding).unwrap_or_default();
    let whole = written(finding);
    if serde_json::from_str::<Finding>(&whole).is_ok() {
        return whole;
    }
    tracing::error!(
        key = finding.key,
        model = finding.model,
        "a finding has a number that is none; it is kept without its evidence"
    );
    let known = |value: &f64| if value.is_finite() { *value } else { 0.0 };
    written(&Finding {
        evidence: Vec::new(),
        contributions: Vec::new(),
        probability: known(&finding.probability),
        severity: known(&finding.severity),
        rul: None,
        ..finding.clone()
    })
}

/// An enum's word as serde writes it.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use gemba_plant::{Contribution, Evidence, FindingKind, PathPoint, SignalId};

    use super::*;

    fn state() -> (tempfile::TempDir, State) {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(&dir.path().join("state.sqlite")).unwrap();
        (dir, state)
    }

    /// A finding that holds from one second to another.
    fn finding(key: &str, [since, until]: [i64; 2], held: FindingState) -> Finding {
        Finding {
            asset: AssetId::new(1),
            key: key.into(),
            kind: FindingKind::Anomaly,
            state: held,
            since: Timestamp::from_secs(since),
            until: Timestamp::from_secs(until),
            title: String::new(),
            explanation: String::new(),
            p_value: None,
            probability: 1.0,
            severity: 0.5,
            contributions: vec![Contribution { signal: SignalId::new(7), share: 1.0 }],
            evidence: Vec::new(),
            failure_mode: None,
            prescription: Vec::new(),
            rul: None,
            model: "m/1".into(),
        }
    }

    #[test]
    fn what_comes_back_soon_is_the_same_finding_and_what_a_person_closed_is_not() {
        use FindingState::{Active, Cleared};
        let (_dir, state) = state();
        let put = |finding: &Finding| state.put_findings(std::slice::from_ref(finding), finding.until).unwrap()[0];
        let first = put(&finding("a", [100, 100], Active)).unwrap();
        put(&finding("a", [100, 200], Cleared));
        // once more after a restart, then back, then back too late
        assert_eq!(put(&finding("a", [100, 150], Active)), Some(first));
        assert_eq!(state.finding(first).unwrap().unwrap().returned, 0);
        put(&finding("a", [100, 200], Cleared));
        assert_eq!(put(&finding("a", [1_000, 1_000], Active)), Some(first));
        let back = state.finding(first).unwrap().unwrap();
        assert_eq!((back.returned, back.finding.state), (1, Active));
        assert_eq!((back.finding.since, back.finding.until), (Timestamp::from_secs(100), Timestamp::from_secs(1_000)));
        put(&finding("a", [1_000, 1_100], Cleared));
        let late = put(&finding("a", [2_100, 2_100], Active)).unwrap();
        assert_ne!(late, first);
        put(&finding("a", [2_100, 2_200], Cleared));
        // another signal under the same key, and a case that a check has closed
        let other = vec![Contribution { signal: SignalId::new(8), share: 1.0 }];
        let other = put(&Finding { contributions: other, ..finding("a", [2_300, 2_300], Active) }).unwrap();
        assert_ne!(other, late);
        put(&finding("a", [2_300, 2_400], Cleared));
        state.put_case(&Case { state: CaseState::Resolved, ..Case::new(other) }).unwrap();
        assert_ne!(put(&finding("a", [2_500, 2_500], Active)), Some(other));
    }

    #[test]
    fn findings_are_asked_for_by_asset_state_and_how_bad_out_of_an_index() {
        let (_dir, state) = state();
        let put = |asset: u32, severity: f64, held: FindingState| {
            let known = finding("a", [100, 200], FindingState::Active);
            let known = Finding { asset: AssetId::new(asset), severity, ..known };
            let id = state.put_findings(std::slice::from_ref(&known), known.until).unwrap()[0].unwrap();
            state.put_findings(&[Finding { state: held, ..known }], Timestamp::from_secs(200)).unwrap();
            id
        };
        let ids = [(1, 0.2, FindingState::Active), (2, 0.9, FindingState::Active), (3, 0.7, FindingState::Cleared)]
            .map(|(asset, severity, held)| put(asset, severity, held));
        let asked = |filter: FindingFilter| {
            let filter = FindingFilter { limit: 9, ..filter };
            state.findings(&filter).unwrap().into_iter().map(|f| f.id).collect::<Vec<_>>()
        };
        let all = FindingFilter::default();
        assert_eq!(asked(all.clone()), [ids[2], ids[1], ids[0]]);
        assert_eq!(asked(FindingFilter { before: Some(ids[2]), ..all.clone() }), [ids[1], ids[0]]);
        assert_eq!(asked(FindingFilter { severity: Some(0.7), ..all.clone() }), [ids[2], ids[1]]);
        let some = FindingFilter { assets: Some(vec![AssetId::new(1), AssetId::new(3)]), ..all };
        assert_eq!(asked(some.clone()), [ids[2], ids[0]]);
        let open = FindingFilter { state: Some(FindingState::Active), ..some };
        assert_eq!(asked(open.clone()), [ids[0]]);
        assert_eq!(state.assets_with_open_findings().unwrap(), [AssetId::new(1), AssetId::new(2)]);
        let plan: String = state
            .read("explaining", |c| {
                let mut rows = c.prepare(&format!("EXPLAIN QUERY PLAN {}", open.sql()))?;
                rows.query_map(params!["[1]", 0.0, 9, 9], |row| row.get::<_, String>(3))?
                    .collect::<rusqlite::Result<Vec<_>>>()
            })
            .unwrap()
            .join("; ");
        assert!(plan.contains("INDEX findings_open"), "{plan}");
    }

    #[test]
    fn a_number_that_is_none_hides_no_finding() {
        let (_dir, state) = state();
        let path = |hi: f64| {
            let point = |time| PathPoint { time, lo: 0.0, median: 1.0, hi };
            let ahead = vec![PathPoint { hi: 2.0, ..point(1) }, point(2)];
            Evidence::Degradation { name: "temp".into(), times: vec![0], values: vec![0.5], threshold: 3.0, ahead }
        };
        let put = |key: &str, evidence: Vec<Evidence>| {
            let finding = Finding { evidence, ..finding(key, [100, 100], FindingState::Active) };
            let until = finding.until;
            state.put_findings(&[finding], until).unwrap()[0].unwrap()
        };
        put("sound", Vec::new());
        let open = put("open", vec![path(f64::INFINITY)]);
        let none = put(
            "none",
            vec![Evidence::Limit { signal: SignalId::new(7), measured: f64::NAN, limit: 1.0, source: "s".into() }],
        );
        assert_eq!(state.findings(&FindingFilter { limit: 9, ..FindingFilter::default() }).unwrap().len(), 3);
        let [open, none] = [open, none].map(|id| state.finding(id).unwrap().unwrap().finding.evidence);
        assert!(matches!(&open[..], [Evidence::Degradation { ahead, .. }] if ahead.len() == 1), "{open:?}");
        assert!(none.is_empty(), "{none:?}");
    }

    #[test]
    fn figures_read_what_began_in_their_span_however_much_there_is() {
        let (_dir, state) = state();
        let finding = |hour: i64| finding(&format!("k{hour}"), [hour * 3_600, hour * 3_600 + 60], FindingState::Active);
        let put = |hour| state.put_findings(&[finding(hour)], Timestamp::from_secs(0)).unwrap()[0].unwrap();
        let ids: Vec<u64> = [9, 1, 5].map(put).into();
        state.put_case(&Case { state: CaseState::Rejected, ..Case::new(ids[2]) }).unwrap();
        let hours =
            |from: i64, to: i64| TimeRange::new(Timestamp::from_secs(from * 3_600), Timestamp::from_secs(to * 3_600));
        let told: Vec<(u64, Option<bool>)> =
            state.case_facts(hours(1, 9)).unwrap().iter().map(|fact| (fact.finding, fact.was_right)).collect();
        assert_eq!(told, [(ids[1], None), (ids[2], Some(false))]);
        let plan: String = state
            .read("looking", |c| {
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
