//! Reports of findings, gathered.

use std::collections::BTreeMap;

use gemba_plant::{AssetId, Finding, FindingKind, FindingState, Joins, Spell, Timestamp};

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
    /// One line, as told when it was worst.
    pub title: String,
    /// The likely failure mode, as told when it was worst.
    pub failure_mode: Option<String>,
    /// What concluded it.
    pub model: String,
    /// How often it came back soon after it was over.
    pub returned: u32,
}

impl Episode {
    fn begin(time: Timestamp, finding: &Finding) -> Self {
        Self {
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
            returned: 0,
        }
    }

    fn takes(&mut self, finding: &Finding) {
        self.since = self.since.min(finding.since);
        self.until = self.until.max(finding.until);
        if finding.severity >= self.severity {
            self.severity = finding.severity;
            self.title.clone_from(&finding.title);
            self.failure_mode.clone_from(&finding.failure_mode);
        }
        self.open = finding.state == FindingState::Active;
    }
}

/// Gathers reports of findings into episodes as the list of findings joins them ([`Finding::joins`]): what comes back soon
/// is the same one.
#[derive(Clone, Debug, Default)]
pub struct Episodes {
    all: Vec<Episode>,
    newest: BTreeMap<(AssetId, String), (usize, Spell)>,
    beyond: u64,
}

impl Episodes {
    /// As many episodes are kept; beyond, only their number counts on.
    pub const MAX: usize = 100_000;

    /// Takes a report made at `time` (event time). Reports come in order of time.
    pub fn report(&mut self, time: Timestamp, finding: &Finding) {
        let key = (finding.asset, finding.key.clone());
        let newest = self.newest.get(&key).copied();
        let joins = finding.joins(newest.map(|(_, spell)| spell));
        let index = match (joins, newest) {
            (Joins::Nothing, _) => return,
            (Joins::Same | Joins::Back, Some((index, _))) => index,
            _ if self.all.len() >= Self::MAX => {
                self.beyond += 1;
                return;
            }
            _ => {
                self.all.push(Episode::begin(time, finding));
                self.all.len() - 1
            }
        };
        if let Some(episode) = self.all.get_mut(index) {
            episode.returned += u32::from(joins == Joins::Back);
            episode.takes(finding);
        }
        self.newest.insert(key, (index, finding.spell()));
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
