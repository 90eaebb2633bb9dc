//! From what operators hand on to what people see: findings and alarms on disk, computed samples in the
//! store, and everybody who looks is told.

use std::sync::Arc;

use gemba_act::from_finding;
use gemba_plant::port::Output;
use gemba_plant::{BatchBuilder, Finding, FindingState, Payload};
use gemba_store::Origin;

use crate::Error;
use crate::live::LiveEvent;
use crate::node::Core;

impl Core {
    /// Takes what operators hand on together: findings first, in their order, because somebody waits for them; computed
    /// samples as one batch. Blocks for the disk: called from flow's own threads.
    pub(crate) fn conclude(&self, outputs: impl Iterator<Item = Output>) {
        let mut computed = BatchBuilder::new();
        for output in outputs {
            match output {
                Output::Samples(batch) => computed.extend(&batch),
                Output::Finding(finding) => told(self.keep_finding(&finding)),
                Output::Advice(advice) => tracing::info!(asset = %advice.asset, title = advice.title, "advice"),
            }
        }
        if !computed.is_empty() {
            told(self.keep_computed(computed.finish()));
        }
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

    fn keep_finding(&self, finding: &Finding) -> Result<(), Error> {
        let Some(id) = self.state.put_finding(finding, self.clock.now())? else { return Ok(()) };
        let active = finding.state == FindingState::Active;
        self.alarms.condition(&from_finding(finding, Some(id)), active)?;
        if let Some(stored) = self.state.finding(id)? {
            self.live.tell(LiveEvent::Finding(Arc::new(stored)));
        }
        Ok(())
    }
}

fn told(done: Result<(), Error>) {
    if let Err(error) = done {
        tracing::error!(%error, "a conclusion could not be kept");
    }
}
