//! Findings that a person has muted: two columns of their row, so there is one mute a finding at most.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_act::{MUTE_MAX, Mute};
use gemba_plant::{RETURNS_WITHIN, Timestamp};
use rusqlite::{Transaction, params};

use super::State;
use crate::Error;

/// Who has muted a finding, and until when, µs; `i64::MAX` while it goes on.
pub(super) const SCHEMA: &str = "ALTER TABLE findings ADD COLUMN mute TEXT;
     ALTER TABLE findings ADD COLUMN muted_until INTEGER;
     CREATE INDEX findings_muted ON findings (muted_until) WHERE mute IS NOT NULL;";

impl State {
    /// Mutes a finding, or takes its mute back; on the disk when this returns.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub(crate) fn put_mute(&self, finding: u64, mute: Option<&Mute>) -> Result<(), Error> {
        let until = mute.map(|mute| mute.until.unwrap_or(Timestamp::MAX).micros());
        let body = mute.map(|mute| serde_json::to_string(mute).unwrap_or_default());
        self.with("muting a finding", |c| {
            c.execute("UPDATE findings SET mute = ?2, muted_until = ?3 WHERE id = ?1", params![finding, body, until])
                .map(drop)
        })
    }

    /// The mutes of all findings that are muted, by number: few, out of an index of their own.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn mutes(&self) -> Result<BTreeMap<u64, Mute>, Error> {
        let rows: Vec<(u64, String)> = self.with("reading mutes", |c| {
            let mut select = c.prepare_cached("SELECT id, mute FROM findings WHERE mute IS NOT NULL")?;
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })?;
        Ok(rows.into_iter().filter_map(|(id, body)| Some((id, serde_json::from_str(&body).ok()?))).collect())
    }

    /// Findings whose mute is over by the time, or, when it has no end in time, because what was found is over and did not
    /// come back.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn mutes_over(&self, now: Timestamp) -> Result<Vec<u64>, Error> {
        let sql = "SELECT id FROM findings WHERE mute IS NOT NULL AND CASE muted_until
             WHEN ?4 THEN state <> 'active' AND updated < ?3 ELSE muted_until <= ?1 OR muted_until > ?2 END";
        let times = [now, now.plus(MUTE_MAX), now.minus(RETURNS_WITHIN + LATE), Timestamp::MAX].map(Timestamp::micros);
        self.read("looking at mutes", |c| {
            let mut select = c.prepare_cached(sql)?;
            select.query_map(times, |row| row.get(0))?.collect()
        })
    }
}

/// A report may come so much later than the time that it is about.
const LATE: Duration = Duration::from_mins(1);

/// A mute with an end in time goes on with the next finding of the same condition.
pub(super) fn hand_on(change: &Transaction<'_>, from: u64, to: Option<u64>, now: Timestamp) -> rusqlite::Result<()> {
    let mut update = change.prepare_cached(
        "UPDATE findings SET (mute, muted_until) = (SELECT mute, muted_until FROM findings WHERE id = ?1)
         WHERE id = ?2 AND EXISTS (SELECT 1 FROM findings WHERE id = ?1 AND muted_until > ?3 AND muted_until < ?4)",
    )?;
    update.execute(params![from, to, now.micros(), Timestamp::MAX.micros()]).map(drop)
}

#[cfg(test)]
mod tests {
    use gemba_plant::{AssetId, Contribution, Finding, FindingKind, FindingState, SignalId};

    use super::super::FindingFilter;
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    /// A finding that one signal leads.
    fn finding(signal: u32, [since, until]: [i64; 2], state: FindingState) -> Finding {
        Finding {
            asset: AssetId::new(1),
            key: "a".into(),
            kind: FindingKind::Anomaly,
            state,
            since: at(since),
            until: at(until),
            title: String::new(),
            explanation: String::new(),
            p_value: None,
            probability: 1.0,
            severity: 0.5,
            contributions: vec![Contribution { signal: SignalId::new(signal), share: 1.0 }],
            evidence: Vec::new(),
            failure_mode: None,
            prescription: Vec::new(),
            rul: None,
            model: "m/1".into(),
        }
    }

    #[test]
    fn a_timed_mute_outlives_the_finding_for_the_same_condition_only_and_a_restart_and_ends() {
        use FindingState::{Active, Cleared};
        let dir = tempfile::tempdir().unwrap();
        let open = || State::open(&dir.path().join("state.sqlite")).unwrap();
        let put = |state: &State, finding: Finding| {
            state.put_findings(std::slice::from_ref(&finding), finding.until).unwrap()[0]
        };
        let state = open();
        let first = put(&state, finding(7, [0, 0], Active)).unwrap();
        let mute = Mute::new("ann", "known", Some(Duration::from_hours(24)), at(10)).unwrap();
        state.put_mute(first, Some(&mute)).unwrap();
        put(&state, finding(7, [0, 100], Cleared));
        drop(state);
        let state = open();
        let again = put(&state, finding(7, [9_000, 9_000], Active)).unwrap();
        assert_ne!(again, first);
        put(&state, finding(7, [9_000, 9_100], Cleared));
        let other = put(&state, finding(8, [19_000, 19_000], Active)).unwrap();
        assert_eq!(state.mutes().unwrap(), [(first, mute.clone()), (again, mute)].into());
        let asked = |muted| {
            let filter = FindingFilter { muted: Some(muted), limit: 9, ..FindingFilter::default() };
            state.findings(&filter).unwrap().into_iter().map(|found| found.id).collect::<Vec<_>>()
        };
        assert_eq!((asked(true), asked(false)), (vec![again, first], vec![other]));
        assert!(state.mutes_over(at(86_409)).unwrap().is_empty());
        assert_eq!(state.mutes_over(at(86_410)).unwrap(), [first, again]);
        // the clock was set far back
        assert_eq!(state.mutes_over(at(-90 * 86_400)).unwrap(), [first, again]);
    }

    #[test]
    fn one_without_an_end_in_time_ends_when_the_finding_does_not_come_back() {
        use FindingState::{Active, Cleared};
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(&dir.path().join("state.sqlite")).unwrap();
        let put = |finding: Finding| state.put_findings(std::slice::from_ref(&finding), finding.until).unwrap()[0];
        let id = put(finding(7, [0, 0], Active)).unwrap();
        state.put_mute(id, Mute::new("ann", "known", None, at(0)).ok().as_ref()).unwrap();
        assert!(state.mutes_over(at(90 * 86_400)).unwrap().is_empty(), "it goes on");
        put(finding(7, [0, 100], Cleared));
        assert!(state.mutes_over(at(900)).unwrap().is_empty(), "it may come back");
        assert_eq!(state.mutes_over(at(1_100)).unwrap(), [id]);
        let next = put(finding(7, [2_000, 2_000], Active)).unwrap();
        assert!(!state.mutes().unwrap().contains_key(&next), "another event");
    }
}
