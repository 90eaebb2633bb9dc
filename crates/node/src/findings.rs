//! Findings as people read them, and set them aside.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use gemba_act::Mute;
use gemba_plant::FindingState;

use crate::Error;
use crate::live::LiveEvent;
use crate::node::Core;
use crate::state::{FindingFilter, StoredFinding};

/// Reads findings, and mutes them. Calls block for the state.
#[derive(Debug)]
pub struct Findings<'a>(pub(crate) &'a Core);

impl Findings<'_> {
    /// Findings, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn list(&self, filter: &FindingFilter) -> Result<Vec<StoredFinding>, Error> {
        self.0.state.findings(filter)
    }

    /// One finding.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn get(&self, id: u64) -> Result<Option<StoredFinding>, Error> {
        self.0.state.finding(id)
    }

    /// Sets a finding aside: it stays open and on record, and neither its alarm nor a new one calls. For `span`, also when the
    /// condition comes again by then; for as long as it goes on when none.
    ///
    /// # Errors
    /// When there is no such finding, it is over, there is no reason or the span is too long, or the state cannot be written.
    pub fn mute(&self, id: u64, by: &str, reason: &str, span: Option<Duration>) -> Result<(), Error> {
        let mute = Mute::new(by, reason, span, self.0.clock.now())?;
        self.set(id, Some(mute))
    }

    /// Takes a mute back: what still holds calls again.
    ///
    /// # Errors
    /// When there is no such finding, or the state cannot be written.
    pub fn unmute(&self, id: u64) -> Result<(), Error> {
        self.set(id, None)
    }

    fn set(&self, id: u64, mute: Option<Mute>) -> Result<(), Error> {
        // no report of the same finding comes in between
        let _alone = self.0.concluding.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = || Error::NotFound { what: "finding", name: id.to_string() };
        let stored = self.get(id)?.ok_or_else(missing)?;
        let holds = stored.finding.state == FindingState::Active;
        if mute.is_some() && !holds {
            return Err(Error::Refused {
                what: format!("finding {id} is over: nobody is called for it"),
                cure: "record a check, if something is left to say about it".into(),
            });
        }
        self.0.state.put_mute(id, mute.as_ref())?;
        let request = self.0.request(&stored.finding, id, mute);
        self.0.alarms.conditions(&[(request, holds)])?;
        self.0.tell_findings(&[id])
    }
}

impl Core {
    /// Ends mutes whose time is over; the alarm book knows by itself.
    pub(crate) fn end_mutes(&self) -> Result<(), Error> {
        let over = self.state.mutes_over(self.clock.now())?;
        for id in &over {
            self.state.put_mute(*id, None)?;
        }
        self.tell_findings(&over)
    }

    /// Tells everybody who looks how findings stand.
    pub(crate) fn tell_findings(&self, ids: &[u64]) -> Result<(), Error> {
        for stored in self.state.written(ids)? {
            self.live.tell(LiveEvent::Finding(Arc::new(stored)));
        }
        Ok(())
    }
}
