//! From what operators hand on to what people see: findings and alarms on disk, computed samples in the
//! store, and everybody who looks is told.

use std::sync::{Arc, PoisonError};

use gemba_act::{AlarmRequest, Mute, from_finding};
use gemba_plant::port::Output;
use gemba_plant::{AssetId, BatchBuilder, Finding, FindingKind, FindingState, Payload};
use gemba_store::Origin;

use crate::Error;
use crate::live::LiveEvent;
use crate::node::Core;
use crate::state::FindingFilter;

/// Open findings of an asset that are looked through at most.
const OPEN_MAX: usize = 1_000;

impl Core {
    /// Takes what operators hand on together: findings first, in their order and with one sync, because somebody waits for
    /// them; computed samples as one batch. Blocks for the disk: called from flow's own threads.
    pub(crate) fn conclude(&self, outputs: impl Iterator<Item = Output>) {
        let (mut computed, mut findings) = (BatchBuilder::new(), Vec::new());
        for output in outputs {
            match output {
                Output::Samples(batch) => computed.extend(&batch),
                Output::Finding(finding) => findings.push(*finding),
                Output::Change(change) => told(self.state.put_change(&change)),
            }
        }
        self.take_findings(findings);
        if !computed.is_empty() {
            told(self.keep_computed(computed.finish()));
        }
    }

    /// Keeps findings and tells everybody, at once or as soon as the disk allows it.
    pub(crate) fn take_findings(&self, findings: Vec<Finding>) {
        let findings = {
            let mut worst = self.worst.lock().unwrap_or_else(PoisonError::into_inner);
            findings.into_iter().map(|finding| worst.told(finding)).collect()
        };
        self.owed.take(findings, |findings| self.keep_findings(findings));
    }

    fn keep_computed(&self, batch: gemba_plant::Batch) -> Result<(), Error> {
        // replayable from its inputs, so nobody waits for the sync
        drop(
            self.store
                .append(Origin::default(), vec![Payload::Samples(batch.clone())], Vec::new())
                .map_err(|e| Error::part("store", &e))?,
        );
        self.live.tell(LiveEvent::Samples(Arc::new(batch)));
        Ok(())
    }

    /// Writes findings that had to wait.
    pub(crate) fn settle_owed(&self) {
        self.owed.settle(|findings| self.keep_findings(findings));
    }

    /// Writes findings and tells the alarm desk, which keeps what it cannot write itself.
    fn keep_findings(&self, findings: &[Finding]) -> Result<(), Error> {
        let _alone = self.concluding.lock().unwrap_or_else(PoisonError::into_inner);
        let ids = self.state.put_findings(findings, self.clock.now())?;
        let mutes = self.state.mutes()?;
        let kept: Vec<(&Finding, u64)> = findings.iter().zip(ids).filter_map(|(f, id)| Some((f, id?))).collect();
        let holds = |finding: &Finding| finding.state == FindingState::Active;
        let conditions: Vec<_> =
            kept.iter().map(|(f, id)| (self.request(f, *id, mutes.get(id).cloned()), holds(f))).collect();
        told(self.alarms.conditions(&conditions).map(drop));
        let ids: Vec<u64> = kept.iter().map(|(_, id)| *id).collect();
        self.tell_findings(&ids)
    }

    /// Ends the open findings of these keys: what they were about is no longer watched.
    pub(crate) fn end_findings(&self, keys: &[(AssetId, String)]) -> Result<(), Error> {
        let mut over = Vec::new();
        for (asset, key) in keys {
            let open = FindingFilter {
                assets: Some(vec![*asset]),
                state: Some(FindingState::Active),
                limit: OPEN_MAX,
                ..FindingFilter::default()
            };
            let found = self.state.findings(&open)?.into_iter().map(|stored| stored.finding).find(|f| f.key == *key);
            over.extend(found.map(|finding| self.over(finding)));
        }
        self.take_findings(over);
        Ok(())
    }

    /// The finding as it ends now.
    pub(crate) fn over(&self, finding: Finding) -> Finding {
        Finding { state: FindingState::Cleared, until: self.clock.now().max(finding.until), ..finding }
    }

    /// The alarm that a finding asks for: as a person set it with the signal's limits, else by the plant's rules.
    pub(crate) fn request(&self, finding: &Finding, id: u64, mute: Option<Mute>) -> AlarmRequest {
        let request = AlarmRequest { mute, ..from_finding(finding, Some(id)) };
        let catalogue = self.registry.catalogue();
        let signal = request.signal.filter(|_| finding.kind == FindingKind::Limit).and_then(|id| catalogue.signal(id));
        match signal.and_then(|signal| signal.limits.as_deref()) {
            Some(limits) => request.with_limits(limits),
            None => request.with_rules(self.alarms.config()),
        }
    }
}

fn told(done: Result<(), Error>) {
    if let Err(error) = done {
        tracing::error!(%error, "a conclusion could not be kept");
    }
}
