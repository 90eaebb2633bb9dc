//! Three of five waveforms must say the same before it is a finding.

use gemba_plant::port::Outlet;
use gemba_plant::{Finding, FindingState, Timestamp};
use serde::{Deserialize, Serialize};

/// Waveforms that are looked at, and how many must name the same, before it is a finding.
pub(super) const LOOKED_AT: u32 = 5;
pub(super) const NAMED: u32 = 3;

/// What is remembered of the last waveforms.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Agreement {
    recent: u32,
    mode: String,
    finding: Option<Box<Finding>>,
}

/// What a waveform names, and the finding it becomes when others agree, given since when.
pub(super) struct Named<'a> {
    pub(super) mode: &'a str,
    pub(super) finding: &'a dyn Fn(Timestamp) -> Finding,
}

impl Agreement {
    /// Whether a finding is open.
    pub(super) fn open(&self) -> bool {
        self.finding.is_some()
    }

    /// What the open finding names.
    pub(super) fn named(&self) -> Option<&str> {
        self.finding.as_ref().map(|_| self.mode.as_str())
    }

    /// Takes what a waveform names; a finding while the same is named in three of the last five, and once more when none
    /// of them names it.
    pub(super) fn take(&mut self, now: Timestamp, named: Option<&Named<'_>>, out: &mut Outlet) {
        let mode = named.map_or("", |n| n.mode);
        let same = named.is_some() && (self.mode == mode || self.recent == 0);
        self.recent = (self.recent << 1 | u32::from(same)) & ((1 << LOOKED_AT) - 1);
        if same {
            mode.clone_into(&mut self.mode);
        }
        match (named.filter(|_| same && self.recent.count_ones() >= NAMED), self.finding.take()) {
            (Some(named), before) => {
                let finding = (named.finding)(before.map_or(now, |f| f.since));
                self.finding = Some(Box::new(finding.clone()));
                out.finding(finding);
            }
            (None, Some(mut finding)) if self.recent == 0 => {
                (finding.state, finding.until) = (FindingState::Cleared, now);
                out.finding(*finding);
            }
            (None, before) => self.finding = before,
        }
    }
}
