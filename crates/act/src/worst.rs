//! What a finding leaves behind when it is over: its worst moment, not its last.
//!
//! While a condition holds people see what is now. It ends because values have come back, so that its last report says least:
//! a limit that is not passed, a signal that happens to be farthest off on the way back. What stays is what was told when it
//! was worst, with its end and with the whole course of its score.

use std::collections::BTreeMap;

use gemba_plant::{AssetId, Evidence, Finding, FindingState};

/// The worst report of each open finding.
#[derive(Clone, Debug, Default)]
pub struct Worst(BTreeMap<(AssetId, String), Finding>);

impl Worst {
    /// What is told of a report: itself while the condition holds; at its end the worst one (the later of two alike).
    pub fn told(&mut self, finding: Finding) -> Finding {
        let key = (finding.asset, finding.key.clone());
        if finding.state == FindingState::Active {
            if self.0.get(&key).is_none_or(|worst| finding.severity >= worst.severity) {
                let evidence = finding.evidence.iter().filter(|e| !course(e)).cloned().collect();
                self.0.insert(key, Finding { evidence, ..finding.clone() });
            }
            return finding;
        }
        match self.0.remove(&key).filter(|worst| worst.severity > finding.severity) {
            None => finding,
            Some(worst) => {
                let course = finding.evidence.into_iter().filter(course);
                let evidence = course.chain(worst.evidence).collect();
                Finding { state: finding.state, since: finding.since, until: finding.until, evidence, ..worst }
            }
        }
    }
}

/// Whether it is the course of a score up to now.
fn course(evidence: &Evidence) -> bool {
    matches!(evidence, Evidence::Score { .. })
}
