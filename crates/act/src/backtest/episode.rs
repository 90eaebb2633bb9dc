//! Reports of findings, gathered.

use std::collections::BTreeMap;

use gemba_plant::{AssetId, Finding, FindingKind, FindingState, Timestamp};

/// A finding from its first report to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// The asset.
    pub asset: AssetId,
    /// What makes it the same finding.
    pub key: String,
    /// What sort.
    pub kind: FindingKind,
    /// Since when the condition holds, as told at the end.
    pub since: Timestamp,
    /// When it was first reported: from then on people would have known.
    pub found: Timestamp,
    /// Until when it held.
    pub until: Timestamp,
    /// Whether it still held at the end of the data.
    pub open: bool,
    /// The worst severity, 0–1.
    pub severity: f64,
    /// One line, as told last.
    pub title: String,
    /// The likely failure mode, as told last.
    pub failure_mode: Option<String>,
    /// What concluded it.
    pub model: String,
}

/// Gathers reports of findings into episodes, as the list of findings would.
#[derive(Clone, Debug, Default)]
pub struct Episodes {
    all: Vec<Episode>,
    open: BTreeMap<(AssetId, String), usize>,
    beyond: u64,
}

impl Episodes {
    /// As many episodes are kept; beyond, only their number counts on.
    pub const MAX: usize = 100_000;

    /// Takes a report made at `time` (event time). Reports come in order of time.
    pub fn report(&mut self, time: Timestamp, finding: &Finding) {
        let key = (finding.asset, finding.key.clone());
        let cleared = finding.state == FindingState::Cleared;
        let index = match self.open.get(&key) {
            Some(index) => *index,
            None if cleared => return,
            None if self.all.len() >= Self::MAX => {
                self.beyond += 1;
                return;
            }
            None => {
                self.all.push(Episode {
                    asset: finding.asset,
                    key: finding.key.clone(),
                    kind: finding.kind,
                    since: finding.since,
                    found: time,
                    until: finding.until,
                    open: true,
                    severity: 0.0,
                    title: String::new(),
                    failure_mode: None,
                    model: finding.model.clone(),
                });
                self.open.insert(key.clone(), self.all.len() - 1);
                self.all.len() - 1
            }
        };
        if let Some(episode) = self.all.get_mut(index) {
            episode.since = finding.since;
            episode.until = finding.until.max(episode.until);
            episode.severity = episode.severity.max(finding.severity);
            episode.title.clone_from(&finding.title);
            episode.failure_mode.clone_from(&finding.failure_mode);
            episode.open = !cleared;
        }
        if cleared {
            self.open.remove(&key);
        }
    }

    /// Episodes beyond [`Episodes::MAX`].
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// All of them, in the order in which they were found.
    pub fn finish(self) -> Vec<Episode> {
        self.all
    }
}
