//! What was learned is taken out of service by hand, and put back: until then what spoke before speaks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::models::Models;
use crate::node::Core;
use crate::{Error, Moment};

/// Under what the state keeps it.
const KEPT: &str = "learned-withdrawn";
/// Characters of a reason.
const NOTE_MAX: usize = 500;

/// A part of what is learned of a kind of machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LearnedPart {
    /// How long they last, from runs to failure.
    Lives,
    /// The chance of failing, by what happened at them.
    Chances,
}

/// Taken out of service by hand. It stays so when it is learned anew, until somebody puts it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Withdrawn {
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: String,
    /// Why, in their words; empty when they said nothing.
    pub note: String,
}

/// By template, then by part.
pub(crate) type Withdrawals = BTreeMap<String, BTreeMap<LearnedPart, Withdrawn>>;

impl Models {
    /// Takes a part of what was learned of a kind out of service. Blocks for the state.
    ///
    /// # Errors
    /// When nothing was learned of such a kind, it is out of service already, the reason is too long, or the state cannot be
    /// written.
    pub fn withdraw(&self, kind: &str, part: LearnedPart, (by, note): (&str, &str)) -> Result<(), Error> {
        let refused = |what: String, cure: &str| Err(Error::Refused { what, cure: cure.to_owned() });
        if note.chars().count() > NOTE_MAX {
            return refused(format!("the reason is longer than {NOTE_MAX} characters"), "say it shorter");
        }
        let core = &self.0;
        let withdrawn = Withdrawn { at: Moment(core.clock.now()), by: by.to_owned(), note: note.trim().to_owned() };
        {
            let told = core.outlooks.read();
            if told.status(kind, part).version.is_none() {
                return Err(Error::NotFound { what: "learned model", name: kind.to_owned() });
            }
            if let Some(before) = told.withdrawn(kind, part) {
                return refused(format!("{} has taken it out of service already", before.by), "put it back first");
            }
        }
        core.change_withdrawn(|all| {
            all.entry(kind.to_owned()).or_default().insert(part, withdrawn);
        })
    }

    /// Puts it back: it speaks where its proof says so. Blocks for the state.
    ///
    /// # Errors
    /// When it is not out of service, or the state cannot be written.
    pub fn put_back(&self, kind: &str, part: LearnedPart) -> Result<(), Error> {
        if self.0.outlooks.read().withdrawn(kind, part).is_none() {
            return Err(Error::NotFound { what: "withdrawn model", name: kind.to_owned() });
        }
        self.0.change_withdrawn(|all| {
            if let Some(parts) = all.get_mut(kind) {
                parts.remove(&part);
            }
            all.retain(|_, parts| !parts.is_empty());
        })
    }
}

impl Core {
    fn change_withdrawn(&self, change: impl FnOnce(&mut Withdrawals)) -> Result<(), Error> {
        let mut all = self.outlooks.read().withdrawn.clone();
        change(&mut all);
        self.state.keep(KEPT, &serde_json::to_vec(&all).unwrap_or_default())?;
        self.outlooks.write().withdrawn = all;
        self.outlooks.tell();
        Ok(())
    }

    /// What was out of service before a restart still is.
    pub(super) fn take_withdrawn(&self) -> Result<(), Error> {
        let kept = self.state.kept(KEPT)?.and_then(|body| serde_json::from_slice(&body).ok());
        self.outlooks.write().withdrawn = kept.unwrap_or_default();
        Ok(())
    }
}
