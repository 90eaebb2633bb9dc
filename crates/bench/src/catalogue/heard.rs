//! What a plant's people would have heard: findings as the list of findings joins them, alarms as the book raises them.

use std::collections::BTreeMap;

use gemba_act::backtest::{Episode, Episodes};
use gemba_act::{AlarmBook, AlarmConfig, JournalEntry, Worst, from_finding};
use gemba_flow::Produced;
use gemba_plant::port::Output;
use gemba_plant::{AlarmState, AssetId, Finding, FindingKind, FindingState, Timestamp};

/// Everything that was said.
#[derive(Debug)]
pub(super) struct Heard {
    worst: Worst,
    episodes: Episodes,
    book: AlarmBook,
    /// Each report with its time, the charts left out.
    pub(super) reports: Vec<(Timestamp, Finding)>,
    /// Alarms that called, by asset.
    pub(super) alarms: BTreeMap<AssetId, Vec<Timestamp>>,
    /// Whether only limits from the first day count.
    limits_only: bool,
}

impl Heard {
    pub(super) fn new(limits_only: bool) -> Self {
        Self {
            worst: Worst::default(),
            episodes: Episodes::default(),
            book: AlarmBook::new(AlarmConfig::default()),
            reports: Vec::new(),
            alarms: BTreeMap::new(),
            limits_only,
        }
    }

    /// Takes what operators produced, in order, up to `now`.
    pub(super) fn take(&mut self, produced: &[Produced], now: Timestamp) {
        for one in produced {
            if let Output::Finding(finding) = &one.output {
                self.take_finding(one.time, finding);
            }
        }
        let entries = self.book.tick(now);
        self.note(&entries);
    }

    fn take_finding(&mut self, time: Timestamp, finding: &Finding) {
        if self.limits_only && finding.kind != FindingKind::Limit {
            return;
        }
        let finding = self.worst.told(finding.clone());
        self.episodes.report(time, &finding);
        let request = from_finding(&finding, None).with_rules(&AlarmConfig::default());
        let entries = self.book.condition(&request, finding.state == FindingState::Active, time);
        self.note(&entries);
        self.reports.push((time, Finding { evidence: Vec::new(), ..finding }));
    }

    fn note(&mut self, entries: &[JournalEntry]) {
        let raised = entries.iter().filter(|e| e.to == AlarmState::UnackActive && e.from != e.to);
        raised.for_each(|entry| self.alarms.entry(entry.asset).or_default().push(entry.time));
    }

    /// Findings from their first report to their end, in the order in which they were found.
    pub(super) fn findings(&self) -> Vec<Episode> {
        self.episodes.clone().finish()
    }

    /// Alarms of an asset within a time.
    pub(super) fn alarms_of(&self, asset: AssetId, (from, to): (Timestamp, Timestamp)) -> usize {
        self.alarms.get(&asset).map_or(0, |all| all.iter().filter(|t| (from..to).contains(t)).count())
    }
}
