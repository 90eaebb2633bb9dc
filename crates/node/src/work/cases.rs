//! What people make of findings: looks, checks that become labels, validations, and the cases that are like one.

use gemba_act::work::{Case, Check, Compared, Fingerprint, OrderState, Validation, compared, fingerprint, similarity};
use gemba_learn::{rank, stats};
use gemba_plant::port::Past;
use gemba_plant::{AssetId, Catalogue, Finding, Role, SignalId, TimeRange};

use super::{CheckRecord, Work, refused};
use crate::state::{StoredFinding, word};
use crate::{Error, Labels};

/// The computed signal that tells how far from normal an asset is, in units of its alarm limit.
const SCORE: &str = "monitor/score";
/// Samples of each side that a validation compares: few, so that neighbours hardly depend on each other.
const SAMPLES_MAX: usize = 60;
/// Samples that each side of a validation must have.
const SAMPLES_MIN: usize = 12;
/// Checked cases that a finding is compared with, the last changed first.
const COMPARED_MAX: usize = 2_000;
/// How alike a case must be to be shown beside a finding (cosine).
const ALIKE_MIN: f64 = 0.5;

/// A checked case that is like a finding.
#[derive(Clone, Debug)]
pub struct PastCase {
    /// What people made of it.
    pub case: Case,
    /// What was found.
    pub finding: StoredFinding,
    /// How alike, 0.5–1.
    pub similarity: f64,
    /// What contributed to either, the largest share first.
    pub compared: Vec<Compared>,
}

impl Work {
    /// What people made of a finding.
    ///
    /// # Errors
    /// When there is no such finding, or the state cannot be read.
    pub fn case(&self, finding: u64) -> Result<Case, Error> {
        self.finding(finding)?;
        self.0.state.case(finding)
    }

    /// Every case that somebody has touched, newest change first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn cases(&self) -> Result<Vec<Case>, Error> {
        self.0.state.cases()
    }

    /// Somebody goes and looks.
    ///
    /// # Errors
    /// When the case is closed, or the state cannot be written.
    pub fn inspect(&self, finding: u64) -> Result<Case, Error> {
        let now = self.0.clock.now();
        self.change(finding, |case| case.inspect(now))
    }

    /// Takes the record of a look at the machine, and labels the stretch of the finding with what was found.
    ///
    /// # Errors
    /// When the case is closed, the record is not complete or too long, or the state cannot be written.
    pub fn check(&self, finding: u64, record: CheckRecord, by: &str) -> Result<Case, Error> {
        let CheckRecord { outcome, failure_mode, component, resolved, note } = record;
        let at = self.0.clock.now();
        let check = Check { by: by.to_owned(), at, outcome, failure_mode, component, resolved, note };
        self.judged(finding, |case| case.check(check))
    }

    /// Takes the last check back, with its label.
    ///
    /// # Errors
    /// When there is none, or the state cannot be written.
    pub fn reopen(&self, finding: u64) -> Result<Case, Error> {
        let now = self.0.clock.now();
        self.judged(finding, |case| case.reopen(now))
    }

    /// Every case that somebody has touched, newest change first, with its finding.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn library(&self) -> Result<Vec<(Case, StoredFinding)>, Error> {
        self.with_findings(self.cases()?.into_iter())
    }

    /// Checked cases that are like a finding, the likest first, at most `most`.
    ///
    /// # Errors
    /// When there is no such finding, or the state cannot be read.
    pub fn similar(&self, finding: u64, most: usize) -> Result<Vec<PastCase>, Error> {
        let catalogue = self.0.registry.catalogue();
        let this = self.finding(finding)?;
        let here = print_of(&this, &catalogue);
        let checked = self.cases()?.into_iter().filter(|case| case.finding != finding && case.was_right().is_some());
        let past = self.with_findings(checked.take(COMPARED_MAX))?.into_iter().map(|(case, stored)| {
            let there = print_of(&stored.finding, &catalogue);
            let similarity = similarity((&this, &here), (&stored.finding, &there));
            PastCase { case, finding: stored, similarity, compared: compared(&here, &there) }
        });
        let mut alike: Vec<PastCase> = past.filter(|past| past.similarity >= ALIKE_MIN).collect();
        alike.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(b.finding.id.cmp(&a.finding.id)));
        alike.truncate(most);
        Ok(alike)
    }

    /// Cases beside their findings; a case whose finding is gone is left out.
    fn with_findings(&self, cases: impl Iterator<Item = Case>) -> Result<Vec<(Case, StoredFinding)>, Error> {
        let mut all = Vec::new();
        for case in cases {
            if let Some(stored) = self.0.state.finding(case.finding)? {
                all.push((case, stored));
            }
        }
        Ok(all)
    }

    /// Compares how far from normal the machine was before the repair and after it.
    ///
    /// # Errors
    /// When nothing was mended, too little was measured since, or the disk cannot be read.
    pub fn validate(&self, finding: u64) -> Result<Case, Error> {
        let stored = self.finding(finding)?;
        let case = self.0.state.case(finding)?;
        let repaired = match self.repair_of(finding)? {
            Some(worked) => worked,
            None => {
                case.checks.last().map_or(TimeRange::new(stored.since, stored.since), |c| TimeRange::new(c.at, c.at))
            }
        };
        let now = self.0.clock.now();
        let before = self.scores(stored.asset, TimeRange::new(stored.since, repaired.from))?;
        let after = self.scores(stored.asset, TimeRange::new(repaired.to, now))?;
        if before.len() < SAMPLES_MIN || after.len() < SAMPLES_MIN {
            return Err(Error::Refused {
                what: format!(
                    "too little was measured: {} values before the repair, {} after",
                    before.len(),
                    after.len()
                ),
                cure: format!("wait until there are {SAMPLES_MIN} on each side and try again"),
            });
        }
        let p_value = rank::mann_whitney(&before, &after);
        let validation = Validation::weigh(stats::median(&before), stats::median(&after), p_value, now);
        self.change(finding, |case| case.validate(validation))
    }

    fn change(&self, finding: u64, act: impl FnOnce(&mut Case) -> Result<(), gemba_act::Error>) -> Result<Case, Error> {
        let mut case = self.case(finding)?;
        act(&mut case).map_err(|e| refused(&e))?;
        self.0.state.put_case(&case)?;
        Ok(case)
    }

    /// Changes the checks of a case, and writes what they say now as the one label of it.
    fn judged(&self, finding: u64, act: impl FnOnce(&mut Case) -> Result<(), gemba_act::Error>) -> Result<Case, Error> {
        let mut case = self.case(finding)?;
        act(&mut case).map_err(|e| refused(&e))?;
        let labels = Labels(&self.0);
        let written = case.says(&self.finding(finding)?).map(|label| labels.add(&[label])).transpose()?;
        let before = std::mem::replace(&mut case.label, written.and_then(|ids| ids.first().copied()));
        self.0.state.put_case(&case)?;
        if let Some(label) = before {
            // somebody may have removed it by hand
            self.0.state.remove_label(label)?;
        }
        Ok(case)
    }

    pub(super) fn finding(&self, id: u64) -> Result<Finding, Error> {
        let found = self.0.state.finding(id)?;
        found.map(|stored| stored.finding).ok_or(Error::NotFound { what: "finding", name: id.to_string() })
    }

    /// When the machine was worked on because of a finding.
    fn repair_of(&self, finding: u64) -> Result<Option<TimeRange>, Error> {
        let orders = self.0.state.work_orders(true, None)?;
        let done = orders.into_iter().find(|o| o.finding == Some(finding) && o.state == OrderState::Done);
        Ok(done.and_then(|order| order.done).map(|done| done.worked))
    }

    /// The deviation of an asset from normal, thinned.
    fn scores(&self, asset: AssetId, range: TimeRange) -> Result<Vec<f64>, Error> {
        let catalogue = self.0.registry.catalogue();
        let Some(signal) = catalogue.signals_of(asset).find(|s| s.name == SCORE).map(|s| s.id) else {
            return Ok(Vec::new());
        };
        let fail = |fault: gemba_plant::port::BoxFault| Error::part("store", fault.as_ref());
        let mut scores = Vec::new();
        for batch in self.0.store.samples(&[signal], range).map_err(fail)? {
            let batch = batch.map_err(|e| Error::part("store", e.as_ref()))?;
            scores.extend(batch.rows().filter(|s| s.quality.usable()).map(|s| s.value));
        }
        let every = scores.len().div_ceil(SAMPLES_MAX).max(1);
        Ok(scores.into_iter().step_by(every).collect())
    }
}

/// What contributed to a finding, by role; by name where a signal has no role.
fn print_of(finding: &Finding, catalogue: &Catalogue) -> Fingerprint {
    fingerprint(finding, |id: SignalId| {
        let signal = catalogue.signal(id)?;
        Some(if signal.role == Role::Other { signal.name.clone() } else { word(&signal.role) })
    })
}
