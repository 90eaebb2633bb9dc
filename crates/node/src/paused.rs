//! A connection that a person holds back: a source that delivers nothing. Its values turn stale, then bad, as those of a lost
//! link do, and the ledger has a gap until it is resumed; nothing is wrong, so nothing calls.

use std::sync::Arc;
use std::time::Duration;

use gemba_connect::{ConnectionConfig, Source};
use gemba_plant::port::{Arrival, Link, Position, Way};
use gemba_plant::{Batch, BatchBuilder, Gap, GapReason, Payload, Quality, Sample, SignalKind, TimeRange, Timestamp};

use crate::node::Core;

/// How often it is looked whether values are stale for so long that they are bad.
const LOOK: Duration = Duration::from_millis(250);

/// Since when a connection is paused, by the ledger; none when no such gap is open.
pub(crate) fn since(core: &Core, name: &str) -> Option<Timestamp> {
    let now = core.clock.now();
    let open = |gap: &Gap| gap.reason == GapReason::Paused && gap.connection == name && gap.is_open();
    core.store.gaps(TimeRange::new(now, Timestamp::MAX)).into_iter().find(open).map(|gap| gap.range.from)
}

/// The source of a connection that is paused.
pub(crate) struct Paused {
    core: Arc<Core>,
    name: String,
    /// A recording misses nothing meanwhile: it is read from where it stood.
    recording: bool,
    since: Option<Timestamp>,
    bad_after: Duration,
    /// What its values are marked with next.
    next: Option<Quality>,
}

impl Paused {
    /// Paused from now on, or since the gap that is open for that reason.
    pub(crate) fn new(core: &Arc<Core>, name: &str, config: &ConnectionConfig) -> Self {
        Self {
            core: Arc::clone(core),
            name: name.to_owned(),
            recording: matches!(config, ConnectionConfig::File(_)),
            since: since(core, name),
            bad_after: Duration::from_secs(core.plan.file.bad_after_s),
            next: Some(Quality::Stale),
        }
    }

    /// What is to be stored now, if anything.
    fn due(&mut self) -> Option<Arrival> {
        let quality = self.next.filter(|_| !self.recording)?;
        let (core, now, mut gaps) = (&self.core, self.core.clock.now(), Vec::new());
        let since = *self.since.get_or_insert_with(|| {
            let open = TimeRange::new(now, Timestamp::MAX);
            gaps.push(Gap::new(&self.name, open, GapReason::Paused, "it was paused by hand"));
            now
        });
        if quality == Quality::Bad && now.since(since) < self.bad_after {
            return None;
        }
        self.next = (quality == Quality::Stale).then_some(Quality::Bad);
        let marks = marks(core, &self.name, (now, quality));
        if marks.is_empty() && gaps.is_empty() {
            return None;
        }
        let payloads = if marks.is_empty() { Vec::new() } else { vec![Payload::Samples(marks)] };
        // where the connection stood stays where it goes on
        let position = core.store.positions().get(&self.name).cloned().unwrap_or_default();
        Some(Arrival { payloads, gaps, position, ..Arrival::default() })
    }
}

/// The last value of each signal that is not so bad yet, marked.
fn marks(core: &Core, name: &str, (now, quality): (Timestamp, Quality)) -> Batch {
    let (catalogue, mut marks) = (core.registry.catalogue(), BatchBuilder::new());
    let bound = catalogue.signals().filter(|s| s.binding.as_ref().is_some_and(|b| b.connection == name));
    for signal in bound.filter(|signal| signal.kind != SignalKind::Waveform) {
        let Some(last) = core.store.last(signal.id).filter(|last| last.quality < quality) else { continue };
        let time = now.max(last.time.plus(Duration::from_micros(1)));
        marks.push(Sample { quality, ingest: now, ..Sample::good(signal.id, time, last.value) });
    }
    marks.finish()
}

impl Source for Paused {
    fn next(&mut self) -> Way<'_, Option<Arrival>> {
        Box::pin(async {
            loop {
                if let Some(arrival) = self.due() {
                    return Ok(Some(arrival));
                }
                tokio::time::sleep(LOOK).await;
            }
        })
    }

    fn commit(&mut self, _position: Position) -> Way<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn link(&self) -> Link {
        Link::Paused
    }
}
