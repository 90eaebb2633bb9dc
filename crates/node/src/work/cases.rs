//! What people make of findings: looks, checks that become labels, validations, and the cases that are like one.

use gemba_act::work::{Case, Check, Compared, Fingerprint, compared, fingerprint, similarity};
use gemba_plant::{Catalogue, Finding, Role, SignalId};

use super::{CheckRecord, Work};
use crate::state::{StoredFinding, word};
use crate::{Error, Labels};

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

    /// Takes the record of a look at the machine, and labels the stretch of the finding with what was found. When it was
    /// mended and enough was measured since, before and after are compared at once.
    ///
    /// # Errors
    /// When the case is closed, the record is not complete or too long, or the state cannot be written.
    pub fn check(&self, finding: u64, record: CheckRecord, by: &str) -> Result<Case, Error> {
        let CheckRecord { outcome, failure_mode, component, resolved, note } = record;
        let at = self.0.clock.now();
        let check = Check { by: by.to_owned(), at, outcome, failure_mode, component, resolved, note };
        let case = self.judged(finding, |case| case.check(check))?;
        Ok(self.follow(&case)?.unwrap_or(case))
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

    pub(super) fn change(
        &self,
        finding: u64,
        act: impl FnOnce(&mut Case) -> Result<(), gemba_act::Error>,
    ) -> Result<Case, Error> {
        let mut case = self.case(finding)?;
        act(&mut case)?;
        self.0.state.put_case(&case)?;
        Ok(case)
    }

    /// Changes the checks of a case, and writes what they say now as the one label of it.
    fn judged(&self, finding: u64, act: impl FnOnce(&mut Case) -> Result<(), gemba_act::Error>) -> Result<Case, Error> {
        let mut case = self.case(finding)?;
        act(&mut case)?;
        let labels = Labels(&self.0);
        let written = case.says(&self.finding(finding)?).map(|label| labels.add(&[label])).transpose()?;
        let before = std::mem::replace(&mut case.label, written.and_then(|ids| ids.first().copied()));
        self.0.state.put_case(&case)?;
        if let Some(label) = before {
            // somebody may have removed it by hand
            self.0.state.remove_label(label)?;
        }
        // a failure that was found ends a use
        self.0.outlooks.wake();
        Ok(case)
    }

    pub(super) fn finding(&self, id: u64) -> Result<Finding, Error> {
        let found = self.0.state.finding(id)?;
        found.map(|stored| stored.finding).ok_or(Error::NotFound { what: "finding", name: id.to_string() })
    }
}

/// What contributed to a finding, by role; by name where a signal has no role.
fn print_of(finding: &Finding, catalogue: &Catalogue) -> Fingerprint {
    fingerprint(finding, |id: SignalId| {
        let signal = catalogue.signal(id)?;
        Some(if signal.role == Role::Other { signal.name.clone() } else { word(&signal.role) })
    })
}
