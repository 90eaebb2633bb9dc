//! The time in which the program itself did not run: a gap of every connection that watches something live.

use gemba_connect::ConnectionConfig;
use gemba_plant::{Gap, GapReason, TimeRange, Timestamp};
use gemba_store::Ticket;

use crate::Error;
use crate::node::Core;

/// The name of the last sign of life in the small state.
const KEPT: &str = "alive";

/// Leaves a sign of life: from here on nothing is missed until the program ends.
pub(crate) fn alive(core: &Core) -> Result<(), Error> {
    core.state.keep(KEPT, core.clock.now().micros().to_string().as_bytes())
}

/// Enters the time since the last sign of life, or since the last arrival when that is later, into the ledger.
/// A recording misses nothing meanwhile.
pub(crate) fn note(core: &Core) -> Result<(), Error> {
    let now = core.clock.now();
    for name in core.plan.file.connections.keys() {
        // a link that was away when the program ended: if it still is, its source opens a gap of its own
        tell(name, core.store.close_gap(name, GapReason::ConnectionLost, now));
    }
    let kept = core
        .state
        .kept(KEPT)?
        .and_then(|body| std::str::from_utf8(&body).ok()?.parse().ok())
        .map(Timestamp::from_micros);
    let arrived = core.store.last_all().iter().map(|sample| sample.ingest).max();
    // after a jump of the clock the last sign may lie ahead: then how long it was is not known
    let Some(since) = kept.max(arrived).filter(|since| *since < now) else { return Ok(()) };
    let live = core.plan.file.connections.iter().filter(|(_, config)| !matches!(config, ConnectionConfig::File(_)));
    for (name, _) in live {
        let gap = Gap::new(name, TimeRange::new(since, now), GapReason::NotRunning, "Gemba was not running");
        tell(name, core.store.record_gap(gap));
    }
    Ok(())
}

/// A ledger that cannot be written (a full disk) is no reason not to start.
fn tell(connection: &str, noted: Result<Ticket, gemba_store::Error>) {
    if let Err(error) = noted.and_then(Ticket::wait) {
        tracing::warn!(connection, %error, "the ledger of gaps could not be written");
    }
}
