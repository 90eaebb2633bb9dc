//! What people make of a finding. Only a check closes it; changing a state does not replace it.

use gemba_plant::{Finding, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Label, LabelKind, LabelSource};

/// Where a finding stands among people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Nobody has looked.
    #[default]
    Pending,
    /// Somebody is on the way or at the machine.
    Inspecting,
    /// A check found the fault; it is not mended.
    Confirmed,
    /// A check found no fault: a false alarm.
    Rejected,
    /// A check says that the fault was found and mended.
    Resolved,
    /// Data before and after the repair were compared.
    Validated,
}

/// What a check found at the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Damage that has not stopped the machine.
    PotentialFailure,
    /// The machine could no longer do its work.
    FunctionalFailure,
    /// The process, not the machine, was changed.
    ProcessAdjustment,
    /// The sensor was at fault or was moved.
    SensorChange,
    /// The machine or a part of it had been replaced.
    AssetReplacement,
    /// Nothing was found.
    NoFault,
}

impl Outcome {
    /// What the stretch of such a finding is labelled: only damage is a fault, and only "nothing" says that the machine
    /// was healthy.
    pub const fn label(self) -> LabelKind {
        match self {
            Self::PotentialFailure | Self::FunctionalFailure => LabelKind::Fault,
            Self::AssetReplacement => LabelKind::Maintenance,
            Self::ProcessAdjustment | Self::SensorChange => LabelKind::Other,
            Self::NoFault => LabelKind::Normal,
        }
    }
}

/// The record of a look at the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Who looked.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What was found.
    pub outcome: Outcome,
    /// The failure mode, in the words of the template or the plant's own; empty when none.
    #[serde(default)]
    pub failure_mode: String,
    /// The part concerned; empty when none.
    #[serde(default)]
    pub component: String,
    /// Whether it was mended.
    #[serde(default)]
    pub resolved: bool,
    /// What was seen and done. Never empty.
    pub note: String,
}

impl Check {
    const fn state(&self) -> CaseState {
        match (self.outcome, self.resolved) {
            (Outcome::NoFault, _) => CaseState::Rejected,
            (_, true) => CaseState::Resolved,
            (_, false) => CaseState::Confirmed,
        }
    }
}

/// What data say about a repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nearer to normal than before.
    Improved,
    /// No difference that data could show.
    Unchanged,
    /// Farther from normal than before.
    Worse,
}

/// The comparison of what was measured before and after a repair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Validation {
    /// What it comes to.
    pub verdict: Verdict,
    /// Whether the machine is within its limit again, and what was found does not hold any more.
    #[serde(default)]
    pub healthy: bool,
    /// The signal that was compared; empty in comparisons from before it was noted.
    #[serde(default)]
    pub signal: String,
    /// Its median before, in units of the alarm limit.
    pub before: f64,
    /// The same after.
    pub after: f64,
    /// How probable a difference like this is when nothing has changed.
    pub p_value: f64,
    /// When it was compared.
    pub at: Timestamp,
}

impl Validation {
    /// A difference counts when chance alone gives it less often than this.
    const LEVEL: f64 = 0.01;

    /// Weighs two medians (in units of the alarm limit) and the p-value of a rank test between the samples behind them.
    /// `holds` is whether what was found still holds.
    pub fn weigh((before, after): (f64, f64), p_value: f64, holds: bool, at: Timestamp) -> Self {
        let verdict = match p_value < Self::LEVEL {
            true if after < before => Verdict::Improved,
            true if after > before => Verdict::Worse,
            _ => Verdict::Unchanged,
        };
        Self { verdict, healthy: after < 1.0 && !holds, signal: String::new(), before, after, p_value, at }
    }
}

/// A finding among people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Case {
    /// The finding's number.
    pub finding: u64,
    /// Where it stands.
    pub state: CaseState,
    /// The checks, oldest first.
    pub checks: Vec<Check>,
    /// The comparison of before and after, once there is one.
    pub validation: Option<Validation>,
    /// The number of the label that the checks became, once there is one.
    #[serde(default)]
    pub label: Option<u64>,
    /// When it last changed.
    pub changed: Timestamp,
}

impl Case {
    /// A finding that nobody has looked at.
    pub fn new(finding: u64) -> Self {
        Self { finding, ..Self::default() }
    }

    /// Somebody goes and looks.
    ///
    /// # Errors
    /// When a check has closed the case.
    pub fn inspect(&mut self, now: Timestamp) -> Result<(), Error> {
        if !matches!(self.state, CaseState::Pending | CaseState::Inspecting) {
            return Err(self.closed("be put under inspection"));
        }
        (self.state, self.changed) = (CaseState::Inspecting, now);
        Ok(())
    }

    /// Takes the record of a look at the machine. A confirmed fault may be checked again, once it is mended.
    ///
    /// # Errors
    /// When the note is empty, when nothing was found and yet mended, or when the case is closed.
    pub fn check(&mut self, check: Check) -> Result<(), Error> {
        if check.note.trim().is_empty() {
            return Err(Error::NoteMissing { finding: self.finding });
        }
        if check.outcome == Outcome::NoFault && check.resolved {
            return Err(Error::NothingMended { finding: self.finding });
        }
        if matches!(self.state, CaseState::Resolved | CaseState::Validated | CaseState::Rejected) {
            return Err(self.closed("be checked again"));
        }
        (self.state, self.changed) = (check.state(), check.at);
        self.checks.push(check);
        Ok(())
    }

    /// Takes the last check back, and with it the comparison of before and after: it was recorded by mistake.
    ///
    /// # Errors
    /// When there is none.
    pub fn reopen(&mut self, now: Timestamp) -> Result<(), Error> {
        self.checks.pop().ok_or(Error::NoCheck { finding: self.finding })?;
        self.state = self.checks.last().map_or(CaseState::Inspecting, Check::state);
        (self.validation, self.changed) = (None, now);
        Ok(())
    }

    /// What the checks say about the stretch of the finding: the last that found damage, else the last. Mending does not
    /// undo that something was wrong.
    pub fn says(&self, finding: &Finding) -> Option<Label> {
        let damage = self.checks.iter().rfind(|c| c.outcome.label() == LabelKind::Fault);
        let check = damage.or(self.checks.last())?;
        let word = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        Some(Label {
            asset: finding.asset,
            range: TimeRange::new(finding.since, finding.until.max(finding.since)),
            label: check.outcome.label(),
            failure_mode: word(&check.failure_mode),
            component: word(&check.component),
            confidence: 1.0,
            source: LabelSource::Human,
            user: check.by.clone(),
            note: check.note.clone(),
        })
    }

    /// Takes the comparison of before and after.
    ///
    /// # Errors
    /// When no check says that the fault was mended.
    pub fn validate(&mut self, validation: Validation) -> Result<(), Error> {
        if !matches!(self.state, CaseState::Resolved | CaseState::Validated) {
            return Err(self.closed("be validated: no check says that it was mended, so it cannot"));
        }
        (self.state, self.changed) = (CaseState::Validated, validation.at);
        self.validation = Some(validation);
        Ok(())
    }

    /// Whether a check found the fault that the finding told of: yes, no, or not known.
    pub fn was_right(&self) -> Option<bool> {
        match self.state {
            CaseState::Pending | CaseState::Inspecting => None,
            CaseState::Rejected => Some(false),
            CaseState::Confirmed | CaseState::Resolved | CaseState::Validated => Some(true),
        }
    }

    fn closed(&self, wish: &'static str) -> Error {
        Error::CaseClosed { finding: self.finding, wish, state: self.state }
    }
}
