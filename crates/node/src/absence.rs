//! The time in which the program itself did not run: a gap of every connection that watches something live, and values that
//! nobody has read since.

use std::collections::BTreeSet;
use std::time::Duration;

use gemba_connect::ConnectionConfig;
use gemba_plant::{BatchBuilder, Gap, GapReason, Payload, Quality, Sample, SignalKind, TimeRange, Timestamp};
use gemba_store::{Origin, Ticket};

use crate::Error;
use crate::node::Core;
use crate::paused;
use crate::state::State;

/// The name of the last sign of life in the small state.
const KEPT: &str = "alive";

/// The name of the moment of the first start in the small state.
const BEGAN: &str = "began";

/// When this installation was started first; none before it was.
pub(crate) fn began(state: &State) -> Result<Option<Timestamp>, Error> {
    let read = |body: Vec<u8>| Some(Timestamp::from_micros(std::str::from_utf8(&body).ok()?.parse().ok()?));
    Ok(state.kept(BEGAN)?.and_then(read))
}

/// Leaves a sign of life: from here on nothing is missed until the program ends.
pub(crate) fn alive(core: &Core) -> Result<(), Error> {
    core.state.keep(KEPT, core.clock.now().micros().to_string().as_bytes())
}

/// Enters the time since the last sign of life, or since the last arrival when that is later, into the ledger, and marks the
/// last values as when a link is lost: else they would seem to have stood still. A recording misses nothing meanwhile.
pub(crate) fn note(core: &Core) -> Result<(), Error> {
    let now = core.clock.now();
    if began(&core.state)?.is_none() {
        core.state.keep(BEGAN, now.micros().to_string().as_bytes())?;
    }
    for name in core.plan.file.connections.keys() {
        // a link that was away when the program ended: if it still is, its source opens a gap of its own
        tell(name, core.store.close_gap(name, GapReason::ConnectionLost, now));
        if !core.board.is_paused(name) {
            tell(name, core.store.close_gap(name, GapReason::Paused, now));
        }
    }
    let kept = core
        .state
        .kept(KEPT)?
        .and_then(|body| std::str::from_utf8(&body).ok()?.parse().ok())
        .map(Timestamp::from_micros);
    let arrived = core.store.last_all().iter().map(|sample| sample.ingest).max();
    // after a jump of the clock the last sign may lie ahead: then how long it was is not known
    let Some(since) = kept.max(arrived).filter(|since| *since < now) else { return Ok(()) };
    mark(core, TimeRange::new(since, now));
    for name in live(core) {
        let gap = Gap::new(name, TimeRange::new(since, now), GapReason::NotRunning, "Gemba was not running");
        tell(name, core.store.record_gap(gap));
    }
    Ok(())
}

/// The connections that miss what comes while the program does not run; those that were paused then miss it for that reason.
fn live(core: &Core) -> impl Iterator<Item = &String> {
    let all = core.plan.file.connections.iter();
    let live = all.filter(|(_, config)| !matches!(config, ConnectionConfig::File(_))).map(|(name, _)| name);
    live.filter(|name| paused::since(core, name).is_none())
}

/// The last value of each signal is stale from the begin of the gap on. Nothing is said of later: what a broker or a machine kept for
/// us is still to come, and belongs there. Nor of states: many are told only when they change, and stand until then.
fn mark(core: &Core, gap: TimeRange) {
    let catalogue = core.registry.catalogue();
    let (mut marks, live) = (BatchBuilder::new(), live(core).collect::<BTreeSet<_>>());
    for signal in catalogue.signals().filter(|signal| !matches!(signal.kind, SignalKind::Waveform | SignalKind::State))
    {
        let read = signal.binding.as_ref().is_some_and(|binding| live.contains(&binding.connection));
        let Some(last) = core.store.last(signal.id).filter(|last| read && last.quality.usable()) else { continue };
        let from = gap.from.max(last.time.plus(Duration::from_micros(1)));
        marks.push(Sample { quality: Quality::Stale, ingest: gap.to, ..Sample::good(signal.id, from, last.value) });
    }
    if !marks.is_empty() {
        let noted = core.store.append(Origin::default(), vec![Payload::Samples(marks.finish())], Vec::new());
        tell("all", noted);
    }
}

/// A ledger that cannot be written (a full disk) is no reason not to start.
fn tell(connection: &str, noted: Result<Ticket, gemba_store::Error>) {
    if let Err(error) = noted.and_then(Ticket::wait) {
        tracing::warn!(connection, %error, "that the program did not run could not be written");
    }
}
